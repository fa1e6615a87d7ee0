// Sets formulas, by KaTeX. It is fetched with its style and fonts for the first text that has a
// formula. Until it is there, and where it finds an error, the source is shown.

import { forFile } from "./mathml.js";
import { escape, formula as sanitised } from "./sanitise.js";

/** Where the bundle has KaTeX, its style, and all files of it; see setup/bundle.mjs. */
const { script, style, files } = MATHS;
const LONGEST = 5_000;
/** Braces in braces; KaTeX and the browser need ever longer for them. */
const DEEPEST = 60;
/** How much of one text is set, in formulas and in characters. */
export const MOST = { formulas: 2_000, characters: 100_000 };
/** Formulas that are kept, so that a text which is drawn again is drawn at once. */
const KEPT = 4_000;

let katex;
let loading;
const kept = new Map();

/** Promises that KaTeX is there, or that it cannot be had now. */
export function loadMaths() {
  loading ??= Promise.all([rivuletUse("script", script), rivuletUse("style", style)]).then(
    ([module]) => {
      katex = module.default;
      // Where the browser keeps no sites there is nothing to do.
      keepOnDevice().catch(() => {});
    },
    // The next text with a formula tries again.
    () => (loading = undefined),
  );
  return loading;
}

// Another formula may need a font that this one did not.
async function keepOnDevice() {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ keep: files });
}

/**
 * A formula as harmless HTML: for the page, or as MathML alone for a file that has no style.
 * `{ raw, tex, display }` is how the text has it.
 */
export function typeset({ raw, tex, display }, isForFile) {
  if (tex.length > LONGEST || depth(tex) > DEEPEST) return source(raw, "This formula is too long to be set.");
  if (!katex) {
    loadMaths();
    return source(raw);
  }
  const key = `${isForFile ? "file" : "page"} ${display} ${raw}`;
  let html = kept.get(key);
  if (html === undefined) {
    html = set({ raw, tex, display }, isForFile);
    if (kept.size >= KEPT) kept.clear();
    kept.set(key, html);
  }
  return html;
}

/** Whether formulas can be set now. */
export const isThere = () => katex !== undefined;

function depth(tex) {
  let [now, most] = [0, 0];
  for (const brace of tex.matchAll(/\\.|[{}]/gs)) {
    if (brace[0] === "{") most = Math.max(most, (now += 1));
    else if (brace[0] === "}") now -= 1;
  }
  return most;
}

/** A formula as it was written; `error` is a sentence about it. */
export function source(raw, error) {
  const about = error ? ` class="formula-source formula-error" title="${escape(error)}"` : ' class="formula-source"';
  return `<code${about}>${escape(raw.trim())}</code>`;
}

function set({ raw, tex, display }, isForFile) {
  // What a formula defines itself can grow with every use.
  const maxExpand = /\\(?:[egx]?def|let|futurelet|(?:re)?newcommand|providecommand)/.test(tex) ? 50 : 1_000;
  const options = { displayMode: display, output: isForFile ? "mathml" : "htmlAndMathml", trust: false, strict: "ignore", maxExpand, maxSize: 50 };
  let nodes;
  try {
    nodes = sanitised(katex.renderToString(tex, options));
  } catch (error) {
    return source(raw, String(error?.message ?? error));
  }
  if (isForFile) forFile(nodes);
  const holder = document.createElement("div");
  holder.append(nodes);
  return holder.innerHTML;
}
