// What the page knows of names: chips that lead to the other end, hints while typing, the graph drawn.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, settle, site, waitFor, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "t/names.py": percent("price = 4", "import time\ntime.sleep(0.4)\ntotal = price * 2", "print(total)"),
    "t/wide.py": percent("root = 1", ...Array.from({ length: 499 }, (_, at) => `n${at} = ${at % 3 ? `n${at - 1}` : "root"} + 1`)),
  });
  browser = await launch();
});
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
  assert.match(await hint.textContent(), /Nothing here makes `totla`\. Did you mean `total`\?/);
  assert.equal(await page.evaluate(() => document.activeElement.closest("article")?.dataset.cell), "c3", "the keyboard stays");
  // It is a hint: the cell may be run, and Python says the same.
  await page.keyboard.press("Control+Enter");
  await waitFor(page, 3, "error", 30_000);
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
