// Outputs of every kind that are too much: the page stays free, Stop is heard, and what is shown is
// built slice by slice, with a fold where it is too large.
//
// How free the page is: its longest turn, and the longest time between two of its frames. A machine under
// load has long ones by itself: so each flood is compared with a cell that prints now and then.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CALM, ENDING, ENDLESS, HTML, built, frames, longest, watchedPage } from "./floods.mjs";
import { cell, holdsRecords, launch, open, percent, runCell, saved, settle, site, waitFor, write } from "./harness.mjs";

/** The longest time that the page may be busy, in milliseconds, where the machine has nothing else to do. */
const GAP = 100;
/** By how much it may be longer than with a cell that prints now and then. */
const SLACK = 3;

let served, browser, calm;
before(async () => {
  const notebook = (floods) => percent(HTML, CALM, ...Object.values(floods));
  served = await site({
    "t/ending.py": notebook(ENDING),
    "t/endless.py": notebook(ENDLESS),
    "t/few.py": percent(HTML, CALM, ENDING["ten of them"], ENDING["300 formulas"], ENDING["500 lines of 40 kB"], ENDING["200 pictures"]),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const isTooLong = ({ turn, frame }) => turn > Math.max(GAP, SLACK * calm.turn) || frame > Math.max(2 * GAP, SLACK * calm.frame);

/** What was found of the floods, as text; those that held the page up. */
function check(context, found) {
  const words = ([name, { turn, frame }]) => `${name}: ${turn}, ${frame}`;
  context.diagnostic(`longest turn and time between frames in ms: ${Object.entries({ calm, ...found }).map(words).join("; ")}`);
  assert.deepEqual(Object.entries(found).filter(([, one]) => isTooLong(one)).map(words), []);
}

async function opened(file) {
  const page = await watchedPage(browser);
  await open(page, served, file);
  await runCell(page, 1);
  await settle(page);
  calm = await printing(page);
  return page;
}

/** How free the page is while a cell prints now and then. */
const printing = (page) =>
  longest(page, async () => {
    await runCell(page, 2);
    await settle(page);
  });

/** How free the page is while something is done. What only another program has held up is done again. */
async function free(page, act) {
  for (let left = 2; ; left -= 1) {
    const found = await longest(page, act);
    if (left === 0 || !isTooLong(found)) return found;
    const { turn, frame } = await printing(page);
    calm = { turn: Math.max(calm.turn, turn), frame: Math.max(calm.frame, frame) };
  }
}

/** What is seen of some of them once they are built. */
const SEEN = {
  "a table of 100,000 rows": /^0\n1\n2\n[^]*Here are the first \d+ kB of [\d.]+ MB.\s+Show the rest$/,
  "100,000 values": /^0\n1\n[^]*\n199\n[^]*only 200|^0\n1\n[^]*199\n[^]*200/,
  "300 formulas": /x/,
  "a line of 5 MB": /^x+/,
  "10,000 elements in each other": /./,
  "a drawing of 4 MB": /^This drawing is too large to show here: \d.\d MB of SVG.\s+Download$/,
  "a picture of 20,000 × 20,000 points": /^This picture has 20,000 × 20,000 points/,
  "an exception of 5 MB": /^ValueError: x yx y/,
  "an attribute of 4 MB": /^short$/,
  "an element of 50,000 attributes": /^short$/,
};

test("no flood that ends holds the page up, while it runs and while it is built", async (context) => {
  const page = await opened("t/ending.py");
  const found = {};
  for (const [at, name] of Object.keys(ENDING).entries()) {
    const number = at + 3;
    await cell(page, number).scrollIntoViewIfNeeded();
    found[name] = await free(page, async () => {
      await runCell(page, number);
      await settle(page);
      await built(page);
    });
    if (name === "ten of them") {
      // What is far from the window is not built.
      const tables = cell(page, number).locator(".value");
      const empty = await tables.evaluateAll((values) => values.filter((value) => !value.firstElementChild).length);
      assert.ok((await tables.count()) > 5 && empty > 2, `${empty} of ${await tables.count()} are not built`);
    }
    if (SEEN[name]) assert.match((await cell(page, number).locator('[data-part="output"]').innerText()).trim().replaceAll("\n\n", "\n"), SEEN[name], name);
  }
  check(context, found);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a flood without end is stopped by the button and by the keyboard", async (context) => {
  const page = await opened("t/endless.py");
  const found = {};
  for (const [at, name] of Object.keys(ENDLESS).entries()) {
    const number = at + 3;
    let stopping;
    found[name] = await free(page, async () => {
      // The one before has taken Python with it.
      await runCell(page, 1);
      await settle(page);
      await cell(page, number).scrollIntoViewIfNeeded();
      await runCell(page, number);
      await waitFor(page, number, "running");
      await page.waitForFunction((at) => document.querySelectorAll("article[data-cell]")[at - 1].querySelector('[data-part="output"]').textContent.length > 0, number);
      const stop = page.getByRole("button", { name: /^Stop/ });
      await page.evaluate(() => (globalThis.stoppedAt = performance.now()));
      if (at % 2) await stop.press("Enter");
      else await stop.click();
      await waitFor(page, number, "error");
      stopping = await page.evaluate(() => performance.now() - globalThis.stoppedAt);
      await built(page);
    });
    // The run is seen to be stopped; that the kernel is idle again is tested in kernel.test.mjs.
    assert.ok(stopping < Math.max(2_000, 40 * calm.turn), `${name}: stopped after ${Math.round(stopping)} ms`);
  }
  check(context, found);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what is stored opens again without holding the page up, in this tab, in one that follows, and on paper", async (context) => {
  const page = await opened("t/few.py");
  for (const number of [3, 4, 5, 6]) {
    await runCell(page, number);
    await settle(page);
  }
  await write(page, 2, "1");
  await saved(page);
  await holdsRecords(page, "rivulet-outputs", "outputs", 5);
  const found = {};
  const address = page.url();
  const seen = async (page) => {
    await page.waitForFunction(() => document.querySelectorAll('[data-part="output"] table').length > 0);
    for (const number of [3, 4, 5, 6]) {
      await cell(page, number).scrollIntoViewIfNeeded();
      await built(page);
    }
    await frames(page);
    return page.evaluate(() => ({ turn: Math.round(globalThis.turns.longest), frame: Math.round(globalThis.watched.gaps.longest) }));
  };
  // Starting the page has long turns of its own: those of a notebook without outputs.
  const begin = await watchedPage(browser, { context: page.context() });
  await open(begin, served, "t/few.py");
  await frames(begin);
  const starting = await begin.evaluate(() => ({ turn: globalThis.turns.longest, frame: globalThis.watched.gaps.longest }));
  calm = { turn: Math.max(calm.turn, starting.turn), frame: Math.max(calm.frame, starting.frame) };
  await begin.close();
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 6);
  found["opened again"] = await seen(page);
  const second = await watchedPage(browser, { context: page.context() });
  await second.goto(address);
  await second.waitForFunction(() => document.querySelectorAll("article[data-cell]")[5]?.querySelectorAll(".figure").length === 200);
  found["a tab that follows"] = await seen(second);
  await second.close();
  await page.bringToFront();
  found["the tab that was followed"] = await page.evaluate(() => ({ turn: Math.round(globalThis.turns.longest), frame: 0 }));
  await page.emulateMedia({ media: "print" });
  await page.waitForFunction(() => document.querySelectorAll(".katex-display").length === 200);
  assert.ok((await page.locator('[data-part="output"] table').count()) >= 7, "what is far from the window is on paper too");
  assert.equal(await page.locator("img.figure").count(), 200);
  check(context, found);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a cell that runs again keeps its height until its new output is built", async () => {
  const page = await opened("t/ending.py");
  await runCell(page, 3);
  await settle(page);
  await page.waitForSelector(".fold");
  await frames(page);
  await page.evaluate(() => {
    const area = document.querySelectorAll('[data-part="output"]')[2];
    globalThis.heights = new Set();
    const look = () => (globalThis.heights.add(Math.round(area.getBoundingClientRect().height)), requestAnimationFrame(look));
    look();
  });
  await runCell(page, 3);
  await settle(page);
  await built(page);
  await frames(page);
  const [least, most] = await page.evaluate(() => [Math.min(...globalThis.heights), Math.max(...globalThis.heights)]);
  assert.ok(least > 10_000 && most - least < 2_500, `${least} to ${most}`);
  assert.equal(await cell(page, 3).locator('[data-part="output"]').evaluate((area) => area.style.minHeight), "");
  await page.context().close();
});
