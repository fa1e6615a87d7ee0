// The packages of the site: what everyday notebooks import is there, under whatever name.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cell, dist, launch, newPage, open, percent, runAll, runCell, settle, site, source, statuses } from "./harness.mjs";
import { variantOf } from "./release.mjs";

const root = mkdtempSync(join(tmpdir(), "rivulet-packages-"));

/** One cell each, with what it prints. */
const EVERYDAY = [
  ["import seaborn as sns, pandas as pd\ntips = pd.DataFrame({'bill': [10.0, 20.0, 30.0], 'tip': [1.0, 2.5, 3.0]})\nprint(type(sns.scatterplot(tips, x='bill', y='tip')).__name__)", "Axes"],
  ["import altair as alt\nprint(alt.Chart(tips).mark_point().encode(x='bill', y='tip').to_dict()['mark']['type'])", "point"],
  ["import plotly.express as px\nprint(len(px.scatter(tips, x='bill', y='tip').data))", "1"],
  ["from bokeh.plotting import figure\nprint(type(figure().line([1, 2], [3, 4])).__name__)", "GlyphRenderer"],
  ["import networkx as nx\nprint(nx.shortest_path(nx.path_graph(4), 0, 3))", "[0, 1, 2, 3]"],
  ["from openpyxl import Workbook, load_workbook\nbook = Workbook()\nbook.active.append(['a', 1])\nbook.save('book.xlsx')\nprint(load_workbook('book.xlsx').active['B1'].value)", "1"],
  ["import xlsxwriter\nwith xlsxwriter.Workbook('other.xlsx') as other:\n    other.add_worksheet().write('A1', 7)\nprint(load_workbook('other.xlsx').active['A1'].value)", "7"],
  ["from bs4 import BeautifulSoup\nprint(BeautifulSoup('<p>one<p>two', 'html.parser').find_all('p')[1].text)", "two"],
  ["import lxml.html\nprint(lxml.html.fromstring('<p>three</p>').text)", "three"],
  ["import yaml\nprint(yaml.safe_load('a: [1, 2]'))", "{'a': [1, 2]}"],
  ["import regex\nprint(regex.findall(r'\\p{Lu}', 'aBcD'))", "['B', 'D']"],
  ["from tqdm.auto import tqdm\nprint(sum(tqdm(range(4))))", "6"],
  ["import requests, urllib3, httpx, certifi\nprint(requests.Request('GET', 'https://example.org', params={'a': 1}).prepare().url)", "https://example.org/?a=1"],
  ["from pydantic import BaseModel\nclass User(BaseModel):\n    id: int\nprint(User(id='3').id)", "3"],
  ["import jsonschema\ntry:\n    jsonschema.validate('a', {'type': 'number'})\nexcept jsonschema.ValidationError as error:\n    print(error.message)", "'a' is not of type 'number'"],
  ["from jinja2 import Template\nprint(Template('{{ a }}!').render(a='hi'))", "hi!"],
  ["from rich.text import Text\nprint(Text.from_markup('[bold]b[/bold]').plain)", "b"],
  ["from rich.progress import track\nprint(sum(track(range(4), description='Adding')))", "6"],
  ["breakpoint()\nprint('on')", "on"],
  ["from zoneinfo import ZoneInfo\nimport tzdata, datetime\nprint(datetime.datetime(2026, 7, 1, tzinfo=ZoneInfo('Europe/Berlin')).utcoffset())", "2:00:00"],
  ["import narwhals as nw\nprint(nw.from_native(tips).shape)", "(3, 2)"],
  ["import traitlets, comm, packaging.version, micropip\nprint(packaging.version.Version('1.2') < packaging.version.Version('1.10'))", "True"],
];

