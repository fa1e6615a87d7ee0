// Further releases of the built site: the same app, with every file of it another by some bytes.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesOf, listIn, sealPage } from "../../setup/release.mjs";

/** Bytes that change nothing of what a file means. */
function noise(name, number) {
  if (/\.js$|\.css$/.test(name)) return Buffer.from(`\n/* ${number} */\n`);
  if (/\.(json|webmanifest)$/.test(name)) return Buffer.from(" ".repeat(number));
  // A custom section that nobody reads: its length, the length of its name, its name.
  if (/\.wasm$/.test(name)) return Buffer.from([0, 3, 2, 0x72, number]);
  return Buffer.alloc(0);
}

/**
 * The releases of a site: `folder(n)` makes the n-th of `dist` and returns where it is; `id(n)` is its
 * number. `remove` takes them away.
 */
export function releasesOf(dist) {
  const root = mkdtempSync(join(tmpdir(), "rivulet-releases-"));
  const ids = new Map();
  const folder = (number) => {
    const to = join(root, String(number));
    if (ids.has(number)) return to;
    execFileSync("cp", ["-al", dist, to]);
    const list = listIn(readFileSync(join(to, "index.html"), "utf8"));
    const names = new Map();
    const change = (address) => {
      const name = address.split("?")[0];
      // What has its hash in its name gets another name, as it does in a build.
      const other = name.includes("/") ? name : name.replace(/-/, `-${number}x`);
      const path = join(to, name);
      const bytes = Buffer.concat([readFileSync(path), noise(name, number)]);
      // The file of before is shared with `dist`.
      unlinkSync(path);
      writeFileSync(join(to, other), bytes);
      names.set(address, other);
    };
    const { app, kernel, packages, kept } = list;
    // One name stays as it is, though the file does not.
    [...Object.values(app), ...kernel.scripts, kernel.host, packages, "manifest.webmanifest"].forEach(change);
    const files = filesOf(to);
    const now = (address) => Object.keys(files).find((path) => path.split("?")[0] === (names.get(address) ?? address.split("?")[0]));
    const sealed = {
      ...list,
      files,
      kept: kept.map(now),
      app: Object.fromEntries(Object.entries(app).map(([kind, address]) => [kind, now(address)])),
      kernel: { ...kernel, scripts: kernel.scripts.map(now), host: now(kernel.host) },
      packages: now(packages),
    };
    const html = sealPage(readFileSync(join(to, "index.html"), "utf8"), sealed);
    writeFileSync(join(to, "index.html.new"), html);
    renameSync(join(to, "index.html.new"), join(to, "index.html"));
    ids.set(number, html.match(/name="rivulet-release" content="([0-9a-f]+)"/)[1]);
    return to;
  };
  const id = (number) => (folder(number), ids.get(number));
  return { folder, id, list: (number) => listIn(readFileSync(join(folder(number), "index.html"), "utf8")), remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** A copy of a site whose list says something else: `change(folder)` changes files of the copy, and gives what the list is to say. */
export function variantOf(dist, to, change) {
  execFileSync("cp", ["-al", dist, to]);
  const page = readFileSync(join(to, "index.html"), "utf8");
  const said = change(to);
  const html = sealPage(page, { ...listIn(page), files: filesOf(to), ...said });
  // The file of before is shared with `dist`.
  writeFileSync(join(to, "index.html.new"), html);
  renameSync(join(to, "index.html.new"), join(to, "index.html"));
  return to;
}
