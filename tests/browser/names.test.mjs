// What the page knows of names: chips that lead to the other end, hints while typing, the graph drawn.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  cell, launch, newPage, open, percent, runAll, runCell, settle, site, source, statuses, waitFor, write,
} from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "t/names.py": percent("price = 4", "import time\ntime.sleep(0.4)\ntotal = price * 2", "print(total)"),
    "t/own.py": percent(
      "for i in range(3): print(i, end=' ')\ndef later(): return f'from 1: {i}'",
      "i = 1\n_i = 10\nprint(0, _i)", "print(later())", "print(i)"),
    "t/rebind.py": percent("x = 4", "x += 1\nprint(x)"),
    "t/cycle.py": percent("a = c", "b = a", "c = b"),
    "t/star.py": percent("from math import *", "print(f'{pi:.1f}')"),
    "t/values.py": percent("words = ['a', 'b', 'c']\nimport math", "number = 42", ""),
    "t/wide.py": percent("root = 1", ...Array.from({ length: 499 }, (_, at) => `n${at} = ${at % 3 ? `n${at - 1}` : "root"} + 1`)),
  });
  browser = await launch();
});
const printed = (page) => page.$$eval("article[data-cell]", (cells) => cells.map((cell) =>
  [...cell.querySelectorAll('[data-part="output"] pre')].map((pre) => pre.textContent.trim()).join("\n")));
after(async () => {
  await browser?.close();
  await served?.close();
});

test("chips lead from a name to the cell at its other end", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/names.py");
  const focused = () => page.evaluate(() => document.activeElement.dataset.cell);
  await cell(page, 3).getByRole("button", { name: "total" }).click();
  assert.equal(await focused(), "c2");
  await cell(page, 2).getByTitle("Go to the cell that makes price").click();
  assert.equal(await focused(), "c1");
  await cell(page, 1).getByTitle("Go to a cell that reads price").click();
  assert.equal(await focused(), "c2");
  await page.context().close();
});

test("a name that nobody makes is told once typing rests, with what may be meant, and goes when mended", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/names.py");
  await write(page, 3, "prin");
  assert.equal(await cell(page, 3).locator('[data-part="diagnostic"]').count(), 0, "not with every letter");
  await page.keyboard.insertText("t(totla)");
  const hint = cell(page, 3).locator('[data-part="diagnostic"]');
  await hint.waitFor();
  assert.match(await hint.textContent(), /Nothing here makes totla\. Did you mean total\?/);
  assert.equal(await page.evaluate(() => document.activeElement.closest("article")?.dataset.cell), "c3", "the keyboard stays");
  // It is a hint: the cell may be run, and Python says the same.
  await page.keyboard.press("Control+Enter");
  await waitFor(page, 3, "error");
  await write(page, 3, "print(total)");
  await hint.waitFor({ state: "detached" });
  await page.context().close();
});

test("the graph is drawn, shows the states as they are painted, and leads to its cells", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/names.py");
  await page.getByRole("button", { name: "Dependencies" }).click();
  const panel = page.getByRole("complementary", { name: "Dependencies" });
  const nodes = panel.locator(".map-node");
  assert.equal(await nodes.count(), 3);
  const tops = await nodes.evaluateAll((all) => all.map((node) => node.getBoundingClientRect().top));
  assert.ok(tops[0] < tops[1] && tops[1] < tops[2], "parents stand above their children");
  // Looked for in every frame, from before the run on.
  const running = page.waitForFunction(() => document.querySelector('.map-node[data-status="running"]'), undefined, { polling: "raf" });
  await runAll(page);
  await running;
  await settle(page);
  assert.deepEqual(await nodes.evaluateAll((all) => all.map((node) => node.dataset.status)), ["success", "success", "success"]);
  await panel.getByRole("button", { name: /Go to cell 3/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), "c3");
  // It follows an edit.
  await write(page, 3, "print(1)");
  await page.waitForFunction(() => {
    const [, second, third] = [...document.querySelectorAll(".map-node")].map((node) => node.getBoundingClientRect().top);
    return third < second;
  });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("five hundred cells are drawn", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/wide.py");
  await page.getByRole("button", { name: "Dependencies" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".map-node").length === 500);
  await runCell(page, 1);
  await page.locator('.map-node[data-status="success"]').nth(100).waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("names of several cells are each one's own in Python too, and an ambiguous one is settled by a button", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/own.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await printed(page), ["0 1 2", "0 10", "from 1: 2", ""]);
  assert.deepEqual(await statuses(page), ["success", "success", "success", "blocked"]);
  const problem = cell(page, 4).locator('[data-part="diagnostic"]');
  assert.match(await problem.textContent(), /i is made by cells 1 and 2/);
  await problem.getByRole("button", { name: "Use cell 2's" }).click();
  await problem.waitFor({ state: "detached" });
  assert.match(await source(page, 1), /for _i in range\(3\)/);
  await runCell(page, 4);
  await settle(page);
  assert.equal((await printed(page))[3], "1");
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "Undo last change of cells" }).click();
  await problem.waitFor();
  assert.match(await source(page, 1), /for i in range\(3\)/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a cell that rebinds another's name gets a name of its own by a button", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/rebind.py");
  await cell(page, 2).getByRole("button", { name: "Give it a name of its own" }).click();
  await runAll(page);
  await settle(page);
  assert.deepEqual(await printed(page), ["", "5"]);
  assert.match(await source(page, 2), /x_2 = x \+ \(1\)/);
  await page.context().close();
});

