// A run, what it read and what it put out are one thing: on the screen, in the store, over a reload.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runCell, saved, settle, site, waitFor, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "t/prints.py": percent("import time\nbegan = time.time()\nfor i in range(8):\n    print(i, began)\n    time.sleep(0.25)"),
    "t/queued.py": percent(
      "import time\ntime.sleep(4)\na = 1",
      "seen = 'first', a",
      "import builtins\nbuiltins.seen = getattr(builtins, 'seen', [])\nbuiltins.seen.append(seen[0])\nprint(builtins.seen)",
    ),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const output = (page, number) => cell(page, number).locator('[data-part="output"]').innerText();

test("a page closed while a cell runs again opens with the last result, and the next run begins anew", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/prints.py");
  await runCell(page, 1);
  await settle(page);
  // The first edit stores the notebook.
  await cell(page, 1).locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.insertText("  # typed");
  await saved(page);
  const first = await output(page, 1);
  assert.equal(first.trim().split("\n").length, 8);
  await runCell(page, 1);
  await waitFor(page, 1, "running");
  // Half of the new output is there.
  await page.waitForFunction(
    (first) => {
      const text = document.querySelector('[data-part="output"]').innerText.trim();
      return text !== first.trim() && text.split("\n").length >= 3;
    },
    first,
    { polling: "raf" },
  );
  await page.reload();
  await waitFor(page, 1, "success");
  await page.waitForFunction(() => document.querySelector('[data-part="output"]').innerText.trim() !== "");
  assert.equal((await output(page, 1)).trim(), first.trim(), "the last result, whole");
  assert.equal(await cell(page, 1).getAttribute("data-stale"), "true");
  assert.match(await cell(page, 1).locator('[data-part="status"]').innerText(), /was running when the page closed/);
  await runCell(page, 1);
  await settle(page);
  const lines = (await output(page, 1)).trim().split("\n");
  assert.equal(lines.length, 8, lines.join("|"));
  assert.equal(new Set(lines.map((line) => line.split(" ")[1])).size, 1, "all lines are of one run");
  assert.equal(await cell(page, 1).getAttribute("data-stale"), "false");
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("a cell that waits and is edited runs its newest code once, and its old code never", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/queued.py");
  await runCell(page, 1);
  await settle(page);
  const expected = ["first"];
  for (let at = 1; at <= 8 && expected.length < 3; at += 1) {
    await runCell(page, 1);
    await waitFor(page, 1, "running");
    await write(page, 2, `seen = 'try ${at}', a`);
    // A machine under load may type too late: then the old code had its turn.
    const waits = (await cell(page, 1).getAttribute("data-status")) === "running";
    await settle(page);
    if (!waits) expected.push(expected.at(-1));
    expected.push(`try ${at}`);
    assert.equal(await cell(page, 2).getAttribute("data-stale"), "false");
    if (!waits) return;
    assert.equal((await output(page, 3)).trim(), `[${expected.map((word) => `'${word}'`).join(", ")}]`);
  }
  assert.deepEqual(page.troubles, []);
  await page.close();
});
