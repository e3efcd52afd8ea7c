import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { goTo, hrefOf } from "../address";
import { session, signIn } from "../session";
import { useStore } from "../store";
import { Badge } from "../ui/Badge";
import { useCountdown } from "../ui/Failure";
import { Icon } from "../ui/Icon";
import { Money } from "../ui/Value";
import { count, instant, label, ownId } from "../words";
import { Sums } from "./BulkDialog";
import { followedRun, openRun, pauseRun, resumeRun, settleRun } from "./engine";
import { forgetRun } from "./kept";
import { save } from "./report";
import { isOpen, type Row, ROW_STATES, type RowState, type Run, tally } from "./run";
import { Words } from "../ui/Words";

const VERBS = { activate: "Activating", cancel: "Canceling", delete: "Deleting" };
const DONE = { activate: "Activation", cancel: "Cancellation", delete: "Deletion" };

export function RunPage({ id }: { id: string }) {
  const run = useStore(followedRun(id));
  const [absent, setAbsent] = useState(false);
  useEffect(() => {
    openRun(id).then((found) => setAbsent(!found), () => setAbsent(true));
  }, [id]);
  if (absent) {
    return (
      <div className="state">
        <Icon name="question" />
        <h1>There is no such run in this browser</h1>
        <p>A run is kept where it was started. What came of it is in the audit.</p>
        <a href="/console">Overview</a>
      </div>
    );
  }
  return run ? <Shown run={run} /> : null;
}

function Shown({ run }: { run: Run }) {
  const queries = useQueryClient();
  const counts = tally(run.rows);
  const finished = counts.applied + counts.unchanged + counts.rejected + counts.unknown;
  const title = run.state === "running" ? `${VERBS[run.action]} ${count(run.rows.length, "invoice")}` : `${DONE[run.action]} of ${count(run.rows.length, "invoice")}`;
  useEffect(() => {
    // What was read before the writes is not how it stands.
    if (run.state !== "running") void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "connections" });
  }, [run.state, queries]);
  useEffect(() => {
    if (run.state !== "running") return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [run.state]);
  return (
    <div className="run">
      <header className="page-head">
        <div>
          <p className="faint trail"><a href="/console">Overview</a> / Run {run.id}</p>
          <h1>{title}</h1>
          <p className="faint">Begun {instant(run.createdAt)}{run.comment && <>, “{run.comment}”</>}</p>
        </div>
        <Controls run={run} counts={counts} />
      </header>
      <Notice run={run} counts={counts} />
      <section className="card" aria-label="Progress">
        <div className="progress-bar" role="progressbar" aria-label="Progress" aria-valuemin={0} aria-valuemax={run.rows.length} aria-valuenow={finished} aria-valuetext={`${finished} of ${run.rows.length}`}>
          {(["applied", "unchanged", "rejected", "unknown"] as const).map((state) => counts[state] > 0 && <i key={state} className={`s-${state}`} style={{ flexGrow: counts[state] }} />)}
          {counts.sending + counts.waiting > 0 && <i className="s-rest" style={{ flexGrow: counts.sending + counts.waiting }} />}
        </div>
        <div role="status"><dl className="counts">
          {(["applied", "unchanged", "rejected", "unknown", "sending", "waiting"] as const).map((state) => (
            <div key={state} className={`count s-${state} ${counts[state] ? "" : "none"}`}>
              <dt><i aria-hidden="true" />{label(state)}</dt>
              <dd className="number">{counts[state].toLocaleString("en-GB")}</dd>
            </div>
          ))}
        </dl></div>
        <Lanes run={run} />
      </section>
      <Rows run={run} counts={counts} />
    </div>
  );
}

function Controls({ run, counts }: { run: Run; counts: Record<RowState, number> }) {
  const [asked, setAsked] = useState(false);
  const open = run.rows.filter(isOpen);
  const unknown = open.filter((row) => row.state === "unknown").length;
  const waits = run.chunks.filter((chunk) => chunk.ids.some((id) => open.some((row) => row.id === id))).map((chunk) => chunk.notBefore ?? 0);
  const left = useCountdown(waits.length ? Math.max(...waits) : null);
  return (
    <div className="buttons">
      {run.state === "running" && <button type="button" onClick={() => void pauseRun(run.id)}><Icon name="pause" />Pause</button>}
      {run.state === "paused" && (
        run.reason === "sign-in"
          ? <button type="button" className="primary" onClick={() => void signIn()}>Sign in and go on</button>
          : <button type="button" className="primary" onClick={() => void resumeRun(run.id)}><Icon name="play" />Resume</button>
      )}
      {run.state === "done" && open.length > 0 && (
        <button type="button" className="primary" disabled={left > 0} onClick={() => void settleRun(run.id)}>
          <Icon name="retry" />
          {left > 0 ? `Settle in ${left} s` : unknown > 0 ? `Settle ${unknown} unknown` : `Try ${open.length} again`}
        </button>
      )}
      <button type="button" onClick={() => save(run)}><Icon name="download" />Save report</button>
      {run.state !== "running" && (counts.unknown === 0 || asked) && (
        <button type="button" className="quiet" onClick={() => void forgetRun(run.id).then(() => goTo(""))}>{asked ? "Forget it all the same" : "Forget run"}</button>
      )}
      {run.state !== "running" && counts.unknown > 0 && !asked && (
        <button type="button" className="quiet" onClick={() => setAsked(true)}>Forget run</button>
      )}
    </div>
  );
}

