// Tables as grids: what a person does with one of a million rows, and how small ones look.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { cell, launch, newPage, open, percent, runAll, saved, settle, site, starting, statuses, write } from "./harness.mjs";

const MILLION = 1_000_000;
const GRIDS = percent(
  `import pandas as pd, numpy as np
from decimal import Decimal
n = np.arange(${MILLION}, dtype="int64")
frame = pd.DataFrame({"n": n, "turned": (n * 7919) % ${MILLION}, "word": np.where(n % 250_000 == 249_999, "needle", "hay")})
frame`,
  `kinds = pd.DataFrame({"whole": [2**53 + 1, 7], "part": [0.1, np.nan], "day": pd.to_datetime(["2024-02-29", None]), "text": ["NaN", None], "exact": [Decimal("1.10"), Decimal("2.00")], "nest": [[1, 2], {"a": 1}]})
kinds`,
  `[{"name": "Ada", "age": 36}, {"name": "Bob", "age": None}]`,
  `frame.head(3).style`,
  `wide = pd.DataFrame(np.arange(60_000).reshape(200, 300), columns=[f"c{i}" for i in range(300)])
wide`,
) + "\n# %% [sql]\n# SELECT whole, text FROM kinds ORDER BY whole\n";

const forged = (table) => `import json
display({"application/vnd.rivulet.table+json": json.dumps(${table}), "text/plain": "instead"}, raw=True)`;
const FORGED = percent(
  forged(`{"id": '"><b id=x>', "name": "../../x", "rows": 2_000_000_000, "all_columns": 1, "columns": [{"name": "<img src=x onerror='globalThis.hacked=1'>", "type": "int"}], "head": [["<b>1</b>"] * 500]}`),
  forged(`{"id": "t", "rows": 1, "all_columns": 1, "columns": [{"name": "a", "type": "int"}], "head": [["x" * 3_000_000]]}`),
  forged(`{"id": "t", "rows": 1, "all_columns": 1, "columns": [{"name": "a", "type": "int"}], "head": [["1"], ["2", {}]]}`),
);

