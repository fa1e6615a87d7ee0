// The page's bundle by itself (public/generated, by `node setup/bundle.mjs`), on a blank page, with the
// engine's reader of texts (`make depth`).

import { fileURLToPath } from "node:url";
import { serve } from "./server.mjs";

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data: blob:";
const BLANK = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}">
  <link rel="stylesheet" href="style.css"><main><div id="here"></div></main>
  <script src="use.js"></script>
  <script type="module" src="generated/editor.js"></script><script type="module" src="reader.js"></script>`;
const READER = `import start, { read_text } from "./depth_in_wasm.js";
  await start();
  globalThis.rivuletEditor.readBy(read_text);
  globalThis.isReady = true;`;
// In the place of what the page itself uses its files by, which verifies them (public/start.js).
const USE = `globalThis.rivuletUse = (kind, path) => {
  const address = new URL("generated/" + path, document.baseURI).href;
  if (kind === "script") return import(address);
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  return new Promise((done, fail) => {
    Object.assign(link, { onload: done, onerror: () => (link.remove(), fail(new Error(path))) });
    document.head.append(link);
  });
};`;

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const built = (name) => ({ file: at(`target/depth_in_wasm/${name}`) });

/** Serves it. */
export const serveBundle = () =>
  serve(at("public"), {
    "blank.html": BLANK, "use.js": USE, "reader.js": READER,
    "depth_in_wasm.js": built("depth_in_wasm.js"), "depth_in_wasm_bg.wasm": built("depth_in_wasm_bg.wasm"),
  });

/** Opens the blank page, with everything in it ready; what it hangs on is `#here`. */
export async function openBundle(page, served) {
  await page.goto(`${served.url}blank.html`);
  await page.waitForFunction(() => globalThis.isReady);
}
