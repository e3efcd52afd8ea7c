import { useEffect, useMemo, useRef, useState } from "react";
import type { Action, Invoice, Source } from "../api";
import { goTo, hrefOf, withParam } from "../address";
import { BulkDialog } from "../bulk/BulkDialog";
import type { Selection } from "../bulk/preview";
import { Detail } from "../detail/Detail";
import { useKeys } from "../keys";
import { byCurrency, grouped } from "../money";
import { useConnections, useFailedAt, useInvoices } from "../queries";
import { session } from "../session";
import { useStore } from "../store";
import { Failure } from "../ui/Failure";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { count } from "../words";
import { COLUMNS, columnNames, shownColumns } from "./columns";
import { Filters } from "./Filters";
import { isWhole, overPages, Sources } from "./Sources";
import { Table } from "./Table";
import { Views } from "./Views";

export function ListPage({ address, question }: { address: URLSearchParams; question: string }) {
  const connections = useConnections();
  const query = useInvoices(question);
  const failedAt = useFailedAt(query.error);
  const { mayWrite } = useStore(session);
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [everything, setEverything] = useState(false);
  const [bulk, setBulk] = useState<{ action: Action; selection: Selection } | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const pages = query.data?.pages ?? [];
  const invoices = useMemo(() => unique(pages.flatMap((page) => page.data)), [pages]);
  const sources = useMemo(() => overPages(pages), [pages]);
  const open = address.get("open");
  useEffect(() => {
    setSelected(new Set());
    setEverything(false);
  }, [question]);
  const select = (ids: string[], on: boolean) => {
    setEverything(false);
    setSelected((before) => {
      const next = new Set(before);
      for (const id of ids) on ? next.add(id) : next.delete(id);
      return next;
    });
  };
  const begin = (action: Action, only?: Invoice) => {
    const invoicesOf = only ? [only] : invoices.filter((invoice) => selected.has(invoice.id));
    const selection: Selection = everything && !only ? { kind: "all", question } : { kind: "some", invoices: invoicesOf };
    if (selection.kind === "all" || selection.invoices.length) setBulk({ action, selection });
  };
  const closeDetail = () => goTo(withParam(address, "open", null));
  useKeys({
    "/": () => search.current?.focus(),
    a: () => mayWrite && begin("activate"),
    Escape: () => (open ? closeDetail() : select([...selected], false)),
  });
  const all = connections.data ?? [];
  const troubled = sources.filter((source) => !isWhole(source));
  return (
    <div className={`list ${open ? "with-detail" : ""}`}>
      <div className="list-main">
        <header className="page-head">
          <h1>Invoices</h1>
          <form
            role="search"
            className="search"
            onSubmit={(event) => {
              event.preventDefault();
              goTo(withParam(withParam(address, "open", null), "search", search.current?.value.trim() ?? ""));
            }}
          >
            <Icon name="search" />
            <input ref={search} key={address.get("search")} type="search" name="search" aria-label="Search in number, customer and comments" placeholder="Number, customer, comment" defaultValue={address.get("search") ?? ""} />
            <kbd aria-hidden="true">/</kbd>
          </form>
        </header>
        <Views question={question} />
        <div className="tools">
          <Filters address={address} connections={all} sources={sources} />
          <Columns />
        </div>
        <Sources sources={sources} connections={all} busy={query.isRefetching} onRetry={() => void query.askAgain()} />
        {query.error && !invoices.length ? (
          <Failure error={query.error} at={failedAt} onRetry={() => void query.askAgain()} />
        ) : query.isPending ? (
          <Skeleton />
        ) : invoices.length === 0 && !query.hasNextPage ? (
          <Empty sources={sources} question={question} />
        ) : (
          <>
            <Table address={address} invoices={invoices} connections={all} selected={selected} selectable={mayWrite} stale={query.isPlaceholderData} onSelect={select} />
            <More query={query} shown={invoices.length} total={pages[0]?.total ?? null} troubled={troubled} failedAt={failedAt} />
          </>
        )}
        {mayWrite && (selected.size > 0 || everything) && (
          <SelectionBar
            invoices={invoices.filter((invoice) => selected.has(invoice.id))}
            everything={everything}
            more={query.hasNextPage && selected.size === invoices.length}
            onEverything={() => setEverything(true)}
            onAction={(action) => begin(action)}
            onClear={() => select([...selected], false)}
          />
        )}
      </div>
      {open && <Detail key={open} id={open} connections={all} mayWrite={mayWrite} onAction={begin} onClose={closeDetail} />}
      {bulk && <BulkDialog {...bulk} connections={all} onClose={() => setBulk(null)} />}
    </div>
  );
}

