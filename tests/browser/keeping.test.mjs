// Nothing typed is lost: what was edited is there after a reload, a closed tab, a killed browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { browserPath } from "../../setup/browser.mjs";
import { ARGUMENTS, cell, holdsRecords, launch, newPage, open, percent, runAll, runCell, saved, settle, site, statuses, waitFor, write } from "./harness.mjs";

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

test("home lets go of the store when it is left, and lists anew when it comes back by the Back button", async () => {
  const context = await browser.newContext();
  const home = await newPage(browser, { context });
  await home.addInitScript(() => {
    // A list whose reading never ends by itself, from the moment that it is asked for.
    const real = IDBDatabase.prototype.transaction;
    globalThis.open = new Set();
    IDBDatabase.prototype.transaction = function (...values) {
      const transaction = real.apply(this, values);
      if (this.name !== "rivulet" || !globalThis.isEndless) return transaction;
      const read = () => {
        transaction.objectStore("notebooks").count().onsuccess = read;
      };
      read();
      globalThis.open.add(transaction);
      transaction.onabort = () => globalThis.open.delete(transaction);
      return transaction;
    };
    globalThis.comeBack = () => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await home.goto(served.url);
  await home.getByText("Notebooks that you write are kept here.").waitFor();
  await home.evaluate(() => {
    globalThis.isEndless = true;
    globalThis.comeBack();
  });
  await home.waitForFunction(() => globalThis.open.size > 0);
  await home.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  // Somebody who waits for the store gets it.
  const other = await newPage(browser, { context });
  await other.goto(`${served.url}?new`);
  await write(other, 1, "a = 1");
  await other.waitForFunction(() => location.search.startsWith("?n="));
  await saved(other);
  await home.evaluate(() => {
    globalThis.isEndless = false;
    globalThis.comeBack();
  });
  await home.getByRole("link", { name: "Untitled" }).waitFor();
  assert.equal(await home.getByRole("alert").count(), 0);
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

// The key of the notebook that a page shows.
const keyOf = (page) => new URL(page.url()).searchParams.get("n");

/** Changes records in a page: `act` gets the object stores by name, and `given`. */
const inStore = (page, database, stores, act, given = null) =>
  page.evaluate(`(async () => {
    const open = indexedDB.open(${JSON.stringify(database)});
    const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
    const names = ${JSON.stringify(stores)};
    const transaction = database.transaction(names, "readwrite");
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    (${act})(stores, ${JSON.stringify(given)});
    await new Promise((done) => (transaction.oncomplete = done));
    database.close();
  })()`);

/** A new notebook with one stored cell; returns its key. */
async function newNotebook(page, text) {
  await page.goto(`${served.url}?new`);
  await write(page, 1, text);
  await saved(page);
  return keyOf(page);
}

test("a notebook whose record is missing is listed, and opens as its newest version with every edit after it", async () => {
  const context = await browser.newContext();
  const page = await newPage(browser, { context });
  const key = await newNotebook(page, "a = 1");
  await holdsRecords(page, "rivulet-history", "versions", 1);
  await write(page, 1, "a = 2");
  await saved(page);
  await page.goto(served.url);
  await inStore(page, "rivulet", ["notebooks"], ({ notebooks }) => notebooks.clear());
  await page.reload();
  await page.locator('section[aria-labelledby="yours"]').getByRole("link", { name: /Untitled/ }).click();
  await page.waitForSelector("article[data-cell]");
  assert.equal(keyOf(page), key);
  assert.match(await page.locator(".toast").textContent(), /record is damaged.*newest version/);
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /a = 2/);
  // The next edit stores it whole: it is said once.
  await write(page, 1, "a = 3");
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /a = 3/);
  assert.equal(await page.locator(".toast").count(), 0);
  await context.close();
});

test("records of another type, with keys or content of hostile names, cost nothing but themselves", async () => {
  const context = await browser.newContext();
  const page = await newPage(browser, { context });
  const key = await newNotebook(page, "a = 1");
  await write(page, 1, "a = 2");
  await saved(page);
  await page.goto(served.url);
  await inStore(page, "rivulet", ["notebooks", "journal"], ({ notebooks, journal }, key) => {
    notebooks.put({ __proto__: null, notebook: 1 }, "__proto__");
    notebooks.put(new Uint8Array(9), "constructor");
    notebooks.put("{}", ["index", key]);
    notebooks.put(7, ["index", "__proto__"]);
    journal.put(new Date(), [key, 9000]);
    journal.put("[".repeat(100_000), [key, 9001]);
    journal.put('{"edit":"delete","cell":1}', [key, 1.5]);
    journal.put('{"edit":"delete","cell":1}', [key, 2, "constructor"]);
  }, key);
  await page.reload();
  const mine = page.locator('section[aria-labelledby="yours"]');
  await mine.getByRole("link", { name: /Untitled/ }).waitFor();
  assert.equal(await mine.getByRole("link", { name: /Damaged notebook/ }).count(), 2);
  await mine.getByRole("link", { name: /Untitled/ }).click();
  await page.waitForSelector("article[data-cell]");
  assert.match(await page.locator(".toast").textContent(), /stored changes .* could not be read/);
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /a = 2/);
  // What cannot be opened can be put away.
  await page.goto(`${served.url}?n=constructor`);
  assert.match(await page.locator('[role="alert"]').textContent(), /record is damaged.*left as it is/);
  await page.goto(served.url);
  for (const left of [1, 0]) {
    const damaged = mine.locator("li", { hasText: "Damaged notebook" });
    await damaged.first().getByRole("button", { name: "Notebook actions" }).click();
    await damaged.first().getByRole("button", { name: "Delete" }).click();
    await page.waitForFunction((left) => document.querySelectorAll('section[aria-labelledby="yours"] li').length === left + 1, left);
  }
  await context.close();
});

test("what was edited last is first on home after a single letter, and home reads no notebook for that", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    globalThis.bytesRead = 0;
    for (const name of ["get", "getAll"]) {
      const original = IDBObjectStore.prototype[name];
      IDBObjectStore.prototype[name] = function (...given) {
        const request = original.apply(this, given);
        request.addEventListener("success", () => (globalThis.bytesRead += JSON.stringify(request.result ?? "").length));
        return request;
      };
    }
  });
  const page = await newPage(browser, { context });
  await newNotebook(page, `first = '${"x".repeat(100_000)}'`);
  const address = page.url();
  await page.getByRole("textbox", { name: "Notebook title" }).fill("First");
  await page.keyboard.press("Tab");
  await saved(page);
  await newNotebook(page, "second = 1");
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  await cell(page, 1).locator(".cm-content").click();
  await page.keyboard.type("1");
  await saved(page);
  await page.goto(served.url);
  const links = page.locator('section[aria-labelledby="yours"] .entry-link strong');
  await links.nth(1).waitFor();
  assert.deepEqual(await links.allTextContents(), ["First", "Untitled"]);
  const read = await page.evaluate(() => globalThis.bytesRead);
  assert.ok(read > 0 && read < 2000, `${read} bytes`);
  // Nor does a version that is taken when a notebook is opened read those before it.
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  await holdsRecords(page, "rivulet-history", "versions", 5);
  const opening = await page.evaluate(() => globalThis.bytesRead);
  assert.ok(opening < 450_000, `the snapshot and two entries, and not the versions: ${opening} bytes`);
  await context.close();
});