/** Cells in which no import says what they need, each with what it prints. */
const ASKING = [
  ["import pandas as pd\ntable = pd.DataFrame({'a': [1, 2]})\ntable.to_excel('table.xlsx', index=False)\nprint(pd.read_excel('table.xlsx').a.sum())", "3"],
  ["print(table.to_markdown(index=False).splitlines()[0])", "|   a |"],
  ["print('<table' in table.style.highlight_max().to_html())", "True"],
  ["import micropip\nawait micropip.install(['networkx>=3'])\nimport importlib\nprint(importlib.import_module('networkx').__name__)", "networkx"],
  ["# /// script\n# dependencies = ['xlsxwriter', 'tabulate<0.9']\n# ///\nprint(importlib.import_module('xlsxwriter').__name__)", "xlsxwriter"],
  ["%pip install -q tabulate pip\n!pip install regex  # said\nprint(importlib.import_module('regex').__name__)", "regex"],
  ["try:\n    await micropip.install('humanize')\nexcept ValueError as error:\n    print(error)", "The package humanize could not be brought. This site was built so that packages come from it alone."],
];

let served, browser;
before(async () => {
  const files = {
    "t/everyday.py": percent(...EVERYDAY.map(([source]) => source)),
    "t/asking.py": percent(...ASKING.map(([source]) => source)),
    "t/lacking.py": percent("import humanize", "import winreg", "name = 'net' + 'workx'\nprint(__import__(name).__name__)", "import sqlite3, six\nprint(six.__name__)"),
  };
  [served, browser] = [await site(files), await launch()];
  // As a build with SOURCES=site: nobody is asked whether packages may come from elsewhere.
  served.folder = variantOf(dist, join(root, "dist"), () => ({ sources: undefined }));
});
after(async () => {
  await browser?.close();
  await served?.close();
  rmSync(root, { recursive: true, force: true });
});

/** What the cells have put out as text. */
const outputs = (page) =>
  page.$$eval("article[data-cell]", (cells) =>
    cells.map((cell) => [...cell.querySelectorAll('[data-part="stdout"], [data-part="error"]')].map((part) => part.textContent).join("\n")),
  );

/** Runs a notebook of the site, and compares what each of its cells prints. */
async function check(file, cells) {
  const page = await newPage(browser);
  await open(page, served, file);
  await runAll(page);
  await settle(page);
  const shown = await outputs(page);
  const wrong = cells.flatMap(([source, expected], at) => (shown[at].split("\n").some((line) => line.trim() === expected) ? [] : [`${source}\n=> ${shown[at]}`]));
  assert.deepEqual(wrong, []);
  assert.deepEqual(new Set(await statuses(page)), new Set(["success"]));
  return page;
}

/** The sentences below a cell. */
const said = (page, number) => cell(page, number).locator('[data-part="diagnostic"] p').allTextContents();

test("what everyday notebooks import is there", async () => {
  const page = await check("t/everyday.py", EVERYDAY);
  assert.equal(await page.getByText("thread").count(), 0, "no bar warns that there are no threads");
  await page.context().close();
});

test("what a cell asks for without an import is fetched before it runs", async () => {
  const page = await check("t/asking.py", ASKING);
  await cell(page, 5).getByText("tabulate<0.9 is asked for here.").waitFor();
  assert.match((await said(page, 5)).join(), /This site has tabulate 0\.\d+\.\d+, which is used\./);
  assert.deepEqual(await said(page, 7), ["This site does not have the package humanize. Whoever builds the site can add it."]);
  await page.context().close();
});

test("a cell whose package is not there says why, and trying again tries again", async () => {
  const page = await newPage(browser);
  let blocked = true;
  served.fault = (path) => (blocked && path.startsWith("packages/six-") ? "missing" : undefined);
  await open(page, served, "t/lacking.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["error", "error", "error", "error"]);
  await cell(page, 1).getByText("This site does not have the package humanize.").waitFor();
  await cell(page, 2).getByText("winreg is a part of Python that does not run in a browser.").waitFor();
  await cell(page, 4).getByText(/The package six could not be fetched\. .*packages\/six-.* Run the cell again to try again\./).waitFor();

  blocked = false;
  await runCell(page, 4);
  await settle(page);
  assert.equal((await outputs(page))[3], "six");
  assert.deepEqual(await said(page, 4), []);

  // What only the run can know: one click writes the import.
  await cell(page, 3).getByRole("button", { name: "Write import networkx" }).click();
  await runCell(page, 3);
  await settle(page);
  assert.equal((await outputs(page))[2], "networkx");
  assert.match(await source(page, 3), /^\d*import networkx/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