test("a cycle is drawn with its path", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/cycle.py");
  const path = cell(page, 1).locator(".cycle");
  assert.equal((await path.textContent()).replaceAll(/\s+/g, " ").trim(), "1a \u21922b \u21923c \u21921");
  await path.getByRole("button", { name: "Go to cell 3" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), "c3");
  await page.context().close();
});

test("what a star import makes is known after the run, and its readers follow", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/star.py");
  // Hints wait until something is typed or run.
  await write(page, 2, "print(f'{pi:.1f}')  # about");
  await cell(page, 1).locator('[data-part="diagnostic"]').waitFor();
  assert.match(await cell(page, 1).locator('[data-part="diagnostic"]').textContent(), /from math import \* makes is known once this cell has run/);
  await runCell(page, 1);
  await waitFor(page, 2, "success");
  await settle(page);
  assert.equal((await printed(page))[1], "3.1");
  assert.match(await cell(page, 1).locator('[data-part="diagnostic"]').textContent(), /This run also made .* which other cells may read/);
  assert.equal(await cell(page, 2).getAttribute("data-references"), "pi");
  // The second time it is the same.
  await runCell(page, 1);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success"]);
  assert.equal((await printed(page))[1], "3.1");
  await page.context().close();
});

test("a name lights up in every cell, leads to where it is made, and is renamed in all of them", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/names.py");
  const word = (number, text) => cell(page, number).locator(".cm-line").getByText(text, { exact: true }).first();
  await cell(page, 2).locator(".cm-content").click();
  // Onto the name by the keyboard.
  await page.keyboard.press("ControlOrMeta+End");
  for (const _ of "price * 2") await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector('article[data-cell="c1"] .cm-name-definition');
  assert.equal(await cell(page, 1).locator(".cm-name-definition").textContent(), "price");
  assert.equal(await cell(page, 2).locator(".cm-name-use").textContent(), "price");
  await page.keyboard.press("F12");
  await page.waitForFunction(() => document.activeElement.closest("article")?.dataset.cell === "c1");
  assert.equal(await page.evaluate(() => getSelection().toString()), "price");
  await page.keyboard.press("F2");
  const dialog = page.getByRole("dialog", { name: "Rename" });
  await dialog.getByLabel("New name").fill("total");
  await dialog.getByRole("button", { name: "Rename" }).click();
  assert.match(await dialog.getByRole("alert").textContent(), /Other cells use total already/);
  await dialog.getByLabel("New name").fill("cost");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.match(await source(page, 1), /cost = 4/);
  assert.match(await source(page, 2), /total = cost \* 2/);
  // One undo takes all of it back, also by the keyboard in an editor.
  await cell(page, 1).locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+z");
  await page.waitForFunction(() => /price = 4/.test(document.querySelector('article[data-cell="c1"]').textContent));
  assert.match(await source(page, 2), /total = price \* 2/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the variables panel tells what Python has, and follows", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/values.py");
  await page.getByRole("button", { name: "Variables" }).click();
  const panel = page.getByRole("complementary", { name: "Variables" });
  assert.match(await panel.textContent(), /There is nothing in Python yet/);
  await runAll(page);
  await settle(page);
  const row = (name) => panel.locator(`tr[data-variable="${name}"]`);
  await row("words").waitFor();
  const texts = async (name) => row(name).locator("th, td").allTextContents();
  assert.deepEqual((await texts("words")).map((text) => text.trim()), ["words", "list 3 items", "['a', 'b', 'c']", "1"]);
  assert.match((await texts("number"))[2], /^42$/);
  await write(page, 2, "number = 43");
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => document.querySelector('tr[data-variable="number"] .value')?.textContent === "43");
  await row("words").getByRole("button", { name: "Go to cell 1" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), "c1");
  await page.context().close();
});

test("completion knows the notebook's names at once and what Python has once it is idle; help comes on hovering", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/values.py");
  await write(page, 3, "num");
  const popup = page.locator(".cm-tooltip-autocomplete");
  await popup.getByText("number").first().waitFor();
  await page.keyboard.press("Escape");
  await runCell(page, 1);
  await settle(page);
  await write(page, 3, "words");
  await page.keyboard.type(".app");
  await popup.getByText("append").first().waitFor();
  // A list that has just opened takes no key for a moment.
  while ((await popup.count()) > 0) await page.keyboard.press("Tab");
  assert.match(await source(page, 3), /words\.append/);
  await write(page, 3, "len(words)");
  await page.keyboard.press("Home");
  await page.keyboard.press("ControlOrMeta+i");
  const help = page.locator(".cm-help, .cm-tooltip").filter({ hasText: "Return the number of items" });
  await help.first().waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
