// What is said of a cell that is wrong: once, under the right letters, and not before anybody works.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runCell, settle, site, waitFor, write } from "./harness.mjs";

const IMPORTED = JSON.stringify({
  nbformat: 4, nbformat_minor: 5, metadata: {},
  cells: ["x = helper(1)\n_own = 1", "display(x, missing, _own)", "print(missing, 'end')"].map((source, at) => ({
    id: `i${at}`, cell_type: "code", source, metadata: {}, execution_count: 1,
    outputs: [{ output_type: "stream", name: "stdout", text: "saved\n" }],
  })),
});

let served, browser;
before(async () => {
  served = await site({
    "t/imported.ipynb": IMPORTED,
    "t/rebind.py": percent("x = 4", "y = 1\nx += 1\nprint(x)"),
    "t/one.py": percent("a = 1"),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const problems = (page, number) => cell(page, number).locator('[data-part="diagnostic"]');
const marked = (page, number) => cell(page, number).locator(".cm-problem").allTextContents();
const editorOf = async (page, number) => {
  await cell(page, number).scrollIntoViewIfNeeded();
  await cell(page, number).locator(".cm-content").click();
};

test("an imported notebook is left in peace until something is run or typed", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/imported.ipynb");
  await page.waitForFunction(() => document.querySelectorAll(".cm-content").length === 3);
  assert.equal(await page.locator('[data-part="diagnostic"]').count(), 0);
  assert.equal(await page.locator(".cm-problem").count(), 0);
  await editorOf(page, 3);
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" ");
  await problems(page, 3).waitFor();
  assert.match(await problems(page, 3).textContent(), /Nothing here makes missing/);
  assert.match(await problems(page, 1).textContent(), /Nothing here makes helper/);
  await page.context().close();
});

test("while a text does not parse, nothing is marked under wrong letters, and the error is said once", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/rebind.py");
  await editorOf(page, 2);
  await page.waitForFunction(() => document.querySelectorAll("article")[1].querySelector(".cm-problem"));
  assert.deepEqual(await marked(page, 2), ["x"]);
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("long_name = (");
  await problems(page, 2).getByText("does not parse").waitFor();
  assert.equal((await marked(page, 2)).length, 1, "only the place of the error");
  const times = await page.evaluate(() => {
    const article = document.querySelectorAll("article")[1];
    const titles = [...article.querySelectorAll("[title]")].map((one) => one.title);
    return [article.innerText, ...titles].join("\n").split("does not parse").length - 1;
  });
  assert.equal(times, 1);
  // What cannot be mended now says why.
  await problems(page, 2).getByRole("button", { name: "Give it a name of its own" }).click();
  await page.locator(".toast").getByText("does not parse yet").waitFor();
  await page.context().close();
});

test("once Python has said that a text does not parse, nobody else says it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/one.py");
  await write(page, 1, "a = = 1");
  await problems(page, 1).getByText("does not parse").waitFor();
  await runCell(page, 1);
  await waitFor(page, 1, "error");
  await settle(page);
  assert.match(await cell(page, 1).locator('[data-part="error"]').textContent(), /SyntaxError/);
  assert.equal(await problems(page, 1).count(), 0);
  assert.equal(await cell(page, 1).locator(".cm-problem").count(), 1, "its place is marked still");
  await editorOf(page, 1);
  await page.keyboard.press("End");
  await page.keyboard.type("0");
  await problems(page, 1).getByText("does not parse").waitFor();
  await page.context().close();
});
