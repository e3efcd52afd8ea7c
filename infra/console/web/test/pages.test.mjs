// Every page and dialog, in light and dark: accessible, narrow, from nowhere else, and soon there.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { before, describe, test } from "node:test";
import { accessible, fits, page, stack } from "./bench.mjs";

let of;
before(async () => {
  of = await stack("--invoices", "200");
});

/** What a person can have in front of them, and how they come to it. */
const VIEWS = {
  board: (shown) => shown.getByRole("heading", { name: "Drafts to activate" }).waitFor(),
  async list(shown) {
    await shown.open("?status=draft");
    await shown.locator('.table-frame[aria-busy="false"]').waitFor();
    await shown.getByLabel("Select all that are shown").check();
  },
  async "filter menu"(shown) {
    await VIEWS.list(shown);
    await shown.getByRole("button", { name: "Filter", exact: true }).click();
    await shown.getByRole("button", { name: /^Due date/ }).waitFor();
  },
  async "filter of days"(shown) {
    await VIEWS["filter menu"](shown);
    await shown.getByRole("button", { name: /^Due date/ }).click();
    await shown.getByLabel("From").waitFor();
  },
  async "filter of words"(shown) {
    await VIEWS.list(shown);
    await shown.getByRole("button", { name: /^Status Draft/ }).click();
    await shown.getByLabel("Pending activation").waitFor();
  },
  async columns(shown) {
    await VIEWS.list(shown);
    await shown.getByRole("button", { name: "Columns" }).click();
    await shown.getByLabel("Purchase order").waitFor();
  },
  async "a view to keep"(shown) {
    await shown.open("?connection=nue&status=active");
    await shown.locator('.table-frame[aria-busy="false"]').waitFor();
    await shown.getByRole("button", { name: "Keep" }).click();
    await shown.getByLabel("Name of this view").waitFor();
  },
  async detail(shown) {
    await shown.open("?connection=fusebill&open=fusebill:123456");
    const panel = shown.getByRole("complementary");
    await panel.getByText("Lines", { exact: true }).click();
    await panel.getByText("As the provider sends it").click();
    await panel.locator("pre").waitFor();
  },
  async change(shown) {
    await shown.open("?connection=nue&open=nue:c52f7158-b164-44fa-93c5-e4b16420c371");
    await shown.getByRole("button", { name: "Change", exact: true }).click();
    await shown.getByRole("dialog").getByLabel("Due date").waitFor();
  },
  async preview(shown) {
    await VIEWS.list(shown);
    await shown.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Activate" }).click();
    await shown.getByRole("dialog").getByText("would be activated").waitFor();
  },
  async confirmation(shown) {
    await VIEWS.preview(shown);
    await shown.getByRole("button", { name: /^Go on with/ }).click();
    await shown.getByText("These and no others").waitFor();
  },
  async "a foretold refusal"(shown) {
    await shown.open("?connection=nue&status=paid");
    await shown.locator('.table-frame[aria-busy="false"]').waitFor();
    await shown.getByLabel("Select all that are shown").check();
    await shown.getByRole("button", { name: "Delete", exact: true }).click();
    await shown.getByRole("dialog").locator(".fates summary").first().click();
  },
  async keys(shown) {
    await VIEWS.board(shown);
    await shown.getByRole("button", { name: "Keys" }).click();
    await shown.getByRole("dialog").waitFor();
  },
  async "no invoices"(shown) {
    await shown.open("?number=none-is-called-so");
    await shown.getByText("All 6 connections answered").waitFor();
  },
  async "a fault in the address"(shown) {
    await shown.open("?amount[gte]=much&limit=0");
    await shown.getByRole("alert").waitFor();
  },
  async "no such run"(shown) {
    await shown.open("?run=nothing");
    await shown.getByText("There is no such run").waitFor();
  },
  async "who to sign in as"(shown) {
    await shown.getByRole("button", { name: "Sign in" }).click();
    await shown.getByText("Olivia Operator").waitFor();
  },
};

const ALLOWED = { allowed: ["Failed to load resource"] };

