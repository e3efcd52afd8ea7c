import { type ReactNode, useEffect, useId, useRef } from "react";

interface Props {
  title: string;
  onClose(): void;
  /** `false` while leaving would lose something. */
  closable?: boolean;
  wide?: boolean;
  children: ReactNode;
}

/** The browser's own modal dialog: it holds the focus, and gives it back. */
export function Dialog({ title, onClose, closable = true, wide = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    if (shown && !shown.open) shown.showModal();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "wide" : ""}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        {closable && (
          <button type="button" className="quiet icon-only" onClick={onClose} aria-label="Close">
            <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M4.5 4.5l7 7m0-7l-7 7" /></svg>
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
