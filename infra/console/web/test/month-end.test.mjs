// A person's month's end: drafts of two connections, previewed, confirmed, carried out; the page loaded anew in
// the middle, a provider failing on the way, two outcomes settled, and the report for the books.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { accessible, page, stack } from "./bench.mjs";

const QUESTION = "?connection=nue,fusebill&status=draft";

const count = (text) => Number(/[\d,]+/.exec(text)[0].replaceAll(",", ""));

/** How many invoices have a state, as the run's page tells. */
const outcome = async (shown, state) => count(await shown.locator(`.count.s-${state} dd`).textContent());

/** The rows of a CSV by RFC 4180, each by the names of the first. */
function csv(text) {
  const rows = [];
  let [row, cell, quoted] = [[], "", false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "," || char === "\n") {
      row.push(cell.replace(/\r$/, ""));
      cell = "";
      if (char === "\n") rows.push(row.splice(0));
    } else cell += char;
  }
  const [head, ...body] = rows;
  return body.map((one) => Object.fromEntries(head.map((name, at) => [name, one[at]])));
}

/** How often each invoice was activated at its provider, as the sandbox counts. */
async function activations(of, connection) {
  const { invoices } = await of.control("GET", `/${connection}/writes`);
  return invoices.map((one) => one.operations.activate?.applied ?? 0).filter((times) => times > 0);
}

test("a month's end is carried out once, through a reload and a failing provider", async () => {
  const of = await stack("--invoices", "1200");
  const shown = await page(of, { allowed: ["Failed to load resource"] });
  await shown.open(QUESTION);
  await shown.getByLabel("Select all that are shown").check();
  await shown.getByRole("button", { name: "Select all that match" }).click();
  await shown.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Activate" }).click();

  // Preview: what would come of each, and sums that are never added across currencies.
  const drafts = await of.all(QUESTION.slice(1));
  const dialog = shown.getByRole("dialog");
  await dialog.getByText("would be activated").waitFor();
  const going = count(await dialog.locator(".figure").textContent());
  assert.ok(going >= 300, `${going} of ${drafts.length} drafts`);
  assert.ok(going < drafts.length, "some are refused, and told apart");
  const sums = await dialog.locator(".fate .sums tbody tr").allTextContents();
  assert.equal(sums.reduce((all, row) => all + count(row.replace(/^\D+/, "")), 0) >= going, true, sums.join());
  await dialog.getByRole("button", { name: /^Go on with/ }).click();

  // Confirmation: by the number, and by nothing else.
  const confirm = dialog.getByRole("button", { name: /^Activate / });
  assert.ok(await confirm.isDisabled());
  await dialog.getByLabel(/^Type/).fill(String(going - 1));
  assert.ok(await confirm.isDisabled());
  await dialog.getByLabel(/^Why/).fill("month end");
  await dialog.getByLabel(/^Type/).fill(String(going));
  for (const connection of ["nue", "fusebill"]) await of.fault(connection, { kind: "slow", delayMs: 60 });
  await of.fault("fusebill", { kind: "statusThenApply", status: 504, delayMs: 1500, operation: "activate", times: 2 });
  await confirm.click();

  // Under way: some done, some not; the page is loaded anew, and nothing goes on by itself.
  await shown.waitForURL(/run=/);
  await shown.waitForFunction(() => [...document.querySelectorAll(".count.s-applied dd")].some((one) => Number(one.textContent.replaceAll(",", "")) > 0));
  shown.on("dialog", (asked) => asked.accept());
  await shown.reload();
  const resume = shown.getByRole("button", { name: "Resume" });
  await resume.waitFor();
  assert.ok((await outcome(shown, "waiting")) + (await outcome(shown, "unknown")) > 0, "it was in the middle");
  await of.fault("nue", { kind: "status", status: 503, operation: "activate", times: 1 });
  await resume.click();
  await shown.getByRole("heading", { name: /^Activation of/ }).waitFor();

  // At the end nothing is taken for done that is not known to be.
  const unknown = await outcome(shown, "unknown");
  assert.ok(unknown >= 2, `${unknown} unknown`);
  await accessible(shown, "a run with unknown outcomes");
  for (const connection of ["nue", "fusebill"]) await of.control("DELETE", `/${connection}/faults`);
  while ((await outcome(shown, "unknown")) > 0) {
    await shown.getByRole("button", { name: /^Settle \d+ unknown$/ }).click();
    await shown.getByRole("heading", { name: /^Activation of/ }).waitFor();
  }
  const again = shown.getByRole("button", { name: /^Try \d+ again$/ });
  while (await again.isVisible()) {
    await again.click();
    await shown.getByRole("heading", { name: /^Activation of/ }).waitFor();
  }
  assert.equal(await outcome(shown, "applied"), going);

  // The report says what the providers say, line by line.
  const [download] = await Promise.all([shown.waitForEvent("download"), shown.getByRole("button", { name: "Save report" }).click()]);
  const lines = csv((await readFile(await download.path(), "utf8")).replace(/^\uFEFF/, ""));
  assert.equal(lines.length, drafts.length);
  const byId = new Map(lines.map((line) => [line.id, line]));
  for (const draft of drafts) {
    const line = byId.get(draft.id);
    assert.equal(line.amount, draft.amounts.total ?? "", draft.id);
    assert.ok(["applied", "rejected"].includes(line.outcome), `${draft.id}: ${line.outcome}`);
    assert.equal(line.outcome === "rejected", line.code !== "", draft.id);
  }
  assert.equal(lines.filter((line) => line.outcome === "applied").length, going);
  const left = await of.all(`${QUESTION.slice(1)}`);
  assert.equal(left.length, drafts.length - going, "what is still a draft is what was refused");
  const times = (await Promise.all(["nue", "fusebill"].map((connection) => activations(of, connection)))).flat();
  assert.deepEqual([times.length, Math.max(...times)], [going, 1], "each was activated, and once");
  await shown.clean();
});