// A view is come to once and looked at in both themes: it follows the system's without a reload.
describe("in light and in dark", () => {
  for (const [name, come] of Object.entries(VIEWS)) {
    test(`${name} is accessible`, async () => {
      const shown = await page(of, { scheme: "light", ...ALLOWED });
      await shown.open();
      await come(shown);
      for (const colorScheme of ["light", "dark"]) {
        await shown.emulateMedia({ colorScheme });
        await accessible(shown, `${name} in ${colorScheme}`);
      }
      await shown.clean();
    });
  }
});

// 200 % of a window of 1280 by 800 is one of 640 by 400, of which each pixel is two.
for (const [what, window] of Object.entries({
  "320 px": { width: 320, height: 640 },
  "200 %": { width: 640, height: 400, deviceScaleFactor: 2 },
})) {
  test(`everything fits at ${what}`, async () => {
    const shown = await page(of, { ...window, ...ALLOWED });
    for (const name of ["board", "list", "detail", "preview", "confirmation", "change", "keys", "no invoices"]) {
      await shown.open();
      await VIEWS[name](shown);
      await fits(shown, `${name} at ${what}`);
    }
    // What has the focus is seen: neither the head nor the bar lies over it.
    await VIEWS.list(shown);
    for (const link of (await shown.locator("a.open").all()).slice(0, 12)) {
      await link.focus();
      const seen = await link.evaluate((one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        return there !== null && (one.contains(there) || there.contains(one));
      });
      assert.ok(seen, `a row that has the focus is covered at ${what}`);
    }
    await shown.clean();
  });
}

test("targets are no smaller than 24 px", async () => {
  const shown = await page(of);
  await shown.open();
  await VIEWS.list(shown);
  const small = await shown.evaluate(() =>
    [...document.querySelectorAll("button, input, select, a, summary")]
      .map((one) => ({ box: (one.closest("label") ?? one).getBoundingClientRect(), one }))
      .filter(({ box, one }) => box.width > 0 && !one.classList.contains("skip") && (box.height < 24 || box.width < 24))
      .map(({ box, one }) => `${Math.round(box.width)}x${Math.round(box.height)} ${one.outerHTML.slice(0, 80)}`),
  );
  assert.deepEqual(small, []);
  await shown.clean();
});

test("keys can be turned off, and stay so", async () => {
  const shown = await page(of);
  await shown.open();
  await VIEWS.keys(shown);
  await shown.getByLabel("Single keys are on").uncheck();
  await shown.getByRole("button", { name: "Done" }).click();
  await VIEWS.list(shown);
  await shown.locator("h1").click();
  await shown.keyboard.press("j");
  await shown.keyboard.press("?");
  assert.equal(await shown.getByRole("dialog").count(), 0);
  assert.equal(await shown.evaluate(() => document.activeElement?.classList.contains("open")), false);
  await shown.clean();
});

test("the page is small, comes from here alone, and is soon there", async () => {
  const kilobytes = async (name) => gzipSync(Buffer.from(await (await fetch(`${of.api}/console/${name}`)).arrayBuffer()), { level: 9 }).length / 1000;
  const [script, style] = [await kilobytes("app.js"), await kilobytes("app.css")];
  assert.ok(script < 130, `${script} KB of JavaScript`);
  assert.ok(style < 12, `${style} KB of CSS`);
  const shown = await page(of);
  await shown.open();
  await VIEWS.board(shown);
  const paint = await shown.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  const interactive = await shown.evaluate(() => performance.getEntriesByName("console-interactive")[0]?.startTime);
  console.log(`# ${script.toFixed(1)} KB of JavaScript and ${style.toFixed(1)} KB of CSS, compressed; first paint after ${Math.round(paint)} ms, interactive after ${Math.round(interactive)} ms`);
  assert.ok(interactive > 0);
  await shown.clean();
});

test("what is put before the page's script by others does not run", async () => {
  const shown = await page(of, { allowed: ["Content Security Policy", "violates"] });
  await shown.open();
  await VIEWS.board(shown);
  const ran = await shown.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.head.append(script);
    return globalThis.ran === true;
  });
  assert.equal(ran, false);
  await shown.clean();
});
