// A notebook in a link and in files: what one person shows, another one gets, and nothing runs or is
// overwritten by opening it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import jsQR from "jsqr";
import { PNG } from "pngjs";
import { cell, launch, newPage, open, percent, runAll, saved, settle, site, source, statuses, waitFor, write } from "./harness.mjs";

const ipynb = JSON.stringify({
  nbformat: 4, nbformat_minor: 5, metadata: { course: "physics" },
  cells: [
    { id: "one", cell_type: "code", metadata: {}, execution_count: 1, source: ["v = 20"], outputs: [] },
    { id: "two", cell_type: "code", metadata: { kept: true }, execution_count: 2, source: ["%matplotlib inline\n", "v + 2"],
      outputs: [{ output_type: "execute_result", execution_count: 2, metadata: {}, data: { "text/plain": ["22"], "text/html": ["<b onclick=alert(1)>twenty-two</b>"] } }] },
  ],
});

let served, browser;
before(async () => {
  served = await site({
    "t/small.py": `# rivulet: title=Small\n${percent("a = 1", "b = a + 1\nb")}`,
    "t/results.ipynb": ipynb,
    "t/lesson.md": "# Lesson\n\nRead this.\n\n```python\nq = 6 * 7\nq\n```\n",
    "t/eager.py": `# rivulet: title=Eager\n# rivulet: python=at once\n${percent("e = 1")}`,
    "t/broken.ipynb": "{ not json",
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const menu = async (page, name) => {
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name, exact: true }).click();
};

async function linkOf(page) {
  await page.getByRole("button", { name: "Share" }).click();
  const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await page.keyboard.press("Escape");
  return link;
}

async function visit(page, address) {
  await page.goto("about:blank");
  await page.goto(address);
}

test("a link opens as a preview; the first change makes a copy, and the original stays", async () => {
  const author = await newPage(browser);
  await open(author, served, "t/small.py");
  const link = await linkOf(author);
  await author.context().close();

  const page = await newPage(browser);
  await visit(page, link);
  await page.waitForSelector("article[data-cell]");
  assert.doesNotMatch(page.url(), /#/, "the notebook is not in the address any more");
  assert.equal(await page.inputValue('[aria-label="Notebook title"]'), "Small");
  assert.deepEqual(await statuses(page), ["idle", "idle"]);
  assert.equal(await page.getAttribute("main", "data-kernel"), "off", "nothing runs by itself");
  assert.ok(await page.locator('[data-notice="preview"]').isVisible());
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 1/, "a reload shows it again");
  await write(page, 1, "a = 5");
  await saved(page);
  const mine = page.url();
  assert.match(mine, /\?n=/);

  // The same link again: the original, and the way to the copy.
  await visit(page, link);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 1/);
  await page.getByRole("link", { name: /Open my copy/ }).click();
  await page.waitForURL(mine);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 5/);

  // What did I change? And back.
  await menu(page, "History");
  await page.getByRole("button", { name: /The original/ }).click();
  const changes = await page.locator('[data-part="changes"]').textContent();
  assert.match(changes, /- a = 1/);
  assert.match(changes, /\+ a = 5/);
  await page.keyboard.press("Escape");
  await cell(page, 1).getByRole("button", { name: "Cell actions" }).click();
  await page.getByRole("button", { name: "Reset to the original" }).click();
  await page.waitForFunction(() => document.querySelector('[data-part="editor"]').textContent.includes("a = 1"));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a link that was pasted over an open page opens too, and a damaged one says what is wrong", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/small.py");
  const link = await linkOf(page);
  await page.goto(served.url);
  await page.waitForSelector("main.start");
  // Only the fragment changes.
  await page.evaluate((fragment) => (location.hash = fragment), new URL(link).hash);
  await page.waitForSelector("article[data-cell]");
  for (const [fragment, words] of [
    [new URL(link).hash.slice(0, -20), /cut off: \d+ of its \d+ characters are here, 20 are missing/],
    [new URL(link).hash.replace(/.$/, (last) => (last === "A" ? "B" : "A")), /damaged/],
    ["#v9.AAAA", /version 9/],
    ["#top", /not a notebook/],
  ]) {
    await visit(page, served.url + fragment);
    assert.match(await page.getByRole("alert").textContent(), words);
    assert.ok(await page.getByRole("link", { name: "All notebooks" }).isVisible());
  }
  await page.context().close();
});

test("the QR code holds the same notebook", async () => {
  const page = await newPage(browser, { viewport: { width: 1000, height: 1400 } });
  await open(page, served, "t/small.py");
  await page.getByRole("button", { name: "Share" }).click();
  const picture = PNG.sync.read(await page.getByRole("img", { name: "QR code of the link" }).screenshot());
  const code = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  assert.ok(code, "the code can be read");
  await visit(page, code.data);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 2), /b = a \+ 1/);
  const lights = await page.locator(".light").count();
  assert.equal(lights, 0, "the dialog is closed");
  await page.context().close();
});

