import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { type Connection, type PatchAnswer, patchInvoice, type Read, type Schemas } from "../api";
import { CallError } from "../problem";
import { Dialog } from "../ui/Dialog";
import { useCountdown } from "../ui/Failure";
import { Words } from "../ui/Words";

interface Field {
  pointer: string;
  name: string;
  type: "date" | "text" | "area";
  hint?: string;
}

const FIELDS: Field[] = [
  { pointer: "/dates/due", name: "Due date", type: "date" },
  { pointer: "/dates/invoice", name: "Invoice date", type: "date" },
  { pointer: "/tracking/poNumbers", name: "Purchase orders", type: "text", hint: "with commas between" },
  { pointer: "/terms", name: "Terms", type: "text" },
  { pointer: "/billToContactId", name: "Contact it is sent to", type: "text" },
  { pointer: "/comment", name: "Add a comment", type: "area" },
];

function present(pointer: string, { invoice }: Read): string {
  switch (pointer) {
    case "/dates/due": return invoice.dates.due ?? "";
    case "/dates/invoice": return invoice.dates.invoice ?? "";
    case "/tracking/poNumbers": return invoice.tracking.poNumbers.join(", ");
    case "/terms": return invoice.terms ?? "";
    case "/billToContactId": return invoice.billToContactId ?? "";
    default: return "";
  }
}

/** What was changed, and nothing else; what was emptied is cleared. */
function patch(read: Read, values: Map<string, string>): Schemas["InvoicePatch"] {
  const body: Schemas["InvoicePatch"] = {};
  for (const [pointer, value] of values) {
    if (value === present(pointer, read)) continue;
    const text = value || null;
    if (pointer === "/dates/due") body.dates = { ...body.dates, due: text };
    else if (pointer === "/dates/invoice") body.dates = { ...body.dates, invoice: text };
    else if (pointer === "/tracking/poNumbers") body.tracking = { poNumbers: value.split(",").map((one) => one.trim()).filter(Boolean) };
    else if (pointer === "/terms") body.terms = text;
    else if (pointer === "/billToContactId") body.billToContactId = text;
    else if (pointer === "/comment" && value) body.comment = value;
  }
  return body;
}

interface Props {
  read: Read;
  connection: Connection;
  onClose(): void;
  onRead(): void;
}

/** Changes of one invoice, held to what was read: what has changed since is not written over. */
export function Edit({ read, connection, onClose, onRead }: Props) {
  const queries = useQueryClient();
  // What is edited is what was read when the form was opened.
  const [base] = useState(read);
  const key = useRef(`console-edit-${crypto.randomUUID()}`);
  const sent = useRef<Schemas["InvoicePatch"] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CallError | null>(null);
  const [open, setOpen] = useState<{ answer: PatchAnswer; until: number } | null>(null);
  const left = useCountdown(open?.until ?? null);
  const can = connection.capabilities?.updatable ?? [];
  const fields = FIELDS.filter((field) => can.includes(field.pointer));
  const moved = error?.problem?.code === "precondition_failed";
  const faultOf = (pointer: string) => error?.problem?.errors?.find((fault) => fault.pointer === pointer)?.detail;
  const send = async (body: Schemas["InvoicePatch"]) => {
    setBusy(true);
    setError(null);
    // A change of what is sent is another request; the same is asked again under its key.
    if (sent.current && JSON.stringify(sent.current) !== JSON.stringify(body)) key.current = `console-edit-${crypto.randomUUID()}`;
    sent.current = body;
    try {
      const answer = await patchInvoice(base.invoice.id, body, base.etag, key.current);
      await queries.invalidateQueries({ queryKey: ["invoices"] });
      onRead();
      if (answer.open) setOpen({ answer, until: Date.now() + (answer.retryAfter ?? 5) * 1000 });
      else onClose();
    } catch (failed) {
      setError(failed instanceof CallError ? failed : new CallError(0, String(failed)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Change ${base.invoice.number ?? base.invoice.id}`} onClose={onClose} closable={!busy}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const body = patch(base, new Map(fields.map((field) => [field.pointer, String(data.get(field.pointer) ?? "").trim()])));
          if (Object.keys(body).length === 0) onClose();
          else void send(body);
        }}
      >
        <div className="dialog-body form">
          {fields.map((field) => {
            const fault = faultOf(field.pointer);
            const common = { name: field.pointer, defaultValue: present(field.pointer, base), disabled: open !== null, "aria-invalid": fault ? true : undefined, "aria-describedby": fault ? `fault${field.pointer}` : undefined } as const;
            return (
              <label key={field.pointer}>
                <span>{field.name}{field.hint && <small> {field.hint}</small>}</span>
                {field.type === "area" ? <textarea {...common} rows={3} /> : <input {...common} type={field.type} autoComplete="off" />}
                {fault && <small id={`fault${field.pointer}`} className="fault">{fault}</small>}
              </label>
            );
          })}
          {can.includes("/customFields") && <p className="faint">Custom fields are changed by the API.</p>}
          {error && (
            <div className="notice bad" role="alert">
              <p>{moved ? "It has changed since you read it. Nothing was sent." : <Words of={error.message} />}</p>
              {error.problem?.provider?.message && <blockquote>{error.problem.provider.message}</blockquote>}
            </div>
          )}
          {open && (
            <div className="notice warn" role="alert">
              <p>Whether it was changed is not known yet: {open.answer.result.problem?.detail ?? "the provider’s answer was lost."}</p>
            </div>
          )}
        </div>
        <footer className="dialog-foot">
          <button type="button" onClick={onClose} disabled={busy}>{open ? "Leave it" : "Cancel"}</button>
          {moved ? (
            <button type="button" className="primary" onClick={() => { onRead(); onClose(); }}>Read it again</button>
          ) : open ? (
            <button type="button" className="primary" disabled={busy || left > 0} onClick={() => sent.current && void send(sent.current)}>{left > 0 ? `Settle in ${left} s` : "Settle"}</button>
          ) : (
            <button type="submit" className="primary" disabled={busy}>{busy ? "Sending" : "Save changes"}</button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