/** A page that was read anew may begin with what the one before ended with. */
function unique(invoices: Invoice[]): Invoice[] {
  return [...new Map(invoices.map((invoice) => [invoice.id, invoice])).values()];
}

function Columns() {
  const shown = useStore(shownColumns);
  return (
    <Menu className="quiet" title="Columns" label={<><Icon name="columns" />Columns</>}>
      {() => (
        <fieldset className="editor">
          <legend>Columns</legend>
          {columnNames.filter((name) => name !== "number").map((name) => (
            <label key={name} className="check">
              <input type="checkbox" checked={shown.includes(name)} onChange={(event) => shownColumns.set(event.target.checked ? [...shown, name] : shown.filter((one) => one !== name))} />
              {COLUMNS[name].name}
            </label>
          ))}
        </fieldset>
      )}
    </Menu>
  );
}

interface MoreProps {
  query: ReturnType<typeof useInvoices>;
  shown: number;
  total: number | null;
  troubled: Source[];
  failedAt: number;
}

function More({ query, shown, total, troubled, failedAt }: MoreProps) {
  const without = troubled.filter((source) => source.status === "failed").map((source) => source.connection);
  if (query.error) return <Failure error={query.error} at={failedAt} onRetry={() => void query.fetchNextPage()} />;
  return (
    <footer className="more">
      <p role="status">
        {total !== null && query.hasNextPage ? `${shown.toLocaleString("en-GB")} of ${count(total, "invoice")}` : count(shown, "invoice")}
        {query.hasNextPage ? (total === null ? " so far" : "") : without.length ? `, without ${without.join(", ")}` : ", and that is all"}
      </p>
      {query.hasNextPage && (
        <button type="button" onClick={() => void query.fetchNextPage()} disabled={query.isFetchingNextPage}>
          {query.isFetchingNextPage ? "Reading" : "Show more"}
        </button>
      )}
    </footer>
  );
}

/** Nothing that matches, and nothing that could be found out, are two things. */
function Empty({ sources, question }: { sources: Source[]; question: string }) {
  const failed = sources.filter((source) => source.status === "failed");
  const answered = sources.length - failed.length;
  const drafts = question === "status=draft";
  if (failed.length) {
    return (
      <div className="state" role="status">
        <Icon name="question" />
        <h2>None found; {count(failed.length, "connection")} did not answer</h2>
        <p>{answered ? `${count(answered, "connection")} answered and ${answered === 1 ? "has" : "have"} none. ` : ""}Whether {failed.map((source) => source.connection).join(", ")} {failed.length === 1 ? "has" : "have"} any is not known.</p>
      </div>
    );
  }
  return (
    <div className="state" role="status">
      <Icon name="check" />
      <h2>{drafts ? "No drafts" : "No invoices"}</h2>
      <p>{answered === 1 ? "The connection answered" : `All ${answered} connections answered`}, and none has {drafts ? "a draft" : "an invoice that matches"}.</p>
      {!drafts && <a href={hrefOf("sort=-invoiceDate")}>Show all invoices</a>}
    </div>
  );
}

interface BarProps {
  invoices: Invoice[];
  everything: boolean;
  more: boolean;
  onEverything(): void;
  onAction(action: Action): void;
  onClear(): void;
}

function SelectionBar({ invoices, everything, more, onEverything, onAction, onClear }: BarProps) {
  const sums = byCurrency(invoices.map(({ currency, amounts }) => ({ currency, amount: amounts.total }))).filter((one) => one.sum !== null);
  return (
    <div className="selection" role="region" aria-label="Selection">
      <p role="status">
        <b>{everything ? "All that match" : count(invoices.length, "invoice")}</b>
        {!everything && sums.slice(0, 2).map((one) => <span key={one.currency} className="number">{one.currency} {grouped(one.sum ?? "")}</span>)}
        {!everything && sums.length > 2 && <span>and {sums.length - 2} more</span>}
      </p>
      {more && !everything && <button type="button" className="link" onClick={onEverything}>Select all that match</button>}
      <div className="selection-actions">
        <button type="button" className="primary" onClick={() => onAction("activate")}>Activate</button>
        <button type="button" onClick={() => onAction("cancel")}>Cancel them</button>
        <button type="button" onClick={() => onAction("delete")}>Delete</button>
        <button type="button" className="quiet" onClick={onClear}>Clear</button>
      </div>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="waiting tall" role="status" aria-label="Asking the connections">
      {Array.from({ length: 12 }, (_, line) => <span key={line} />)}
    </div>
  );
}

