// Completes what Trunk staged: the kernel's files and the packages beside the page, the page's
// policy, and the list of files that the page reads. It stops when something is not as expected,
// since a page whose policy does not fit its scripts would not start.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, sha256 } from "./cache.mjs";
import { lessonsOf } from "./lessons.mjs";
import { served, wheelOf } from "./packages.mjs";
import { stdlib } from "./stdlib.mjs";

const stage = process.env.TRUNK_STAGING_DIR ?? fail("finish.mjs is called by Trunk; run `make build`.");
const at = (...parts) => join(stage, ...parts);
const only = (pattern) => {
  const found = readdirSync(stage).filter((name) => pattern.test(name));
  if (found.length !== 1) fail(`expected one file like ${pattern} in the build, found ${found.join(", ") || "none"}`);
  return found[0];
};

/** A file of the site as the page's list names it; the version keeps old caches out. */
function listed(path) {
  const bytes = readFileSync(at(path));
  const digest = sha256(bytes);
  return { path: `${path}?v=${digest.slice(0, 8)}`, size: bytes.length, sha256: digest };
}

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
const packages = served().map((entry) => {
  const file = `${entry.name.toLowerCase()}-${entry.version}.bin`;
  copyFileSync(wheelOf(entry), at("packages", file));
  const { name, version, file_name: wheel, sha256, imports, depends } = entry;
  return { name: name.toLowerCase(), version, file, wheel, sha256, size: statSync(at("packages", file)).size, imports, depends };
});
writeFileSync(at("packages/index.json"), JSON.stringify(packages));

// The page's own scripts.
const app = only(/^app-[0-9a-f]+_bg\.wasm$/);
optimise(app);
const editor = readFileSync("public/generated/editor.js");
const editorName = `editor-${sha256(editor).slice(0, 16)}.js`;
writeFileSync(at(editorName), editor);

// What the editor's script asks for by itself, with its versions.
cpSync("public/generated/maths", at("maths"), { recursive: true });
const maths = readdirSync(at("maths")).map((name) => listed(`maths/${name}`).path);
const lost = maths.find((path) => !editor.includes(path));
if (lost) fail(`the editor's script does not know ${lost}; public/generated is of another build`);

// The notebooks of a folder that someone builds a site of stand in the place of the samples.
const site = process.env.RIVULET_SITE;
if (site) {
  const lessons = lessonsOf(site);
  rmSync(at("notebooks"), { recursive: true, force: true });
  cpSync(site, at("notebooks"), { recursive: true, filter: (from) => !/(^|\/)[._]/.test(from.slice(site.length)) });
  writeFileSync(at("notebooks/index.json"), JSON.stringify(lessons));
  console.log(`${lessons.length} notebooks of ${site} are in the site.`);
}

let html = readFileSync(at("index.html"), "utf8");
const inline = [...html.matchAll(/<script type="module"[^>]*>([\s\S]+?)<\/script>/g)];
if (inline.length !== 1) fail(`expected one inline script of Trunk's in index.html, found ${inline.length}`);
const startName = `start-${sha256(inline[0][1]).slice(0, 16)}.js`;
writeFileSync(at(startName), inline[0][1]);
const lock = JSON.parse(readFileSync("node_modules/pyodide/pyodide-lock.json", "utf8"));

const shell = readFileSync("worker/js/shell.js", "utf8");
const shellHash = `'sha256-${sha256(shell, "base64")}'`;
const framePolicy = `default-src 'none'; script-src ${shellHash} 'wasm-unsafe-eval'; worker-src blob:`;
const frame = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${framePolicy}"><script>${shell}</script>`;
const policy = [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' ${shellHash}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "object-src 'none'",
].join("; ");

const manifest = {
  frame,
  scripts: [listed("kernel/worker.js")],
  host: listed("kernel/host.wasm"),
  module: listed("pyodide/pyodide.asm.wasm"),
  stdlib: listed("pyodide/python_stdlib.zip"),
  packages: listed("packages/index.json"),
  lock: { info: lock.info, packages: {} },
};
const data = JSON.stringify(manifest).replaceAll("<", "\\u003c");
html = html
  .replace(inline[0][0], `<script type="module" src="./${startName}"></script><script type="module" src="./${editorName}"></script>`)
  .replace('<meta charset="utf-8" />', `<meta charset="utf-8" /><meta http-equiv="Content-Security-Policy" content="${policy}">`)
  .replace("</head>", `<script type="application/json" id="rivulet-files">${data}</script></head>`);
writeFileSync(at("index.html"), html);

// The service worker knows every file: those of the shell it fetches at once, the others on first use.
const versioned = [manifest.host, ...manifest.scripts, manifest.module, manifest.stdlib, manifest.packages].map(({ path }) => path);
versioned.push(...maths, ...packages.map(({ file, sha256 }) => `packages/${file}?v=${sha256.slice(0, 8)}`));
const top = readdirSync(stage).filter((name) => /\.(js|wasm|css|svg|png|webmanifest)$/.test(name));
const build = {
  version: sha256(html).slice(0, 16),
  shell: ["./", ...top, "notebooks/index.json", ...versioned.filter((path) => /^(kernel\/|packages\/index)/.test(path))],
  files: [...top, ...versioned],
};
writeFileSync(at("service-worker.js"), `const BUILD = ${JSON.stringify(build)};\n${readFileSync("public/service-worker.js", "utf8")}`);

// What the policy promises is checked on what was written.
const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)([^>]*)>/g)].filter(([tag]) => !tag.includes("application/json"));
if (scripts.length > 0) fail(`index.html has a script that its policy would refuse: ${scripts[0][0]}`);
if (!html.includes(`content="${policy}"`)) fail("the page's policy did not get into index.html");
if (/unsafe-eval/.test(policy.replace("wasm-unsafe-eval", ""))) fail("the page's policy must not allow eval");
const written = JSON.parse(data).frame.match(/<script>([\s\S]*)<\/script>$/)[1];
if (!policy.includes(sha256(written, "base64"))) fail("the shell's hash in the page's policy is not that of the shell");
