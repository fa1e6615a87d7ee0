// A browser's storage that does not answer keeps nobody from working, and takes in what was done once
// it does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, holdsRecords, launch, newPage, open, percent, runAll, saved, settle, site, source, statuses, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({ "t/two.py": percent("a = 1", "b = a + 1\nb") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** A tab of the site that keeps the database from being opened, as one does whose upgrade is blocked; `release` lets go. */
async function holder(context) {
  const page = await context.newPage();
  await page.goto(`${served.url}t/two.py`);
  await page.evaluate(async () => {
    const first = indexedDB.open("rivulet");
    const database = await new Promise((done) => (first.onsuccess = () => done(first.result)));
    const upgrade = indexedDB.open("rivulet", 2);
    upgrade.onupgradeneeded = () => upgrade.transaction.abort();
    globalThis.release = () => database.close();
    await new Promise((done) => (upgrade.onblocked = done));
  });
  return { release: () => page.evaluate(() => globalThis.release()) };
}

/** A context whose storage has one notebook, and no page; and the notebook's address. */
async function withNotebook() {
  const context = await browser.newContext();
  const page = await newPage(browser, { context });
  await open(page, served, "t/two.py");
  await write(page, 1, "a = 41");
  await saved(page);
  const address = page.url();
  await page.close();
  return { context, address };
}

test("a notebook opens and runs while the storage does not answer, says so, and is stored once it does", async () => {
  const { context, address } = await withNotebook();
  const { release } = await holder(context);
  const page = await newPage(browser, { context });
  await open(page, served, "t/two.py");
  const banner = page.locator('[data-trouble="saved"]');
  await banner.filter({ hasText: "This browser's storage does not answer" }).waitFor();
  await write(page, 1, "a = 7");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success"]);
  assert.equal(await page.locator("[data-saved]").getAttribute("data-saved"), "Not saved");
  const [file] = await Promise.all([page.waitForEvent("download"), banner.getByRole("button").click()]);
  assert.ok(await file.path());
  await release();
  await saved(page);
  assert.equal(await banner.count(), 0);
  assert.match(page.url(), /\?n=/);
  await write(page, 2, "b = a + 2\nb");
  await saved(page);
  // Two evaluations, each with its line in the index.
  await holdsRecords(page, "rivulet-outputs", "outputs", 4);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 7/);
  assert.match(await source(page, 2), /a \+ 2/);
  // What it had run is there as well, and the other notebook is as it was.
  assert.match(await cell(page, 2).locator('[data-part="output"]').textContent(), /8/);
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 41/);
  await page.goto(served.url);
  await page.locator("section[aria-labelledby=yours] li").nth(1).waitFor();
  assert.equal(await page.locator("section[aria-labelledby=yours] li").count(), 2);
  assert.deepEqual(page.troubles, []);
  await context.close();
});

test("a notebook that was only looked at while the storage did not answer is not stored", async () => {
  const { context } = await withNotebook();
  const { release } = await holder(context);
  const page = await newPage(browser, { context });
  await open(page, served, "t/two.py");
  const banner = page.locator('[data-trouble="saved"]');
  await banner.waitFor();
  await release();
  await banner.waitFor({ state: "detached" });
  assert.match(page.url(), /\?open=/);
  await page.goto(served.url);
  await page.locator("section[aria-labelledby=yours] li").first().waitFor();
  assert.equal(await page.locator("section[aria-labelledby=yours] li").count(), 1);
  await context.close();
});

test("a stored notebook and the list of all say that the storage does not answer, and come once it does", async () => {
  const { context, address } = await withNotebook();
  const { release } = await holder(context);
  const [page, home] = [await newPage(browser, { context }), await newPage(browser, { context })];
  await page.goto(address);
  await home.goto(served.url);
  await page.getByRole("alert").filter({ hasText: "opens as soon as it does" }).waitFor();
  await page.getByRole("link", { name: "New notebook" }).waitFor();
  await home.getByRole("alert").filter({ hasText: "storage does not answer" }).waitFor();
  // Files that are chosen meanwhile wait, too.
  const early = await newPage(browser, { context });
  await early.goto(served.url);
  await early.getByLabel("Notebook files").setInputFiles({ name: "early.py", mimeType: "text/x-python", buffer: Buffer.from(percent("early = 1")) });
  await early.getByRole("alert").filter({ hasText: "added as soon as it does" }).waitFor();
  await release();
  await early.waitForSelector("article[data-cell]");
  assert.match(await source(early, 1), /early = 1/);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 41/);
  await home.locator("section[aria-labelledby=yours] li").first().waitFor();
  assert.equal(await home.getByRole("alert").count(), 0);
  await write(page, 1, "a = 42");
  await saved(page);
  assert.deepEqual([...page.troubles, ...home.troubles, ...early.troubles], []);
  await context.close();
});

test("a tab that holds the database in a transaction keeps others from storing, not from working; nothing is called saved", async () => {
  const { context, address } = await withNotebook();
  const busy = await context.newPage();
  await busy.goto(`${served.url}t/two.py`);
  await busy.evaluate(async () => {
    const first = indexedDB.open("rivulet");
    const database = await new Promise((done) => (first.onsuccess = () => done(first.result)));
    const store = database.transaction(["notebooks", "journal"], "readwrite").objectStore("journal");
    // A transaction lasts as long as something is asked of it.
    const ask = () => (store.count().onsuccess = () => globalThis.isFree || ask());
    await new Promise((done) => (store.count().onsuccess = done));
    ask();
  });
  const page = await newPage(browser, { context });
  await open(page, served, "t/two.py");
  await write(page, 1, "a = 9");
  const banner = page.locator('[data-trouble="saved"]');
  await banner.filter({ hasText: "not stored yet" }).waitFor();
  const stored = await newPage(browser, { context });
  await stored.goto(address);
  await stored.getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
  await busy.evaluate(() => (globalThis.isFree = true));
  await saved(page);
  assert.equal(await banner.count(), 0);
  await stored.waitForSelector("article[data-cell]");
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 9/);
  await context.close();
});
