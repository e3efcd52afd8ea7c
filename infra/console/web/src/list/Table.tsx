import { memo, useEffect, useRef } from "react";
import type { Connection, Invoice } from "../api";
import { goTo, hrefOf, withParam } from "../address";
import { useKeys } from "../keys";
import { useStore } from "../store";
import { Badge } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import { Day, Money, Text } from "../ui/Value";
import { NOT_SAID, ownId, since } from "../words";
import { COLUMNS, type ColumnName, columnNames, shownColumns } from "./columns";

interface Props {
  address: URLSearchParams;
  invoices: Invoice[];
  connections: Connection[];
  selected: Set<string>;
  selectable: boolean;
  stale: boolean;
  onSelect(ids: string[], on: boolean): void;
}

/** A native table: the API sorts, filters and pages. */
export function Table({ address, invoices, connections, selected, selectable, stale, onSelect }: Props) {
  const chosen = useStore(shownColumns);
  const columns = columnNames.filter((name) => name === "number" || chosen.includes(name));
  const body = useRef<HTMLTableSectionElement>(null);
  const last = useRef<string | null>(null);
  const latest = useRef({ invoices, selected, onSelect });
  latest.current = { invoices, selected, onSelect };
  const toggle = useRef((id: string, range: boolean) => {
    const { invoices: all, selected: before, onSelect: select } = latest.current;
    const ids = all.map((invoice) => invoice.id);
    const [from, to] = [last.current === null ? -1 : ids.indexOf(last.current), ids.indexOf(id)];
    if (range && from >= 0) select(ids.slice(Math.min(from, to), Math.max(from, to) + 1), true);
    else select([id], !before.has(id));
    last.current = id;
  }).current;
  const links = () => [...(body.current?.querySelectorAll<HTMLAnchorElement>("a.open") ?? [])];
  const current = () => {
    const row = document.activeElement?.closest("tr");
    return links().findIndex((link) => link.closest("tr") === row);
  };
  const move = (by: number) => {
    const all = links();
    const at = current();
    all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  };
  const pick = (range: boolean) => {
    const invoice = invoices[current()];
    if (selectable && invoice) toggle(invoice.id, range);
  };
  useKeys({ j: () => move(1), k: () => move(-1), x: () => pick(false), "Shift+x": () => pick(true) });
  const all = invoices.length > 0 && invoices.every((invoice) => selected.has(invoice.id));
  const some = invoices.some((invoice) => selected.has(invoice.id));
  const open = address.get("open");
  return (
    <div className={`table-frame ${columns.length > 9 ? "many" : ""}`} aria-busy={stale} {...(columns.length > 9 ? { tabIndex: 0, role: "region", "aria-label": "Invoices" } : {})}>
      <table className="invoices">
        <caption className="hidden">Invoices, {invoices.length} shown</caption>
        <thead>
          <tr>
            {selectable && (
              <th scope="col" className="select">
                <Tick label="Select all that are shown" checked={all} mixed={some && !all} onChange={() => onSelect(invoices.map((one) => one.id), !all)} />
              </th>
            )}
            {columns.map((column) => <Head key={column} column={column} address={address} connections={connections} />)}
          </tr>
        </thead>
        <tbody ref={body}>
          {invoices.map((invoice) => (
            <Row
              key={invoice.id}
              invoice={invoice}
              href={hrefOf(withParam(address, "open", invoice.id))}
              columns={columns}
              selectable={selectable}
              selected={selected.has(invoice.id)}
              open={open === invoice.id}
              onToggle={toggle}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Tick({ label, checked, mixed, onChange }: { label: string; checked: boolean; mixed: boolean; onChange(): void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = mixed;
  }, [mixed]);
  return <label className="tick"><input ref={box} type="checkbox" checked={checked} onChange={onChange} aria-label={label} /></label>;
}

const RIGHT: ColumnName[] = ["amount", "balance"];

function Head({ column, address, connections }: { column: ColumnName; address: URLSearchParams; connections: Connection[] }) {
  const { name, sort } = COLUMNS[column];
  const asked = address.get("sort");
  const order = sort && asked === sort ? "ascending" : sort && asked === `-${sort}` ? "descending" : undefined;
  const can = sort !== null && connections.some((one) => ((one.capabilities?.sorts as Record<string, string> | undefined)?.[sort] ?? "absent") !== "absent");
  const next = order === "ascending" ? `-${sort}` : order === "descending" ? null : sort;
  return (
    <th scope="col" className={`c-${column} ${RIGHT.includes(column) ? "right" : ""}`} aria-sort={order ?? (can ? "none" : undefined)}>
      {can ? (
        <button type="button" onClick={() => goTo(withParam(address, "sort", next))}>
          {name}
          <Icon name={order === "ascending" ? "up" : order === "descending" ? "down" : "sort"} />
        </button>
      ) : name}
    </th>
  );
}

interface RowProps {
  invoice: Invoice;
  href: string;
  columns: ColumnName[];
  selectable: boolean;
  selected: boolean;
  open: boolean;
  onToggle(id: string, range: boolean): void;
}

const Row = memo(function Row({ invoice, href, columns, selectable, selected, open, onToggle }: RowProps) {
  return (
    <tr className={`${selected ? "selected" : ""} ${open ? "opened" : ""}`}>
      {selectable && (
        <td className="select">
          <label className="tick">
            <input
              type="checkbox"
              checked={selected}
              aria-label={`Select ${invoice.number ?? invoice.id}`}
              onClick={(event) => {
                if (event.shiftKey) {
                  event.preventDefault();
                  onToggle(invoice.id, true);
                }
              }}
              onChange={() => onToggle(invoice.id, false)}
            />
          </label>
        </td>
      )}
      {columns.map((column) => (
        <Cell key={column} column={column} invoice={invoice} href={href} open={open} />
      ))}
    </tr>
  );
});

function Cell({ column, invoice, href, open }: { column: ColumnName; invoice: Invoice; href: string; open: boolean }) {
  const { amounts, dates, timestamps, customer, currency } = invoice;
  switch (column) {
    case "number":
      return (
        <th scope="row" className="c-number">
          <a className="open" href={href} aria-current={open ? "true" : undefined} title={invoice.id}>{invoice.number ?? ownId(invoice.id)}</a>
          <small className="narrow">{invoice.connection}{dates.due && <>, due <Day of={dates.due} /></>}</small>
          <span className="narrowest"><Badge word={invoice.status} own={invoice.providerStatus} /></span>
        </th>
      );
    case "customer":
      return <td className="c-customer">{customer.name ?? (customer.id ? <span className="id" title={`${customer.id}; of the name ${NOT_SAID}`}>{ownId(customer.id)}</span> : <Text of={null} />)}</td>;
    case "connection":
      return <td className="c-connection">{invoice.connection}</td>;
    case "status":
      return <td className="c-status"><Badge word={invoice.status} own={invoice.providerStatus} /></td>;
    case "payment":
      return <td className="c-payment"><Badge word={invoice.paymentStatus} own={invoice.providerPaymentStatus} /></td>;
    case "invoiceDate":
      return <td className="c-invoiceDate"><Day of={dates.invoice} /></td>;
    case "dueDate":
      return <td className="c-dueDate"><Day of={dates.due} /></td>;
    case "created":
      return <td className="c-created">{timestamps.created ? <time dateTime={timestamps.created}>{since(timestamps.created)}</time> : <Text of={null} />}</td>;
    case "modified":
      return <td className="c-modified">{timestamps.modified ? <time dateTime={timestamps.modified}>{since(timestamps.modified)}</time> : <Text of={null} />}</td>;
    case "po":
      return <td className="c-po"><Text of={invoice.tracking.poNumbers.join(", ")} /></td>;
    case "amount":
      return <td className="right c-amount"><Money amount={amounts.total} /><Code of={currency} /></td>;
    case "balance":
      return <td className="right c-balance"><Money amount={amounts.balance} /><Code of={currency} /></td>;
  }
}

function Code({ of }: { of: string | null }) {
  return <abbr className="currency" title={of === null ? `Currency: ${NOT_SAID}` : undefined}>{of ?? "–"}</abbr>;
}
