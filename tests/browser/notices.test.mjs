// The notice at the foot of the page: it takes back what it says, and leaves by itself. The page's
// clock is the test's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, site, source, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({ "t/three.py": percent("a = 1", "b = 2", "c = 3"), "t/rename.py": percent("price = 4", "print(price)") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const act = async (page, number, name) => {
  await cell(page, number).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, number).getByRole("button", { name }).click();
};
const cells = (page) => page.$$eval("article[data-cell]", (all) => all.map((one) => one.dataset.cell));
const toast = (page) => page.locator(".toast");
const undo = (page) => toast(page).getByRole("button", { name: "Undo" });

test("the notice of a deletion brings that cell back, and leaves what was done after it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/three.py");
  await act(page, 2, "Delete cell");
  await act(page, 1, "Move down");
  assert.deepEqual(await cells(page), ["c3", "c1"]);
  await undo(page).click();
  assert.deepEqual(await cells(page), ["c3", "c2", "c1"]);
  assert.equal(await toast(page).count(), 0);
  // The move can still be taken back.
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "Undo last change of cells" }).click();
  assert.deepEqual(await cells(page), ["c1", "c3", "c2"]);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a notice whose cell is there again says so, and changes nothing", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/three.py");
  await act(page, 2, "Delete cell");
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: "Put back" }).click();
  assert.deepEqual(await cells(page), ["c1", "c2", "c3"]);
  await undo(page).click();
  assert.match(await toast(page).textContent(), /changed again meanwhile/);
  assert.deepEqual(await cells(page), ["c1", "c2", "c3"]);
  await page.context().close();
});

test("the notice of a renaming does not take back what was typed since", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/rename.py");
  await write(page, 1, "price = 5");
  await page.keyboard.press("Home");
  await page.keyboard.press("F2");
  await page.getByRole("dialog").getByRole("textbox").fill("cost");
  await page.keyboard.press("Enter");
  await undo(page).waitFor();
  assert.match(await source(page, 2), /print\(cost\)/);
  await write(page, 2, "print(cost, 'more')");
  await undo(page).click();
  assert.match(await toast(page).textContent(), /changed again meanwhile/);
  assert.match(await source(page, 2), /print\(cost, 'more'\)/);
  await page.context().close();
});

test("notices leave by themselves, but not under a pointer or the keyboard; warnings stay", async () => {
  const page = await newPage(browser);
  await page.clock.install();
  await open(page, served, "t/three.py");
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
  const passes = (seconds) => page.clock.runFor(seconds * 1000);
  const isShown = async () => (await toast(page).count()) === 1;
  await act(page, 2, "Delete cell");
  await passes(19);
  assert.ok(await isShown());
  await passes(2);
  assert.ok(!(await isShown()), "after twenty seconds");
  await act(page, 2, "Delete cell");
  await toast(page).hover();
  await passes(60);
  assert.ok(await isShown(), "under a pointer");
  await page.mouse.move(5, 400);
  await undo(page).focus();
  await passes(60);
  assert.ok(await isShown(), "under the keyboard");
  await toast(page).getByRole("button", { name: "Dismiss" }).click();
  assert.ok(!(await isShown()));
  // Nothing to take back: a note.
  await page.mouse.move(5, 400);
  for (let times = 0; times < 3; times += 1) {
    await page.getByRole("button", { name: "Notebook actions" }).click();
    await page.getByRole("button", { name: "Undo last change of cells" }).click();
  }
  assert.match(await toast(page).textContent(), /nothing to take back/);
  await page.mouse.move(5, 400);
  await passes(7);
  assert.ok(await isShown());
  await passes(2);
  assert.ok(!(await isShown()), "after eight seconds");
  await page.context().close();
});
