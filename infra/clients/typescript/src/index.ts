/**
 * A client of the Invoice Bridge. The types are the document's (`api.ts`); what is
 * added here is what a generator cannot know: ranges, pages, keys of writes, retries.
 */
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./api.js";

export type Schemas = components["schemas"];
export type Invoice = Schemas["Invoice"];
export type Listing = Schemas["Listing"];
export type Problem = Schemas["Problem"];
export type WriteResult = Schemas["WriteResult"];
export type WriteResults = Schemas["WriteResults"];

/** The ends of a range: one of `gte` and `gt`, and one of `lte` and `lt`, at most. */
export interface Range<T> { gte?: T; gt?: T; lte?: T; lt?: T }
type Ranged = "invoiceDate" | "dueDate" | "createdAt" | "modifiedAt" | "activatedAt" | "amount" | "balance";
type Flat = NonNullable<operations["listInvoices"]["parameters"]["query"]>;
type Plain = { [K in keyof Flat as K extends `${string}[${string}]` ? never : K]: Flat[K] };
/** What a listing is asked: its parameters, with a range as an object. */
export type Query = {
  [K in keyof Plain]: K extends Ranged ? Plain[K] | Range<NonNullable<Plain[K]>> : Plain[K];
};
type View = NonNullable<operations["getInvoice"]["parameters"]["query"]>;
/** Which invoices a write on many is about. */
export type Selection = { invoiceIds: string[] } | { filter: Schemas["InvoiceFilter"] };

export interface Options {
  /** The address of the stack, such as its output `ApiUrl`. */
  baseUrl: string;
  /** A token, or what fetches one; asked before every request. */
  token?: string | (() => string | Promise<string>);
  /** How often a request is sent at most. */
  attempts?: number;
  /** The longest wait between two attempts, in seconds. */
  longestWait?: number;
  fetch?: (request: Request) => Promise<Response>;
}

export interface WriteOptions {
  /** The request's `Idempotency-Key`; one is made where none is given. */
  key?: string;
  /** The `ETag` last read: what has changed since is not written. */
  ifMatch?: string;
}

/** Why a request failed: the bridge's problem, API Gateway's message, or no answer at all. */
export class InvoiceBridgeError extends Error {
  override readonly name = "InvoiceBridgeError";
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** The problem's code; undefined where the answer is not the bridge's own. */
  readonly code: Problem["code"] | undefined;
  readonly problem: Problem | undefined;
  readonly retryable: boolean;
  /** Seconds to wait before asking again, where it was said. */
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, body: unknown, headers: Headers, options?: ErrorOptions) {
    const said = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem> & { message?: string };
    const problem = said.code === undefined ? undefined : (said as Problem);
    super(problem?.detail ?? said.message ?? (status ? `HTTP ${status}` : "no answer"), options);
    this.status = status;
    this.problem = problem;
    this.code = problem?.code;
    this.retryable = problem?.retryable ?? [0, 429, 500, 502, 503, 504].includes(status);
    this.retryAfter = problem?.retryAfter ?? seconds(headers.get("retry-after"));
    this.requestId = problem?.requestId ?? headers.get("x-request-id") ?? headers.get("apigw-requestid") ?? undefined;
  }
}

const seconds = (text: string | null) => (text !== null && /^\d+$/.test(text) ? Number(text) : undefined);
const wait = (s: number) => new Promise<void>((done) => setTimeout(done, s * 1000));

/** The results of either form of a write. */
function results(answer: WriteResult | WriteResults): WriteResult[] {
  return "results" in answer ? answer.results : [answer];
}

/** Whether asking again with the same key may tell more of a result. */
export function isOpen(result: WriteResult): boolean {
  if (result.outcome === "unknown") return result.problem?.retryable !== false;
  return result.outcome === "rejected" && result.problem?.retryable === true;
}

export class InvoiceBridge {
  readonly #api;
  readonly #options;

