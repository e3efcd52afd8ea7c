// A local stack, a browser, and what every test holds a page to: nothing from elsewhere, no violation of the
// policy, no error in its log.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";
import { chromium } from "playwright-core";

const top = new URL("../../../../", import.meta.url).pathname;
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 60_000;

let browser;
const ends = [];
after(async () => {
  await browser?.close();
  for (const end of ends) end();
});

/** Starts the stack on a free port, and ends it with the file's tests. */
export async function stack(...more) {
  const program = process.env.BRIDGE ?? `${top}target/debug/invoice-bridge`;
  const parameters = ["--parameter", "LogLevel=error", "--parameter", "UnsettledSeconds=1"];
  const child = spawn(program, ["--port", "0", ...parameters, ...more], { cwd: top, stdio: ["ignore", "pipe", process.env.BRIDGE_LOG ? "inherit" : "ignore"] });
  ends.push(() => child.kill());
  const ready = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(JSON.parse(text.slice(0, text.indexOf("\n"))));
    });
    child.on("exit", (code) => reject(new Error(`the stack ended with ${code}`)));
  });
  const asked = async (url, options) => {
    const response = await fetch(url, options);
    const body = await response.text();
    assert.ok(response.ok, `${url}: ${response.status} ${body}`);
    return body ? JSON.parse(body) : null;
  };
  return {
    ...ready,
    /** The API itself, without the page. */
    get: (path, headers = {}) => asked(ready.api + path, { headers }),
    /** What the providers are told to do. */
    control: (method, path, body) => asked(`${ready.sandbox}/_control${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) }),
    fault(connection, fault) {
      return this.control("PUT", `/${connection}/faults`, fault);
    },
    async all(query) {
      const found = [];
      let cursor = null;
      do {
        const page = await this.get(`/invoices?${query}&limit=200${cursor ? `&cursor=${cursor}` : ""}`);
        found.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor);
      return found;
    },
  };
}

async function launched() {
  if (!browser) {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
  }
  return browser;
}

/** A fresh browser's page. `allowed` are errors of its log that the test brings about. */
export async function page(of, { scheme = "light", width = 1440, height = 900, allowed = [], ...more } = {}) {
  const context = await (await launched()).newContext({ colorScheme: scheme, viewport: { width, height }, acceptDownloads: true, timezoneId: "UTC", locale: "en-GB", ...more });
  context.setDefaultTimeout(PATIENCE);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const faults = [];
  const watch = (shown) => {
    shown.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !allowed.some((one) => text.includes(one))) faults.push(text);
    });
    shown.on("pageerror", (error) => faults.push(`${error.stack}`));
    shown.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== of.api) faults.push(`asked ${request.url()}`);
    });
  };
  context.on("page", watch);
  if (process.env.CONSOLE_FROM) await fromDisk(context, process.env.CONSOLE_FROM);
  const shown = await context.newPage();
  return Object.assign(shown, {
    /** Nothing went wrong that the test did not bring about; the browser is done with. */
    async clean() {
      assert.deepEqual(faults, []);
      await context.close();
    },
    async open(query = "") {
      await shown.goto(`${of.api}/console${query}`);
    },
    /** Signs in as a persona, at the issuer's own page. */
    async as(persona) {
      await shown.locator(`button[value="${persona}"]`).click();
      await shown.getByRole("button", { name: "Sign out" }).waitFor();
    },
  });
}

/** Files of a folder in place of those that the program has: a change of the page needs no Rust then. */
async function fromDisk(context, folder) {
  await context.route(/\/console(\?|$|\/)/, async (route) => {
    const name = new URL(route.request().url()).pathname.replace(/^\/console\/?/, "") || "index.html";
    if (name === "config.json") return route.continue();
    const response = await route.fetch();
    return route.fulfill({ response, body: readFileSync(`${folder}/${name}`) });
  });
}

/** No violation of WCAG 2.2 AA, in what is shown now. */
export async function accessible(shown, what) {
  // A row that is half under the table's head is a small target; nobody has scrolled it there but the test.
  await shown.evaluate(() => window.scrollTo({ top: 0, behavior: "instant" }));
  // Colours pass over from one to another: they are looked at once they are there.
  await shown.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => null))));
  await shown.evaluate(axeSource);
  const { violations } = await shown.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  const lines = violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}\n  ${node.failureSummary?.replaceAll("\n", "\n  ")}`));
  assert.deepEqual(lines, [], what);
}

/** Whether the page is no wider than its window. */
export async function fits(shown, what) {
  const { wide, at, who } = await shown.evaluate(() => {
    const at = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll("body *")].find((one) => {
      const box = one.getBoundingClientRect();
      return box.right > at + 1 && box.width > 0 && !one.closest(".scroll, pre, .menu");
    });
    // A text may go beyond the box that holds it.
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let words;
    for (let text = texts.nextNode(); text && !beyond && !words; text = texts.nextNode()) {
      range.selectNodeContents(text);
      const isBeyond = range.getBoundingClientRect().right > at + 1;
      if (isBeyond && !text.parentElement.closest(".scroll, pre, .menu")) words = text.parentElement.outerHTML;
    }
    const who = (beyond?.outerHTML ?? words)?.slice(0, 200);
    return { wide: document.documentElement.scrollWidth, at, who };
  });
  assert.ok(wide <= at, `${what}: ${wide} px in ${at} (${who})`);
}
