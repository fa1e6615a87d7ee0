// Has CPython judge cells, and writes a line of JSON for each: `node oracle.mjs TARGET LIMIT [314]`.
// By the machine's own Python, or by Pyodide's 3.14. The cells are those of the standard library.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [target, limit, which] = process.argv.slice(2);
const script = readFileSync(new URL("oracle.py", import.meta.url), "utf8");
const folder = execFileSync("python3", ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], { encoding: "utf8" }).trim();
let lines;
if (which === "314") {
  const { loadPyodide } = await import("pyodide");
  const pyodide = await loadPyodide();
  pyodide.FS.mkdirTree("/corpus");
  pyodide.mountNodeFS("/corpus", folder);
  pyodide.runPython("import warnings; warnings.simplefilter('ignore')");
  pyodide.runPython(script);
  lines = pyodide.runPython(`judge_all("/corpus", ${Number(limit)})`);
} else {
  const ask = `${script}\nimport sys, warnings\nwarnings.simplefilter("ignore")\nprint(judge_all(sys.argv[1], int(sys.argv[2])))`;
  lines = execFileSync("python3", ["-c", ask, folder, limit], { encoding: "utf8", maxBuffer: 1 << 30 });
}
mkdirSync(dirname(target), { recursive: true });
writeFileSync(`${target}.part`, lines);
renameSync(`${target}.part`, target);
