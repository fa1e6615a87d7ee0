// Speed and size, as ratios against a baseline in the same browser session: a bare page that loads
// the same Pyodide, and a plain loop in the same Python.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch, newPage, open, percent, runAll, runCell, settle, site } from "../browser/harness.mjs";

const TIMES = 5;
const LINE = "sum(range(1000))";
const stock = fileURLToPath(new URL("../../node_modules/pyodide/", import.meta.url));
const bare = Object.fromEntries(readdirSync(stock).map((name) => [`bare/${name}`, { file: stock + name }]));
// The first cell starts a clock and the last one reads it: that is the kernel's own time.
const sources = ["import time\nbegan = time.perf_counter()\nv0 = 1", ...Array.from({ length: 998 }, (_, at) =>
  at % 50 === 25 ? `time.sleep(0.02)\nv${at + 1} = v${at} + 1` : `v${at + 1} = v${at} + 1`),
  "v998\nprint((time.perf_counter() - began) * 1000)"];
const loop = `
import time
sources = ${JSON.stringify(sources)}
names = {}
began = time.perf_counter()
for source in sources:
    exec(compile(source, "cell", "exec"), names)
print('loop', (time.perf_counter() - began) * 1000)
`;

const served = await site({
  ...bare,
  "bare/index.html": `<!doctype html><meta charset="utf-8"><body><script type="module">
    import { loadPyodide } from "./pyodide.mjs";
    const pyodide = await loadPyodide();
    document.body.textContent = pyodide.runPython("${LINE}");
  </script>`,
  "t/line.py": percent(LINE),
  "t/chain.py": percent(...sources),
  "t/loop.py": percent(loop),
});
const browser = await launch();
const median = (list) => list.toSorted((one, other) => one - other)[Math.floor(list.length / 2)];
const row = (name, ...values) => console.log(name.padEnd(46), ...values);

/** Navigation to the first output, each time in a browser profile of its own, or again in the same. */
async function firstOutput(ours, page) {
  const began = performance.now();
  await page.goto(served.url + (ours ? "?open=t/line.py" : "bare/index.html"));
  if (ours) await page.getByRole("button", { name: "Run all" }).click();
  await page.waitForFunction(() => document.body.innerText.includes("499500"), undefined, { polling: "raf", timeout: 120_000 });
  return performance.now() - began;
}

const times = { bare: { cold: [], warm: [] }, ours: { cold: [], warm: [] } };
for (let time = 0; time < TIMES; time++) {
  for (const name of ["bare", "ours"]) {
    const page = await newPage(browser);
    times[name].cold.push(await firstOutput(name === "ours", page));
    times[name].warm.push(await firstOutput(name === "ours", page));
    await page.context().close();
  }
}
console.log(`\nNavigation to first output of \`${LINE}\` (median of ${TIMES}, ms)`);
for (const cache of ["cold", "warm"]) {
  const [base, ours] = [median(times.bare[cache]), median(times.ours[cache])];
  row(`  ${cache} cache: Rivulet, bare Pyodide, ratio`, ours.toFixed(0), base.toFixed(0), (ours / base).toFixed(2));
}

const page = await newPage(browser);
await open(page, served, "t/chain.py");
await runAll(page);
await settle(page);
const [cascades, kernels] = [[], []];
for (let time = 0; time < TIMES; time++) {
  const marks = await page.evaluate(() => {
    addEventListener("click", () => (globalThis.clicked = performance.now()), { capture: true, once: true });
    return performance.getEntriesByType("mark").length;
  });
  await runCell(page, 1);
  await page.waitForFunction(
    ([from]) => performance.getEntriesByType("mark").slice(from).filter((mark) => mark.name.endsWith(":success")).length === 1000,
    [marks],
    { timeout: 60_000 },
  );
  cascades.push(await page.evaluate(() => performance.getEntriesByType("mark").at(-1).startTime - globalThis.clicked));
  await settle(page);
  kernels.push(Number(await page.locator('[data-part="stdout"]').last().textContent()));
}
await open(page, served, "t/loop.py");
const loops = [];
for (let time = 0; time < TIMES; time++) {
  await runAll(page);
  await settle(page);
  loops.push(Number((await page.locator('[data-part="stdout"]').textContent()).split("loop ")[1]));
}
const [cascade, kernel, plain] = [cascades, kernels, loops].map(median);
console.log(`\n1,000 cells in a chain, 20 of them 20 ms (median of ${TIMES}, ms)`);
row("  click to last painted, kernel's own, difference", cascade.toFixed(0), kernel.toFixed(0), (cascade - kernel).toFixed(0));
row("  plain loop in the same Python, ratio to it", plain.toFixed(0), (cascade / plain).toFixed(2));
await page.context().close();

const from = served.requests.length;
const fresh = await newPage(browser);
await firstOutput(true, fresh);
const files = served.requests.slice(from).filter((request) => request.status === 200);
console.log("\nTransfer of a first visit until its first output (bytes as sent, gzip -6)");
for (const { path, bytes } of files) row(`  ${path.replace("/site/rivulet/", "") || "index.html"}`, bytes.toLocaleString("en").padStart(12));
row("  in all", files.reduce((sum, file) => sum + file.bytes, 0).toLocaleString("en").padStart(12));
const own = files.filter(({ path }) => !/pyodide\//.test(path));
row("  without Pyodide", own.reduce((sum, file) => sum + file.bytes, 0).toLocaleString("en").padStart(12));
await browser.close();
await served.close();