test("a Jupyter notebook of the site shows its results before Python, and goes out as it came", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/results.ipynb");
  assert.deepEqual(await statuses(page), ["success", "success"]);
  assert.equal(await page.getAttribute("main", "data-kernel"), "off");
  await page.waitForFunction(() => document.querySelector(".rich b")?.textContent === "twenty-two");
  assert.equal(await page.locator(".rich b").getAttribute("onclick"), null);
  const download = page.waitForEvent("download");
  await menu(page, "Save as .ipynb");
  const file = JSON.parse(readFileSync(await (await download).path(), "utf8"));
  const before = JSON.parse(ipynb);
  assert.deepEqual(file.cells, before.cells);
  assert.equal(file.metadata.course, "physics");
  // A run restores what it needs, and replaces the old result.
  await cell(page, 2).getByRole("button", { name: "Run cell" }).click();
  await waitFor(page, 1, "success");
  await settle(page);
  assert.match(await cell(page, 2).locator('[data-part="output"]').textContent(), /22/);
  assert.doesNotMatch(await cell(page, 2).locator('[data-part="status"]').textContent(), /from before/);
  await page.context().close();
});

test("Markdown opens as text and code; a broken file says so and nothing else opens", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/lesson.md");
  assert.equal(await page.inputValue('[aria-label="Notebook title"]'), "Lesson");
  assert.equal(await page.locator('article[data-kind="markdown"]').count(), 1);
  await page.goto(`${served.url}?open=t/broken.ipynb`);
  assert.match(await page.getByRole("alert").textContent(), /broken\.ipynb.*cannot be opened.*not JSON/);
  await page.goto(`${served.url}?open=https://example.org/x.py`);
  assert.match(await page.getByRole("alert").textContent(), /not a file of this site/);
  await page.context().close();
});

test("a notebook can say that Python starts with it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/eager.py");
  await page.waitForSelector('main[data-kernel="idle"]');
  assert.deepEqual(await statuses(page), ["idle"], "and still nothing runs by itself");
  await page.context().close();
});

test("a saved web page reads without script and opens again, and all notebooks go through one archive", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/small.py");
  await write(page, 1, "a = 40 + 1");
  await runAll(page);
  await settle(page);
  await saved(page);
  const download = page.waitForEvent("download");
  await menu(page, "Save as .html");
  const html = readFileSync(await (await download).path());
  const reader = await browser.newContext({ javaScriptEnabled: false });
  const plain = await reader.newPage();
  await plain.setContent(html.toString("utf8"));
  const text = await plain.locator("main").innerText();
  assert.match(text, /a = 40 \+ 1/);
  assert.match(text, /42/);
  assert.match(await plain.getByRole("link", { name: "Open live" }).getAttribute("href"), /#v1\./);
  await reader.close();

  await page.goto(served.url);
  const files = page.getByLabel("Notebook files");
  await files.setInputFiles({ name: "back.html", mimeType: "text/html", buffer: html });
  await page.waitForURL(/\?n=/);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 40 \+ 1/);
  assert.match(await cell(page, 2).locator('[data-part="output"]').textContent(), /42/);

  await page.goto(served.url);
  const archive = page.waitForEvent("download");
  await page.getByRole("button", { name: /Save a copy of everything/ }).click();
  const zip = readFileSync(await (await archive).path());
  await page.context().close();

  const other = await newPage(browser);
  await other.goto(served.url);
  await other.getByLabel("Notebook files").setInputFiles([
    { name: "all.zip", mimeType: "application/zip", buffer: zip },
    { name: "odd.ipynb", mimeType: "application/json", buffer: Buffer.from("[]") },
    { name: "cut.zip", mimeType: "application/zip", buffer: zip.subarray(0, 100) },
  ]);
  await other.getByText("2 notebooks were added.").waitFor();
  assert.equal(await other.locator('section[aria-labelledby="yours"] .entry').count(), 2);
  const trouble = await other.getByRole("alert").textContent();
  assert.match(trouble, /odd\.ipynb/);
  assert.match(trouble, /cut\.zip.*not a whole \.zip file/);
  assert.deepEqual(other.troubles, []);
  await other.context().close();
});

test("deleted cells and notebooks come back, also after a reload, and earlier versions are restored", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/small.py");
  await write(page, 1, "a = 7");
  await saved(page);
  await cell(page, 2).getByRole("button", { name: "Cell actions" }).click();
  await page.getByRole("button", { name: "Delete cell" }).click();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 1);
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await menu(page, "Undo last change of cells");
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 2);
  assert.match(await source(page, 2), /b = a \+ 1/);
  await saved(page);

  // The version that was taken when the page was opened has one cell.
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await menu(page, "History");
  await page.getByRole("button", { name: /when it was opened/ }).last().click();
  assert.match(await page.locator('[data-part="changes"]').textContent(), /Added since/);
  await page.getByRole("button", { name: "Restore this version" }).click();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 1);
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 2);
  await saved(page);
  const address = page.url();

  await page.goto(served.url);
  const yours = page.locator('section[aria-labelledby="yours"]');
  await yours.getByRole("button", { name: "Notebook actions" }).click();
  await yours.getByRole("button", { name: "Delete" }).click();
  await page.getByText("is in the bin.").waitFor();
  await page.reload();
  const bin = page.locator('section[aria-labelledby="bin"]');
  await bin.getByRole("button", { name: "Restore" }).click();
  await yours.locator(".entry").waitFor();
  await yours.getByRole("button", { name: "Notebook actions" }).click();
  await yours.getByRole("button", { name: "Delete" }).click();
  await bin.getByRole("button", { name: "Delete for good" }).click();
  await bin.waitFor({ state: "detached" });
  await page.goto(address);
  assert.match(await page.getByRole("alert").textContent(), /no such notebook/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