function Notice({ run, counts }: { run: Run; counts: Record<RowState, number> }) {
  const who = useStore(session);
  if (run.state === "paused") {
    const text = run.reason === "sign-in"
      ? `Your sign-in has ended. Nothing is lost: the run goes on where it is once you have signed in${who.state === "signed-in" ? "" : " again"}.`
      : (run.reason ?? "Paused. Resuming sends what is waiting; what was under way is asked under its own key, and done once.");
    return <div className="notice info" role="status"><Icon name="pause" /><p>{text}</p></div>;
  }
  if (run.state === "done" && counts.unknown > 0) {
    return (
      <div className="notice warn" role="status">
        <Icon name="question" />
        <p><b>{count(counts.unknown, "outcome is", "outcomes are")} not known.</b> The provider’s answer was lost, and reading the invoice did not settle it. Settling asks again under the same key: it reads first, and does nothing twice.</p>
      </div>
    );
  }
  if (run.state === "done" && counts.rejected === 0) {
    return <div className="notice good" role="status"><Icon name="check" /><p>Every invoice is as asked.</p></div>;
  }
  return null;
}

/** How far each connection is: each has one request under way. */
function Lanes({ run }: { run: Run }) {
  const lanes = [...Map.groupBy(run.rows.filter((row) => !row.foretold), (row) => row.connection)];
  if (lanes.length < 2 && run.state !== "running") return null;
  return (
    <ul className="lanes">
      {lanes.map(([connection, rows]) => {
        const left = tally(rows);
        const done = rows.length - left.waiting - left.sending;
        const wait = run.chunks.find((chunk) => chunk.connection === connection && chunk.state === "waiting")?.notBefore ?? null;
        return (
          <li key={connection}>
            <span>{connection}</span>
            <progress max={rows.length} value={done} aria-label={connection} />
            <span className="number">{done.toLocaleString("en-GB")} of {rows.length.toLocaleString("en-GB")}</span>
            <Wait until={wait} />
          </li>
        );
      })}
    </ul>
  );
}

function Wait({ until }: { until: number | null }) {
  const left = useCountdown(until);
  return left > 0 ? <small>waits {left} s, as it was asked to</small> : null;
}

const AT_MOST = 500;

function Rows({ run, counts }: { run: Run; counts: Record<RowState, number> }) {
  const [only, setOnly] = useState<RowState | null>(null);
  const order = new Map(ROW_STATES.map((state, at) => [state, at]));
  const rows = run.rows
    .filter((row) => only === null || row.state === only)
    .map((row, at) => ({ row, at }))
    .sort((a, b) => (run.state === "running" ? 0 : (order.get(a.row.state) ?? 9) - (order.get(b.row.state) ?? 9)) || a.at - b.at)
    .map(({ row }) => row);
  return (
    <section className="card" aria-labelledby="run-rows">
      <header className="card-head">
        <h2 id="run-rows">Invoices</h2>
        <div className="tabs" role="group" aria-label="Which">
          <button type="button" aria-pressed={only === null} onClick={() => setOnly(null)}>All {run.rows.length.toLocaleString("en-GB")}</button>
          {ROW_STATES.filter((state) => counts[state] > 0 || only === state).map((state) => (
            <button key={state} type="button" aria-pressed={only === state} onClick={() => setOnly(state)}>{label(state)} {counts[state].toLocaleString("en-GB")}</button>
          ))}
        </div>
      </header>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="run-rows">
        <table className="plain run-table">
          <thead><tr><th scope="col">Number</th><th scope="col">Connection</th><th scope="col">Outcome</th><th scope="col">Why</th><th scope="col" className="right">Total</th></tr></thead>
          <tbody>{rows.slice(0, AT_MOST).map((row) => <Line key={row.id} row={row} />)}</tbody>
        </table>
      </div>
      {rows.length > AT_MOST && <p className="card-note">The first {AT_MOST} are shown. All {rows.length.toLocaleString("en-GB")} are in the report.</p>}
      {run.state === "done" && counts.applied > 0 && (
        <details className="fold"><summary>Sums of what was applied</summary><Sums rows={run.rows.filter((row) => row.state === "applied")} /></details>
      )}
    </section>
  );
}

function Line({ row }: { row: Row }) {
  return (
    <tr>
      <th scope="row"><a href={hrefOf(`connection=${row.connection}&open=${row.newId ?? row.id}`)}>{row.number ?? ownId(row.id)}</a></th>
      <td>{row.connection}</td>
      <td><Badge word={row.state} /></td>
      <td className="why">
        {row.foretold && row.state === "rejected" && <small>not sent </small>}
        {row.detail && <Words of={row.detail} />}
        {row.words && row.words !== row.detail && <q>{row.words}</q>}
      </td>
      <td className="right"><Money amount={row.amount} /> <abbr className="currency">{row.currency ?? "–"}</abbr></td>
    </tr>
  );
}
