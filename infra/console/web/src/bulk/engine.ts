import { type BulkBody, writeMany } from "../api";
import { CallError } from "../problem";
import { type Store, store } from "../store";
import { keepRun, keptRun } from "./kept";
import { type Chunk, isOpen, keyOf, type Row, reopened, type Run, told } from "./run";

/**
 * Carries a run out: each connection by itself, one request of it at a time, every chunk under a key of
 * its own. A chunk that is asked again is asked under the same key with the same body, so that the API
 * goes on from what it knows, and nothing is done twice.
 */
const followed = new Map<string, Store<Run | null>>();
const driven = new Set<string>();

export function followedRun(id: string): Store<Run | null> {
  let run = followed.get(id);
  if (!run) {
    run = store<Run | null>(null);
    followed.set(id, run);
  }
  return run;
}

/** Reads a run that was kept; one that was under way when the page was left is paused. */
export async function openRun(id: string): Promise<Run | null> {
  const present = followedRun(id).get();
  if (present) return present;
  const kept = await keptRun(id);
  if (!kept) return null;
  const run = reopened(kept);
  followedRun(id).set(run);
  return run;
}

/** Keeps the plan, and only then begins. */
export async function startRun(run: Run): Promise<void> {
  await keepRun(run);
  followedRun(run.id).set(run);
  void drive(run.id);
}

export async function pauseRun(id: string): Promise<void> {
  await change(id, (run) => (run.state === "running" ? { ...run, state: "paused", reason: null } : run));
}

export async function resumeRun(id: string): Promise<void> {
  await change(id, (run) => ({ ...run, state: "running", reason: null }));
  void drive(id);
}

/** Asks again, under the same keys, for what is unknown and for what may be tried again. */
export async function settleRun(id: string): Promise<void> {
  await change(id, (run) => {
    const open = new Set(run.rows.filter(isOpen).map((row) => row.id));
    const chunks = run.chunks.map((chunk) => (chunk.ids.some((one) => open.has(one)) ? { ...chunk, state: "waiting" as const } : chunk));
    return { ...run, state: "running", reason: null, chunks };
  });
  void drive(id);
}

async function change(id: string, by: (run: Run) => Run): Promise<Run | null> {
  const run = followedRun(id);
  const present = run.get();
  if (!present) return null;
  const next = by(present);
  run.set(next);
  await keepRun(next);
  return next;
}

async function drive(id: string): Promise<void> {
  if (driven.has(id)) return;
  driven.add(id);
  try {
    // Another tab may have it in hand.
    await navigator.locks.request(`console-run-${id}`, { ifAvailable: true }, async (lock) => {
      if (!lock) {
        await change(id, (run) => ({ ...run, state: "paused", reason: "Another tab of this browser carries this run out." }));
        return;
      }
      const run = followedRun(id).get();
      const connections = new Set(run?.chunks.map((chunk) => chunk.connection));
      await Promise.all([...connections].map((connection) => lane(id, connection)));
      await change(id, (done) => (done.state === "running" ? { ...done, state: "done" } : done));
    });
  } finally {
    driven.delete(id);
  }
  // It was resumed while the last answers were still under way.
  const run = followedRun(id).get();
  if (run?.state === "running" && run.chunks.some((chunk) => chunk.state === "waiting")) void drive(id);
}

async function lane(id: string, connection: string): Promise<void> {
  for (;;) {
    const run = followedRun(id).get();
    if (run?.state !== "running") return;
    const chunk = run.chunks.find((one) => one.connection === connection && one.state === "waiting");
    if (!chunk) return;
    const wait = (chunk.notBefore ?? 0) - Date.now();
    if (wait > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 250)));
      continue;
    }
    await send(id, chunk);
  }
}

async function send(id: string, chunk: Chunk): Promise<void> {
  const own = new Set(chunk.ids);
  const before = new Map(followedRun(id).get()?.rows.filter((row) => own.has(row.id)).map((row) => [row.id, row]));
  const settled = (row: Row) => row.state !== "waiting" && !isOpen(row);
  const begun = await change(id, (run) => ({
    ...run,
    rows: run.rows.map((row) => (own.has(row.id) && !settled(row) ? { ...row, state: "sending" } : row)),
    chunks: run.chunks.map((one) => (one.n === chunk.n ? { ...one, state: "sending", notBefore: null } : one)),
  }));
  if (!begun) return;
  const body: BulkBody = {
    invoiceIds: chunk.ids,
    ...(begun.invoiceDate ? { invoiceDate: begun.invoiceDate } : {}),
    ...(begun.comment ? { comment: begun.comment } : {}),
  };
  try {
    const answer = await writeMany(begun.action, body, keyOf(begun, chunk));
    const results = new Map(answer.results.map((result) => [result.id, result]));
    const waits = answer.results.filter((result) => result.outcome === "unknown").map((result) => result.problem?.retryAfter ?? 0);
    await close(id, chunk, waits.length ? Math.max(...waits) : 0, (row) => {
      const result = results.get(row.id);
      return result ? told(row, result) : { ...row, state: "unknown", retryable: true, detail: "The answer says nothing of this invoice." };
    });
  } catch (error) {
    await refused(id, chunk, error instanceof CallError ? error : new CallError(0, String(error)), before);
  }
}

function close(id: string, chunk: Chunk, wait: number, by: (row: Row) => Row): Promise<unknown> {
  const own = new Set(chunk.ids);
  return change(id, (run) => ({
    ...run,
    rows: run.rows.map((row) => (own.has(row.id) ? by(row) : row)),
    chunks: run.chunks.map((one) =>
      one.n === chunk.n ? { ...one, state: "answered", notBefore: wait ? Date.now() + wait * 1000 : null } : one,
    ),
  }));
}

/** A request without results. What it was refused for before anything was done is told apart from what is not known. */
async function refused(id: string, chunk: Chunk, error: CallError, before: Map<string, Row>): Promise<void> {
  const code = error.problem?.code ?? null;
  const own = new Set(chunk.ids);
  const undone = (run: Run, reason: string | null, wait: number | null): Run => ({
    ...run,
    ...(reason === null ? {} : { state: "paused" as const, reason }),
    rows: run.rows.map((row) => (own.has(row.id) ? (before.get(row.id) ?? row) : row)),
    chunks: run.chunks.map((one) =>
      one.n === chunk.n ? { ...one, state: "waiting" as const, notBefore: wait === null ? null : Date.now() + wait * 1000 } : one,
    ),
  });
  if (error.status === 401) {
    await change(id, (run) => undone(run, "sign-in", null));
  } else if (error.status === 403) {
    await change(id, (run) => undone(run, `You may not do this${error.scope ? `: it needs the scope ${error.scope}` : ""}.`, null));
  } else if (error.status === 429 || code === "in_progress") {
    await change(id, (run) => undone(run, null, error.retryAfter ?? 2));
  } else if (error.status >= 400 && error.status < 500) {
    await close(id, chunk, 0, (row) => ({ ...row, state: "rejected", code, detail: error.message, retryable: error.retryable, requestId: error.problem?.requestId ?? null, at: new Date().toISOString() }));
  } else {
    const detail = `${error.message} Whether anything was done is not known; asking again under the same key tells.`;
    await close(id, chunk, error.retryAfter ?? 0, (row) =>
      row.state === "sending"
        ? { ...row, state: "unknown", code, detail, retryable: true, requestId: error.problem?.requestId ?? null, at: new Date().toISOString() }
        : row,
    );
  }
}

