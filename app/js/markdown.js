// Markdown as the page shows it. The engine reads the text (app/engine/src/markdown); here its HTML passes
// the sanitiser, and what may have more than a text may (a formula, a task's box) is put in after that, in
// the place of an empty element with a name that no text can know.

import { coloured } from "./colour.js";
import { MOST, source, typeset } from "./maths.js";
import { escape, plain, text as harmlessText } from "./sanitise.js";

/** The engine's reader: a kind, a text and a key give JSON of `{ html, places }`. */
let read;

/** Says who reads texts, before there is one. */
export function readBy(reader) {
  read = reader;
}

/**
 * Markdown as harmless HTML. In a file, which has no style of ours, formulas are MathML alone.
 * Until KaTeX is there (`loadMaths`), formulas are their source.
 */
export function markdown(text, isForFile = false, pictures = {}) {
  const { unsafe, fill } = draft(text, (formula) => typeset(formula, isForFile), pictures);
  return fill(isForFile ? harmlessText(unsafe) : plain(unsafe));
}

/** LaTeX as harmless HTML: one formula with or without its delimiters, or a text with formulas. */
export function latex(text, isForFile = false) {
  const { unsafe, fill } = latexDraft(text, (formula) => typeset(formula, isForFile));
  return fill(plain(unsafe));
}

/**
 * Markdown as HTML that is not harmless yet: `unsafe` must pass the sanitiser, and what it has become
 * is completed by `fill`, or `fillNodes` where it has become nodes. `set(formula)` is a formula as
 * harmless HTML. `pictures` are those that the text holds itself: addresses of data by name.
 */
export function draft(text, set, pictures) {
  return written("markdown", text, set, pictures);
}

/** The same of LaTeX. */
export function latexDraft(text, set) {
  return written("latex", text, set);
}

function written(kind, text, set, pictures = {}) {
  const key = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
  const { html, places } = JSON.parse(read(kind, text, key));
  const left = { ...MOST };
  const formula = (formula) => {
    left.formulas -= 1;
    left.characters -= formula.tex.length;
    const isTooMuch = left.formulas < 0 || left.characters < 0;
    return { made: isTooMuch ? source(formula.raw) : set(formula), plain: formula.raw };
  };
  const made = places.map(({ place, ...what }) => {
    if (place === "formula") return formula(what);
    return place === "task" ? task(what.done) : undefined;
  });
  // Code is no more than any text may have.
  const unsafe = html.replace(new RegExp(`<span title="${key}-(\\d+)"></span>`, "g"), (all, at) => {
    const { place, text, language } = places[at] ?? {};
    return place === "code" ? coloured(text, language) : all;
  });
  return { unsafe: withPictures(unsafe, pictures), ...filler(key, made) };
}

/** HTML in which `attachment:name` is the picture itself. What is not there is left to the sanitiser. */
function withPictures(html, pictures) {
  if (!html.includes("attachment:")) return html;
  return html.replace(/(\ssrc\s*=\s*)(["'])attachment:([^"'<>]*)\2/gi, (all, source, quote, written) => {
    const name = written.replace(/&(amp|lt|gt|quot|#39);/g, (_all, letter) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[letter]);
    let plain = name;
    try {
      plain = decodeURIComponent(name);
    } catch {
      // A percent sign of its own.
    }
    const found = [name, plain].find((name) => Object.hasOwn(pictures, name));
    return found === undefined ? all : `${source}${quote}${pictures[found]}${quote}`;
  });
}

function task(isDone) {
  const [name, sign] = isDone ? ["done", "☑"] : ["not done", "☐"];
  return { made: `<span class="task" role="img" aria-label="${name}">${sign}</span>`, plain: sign };
}

/** Puts in what stands for places, in HTML or in nodes. Where a place is no element there can only be text. */
function filler(key, made) {
  const pattern = new RegExp(`(<|&lt;)span title=("|&quot;)${key}-(\\d+)\\2(?:>|&gt;)(?:<|&lt;)/span(?:>|&gt;)`, "g");
  const inText = new RegExp(`<span title="${key}-(\\d+)"></span>`, "g");
  return {
    fill: (text) =>
      text.replace(pattern, (_all, opens, quote, at) => (opens === "<" && quote === '"' ? made[at]?.made : escape(made[at]?.plain ?? ""))),
    fillNodes(root) {
      if (made.length === 0) return;
      for (const place of root.querySelectorAll(`span[title^="${key}-"]`)) {
        const holder = document.createElement("template");
        holder.innerHTML = made[place.title.slice(key.length + 1)]?.made ?? "";
        place.replaceWith(holder.content);
      }
      const text = (text) => text.replace(inText, (_all, at) => made[at]?.plain ?? "");
      for (const node of root.querySelectorAll("*")) {
        for (const attribute of node.attributes) {
          if (attribute.value.includes(key)) attribute.value = text(attribute.value);
        }
      }
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        if (node.data.includes(key)) node.data = text(node.data);
      }
    },
  };
}
