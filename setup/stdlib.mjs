// Makes the standard library that the site serves: the modules that a start needs are compiled
// ahead, since compiling them is most of a stock start's time; the rest stays source.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadPyodide } from "pyodide";
import { cache, sha256 } from "./cache.mjs";

const stock = readFileSync("node_modules/pyodide/python_stdlib.zip");
const self = readFileSync(new URL(import.meta.url));
/** The finished file. */
export const stdlib = join(cache, `stdlib-${sha256(Buffer.concat([stock, self])).slice(0, 16)}.zip`);

// Besides what the start itself imports: what our kernel, common lessons and the served packages import.
const MAKE = `
import importlib._bootstrap_external as external, importlib.util, io, sys, zipfile
for name in """
    abc argparse array ast asyncio base64 bisect builtins bz2 calendar codecs collections.abc
    colorsys concurrent.futures contextlib contextvars copy csv dataclasses datetime decimal difflib
    email.message enum fractions functools getpass gettext glob gzip hashlib heapq html http.client
    importlib.metadata importlib.resources inspect io itertools json linecache locale logging
    math mimetypes numbers operator pathlib pickle pkgutil platform pprint queue random re
    secrets shutil signal socket sqlite3 statistics string struct subprocess tempfile textwrap threading
    time timeit tokenize traceback types typing unicodedata unittest unittest.mock urllib.parse
    urllib.request uuid warnings weakref xml.etree.ElementTree zipfile zoneinfo
    """.split():
    try:
        importlib.import_module(name)
    except ImportError:
        pass
loaded = {
    module.__spec__.origin.split("python_stdlib.zip/")[-1].split(".zip/")[-1]
    for module in list(sys.modules.values())
    if getattr(module, "__spec__", None) and module.__spec__.origin and ".zip/" in module.__spec__.origin
}
made = io.BytesIO()
with zipfile.ZipFile("/stock.zip") as stock, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as zip:
    for entry in stock.infolist():
        data = stock.read(entry)
        info = zipfile.ZipInfo(entry.filename, (2026, 1, 1, 0, 0, 0))
        if entry.filename in loaded:
            file = f"/lib/python{sys.version_info[0]}{sys.version_info[1]}.zip/{entry.filename}"
            code = compile(data, file, "exec", dont_inherit=True, optimize=0)
            # Unchecked hash: there is no source beside it to compare with.
            data = external._code_to_hash_pyc(code, importlib.util.source_hash(data), False)
            info.filename += "c"
        zip.writestr(info, data)
(len(loaded), made.getvalue())
`;

if (!existsSync(stdlib)) {
  console.log("\x1b[1m[setup]\x1b[0m Python's standard library, compiled ahead (about 20 s, once) ...");
  mkdirSync(cache, { recursive: true });
  const pyodide = await loadPyodide();
  pyodide.FS.writeFile("/stock.zip", new Uint8Array(stock));
  const [count, made] = pyodide.runPython(MAKE).toJs();
  if (count < 150) throw new Error(`only ${count} modules were found to compile`);
  writeFileSync(`${stdlib}.part`, made);
  renameSync(`${stdlib}.part`, stdlib);
}
