// How long an edit takes until the graph is right again, in WebAssembly: built as the page is, run by
// Node's engine, which is Chromium's.

import { pathToFileURL } from "node:url";

const { Notebook, kinds, held } = await import(pathToFileURL(process.argv[2]));
const TIMES = 200;

function time(work) {
  const began = performance.now();
  work();
  return performance.now() - began;
}

console.log(`\nAn edit until the graph is right again, in WebAssembly (mean of ${TIMES}, ms; memory in MB)`);
console.log("  cells        opened " + kinds().map((word) => word.padStart(12)).join("") + "       memory");
// The first notebook warms the engine up.
const first = new Notebook(1000);
kinds().forEach((_, kind) => first.edit(kind, TIMES));
for (const count of [100, 1_000, 10_000]) {
  const before = held();
  let notebook;
  const opened = time(() => (notebook = new Notebook(count)));
  const more = held() - before;
  const times = kinds().map((_, kind) => (time(() => notebook.edit(kind, TIMES)) / TIMES).toFixed(4).padStart(12));
  console.log(`  ${String(count).padEnd(8)} ${opened.toFixed(1).padStart(10)} ${times.join("")} ${more.toFixed(1).padStart(12)}`);
  notebook.free();
}
