// Bundles what comes from npm: the editor for the page, KaTeX for formulas, what draws charts in output
// frames, Pyodide's scripts for the kernel's worker.

import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sha256 } from "./cache.mjs";

const shared = { bundle: true, minify: true, legalComments: "none", logLevel: "warning", target: "es2022" };

// KaTeX is in a folder of its own, as only a text with a formula asks for it. Its files have a version
// in their addresses, so that they can be kept.
const maths = "public/generated/maths";
rmSync(maths, { recursive: true, force: true });
mkdirSync(maths, { recursive: true });
const address = (name) => `${name}?v=${sha256(readFileSync(join(maths, name))).slice(0, 8)}`;

await build({ ...shared, entryPoints: ["node_modules/katex/dist/katex.mjs"], outfile: join(maths, "katex.js"), format: "esm" });
const fonts = readdirSync("node_modules/katex/dist/fonts").filter((name) => name.endsWith(".woff2"));
for (const font of fonts) copyFileSync(join("node_modules/katex/dist/fonts", font), join(maths, font));
const style = readFileSync("node_modules/katex/dist/katex.min.css", "utf8")
  // Every browser that runs the page knows the first of the three kinds of font.
  .replace(/,url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)/g, "")
  .replace(/url\(fonts\/([^)]*)\)/g, (_all, font) => `url(${address(font)})`);
writeFileSync(join(maths, "katex.css"), style);
const files = readdirSync(maths).map((name) => `maths/${address(name)}`);
const MATHS = { script: `maths/${address("katex.js")}`, style: `maths/${address("katex.css")}`, files };

await build({
  ...shared,
  entryPoints: ["app/js/editor.js"],
  outfile: "public/generated/editor.js",
  format: "esm",
  define: { MATHS: JSON.stringify(MATHS) },
});

// What draws in output frames: classic scripts, of which the last one says how an output is drawn.
const charts = "public/generated/charts";
rmSync(charts, { recursive: true, force: true });
mkdirSync(charts, { recursive: true });
for (const name of ["vega", "plotly", "bokeh", "html", "anywidget"]) {
  await build({ ...shared, entryPoints: [`app/js/frames/${name}.js`], outfile: join(charts, `${name}.js`), format: "iife" });
}
copyFileSync("node_modules/plotly.js-strict-dist-min/plotly-strict.min.js", join(charts, "plotly-library.js"));
for (const part of ["", "-widgets", "-tables", "-gl"]) copyFileSync(`node_modules/@bokeh/bokehjs/build/js/bokeh${part}.min.js`, join(charts, `bokeh-library${part}.js`));

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