test("'Saved' is shown after a save that failed only once that one is made up for too, though a later one succeeds", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const commit = IDBTransaction.prototype.commit;
    IDBTransaction.prototype.commit = function () {
      if (!globalThis.holds || !this.objectStoreNames.contains("journal")) return commit.call(this);
      // Stays open until it is made to fail; what comes after it waits.
      globalThis.holds = false;
      const wait = () => {
        if (globalThis.fails) return this.abort();
        this.objectStore("journal").get(0).onsuccess = wait;
      };
      wait();
    };
  });
  const page = await newPage(browser, { context });
  await newNotebook(page, "a = 1");
  await page.evaluate(() => (globalThis.holds = true));
  const editor = cell(page, 1).locator(".cm-content");
  await editor.click();
  await page.keyboard.press("ControlOrMeta+End");
  const entry = () => page.evaluate(() => globalThis.holds === false);
  await page.keyboard.insertText("2");
  assert.ok(await entry(), "its transaction is held");
  await page.keyboard.insertText("3");
  await page.waitForSelector('[data-saved="Saving"]');
  await page.evaluate(() => (globalThis.fails = true));
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.match(await cell(page, 1).locator('[data-part="editor"]').textContent(), /a = 123/);
  assert.equal(await page.locator(".toast").count(), 0);
  await context.close();
});

