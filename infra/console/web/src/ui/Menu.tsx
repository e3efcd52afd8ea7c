import { type ReactNode, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";

interface Props {
  label: ReactNode;
  title: string;
  className?: string;
  children(close: () => void): ReactNode;
}

const EDGE = 8;

/** Selects what a keyboard can work with. */
export const CONTROL = "input:not(:disabled), button:not(:disabled), select:not(:disabled)";

/** A button and what it opens: a popover of the browser's own, which Escape and a click beside it close. */
export function Menu({ label, title, className = "", children }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const place = () => {
    const [from, to] = [button.current?.getBoundingClientRect(), panel.current];
    if (!from || !to) return;
    const room = innerWidth - to.offsetWidth - EDGE;
    to.style.left = `${Math.max(EDGE, Math.min(from.left, room))}px`;
    const below = innerHeight - from.bottom - EDGE - 4;
    const above = from.top - EDGE - 4;
    const upward = to.scrollHeight > below && above > below;
    to.style.maxHeight = `${Math.max(120, upward ? above : below)}px`;
    to.style.top = upward ? "auto" : `${from.bottom + 4}px`;
    to.style.bottom = upward ? `${innerHeight - from.top + 4}px` : "auto";
  };
  return (
    <>
      <button ref={button} type="button" className={className} popoverTarget={id} aria-expanded={open} aria-haspopup="dialog">
        {label}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        className="menu"
        role="dialog"
        aria-label={title}
        onToggle={(event) => {
          const shown = (event as unknown as ToggleEvent).newState === "open";
          // What is in it is there before it is placed by its size and its first control has the focus.
          flushSync(() => setOpen(shown));
          if (!shown) return;
          place();
          panel.current?.querySelector<HTMLElement>(CONTROL)?.focus();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") event.stopPropagation();
        }}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
