// Colours the code of a text as the editors colour it, with the parsers that they have.

import { htmlLanguage } from "@codemirror/lang-html";
import { javascriptLanguage, jsxLanguage, tsxLanguage, typescriptLanguage } from "@codemirror/lang-javascript";
import { pythonLanguage } from "@codemirror/lang-python";
import { SQLite } from "@codemirror/lang-sql";
import { StreamLanguage } from "@codemirror/language";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { parser as json } from "@lezer/json";
import { escape } from "./sanitise.js";

/** Longer code stays plain: nobody reads it for its colours. */
const LONGEST = 50_000;

const parsers = new Map();
const name = (parser, ...names) => names.forEach((one) => parsers.set(one, parser));
name(pythonLanguage.parser, "python", "py", "python3", "ipython", "ipython3");
name(SQLite.language.parser, "sql", "sqlite", "postgres", "postgresql", "mysql", "duckdb");
name(javascriptLanguage.parser, "javascript", "js", "mjs", "cjs");
name(jsxLanguage.parser, "jsx");
name(typescriptLanguage.parser, "typescript", "ts");
name(tsxLanguage.parser, "tsx");
name(json, "json", "jsonc", "geojson", "ipynb");
name(htmlLanguage.parser, "html", "svg", "xml");
name(StreamLanguage.define(shell).parser, "bash", "sh", "shell", "zsh");

// The same groups as in editor.js.
const classes = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], class: "tok-keyword" },
  { tag: [tags.string, tags.special(tags.string)], class: "tok-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-number" },
  { tag: [tags.comment, tags.meta], class: "tok-comment" },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.propertyName, tags.attributeName],
    class: "tok-definition",
  },
  {
    tag: [tags.function(tags.variableName), tags.className, tags.tagName, tags.typeName, tags.standard(tags.variableName), tags.standard(tags.name)],
    class: "tok-call",
  },
]);

/** Code as HTML, coloured if `language` is the name of one that is known here. */
export function coloured(code, language) {
  const parser = parsers.get(language);
  if (!parser || code.length > LONGEST) return escape(code);
  let html = "";
  const put = (text, names) => (html += names ? `<span class="${names}">${escape(text)}</span>` : escape(text));
  highlightCode(code, parser.parse(code), classes, put, () => (html += "\n"));
  return html;
}
