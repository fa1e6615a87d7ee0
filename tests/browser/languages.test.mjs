// SQL and Markdown cells beside Python, in one cascade.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { cell, launch, logLength, newPage, open, painted, runAll, runCell, saved, settle, site, source, starting, statuses, waitFor, write } from "./harness.mjs";

const MIXED = `# %%
people = [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 7}, {"name": "Cleo", "age": 19}]
least = 18

# %% [sql]
# -- result: adults
# SELECT name, age FROM people WHERE age >= :least ORDER BY age

# %%
mean = sum(row["age"] for row in adults) / len(adults)

# %% [markdown]
# **{len(adults)}** adults are {mean:.1f} years old on average. \\{not this\\}, nor \`{this}\`, nor $x_{mean}$.
`;
const TABLES = `# %% [sql]
# CREATE TABLE pupil (name TEXT, grade REAL);
# INSERT INTO pupil VALUES ('Ada', 1.3), ('Bob', 2.7);

# %% [sql]
# -- result: best
# WITH good AS (SELECT * FROM pupil WHERE grade < 2) SELECT name FROM good

# %%
print([row["name"] for row in best], len(pupil))

# %% [sql]
# SELECT nme FROM pupil;
# SELECT 1

# %% [sql]
# EXPLAIN QUERY PLAN SELECT * FROM pupil
`;
const PANDAS = `# %%
import pandas as pd
rain = pd.DataFrame({"month": ["May", "June", "July"], "mm": [63.5, 71.0, 78.2]})

# %% [sql]
# -- result: wet
# SELECT month, mm FROM rain WHERE mm > 70

# %%
print(type(wet).__name__, wet["mm"].sum())
`;
const TEXT = `# %% [markdown]
# # Title
#
# | a | b |
# |---|---|
# | 1 | 2 |
#
# - [x] done
# - [ ] open
#
# A note[^1] and $e^{i\\pi} = -1$.
#
# \`\`\`python
# def f(): return "text"
# \`\`\`
#
# <img src=x onerror="globalThis.hacked = true"><script>globalThis.hacked = true</script>
#
# [^1]: Said below.
`;

let served, browser;
before(async () => {
  served = await site({ "t/mixed.py": MIXED, "t/tables.py": TABLES, "t/pandas.py": PANDAS, "t/text.py": TEXT });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});
const output = (page, number) => cell(page, number).locator('[data-part="output"]').innerText();

test("a cascade goes from Python through SQL and Python to text, every state painted", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/mixed.py");
  assert.deepEqual(await page.$$eval("article[data-cell]", (all) => all.map((one) => [one.dataset.kind, one.dataset.definitions, one.dataset.references])), [
    ["python", "least people", ""],
    ["sql", "adults", "least people"],
    ["python", "mean", "adults"],
    ["markdown", "", "adults mean"],
  ]);
  await runAll(page);
  await settle(page);
  assert.match(await output(page, 2), /Cleo\s+19\s+Ada\s+36/);
  assert.match(await output(page, 4), /^2 adults are 27\.5 years old on average\. \{not this\}, nor \{this\}/);
  const from = await logLength(page);
  await write(page, 1, 'people = [{"name": "Ada", "age": 36}]\nleast = 18');
  await starting(page, () => page.keyboard.press("Control+Enter"));
  await settle(page);
  for (const id of ["c1", "c2", "c3", "c4"]) {
    assert.deepEqual((await painted(page, from))[id], ["queued", "running", "success"], id);
  }
  assert.match(await output(page, 4), /^1 adults are 36\.0 years/);
  // After a reload the text has its values before Python runs.
  await saved(page);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 4);
  await page.waitForFunction(() => /1 adults are 36\.0/.test(document.querySelectorAll("article[data-cell]")[3].innerText));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a value that cannot be worked out is an error of the text cell, and mending it mends the text", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/mixed.py");
  await cell(page, 4).getByRole("button", { name: "Edit text" }).click();
  await write(page, 4, "It is {mean / 0}.");
  await page.keyboard.press("Shift+Enter");
  await waitFor(page, 4, "error");
  assert.match(await output(page, 4), /ZeroDivisionError/);
  await cell(page, 4).locator('[data-part="output"]').dblclick();
  await write(page, 4, "It is {mean * 2:.0f}.");
  await page.keyboard.press("Shift+Enter");
  await waitFor(page, 4, "success");
  assert.match(await output(page, 4), /It is 55\./);
  await page.context().close();
});

test("tables of SQL cells are edges and names in Python; errors have their place; EXPLAIN works", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/tables.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success", "success", "error", "success"]);
  assert.match(await output(page, 3), /\['Ada'\] 2/);
  assert.match(await output(page, 4), /SqlError: no such column: nme/);
  await page.waitForSelector('article[data-cell="c4"] .cm-error-line');
  assert.match(await output(page, 5), /SCAN/i);
  // A result's name must be one.
  await cell(page, 2).getByLabel("Name of the result in Python").fill("my result");
  await page.keyboard.press("Enter");
  await page.getByText("cannot be a name in Python").waitFor();
  assert.match(await source(page, 2), /-- result: best/);
  // Run again, the table is made anew, and its readers follow.
  await runCell(page, 1);
  await settle(page);
  assert.deepEqual((await statuses(page)).slice(0, 3), ["success", "success", "success"]);
  assert.match(await output(page, 3), /\['Ada'\] 2/);
  // With its cell goes the table.
  await cell(page, 1).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, 1).getByRole("button", { name: "Delete cell" }).click();
  await runCell(page, 1);
  await waitFor(page, 1, "error");
  assert.match(await output(page, 1), /no such table/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("where the notebook uses pandas, SQL reads data frames and makes one", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/pandas.py");
  await runAll(page);
  await settle(page);
  assert.match(await output(page, 2), /June\s+71/);
  assert.match(await output(page, 3), /DataFrame 149\.2/);
  await page.context().close();
});

