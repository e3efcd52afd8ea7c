// What is missing is never mistaken for what is not there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, page, stack } from "./bench.mjs";

const QUIET = { allowed: ["Failed to load resource"] };

test("a connection that failed is not an empty list", async () => {
  const of = await stack("--invoices", "60", "--parameter", "ListingTtlSeconds=0");
  await of.fault("stripe", { kind: "status", status: 503 });
  const shown = await page(of, QUIET);
  await shown.open("?connection=stripe,finexio&number=none-is-called-so");
  await shown.getByRole("heading", { name: "None found; 1 connection did not answer" }).waitFor();
  const strip = shown.getByRole("region", { name: "Sources" });
  await strip.getByText(/is missing from what you see/).waitFor();
  assert.equal(await shown.getByText("No invoices").count(), 0);
  await accessible(shown, "a failed source");
  // Once it answers, nothing is nothing.
  await of.control("DELETE", "/stripe/faults");
  await strip.getByRole("button", { name: "Ask again" }).click();
  await shown.getByRole("heading", { name: "No invoices" }).waitFor();
  await shown.getByText("All 2 connections answered").waitFor();
  await shown.clean();
});

test("a connection that failed is told above the others' invoices", async () => {
  const of = await stack("--invoices", "60");
  await of.fault("nue", { kind: "status", status: 401 });
  const shown = await page(of, QUIET);
  await shown.open("?sort=-invoiceDate");
  await shown.locator('.table-frame[aria-busy="false"]').waitFor();
  await shown.getByRole("region", { name: "Sources" }).getByText(/^Nue is missing/).waitFor();
  const connections = new Set(await shown.locator("td.c-connection").allTextContents());
  assert.ok(!connections.has("nue") && connections.size > 1);
  const status = shown.locator(".more [role=status]");
  for (let told = await status.textContent(); !told.endsWith("without nue"); told = await status.textContent()) {
    await shown.getByRole("button", { name: "Show more" }).click();
    await status.filter({ hasNotText: told }).waitFor();
  }
  await shown.getByText(/invoices, without nue$/).waitFor();
  await shown.clean();
});

test("all that match leaves out who did not answer, and says so", async () => {
  const of = await stack("--invoices", "300");
  const shown = await page(of, QUIET);
  await shown.open("?connection=fusebill,nue&status=draft");
  await shown.getByLabel("Select all that are shown").check();
  await shown.getByRole("button", { name: "Select all that match" }).click();
  await of.fault("nue", { kind: "status", status: 503 });
  await shown.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Activate" }).click();
  const dialog = shown.getByRole("dialog");
  await dialog.getByRole("alert").getByText("did not answer in full").waitFor();
  await accessible(shown, "a preview without a connection");
  await shown.clean();
});

test("a filter says who applies it, and who has no such data", async () => {
  const of = await stack("--invoices", "40");
  const shown = await page(of, QUIET);
  await shown.open("?connection=nue,finexio&balance[gt]=0&status=active");
  await shown.locator('.table-frame[aria-busy="false"]').waitFor();
  await shown.locator(".chip-part").filter({ hasText: "Balance" }).filter({ hasText: "finexio has no such data" }).waitFor();
  await shown.locator(".chip-part").filter({ hasText: "Status" }).filter({ hasText: "Applied by the bridge for finexio" }).waitFor();
  await shown.open("?connection=finexio&status=active");
  await shown.getByRole("button", { name: "Filter", exact: true }).click();
  await shown.getByRole("button", { name: /^Activated ?none of these providers has it$/, disabled: true }).waitFor();
  await shown.clean();
});

test("a change is held to what was read", async () => {
  const of = await stack("--invoices", "40");
  const shown = await page(of, QUIET);
  const id = "nue:c52f7158-b164-44fa-93c5-e4b16420c371";
  await shown.open(`?connection=nue&open=${id}`);
  await shown.getByRole("button", { name: "Change", exact: true }).click();
  const dialog = shown.getByRole("dialog");
  // Somebody else is faster.
  const other = await fetch(`${of.api}/invoices/${id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ comment: "on hold" }) });
  assert.equal(other.status, 200, await other.text());
  await dialog.getByLabel("Purchase orders").fill("PO-1, PO-2");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await dialog.getByText("It has changed since you read it. Nothing was sent.").waitFor();
  await dialog.getByRole("button", { name: "Read it again" }).click();
  await shown.getByRole("complementary").getByText("on hold").waitFor();
  await shown.getByRole("button", { name: "Change", exact: true }).click();
  await shown.getByRole("dialog").getByLabel("Purchase orders").fill("PO-1, PO-2");
  await shown.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
  await shown.getByRole("complementary").getByText("PO-1, PO-2").waitFor();
  const invoice = await of.get(`/invoices/${id}`);
  assert.deepEqual(invoice.tracking.poNumbers, ["PO-1", "PO-2"]);
  await shown.clean();
});

test("a limit counts down, and is asked again when it is over", async () => {
  const of = await stack("--invoices", "20");
  const shown = await page(of, QUIET);
  await shown.route(/\/invoices\?/, (route) =>
    route.fulfill({ status: 429, headers: { "Retry-After": "2" }, contentType: "application/json", body: '{"message":"Too Many Requests"}' }),
  );
  await shown.open("?status=draft");
  const again = shown.getByRole("button", { name: /^Ask again in [12] s$/ });
  await again.waitFor();
  assert.ok(await again.isDisabled());
  await shown.unroute(/\/invoices\?/);
  await shown.getByRole("button", { name: "Ask again", exact: true }).click();
  await shown.locator('.table-frame[aria-busy="false"]').waitFor();
  await shown.clean();
});

test("who lacks a scope is told which", async () => {
  const of = await stack("--invoices", "20");
  const shown = await page(of, QUIET);
  const challenge = 'Bearer scope="invoices/read" error="insufficient_scope"';
  await shown.route(/\/invoices\?/, (route) =>
    route.fulfill({ status: 403, headers: { "WWW-Authenticate": challenge }, contentType: "application/json", body: '{"message":"Forbidden"}' }),
  );
  await shown.open("?status=draft");
  await shown.getByRole("alert").getByText("It needs the scope invoices/read").waitFor();
  await shown.clean();
});

test("what a connection has kept of it is told to be old", async () => {
  const of = await stack("--invoices", "40", "--parameter", "ListingTtlSeconds=0");
  const shown = await page(of, QUIET);
  const asked = "?connection=nue,finexio&status=active";
  await shown.open(asked);
  await shown.locator('.table-frame[aria-busy="false"]').waitFor();
  await of.fault("nue", { kind: "status", status: 503 });
  await shown.open(asked);
  await shown.getByRole("region", { name: "Sources" }).getByText(/^Nue is down\. What you see of it is as it was/).waitFor();
  await shown.getByText(/stale since \d\d:\d\d/).waitFor();
  await accessible(shown, "a stale source");
  await shown.clean();
});
