// Speed and size, as ratios against a baseline in the same browser session: a bare page that loads
// the same Pyodide, and a plain loop in the same Python. Names of parts measure these only
// (`node tests/bench/bench.mjs prints stores`); RIVULET_DIST=folder measures another build.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dist, holdsRecords, launch, newPage, open, percent, runAll, runCell, settle, site, write } from "../browser/harness.mjs";
import { FILES, floods, prints, stores } from "./outputs.mjs";

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

/** What the import of a package costs is told of these. */
const IMPORTS = ["numpy", "pandas", "matplotlib.pyplot", "altair", "seaborn"];
const packages = JSON.parse(readFileSync(`${dist}/packages/index.json`, "utf8"));
const packageOf = (name) => packages.find((one) => one.name === name);
/** The wheels of a package and of what it needs. */
const wheelsOf = (name, found = new Set()) => {
  if (packageOf(name) && !found.has(name)) {
    found.add(name);
    packageOf(name).depends.forEach((one) => wheelsOf(one, found));
  }
  return [...found].map((one) => packageOf(one).wheel);
};

const served = await site({
  ...bare,
  ...FILES,
  "bare/index.html": `<!doctype html><meta charset="utf-8"><body><script type="module">
    import { loadPyodide } from "./pyodide.mjs";
    const pyodide = await loadPyodide();
    document.body.textContent = pyodide.runPython("${LINE}");
  </script>`,
  ...Object.fromEntries(packages.map(({ wheel, file }) => [`bare/wheels/${wheel}`, { file: `${dist}/packages/${file}` }])),
  "bare/imports.html": `<!doctype html><meta charset="utf-8"><body><script type="module">
    import { loadPyodide } from "./pyodide.mjs";
    const pyodide = await loadPyodide();
    globalThis.load = async (module, wheels) => {
      const began = performance.now();
      await pyodide.loadPackage(wheels.map((wheel) => new URL("wheels/" + wheel, location).href), { checkIntegrity: false, messageCallback: () => {} });
      pyodide.runPython("import " + module);
      return performance.now() - began;
    };
    document.body.textContent = "ready";
  </script>`,
  ...Object.fromEntries(IMPORTS.map((module) => [`t/import-${module}.py`, percent("1 + 1", `import ${module}\nprint("imported")`)])),
  "t/line.py": percent(LINE),
  "t/chain.py": percent(...sources),
  "t/loop.py": percent(loop),
  "t/squares.py": percent("squares = [n * n for n in range(50)]  # 1", "squares"),
  "t/two-hundred.py": percent(...Array.from({ length: 200 }, (_, at) => `w${at} = ${at}`)),
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

/** How soon a visitor sees what the first cell says. */
async function visits() {
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
}

/** How long a first import takes once Python is there and everything was fetched before. */
async function imports() {
  console.log("\nFirst import of a package, from a warm cache (median of 3, ms): Rivulet, bare Pyodide, ratio");
  for (const module of IMPORTS) {
    const times = { ours: [], bare: [] };
    const page = await newPage(browser);
    const ours = async () => {
      await open(page, served, `t/import-${module}.py`);
      await runCell(page, 1);
      await settle(page);
      const began = await page.evaluate(() => performance.now());
      await runCell(page, 2);
      await settle(page);
      return page.evaluate((began) => performance.getEntriesByType("mark").findLast(({ name }) => name.endsWith(":success")).startTime - began, began);
    };
    const bare = async () => {
      await page.goto(`${served.url}bare/imports.html`);
      await page.getByText("ready").waitFor();
      return page.evaluate(([module, wheels]) => globalThis.load(module, wheels), [module, wheelsOf(module.split(".")[0])]);
    };
    for (let time = 0; time < 4; time++) {
      // The first time fills the caches.
      const [one, other] = [await ours(), await bare()];
      if (time > 0) (times.ours.push(one), times.bare.push(other));
    }
    const [mine, base] = [median(times.ours), median(times.bare)];
    row(`  ${module}`, mine.toFixed(0), base.toFixed(0), (mine / base).toFixed(2));
    await page.context().close();
  }
}

/** What a long cascade costs beyond Python's own time. */
async function cascade() {
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
}

/** Restored outputs against the same outputs from live Python. */
async function restoring() {
  const shown = (page) => page.waitForFunction(() => document.body.innerText.includes("1764"), undefined, { polling: "raf", timeout: 120_000 });
  const results = { cold: [], warm: [], live: [] };
  const reader = await newPage(browser);
  const control = await reader.context().newCDPSession(reader);
  await control.send("Network.enable");
  await control.send("Network.setBypassServiceWorker", { bypass: true });
  await open(reader, served, "t/squares.py");
  await write(reader, 1, "squares = [n * n for n in range(50)]");
  await runAll(reader);
  await settle(reader);
  await reader.waitForSelector('[data-saved="Saved"]');
  const stored = reader.url();
  await holdsRecords(reader, "rivulet-outputs", "outputs", 2);
  for (let time = 0; time < TIMES; time++) {
    for (const name of ["cold", "warm", "live"]) {
      await reader.goto("about:blank");
      await control.send("Network.setCacheDisabled", { cacheDisabled: name === "cold" });
      const began = performance.now();
      await reader.goto(name === "live" ? `${served.url}?open=t/squares.py` : stored);
      if (name === "live") await reader.getByRole("button", { name: "Run all" }).click();
      await shown(reader);
      results[name].push(performance.now() - began);
    }
  }
  await reader.context().close();
  const [cold, warm, live] = [results.cold, results.warm, results.live].map(median);
  console.log(`\nNavigation to outputs on the screen (median of ${TIMES}, ms)`);
  row("  restored with a cold cache, live, ratio", cold.toFixed(0), live.toFixed(0), (cold / live).toFixed(2));
  row("  restored with a warm cache, live, ratio", warm.toFixed(0), live.toFixed(0), (warm / live).toFixed(2));
}

/** How soon an edit is safe. */
async function edits() {
  const typist = await newPage(browser);
  await typist.addInitScript(() => {
    globalThis.commits = [];
    const real = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (names, mode, ...rest) {
      const began = performance.now();
      const transaction = real.call(this, names, mode, ...rest);
      if (mode === "readwrite" && this.name === "rivulet") {
        transaction.addEventListener("complete", () => globalThis.commits.push(performance.now() - began));
      }
      return transaction;
    };
  });
  await open(typist, served, "t/two-hundred.py");
  await typist.locator(".cm-content").first().click();
  await typist.keyboard.press("ControlOrMeta+End");
  for (let key = 0; key < 200; key++) {
    await typist.keyboard.type("1");
    await typist.waitForFunction((count) => globalThis.commits.length > count, key, { polling: "raf" });
  }
  const commits = (await typist.evaluate(() => globalThis.commits)).toSorted((one, other) => one - other);
  const share = (part) => commits[Math.floor(commits.length * part)].toFixed(1);
  console.log("\nAn edit's way into the journal, 200 cells, 200 edits (ms)");
  row("  p50, p95", share(0.5), share(0.95));
  await typist.context().close();
}

/** How long links are. */
async function links() {
  const sharer = await newPage(browser);
  console.log("\nLength of links (characters of the fragment, and of the text)");
  for (const sample of ["tour", "running", "matplotlib", "pandas", "cascade-100"]) {
    await open(sharer, served, `notebooks/${sample}.py`);
    await sharer.getByRole("button", { name: "Share", exact: true }).click();
    const link = new URL(await sharer.getByRole("textbox", { name: "Link" }).inputValue());
    const text = readFileSync(new URL(`../../public/notebooks/${sample}.py`, import.meta.url), "utf8");
    row(`  ${sample}`, String(link.hash.length).padStart(6), String(text.length).padStart(6));
  }
  await sharer.context().close();
}

/** What a first visit transfers. */
async function transfer() {
  const from = served.requests.length;
  const fresh = await newPage(browser);
  await firstOutput(true, fresh);
  const files = served.requests.slice(from).filter((request) => request.status === 200);
  console.log("\nTransfer of a first visit until its first output (bytes as sent, gzip -6)");
  for (const { path, bytes } of files) row(`  ${path.replace("/site/rivulet/", "") || "index.html"}`, bytes.toLocaleString("en").padStart(12));
  row("  in all", files.reduce((sum, file) => sum + file.bytes, 0).toLocaleString("en").padStart(12));
  const own = files.filter(({ path }) => !/pyodide\//.test(path));
  row("  without Pyodide", own.reduce((sum, file) => sum + file.bytes, 0).toLocaleString("en").padStart(12));
}

const parts = {
  visits, imports, cascade, restoring, edits, links, transfer,
  prints: () => prints(browser, served, row),
  stores: () => stores(browser, served, row, median, TIMES),
  floods: () => floods(browser, served, row),
};
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await measure();
await browser.close();
await served.close();
