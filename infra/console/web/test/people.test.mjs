// Who signs in, what they see and may do, and what becomes of their work when a sign-in ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, page, stack } from "./bench.mjs";

const QUIET = { allowed: ["Failed to load resource"] };

/** The connections' names and the customers' ids in the rows that are shown. */
const references = (shown) => shown.locator("a.open").evaluateAll((links) => links.map((link) => link.title));

test("a customer sees their own invoices and is offered what they may", async () => {
  const of = await stack("--invoices", "600", "--require-token");
  const shown = await page(of, QUIET);
  await shown.open("?status=draft");
  await shown.as("customer");
  await shown.locator('.table-frame[aria-busy="false"]').waitFor();
  const ids = await references(shown);
  assert.ok(ids.length > 0);
  const customers = ["nue:001KS00000Dv014aYAD", "fusebill:123471"];
  const operator = await fetch(`${of.api}/oauth2/token`, { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials", client_id: "test" }) });
  const { access_token: token } = await operator.json();
  for (const id of ids) {
    const invoice = await of.get(`/invoices/${id}`, { Authorization: `Bearer ${token}` });
    assert.ok(customers.includes(invoice.customer.id), `${id} is ${invoice.customer.id}'s`);
  }
  await shown.locator("a.open").first().click();
  await shown.getByRole("complementary").getByText("Reference").waitFor();
  await shown.getByRole("button", { name: "Change", exact: true }).waitFor();
  await shown.goto(`${of.api}/console?open=nue:c52f7158-b164-44fa-93c5-e4b16420c371`);
  await shown.getByText("There is no such invoice", { exact: false }).waitFor();
  await shown.clean();
});

test("who may only read is offered nothing to write with", async () => {
  const of = await stack("--invoices", "200", "--require-token");
  for (const persona of ["reader", "another-customer"]) {
    const shown = await page(of, QUIET);
    await shown.open("?sort=-invoiceDate");
    await shown.as(persona);
    await shown.getByText("Reads only").waitFor();
    await shown.locator('.table-frame[aria-busy="false"]').waitFor();
    assert.equal(await shown.getByRole("checkbox").count(), 0);
    await shown.locator("a.open").first().click();
    await shown.getByText("Your sign-in may read, and not write.").waitFor();
    for (const name of ["Activate", "Cancel invoice", "Delete", "Change"]) {
      assert.equal(await shown.getByRole("button", { name, exact: true }).count(), 0, name);
    }
    await accessible(shown, persona);
    await shown.clean();
  }
});

test("a page that is loaded anew is signed in as before, and tokens are kept nowhere", async () => {
  const of = await stack("--invoices", "20");
  const shown = await page(of, QUIET);
  await shown.open("?status=draft");
  await shown.getByRole("button", { name: "Sign in" }).click();
  await shown.as("reader");
  assert.match(shown.url(), /status=draft/);
  await shown.reload();
  await shown.getByText("Rahul Reader").waitFor();
  assert.match(shown.url(), /\/console\?status=draft$/);
  const kept = await shown.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!kept.includes("eyJ"), kept);
  await shown.getByRole("button", { name: "Sign out" }).click();
  await shown.getByRole("button", { name: "Sign in" }).waitFor();
  await shown.clean();
});

test("a token that ends is renewed without a word", async () => {
  const of = await stack("--invoices", "20", "--require-token", "--token-lifetime", "2s");
  const shown = await page(of, QUIET);
  await shown.open("?status=draft");
  await shown.as("operator");
  const refused = shown.waitForResponse((response) => response.status() === 401);
  const renewed = shown.waitForResponse((response) => response.url().endsWith("/oauth2/token"));
  const ask = async () => {
    for (const view of ["Overdue", "Drafts", "Failed or disputed", "All"]) await shown.getByRole("link", { name: view, exact: true }).click();
  };
  let done = false;
  void Promise.all([refused, renewed]).then(() => (done = true));
  for (let times = 0; !done && times < 200; times += 1) {
    await ask();
    await shown.getByLabel(/^Search/).fill(`nothing-${times}`);
    await shown.keyboard.press("Enter");
    await shown.waitForResponse((response) => response.url().includes("/invoices?"));
  }
  assert.ok(done);
  await shown.getByText("Olivia Operator").waitFor();
  assert.equal(await shown.getByRole("dialog").count(), 0);
  await shown.clean();
});

test("a sign-in that ends in the middle of a run costs nothing of it", async () => {
  const of = await stack("--invoices", "400", "--require-token", "--token-lifetime", "4s");
  const shown = await page(of, QUIET);
  await shown.open("?connection=nue,fusebill&status=draft");
  await shown.as("operator");
  await shown.getByLabel("Select all that are shown").check();
  await shown.getByRole("button", { name: "Select all that match" }).click();
  await shown.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Activate" }).click();
  const dialog = shown.getByRole("dialog");
  await dialog.getByText("would be activated").waitFor();
  const going = Number((await dialog.locator(".figure").textContent()).replaceAll(",", ""));
  await dialog.getByRole("button", { name: /^Go on with/ }).click();
  await dialog.getByLabel(/^Type/).fill(String(going));
  // The issuer forgets who signed in: nothing is renewed, and somebody has to come again.
  await shown.route(/\/oauth2\/token$/, (route) => route.fulfill({ status: 400, json: { error: "invalid_grant" } }));
  await of.fault("fusebill", { kind: "slow", delayMs: 250 });
  await dialog.getByRole("button", { name: /^Activate / }).click();
  await shown.getByRole("heading", { name: "Your sign-in has ended" }).waitFor();
  await accessible(shown, "a sign-in that has ended");
  await shown.unroute(/\/oauth2\/token$/);
  await of.control("DELETE", "/fusebill/faults");
  await shown.getByRole("dialog").getByRole("button", { name: "Sign in and go on" }).click();
  // A run that is paused has the same heading as one that is over: the figure tells.
  await shown.locator(".count.s-applied dd").getByText(going.toLocaleString("en-GB"), { exact: true }).waitFor();
  await shown.getByRole("heading", { name: /^Activation of/ }).waitFor();
  await shown.clean();
});

test("the document's page signs in at the same issuer", async () => {
  const of = await stack("--invoices", "20", "--require-token");
  const shown = await page(of, QUIET);
  await shown.goto(of.docs);
  await shown.getByRole("button", { name: "Authorize" }).first().click();
  const flow = shown.locator(".auth-container", { hasText: "authorizationCode" });
  for (const scope of await flow.getByRole("checkbox").all()) await scope.check({ force: true });
  const [popup] = await Promise.all([shown.context().waitForEvent("page"), flow.getByRole("button", { name: "Apply given OAuth2 credentials" }).click()]);
  await popup.locator('button[value="operator"]').click();
  await flow.getByRole("button", { name: "Remove authorization" }).waitFor();
  await shown.clean();
});
