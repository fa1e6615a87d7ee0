// How real notebooks do: opens each notebook of a folder in the built site, runs all of it, and counts
// its cells by outcome, and the reasons of the failures by kind. `node tests/corpus/corpus.mjs FOLDER`;
// a word after it takes only the notebooks whose path holds it. RIVULET_CORPUS_CELLS=file also writes each cell's reason.

import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { launch, newPage, site } from "../browser/harness.mjs";

/** A notebook that is not through in so many milliseconds is counted as one that waits. */
const PATIENCE = 60_000;
const [folder, only = ""] = process.argv.slice(2);
if (!folder) {
  console.error("Name the folder of the notebooks: node tests/corpus/corpus.mjs FOLDER");
  process.exit(2);
}

function* notebooks(at) {
  for (const name of readdirSync(at).sort()) {
    const path = join(at, name);
    if (statSync(path).isDirectory()) yield* notebooks(path);
    else if (name.endsWith(".ipynb") && path.includes(only)) yield path;
  }
}

/** The language of a notebook; nothing for what is no notebook or has no code. */
function language(path) {
  try {
    const { metadata = {}, cells, worksheets } = JSON.parse(readFileSync(path, "utf8"));
    const all = cells ?? worksheets.flatMap((sheet) => sheet.cells);
    if (!all.some((cell) => cell.cell_type === "code")) return "";
    const named = metadata.kernelspec?.language ?? metadata.language_info?.name ?? "python";
    return String(named).toLowerCase().replace(/\d+$/, "");
  } catch {
    return "";
  }
}

/** What a cell failed by, in a few words that many share. */
function reason({ status, error, problem }) {
  if (status === "success") return "";
  if (error) {
    const module = /No module named '([\w.]+)'/.exec(error);
    if (module) return `no module ${module[1].split(".")[0]}`;
    return error.replace(/(['"]).*?\1/g, "…").replace(/\d+/g, "#").slice(0, 90);
  }
  if (problem) return `${status}: ${problem.replace(/\s+/g, " ").replace(/\d+/g, "#").slice(0, 90)}`;
  return status;
}

async function cells(page) {
  return page.$$eval('article[data-cell][data-kind="python"]', (all) =>
    all.map((cell) => ({
      status: cell.dataset.status,
      error: cell.querySelector('[data-part="error"] .raised-line')?.textContent ?? "",
      problem: cell.querySelector('[data-part="diagnostic"]')?.textContent ?? "",
      source: cell.querySelector('[data-part="editor"]')?.textContent.slice(0, 200) ?? "",
    })),
  );
}

/** Runs in the page: nobody is there who would allow anything. */
function refuse() {
  const look = () => [...document.querySelectorAll('[data-part="permission"] button')].find((one) => one.textContent === "Not now")?.click();
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

async function run(browser, served, file) {
  const page = await newPage(browser);
  await page.addInitScript(refuse);
  page.setDefaultTimeout(PATIENCE);
  try {
    await page.goto(`${served.url}?open=${file}`);
    try {
      await page.waitForSelector("article[data-cell]");
    } catch {
      const said = await page.locator("main").textContent().catch(() => "");
      return { refused: said.replace(/\s+/g, " ").trim().slice(0, 90) || "nothing opened" };
    }
    await page.getByRole("button", { name: "Run all" }).click();
    // Idle at once is no end: what is asked for is planned in the next task.
    const isThrough = () =>
      document.querySelector("main").dataset.kernel === "idle" &&
      document.querySelector('article[data-cell]:not([data-status="idle"])') &&
      !document.querySelector('article[data-status="queued"], article[data-status="running"]');
    await page.waitForFunction(isThrough, undefined, { polling: 200 }).catch(() => {});
    return { cells: await cells(page), troubles: page.troubles };
  } catch (failure) {
    return { refused: String(failure).split("\n")[0].slice(0, 90) };
  } finally {
    await page.context().close();
  }
}

const paths = [...notebooks(folder)];
const kinds = new Map();
const add = (counts, key, value = 1) => counts.set(key, (counts.get(key) ?? 0) + value);
const python = paths.filter((path) => {
  const named = language(path);
  add(kinds, named || "no notebook, or no code");
  return named === "python" || named === "ipython";
});
const served = await site(Object.fromEntries(python.map((path, at) => [`corpus/${at}.ipynb`, readFileSync(path, "utf8")])));
const browser = await launch();
const outcomes = new Map();
const reasons = new Map();
const whole = { all: 0, some: 0, none: 0, refused: 0 };
const listed = [];
for (const [at, path] of python.entries()) {
  const found = await run(browser, served, `corpus/${at}.ipynb`);
  const name = relative(folder, path);
  if (found.refused !== undefined) {
    whole.refused += 1;
    add(reasons, `not opened: ${found.refused}`);
    console.log(`${at + 1}/${python.length} ${basename(path)}: not opened: ${found.refused}`);
    continue;
  }
  const good = found.cells.filter((cell) => cell.status === "success").length;
  whole[good === found.cells.length ? "all" : good ? "some" : "none"] += 1;
  for (const trouble of found.troubles) add(reasons, `the page: ${trouble.slice(0, 90)}`);
  for (const [number, cell] of found.cells.entries()) {
    add(outcomes, cell.status);
    const why = reason(cell);
    if (!why) continue;
    add(reasons, why);
    listed.push({ notebook: name, cell: number + 1, ...cell });
  }
  console.log(`${at + 1}/${python.length} ${basename(path)}: ${good} of ${found.cells.length}`);
}
await browser.close();
await served.close();
if (process.env.RIVULET_CORPUS_CELLS) writeFileSync(process.env.RIVULET_CORPUS_CELLS, JSON.stringify(listed, null, 1));

function table(title, counts) {
  console.log(`\n${title}`);
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(6)}  ${key}`);
}
table("Notebooks by language", kinds);
console.log(`\nPython notebooks: ${whole.all} ran whole, ${whole.some} in part, ${whole.none} not at all, ${whole.refused} did not open`);
table("Cells of Python by outcome", outcomes);
table("Why the others did not run", reasons);