test("a month's end is carried out with the keyboard alone", async () => {
  const of = await stack("--invoices", "150");
  const shown = await page(of);
  await shown.addInitScript(() => {
    globalThis.called = (one) => one?.textContent?.trim() || one?.getAttribute("aria-label") || one?.value || one?.name || "";
  });
  const focused = () => shown.evaluate(() => globalThis.called(document.activeElement));
  const press = (...keys) => keys.reduce((before, key) => before.then(() => shown.keyboard.press(key)), Promise.resolve());
  /** Tab, once there is what is called so, until it has the focus. */
  const reach = async (name) => {
    await shown.waitForFunction((name) => [...document.querySelectorAll("a, button, input, select")].some((one) => name.test(globalThis.called(one))), name);
    for (let times = 0; times < 120; times += 1) {
      if (name.test(await focused())) return;
      await press("Tab");
    }
    assert.fail(`never came to ${name}`);
  };
  await shown.open();
  await reach(/^Drafts$/);
  await press("Enter");
  await shown.getByRole("heading", { name: "Invoices" }).waitFor();
  /** A menu, and each step in it, has the focus by itself. */
  const within = (selector) => shown.waitForFunction((one) => document.activeElement?.matches(one), selector);
  await reach(/^Filter$/);
  await press("Enter");
  await within('.menu-list button:not([aria-disabled="true"])');
  await reach(/^Connection/);
  await press("Enter");
  await within('.menu input[name="connection"]');
  await reach(/^nue$/);
  await press("Space");
  await reach(/^Apply$/);
  await press("Enter");
  await shown.waitForURL(/connection=nue/);
  await shown.locator('.table-frame[aria-busy="false"]').waitFor();
  // j and k go through the rows, x and Shift+x select, Enter opens, Escape closes.
  await press("j", "x", "j", "j", "Shift+X");
  await shown.getByText("3 invoices", { exact: true }).first().waitFor();
  const third = await focused();
  await press("Enter");
  await shown.waitForURL(/open=/);
  await shown.getByRole("complementary").getByText("Reference").waitFor();
  await press("Escape");
  await shown.waitForURL((url) => !url.search.includes("open="));
  await shown.waitForFunction((name) => document.activeElement?.textContent?.trim() === name, third);
  await press("a");
  const dialog = shown.getByRole("dialog");
  await dialog.getByText("would be activated").waitFor();
  await reach(/^Go on with/);
  await press("Enter");
  await dialog.getByText("These and no others").waitFor();
  await reach(/^Activate 3 invoices$/);
  await press("Enter");
  await shown.getByRole("heading", { name: /^Activation of 3/ }).waitFor();
  assert.equal(await outcome(shown, "applied"), 3);
  const download = shown.waitForEvent("download");
  await reach(/^Save report$/);
  await press("Enter");
  assert.match((await download).suggestedFilename(), /^activate-.*\.csv$/);
  await shown.clean();
});
