// The kernel's Python part runs its own tests in the Python that it is made for, too.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { loadPyodide } from "pyodide";

const python = fileURLToPath(new URL("../../worker/python/", import.meta.url));

test("the Python part passes its tests in Pyodide", async () => {
  const pyodide = await loadPyodide();
  for (const folder of ["rivulet_kernel", "tests"]) {
    pyodide.FS.mkdirTree(`/python/${folder}`);
    for (const name of readdirSync(python + folder).filter((name) => name.endsWith(".py"))) {
      pyodide.FS.writeFile(`/python/${folder}/${name}`, readFileSync(`${python}${folder}/${name}`, "utf8"));
    }
  }
  const result = await pyodide.runPythonAsync(`
import io, sys, unittest
sys.path.insert(0, "/python")
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
