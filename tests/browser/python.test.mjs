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

test("the Python part passes its tests in Pyodide", async () => {
  const pyodide = await load("rivulet_kernel", "tests");
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
