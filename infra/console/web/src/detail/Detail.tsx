import { type ReactNode, useEffect, useRef, useState } from "react";
import { type Action, type Connection, type Invoice, getInvoice, type Schemas } from "../api";
import { useFailedAt, useInvoice } from "../queries";
import { Badge } from "../ui/Badge";
import { Failure } from "../ui/Failure";
import { Icon } from "../ui/Icon";
import { Day, Money, Text, Unsaid } from "../ui/Value";
import { instant, label, ownId } from "../words";
import { Edit } from "./Edit";

interface Props {
  id: string;
  connections: Connection[];
  mayWrite: boolean;
  onAction(action: Action, invoice: Invoice): void;
  onClose(): void;
}

/** One invoice, as its provider has it now. */
export function Detail({ id, connections, mayWrite, onAction, onClose }: Props) {
  const connection = connections.find((one) => one.name === id.slice(0, id.indexOf(":")));
  const has = connection?.capabilities?.includes ?? [];
  const query = useInvoice(id, []);
  const failedAt = useFailedAt(query.error);
  const [editing, setEditing] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    // The row that was opened has the focus again, so that j and k go on from there.
    return () => {
      const row = [...document.querySelectorAll<HTMLAnchorElement>("a.open")].find((link) => link.title === id);
      row?.focus({ preventScroll: true });
    };
  }, [id]);
  const invoice = query.data?.invoice;
  return (
    <aside className="detail" aria-labelledby="detail-title">
      <header className="detail-head">
        <div>
          <p className="faint">{connection?.title ?? id.slice(0, id.indexOf(":"))}</p>
          <h2 id="detail-title" ref={heading} tabIndex={-1}>{invoice?.number ?? ownId(id)}</h2>
        </div>
        <button type="button" className="quiet icon-only" onClick={onClose} aria-label="Close the invoice"><Icon name="cross" /></button>
      </header>
      {query.error ? (
        <Failure error={query.error} at={failedAt} onRetry={() => void query.refetch()} />
      ) : !invoice ? (
        <div className="waiting" role="status" aria-label="Reading the invoice">{Array.from({ length: 9 }, (_, line) => <span key={line} />)}</div>
      ) : (
        <div className="detail-body">
          <p className="total">
            <Money amount={invoice.amounts.total} /> <span className="currency">{invoice.currency ?? "no currency"}</span>
          </p>
          <p className="badges">
            <Badge word={invoice.status} own={invoice.providerStatus} />
            <Badge word={invoice.paymentStatus} own={invoice.providerPaymentStatus} />
          </p>
          <Actions invoice={invoice} connection={connection} mayWrite={mayWrite} onAction={(action) => onAction(action, invoice)} onEdit={() => setEditing(true)} />
          <Facts invoice={invoice} />
          {has.includes("lines") && <OnDemand title="Lines" read={() => read(id, ["lines"])}>{(full) => <Lines lines={full.lines ?? null} />}</OnDemand>}
          {has.includes("payments") && <OnDemand title="Payments at the provider" read={() => read(id, ["payments"])}>{(full) => <Json of={full.payments ?? null} />}</OnDemand>}
          <Comments invoice={invoice} />
          {Object.keys(invoice.customFields).length > 0 && (
            <details className="fold"><summary>Custom fields</summary><Json of={invoice.customFields} /></details>
          )}
          {has.includes("raw") && <OnDemand title="As the provider sends it" read={() => read(id, ["raw"])}>{(full) => <Json of={full.raw ?? null} />}</OnDemand>}
        </div>
      )}
      {editing && query.data && connection && (
        <Edit read={query.data} connection={connection} onClose={() => setEditing(false)} onRead={() => void query.refetch()} />
      )}
    </aside>
  );
}

const read = async (id: string, includes: Schemas["Include"][]) => (await getInvoice(id, includes)).invoice;

const ACTIONS: [Action, string][] = [["activate", "Activate"], ["cancel", "Cancel invoice"], ["delete", "Delete"]];

interface ActionsProps {
  invoice: Invoice;
  connection: Connection | undefined;
  mayWrite: boolean;
  onAction(action: Action): void;
  onEdit(): void;
}

/** What may be done now, from the invoice itself; of the rest, why not. */
function Actions({ invoice, connection, mayWrite, onAction, onEdit }: ActionsProps) {
  if (!mayWrite) return <p className="card-note">Your sign-in may read, and not write.</p>;
  const title = connection?.title ?? invoice.connection;
  const writes = connection?.capabilities?.writes;
  const reason = (action: Action | "update"): string | null => {
    if (invoice.availableActions[action]) return null;
    if (writes?.[action] === "absent") return `${title} has no call for it`;
    return `not while it is ${invoice.providerStatus ?? label(invoice.status)} at ${title}`;
  };
  const all: [Action | "update", string][] = [...ACTIONS, ["update", "Change"]];
  const refused = all.map(([action, name]) => [name, reason(action)] as const).filter(([, why]) => why !== null);
  const first = all.find(([action]) => invoice.availableActions[action])?.[0];
  return (
    <div className="actions">
      <div className="buttons">
        {all.map(([action, name]) => {
          const why = reason(action);
          return (
            <button
              key={action}
              type="button"
              className={action === first && action === "activate" ? "primary" : ""}
              aria-disabled={why !== null}
              aria-describedby={why ? "why-not" : undefined}
              title={why ?? undefined}
              onClick={() => why === null && (action === "update" ? onEdit() : onAction(action))}
            >
              {name}
            </button>
          );
        })}
      </div>
      {refused.length > 0 && (
        <ul id="why-not" className="why-not">
          {grouped(refused).map(([names, why]) => <li key={why}><b>{names}</b>: {why}</li>)}
        </ul>
      )}
    </div>
  );
}

