import { InMemoryWebStorage, UserManager, WebStorageStateStore, type User } from "oidc-client-ts";
import type { Settings } from "./settings";
import { store } from "./store";

/**
 * Who is signed in. Tokens are in memory alone: a page that is loaded anew goes to the issuer and
 * comes back, which asks nobody anything while its own session lasts.
 */
export interface Session {
  /** `open`: no token yet, and none was asked for. `ended`: a token was refused. */
  state: "open" | "signed-in" | "ended";
  name: string | null;
  mayWrite: boolean;
  /** What to show when signing in failed. */
  problem: string | null;
}

const SIGNED_IN = "invoice-bridge.signed-in";

export const session = store<Session>({ state: "open", name: null, mayWrite: true, problem: null });

let manager: UserManager | undefined;
let user: User | null = null;
let writeScope = "";
let renewing: Promise<boolean> | undefined;

export const accessToken = (): string | undefined => user?.access_token;

/** Ends a way back from the issuer; else signs in anew whoever was signed in before. */
export async function beginSession(settings: Settings): Promise<"ready" | "leaving"> {
  writeScope = settings.writeScope;
  const here = `${location.origin}/console`;
  manager = new UserManager({
    authority: settings.issuer,
    client_id: settings.clientId,
    redirect_uri: here,
    post_logout_redirect_uri: here,
    scope: settings.scope,
    ...(settings.audience ? { extraQueryParams: { audience: settings.audience } } : {}),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
  });
  const query = new URLSearchParams(location.search);
  if (query.has("state") && (query.has("code") || query.has("error"))) {
    try {
      take((await manager.signinRedirectCallback()) ?? null);
      const back = user?.state;
      history.replaceState(null, "", typeof back === "string" && back.startsWith("/console") ? back : "/console");
    } catch (error) {
      history.replaceState(null, "", "/console");
      sessionStorage.removeItem(SIGNED_IN);
      session.set({ ...session.get(), state: "ended", problem: error instanceof Error ? error.message : String(error) });
    }
    return "ready";
  }
  if (sessionStorage.getItem(SIGNED_IN)) {
    await signIn();
    return "leaving";
  }
  return "ready";
}

function take(next: User | null) {
  user = next;
  if (!next) return;
  sessionStorage.setItem(SIGNED_IN, "1");
  const scopes = (next.scope ?? "").split(" ");
  const name = next.profile.name ?? next.profile.email ?? next.profile.sub ?? null;
  // An issuer that does not say what it granted leaves it to the API to refuse.
  session.set({ state: "signed-in", name, mayWrite: !next.scope || scopes.includes(writeScope), problem: null });
}

/** Goes to the issuer; the page comes back to where it is. */
export async function signIn(): Promise<void> {
  const back = location.pathname + location.search;
  try {
    await manager?.signinRedirect({ state: back });
  } catch (error) {
    const problem = `The issuer cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
    session.set({ ...session.get(), state: "ended", problem });
  }
}

export async function signOut(): Promise<void> {
  sessionStorage.removeItem(SIGNED_IN);
  const token = user?.id_token;
  user = null;
  await manager?.signoutRedirect(token ? { id_token_hint: token } : {});
}

/** Another token for the refresh token, if there is one; whether it worked. */
export function renew(): Promise<boolean> {
  if (!user?.refresh_token || !manager) return Promise.resolve(false);
  renewing ??= manager
    .signinSilent()
    .then((next) => {
      take(next);
      return next !== null;
    })
    .catch(() => false)
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

/** A token was refused: whoever had one is asked; whoever comes first is sent to sign in. */
export function ended(): void {
  if (session.get().state === "ended") return;
  const first = user === null;
  user = null;
  session.set({ ...session.get(), state: "ended" });
  if (first) void signIn();
}