  constructor(options: Options) {
    this.#options = { attempts: 5, longestWait: 30, fetch: (request: Request) => fetch(request), ...options };
    this.#api = createClient<paths>({
      baseUrl: options.baseUrl.replace(/\/$/, ""),
      querySerializer: { array: { style: "form", explode: false } },
      fetch: (request) => this.#send(request),
    });
  }

  /** One page. */
  async list(query: Query = {}): Promise<Listing> {
    const flat: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(query)) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) flat[name] = value;
      else for (const [end, bound] of Object.entries(value)) flat[`${name}[${end}]`] = bound;
    }
    return body(await this.#api.GET("/invoices", { params: { query: flat as Flat } }));
  }

  /** Every page from here on. */
  async *pages(query: Query = {}): AsyncGenerator<Listing, void> {
    for (let cursor = query.cursor; ; ) {
      const page = await this.list(cursor === undefined ? query : { ...query, cursor });
      yield page;
      if (!page.hasMore || page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  /** Every invoice that answers, page after page. A source that failed is told by `pages`, or fails with `require: "all"`. */
  async *invoices(query: Query = {}): AsyncGenerator<Invoice, void> {
    for await (const page of this.pages(query)) yield* page.data;
  }

  async get(id: string, query: View = {}): Promise<Invoice> {
    return body(await this.#api.GET("/invoices/{id}", { params: { path: { id }, query } }));
  }

  async connections(): Promise<Schemas["Connection"][]> {
    return body<Schemas["Connections"]>(await this.#api.GET("/connections")).data;
  }

  async activate(request: Selection & Schemas["ActivationOptions"], options: WriteOptions = {}): Promise<WriteResults> {
    return body(await this.#api.POST("/invoices/activate", { params: written(options), body: request }));
  }

  async cancel(request: Selection & Schemas["CancellationOptions"], options: WriteOptions = {}): Promise<WriteResults> {
    return body(await this.#api.POST("/invoices/cancel", { params: written(options), body: request }));
  }

  async delete(request: Selection & Schemas["DeletionOptions"], options: WriteOptions = {}): Promise<WriteResults> {
    return body(await this.#api.POST("/invoices/delete", { params: written(options), body: request }));
  }

  async activateOne(id: string, request: Schemas["ActivationOptions"] = {}, options: WriteOptions = {}): Promise<WriteResult> {
    return body(await this.#api.POST("/invoices/{id}/activate", { params: { ...written(options), path: { id } }, body: request }));
  }

  async cancelOne(id: string, request: Schemas["CancellationOptions"] = {}, options: WriteOptions = {}): Promise<WriteResult> {
    return body(await this.#api.POST("/invoices/{id}/cancel", { params: { ...written(options), path: { id } }, body: request }));
  }

  async deleteOne(id: string, request: Schemas["DeletionOptions"] = {}, options: WriteOptions = {}): Promise<WriteResult> {
    return body(await this.#api.DELETE("/invoices/{id}", { params: { ...written(options), path: { id } }, body: request }));
  }

  async update(id: string, patch: Schemas["InvoicePatch"], options: WriteOptions = {}): Promise<WriteResult> {
    const headers = { "Content-Type": "application/merge-patch+json" };
    return body(await this.#api.PATCH("/invoices/{id}", { params: { ...written(options), path: { id } }, body: patch, headers }));
  }

  /**
   * Repeats a write under one key until no outcome of it is open, or the patience (in
   * seconds) is over: `settle((key) => bridge.activate({ invoiceIds }, { key }))`. What
   * was `unknown` is gone on from reading, and never sent twice.
   */
  async settle<R extends WriteResult | WriteResults>(
    write: (key: string) => Promise<R>, { key = crypto.randomUUID() as string, patience = 180 } = {},
  ): Promise<R> {
    for (const end = Date.now() + patience * 1000; ; ) {
      const result = await write(key).catch((error: unknown) => {
        if (error instanceof InvoiceBridgeError && error.retryable) return error;
        throw error;
      });
      const failed = result instanceof InvoiceBridgeError;
      const waits = failed ? [result.retryAfter] : results(result).filter(isOpen).map((one) => one.problem?.retryAfter);
      const pause = Math.max(1, ...waits.map((seconds) => seconds ?? 0));
      if (waits.length === 0 || Date.now() + pause * 1000 > end) {
        if (failed) throw result;
        return result;
      }
      await wait(pause);
    }
  }

  /** Sends a request until it is answered for good: every write has a key, so it is done once. */
  async #send(request: Request): Promise<Response> {
    const { attempts, longestWait, token } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const one = request.clone();
      if (token !== undefined) one.headers.set("Authorization", `Bearer ${typeof token === "string" ? token : await token()}`);
      const failure = await this.#options.fetch(one).then(
        async (response) => {
          if (response.ok) return response;
          const text = await response.text();
          return new InvoiceBridgeError(response.status, parsed(text), response.headers);
        },
        (cause: unknown) => new InvoiceBridgeError(0, undefined, new Headers(), { cause }),
      );
      if (!(failure instanceof InvoiceBridgeError)) return failure;
      const pause = failure.retryAfter ?? Math.random() * 2 ** (attempt - 1);
      if (!failure.retryable || attempt >= attempts || pause > longestWait) throw failure;
      await wait(pause);
    }
  }
}

function written({ key, ifMatch }: WriteOptions) {
  const header = { "Idempotency-Key": key ?? crypto.randomUUID() };
  return { header: ifMatch === undefined ? header : { ...header, "If-Match": ifMatch } };
}

function parsed(text: string): unknown {
  try { return JSON.parse(text); } catch { return undefined; }
}

/** What was answered; whatever failed has been thrown by then. (openapi-fetch's own type of it takes open words apart.) */
function body<T>({ data, response }: { data?: unknown; response: Response }): T {
  if (data === undefined) throw new InvoiceBridgeError(response.status, undefined, response.headers);
  return data as T;
}
