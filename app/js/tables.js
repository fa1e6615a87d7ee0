// Lets the formulas in a table have bars: `$P(a|b)$` is one cell, where GitHub wants `$P(a\|b)$`.

import { Tokenizer } from "marked";
import { formulaAt } from "./formulas.js";

const TABLE = /^[^\n]*\|[^\n]*\n {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\||\n|$)/;

/** The part of marked's options that is about tables. */
export const tokenizer = {
  table(text) {
    if (!TABLE.test(text)) return false;
    const block = text.slice(0, /\n[ \t]*\n/.exec(text)?.index);
    const escaped = block.split("\n").map(escapeBars).join("\n");
    const token = escaped !== block && Tokenizer.prototype.table.call(this, escaped);
    if (!token) return false;
    // As long in the text as it is there, where some lines have become longer.
    const lines = token.raw.split("\n").length;
    token.raw = block.split("\n").slice(0, lines).join("\n");
    return token;
  },
};

function escapeBars(line) {
  let result = "";
  for (let at = 0; at < line.length; at += 1) {
    // A currency before a bar opens no formula that ends at the next one.
    const opens = line[at] === "$" && /^[\s|([]?$/.test(line.slice(Math.max(0, at - 1), at));
    const found = opens ? formulaAt(line, at) : undefined;
    const isFormula = found && /^[\s|.,;:)\]]?$/.test(line.slice(at + found.raw.length, at + found.raw.length + 1));
    result += isFormula ? found.raw.replace(/\\.|\|/g, (part) => (part === "|" ? "\\|" : part)) : line[at];
    if (isFormula) at += found.raw.length - 1;
    else if (line[at] === "\\" && at + 1 < line.length) result += line[(at += 1)];
  }
  return result;
}
