// The four pictures of the README, in light and dark: made of what the console shows, quantised to be small.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { test } from "node:test";
import { page, stack } from "./bench.mjs";

const folder = new URL("../../../../docs/console/", import.meta.url).pathname;
const MOST = 120_000;

async function picture(shown, name) {
  mkdirSync(folder, { recursive: true });
  const path = `${folder}${name}.png`;
  await shown.mouse.move(0, 0);
  await shown.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => null))));
  await shown.screenshot({ path });
  execFileSync("pngquant", ["--force", "--skip-if-larger", "--strip", "--speed", "1", "--quality", "60-95", "--output", path, "--", path]);
  const { size } = statSync(path);
  assert.ok(size < MOST, `${name}: ${size} bytes`);
}

for (const scheme of ["light", "dark"]) {
  test(`the pictures in ${scheme}`, async () => {
    const of = await stack("--invoices", "2000");
    const shown = await page(of, { scheme, width: 1360, height: 850, allowed: ["Failed to load resource"] });
    const ready = () => shown.locator('.table-frame[aria-busy="false"]').waitFor();

    // A run, with two outcomes that are not known.
    await shown.open("?connection=nue,fusebill&status=draft&amount[gte]=20000");
    await ready();
    await shown.getByLabel("Select all that are shown").check();
    await shown.getByRole("button", { name: "Select all that match" }).click();
    await shown.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Activate" }).click();
    const dialog = shown.getByRole("dialog");
    await dialog.getByText("would be activated").waitFor();
    const going = Number((await dialog.locator(".figure").textContent()).replaceAll(",", ""));
    await picture(shown, `preview-${scheme}`);
    await dialog.getByRole("button", { name: /^Go on with/ }).click();
    await dialog.getByLabel(/^Why/).fill("month end, November");
    await dialog.getByLabel(/^Type/).fill(String(going));
    await of.fault("fusebill", { kind: "statusThenApply", status: 504, delayMs: 1500, operation: "activate", times: 2 });
    await dialog.getByRole("button", { name: /^Activate / }).click();
    await shown.getByRole("heading", { name: /^Activation of/ }).waitFor();
    await shown.getByRole("button", { name: "Settle 2 unknown" }).waitFor();
    await picture(shown, `run-${scheme}`);

    await shown.open();
    await shown.locator(".owed tbody tr").first().waitFor();
    await shown.locator(".row-sums").first().waitFor();
    await picture(shown, `board-${scheme}`);

    await shown.open("?connection=nue,simplepin,stripe&status=draft&amount[lt]=50000&sort=-dueDate");
    await ready();
    await shown.locator('a.open[title^="nue:"]').nth(1).click();
    await shown.getByRole("complementary").getByText("Reference").waitFor();
    await picture(shown, `detail-${scheme}`);

    await of.fault("stripe", { kind: "status", status: 503 });
    await shown.open("?connection=nue,fusebill,simplepin,stripe&status=draft&amount[gte]=1000&sort=-amount");
    await ready();
    for (const row of [1, 2, 4]) await shown.locator("tbody .tick").nth(row).click();
    await picture(shown, `invoices-${scheme}`);
    await shown.clean();
  });
}
