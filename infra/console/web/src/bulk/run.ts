import type { Action, WriteResult } from "../api";

export type RowState = "waiting" | "sending" | "applied" | "unchanged" | "rejected" | "unknown";

export const ROW_STATES: RowState[] = ["unknown", "rejected", "sending", "waiting", "applied", "unchanged"];

/** One invoice of a run, and what came of it. */
export interface Row {
  id: string;
  connection: string;
  number: string | null;
  customer: string | null;
  amount: string | null;
  currency: string | null;
  state: RowState;
  code: string | null;
  detail: string | null;
  /** The provider's own words. */
  words: string | null;
  retryable: boolean;
  requestId: string | null;
  newId: string | null;
  at: string | null;
  /** The dry run refused it: nothing was sent. */
  foretold: boolean;
}

/** What is sent in one request, always under the same key. */
export interface Chunk {
  n: number;
  connection: string;
  ids: string[];
  state: "waiting" | "sending" | "answered";
  /** Asking before this instant (ms) brings nothing new. */
  notBefore: number | null;
}

export interface Run {
  id: string;
  action: Action;
  invoiceDate: string | null;
  comment: string | null;
  createdAt: string;
  state: "running" | "paused" | "done";
  /** Why it is paused; `sign-in` goes on by itself once somebody has signed in. */
  reason: string | null;
  rows: Row[];
  chunks: Chunk[];
}

/** As many as a provider takes in one call; where it takes one by one, what is done in one answer's time. */
const IN_BULK = 100;
const ONE_BY_ONE = 20;

export function plan(
  action: Action,
  rows: Row[],
  options: { invoiceDate: string | null; comment: string | null },
  takesBulk: (connection: string) => boolean,
): Run {
  const byConnection = Map.groupBy(rows.filter((row) => row.state === "waiting"), (row) => row.connection);
  const chunks: Chunk[] = [];
  for (const [connection, own] of byConnection) {
    const size = takesBulk(connection) ? IN_BULK : ONE_BY_ONE;
    for (let at = 0; at < own.length; at += size) {
      const ids = own.slice(at, at + size).map((row) => row.id);
      chunks.push({ n: chunks.length + 1, connection, ids, state: "waiting", notBefore: null });
    }
  }
  const now = new Date().toISOString();
  const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const id = `${now.slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}-${random.toString(36)}`;
  return { id, action, ...options, createdAt: now, state: "running", reason: null, rows, chunks };
}

export const keyOf = (run: Run, chunk: Chunk): string => `console-${run.id}-${chunk.n}`;

/** Whether asking again under the same key can say more. */
export const isOpen = (row: Row): boolean =>
  !row.foretold && row.retryable && (row.state === "unknown" || row.state === "rejected");

export function tally(rows: Row[]): Record<RowState, number> {
  const counts: Record<RowState, number> = { waiting: 0, sending: 0, applied: 0, unchanged: 0, rejected: 0, unknown: 0 };
  for (const row of rows) counts[row.state] += 1;
  return counts;
}

/** A row as its result tells it. A word that is not known settles nothing. */
export function told(row: Row, result: WriteResult): Row {
  const problem = result.problem;
  const known = result.outcome === "applied" || result.outcome === "unchanged" || result.outcome === "rejected";
  return {
    ...row,
    state: known ? (result.outcome as RowState) : "unknown",
    code: problem?.code ?? null,
    detail: problem?.detail ?? null,
    words: problem?.provider?.message ?? null,
    retryable: problem?.retryable ?? !known,
    requestId: problem?.requestId ?? row.requestId,
    newId: result.newId ?? row.newId,
    at: new Date().toISOString(),
  };
}

/** A plan that was left in the middle: of what was under way, nobody knows what came of it. */
export function reopened(run: Run): Run {
  if (run.state !== "running") return run;
  return interrupted({ ...run, state: "paused" });
}

function interrupted(run: Run): Run {
  const sent = new Set(run.chunks.filter((chunk) => chunk.state === "sending").flatMap((chunk) => chunk.ids));
  const lost = (row: Row): Row =>
    sent.has(row.id) && row.state === "sending"
      ? { ...row, state: "unknown", retryable: true, detail: "The page was left before the answer came. Resuming asks under the same key, which does nothing twice." }
      : row;
  return {
    ...run,
    rows: run.rows.map(lost),
    chunks: run.chunks.map((chunk) => (chunk.state === "sending" ? { ...chunk, state: "waiting" } : chunk)),
  };
}
