// What runs put out, as a reader meets it: long prints, two streams, what changes while it is read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runCell, settle, site, waitFor } from "./harness.mjs";

const LOOP = `import time
for i in range(400):
    print("line", i)
    time.sleep(0.01)`;
const STREAMS = `import sys
for i in range(100):
    print("out", i)
    print("err", i, file=sys.stderr)`;
const MIXED = `import sys, logging
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr, force=True)
print("one")
logging.info("two")
display("three")
print("four", end="")
logging.info("five")
print(" six")`;

// Quotation marks are written as two characters in a message, and these as two bytes.
const BETWEEN = `class V:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"application/x-quotes": '"' * 4_500_000, "text/plain": "a value"}
for _ in range(4): display(V())`;
const LONG = `text = ("é" * 16_000 + "\\n") * 500
print(text, end="")
print(text + "the end")`;

let served, browser;
before(async () => {
  served = await site({
    "t/bounds.py": percent(BETWEEN, LONG),
    "t/long.py": percent(LOOP, "for i in range(10000):\n    print(i)", "for i in range(200): print(i)"),
    "t/streams.py": percent(STREAMS, MIXED, "print(type(10))\nprint('a < b & c > d')", "print()\nprint('after an empty line')"),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const part = (page, number, name) => cell(page, number).locator(`[data-part="${name}"]`);
const output = (page, number) => part(page, number, "output");
const holds = (page, number, text) =>
  page.waitForFunction(
    ([at, text]) => document.querySelectorAll("article[data-cell]")[at - 1].querySelector('[data-part="output"]').textContent.includes(text),
    [number, text],
    { polling: "raf" },
  );
const distance = (page, number) =>
  output(page, number).evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop));

test("a print that grows adds to what is there: selection, place and elements stay", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/long.py");
  await runCell(page, 1);
  await holds(page, 1, "line 40\n");
  // The reader selects two lines and goes to the begin of the text.
  await part(page, 1, "stdout").evaluate((element) => {
    globalThis.element = element;
    const text = [...element.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data);
    getSelection().setBaseAndExtent(text, 0, text, "line 0\nline 1".length);
    element.closest('[data-part="output"]').scrollTop = 0;
  });
  await holds(page, 1, "line 150\n");
  assert.equal(await page.evaluate(() => String(getSelection())), "line 0\nline 1");
  assert.ok(await page.evaluate(() => globalThis.element.isConnected));
  assert.equal(await output(page, 1).evaluate((box) => box.scrollTop), 0, "the reader's place");
  await settle(page);
  assert.equal(await part(page, 1, "stdout").count(), 1);
  assert.equal(await page.evaluate(() => String(getSelection())), "line 0\nline 1");
  await page.context().close();
});

test("of a run that goes on, the end stays in view until the reader scrolls up, and again once back there", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/long.py");
  await runCell(page, 1);
  await holds(page, 1, "line 120\n");
  assert.ok((await distance(page, 1)) < 3);
  await output(page, 1).evaluate((box) => (box.scrollTop = 100));
  await holds(page, 1, "line 200\n");
  assert.equal(await output(page, 1).evaluate((box) => box.scrollTop), 100);
  await output(page, 1).evaluate((box) => (box.scrollTop = box.scrollHeight));
  await holds(page, 1, "line 280\n");
  assert.ok((await distance(page, 1)) < 3);
  await settle(page);
  assert.ok((await distance(page, 1)) < 3);
  await page.context().close();
});

test("a long print is one box that scrolls as a whole, from its begin where it came at once", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/long.py");
  await runCell(page, 2);
  await settle(page);
  const scrolling = (number) =>
    output(page, number).evaluate((box) => [box, ...box.querySelectorAll("*")].filter((one) => one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== "visible").length);
  assert.equal(await scrolling(2), 1);
  assert.equal(await output(page, 2).evaluate((box) => box.scrollTop), 0);
  const text = await output(page, 2).innerText();
  assert.match(text, /^0\n1\n/);
  assert.match(text, /9,000 lines are not shown/);
  assert.match(text, /\n9999\s*$/);
  // It can be scrolled by the keyboard.
  await output(page, 2).focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelectorAll('[data-part="output"]')[1].scrollTop > 0);
  assert.match(await output(page, 2).getAttribute("aria-label"), /Output of cell 2/);
  await page.context().close();
});

test("two streams read as one text in order, and stderr is not marked by colour alone", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/streams.py");
  await runCell(page, 1);
  await waitFor(page, 1, "success");
  await settle(page);
  const parts = await output(page, 1).locator('[data-part="stdout"]').evaluateAll((all) =>
    all.map((one) => ({ text: one.textContent, stream: one.dataset.stream, border: parseFloat(getComputedStyle(one).borderLeftWidth), top: one.getBoundingClientRect().top, bottom: one.getBoundingClientRect().bottom })));
  for (const [at, one] of parts.entries()) {
    assert.equal(one.border > 0, one.stream === "stderr");
    if (at) assert.ok(Math.abs(one.top - parts[at - 1].bottom) < 1, "no gap between pieces");
  }
  await runCell(page, 2);
  await settle(page);
  const order = (await output(page, 2).innerText()).split(/\n+/).map((line) => line.trim()).filter(Boolean);
  assert.deepEqual(order.slice(0, 5), ["one", "INFO two", "'three'", "four", "INFO five"]);
  await runCell(page, 3);
  await settle(page);
  assert.equal((await output(page, 3).innerText()).trim(), "<class 'int'>\na < b & c > d");
  await runCell(page, 4);
  await settle(page);
  assert.equal(await part(page, 4, "stdout").textContent(), "\nafter an empty line");
  await page.context().close();
});

test("what goes beyond what a message may hold is shown as far as it may be, and it says what is not", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/bounds.py");
  await runCell(page, 1);
  await settle(page);
  const words = (await output(page, 1).innerText()).trim();
  assert.match(words, /^(a value\s+)+\[What this cell puts out from here on is not shown: it is too much\.\]$/);
  await runCell(page, 2);
  await settle(page);
  await cell(page, 2).scrollIntoViewIfNeeded();
  await output(page, 2).getByText("lines are not shown").waitFor();
  await page.waitForFunction(() => {
    const [, element] = document.querySelectorAll('[data-part="output"]');
    element.scrollTop = element.scrollHeight;
    return /the end\s*$/.test(element.textContent) || element.textContent.includes("Show the rest");
  });
  assert.doesNotMatch(await output(page, 2).textContent(), /What this cell puts out/);
  assert.deepEqual(page.troubles, []);
  await page.close();
});
