import { useEffect, useRef, useState } from "react";
import { questionOf, useAddress } from "./address";
import { Board } from "./board/Board";
import { openRun, resumeRun } from "./bulk/engine";
import { keptRuns } from "./bulk/kept";
import { RunPage } from "./bulk/RunPage";
import { Help } from "./Help";
import { useKeys } from "./keys";
import { ListPage } from "./list/ListPage";
import { session, signIn, signOut } from "./session";
import { useStore } from "./store";
import { type Theme, theme } from "./theme";
import { Dialog } from "./ui/Dialog";
import { Icon } from "./ui/Icon";

export function App() {
  const address = useAddress();
  const [help, setHelp] = useState(false);
  const runId = address.get("run");
  const question = questionOf(address);
  const page = runId ? "run" : question || address.has("open") ? "list" : "board";
  useKeys({ "?": () => setHelp(true) });
  useResumption();
  useTitle(page);
  const main = useRef<HTMLElement>(null);
  const before = useRef(page);
  useEffect(() => void scrollTo(0, 0), [page, question, runId]);
  useEffect(() => {
    // Another page begins at its beginning, for whoever reads it with a screen reader, too.
    if (before.current !== page) main.current?.focus({ preventScroll: true });
    before.current = page;
  }, [page]);
  // From here on it answers; the tests read when that is.
  useEffect(() => void performance.mark("console-interactive"), []);
  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <Head page={page} onHelp={() => setHelp(true)} />
      <main id="main" ref={main} tabIndex={-1}>
        {page === "board" && <Board />}
        {page === "list" && <ListPage address={address} question={question} />}
        {page === "run" && runId && <RunPage id={runId} />}
      </main>
      {help && <Help onClose={() => setHelp(false)} />}
      <Ended />
    </>
  );
}

function Head({ page, onHelp }: { page: string; onHelp(): void }) {
  const who = useStore(session);
  const chosen = useStore(theme);
  const next: Theme = chosen === "system" ? "light" : chosen === "light" ? "dark" : "system";
  return (
    <header className="top">
      <a className="brand" href="/console">
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true"><rect width="32" height="32" rx="8" /><path d="M7 21v-4a9 9 0 0 1 18 0v4M7 21h18M13 21v-7.5M19 21v-7.5" /></svg>
        <span>Invoice Bridge</span>
      </a>
      <nav aria-label="Pages">
        <a href="/console" aria-current={page === "board" ? "page" : undefined}>Overview</a>
        <a href="/console?status=draft" aria-current={page === "list" ? "page" : undefined}>Invoices</a>
      </nav>
      <div className="top-end">
        <button type="button" className="quiet icon-only" onClick={() => theme.set(next)} title={`Colours: ${chosen}`} aria-label={`Colours: ${chosen}. Change to ${next}`}>
          <Icon name="sun" />
        </button>
        <button type="button" className="quiet icon-only" onClick={onHelp} title="Keys (?)" aria-label="Keys">
          <Icon name="keyboard" />
        </button>
        {who.state === "signed-in" ? (
          <>
            <span className="who" title={who.mayWrite ? undefined : "This sign-in may read, and not write"}>
              {who.name}
              {!who.mayWrite && <span className="badge neutral">Reads only</span>}
            </span>
            <button type="button" className="quiet" onClick={() => void signOut()}>Sign out</button>
          </>
        ) : (
          <button type="button" onClick={() => void signIn()}>Sign in</button>
        )}
      </div>
    </header>
  );
}

/** A sign-in that ended while somebody worked: nothing of the page is lost by it. */
function Ended() {
  const who = useStore(session);
  const [dismissed, setDismissed] = useState(false);
  useEffect(() => setDismissed(false), [who]);
  if (who.state !== "ended" || dismissed || (!who.name && !who.problem)) return null;
  return (
    <Dialog title="Your sign-in has ended" onClose={() => setDismissed(true)}>
      <div className="dialog-body">
        <p>{who.problem ?? "Sign in again, and you are back where you are. A run that is under way waits, and goes on."}</p>
      </div>
      <footer className="dialog-foot">
        <button type="button" onClick={() => setDismissed(true)}>Not now</button>
        <button type="button" className="primary" onClick={() => void signIn()}>Sign in and go on</button>
      </footer>
    </Dialog>
  );
}

/** What waited for somebody to sign in goes on once they have. */
function useResumption() {
  const who = useStore(session);
  const done = useRef(false);
  const runId = useAddress().get("run");
  useEffect(() => {
    if (who.state !== "signed-in" || done.current) return;
    done.current = true;
    void keptRuns().then(async (runs) => {
      const waiting = runs.find((run) => run.id === runId && run.state === "paused" && run.reason === "sign-in");
      if (waiting) {
        await openRun(waiting.id);
        await resumeRun(waiting.id);
      }
    });
  }, [who, runId]);
}

function useTitle(page: string) {
  useEffect(() => {
    const name = page === "board" ? "Overview" : page === "run" ? "Run" : "Invoices";
    document.title = `${name} - Invoice Bridge`;
  }, [page]);
}
