// Status tells its story: why each cell ran, waits or did not run, and what the flight recorder shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, settle, site, starting, waitFor, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "t/story.py": percent(
      "import rivulet as rv\nn = rv.slider(0, 200, label='How many')\nn",
      "double = n.value * 2\nprint('double', double)",
      "print('last', double)",
      "other = 1 / 0",
      "print(other)",
      "alone = 3",
    ),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const why = (page, number) => cell(page, number).getByRole("button", { name: "Why this status" });
const card = (page, number) => cell(page, number).locator('[data-part="story"]');
const slider = (page) => cell(page, 1).getByRole("slider", { name: "How many" });

/** Opens a cell's card by the keyboard, reads its sentences, and closes it. */
async function told(page, number) {
  await why(page, number).focus();
  await card(page, number).waitFor();
  const sentences = await card(page, number).locator("p").allTextContents();
  await page.keyboard.press("Escape");
  await card(page, number).waitFor({ state: "detached" });
  return sentences;
}

test("a card on each status tells why the cell ran, waits or did not run, by pointer, keyboard and tap", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/story.py");
  assert.equal((await told(page, 1))[0], "It has not run.");
  await runAll(page);
  await settle(page);
  await slider(page).focus();
  await starting(page, () => page.keyboard.press("ArrowRight"));
  await settle(page);

  // The pointer opens it, and may go onto it; Escape closes it, and the keyboard stays where it is.
  await slider(page).focus();
  await why(page, 3).hover();
  await card(page, 3).waitFor();
  await card(page, 3).hover();
  const [status, reason, took] = await card(page, 3).locator("p").allTextContents();
  assert.match(status, /^It ran to its end in (under )?\d+ ms\.$/);
  assert.equal(reason, "It ran because you moved n to 1, which cell 2 reads as n, and this cell reads double from cell 2.");
  assert.match(took, /^Last runs: .* ms, .* ms$/);
  await page.mouse.move(5, 5);
  await card(page, 3).waitFor({ state: "detached" });
  await why(page, 3).focus();
  await card(page, 3).waitFor();
  assert.equal(await why(page, 3).getAttribute("aria-describedby"), await card(page, 3).getAttribute("id"));
  await page.keyboard.press("Escape");
  await card(page, 3).waitFor({ state: "detached" });
  assert.equal(await why(page, 3).evaluate((button) => button === document.activeElement), true);
  // Pressed, it stays until it is pressed again.
  await page.keyboard.press("Enter");
  await card(page, 3).waitFor();
  await page.keyboard.press("Enter");
  await card(page, 3).waitFor({ state: "detached" });

  assert.deepEqual((await told(page, 1)).slice(1, 3), ["It ran because you ran all cells.", "It did not run when you moved n to 1: it reads nothing that this has moved."]);
  assert.deepEqual((await told(page, 5)).slice(0, 2), ["It cannot run: it depends on cell 4, which failed.", "Once that one succeeds, this one runs, too."]);
  assert.equal((await told(page, 4))[0], "It ended with ZeroDivisionError.");
  await write(page, 6, "alone = 4");
  await page.waitForSelector('article[data-stale="true"]');
  assert.deepEqual((await told(page, 6)).slice(2, 4), ["Its code was changed since.", "Typing runs nothing. Run it to bring it up to date."]);

  // What runs, and what waits for it.
  await write(page, 6, "import time\ntime.sleep(600)\nalone = 4");
  await write(page, 5, "print(alone)");
  await runCell(page, 6);
  await waitFor(page, 6, "running");
  assert.equal((await told(page, 6))[1], "It runs because you ran it.");
  assert.deepEqual((await told(page, 5)).slice(0, 2), [
    "It waits for cell 6, which makes alone and runs now.",
    "It will run because you ran cell 6, and this cell reads alone from cell 6.",
  ]);
  await page.getByRole("button", { name: "Stop" }).click();
  await waitFor(page, 6, "error");
  assert.equal((await told(page, 6))[0], "It was stopped.");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("on a phone a tap on the status opens its card, which fits the screen, and another closes it", async () => {
  const page = await newPage(browser, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await open(page, served, "t/story.py");
  await why(page, 2).tap();
  await card(page, 2).waitFor();
  const { x, width } = await card(page, 2).boundingBox();
  assert.ok(x >= 0 && x + width <= 360, `from ${x}, ${width} wide`);
  const { height } = await why(page, 2).boundingBox();
  assert.ok(height >= 24, `${height} pixels high`);
  await why(page, 2).tap();
  await card(page, 2).waitFor({ state: "detached" });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