let served, browser;
before(async () => {
  served = await site({ "t/grids.py": GRIDS, "t/forged.py": FORGED });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const grid = (page, number) => cell(page, number).getByRole("grid");
/** Texts of the rows that are built. */
const rows = (page, number) =>
  grid(page, number).locator(".grid-body [role=row]").evaluateAll((all) => all.map((row) => [...row.children].map((one) => one.textContent)));
/** Waits until a grid has a row with this number that begins with these cells. */
const shows = (page, number, row, ...cells) =>
  page.waitForFunction(
    ([at, row, cells]) => {
      const article = document.querySelectorAll("article[data-cell]")[at - 1];
      const found = article.querySelector(`.grid-body [aria-rowindex="${row + 1}"]`);
      return found && cells.every((text, at) => found.children[at]?.textContent === text);
    },
    [number, row, cells],
    { polling: "raf" },
  );
const active = (page, number) =>
  grid(page, number).evaluate((one) => document.getElementById(one.getAttribute("aria-activedescendant"))?.textContent);

test("a frame of a million rows is scrolled, sorted, filtered, searched, copied and saved; the head stands before Python runs", async () => {
  const page = await newPage(browser);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await open(page, served, "t/grids.py");
  await runAll(page);
  await settle(page);

  // What is missing is no text, and numbers are exact.
  const [first, second] = await rows(page, 2);
  assert.deepEqual(first.slice(1), ["9007199254740993", "0.1", "2024-02-29 00:00:00", "NaN", "1.10", "[1, 2]"]);
  assert.deepEqual([second[1], second[2], second[3], second[5]], ["7", "NaN", "NaT", "2.00"]);
  const missing = await grid(page, 2).locator(".missing").allTextContents();
  assert.equal(missing.length, 3, String(missing));
  assert.deepEqual(await rows(page, 3), [["Ada", "36"], ["Bob", "None"]]);
  assert.equal(await cell(page, 4).getByRole("grid").count(), 0);
  assert.deepEqual((await rows(page, 6)).map((row) => row[1]), ["7", "9007199254740993"]);

  // Few rows and columns are built of many.
  assert.equal(await grid(page, 1).getAttribute("aria-rowcount"), String(MILLION + 1));
  assert.ok((await rows(page, 1)).length <= 20);
  await grid(page, 5).getByRole("gridcell").first().click();
  assert.ok((await rows(page, 5))[0].length < 60);
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.press("Control+ArrowDown");
  await page.waitForFunction(() => [...document.querySelectorAll(".grid-body [role=gridcell]")].some((one) => one.textContent === "59999"));
  assert.equal(await active(page, 5), "59999");
  assert.equal(await grid(page, 5).getByRole("columnheader").last().locator(".grid-name").textContent(), "c299");

  // By keyboard to the end, and by the scroll bar.
  await grid(page, 1).getByRole("gridcell").first().click();
  await page.keyboard.press("Control+End");
  await shows(page, 1, MILLION, "999999", "999999");
  assert.equal(await active(page, 1), "needle");
  await page.keyboard.press("ArrowUp");
  assert.equal(await active(page, 1), "hay");
  await page.keyboard.press("Control+Home");
  await shows(page, 1, 1, "0", "0", "0", "hay");
  await grid(page, 1).evaluate((one) => (one.scrollTop = one.scrollHeight));
  await shows(page, 1, MILLION, "999999", "999999");
  await page.keyboard.press("Control+Home");

  // Sorted by click, and by keyboard.
  const turned = grid(page, 1).getByRole("columnheader").nth(2);
  await turned.click();
  await shows(page, 1, 1, "0", "0", "0", "hay");
  assert.equal(await turned.getAttribute("aria-sort"), "ascending");
  await page.keyboard.press("Enter");
  const top = Array.from({ length: 3 }, (_, at) => MILLION - 1 - at);
  // What was multiplied by 7919 is divided by its inverse.
  const origin = (value) => { for (let n = 0; n < MILLION; n++) if ((n * 7919) % MILLION === value) return n; };
  for (const [at, value] of top.entries()) await shows(page, 1, at + 1, String(origin(value)), String(origin(value)), String(value));

  // What Python knows of a column, and a filter for numbers.
  const more = turned.getByRole("button", { name: "More on turned" });
  await more.click();
  const panel = cell(page, 1).getByRole("dialog", { name: "Column turned" });
  await panel.getByText("499999.5", { exact: false }).or(panel.getByText("500000", { exact: true })).first().waitFor();
  assert.match((await panel.locator(".grid-facts").textContent()), /smallest0largest999999mean/);
  await turned.locator(".grid-bars path").waitFor();
  await panel.getByLabel("From").fill("10");
  await panel.getByLabel("to", { exact: true }).fill("19");
  await panel.getByLabel("to", { exact: true }).press("Enter");
  await cell(page, 1).getByText("10 of 1,000,000 rows").waitFor();
  await shows(page, 1, 1, String(origin(19)), String(origin(19)), "19", "hay");

  // Copied as a spreadsheet takes it, and saved as a file under the variable's name.
  await panel.getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("Control+c");
  await cell(page, 1).getByText("8 cells copied.").waitFor();
  const line = (value) => `${origin(value)}\t${origin(value)}\t${value}\thay\n`;
  assert.equal(await copied(), line(19) + line(18));
  const download = page.waitForEvent("download");
  await cell(page, 1).getByRole("button", { name: "Save as CSV" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "frame.csv");
  const lines = (await readFile(await file.path(), "utf8")).split("\r\n");
  assert.equal(lines.length, 12);
  assert.deepEqual([lines[0], lines[1], lines[10]], [",n,turned,word", `${origin(19)},${origin(19)},19,hay`, `${origin(10)},${origin(10)},10,hay`]);
  await cell(page, 1).getByRole("button", { name: "Clear filters" }).click();

  // Searched.
  const search = cell(page, 1).getByRole("searchbox");
  await search.fill("NEEDLE");
  await search.press("Enter");
  await cell(page, 1).getByText("4 of 1,000,000 rows").waitFor();
  assert.deepEqual((await rows(page, 1)).map((row) => row[0]).sort(), ["249999", "499999", "749999", "999999"]);

  // A cell that runs again shows its newest table; now the notebook is one that is kept.
  await write(page, 3, '[{"name": "Cleo", "age": 19}]');
  await starting(page, () => page.keyboard.press("Control+Enter"));
  await settle(page);
  assert.deepEqual(await rows(page, 3), [["Cleo", "19"]]);

  // After a reload there is the head, and beyond it a word of how to go on.
  await saved(page);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".grid-body [role=row]").length > 10);
  assert.equal(await page.getAttribute("main", "data-kernel"), "off");
  await shows(page, 1, 1, "0", "0", "0", "hay");
  await grid(page, 1).focus();
  await page.keyboard.press("Control+End");
  await cell(page, 1).getByText("Run the cell to see the rest.").waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("rows are chosen in the sample, and what reads them follows; a forged table is text and numbers", async () => {
  const page = await newPage(browser);
  await open(page, served, "notebooks/table.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual((await statuses(page)).filter((status) => !["success", "idle"].includes(status)), []);
  const last = await page.locator("article[data-cell]").count();
  const drawn = (birds) =>
    page.waitForFunction(
      ([at, text]) => document.querySelectorAll("article[data-cell]")[at].innerText.includes(text),
      [last - 1, `${birds} of 344 birds`],
    );
  const chooser = page.locator('[data-widget="table"]').getByRole("grid");
  await chooser.scrollIntoViewIfNeeded();
  const chosen = chooser.locator("[aria-selected=true]");
  await chosen.first().waitFor();
  const birds = (at) => chooser.locator(`[aria-rowindex="${at + 1}"] td`).nth(3).textContent().then(Number);
  await drawn(await birds(1));
  // By the pointer, and by the keyboard.
  await chooser.locator('[aria-rowindex="3"] td').first().click();
  await drawn((await birds(1)) + (await birds(2)));
  assert.equal(await chosen.count(), 2);
  await chooser.focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Space");
  await drawn(await birds(2));
  await settle(page);
  // What was chosen is kept.
  await saved(page);
  await page.reload();
  await page.waitForSelector('[data-widget="table"] [aria-selected=true]');
  assert.equal(await chosen.count(), 1);

  await open(page, served, "t/forged.py");
  await runAll(page);
  await settle(page);
  assert.equal(await grid(page, 1).getByRole("columnheader").locator(".grid-name").textContent(), "<img src=x onerror='globalThis.hacked=1'>");
  assert.equal(await cell(page, 1).locator("img").count(), 0);
  for (const number of [2, 3]) {
    assert.equal(await cell(page, number).getByRole("grid").count(), 0);
    assert.match(await cell(page, number).locator('[data-part="output"]').innerText(), /instead/);
  }
  // It says that it has two milliards of rows, and Python knows nothing of it.
  await grid(page, 1).focus();
  await page.keyboard.press("Control+End");
  await cell(page, 1).getByText("Run the cell to see the rest.").waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
