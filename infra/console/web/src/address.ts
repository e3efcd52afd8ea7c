import { useSyncExternalStore } from "react";

/**
 * The address is the state: its query is that of `GET /invoices`, and beside it `open` names the
 * invoice that is shown and `run` the run. Without a query it is the board.
 */
const OWN = ["open", "run"];

const CHANGED = "console:address";

function follow(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(CHANGED, listener);
  };
}

export function useAddress(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(follow, () => location.search));
}

export function hrefOf(query: URLSearchParams | string): string {
  // Colons, commas and brackets may stand in a query, and are easier to read so.
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%5B", "[").replaceAll("%5D", "]");
  return text ? `/console?${text}` : "/console";
}

export function goTo(query: URLSearchParams | string, how: "push" | "replace" = "push"): void {
  const href = hrefOf(query);
  if (href === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", href);
  else history.replaceState(null, "", href);
  dispatchEvent(new Event(CHANGED));
}

/** What of the address is asked of the API. */
export function questionOf(address: URLSearchParams): string {
  const query = new URLSearchParams(address);
  for (const own of OWN) query.delete(own);
  return query.toString();
}

export function withParam(address: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const query = new URLSearchParams(address);
  if (value === null || value === "") query.delete(name);
  else query.set(name, value);
  return query;
}

/** Follows a link of the page's own without loading it anew; others, and new tabs, are the browser's. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = (event.target as Element).closest("a");
  if (!anchor || anchor.target || anchor.hasAttribute("download") || anchor.origin !== location.origin) return;
  if (anchor.pathname !== "/console" || anchor.hash) return;
  event.preventDefault();
  goTo(anchor.search.slice(1));
}
