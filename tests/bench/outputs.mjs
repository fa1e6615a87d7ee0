// What outputs cost the page: its memory after a cell printed for a minute, and how long a large one
// takes until it is stored.

import { CALM, ENDING, ENDLESS, HTML, built, longest, watchedPage } from "../browser/floods.mjs";
import { cell, newPage, open, percent, runCell, saved, settle, waitFor, write } from "../browser/harness.mjs";

const MEGABYTE = 1e6;
const PICTURE = `
import os, struct, zlib
class Picture:
    def _repr_png_(self):
        size = 1285
        rows = b"".join(b"\\0" + os.urandom(size * 3) for _ in range(size))
        part = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
        return b"\\x89PNG\\r\\n\\x1a\\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows, 0)) + part(b"IEND", b"")
Picture()`;

/** Files of the site that these measurements open. */
export const FILES = {
  "t/minute.py": percent(
    "import time\nbegan = time.perf_counter()\nn = 0\nwhile time.perf_counter() - began < 60:\n    print('line', n := n + 1)\n    time.sleep(0.001)",
    "ready = 1",
  ),
  "t/values.py": percent(
    "class Large:\n    def _repr_html_(self):\n        return '<p>' + 'x' * 4_000_000\nfor _ in range(40):\n    display(Large())",
    "ready = 1",
  ),
  "t/flood.py": percent("for n in range(3_000_000):\n    print('line', n)", "ready = 1"),
  "t/picture.py": percent(PICTURE, "ready = 1"),
  "t/ending.py": percent(HTML, CALM, ...Object.values(ENDING)),
  "t/endless.py": percent(HTML, CALM, ...Object.values(ENDLESS)),
};

// Runs in the page before anything else: keeps hold of the memories of WebAssembly.
function keepMemories() {
  globalThis.memories = [];
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...values) => {
      const result = await real.apply(WebAssembly, values);
      const { memory } = (result.instance ?? result).exports;
      if (memory) globalThis.memories.push(memory);
      return result;
    };
  }
}

