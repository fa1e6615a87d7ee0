// Nothing typed is lost: what was edited is there after a reload, a closed tab, a killed browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { browserPath } from "../../setup/browser.mjs";
import { ARGUMENTS, cell, holdsRecords, launch, newPage, open, percent, runAll, saved, settle, site, statuses, waitFor, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({ "t/two.py": percent("a = 1", "b = a + 1\nprint('b is', b)\nb") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});


test("a reload shows source and outputs before Python is ready, as from before", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/two.py");
  await write(page, 1, "a = 41");
  await runAll(page);
  await settle(page);
  await saved(page);
  assert.match(page.url(), /\?n=/);
  // Outputs are stored apart, shortly after they came.
  await holdsRecords(page, "rivulet-outputs", "outputs", 2);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.equal(await page.getAttribute("main", "data-kernel"), "off");
  assert.deepEqual(await statuses(page), ["success", "success"]);
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /a = 41/);
  assert.match(await cell(page, 2).locator('[data-part="output"]').textContent(), /b is 42/);
  assert.match(await cell(page, 2).locator('[data-part="status"]').textContent(), /from before/);
  await page.close();
});

// Runs in the page: counts the transactions of the journal that are through, and notes whether each
// began in the task of a key.
function watchJournal() {
  const journal = { through: 0, began: [] };
  let isTyping = false;
  const typing = () => {
    isTyping = true;
    setTimeout(() => (isTyping = false));
  };
  addEventListener("beforeinput", typing, { capture: true });
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, ...rest) {
    const transaction = real.call(this, names, mode, ...rest);
    if (mode === "readwrite" && this.name === "rivulet") {
      journal.began.push(isTyping ? "with the key" : "later");
      transaction.addEventListener("complete", () => journal.through++);
    }
    return transaction;
  };
  globalThis.journal = journal;
}

test("what is typed is on its way to the store with the key, and there when the browser is killed at once", async () => {
  const profile = mkdtempSync(join(tmpdir(), "rivulet-"));
  const start = () => chromium.launchPersistentContext(profile, { executablePath: browserPath, args: ARGUMENTS });
  try {
    let context = await start();
    let page = await newPage(browser, { context });
    await page.goto(`${served.url}?new`);
    await cell(page, 1).locator(".cm-content").click();
    await page.keyboard.insertText("kept = 'before'");
    await saved(page);
    const address = page.url();
    await page.evaluate(watchJournal);
    await page.keyboard.insertText("; kept = 'at the last moment'");
    await page.waitForFunction(() => globalThis.journal.through === 1);
    assert.deepEqual(await page.evaluate(() => globalThis.journal.began), ["with the key"]);
    // The whole browser is gone at once, as by a power cut.
    const pid = Number(execFileSync("pgrep", ["-of", profile], { encoding: "utf8" }));
    const gone = new Promise((done) => context.on("close", done));
    process.kill(pid, "SIGKILL");
    await gone;
    rmSync(join(profile, "SingletonLock"), { force: true });
    context = await start();
    page = await newPage(browser, { context });
    await page.goto(address);
    await page.waitForSelector("article[data-cell]");
    assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /at the last moment/);
    await context.close();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});

test("a tab that is closed right after typing has kept it", async () => {
  const context = await browser.newContext();
  let page = await newPage(browser, { context });
  await page.goto(`${served.url}?new`);
  await cell(page, 1).locator(".cm-content").click();
  await page.keyboard.insertText("first = 1");
  await page.waitForFunction(() => location.search.startsWith("?n="));
  const address = page.url();
  await page.keyboard.type("23");
  await page.close();
  page = await newPage(browser, { context });
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /first = 123/);
  await context.close();
});

