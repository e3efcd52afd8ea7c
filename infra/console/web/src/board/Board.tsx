import { useQuery } from "@tanstack/react-query";
import type { Connection, Sums, Summary } from "../api";
import { keptRuns } from "../bulk/kept";
import { reopened, type Run, tally } from "../bulk/run";
import { hrefOf } from "../address";
import { overPages, Sources } from "../list/Sources";
import { share, sum as total } from "../money";
import { useConnections, useFailedAt, useSummary } from "../queries";
import { Badge } from "../ui/Badge";
import { Failure } from "../ui/Failure";
import { Figure, Unsaid } from "../ui/Value";
import { builtIn } from "../views";
import { count, instant, since } from "../words";

/** What customers owe: what the company itself owes (payables) is none of it. */
function outstanding(connections: Connection[]): string {
  const owing = connections.filter((one) => one.direction !== "payable");
  const named = owing.length < connections.length ? `&connection=${owing.map((one) => one.name).join(",")}` : "";
  return `status=active&by=aging${named}`;
}

const DRAFTS = "status=draft&by=connection";

/** What waits for somebody, at a glance. */
export function Board() {
  const connections = useConnections();
  const known = connections.data !== undefined;
  const owed = useSummary(outstanding(connections.data ?? []), known);
  const drafts = useSummary(DRAFTS, known);
  const failedAt = useFailedAt(connections.error);
  if (connections.error) {
    return <Failure error={connections.error} at={failedAt} onRetry={() => void connections.refetch()} />;
  }
  const all = connections.data ?? [];
  const sources = overPages([drafts.data, owed.data].filter((one) => one != null));
  return (
    <div className="board">
      <header className="page-head">
        <h1>Overview</h1>
        {owed.data && <p className="faint">As of {since(owed.data.asOf)}</p>}
      </header>
      <nav className="views" aria-label="Views">
        {builtIn().map((view) => (
          <a key={view.name} href={hrefOf(view.query)}>{view.name}</a>
        ))}
      </nav>
      <Sources sources={sources} connections={all} busy={owed.isFetching} onRetry={() => { owed.askAgain(); drafts.askAgain(); }} />
      <Outstanding query={owed} />
      <div className="pair">
        <Drafts query={drafts} connections={all} />
        <Runs />
      </div>
    </div>
  );
}

type SummaryQuery = ReturnType<typeof useSummary>;

const BUCKETS: [string, string][] = [
  ["not_due", "Not due"], ["1_30", "1–30 days"], ["31_60", "31–60"], ["61_90", "61–90"], ["over_90", "Over 90"], ["no_due_date", "No date"],
];

interface Owed {
  currency: string | null;
  count: number;
  total: string | null;
  unknown: number;
  buckets: (Sums | undefined)[];
}

/** The outstanding part of a summary by aging, one row a currency, the most invoices first. */
function owedByCurrency(summary: Summary): Owed[] {
  const rows = new Map<string | null, (Sums | undefined)[]>();
  for (const [at, [bucket]] of BUCKETS.entries()) {
    for (const sums of summary.groups.find((group) => group.key.aging === bucket)?.amounts ?? []) {
      const row = rows.get(sums.currency) ?? BUCKETS.map(() => undefined);
      row[at] = sums;
      rows.set(sums.currency, row);
    }
  }
  return [...rows].map(([currency, buckets]) => {
    const there = buckets.filter((bucket) => bucket !== undefined);
    const sums = there.map((bucket) => bucket.balance.sum);
    return {
      currency,
      buckets,
      count: there.reduce((all, bucket) => all + bucket.count, 0),
      unknown: there.reduce((all, bucket) => all + bucket.balance.unknown, 0),
      total: currency === null ? null : addUp(sums),
    };
  }).sort((a, b) => Number(a.currency === null) - Number(b.currency === null) || b.count - a.count);
}

function addUp(sums: (string | null)[]): string | null {
  const known = sums.filter((one) => one !== null);
  return known.length ? total(known) : null;
}

function Outstanding({ query }: { query: SummaryQuery }) {
  const failedAt = useFailedAt(query.error);
  return (
    <section className="card" aria-labelledby="outstanding">
      <header className="card-head">
        <h2 id="outstanding">Outstanding</h2>
        <p className="faint">What customers still owe, by days past due. Never added across currencies.</p>
      </header>
      {query.error ? <Failure error={query.error} at={failedAt} onRetry={() => void query.refetch()} />
        : query.data === null ? <NoSums />
        : query.data ? <OwedTable summary={query.data} />
        : <Waiting lines={4} />}
    </section>
  );
}

