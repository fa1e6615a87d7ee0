// The packages of the site: what everyday notebooks import is there, under whatever name.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, newPage, open, percent, runAll, settle, site, statuses } from "./harness.mjs";

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
  ["from zoneinfo import ZoneInfo\nimport tzdata, datetime\nprint(datetime.datetime(2026, 7, 1, tzinfo=ZoneInfo('Europe/Berlin')).utcoffset())", "2:00:00"],
  ["import narwhals as nw\nprint(nw.from_native(tips).shape)", "(3, 2)"],
  ["import traitlets, comm, packaging.version, micropip\nprint(packaging.version.Version('1.2') < packaging.version.Version('1.10'))", "True"],
];

let served, browser;
before(async () => {
  const files = {
    "t/everyday.py": percent(...EVERYDAY.map(([source]) => source)),
  };
  [served, browser] = [await site(files), await launch()];
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** What the cells have put out as text. */
const outputs = (page) =>
  page.$$eval("article[data-cell]", (cells) =>
    cells.map((cell) => [...cell.querySelectorAll('[data-part="stdout"], [data-part="error"]')].map((part) => part.textContent).join("\n")),
  );

test("what everyday notebooks import is there", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/everyday.py");
  await runAll(page);
  await settle(page);
  const shown = await outputs(page);
  const wrong = EVERYDAY.flatMap(([, expected], at) => (shown[at].split("\n").some((line) => line.trim() === expected) ? [] : [shown[at]]));
  assert.deepEqual(wrong, []);
  assert.deepEqual(new Set(await statuses(page)), new Set(["success"]));
  await page.context().close();
});