test("cells are added, moved, duplicated, deleted and brought back; names and kinds follow", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/two.py");
  const act = async (number, name) => {
    await cell(page, number).getByRole("button", { name: "Cell actions" }).click();
    await cell(page, number).getByRole("button", { name }).click();
  };
  const sources = () => page.$$eval('[data-part="editor"]', (all) => all.map((one) => one.querySelector(".cm-content")?.textContent ?? one.textContent.trim()));
  await act(1, "Move down");
  assert.match((await sources())[1], /a = 1/);
  assert.equal(await cell(page, 1).getAttribute("data-references"), "a", "order on the page does not matter");
  await act(1, "Duplicate cell");
  assert.equal(await page.locator("article[data-cell]").count(), 3);
  // Both make `b` now: it is each one's own.
  assert.deepEqual(await page.$$eval(".chip.own", (all) => all.map((chip) => chip.textContent)), ["b", "b"]);
  await act(2, "Delete cell");
  assert.equal(await page.locator("article[data-cell]").count(), 2);
  assert.equal(await page.locator(".chip.own").count(), 0);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await page.locator("article[data-cell]").count(), 3);
  await act(2, "Delete cell");
  await cell(page, 2).getByRole("button", { name: "Add text cell below" }).click();
  await page.keyboard.insertText("# A *heading* <img src=x onerror=alert(1)>");
  await page.keyboard.press("Shift+Enter");
  assert.equal(await cell(page, 3).locator("h1 em").textContent(), "heading");
  assert.equal(await page.locator("[onerror]").count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("the home page lists, renames, deletes and brings back notebooks", async () => {
  const context = await browser.newContext();
  const page = await newPage(browser, { context });
  await page.goto(served.url);
  await page.getByRole("link", { name: "New notebook" }).click();
  await cell(page, 1).locator(".cm-content").click();
  await page.keyboard.insertText("1 + 1");
  await page.getByRole("textbox", { name: "Notebook title" }).fill("Sums");
  await page.keyboard.press("Tab");
  await saved(page);
  await page.getByRole("link", { name: "All notebooks" }).click();
  const mine = page.locator('section[aria-labelledby="yours"]');
  await mine.getByRole("link", { name: /Sums/ }).waitFor();
  await mine.getByRole("button", { name: "Notebook actions" }).click();
  await mine.getByRole("button", { name: "Rename" }).click();
  await mine.getByRole("textbox").fill("Products");
  await page.keyboard.press("Enter");
  await mine.getByRole("link", { name: /Products/ }).waitFor();
  await mine.getByRole("button", { name: "Notebook actions" }).click();
  await mine.getByRole("button", { name: "Delete" }).click();
  await mine.getByText("kept here").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await mine.getByRole("link", { name: /Products/ }).click();
  await page.waitForSelector("article[data-cell]");
  assert.equal(await page.getByRole("textbox", { name: "Notebook title" }).inputValue(), "Products");
  await context.close();
});

test("a damaged record is set aside, and the newest version and every edit after it that is whole open", async () => {
  const page = await newPage(browser);
  await page.goto(`${served.url}?new`);
  await write(page, 1, "a = 1");
  await saved(page);
  const address = page.url();
  // A version is taken when it is opened.
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await write(page, 1, "a = 2");
  await saved(page);
  await holdsRecords(page, "rivulet-history", "versions", 1);
  await page.goto(served.url);
  await page.evaluate(async (key) => {
    const open = indexedDB.open("rivulet");
    const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
    const transaction = database.transaction(["notebooks", "journal"], "readwrite");
    const notebooks = transaction.objectStore("notebooks");
    const asked = notebooks.get(key);
    asked.onsuccess = () => notebooks.put(asked.result.replace(/a = 1/, "a = 7"), key);
    transaction.objectStore("journal").put("0000000000000000{not a record", [key, 9999]);
    await new Promise((done) => (transaction.oncomplete = done));
    database.close();
  }, new URL(address).searchParams.get("n"));
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  assert.match(await page.locator(".toast").textContent(), /record is damaged.*newest version/);
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /a = 2/);
  await page.close();
});

test("what cannot be opened is said in a sentence", async () => {
  const page = await newPage(browser);
  for (const [address, sentence] of [
    ["?open=https://example.com/x.py", /not a file of this site/],
    ["?open=t/none.py", /answered 404/],
    ["?open=notebooks/index.json", /index\.json.*holds no notebook/],
    ["?open=icon-192.png", /not a notebook file/],
    ["?n=nobody", /no such notebook/],
  ]) {
    await page.goto(served.url + address);
    assert.match(await page.locator('[role="alert"]').textContent(), sentence);
  }
  await page.close();
});