function OwedTable({ summary }: { summary: Summary }) {
  const rows = owedByCurrency(summary);
  const missing = summary.sources.filter((source) => source.status === "failed").map((source) => source.connection);
  if (rows.length === 0) {
    return (
      <p className="card-note">
        {missing.length ? `Nothing is outstanding at the connections that answered; ${missing.join(", ")} did not.` : `Nothing is outstanding. ${count(summary.sources.length, "connection")} answered.`}
      </p>
    );
  }
  return (
    <>
      {!summary.complete && <p className="card-note warn">Not complete{missing.length ? `: without ${missing.join(", ")}` : ""}.</p>}
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="outstanding">
        <table className="plain owed">
          <thead>
            <tr>
              <th scope="col">Currency</th>
              <th scope="col" className="right">Outstanding</th>
              <th scope="col" className="bar-head"><span className="hidden">Shares</span></th>
              {BUCKETS.map(([key, name]) => <th key={key} scope="col" className={`right b-${key}`}><i aria-hidden="true" />{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.currency ?? "none"}>
                <th scope="row">
                  <a href={hrefOf(`status=active&balance[gt]=0&currency=${row.currency ?? "[empty]"}&sort=dueDate`)}>{row.currency ?? "No currency"}</a>
                  <small>{count(row.count, "invoice")}</small>
                </th>
                <td className="right strong">
                  {row.total === null ? <Unsaid /> : <Figure of={row.total} />}
                  {row.unknown > 0 && <small title="Of these invoices the provider does not say what is left to pay">and {row.unknown.toLocaleString("en-GB")} unknown</small>}
                </td>
                <td className="bar-cell" aria-hidden="true"><Bar row={row} /></td>
                {row.buckets.map((bucket, at) => (
                  <td key={BUCKETS[at]?.[0]} className={`right ${bucket && bucket.count > 0 ? "" : "faint"}`}>
                    {!bucket ? <span className="number">0</span> : bucket.balance.sum === null || row.currency === null ? <span title="No sum can be told">{count(bucket.count, "invoice")}</span> : <Figure of={bucket.balance.sum} title={count(bucket.count, "invoice")} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** The picture of a row; its numbers stand beside it. */
function Bar({ row }: { row: Owed }) {
  if (row.total === null) return null;
  const whole = row.total;
  return (
    <span className="bar">
      {row.buckets.map((bucket, at) => {
        const part = bucket?.balance.sum ? share(bucket.balance.sum, whole) : 0;
        return part > 0 ? <i key={BUCKETS[at]?.[0]} className={`b-${BUCKETS[at]?.[0]}`} style={{ flexGrow: Math.max(part, 0.01) }} /> : null;
      })}
    </span>
  );
}

function Drafts({ query, connections }: { query: SummaryQuery; connections: Connection[] }) {
  const failedAt = useFailedAt(query.error);
  const counts = new Map(query.data?.groups.map((group) => [group.key.connection, group]));
  return (
    <section className="card" aria-labelledby="drafts">
      <header className="card-head">
        <h2 id="drafts">Drafts to activate</h2>
        <a href={hrefOf("status=draft")}>All drafts</a>
      </header>
      {query.error && <Failure error={query.error} at={failedAt} onRetry={() => void query.refetch()} />}
      {query.data === null && <NoSums />}
      {connections.length === 0 ? <Waiting lines={5} /> : (
        <ul className="rows">
          {connections.map((connection) => {
            const group = counts.get(connection.name);
            const source = query.data?.sources.find((one) => one.connection === connection.name);
            const may = connection.capabilities?.writes.activate !== "absent";
            return (
              <li key={connection.name}>
                <a className="row-name" href={hrefOf(`status=draft&connection=${connection.name}`)}>
                  {connection.title ?? connection.name}
                  <small>{connection.name}{may ? "" : ", activated there and not here"}</small>
                </a>
                {source?.status === "failed" ? <Badge word="did not answer" as="bad" />
                  : query.data ? <DraftSums count={group?.count ?? 0} sums={group?.amounts ?? []} />
                  : query.isPending ? <span className="row-wait" role="status" aria-label="Reading" />
                  : null}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function DraftSums({ count: number, sums }: { count: number; sums: Sums[] }) {
  const largest = [...sums].filter((one) => one.currency !== null && one.total.sum !== null).sort((a, b) => b.count - a.count);
  const [first, ...others] = largest;
  return (
    <span className="row-sums">
      <b className="number">{number.toLocaleString("en-GB")}</b>
      {first?.total.sum && <small className="number">{first.currency} <Figure of={first.total.sum} />{others.length > 0 && ` and ${count(others.length, "more currency", "more currencies")}`}</small>}
    </span>
  );
}

function Runs() {
  const runs = useQuery({ queryKey: ["runs"], queryFn: async () => (await keptRuns()).map(reopened), staleTime: 0 });
  const all = [...(runs.data ?? [])].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  const unknown = all.reduce((sum, run) => sum + tally(run.rows).unknown, 0);
  return (
    <section className="card" aria-labelledby="runs">
      <header className="card-head">
        <h2 id="runs">Writes</h2>
        <p className="faint">Runs started in this browser</p>
      </header>
      {unknown > 0 && (
        <p className="card-note warn" role="status">{count(unknown, "outcome is", "outcomes are")} not known. Open the run to settle {unknown === 1 ? "it" : "them"}.</p>
      )}
      {all.length === 0 ? (
        <p className="card-note">None yet. Select invoices in a view, and activate, cancel or delete them.</p>
      ) : (
        <ul className="rows">{all.slice(0, 8).map((run) => <RunLine key={run.id} run={run} />)}</ul>
      )}
    </section>
  );
}

function RunLine({ run }: { run: Run }) {
  const counts = tally(run.rows);
  return (
    <li>
      <a className="row-name" href={hrefOf(`run=${run.id}`)}>
        {run.action === "activate" ? "Activate" : run.action === "cancel" ? "Cancel" : "Delete"} {count(run.rows.length, "invoice")}
        <small>{instant(run.createdAt)}</small>
      </a>
      <span className="row-badges">
        {run.state === "paused" && <Badge word="paused" as="info" />}
        {counts.unknown > 0 && <span className="badge warn">{counts.unknown} unknown</span>}
        {counts.rejected > 0 && <span className="badge bad">{counts.rejected} rejected</span>}
        {counts.applied > 0 && <span className="badge good">{counts.applied} applied</span>}
      </span>
    </li>
  );
}

function NoSums() {
  return <p className="card-note" role="status">This stack does not sum invoices up (it has no <code>GET /invoices/summary</code>), so no amounts are shown here. The views list the invoices themselves.</p>;
}

function Waiting({ lines }: { lines: number }) {
  return (
    <div className="waiting" role="status" aria-label="Reading">
      {Array.from({ length: lines }, (_, line) => <span key={line} />)}
    </div>
  );
}
