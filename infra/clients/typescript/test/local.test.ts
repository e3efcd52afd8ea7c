// Against a local stack, whose addresses .ci/clients gives. python/tests/test_local.py does the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvoiceBridge, InvoiceBridgeError, type Options } from "../src/index.js";

const env = (name: string) => process.env[name] ?? assert.fail(`${name} is not set`);
const api = env("BRIDGE_API");
const bridge = (options: Partial<Options> = {}) => new InvoiceBridge({ baseUrl: api, token: env("BRIDGE_TOKEN"), ...options });

async function control(method: string, path: string, body?: unknown): Promise<any> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const answer = await fetch(`${env("BRIDGE_SANDBOX")}/_control/${path}`, init);
  assert.ok(answer.ok, await answer.clone().text());
  return answer.status === 204 ? undefined : answer.json();
}

test("ranges narrow a listing, and every page is followed", async () => {
  const query = { connection: ["nue", "fusebill"], sort: "invoiceDate" as const };
  const all: string[] = [];
  for await (const one of bridge().invoices({ ...query, limit: 200 })) {
    const { total } = one.amounts;
    const { invoice } = one.dates;
    if (total !== null && Number(total) > 100 && invoice !== null && invoice >= "2026-01-01" && invoice < "2026-04-01") all.push(one.id);
  }
  const narrowed = { ...query, invoiceDate: { gte: "2026-01-01", lt: "2026-04-01" }, amount: { gt: "100" }, limit: 3 };
  const found: string[] = [];
  let pages = 0;
  for await (const page of bridge().pages(narrowed)) {
    pages += 1;
    found.push(...page.data.map((one) => one.id));
  }
  assert.ok(all.length > 6 && pages >= all.length / 3, `${all.length} on ${pages} pages`);
  assert.deepEqual(found, all);
});

test("drafts are activated once though answers are lost on the way", async () => {
  const drafts: string[] = [];
  for await (const one of bridge().invoices({ connection: ["nue"], status: ["draft"] })) {
    if (one.availableActions.activate && drafts.length < 20) drafts.push(one.id);
  }
  assert.equal(drafts.length, 20);
  await control("PUT", "nue/faults", { kind: "dropBefore", operation: "activate", times: 1 });
  const keys: (string | null)[] = [];
  const lossy = async (request: Request) => {
    const answer = await fetch(request);
    keys.push(request.headers.get("idempotency-key"));
    if (keys.length === 1) throw new TypeError("the answer is lost");
    if (keys.length === 2) return Response.json({ message: "Service Unavailable" }, { status: 503 });
    return answer;
  };
  const activate = (key: string) => bridge({ fetch: lossy }).activate({ invoiceIds: drafts }, { key });
  const answer = await bridge().settle(activate);
  assert.deepEqual(answer.summary, { applied: 20, unchanged: 0, rejected: 0, unknown: 0 });
  assert.ok(keys.length >= 3 && new Set(keys).size === 1, `${keys}`);
  const writes: any[] = (await control("GET", "nue/writes")).invoices;
  const times = new Map(writes.map((one) => [`nue:${one.id}`, one.operations.activate?.applied]));
  assert.deepEqual(drafts.map((id) => times.get(id)), drafts.map(() => 1));
});

test("a write is given a key, and its dry run sends nothing", async () => {
  const before = await control("GET", "nue/writes");
  let key: string | null = null;
  const seen = (request: Request) => { key = request.headers.get("idempotency-key"); return fetch(request); };
  const [one] = (await bridge().list({ connection: ["nue"], status: ["draft"], limit: 1 })).data;
  const result = await bridge({ fetch: seen }).update(one!.id, { dates: { due: "2027-01-31" }, dryRun: true });
  assert.deepEqual([result.outcome, result.dryRun], ["applied", true]);
  assert.match(key ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual(await control("GET", "nue/writes"), before);
});

test("a problem and a gateway's message are one error", async () => {
  const failed = async (asked: Promise<unknown>) => {
    const error = await asked.then(() => assert.fail("answered"), (error: unknown) => error);
    assert.ok(error instanceof InvoiceBridgeError);
    return error;
  };
  const missing = await failed(bridge().get("nue:nope"));
  assert.deepEqual([missing.status, missing.code, missing.retryable], [404, "invoice_not_found", false]);
  assert.ok(missing.requestId && missing.message.includes("nue:nope"), missing.message);
  const stranger = await failed(bridge({ token: "x" }).connections());
  assert.deepEqual([stranger.status, stranger.code, stranger.message], [401, undefined, "Unauthorized"]);
  const nobody = await failed(bridge({ baseUrl: "http://127.0.0.1:1", attempts: 1 }).list());
  assert.deepEqual([nobody.status, nobody.retryable], [0, true]);
});

test("words and members that are not known are kept", async () => {
  await control("PUT", "nue/faults", { kind: "unknownStatus", operation: "list" });
  const page = await bridge().list({ connection: ["nue"], limit: 7 }).finally(() => control("DELETE", "nue/faults"));
  const strange = page.data.filter((one) => one.providerStatus === "Quarantined");
  assert.deepEqual(strange.map((one) => one.status), ["unknown"]);
  const tomorrow = async (request: Request) => {
    const text = await (await fetch(request)).text();
    return new Response(text.replace(/"status":"\w+"/, '"status":"brand_new","mood":"fine"'));
  };
  const [one] = (await bridge({ fetch: tomorrow }).list({ connection: ["fusebill"], limit: 1 })).data;
  assert.equal(one?.status, "brand_new");
  assert.equal((one as { mood?: string }).mood, "fine");
});
