// Finds the formulas of a Markdown text, for marked: `$a$`, `$$a$$`, `\(a\)`, `\[a\]`, and the
// environments of LaTeX that stand for themselves.

/** No further than this is a formula's end looked for, or the begin of one in a paragraph. */
export const FAR = 10_000;
const ENVIRONMENT = /^\\begin\{((?:equation|align|alignat|gather|CD)\*?)\}/;
/** Where a line may begin a formula that stands on lines of its own. */
const LINE = /\n {0,3}(?:\$\$|\\\[|\\begin\{)/g;
const REST_OF_LINE = /[ \t]*(?:\n+|$)/y;

/**
 * The formula that begins at a place of a text: `{ raw, tex, display }`, or `undefined`.
 * A blank line ends no formula if `isApart`; otherwise none reaches over one.
 */
export function formulaAt(text, at, isApart = false) {
  if (text.startsWith("$$", at)) return delimited(text, at, "$$", "$$", isApart);
  if (text[at] === "$") return dollars(text, at);
  if (text.startsWith("\\(", at)) return delimited(text, at, "\\(", "\\)", false);
  if (text.startsWith("\\[", at)) return delimited(text, at, "\\[", "\\]", isApart);
  return undefined;
}

function delimited(text, at, opening, closing, isApart) {
  const end = find(text, at + 2, closing);
  if (end === undefined) return undefined;
  const tex = text.slice(at + 2, end);
  if (tex.trim() === "" || (!isApart && /\n[ \t]*\n/.test(tex))) return undefined;
  // A link whose brackets are escaped is no formula.
  if (opening === "\\[" && /^[[(:]/.test(text.slice(end + 2, end + 3))) return undefined;
  return { raw: text.slice(at, end + 2), tex: tex.trim(), display: opening !== "\\(" };
}

// The rule of pandoc, so that prices stay prices: there is no space inside of the dollars, and no
// digit after them.
function dollars(text, at) {
  const end = find(text, at + 1, "$");
  if (end === undefined) return undefined;
  const tex = text.slice(at + 1, end);
  if (/^\s|\s$|\n[ \t]*\n/.test(tex) || /^\d/.test(text.slice(end + 1, end + 2))) return undefined;
  // GitHub's own way has backticks inside of the dollars; others belong to code.
  const quoted = /^`([^`]+)`$/.exec(tex);
  if (!quoted && tex.includes("`")) return undefined;
  return { raw: text.slice(at, end + 1), tex: quoted ? quoted[1] : tex, display: false };
}

/** Where `closing` is next, if it does not belong to a longer command. */
function find(text, from, closing) {
  const last = Math.min(text.length, from + FAR);
  if (!text.slice(from, last).includes(closing)) return undefined;
  for (let at = from; at < last; at += 1) {
    if (text.startsWith(closing, at)) return at;
    if (text[at] === "\\") at += 1;
  }
  return undefined;
}

function environment(text) {
  const found = ENVIRONMENT.exec(text);
  if (!found) return undefined;
  const closing = `\\end{${found[1]}}`;
  const end = text.indexOf(closing);
  if (end < 0) return undefined;
  const raw = text.slice(0, end + closing.length);
  return { raw, tex: raw, display: true };
}

/**
 * Where a line begins in the first paragraph of a text, after a break: one that matches and is accepted.
 * marked goes over a paragraph anew from each such place, so that it must be true.
 */
export function lineInParagraph(text, pattern, accepts = () => true) {
  const near = text.slice(0, FAR);
  const paragraph = near.slice(0, /\n[ \t]*\n/.exec(near)?.index);
  for (const { index } of paragraph.matchAll(pattern)) {
    if (accepts(text.slice(index + 1, index + 1 + FAR))) return index + 1;
  }
  return undefined;
}

/** The formula that has the first lines of a text for itself, as a token. */
function lines(text) {
  const indent = /^ {0,3}(?=[$\\])/.exec(text)?.[0].length;
  if (indent === undefined) return undefined;
  const isApart = /^(?:\$\$|\\\[)[ \t]*\n/.test(text.slice(indent, indent + 80));
  const isDisplay = /^(?:\$\$|\\\[)/.test(text.slice(indent, indent + 2));
  const found = isDisplay ? formulaAt(text, indent, isApart) : environment(text.slice(indent, indent + FAR));
  if (!found) return undefined;
  REST_OF_LINE.lastIndex = indent + found.raw.length;
  const rest = REST_OF_LINE.exec(text);
  return rest ? { type: "formula-block", ...found, raw: text.slice(0, REST_OF_LINE.lastIndex) } : undefined;
}

function render(token) {
  return this.parser.renderer.formula(token);
}

const inLine = {
  name: "formula",
  level: "inline",
  start: (text) => text.indexOf("$"),
  tokenizer(text) {
    const found = formulaAt(text, 0);
    return found && { type: "formula", ...found };
  },
  renderer: render,
};

const onLines = {
  name: "formula-block",
  level: "block",
  start: (text) => lineInParagraph(text, LINE, lines),
  tokenizer: lines,
  renderer(token) {
    return `<p>${render.call(this, token)}</p>\n`;
  },
};

/** The part of marked's options that is about formulas. */
export const extensions = [onLines, inLine];

/**
 * A text as marked searches it for emphasis, with its formulas made unreadable.
 * `masked` is as long as `text`, and has its code and links made so already.
 */
export function maskFormulas(text, masked) {
  if (!/[$\\]/.test(text)) return masked;
  let result = "";
  for (let at = 0; at < text.length; at += 1) {
    const isFormula = masked[at] === "$" || (masked.startsWith("++", at) && /^\\[([]/.test(text.slice(at, at + 2)));
    const found = isFormula ? formulaAt(text, at) : undefined;
    result += found ? "a".repeat(found.raw.length) : masked[at];
    if (found) at += found.raw.length - 1;
  }
  return result;
}