function grouped(refused: (readonly [string, string | null])[]): [string, string][] {
  const by = Map.groupBy(refused, ([, why]) => why ?? "");
  return [...by].map(([why, names]) => [names.map(([name]) => name).join(", "), why]);
}

function Facts({ invoice }: { invoice: Invoice }) {
  const { amounts, dates, timestamps, tracking, payment, customer, supplier, documents } = invoice;
  const moment = (at: string | null) => (at ? <time dateTime={at}>{instant(at)}</time> : null);
  const facts: [string, ReactNode][] = [
    ["Reference", <code key="id">{invoice.id}</code>],
    [supplier ? "Payer" : "Customer", customer.name ?? (customer.id ? <code>{ownId(customer.id)}</code> : <Unsaid />)],
    ["E-mail", customer.email],
    ["Supplier", supplier ? <code>{ownId(supplier.id)}</code> : null],
    ["Invoice date", <Day key="d" of={dates.invoice} />],
    ["Due", <Day key="d" of={dates.due} />],
    ["Period", dates.periodStart && dates.periodEnd ? <><Day of={dates.periodStart} /> to <Day of={dates.periodEnd} /></> : null],
    ["Balance", <Money key="m" amount={amounts.balance} />],
    ["Before taxes", <Money key="m" amount={amounts.withoutTax} />],
    ["Taxes", <Money key="m" amount={amounts.tax} />],
    ["Discount", amounts.discount ? <Money amount={amounts.discount} /> : null],
    ["Paid", <Money key="m" amount={amounts.paid} />],
    ["Credited", amounts.credited ? <Money amount={amounts.credited} /> : null],
    ["Written off", amounts.writtenOff ? <Money amount={amounts.writtenOff} /> : null],
    ["Terms", invoice.terms],
    ["Purchase orders", tracking.poNumbers.join(", ") || null],
    ["Payment method", payment.method],
    ["Created", moment(timestamps.created)],
    ["Changed", moment(timestamps.modified)],
    ["Activated", moment(timestamps.activated)],
    ["Canceled", moment(timestamps.canceled)],
    ["Document", link(documents.pdfUrl, "Printed form")],
    ["Payment page", link(payment.hostedUrl, "Where the customer pays")],
  ];
  return (
    <dl className="facts">
      {facts.filter(([, value]) => value !== null).map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{typeof value === "string" ? <Text of={value} /> : value}</dd></div>
      ))}
    </dl>
  );
}

/** An address of the provider's: only https is followed. */
function link(url: string | null, name: string): ReactNode {
  return url?.startsWith("https://") ? <a href={url} target="_blank" rel="noreferrer">{name} <Icon name="external" /></a> : null;
}

function Comments({ invoice }: { invoice: Invoice }) {
  if (invoice.comments.length === 0) return null;
  return (
    <section className="fold-open" aria-label="Comments">
      <h3>Comments</h3>
      <ul className="comments">
        {invoice.comments.map((comment) => (
          <li key={`${comment.createdAt}${comment.text}`}>
            <p>{comment.text}</p>
            <small>{comment.author}{comment.createdAt && ` ${instant(comment.createdAt)}`}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What costs a call of its own, read when somebody wants it. */
function OnDemand({ title, read, children }: { title: string; read(): Promise<Invoice>; children(invoice: Invoice): ReactNode }) {
  const [invoice, setInvoice] = useState<Invoice | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const at = useFailedAt(error);
  const load = () => {
    setError(null);
    read().then(setInvoice, (failed: Error) => setError(failed));
  };
  return (
    <details className="fold" onToggle={(event) => event.currentTarget.open && !invoice && load()}>
      <summary>{title}</summary>
      {error ? <Failure error={error} at={at} onRetry={load} /> : invoice ? children(invoice) : <p className="faint" role="status">Reading</p>}
    </details>
  );
}

function Lines({ lines }: { lines: Schemas["Line"][] | null }) {
  if (!lines?.length) return <p className="faint">{lines ? "It has no lines." : "The provider does not say."}</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Lines">
      <table className="plain">
        <thead><tr><th scope="col">What</th><th scope="col" className="right">Quantity</th><th scope="col" className="right">Price</th><th scope="col" className="right">Amount</th></tr></thead>
        <tbody>
          {lines.map((line, at) => (
            <tr key={line.id ?? at}>
              <th scope="row">{line.name ?? line.description ?? <Unsaid />}</th>
              <td className="right"><Money amount={line.quantity} /></td>
              <td className="right"><Money amount={line.unitPrice} /></td>
              <td className="right"><Money amount={line.amount} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Json({ of }: { of: unknown }) {
  return <pre tabIndex={0} role="region" aria-label="As JSON">{JSON.stringify(of, null, 2)}</pre>;
}
