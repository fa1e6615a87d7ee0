// How long an edit takes until the graph is right again, in WebAssembly: built as the page is, run by
// Node's engine, which is Chromium's.

import { createRequire } from "node:module";

const { Notebook, kinds, __wasm } = createRequire(import.meta.url)(process.argv[2]);
const TIMES = 200;

function time(work) {
  const began = performance.now();
  work();
  return performance.now() - began;
}

console.log(`\nAn edit until the graph is right again, in WebAssembly (mean of ${TIMES}, ms; memory in MB)`);
console.log("  cells        opened " + kinds().map((word) => word.padStart(12)).join("") + "       memory");
const memory = () => (__wasm?.memory.buffer.byteLength ?? 0) / 1e6;
// The first notebook warms the engine up.
new Notebook(1000).edit(2, TIMES);
for (const count of [100, 1_000, 10_000]) {
  const before = memory();
  let notebook;
  const opened = time(() => (notebook = new Notebook(count)));
  const held = memory() - before;
  const times = kinds().map((_, kind) => (time(() => notebook.edit(kind, TIMES)) / TIMES).toFixed(4).padStart(12));
  console.log(`  ${String(count).padEnd(8)} ${opened.toFixed(1).padStart(10)} ${times.join("")} ${held.toFixed(1).padStart(12)}`);
  notebook.free();
}
