// Brings the wheels of the packages that the site serves. Pyodide's lock file (in its npm package,
// whose own integrity is in package-lock.json) says which bytes are right; where they come from
// does not matter: Pyodide's own CDN, or, behind a firewall, a package of PyPI that carries them.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, fail, sha256 } from "./cache.mjs";

const SERVED = ["numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "sympy", "pillow"];
const MIRROR = { project: "open-webui==0.12.4", folder: "open_webui/frontend/pyodide/", mb: 106 };

const lock = JSON.parse(readFileSync("node_modules/pyodide/pyodide-lock.json", "utf8"));
const { version } = JSON.parse(readFileSync("node_modules/pyodide/package.json", "utf8"));
const wheels = join(cache, "wheels");

/** The served packages and all that they need, as the lock file describes them. */
export function served() {
  const found = new Map();
  const visit = (name) => {
    const entry = lock.packages[name];
    if (!entry) fail(`Pyodide's lock file has no package ${name}.`);
    if (found.has(name)) return;
    found.set(name, entry);
    entry.depends.forEach(visit);
  };
  SERVED.forEach(visit);
  return [...found.values()];
}

/** Where a package's wheel is kept. */
export const wheelOf = (entry) => join(wheels, entry.file_name);

function keep(entry, bytes, from) {
  if (sha256(bytes) !== entry.sha256) {
    fail(`${entry.file_name} from ${from} is not the file that Pyodide's lock file names.`);
  }
  writeFileSync(`${wheelOf(entry)}.part`, bytes);
  renameSync(`${wheelOf(entry)}.part`, wheelOf(entry));
}

async function fromCdn(entries) {
  for (const entry of entries) {
    const url = `https://cdn.jsdelivr.net/pyodide/v${version}/full/${entry.file_name}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`the CDN answered ${response.status}`);
    keep(entry, Buffer.from(await response.arrayBuffer()), "Pyodide's CDN");
  }
}

const EXTRACT = `
import sys, zipfile
archive, folder, target, *names = sys.argv[1:]
with zipfile.ZipFile(archive) as archive:
    for name in names:
        with open(f"{target}/{name}", "wb") as file:
            file.write(archive.read(folder + name))
`;

function fromMirror(entries) {
  const work = join(cache, "mirror");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const pip = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  execFileSync("python3", [...pip, "--python-version", "3.12", "-d", work, MIRROR.project], { stdio: "inherit" });
  const file = execFileSync("ls", [work], { encoding: "utf8" }).trim();
  const names = entries.map((entry) => entry.file_name);
  execFileSync("python3", ["-c", EXTRACT, join(work, file), MIRROR.folder, work, ...names], { stdio: "inherit" });
  for (const entry of entries) keep(entry, readFileSync(join(work, entry.file_name)), "PyPI");
  rmSync(work, { recursive: true, force: true });
}

const missing = served().filter((entry) => !existsSync(wheelOf(entry)));
if (missing.length > 0) {
  mkdirSync(wheels, { recursive: true });
  console.log(`\x1b[1m[setup]\x1b[0m ${missing.length} Python packages (about ${MIRROR.mb} MB, once) ...`);
  try {
    await fromCdn(missing);
  } catch {
    try {
      fromMirror(missing.filter((entry) => !existsSync(wheelOf(entry))));
    } catch (error) {
      fail(
        "the Python packages came neither from Pyodide's CDN nor through pip. Install Python 3 with pip, and see " +
          `that either can be reached. (${error.message.split("\n")[0]})`,
      );
    }
  }
}
