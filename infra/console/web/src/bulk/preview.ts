import { type Action, type Invoice, listInvoices, type Source, type WriteResult, writeMany } from "../api";
import { CallError } from "../problem";
import type { Row, RowState } from "./run";

/** What is to be written: some invoices, or all that a question matches. */
export type Selection = { kind: "some"; invoices: Invoice[] } | { kind: "all"; question: string };

export interface Preview {
  rows: Row[];
  /** Connections whose invoices are not all among the rows. */
  missing: Source[];
}

export interface Progress {
  found: number;
  foretold: number;
  /** Whether all are found. */
  complete: boolean;
}

/** Beyond this a month's end is for the command line, or for an event. */
export const MOST = 5000;
const DRY_RUN = 100;

export class TooMany extends Error {}

/** Finds the invoices, and asks of each what would come of it. Nothing is written. */
export async function foretell(action: Action, selection: Selection, tell: (progress: Progress) => void, signal: AbortSignal): Promise<Preview> {
  const { invoices, missing } = await find(selection, (found) => tell({ found, foretold: 0, complete: false }), signal);
  let foretold = 0;
  const tellAll = () => tell({ found: invoices.length, foretold, complete: true });
  tellAll();
  const rows = new Map(invoices.map((invoice) => [invoice.id, rowOf(invoice)]));
  const lanes = [...Map.groupBy(invoices, (invoice) => invoice.connection).values()];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let at = 0; at < lane.length; at += DRY_RUN) {
        signal.throwIfAborted();
        const ids = lane.slice(at, at + DRY_RUN).map((invoice) => invoice.id);
        for (const [id, row] of await dryRun(action, ids, rows)) rows.set(id, row);
        foretold += ids.length;
        tellAll();
      }
    }),
  );
  return { rows: [...rows.values()], missing };
}

async function find(selection: Selection, tell: (found: number) => void, signal: AbortSignal) {
  if (selection.kind === "some") return { invoices: selection.invoices, missing: [] };
  const query = new URLSearchParams(selection.question);
  query.set("limit", "200");
  const invoices = new Map<string, Invoice>();
  const missing = new Map<string, Source>();
  let cursor: string | null = null;
  do {
    const page = await listInvoices(query.toString(), cursor, false, signal);
    for (const invoice of page.data) invoices.set(invoice.id, invoice);
    for (const source of page.sources) {
      if (source.status !== "ok" && source.status !== "unread" && source.status !== "stale") missing.set(source.connection, source);
    }
    tell(invoices.size);
    if (invoices.size > MOST) throw new TooMany(`More than ${MOST.toLocaleString("en-GB")} invoices match. Narrow the filter, or use the command line.`);
    cursor = page.hasMore ? page.nextCursor : null;
  } while (cursor);
  return { invoices: [...invoices.values()], missing: [...missing.values()] };
}

async function dryRun(action: Action, ids: string[], rows: Map<string, Row>): Promise<Map<string, Row>> {
  const next = new Map<string, Row>();
  try {
    const answer = await writeMany(action, { invoiceIds: ids, dryRun: true }, null);
    for (const result of answer.results) {
      const row = rows.get(result.id);
      if (row) next.set(result.id, foretold(row, result));
    }
    return next;
  } catch (error) {
    // A token that ended is not the invoices' fault.
    if (!(error instanceof CallError) || error.status === 401 || error.status === 403) throw error;
    for (const id of ids) {
      const row = rows.get(id);
      if (row) next.set(id, { ...row, state: "unknown", foretold: true, code: error.problem?.code ?? null, detail: error.message, retryable: true });
    }
    return next;
  }
}

function foretold(row: Row, result: WriteResult): Row {
  if (result.outcome === "applied") return row;
  const state = result.outcome === "unchanged" || result.outcome === "rejected" ? (result.outcome as RowState) : "unknown";
  return {
    ...row,
    state,
    foretold: true,
    code: result.problem?.code ?? null,
    detail: result.problem?.detail ?? null,
    words: result.problem?.provider?.message ?? null,
    requestId: result.problem?.requestId ?? null,
  };
}

function rowOf(invoice: Invoice): Row {
  return {
    id: invoice.id,
    connection: invoice.connection,
    number: invoice.number,
    customer: invoice.customer.name ?? invoice.customer.id,
    amount: invoice.amounts.total,
    currency: invoice.currency,
    state: "waiting",
    code: null,
    detail: null,
    words: null,
    retryable: false,
    requestId: null,
    newId: null,
    at: null,
    foretold: false,
  };
}
