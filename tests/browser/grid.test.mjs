// Tables as grids: what a person does with one of a million rows, and how small ones look.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { cell, launch, newPage, open, percent, runAll, saved, settle, site } from "./harness.mjs";

const MILLION = 1_000_000;
const GRIDS = percent(
  `import pandas as pd, numpy as np
from decimal import Decimal
n = np.arange(${MILLION})
frame = pd.DataFrame({"n": n, "turned": (n * 7919) % ${MILLION}, "word": np.where(n % 250_000 == 249_999, "needle", "hay")})
frame`,
  `kinds = pd.DataFrame({"whole": [2**53 + 1, 7], "part": [0.1, np.nan], "day": pd.to_datetime(["2024-02-29", None]), "text": ["NaN", None], "exact": [Decimal("1.10"), Decimal("2.00")], "nest": [[1, 2], {"a": 1}]})
kinds`,
  `[{"name": "Ada", "age": 36}, {"name": "Bob", "age": None}]`,
  `frame.head(3).style`,
) + "\n# %% [sql]\n# SELECT whole, text FROM kinds ORDER BY whole\n";

let served, browser;
before(async () => {
  served = await site({ "t/grids.py": GRIDS });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const grid = (page, number) => cell(page, number).getByRole("grid");
/** Texts of the rows that are built, without those that wait. */
const rows = (page, number) =>
  grid(page, number).locator(".grid-body [role=row]").evaluateAll((all) => all.map((row) => [...row.children].map((one) => one.textContent)));
/** Waits until a grid shows a row that begins with these cells. */
const shows = (page, number, ...cells) =>
  page.waitForFunction(
    ([at, cells]) => {
      const article = document.querySelectorAll("article[data-cell]")[at - 1];
      const rows = [...article.querySelectorAll(".grid-body [role=row]")];
      return rows.some((row) => cells.every((text, at) => row.children[at]?.textContent === text));
    },
    [number, cells],
    { polling: "raf" },
  );
const active = (page, number) =>
  grid(page, number).evaluate((one) => document.getElementById(one.getAttribute("aria-activedescendant"))?.textContent);

test("a frame of a million rows is scrolled, sorted and searched; small tables are calm; the head stands before Python runs", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/grids.py");
  await runAll(page);
  await settle(page);

  // What is missing is no text, and numbers are exact.
  const [first, second] = await rows(page, 2);
  assert.deepEqual(first.slice(1), ["9007199254740993", "0.1", "2024-02-29 00:00:00", "NaN", "1.10", "[1, 2]"]);
  assert.deepEqual([second[1], second[2], second[3], second[5]], ["7", "NaN", "NaT", "2.00"]);
  const missing = await grid(page, 2).locator(".missing").allTextContents();
  assert.equal(missing.length, 3, String(missing));
  assert.equal(await grid(page, 2).getByRole("columnheader").nth(4).getAttribute("title").then((title) => /, 1 missing$/.test(title)), true);
  assert.deepEqual(await rows(page, 3), [["Ada", "36"], ["Bob", "None"]]);
  assert.equal(await cell(page, 4).getByRole("grid").count(), 0);
  assert.deepEqual((await rows(page, 5)).map((row) => row[1]), ["7", "9007199254740993"]);
  assert.equal(await cell(page, 2).getByRole("searchbox").isVisible(), false);

  // Few rows are built of many.
  assert.equal(await grid(page, 1).getAttribute("aria-rowcount"), String(MILLION + 1));
  assert.ok((await rows(page, 1)).length <= 12);
  // By keyboard to the end, and by the scroll bar.
  await grid(page, 1).getByRole("gridcell").first().click();
  await page.keyboard.press("Control+End");
  await shows(page, 1, "999999", "999999");
  assert.equal(await active(page, 1), "needle");
  await page.keyboard.press("ArrowUp");
  assert.equal(await active(page, 1), "hay");
  await page.keyboard.press("Control+Home");
  await shows(page, 1, "0", "0", "0", "hay");
  await grid(page, 1).evaluate((one) => (one.scrollTop = one.scrollHeight));
  await shows(page, 1, "999999", "999999");
  assert.equal((await rows(page, 1)).at(-1)[0], "999999");

  // Sorted by click, and by keyboard.
  const turned = grid(page, 1).getByRole("columnheader").nth(2);
  await turned.click();
  await shows(page, 1, "0", "0", "0", "hay");
  assert.equal(await turned.getAttribute("aria-sort"), "ascending");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("article [aria-sort=descending]"));
  await page.waitForFunction(
    () => document.querySelector(".grid-body [role=row]")?.children[2]?.textContent === "999999",
    undefined,
    { polling: "raf" },
  );

  // Searched.
  const search = cell(page, 1).getByRole("searchbox");
  await search.fill("NEEDLE");
  await search.press("Enter");
  await cell(page, 1).getByText("4 of 1,000,000 rows").waitFor();
  assert.deepEqual((await rows(page, 1)).map((row) => row[0]).sort(), ["249999", "499999", "749999", "999999"]);

  // After a reload there is the head, and beyond it a word of how to go on.
  await saved(page);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".grid-body [role=row]").length > 10);
  assert.equal(await page.getAttribute("main", "data-kernel"), "off");
  await shows(page, 1, "0", "0", "0", "hay");
  await grid(page, 1).focus();
  await page.keyboard.press("Control+End");
  await cell(page, 1).getByText("Run the cell to see the rest.").waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
