import createClient from "openapi-fetch";
import type { components, paths } from "../../../clients/typescript/src/api";
import { CallError, failure } from "./problem";
import { accessToken, ended, renew } from "./session";

export type Schemas = components["schemas"];
export type Invoice = Schemas["Invoice"];
export type Listing = Schemas["Listing"];
export type Source = Schemas["Source"];
export type Connection = Schemas["Connection"];
export type WriteResult = Schemas["WriteResult"];
export type WriteResults = Schemas["WriteResults"];
export type Action = "activate" | "cancel" | "delete";
export type FilterName = keyof Schemas["AppliedFilters"];

/** A call with the token there is; one that is refused is renewed, once. */
async function call(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 401) return response;
  if (await renew()) {
    const second = await send(again);
    if (second.status !== 401) return second;
  }
  ended();
  return response;
}

async function send(request: Request): Promise<Response> {
  const token = accessToken();
  if (token) request.headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new CallError(0, "The API cannot be reached: the network, or the stack, is down.");
  }
}

const client = createClient<paths>({ baseUrl: location.origin, fetch: call });

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The body as the document has it: openapi-fetch's own reading of it loses the open lists of words. */
function taken<T>({ data, error, response }: Answer): T {
  if (!response.ok || data === undefined) throw failure(response, error);
  return data as T;
}

const fresh = (past: boolean) => (past ? { "Cache-Control": "no-cache" } : {});

export async function listConnections(signal?: AbortSignal): Promise<Connection[]> {
  return taken<Schemas["Connections"]>(await client.GET("/connections", { ...(signal ? { signal } : {}) })).data;
}

/** One page of a question, which is a query string as the address has it. */
export async function listInvoices(question: string, cursor: string | null, past: boolean, signal?: AbortSignal): Promise<Listing> {
  const query = new URLSearchParams(question);
  if (cursor) query.set("cursor", cursor);
  const answer = await client.GET("/invoices", {
    querySerializer: () => query.toString(),
    headers: fresh(past),
    ...(signal ? { signal } : {}),
  });
  return taken(answer);
}

export interface Read {
  invoice: Invoice;
  etag: string | null;
}

export async function getInvoice(id: string, includes: Schemas["Include"][], signal?: AbortSignal): Promise<Read> {
  const answer = await client.GET("/invoices/{id}", {
    params: { path: { id }, query: includes.length ? { includes } : {} },
    ...(signal ? { signal } : {}),
  });
  return { invoice: taken(answer), etag: answer.response.headers.get("etag") };
}

export type Sums = Schemas["AmountSums"];
export type Summary = Schemas["Summary"];

/** `null` where this stack has no summary. */
export async function summarize(question: string, past: boolean, signal?: AbortSignal): Promise<Summary | null> {
  const answer = await client.GET("/invoices/summary", {
    querySerializer: () => question,
    headers: fresh(past),
    ...(signal ? { signal } : {}),
  });
  if (answer.response.status === 404) return null;
  return taken(answer);
}

export interface BulkBody {
  invoiceIds: string[];
  invoiceDate?: string;
  comment?: string;
  dryRun?: true;
}

/** A write on many, or its dry run, under a key. */
export async function writeMany(action: Action, body: BulkBody, key: string | null): Promise<WriteResults> {
  const headers = key ? { "Idempotency-Key": key } : {};
  return taken(await client.POST(`/invoices/${action}`, { body, headers }));
}

export interface PatchAnswer {
  result: WriteResult;
  /** The outcome is not known yet. */
  open: boolean;
  retryAfter: number | null;
}

export async function patchInvoice(id: string, body: Schemas["InvoicePatch"], etag: string | null, key: string): Promise<PatchAnswer> {
  const answer = await client.PATCH("/invoices/{id}", {
    params: { path: { id } },
    body,
    headers: { "Idempotency-Key": key, ...(etag ? { "If-Match": etag } : {}) },
  });
  const after = Number(answer.response.headers.get("retry-after"));
  return { result: taken(answer), open: answer.response.status === 202, retryAfter: after || null };
}
