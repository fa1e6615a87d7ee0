// Markdown as the page shows it: CommonMark with GitHub's tables, tasks and strikethrough, footnotes,
// formulas, and coloured code. All HTML passes the sanitiser.
//
// What is made here and may be more than a text may have (a formula, a task's box) is put in after the
// sanitiser, in the place of an empty element with a name that no text can know.

import { Lexer, Marked, Parser, Renderer } from "marked";
import { coloured } from "./colour.js";
import { extensions as footnotes } from "./footnotes.js";
import { extensions as formulas, maskFormulas } from "./formulas.js";
import { MOST, source, typeset } from "./maths.js";
import { escape, html } from "./sanitise.js";
import { tokenizer } from "./tables.js";

const LONGEST_TITLE = 400;

const marked = new Marked({ gfm: true, tokenizer, extensions: [...footnotes, ...formulas] });

class Reader extends Lexer {
  notes = new Map();

  // marked gives the hook below only what it has masked itself.
  inlineTokens(text, tokens) {
    this.text = text;
    return super.inlineTokens(text, tokens);
  }
}

const hooks = {
  emStrongMask(masked) {
    return maskFormulas(this.lexer.text, masked);
  },
};

class Writer extends Renderer {
  /** Their numbers, in the order in which the text refers to them. */
  numbers = new Map();
  left = { ...MOST };

  /** `set(formula)` is a formula as harmless HTML. */
  constructor(places, set) {
    super();
    this.places = places;
    this.set = set;
  }

  formula(token) {
    this.left.formulas -= 1;
    this.left.characters -= token.tex.length;
    const isTooMuch = this.left.formulas < 0 || this.left.characters < 0;
    return this.places.put(isTooMuch ? source(token.raw) : this.set(token), token.raw);
  }

  reference(note) {
    if (!this.numbers.has(note)) this.numbers.set(note, this.numbers.size + 1);
    const text = plain(note.tokens).replace(/\s+/g, " ").trim();
    const title = text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE)}…` : text;
    return `<sup class="footnote" title="${quoted(title)}">${this.numbers.get(note)}</sup>`;
  }

  /** The notes that were referred to; one may refer to others. */
  noteList() {
    let items = "";
    for (const note of this.numbers.keys()) items += `<li>${this.parser.parse(note.tokens)}</li>\n`;
    return items && `<section class="footnotes"><ol>\n${items}</ol></section>\n`;
  }

  listitem(item) {
    if (!item.task) return super.listitem(item);
    const [name, sign] = item.checked ? ["done", "☑"] : ["not done", "☐"];
    const box = this.places.put(`<span class="task" role="img" aria-label="${name}">${sign}</span>`, sign);
    // In the same line as the words.
    const into = item.tokens[0]?.tokens ?? item.tokens;
    into.unshift({ type: "text", raw: "", text: `${box} `, escaped: true });
    return `<li class="task-list-item">${this.parser.parse(item.tokens, item.loose)}</li>\n`;
  }

  code({ text, lang, raw }) {
    const language = /[\w+#-]+/.exec(lang ?? "")?.[0].toLowerCase();
    if (language === "math") return `<p>${this.formula({ raw, tex: text, display: true })}</p>\n`;
    return `<pre><code>${coloured(text.replace(/\n$/, ""), language)}\n</code></pre>\n`;
  }

  image({ tokens, text, ...image }) {
    return super.image({ ...image, text: quoted(tokens ? plain(tokens) : text) });
  }

  // A table that is too wide moves in a box of its own.
  table(token) {
    return `<div class="scroll">${super.table(token)}</div>\n`;
  }
}

/** The words of a text without its marks. */
function plain(tokens) {
  return tokens.map(({ tokens, items, text, raw, type }) => {
    if (type === "formula" || type === "formula-block") return raw;
    if (type === "note-reference") return "";
    if (tokens ?? items) return `${plain(tokens ?? items)}${type === "paragraph" ? " " : ""}`;
    return text ?? " ";
  }).join("");
}

/** Text for an attribute; an entity that the text has is meant as one. */
const quoted = (text) => escape(text).replace(/&amp;(#?\w+;)/g, "&$1");

/** Elements that stand for HTML that is put in later. */
function places() {
  const key = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");
  const held = [];
  const pattern = new RegExp(`(<|&lt;)span title=("|&quot;)${key}-(\\d+)\\2(?:>|&gt;)(?:<|&lt;)/span(?:>|&gt;)`, "g");
  const inText = new RegExp(`<span title="${key}-(\\d+)"></span>`, "g");
  return {
    put(made, plain) {
      held.push({ made, plain });
      return `<span title="${key}-${held.length - 1}"></span>`;
    },
    // Where it is no element there can only be text.
    fill: (text) =>
      text.replace(pattern, (_all, opens, quote, at) => {
        const { made, plain } = held[at];
        return opens === "<" && quote === '"' ? made : escape(plain);
      }),
    fillNodes(root) {
      if (held.length === 0) return;
      for (const place of root.querySelectorAll(`span[title^="${key}-"]`)) {
        const holder = document.createElement("template");
        holder.innerHTML = held[place.title.slice(key.length + 1)]?.made ?? "";
        place.replaceWith(holder.content);
      }
      const text = (text) => text.replace(inText, (_all, at) => held[at]?.plain ?? "");
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

/**
 * Markdown as harmless HTML. In a file, which has no style of ours, formulas are MathML alone.
 * Until KaTeX is there, formulas are their source; the event `rivulet-maths` says when it is.
 */
export function markdown(text, isForFile = false) {
  const { unsafe, fill } = draft(text, (formula) => typeset(formula, isForFile));
  return fill(html(unsafe));
}

/** LaTeX as harmless HTML: one formula with or without its delimiters, or a text with formulas. */
export function latex(text, isForFile = false) {
  const { unsafe, fill } = latexDraft(text, (formula) => typeset(formula, isForFile));
  return fill(html(unsafe));
}

/**
 * Markdown as HTML that is not harmless yet: `unsafe` must pass the sanitiser, and what it has become
 * is completed by `fill`, or `fillNodes` where it has become nodes.
 */
export function draft(text, set) {
  return written(text, set, (writer, options) => {
    const tokens = new Reader(options).lex(text);
    const body = new Parser({ ...options, renderer: writer }).parse(tokens);
    return body + writer.noteList();
  });
}

/** The same of LaTeX. */
export function latexDraft(text, set) {
  const [, opens, inside] = WHOLE.exec(text) ?? [];
  const tex = inside ?? text;
  if (/(?<!\\)\$/.test(tex)) return draft(text, set);
  const display = opens !== "$" && opens !== "\\(";
  return written(text, set, (writer) => `<p>${writer.formula({ raw: text, tex, display })}</p>`);
}

const WHOLE = /^\s*(\$\$?|\\\[|\\\()([\s\S]+?)(?:\$\$?|\\\]|\\\))\s*$/;

function written(text, set, write) {
  const here = places();
  try {
    const unsafe = write(new Writer(here, set), { ...marked.defaults, hooks });
    return { unsafe, fill: here.fill, fillNodes: here.fillNodes };
  } catch {
    // Thousands of quotes in each other, for example, are more than marked can follow.
    return { unsafe: `<pre>${escape(text)}</pre>`, fill: (text) => text, fillNodes() {} };
  }
}