test("an SQL cell is added, named and run by hand", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/mixed.py");
  await cell(page, 4).getByRole("button", { name: "Add SQL cell below" }).click();
  await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
  await page.keyboard.insertText("SELECT max(age) AS oldest FROM people");
  await cell(page, 5).getByLabel("Name of the result in Python").fill("oldest");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]")[4].dataset.definitions === "oldest");
  assert.match(await source(page, 5), /-- result: oldest/);
  await runCell(page, 5);
  await settle(page);
  assert.match(await output(page, 5), /oldest\s+36/);
  await page.context().close();
});

test("text is shown without Python, with tables, tasks, notes, formulas and coloured code, and nothing in it runs", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/text.py");
  const text = cell(page, 1).locator('[data-part="output"]');
  await text.locator(".katex").first().waitFor();
  assert.equal(await text.locator("table td").count(), 2);
  assert.equal(await text.locator(".task-list-item").count(), 2);
  assert.match(await text.locator(".footnotes").textContent(), /Said below/);
  assert.ok((await text.locator("code .tok-keyword").count()) > 0);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.getAttribute("main", "data-kernel"), "off");
  assert.equal(await cell(page, 1).getByRole("button", { name: "Run cell" }).count(), 0);
  // Enter edits.
  await page.evaluate(() => document.querySelector("article[data-cell]").focus());
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("an added CSV and an added database are there for Python and SQL, also after Python restarts", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/mixed.py");
  const add = async (name, bytes) => {
    await page.getByRole("button", { name: "Notebook actions" }).click();
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Add a file (CSV, database)" }).click(),
    ]);
    await chooser.setFiles({ name, mimeType: "application/octet-stream", buffer: bytes });
  };
  await add("Our pupils.csv", Buffer.from("name;grade\nAda;1,3\nBob;2,7\n"));
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 5);
  assert.match(await source(page, 5), /our_pupils = rivulet\.read_csv/);
  await runCell(page, 5);
  await settle(page);
  assert.match(await output(page, 5), /Ada\s+1\.3/);
  // A database, made by Python itself.
  const database = execFileSync("python3", ["-c", `
import sqlite3, sys, tempfile, os
path = os.path.join(tempfile.mkdtemp(), "school.db")
with sqlite3.connect(path) as made:
    made.execute("CREATE TABLE room (number INT, seats INT)")
    made.execute("INSERT INTO room VALUES (12, 30)")
made.close()
sys.stdout.buffer.write(open(path, "rb").read())`]);
  await add("school.db", database);
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 6);
  await cell(page, 6).getByRole("button", { name: "Add SQL cell below" }).click();
  await page.waitForFunction(() => document.activeElement?.closest("article")?.dataset.cell === "c7");
  await page.keyboard.insertText("SELECT seats, name FROM school.room, our_pupils WHERE grade < 2");
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]")[6].dataset.references === "our_pupils school");
  await runCell(page, 7);
  await settle(page);
  assert.match(await output(page, 7), /30\s+Ada/);
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "Restart Python" }).click();
  await settle(page);
  await runCell(page, 7);
  await settle(page);
  assert.match(await output(page, 7), /30\s+Ada/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a button below a text that is being edited gets its click, though the text closes under it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/text.py");
  await cell(page, 1).getByRole("button", { name: "Add text cell below" }).click();
  await page.waitForFunction(() => document.activeElement?.closest("article")?.dataset.cell === "c2");
  await page.keyboard.insertText("# Much\n\n# larger\n\n# than\n\n# its source");
  await cell(page, 2).getByRole("button", { name: "Add Python cell below" }).click();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 3);
  await cell(page, 2).getByRole("button", { name: "Edit text" }).click();
  await cell(page, 2).locator(".cm-content").waitFor();
  await cell(page, 3).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, 3).getByRole("button", { name: "Delete cell" }).click();
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]").length === 2);
  await cell(page, 2).locator(".cm-content").waitFor({ state: "detached" });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the sample in three languages runs from top to bottom, and follows a change", async () => {
  const page = await newPage(browser);
  await open(page, served, "notebooks/three-languages.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual((await statuses(page)).slice(1), Array(7).fill("success"));
  assert.match(await output(page, 6), /Of 48 birds, 75% were of one kind, the sparrow\. 3 kinds/);
  await cell(page, 2).locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText("9");
  await starting(page, () => page.keyboard.press("Control+Enter"));
  await settle(page);
  assert.match(await output(page, 6), /1 kinds were seen at least 9 times/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
