import { useEffect, useRef } from "react";
import { keptStore } from "./store";

/** Single keys can be turned off: whoever dictates would press them unawares. */
export const keysAreOn = keptStore("keys", true);

export const KEYS: [string, string][] = [
  ["/", "Search"],
  ["j", "Next invoice"],
  ["k", "Previous invoice"],
  ["x", "Select"],
  ["Shift x", "Select all from the last one selected to here"],
  ["Enter", "Open"],
  ["a", "Activate what is selected"],
  ["Esc", "Close what is open"],
  ["?", "This list"],
];

/** Calls what a key means, unless somebody types, or something stands in front. */
export function useKeys(bindings: Record<string, (event: KeyboardEvent) => void>): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as Element;
      if (document.querySelector("dialog[open], .menu:popover-open")) return;
      if (event.key !== "Escape") {
        if (!keysAreOn.get()) return;
        if (target.closest("input:not([type=checkbox]), textarea, select")) return;
      }
      const name = event.shiftKey && event.key.toLowerCase() === "x" ? "Shift+x" : event.key;
      const bound = latest.current[name];
      if (bound) {
        event.preventDefault();
        bound(event);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
