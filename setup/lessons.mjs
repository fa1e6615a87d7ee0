// Lists the notebooks of a folder for the home page, by their titles, and all its files for Python.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fail } from "./cache.mjs";

const READABLE = /\.(py|ipynb|md|json|html?)$/i;

function titleOf(path) {
  const text = readFileSync(path, "utf8").replace(/^\ufeff/, "");
  const stem = basename(path).replace(READABLE, "").replace(/[-_]+/g, " ");
  if (/\.(ipynb|json)$/i.test(path)) {
    let notebook;
    try {
      notebook = JSON.parse(text);
    } catch (error) {
      fail(`${path} is not JSON (${error.message}); mend it or take it out of the folder.`);
    }
    const given = notebook.metadata?.rivulet?.title ?? notebook.metadata?.title ?? notebook.notebook?.title;
    const first = notebook.cells?.find((cell) => cell.cell_type === "markdown");
    return given ?? [first?.source ?? ""].flat().join("").match(/^# +(.+)$/m)?.[1] ?? stem;
  }
  const own = text.match(/^# rivulet: title=(.+)$/m) ?? text.match(/app_title="([^"]+)"/);
  const front = text.match(/^---\n[\s\S]*?^title: *"?(.+?)"?$[\s\S]*?^---$/m) ?? text.match(/<title>([^<]+)<\/title>/);
  const heading = /\.md$/i.test(path) ? text.match(/^# +(.+)$/m) : null;
  return (own ?? front ?? heading)?.[1].trim() ?? stem;
}

/** `{ file, title, about }` of each notebook below a folder, in the order of their names. */
export function lessonsOf(folder) {
  let names;
  try {
    names = readdirSync(folder, { recursive: true });
  } catch {
    fail(`SITE=${folder} is no folder that can be read.`);
  }
  const isShown = (name) => READABLE.test(name) && !/(^|[\\/])[._]/.test(name) && statSync(join(folder, name)).isFile();
  const found = names.filter(isShown).map((name) => name.replaceAll("\\", "/"));
  if (found.length === 0) fail(`SITE=${folder} holds no notebooks (.py, .ipynb, .md, .json, .html).`);
  const byName = new Intl.Collator("en", { numeric: true }).compare;
  return found.sort(byName).map((file) => ({ file, title: titleOf(join(folder, file)), about: file }));
}

/** The list of notebooks, and this list: they are no files of a lesson. */
const LISTS = ["index.json", "files.json"];

/** `{ path: size }` of the files below a folder: those that a cell names are fetched before it runs. */
export function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const shown = paths.filter((path) => !/(^|\/)[._]/.test(path) && !LISTS.includes(path)).sort();
  return Object.fromEntries(shown.map((path) => [path, statSync(join(folder, path)).size]));
}
