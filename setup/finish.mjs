// Completes what Trunk staged: the kernel's files and the packages beside the page, the page's
// policy, and the list of files that the page reads. It stops when something is not as expected,
// since a page whose policy does not fit its scripts would not start.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { fail, sha256 } from "./cache.mjs";
import { filesOf as besideOf, lessonsOf } from "./lessons.mjs";
import { served, sources } from "./packages.mjs";
import { addressOf, checkPage, checkScripts, filesOf, sealPage, sealWorker } from "./release.mjs";
import { stdlib } from "./stdlib.mjs";

const stage = process.env.TRUNK_STAGING_DIR ?? fail("finish.mjs is called by Trunk; run `make build`.");
const at = (...parts) => join(stage, ...parts);
const only = (pattern) => {
  const found = readdirSync(stage).filter((name) => pattern.test(name));
  if (found.length !== 1) fail(`expected one file like ${pattern} in the build, found ${found.join(", ") || "none"}`);
  return found[0];
};

function optimise(path) {
  if (process.env.TRUNK_PROFILE !== "release") return;
  const features = ["--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext", "--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"];
  execFileSync("node_modules/.bin/wasm-opt", ["-Os", ...features, at(path), "-o", at(path)], { stdio: "inherit" });
}

// The kernel: one classic script, the Rust host, Pyodide, the standard library.
for (const folder of ["kernel", "pyodide", "packages"]) mkdirSync(at(folder), { recursive: true });
// In one strict function, so that user code in the same worker can name nothing of it.
const script = ["worker/js/first.js", "public/generated/pyodide.js", at("worker.js"), "worker/js/start.js"];
const parts = script.map((path) => `${readFileSync(path, "utf8")}\n;\n`);
writeFileSync(at("kernel/worker.js"), `(() => {"use strict";\n${parts.join("")}})();\n`);
renameSync(at("worker_bg.wasm"), at("kernel/host.wasm"));
for (const left of readdirSync(stage).filter((name) => /^worker\b.*\.(js|wasm|ts)$/.test(name))) rmSync(at(left));
optimise("kernel/host.wasm");
copyFileSync("node_modules/pyodide/pyodide.asm.wasm", at("pyodide/pyodide.asm.wasm"));
copyFileSync(stdlib, at("pyodide/python_stdlib.zip"));

// School filters block `.whl`, so that the packages have a name that says nothing.
const packages = served().map(({ name, version, wheel, path, imports, depends }) => {
  const file = `${name}-${version}.bin`;
  copyFileSync(path, at("packages", file));
  const bytes = readFileSync(path);
  return { name, version, file, wheel, sha256: sha256(bytes), size: bytes.length, imports, depends };
});
writeFileSync(at("packages/index.json"), JSON.stringify(packages));

// Where other packages come from, by leave of the person: through the frame that asks other sites.
const outside = process.env.RIVULET_SOURCES || "ask";
if (!["ask", "site"].includes(outside)) fail(`SOURCES=${outside} is neither "ask" nor "site".`);
const others = outside === "ask" ? sources() : undefined;
if (others) writeFileSync(at("packages/pyodide.json"), JSON.stringify(others.lock));

// What the app itself is made of; a name with a hash means the same bytes for ever.
const wasm = only(/^app-[0-9a-f]+_bg\.wasm$/);
optimise(wasm);
function named(name, content) {
  const [stem, end] = name.split(".");
  const path = `${stem}-${sha256(content).slice(0, 16)}.${end}`;
  writeFileSync(at(path), content);
  return path;
}
const editorCode = readFileSync("public/generated/editor.js");
const app = {
  style: named("style.css", readFileSync(at("style.css"))),
  editor: named("editor.js", editorCode),
  script: only(/^app-[0-9a-f]+\.js$/),
  wasm,
};
rmSync(at("style.css"));

// What asks other sites: a file of its own, as it must not inherit the page's policy.
const allowed = (script) => `'sha256-${sha256(script, "base64")}'`;
const network = process.env.RIVULET_NETWORK || "ask";
if (!["ask", "none"].includes(network)) fail(`NETWORK=${network} is neither "ask" nor "none".`);
let broker;
if (network === "ask") {
  const script = readFileSync("app/js/broker.js", "utf8");
  const policy = `default-src 'none'; script-src ${allowed(script)}; connect-src https: http://localhost:* http://*.localhost:* http://127.0.0.1:* http://[::1]:*; base-uri 'none'; form-action 'none'`;
  const document = `<!doctype html><meta charset="utf-8" /><meta http-equiv="Content-Security-Policy" content="${policy}"><title>Other sites</title><script>${script}</script>`;
  checkPage(document, "the frame that asks other sites");
  broker = named("broker.html", document);
}

// What the editor's script asks for by itself, with its versions.
cpSync("public/generated/maths", at("maths"), { recursive: true });
const lost = readdirSync(at("maths")).find((name) => !editorCode.includes(addressOf(`maths/${name}`, readFileSync(at("maths", name)))));
if (lost) fail(`the editor's script does not know ${lost}; public/generated is of another build`);

// What draws in output frames, each with its scripts in order.
cpSync("public/generated/charts", at("charts"), { recursive: true });
const renderers = {
  vega: ["vega.js"],
  plotly: ["plotly-library.js", "plotly.js"],
  bokeh: ["bokeh-library.js", "bokeh-library-widgets.js", "bokeh-library-tables.js", "bokeh-library-gl.js", "bokeh.js"],
  html: ["html.js"],
  anywidget: ["anywidget.js"],
};

