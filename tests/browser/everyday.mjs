// Forty notebooks as people write them elsewhere: `{ title, cells, shows }`, where `shows` is what stands in
// the page after "Run all". Written for Jupyter, Colab and scripts, not for Rivulet.

/** A cell of text. */
const text = (source) => ({ text: source });

export const NOTEBOOKS = [
  {
    title: "cleaning data with pandas and openpyxl",
    cells: [
      text("# Cleaning a class list"),
      `import pandas as pd
rows = {"name": ["Ada ", "Bo", None, "Cy"], "points": ["12", "x", "7", "15"]}
pd.DataFrame(rows).to_excel("class.xlsx", index=False)`,
      `df = pd.read_excel("class.xlsx")
df["name"] = df["name"].str.strip()
df["points"] = pd.to_numeric(df["points"], errors="coerce")
clean = df.dropna()
clean`,
      `print(f"{len(clean)} rows, mean {clean['points'].mean():.1f}")`,
    ],
    shows: /2 rows, mean 13\.5/,
  },
  {
    title: "seaborn",
    cells: ["%matplotlib inline\nimport seaborn as sns\nimport matplotlib.pyplot as plt\nsns.set_theme()", `ax = sns.barplot(x=["a", "b"], y=[3, 5])\nax.set_title("Bars")\nplt.show()`, "print(type(ax).__name__)"],
    shows: /Axes/,
    pictures: 1,
  },
  {
    title: "altair",
    cells: ["import altair as alt\nimport pandas as pd", `source = pd.DataFrame({"a": list("ABC"), "b": [28, 55, 43]})`, `chart = alt.Chart(source).mark_bar().encode(x="a", y="b")\nprint(sorted(chart.to_dict())[:2])`],
    shows: /\$schema/,
  },
  {
    title: "plotly",
    cells: ["import plotly.graph_objects as go", `fig = go.Figure(go.Bar(x=["a", "b"], y=[2, 3]))\nfig.update_layout(title="Bars")\nprint(fig.to_dict()["data"][0]["type"])`],
    shows: /bar/,
  },
  {
    title: "networkx",
    cells: ["import networkx as nx", `G = nx.Graph()\nG.add_edges_from([("a", "b"), ("b", "c"), ("c", "d")])`, `nx.shortest_path(G, "a", "d")`],
    shows: /\['a', 'b', 'c', 'd'\]/,
  },
  { title: "sympy", cells: ["from sympy import *\ninit_printing()\nx = symbols('x')\n[x ** 2, 3]", "f = sin(x) ** 2 + cos(x) ** 2", "print(simplify(f), integrate(x ** 2, (x, 0, 3)))"], shows: /1 9/ },
  {
    title: "scikit-learn",
    cells: [
      "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import train_test_split",
      "X, y = load_iris(return_X_y=True)\nX_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)",
      "model = LogisticRegression(max_iter=500).fit(X_train, y_train)\nprint(model.score(X_test, y_test) > 0.9)",
    ],
    shows: /True/,
  },
  { title: "numpy", cells: ["import numpy as np\na = np.arange(12).reshape(3, 4)", "a.T @ a", "np.linalg.norm(a)"], shows: /22\.49/ },
  { title: "scipy", cells: ["from scipy import optimize, stats", "r = optimize.minimize_scalar(lambda t: (t - 2) ** 2)\nround(r.x, 3)", "stats.norm.cdf(0)"], shows: /0\.5/ },
  {
    title: "matplotlib with subplots",
    cells: ["import numpy as np\nimport matplotlib.pyplot as plt\n%matplotlib inline", "t = np.linspace(0, 1, 50)\nfig, axes = plt.subplots(1, 2, figsize=(6, 2))\naxes[0].plot(t, t ** 2)\naxes[1].hist(t)\nplt.tight_layout()\nplt.show()"],
    shows: /^/,
    pictures: 1,
  },
  { title: "Pillow", cells: ["from PIL import Image, ImageDraw", `im = Image.new("RGB", (40, 20), "navy")\nImageDraw.Draw(im).ellipse((5, 5, 15, 15), fill="white")\nim`], shows: /^/, pictures: 1 },
  { title: "tqdm", cells: ["from tqdm.auto import tqdm\nfrom tqdm.notebook import trange", "total = 0\nfor i in tqdm(range(50)):\n    total += i\nfor i in trange(3, desc='outer'):\n    for j in trange(9, desc='inner', leave=False):\n        total += 0\nprint('sum', total)"], shows: /outer[^]*sum 1225/ },
  {
    title: "dataclasses",
    cells: ["from dataclasses import dataclass, field, asdict", "@dataclass(order=True)\nclass Book:\n    title: str\n    pages: int = 0\n    tags: list = field(default_factory=list)", "books = [Book('b', 2), Book('a', 1)]\nsorted(books)[0], asdict(books[0])"],
    shows: /Book\(title='a', pages=1, tags=\[\]\)/,
  },
  { title: "asyncio", cells: ["import asyncio", "async def work(n):\n    await asyncio.sleep(0.01)\n    return n * n", "results = await asyncio.gather(*(work(n) for n in range(4)))\nresults", "asyncio.run(work(9))"], shows: /\[0, 1, 4, 9\][\s\S]*81/ },
  {
    title: "sqlite3",
    cells: ["import sqlite3\ncon = sqlite3.connect('shop.db')\ncon.execute('create table if not exists item (name text, price real)')\ncon.executemany('insert into item values (?, ?)', [('pen', 1.5), ('ink', 4)])\ncon.commit()", "con.execute('select sum(price) from item').fetchone()"],
    shows: /\(5\.5,\)/,
  },
  { title: "regular expressions", cells: ["import re", "log = 'ada@example.org wrote to bo@example.com'\nre.findall(r'[\\w.]+@[\\w.]+', log)", "re.sub(r'(\\w+)@', r'<\\1>@', log)"], shows: /<ada>@example\.org/ },
  {
    title: "a text adventure",
    cells: ["name = input('Who are you? ')", "path = ''\nwhile path not in ('left', 'right'):\n    path = input(f'{name}, left or right? ')", "print(f'{name} goes {path}.')"],
    answers: ["Ada", "up", "left"],
    shows: /Ada goes left\./,
  },
  { title: "a script's own header", file: "py", source: `# /// script\n# requires-python = ">=3.11"\n# dependencies = ["tabulate", "humanize<0; python_version < '3'"]\n# ///\nfrom tabulate import tabulate\nprint(tabulate([["a", 1], ["b", 2]], headers=["k", "v"]))\n`, shows: /k {6}v/ },
  {
    title: "Colab's first cell",
    cells: ["!pip install -q seaborn tabulate\n%load_ext autoreload\n%autoreload 2", "import seaborn, tabulate\nprint('ready')"],
    shows: /ready/,
  },
  { title: "%pip with a version", cells: ["%pip install networkx tqdm", "import networkx, tqdm\nprint('both', tqdm.__name__)"], shows: /both tqdm/ },
  { title: "micropip", cells: ["import micropip\nawait micropip.install('tabulate')", "import tabulate\nprint('got', tabulate.__name__)"], shows: /got tabulate/ },
  { title: "timing", cells: ["%%time\nsquares = [n * n for n in range(10_000)]", "%timeit -n 10 -r 2 sum(squares)", "print(len(squares))"], shows: /10000/ },
  { title: "capture", cells: ["%%capture said\nprint('quiet')", "print('said', said.stdout)"], shows: /said quiet/ },
  { title: "a module from a cell", cells: ["%%writefile helper.py\ndef double(n):\n    return 2 * n", "import helper\nhelper.double(21)"], shows: /42/ },
  { title: "shell lines", cells: ["!echo hello > note.txt\n!cat note.txt\n!ls", "open('note.txt').read().strip()"], shows: /hello[\s\S]*note\.txt/ },
  {
    title: "IPython.display",
    cells: ["from IPython.display import display, HTML, Markdown, Math, JSON, clear_output", "display(HTML('<b>bold</b>'), Markdown('*slanted*'))", "for n in range(3):\n    clear_output(wait=True)\n    print('step', n)", "h = display('first', display_id=True)\nh.update('second')"],
    shows: /bold[\s\S]*slanted[\s\S]*step 2[\s\S]*second/,
  },
  { title: "help", cells: ["def area(r):\n    'Area of a circle.'\n    return 3.14 * r ** 2", "area?", "help(area)"], shows: /Area of a circle/ },
  {
    title: "unittest and doctest",
    cells: ["def add(a, b):\n    '''\n    >>> add(1, 2)\n    3\n    '''\n    return a + b", "import doctest\ndoctest.testmod()", "import unittest\nclass T(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(2, 2), 4)\nunittest.main(argv=[''], exit=False)"],
    shows: /failed=0, attempted=1[\s\S]*OK/,
  },
  { title: "inspect", cells: ["import inspect", "class Point:\n    def __init__(self, x):\n        self.x = x", "print(inspect.getsource(Point))"], shows: /class Point:/ },
  { title: "pickle and json", cells: ["import json, pickle", "class Pet:\n    def __init__(self, name):\n        self.name = name", "copy = pickle.loads(pickle.dumps(Pet('Rex')))\njson.dumps({'pet': copy.name})"], shows: /\{"pet": "Rex"\}/ },
  { title: "files", cells: ["import csv, pathlib", "with open('points.csv', 'w', newline='') as f:\n    csv.writer(f).writerows([['name', 'points'], ['Ada', 3]])", "list(csv.DictReader(open('points.csv')))", "pathlib.Path('points.csv').stat().st_size > 5"], shows: /name\s+points\s+Ada\s+3/ },
  { title: "time zones", cells: ["from datetime import datetime\nfrom zoneinfo import ZoneInfo", "datetime(2026, 7, 1, 12, tzinfo=ZoneInfo('Europe/Berlin')).isoformat()"], shows: /\+02:00/ },
  { title: "logging and warnings", cells: ["import logging, warnings\nlogging.basicConfig(level=logging.INFO, force=True)", "logging.info('noted')\nwarnings.warn('careful')\nprint('done')"], shows: /noted[\s\S]*careful[\s\S]*done/ },
  { title: "random numbers", cells: ["import random\nrandom.seed(7)\nrolls = [random.randint(1, 6) for _ in range(5)]", "rolls", "import statistics\nstatistics.mean(rolls)"], shows: /\[\d, \d, \d, \d, \d\]/ },
  { title: "pydantic", cells: ["from pydantic import BaseModel, ValidationError", "class User(BaseModel):\n    name: str\n    age: int", "try:\n    User(name='Ada', age='old')\nexcept ValidationError as e:\n    print(e.error_count(), 'error')"], shows: /1 error/ },
  { title: "Beautiful Soup and YAML", cells: ["from bs4 import BeautifulSoup\nimport yaml", "soup = BeautifulSoup('<ul><li>a</li><li>b</li></ul>', 'html.parser')\nitems = [li.text for li in soup.find_all('li')]", "print(yaml.safe_dump({'items': items}))"], shows: /- a\s+- b/ },
  { title: "recursion and caching", cells: ["from functools import lru_cache", "@lru_cache\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)", "fib(80)"], shows: /23416728348467685/ },
  { title: "leaving early", cells: ["import sys\nprint('before')\nsys.exit()", "print('after')"], shows: /before[\s\S]*after/ },
  { title: "functions of two cells that call each other", cells: ["def even(n):\n    return n == 0 or odd(n - 1)", "def odd(n):\n    return n != 0 and even(n - 1)", "print(even(10), odd(7))"], shows: /True True/ },
  { title: "rich and jinja2", cells: ["from rich.table import Table\nfrom rich.console import Console\nimport jinja2", "table = Table(title='Planets')\ntable.add_column('Name')\ntable.add_row('Mars')\nConsole(width=40).print(table)", "jinja2.Template('Hello {{ who }}').render(who='Mars')"], shows: /Planets[\s\S]*Hello Mars/ },
];

/** A notebook as a file of Jupyter, as other programs write it. */
export function ipynb({ cells }) {
  const lines = (source) => source.split(/(?<=\n)/);
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" }, language_info: { name: "python" } },
    cells: cells.map((cell, at) =>
      cell.text
        ? { cell_type: "markdown", id: `cell-${at}`, metadata: {}, source: lines(cell.text) }
        : { cell_type: "code", id: `cell-${at}`, metadata: {}, execution_count: null, outputs: [], source: lines(cell) },
    ),
  });
}
