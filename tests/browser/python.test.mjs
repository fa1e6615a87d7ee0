// The kernel's Python part runs its own tests in the Python that it is made for, too.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { loadPyodide } from "pyodide";
import { listenToWritten } from "../../worker/js/written.js";

const python = fileURLToPath(new URL("../../worker/python/", import.meta.url));

async function load(...folders) {
  const pyodide = await loadPyodide();
  for (const folder of folders) {
    pyodide.FS.mkdirTree(`/python/${folder}`);
    for (const name of readdirSync(python + folder).filter((name) => name.endsWith(".py"))) {
      pyodide.FS.writeFile(`/python/${folder}/${name}`, readFileSync(`${python}${folder}/${name}`, "utf8"));
    }
  }
  pyodide.runPython("import sys; sys.path.insert(0, '/python')");
  return pyodide;
}

test("what is written past Python's streams is put out by the cell that did it", async () => {
  const pyodide = await load("rivulet_kernel");
  const posted = [];
  const kernel = pyodide.pyimport("rivulet_kernel");
  kernel.start((_run, text) => posted.push(JSON.parse(text)), listenToWritten(pyodide));
  const run = (source) => {
    posted.length = 0;
    kernel.run(JSON.stringify({ run: 1, cell: 1, label: "Cell 1", source }));
    // Where a batch ends is a matter of time.
    return posted.map(({ stream, text }, at) => (stream === posted[at - 1]?.stream ? text : `${stream}: ${text}`)).join("");
  };
  const raw = (number, text) => `import io\nn = io.FileIO(${number}, 'w', closefd=False).write('${text}'.encode())`;
  assert.equal(run(`print('a')\n${raw(1, "raw\\n")}\nprint('b')`), "stdout: a\nraw\nb\n");
  assert.equal(run(raw(2, "\u00e9")), "stderr: \u00e9");
  assert.equal(run("import os; n = os.write(1, b'by os')"), "stdout: by os");
});

test("what a cell left behind puts out is told of its run, also after its end", async () => {
  const pyodide = await load("rivulet_kernel");
  const told = {};
  const kernel = pyodide.pyimport("rivulet_kernel");
  kernel.start((run, text) => {
    const { text: printed = "(value)" } = JSON.parse(text);
    told[run] = (told[run] ?? "") + printed;
  });
  let runs = 0;
  const run = async (source, cell) => JSON.parse(await kernel.run(JSON.stringify({ run: (runs += 1), cell, label: `Cell ${cell}`, source })));
  const TICKER = "import asyncio\nasync def ticker():\n    for n in range(3):\n        await asyncio.sleep(0.05)\n        print('tick', n)\ntask = asyncio.create_task(ticker())\nprint('started')";
  await run(TICKER, 1);
  await run("print('B begins')\nawait asyncio.sleep(0.12)\nprint('B ends')", 2);
  await run("async def broken(): raise RuntimeError('in the background')\nlost = asyncio.create_task(broken())\nawait asyncio.sleep(0.02)\nprint('C ends')", 3);
  const callback = "from js import setTimeout\nfrom pyodide.ffi import create_once_callable\ndef called(): print('called'); display(1)\nsetTimeout(create_once_callable(called), 50);";
  await run(callback, 4);
  await run("%%capture out\nprint('caught')\nawait asyncio.sleep(0.1)", 5);
  await run("await asyncio.sleep(0.1)\nprint(repr(out.stdout))", 6);
  assert.equal(told[1], "started\ntick 0\ntick 1\ntick 2\n");
  assert.equal(told[2], "B begins\nB ends\n");
  assert.match(told[3], /RuntimeError: in the background\n(.|\n)*C ends\n$/);
  assert.equal(told[4], "called\n(value)");
  assert.equal(told[5], undefined);
  assert.equal(told[6], "'caught\\n'\n");
});

test("the Python part passes its tests in Pyodide", async () => {
  const pyodide = await load("", "rivulet", "rivulet_kernel", "tests");
  const result = await pyodide.runPythonAsync(`
import io, sys, unittest
written = io.StringIO()
suite = unittest.defaultTestLoader.discover("/python/tests", top_level_dir="/python/tests")
result = unittest.TextTestRunner(stream=written).run(suite)
f"{result.testsRun} {len(result.failures) + len(result.errors)}\\n{written.getvalue()}"
`);
  const [counts, ...report] = result.split("\n");
  const [ran, failed] = counts.split(" ").map(Number);
  assert.ok(ran >= 29, counts);
  assert.equal(failed, 0, report.join("\n"));
});