// The notebooks of a folder that someone builds a site of stand in the place of the samples.
const site = process.env.RIVULET_SITE;
if (site) {
  const lessons = lessonsOf(site);
  rmSync(at("notebooks"), { recursive: true, force: true });
  cpSync(site, at("notebooks"), { recursive: true, filter: (from) => !/(^|\/)[._]/.test(from.slice(site.length)) });
  writeFileSync(at("notebooks/index.json"), JSON.stringify(lessons));
  console.log(`${lessons.length} notebooks of ${site} are in the site.`);
}
writeFileSync(at("notebooks/files.json"), JSON.stringify(besideOf(at("notebooks"))));

const lock = JSON.parse(readFileSync("node_modules/pyodide/pyodide-lock.json", "utf8"));

const shell = readFileSync("worker/js/shell.js", "utf8");
const framePolicy = `default-src 'none'; script-src ${allowed(shell)} 'wasm-unsafe-eval'; worker-src blob:`;
const frame = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${framePolicy}"><script>${shell}</script>`;

// The frame that an output with scripts is drawn in. Its scripts are `blob:` ones that its shell makes; as
// it inherits the page's policy too, that one allows them as well.
const outputShell = transformSync(readFileSync("app/js/frames/shell.js", "utf8"), { minifyWhitespace: true, minifySyntax: true, target: "es2022" }).code;
const outputPolicy = [
  "default-src 'none'",
  `script-src blob: ${allowed(outputShell)}`,
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "font-src data:",
  "media-src data: blob:",
  "worker-src 'none'",
  "frame-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");
const outputFrame = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${outputPolicy}"><meta charset="utf-8" /><script>${outputShell}</script>`;

// What starts the app is in the page itself: what is there can say that the rest is not.
const source = (name) => readFileSync(`public/${name}.js`, "utf8");
const start = ["address", "verify", "stopped", "salvage", "start"].map(source).join("\n");
const { code } = transformSync(`(() => {\n${start}\n})();`, { minifyWhitespace: true, minifySyntax: true, target: "es2022" });
if (/<\/script|<!--/i.test(code)) fail("the start script would end early in the page");
const policy = [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' blob: ${allowed(shell)} ${allowed(outputShell)} ${allowed(code)}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
].join("; ");

const files = filesOf(stage);
const address = (name) => Object.keys(files).find((path) => path.split("?")[0] === name) ?? fail(`the build has no ${name}`);
const kernel = {
  scripts: [address("kernel/worker.js")],
  host: address("kernel/host.wasm"),
  module: address("pyodide/pyodide.asm.wasm"),
  stdlib: address("pyodide/python_stdlib.zip"),
};
const catalog = address("packages/index.json");
const outputs = { frame: outputFrame, renderers: Object.fromEntries(Object.entries(renderers).map(([name, scripts]) => [name, scripts.map((script) => address(`charts/${script}`))])) };
// With these the site opens without a network; the others are kept once they are used.
// A host that gives no icons keeps nobody from a release.
const isExtra = (path) => /\.(png|svg|webmanifest)$/.test(path);
const kept = Object.keys(files).filter((path) => (!path.includes("/") && !isExtra(path) && path !== broker) || [...kernel.scripts, kernel.host, catalog].includes(path));
const list = { files, kept, app, kernel, packages: catalog, broker, outputs, sources: others && { ...others, lock: address("packages/pyodide.json") }, frame, lock: { info: lock.info, packages: {} } };

// Trunk's own tags would start the app without verifying it.
let html = readFileSync(at("index.html"), "utf8")
  .replace(/<script type="module"[^>]*>[\s\S]*?<\/script>/g, "")
  .replace(/<link rel="(modulepreload|preload)"[^>]*>/g, "")
  .replace('<meta charset="utf-8" />', `<meta charset="utf-8" /><meta http-equiv="Content-Security-Policy" content="${policy}">`)
  .replace("</head>", () => `<script type="application/json" id="rivulet-files"></script><script>${code}</script></head>`);
html = sealPage(html, list);
writeFileSync(at("index.html"), html);
writeFileSync(at("service-worker.js"), sealWorker(source("verify"), source("service-worker")));

// What can make a `blob:` of the page's own runs script in it already: that opens nothing to markup.
checkPage(html, "index.html", { blobs: true });
checkPage(frame, "the kernel's frame");
checkPage(outputFrame, "the frame of outputs", { blobs: true });
if (/connect-src|https?:|'self'|\*/.test(outputPolicy)) fail("the frame of outputs must reach nothing");
if (!policy.includes(allowed(frame.match(/<script>([\s\S]*)<\/script>$/)[1]))) fail("the shell's hash in the page's policy is not that of the shell");
if (!policy.includes(allowed(outputFrame.match(/<script>([\s\S]*)<\/script>$/)[1]))) fail("the hash of the outputs' shell in the page's policy is not that of the shell");
// Of the editor's bundle its own parts: CodeMirror's list of HTML's words has every word in it.
const own = ["app/js", "app/js/frames", "worker/js", "public"].flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".js")).map((name) => join(folder, name)));
checkScripts([["index.html", html], ...[at(app.script), at(app.wasm), at("maths/katex.js"), ...own].map((path) => [path, readFileSync(path, "latin1")])]);
