// Bundles what comes from npm: the editor for the page, Pyodide's scripts for the kernel's worker.

import { build } from "esbuild";

const shared = { bundle: true, minify: true, legalComments: "none", logLevel: "warning", target: "es2022" };

await build({
  ...shared,
  entryPoints: ["app/js/editor.js"],
  outfile: "public/generated/editor.js",
  format: "esm",
});

await build({
  ...shared,
  entryPoints: ["worker/js/pyodide.js"],
  outfile: "public/generated/pyodide.js",
  format: "iife",
  globalName: "rivuletKernel",
  // The worker is a classic script; the one place that asks for its own address needs no true one.
  define: { "import.meta.url": '"https://kernel.invalid/pyodide.js"' },
  external: ["node:*", "ws", "fs", "path", "url", "crypto", "vm", "child_process"],
});