for (const quota of [3e6, 10e6]) {
  test(`with ${quota / 1e6} MB in all, outputs go for what is written, then old versions; then it is said, and files are still saved`, async () => {
    const context = await browser.newContext();
    const page = await newPage(browser, { context });
    await page.goto(served.url);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: new URL(served.url).origin, quotaSize: quota });
    // Random, so that it takes the room that it seems to take.
    const fill = (database, store, key, name) =>
      page.evaluate(async ([database, store, key, quota]) => {
        const open = indexedDB.open(database);
        const found = await new Promise((done) => (open.onsuccess = () => done(open.result)));
        for (let at = 1; ; at++) {
          const size = Math.ceil(quota / 30);
          let text = "";
          // Random numbers come in portions.
          while (text.length < size) {
            const bytes = crypto.getRandomValues(new Uint8Array(Math.min(size - text.length, 60_000)));
            text += Array.from(bytes, (byte) => String.fromCharCode(32 + (byte % 90))).join("");
          }
          const transaction = found.transaction(store, "readwrite");
          transaction.objectStore(store).put(text, [key, at]);
          const stored = await new Promise((done) => {
            transaction.oncomplete = () => done(true);
            transaction.onabort = () => done(false);
          });
          if (!stored || at > 100) return found.close(), at - 1;
        }
      }, [database, store, key, quota]);
    const count = (database, store) =>
      page.evaluate(async ([database, store]) => {
        const open = indexedDB.open(database);
        const found = await new Promise((done) => (open.onsuccess = () => done(open.result)));
        const asked = found.transaction(store).objectStore(store).count();
        const result = await new Promise((done) => (asked.onsuccess = () => done(asked.result)));
        found.close();
        return result;
      }, [database, store]);
    await page.locator("text=Notebooks that you write are kept here.").waitFor();
    const text = (share) => page.evaluate((size) => {
      const bytes = crypto.getRandomValues(new Uint8Array(Math.min(size, 60_000)));
      const piece = Array.from(bytes, (byte) => byte.toString(36)).join("");
      return `# ${piece.repeat(Math.ceil(size / piece.length)).slice(0, size)}`;
    }, quota * share);
    const outputs = await fill("rivulet-outputs", "outputs", "other");
    assert.ok(outputs > 5 && outputs < 60, `${outputs} outputs fill it`);
    await newNotebook(page, await text(0.1));
    const left = await count("rivulet-outputs", "outputs");
    assert.ok(left < outputs, `${left} of ${outputs} outputs are left`);
    // Now versions take the room that is left.
    const versions = await fill("rivulet-history", "versions", "other");
    assert.ok(versions > 1);
    await write(page, 1, await text(0.12));
    await saved(page);
    await page.reload();
    await page.waitForSelector("article[data-cell]");
    assert.equal(await page.locator(".toast").count(), 0);
    // What must not go takes all the room.
    await fill("rivulet-history", "broken", "other");
    await write(page, 1, await text(1.2));
    await page.waitForSelector('[data-saved="Not saved"]');
    const trouble = page.locator('[data-trouble="saved"]');
    assert.match(await trouble.textContent(), /no room left/);
    const download = page.waitForEvent("download");
    await trouble.getByRole("button", { name: "Save a copy (.ipynb)" }).click();
    assert.match((await download).suggestedFilename(), /\.ipynb$/);
    // A shorter one is stored again.
    await write(page, 1, "short = 1");
    await saved(page);
    await context.close();
  });
}

test("a copy of everything, taken into another browser, holds the same sources", async () => {
  const texts = ["a = 1\n\nb = '\\u00e9 \u{1f600} __proto__'", "# %% not a cell\nc = 2\n"];
  const from = await browser.newContext();
  const page = await newPage(browser, { context: from });
  for (const text of texts) await newNotebook(page, text);
  await page.goto(served.url);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save a copy of everything" }).click();
  const file = await (await download).path();
  const to = await browser.newContext();
  const other = await newPage(browser, { context: to });
  await other.goto(served.url);
  const archive = join(mkdtempSync(join(tmpdir(), "rivulet-")), "all.zip");
  copyFileSync(file, archive);
  await other.getByLabel("Notebook files").setInputFiles(archive);
  const links = other.locator('section[aria-labelledby="yours"] a');
  await links.nth(1).waitFor();
  const found = [];
  for (const link of await links.all()) found.push(new URL(await link.getAttribute("href"), served.url).href);
  const sources = [];
  for (const address of found) {
    await other.goto(address);
    await other.waitForSelector("article[data-cell]");
    const lines = await cell(other, 1).locator(".cm-line, .code-line, [data-part=editor] .line").allTextContents();
    sources.push(lines.join("\n"));
  }
  assert.deepEqual(sources.sort(), [...texts].sort());
  await from.close();
  await to.close();
});

for (const way of ["Undo", "Put back"]) {
  test(`a deleted cell that comes back by ${way} does not show its result as current when what it reads has changed`, async () => {
    const context = await browser.newContext();
    const page = await newPage(browser, { context });
    await open(page, served, "t/two.py");
    await runAll(page);
    await settle(page);
    await cell(page, 2).getByRole("button", { name: "Cell actions" }).click();
    await cell(page, 2).getByRole("button", { name: "Delete cell" }).click();
    await write(page, 1, "a = 10");
    await runCell(page, 1);
    await settle(page);
    if (way === "Undo") {
      await page.getByRole("button", { name: "Undo" }).click();
    } else {
      await page.getByRole("button", { name: "Notebook actions" }).click();
      await page.getByRole("button", { name: "History", exact: true }).click();
      await page.getByRole("button", { name: "Put back" }).click();
    }
    await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 2);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const article = cell(page, 2);
    const shows = await article.locator('[data-part="output"]').allTextContents();
    const isStale = (await article.getAttribute("data-stale")) === "true";
    assert.ok(isStale || shows.join("") === "", `${shows} is shown as current`);
    await runCell(page, 2);
    await settle(page);
    assert.match(await article.locator('[data-part="output"]').last().textContent(), /11/);
    await context.close();
  });
}

test("the outputs of a deleted cell go", async () => {
  const context = await browser.newContext();
  const page = await newPage(browser, { context });
  await open(page, served, "t/two.py");
  await write(page, 1, "a = 41");
  await runAll(page);
  await settle(page);
  await saved(page);
  // Each with its line in the index.
  await holdsRecords(page, "rivulet-outputs", "outputs", 4);
  await cell(page, 2).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, 2).getByRole("button", { name: "Delete cell" }).click();
  await holdsRecords(page, "rivulet-outputs", "outputs", 2);
  await context.close();
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