/** What the page itself holds: JavaScript after a collection, WebAssembly, elements. Python is not in it. */
async function held(page, control) {
  await control.send("HeapProfiler.collectGarbage");
  const { metrics } = await control.send("Performance.getMetrics");
  const metric = (name) => metrics.find((one) => one.name === name).value;
  const wasm = await page.evaluate(() => globalThis.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
  return { heap: metric("JSHeapUsedSize") / MEGABYTE, wasm: wasm / MEGABYTE, nodes: metric("Nodes") };
}

/** Memory of the page before and after a cell has printed. */
export async function prints(browser, served, row) {
  console.log("\nThe page's memory before and after a cell has put out (MB of JavaScript and of WebAssembly, nodes)");
  for (const [file, what] of [
    ["minute", "lines for a minute, one a millisecond"],
    ["flood", "3,000,000 lines as fast as it can"],
    ["values", "40 values of 4 MB of HTML"],
  ]) {
    const page = await newPage(browser);
    await page.addInitScript(keepMemories);
    page.setDefaultTimeout(300_000);
    const control = await page.context().newCDPSession(page);
    await control.send("Performance.enable");
    await open(page, served, `t/${file}.py`);
    await runCell(page, 2);
    await settle(page);
    const before = await held(page, control);
    await page.evaluate(() => (globalThis.watched.gaps.longest = 0));
    await runCell(page, 1);
    await settle(page);
    const after = await held(page, control);
    const shown = ({ heap, wasm, nodes }) => `${heap.toFixed(1)} + ${wasm.toFixed(1)}, ${nodes}`;
    row(`  ${what}`, shown(before).padStart(20), shown(after).padStart(20));
    const { gap, text } = await page.evaluate(() => ({
      gap: globalThis.watched.gaps.longest,
      text: [...document.querySelectorAll('[data-part="output"] > *')].map((one) => one.textContent.length),
    }));
    const sum = text.reduce((sum, length) => sum + length, 0);
    row("    elements, characters in them, longest frame", text.length, sum.toLocaleString("en"), gap.toFixed(0));
    await page.context().close();
  }
}

// Runs in the page before anything else: notes what is written to the store of outputs, and when it is there.
function watchStore() {
  const writes = [];
  const sizeOf = (value) => (typeof value === "string" ? value.length : value?.byteLength ?? JSON.stringify(value)?.length ?? 0);
  for (const name of ["put", "add"]) {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (value, ...rest) {
      if (this.transaction.db.name === "rivulet-outputs") {
        const write = { size: sizeOf(value), done: undefined };
        writes.push(write);
        this.transaction.addEventListener("complete", () => (write.done = performance.now()));
      }
      return real.call(this, value, ...rest);
    };
  }
  globalThis.writes = writes;
}

// Runs in the page: how long a text of this length takes into a store of its own.
async function putPlainly(length) {
  const open = indexedDB.open("plain");
  open.onupgradeneeded = () => open.result.createObjectStore("texts");
  const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
  const text = Array.from({ length: 1000 }, () => Math.random().toString(36)).join("").repeat(length / 10_000 + 1).slice(0, length);
  const began = performance.now();
  const transaction = database.transaction("texts", "readwrite");
  transaction.objectStore("texts").put(text, 1);
  await new Promise((done) => (transaction.oncomplete = done));
  const took = performance.now() - began;
  database.close();
  return took;
}

/** From the end of a run, as painted, to its picture in the store, against a plain write of as many characters. */
export async function stores(browser, served, row, median, times) {
  const page = await newPage(browser);
  await page.addInitScript(watchStore);
  await open(page, served, "t/picture.py");
  // The first change makes a copy that is stored.
  await write(page, 2, "ready = 2");
  await saved(page);
  await runCell(page, 2);
  await settle(page);
  const [ours, plain, gaps, written] = [[], [], [], []];
  for (let time = 0; time < times; time++) {
    await page.evaluate(() => ((globalThis.writes.length = 0), (globalThis.watched.gaps.longest = 0)));
    await runCell(page, 1);
    await settle(page);
    await page.waitForFunction(() => {
      const last = globalThis.writes.at(-1);
      // Nothing more came for a while.
      return last?.size > 4e6 && last.done && performance.now() - last.done > 2000;
    });
    const found = await page.evaluate(() => {
      const done = performance.getEntriesByType("mark").findLast(({ name }) => name.endsWith(":success")).startTime;
      const sizes = globalThis.writes.map(({ size }) => size);
      return { took: globalThis.writes.at(-1).done - done, last: sizes.at(-1), all: sizes.reduce((sum, size) => sum + size), gap: globalThis.watched.gaps.longest };
    });
    ours.push(found.took);
    gaps.push(found.gap);
    written.push(found.all);
    plain.push(await page.evaluate(putPlainly, found.last));
  }
  const [store, base] = [median(ours), median(plain)];
  console.log(`\nA picture of 5 MB, from the end of its run until it is stored (median of ${times}, ms)`);
  row("  stored, a plain write of that length, ratio", store.toFixed(0), base.toFixed(0), (store / base).toFixed(2));
  row("  characters written in all, longest frame", median(written).toLocaleString("en"), median(gaps).toFixed(0));
  await page.context().close();
}

/** How long the page is busy at most, under outputs that are too much, and how soon Stop ends those without end. */
export async function floods(browser, served, row) {
  console.log("\nThe page under floods of output (ms): longest turn, longest time between frames, from Stop to idle");
  for (const [file, floods] of [["ending", ENDING], ["endless", ENDLESS]]) {
    const page = await watchedPage(browser);
    await open(page, served, `t/${file}.py`);
    for (const [at, name] of ["what they share", "a cell that prints now and then", ...Object.keys(floods)].entries()) {
      const isEndless = at > 1 && floods === ENDLESS;
      if (isEndless) {
        await runCell(page, 1);
        await settle(page);
      }
      await cell(page, at + 1).scrollIntoViewIfNeeded();
      let stopping = 0;
      const { turn, frame } = await longest(page, async () => {
        await runCell(page, at + 1);
        if (isEndless) {
          await waitFor(page, at + 1, "running");
          await page.waitForTimeout(2_000);
          const began = performance.now();
          await page.getByRole("button", { name: "Stop" }).click();
          await settle(page);
          stopping = performance.now() - began;
        }
        await settle(page);
        await built(page);
      });
      if (at > 0) row(`  ${name}`, String(turn).padStart(6), String(frame).padStart(6), isEndless ? stopping.toFixed(0).padStart(6) : "");
    }
    await page.context().close();
  }
}
