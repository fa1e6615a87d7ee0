// What every browser test needs: the built site under a sub-path, a Chromium, and eyes on the page
// that see it as painted.

import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { browserPath } from "../../setup/browser.mjs";
import { serve } from "./server.mjs";

/** The built site; RIVULET_DIST names another one, to compare two of them. */
export const dist = process.env.RIVULET_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));

export const ARGUMENTS = [
  "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--no-first-run", "--disable-quic",
];

/** A page that has not come to a state in so many milliseconds never will; no test says how long anything may take. */
const STUCK = 120_000;

/** Python sources as a percent file. */
export const percent = (...cells) => cells.map((cell) => `# %%\n${cell}\n`).join("\n");

/** Starts the site; `files` maps paths of the site to texts. */
export const site = (files = {}) => serve(dist, files);

export const launch = () => chromium.launch({ executablePath: browserPath, args: ARGUMENTS });

// Runs in the page: at the begin of every frame, what the frame before has painted.
function watch() {
  const log = [];
  const last = new Map();
  let before = 0;
  const gaps = { longest: 0 };
  const look = (now) => {
    if (before && document.visibilityState === "visible") gaps.longest = Math.max(gaps.longest, now - before);
    before = now;
    for (const cell of document.querySelectorAll("article[data-cell]")) {
      const { cell: id, status } = cell.dataset;
      if (last.get(id) !== status) {
        last.set(id, status);
        log.push({ at: now, cell: id, status });
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const queued = () => performance.getEntriesByType("mark").filter((mark) => mark.name.endsWith(":queued")).length;
  globalThis.watched = { log, gaps, queued };
}

/** Opens a page that is watched; what goes wrong in it fails the test at `page.troubles`. */
export async function newPage(browser, options = {}) {
  const context = options.context ?? (await browser.newContext({ viewport: { width: 1000, height: 900 }, ...options }));
  context.setDefaultTimeout(STUCK);
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  await page.addInitScript(watch);
  return page;
}

/** Opens a notebook of the site and waits until its cells are there. */
export async function open(page, site, file) {
  await page.goto(`${site.url}?open=${file}`);
  await page.waitForSelector("article[data-cell]");
}

export const cell = (page, number) => page.locator("article[data-cell]").nth(number - 1);

export const statuses = (page) => page.$$eval("article[data-cell]", (cells) => cells.map((cell) => cell.dataset.status));

/** Waits until a cell's painted status is this one, and what it put out near the window is built. */
export async function waitFor(page, number, status) {
  await page.waitForFunction(
    ([at, status]) => {
      const cell = document.querySelectorAll("article[data-cell]")[at - 1];
      const isBuilt = ["queued", "running"].includes(status) || !cell?.querySelector('[aria-busy="true"]');
      return cell?.dataset.status === status && isBuilt;
    },
    [number, status],
    { polling: "raf" },
  );
}

/** Waits until nothing runs and nothing waits, and the outputs near the window are built. */
export async function settle(page) {
  await page.waitForFunction(
    () =>
      document.querySelector("main").dataset.kernel === "idle" &&
      !document.querySelector('article[data-status="queued"], article[data-status="running"], article [aria-busy="true"]'),
    undefined,
    { polling: "raf" },
  );
  // What this frame paints is seen in the next one.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForFunction(() => !document.querySelector('article [aria-busy="true"]'), undefined, { polling: "raf" });
}

/** Does something that runs cells, and waits until they are painted as queued. */
export async function starting(page, act) {
  const before = await page.evaluate(() => globalThis.watched.queued());
  await act();
  await page.waitForFunction((before) => globalThis.watched.queued() > before, before, { polling: "raf" });
}

export const runAll = (page) => starting(page, () => page.getByRole("button", { name: "Run all" }).click());

export const runCell = (page, number) =>
  starting(page, () => cell(page, number).getByRole("button", { name: "Run cell" }).click());

/** What was painted of each cell since `from`, as `{ c1: ["queued", ...] }`. */
export async function painted(page, from = 0) {
  const log = await page.evaluate(() => globalThis.watched.log);
  const cells = {};
  for (const { cell, status } of log.slice(from)) (cells[cell] ??= []).push(status);
  return cells;
}

export const logLength = (page) => page.evaluate(() => globalThis.watched.log.length);

/** Replaces a cell's text as a person does. */
export async function write(page, number, text) {
  const editor = cell(page, number).locator(".cm-content");
  await editor.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** Waits until the newest edit is stored. */
export const saved = (page) => page.waitForSelector('[data-saved="Saved"]');

/** What the editor of a cell shows. */
export const source = (page, number) => cell(page, number).locator('[data-part="editor"]').textContent();

/** Waits until a store of a database of this site holds at least so many records. */
export async function holdsRecords(page, database, store, count) {
  const counted = () =>
    page.evaluate(
      async ([name, store]) => {
        const open = indexedDB.open(name);
        const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
        const counted = database.transaction(store).objectStore(store).count();
        const found = await new Promise((done) => (counted.onsuccess = () => done(counted.result)));
        database.close();
        return found;
      },
      [database, store],
    );
  // A promise is as good as true to waitForFunction.
  for (const until = Date.now() + STUCK; (await counted()) < count; ) {
    if (Date.now() > until) throw new Error(`${database} holds fewer than ${count} records`);
    await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
  }
}
