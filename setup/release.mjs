// The seals of a release: the page's list of files with its own number, the service worker's hash of
// itself, and what the policy promises, checked on what was written.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fail, sha256 } from "./cache.mjs";

const LIST = /(<script type="application\/json" id="rivulet-files">)([^<]*)(<\/script>)/;
const NUMBER = /(<meta name="rivulet-release" content=")[0-9a-f]*(")/;
/** Files whose names do not change with their bytes have a version in their addresses, against old caches. */
const VERSIONED = /^(charts|kernel|maths|packages|pyodide)\//;

/** The address of a file of the site, as the list names it. */
export const addressOf = (name, bytes) => (VERSIONED.test(name) ? `${name}?v=${sha256(bytes).slice(0, 8)}` : name);

/** `{ address: { size, sha256 } }` of every file below a folder, but for the page and the service worker, which cannot be in their own list. */
export function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/").replace(/^\//, ""));
  const listed = names.sort().filter((name) => !["index.html", "service-worker.js"].includes(name));
  return Object.fromEntries(
    listed.map((name) => {
      const bytes = readFileSync(join(folder, name));
      return [addressOf(name, bytes), { size: bytes.length, sha256: sha256(bytes) }];
    }),
  );
}

/** The list in a page. */
export const listIn = (html) => JSON.parse(html.match(LIST)[2]);

/** A page with this list. Its number is the sha256 of the page without it, so that a page that was changed on the way is known by itself. */
export function sealPage(html, list) {
  const json = JSON.stringify(list).replaceAll("<", "\\u003c");
  const page = html.replace(LIST, (_all, open, _list, close) => open + json + close).replace(NUMBER, "$1$2");
  return page.replace(NUMBER, `$1${sha256(page)}$2`);
}

/** The service worker of these sources. It does not install where a byte of it was changed on the way. */
export function sealWorker(...sources) {
  const worker = `function rivuletWorker(seal) {\n${sources.join("\n")}}`;
  return `${worker}\nrivuletWorker("${sha256(worker)}");\n`;
}

/** Stops the build where a page has a script that its policy would refuse, or a policy that promises less than it should. `blobs` says whether scripts that it makes itself may be allowed. */
export function checkPage(html, where = "index.html", { blobs = false } = {}) {
  const stop = (sentence) => fail(`${where} ${sentence}`);
  const policy = html.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/)?.[1];
  if (!policy) stop("has no policy");
  const before = html.slice(0, html.indexOf("Content-Security-Policy")).replace(/<(!doctype html|html lang="en"|head|meta charset="utf-8" \/|meta http-equiv=")>?/g, "").trim();
  if (before) stop(`has something before its policy, which it does not hold for: ${before.slice(0, 80)}`);
  if (/(?<!wasm-)unsafe-eval/.test(policy)) stop("must not allow eval");
  if (/script-src[^;]*('unsafe-inline'|\*|https?:|data:)/.test(policy) || (!blobs && /script-src[^;]*blob:/.test(policy))) stop("must allow no scripts but its own");
  for (const [, attributes, code] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (/type="application\/json"/.test(attributes) || /\bsrc=/.test(attributes)) continue;
    if (!policy.includes(`'sha256-${sha256(code, "base64")}'`)) stop(`has a script that its policy would refuse: ${code.trim().slice(0, 80)}`);
  }
  if (/<[^>]+\son\w+=/.test(html.replace(LIST, ""))) stop("has a handler in an attribute, which its policy would refuse");
}

/** Stops the build where a script does what the policies forbid, or asks for a frame that is no sandbox. */
export function checkScripts(scripts) {
  const forbidden = [
    [/\ballow-same-origin\b/, "a frame with the page's own origin"],
    [/\bnew\s+(Shared)?Worker\(\s*["'`](?!data:)/, "a worker from an address"],
    [/\bnew\s+(Shared)?Worker\(\s*new\s+URL\(/, "a worker from an address"],
  ];
  for (const [name, code] of scripts) {
    const found = forbidden.find(([pattern]) => pattern.test(code));
    if (found) fail(`${name} asks for ${found[1]}.`);
  }
}
