import { useEffect, useMemo, useRef, useState } from "react";
import type { Action, Connection } from "../api";
import { goTo } from "../address";
import { byCurrency } from "../money";
import { CallError } from "../problem";
import { Badge } from "../ui/Badge";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Figure, Unsaid } from "../ui/Value";
import { count, ownId, reason } from "../words";
import { startRun } from "./engine";
import { foretell, type Preview, type Progress, type Selection } from "./preview";
import { plan, type Row } from "./run";
import { Words } from "../ui/Words";

interface Props {
  action: Action;
  selection: Selection;
  connections: Connection[];
  onClose(): void;
}

const DOES: Record<Action, { verb: string; done: string; title: string }> = {
  activate: { verb: "Activate", done: "would be activated", title: "Activate invoices" },
  cancel: { verb: "Cancel", done: "would be canceled", title: "Cancel invoices" },
  delete: { verb: "Delete", done: "would be deleted", title: "Delete invoices" },
};

/** As many are confirmed by a click; more, and what cannot be taken back, by their number. */
const BY_CLICK = 25;

/** Preview, then confirmation. What is confirmed is what was previewed: these invoices, and no others. */
export function BulkDialog({ action, selection, connections, onClose }: Props) {
  const [progress, setProgress] = useState<Progress>({ found: 0, foretold: 0, complete: false });
  const [preview, setPreview] = useState<Preview | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [step, setStep] = useState<"preview" | "confirm">("preview");
  const [invoiceDate, setInvoiceDate] = useState("");
  const [comment, setComment] = useState("");
  const [typed, setTyped] = useState("");
  const [starting, setStarting] = useState(false);
  const failedAt = useRef(Date.now());
  useEffect(() => {
    const controller = new AbortController();
    setError(null);
    foretell(action, selection, setProgress, controller.signal).then(setPreview, (failed: Error) => {
      if (controller.signal.aborted) return;
      failedAt.current = Date.now();
      setError(failed);
    });
    return () => controller.abort();
  }, [action, selection, attempt]);
  const going = useMemo(() => preview?.rows.filter((row) => row.state === "waiting") ?? [], [preview]);
  const does = DOES[action];
  const mustType = action !== "activate" || going.length > BY_CLICK;
  const confirmed = !mustType || typed.replaceAll(/[\s,.]/g, "") === String(going.length);
  const start = async () => {
    if (!preview || !confirmed || starting) return;
    setStarting(true);
    const takesBulk = (name: string) => connections.find((one) => one.name === name)?.capabilities?.writes[action] === "bulk";
    const run = plan(action, preview.rows, { invoiceDate: invoiceDate || null, comment: comment.trim() || null }, takesBulk);
    try {
      await startRun(run);
      goTo(`run=${run.id}`);
      onClose();
    } catch (failed) {
      setStarting(false);
      setError(new CallError(0, `The plan cannot be kept in this browser, so nothing was sent: ${String(failed)}`));
    }
  };
  return (
    <Dialog title={does.title} onClose={onClose} closable={!starting} wide>
      {error ? (
        <div className="dialog-body"><Failure error={error} at={failedAt.current} onRetry={() => setAttempt(attempt + 1)} /></div>
      ) : !preview ? (
        <Foretelling progress={progress} />
      ) : step === "preview" ? (
        <>
          <div className="dialog-body">
            <Foretold preview={preview} going={going} done={does.done} />
          </div>
          <footer className="dialog-foot">
            <button type="button" onClick={onClose}>Close</button>
            <button type="button" className="primary" disabled={going.length === 0} onClick={() => setStep("confirm")}>
              {going.length === 0 ? "Nothing to do" : `Go on with ${going.length.toLocaleString("en-GB")}`}
            </button>
          </footer>
        </>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); void start(); }}>
          <div className="dialog-body form">
            <p className="lead">{does.verb} <b>{count(going.length, "invoice")}</b>. These and no others, whatever is added meanwhile.</p>
            <Sums rows={going} />
            {action === "activate" && (
              <label><span>Invoice date <small>of all of them; empty leaves each its own</small></span><input type="date" value={invoiceDate} onChange={(event) => setInvoiceDate(event.target.value)} /></label>
            )}
            {action !== "delete" && (
              <label><span>Why <small>kept in the audit, and put on the invoice where the provider has comments</small></span><input value={comment} maxLength={500} autoComplete="off" onChange={(event) => setComment(event.target.value)} /></label>
            )}
            {mustType && (
              <label className="confirm"><span>Type <b className="number">{going.length}</b> to confirm</span><input inputMode="numeric" autoComplete="off" autoFocus value={typed} onChange={(event) => setTyped(event.target.value)} /></label>
            )}
          </div>
          <footer className="dialog-foot">
            <button type="button" onClick={() => setStep("preview")} disabled={starting}>Back</button>
            <button type="submit" className={action === "activate" ? "primary" : "danger"} disabled={!confirmed || starting}>
              {does.verb} {count(going.length, "invoice")}
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

function Foretelling({ progress }: { progress: Progress }) {
  const text = progress.complete
    ? `Asking what would come of ${count(progress.found, "invoice")}: ${progress.foretold.toLocaleString("en-GB")} done`
    : `Finding the invoices: ${progress.found.toLocaleString("en-GB")} so far`;
  return (
    <div className="dialog-body foretelling">
      <p role="status">{text}</p>
      <progress max={progress.complete ? progress.found : undefined} value={progress.complete ? progress.foretold : undefined} aria-label="Preview" />
      <p className="faint">Nothing is written.</p>
    </div>
  );
}

/** The rows of one fate, and why. */
function Foretold({ preview, going, done }: { preview: Preview; going: Row[]; done: string }) {
  const others = preview.rows.filter((row) => row.state !== "waiting");
  const groups = [...Map.groupBy(others, (row) => `${row.state}|${row.code ?? ""}|${row.connection}`).values()].sort((a, b) => b.length - a.length);
  return (
    <>
      {preview.missing.length > 0 && (
        <div className="notice bad" role="alert">
          <p><b>{preview.missing.map((source) => source.connection).join(", ")}</b> did not answer in full. Its invoices are not among these.</p>
        </div>
      )}
      <section className="fate good" aria-labelledby="fate-good">
        <h3 id="fate-good"><span className="figure number">{going.length.toLocaleString("en-GB")}</span> {done}</h3>
        <Sums rows={going} />
      </section>
      {groups.length > 0 && (
        <section aria-labelledby="fate-others">
          <h3 id="fate-others">{count(others.length, "other")}, left as {others.length === 1 ? "it is" : "they are"}</h3>
          <ul className="fates">
            {groups.map((rows) => <Fate key={`${rows[0]?.id}`} rows={rows} />)}
          </ul>
        </section>
      )}
    </>
  );
}

function Fate({ rows }: { rows: Row[] }) {
  const [first] = rows;
  if (!first) return null;
  return (
    <li>
      <details className="fold">
        <summary>
          <Badge word={first.state} />
          <b className="number">{rows.length.toLocaleString("en-GB")}</b> at {first.connection}
          <span className="faint">{first.code ? reason(first.code) : first.state === "unchanged" ? "so already" : ""}</span>
        </summary>
        <ul className="ids" tabIndex={0} aria-label="Which, and why">
          {rows.slice(0, 100).map((row) => <li key={row.id}><b>{row.number ?? ownId(row.id)}</b> {row.detail && <Words of={row.detail} />}</li>)}
          {rows.length > 100 && <li>and {rows.length - 100} more; all are in the report</li>}
        </ul>
      </details>
    </li>
  );
}

export function Sums({ rows }: { rows: Row[] }) {
  const sums = byCurrency(rows);
  if (rows.length === 0) return null;
  return (
    <table className="plain sums">
      <caption className="hidden">Sums by currency</caption>
      <thead><tr><th scope="col">Currency</th><th scope="col" className="right">Invoices</th><th scope="col" className="right">Total</th></tr></thead>
      <tbody>
        {sums.map((one) => (
          <tr key={one.currency ?? "none"}>
            <th scope="row">{one.currency ?? "No currency"}</th>
            <td className="right number">{one.count.toLocaleString("en-GB")}</td>
            <td className="right">
              {one.sum === null ? <Unsaid /> : <Figure of={one.sum} />}
              {one.sum !== null && one.unknown > 0 && <small> and {one.unknown} unknown</small>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

