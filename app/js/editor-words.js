// What stands at a place of the text: names, and the expressions that the kernel is asked about.

import { syntaxTree } from "@codemirror/language";

const NAME = String.raw`[\p{ID_Start}_]\p{ID_Continue}*`;
// An expression that goes on to the left is more than a name; its value is not known without a run.
const STARTS = String.raw`(?<![\p{ID_Continue}.)\]}"'])`;
const WORD = new RegExp(`${STARTS}${NAME}$`, "u");
const MEMBER = new RegExp(`${STARTS}(?:${NAME}\\.)+(?:${NAME})?$`, "u");
const KEY = new RegExp(`${STARTS}${NAME}(?:\\.${NAME})*\\[(["'])([^"'\\\\\\n]*)$`, "u");
const DOTTED = new RegExp(`^${NAME}(?:\\.${NAME})*$`, "u");
const IMPORT = /^(?:import|from)\s[\p{ID_Continue}.,*\s]*$/u;
const NEW_NAME = /\b(?:def|class|as)\s+\p{ID_Continue}*$/u;

// Only names that a cell can make or read; a property belongs to its value.
const NAMES = new Set(["VariableName", "Identifier"]);

/** The name that touches a place: to the right of it, unless only the left one is asked for (-1). */
export function nameAt(state, at, side = 0) {
  return found(state, at, side, (node) => NAMES.has(node.name));
}

/** The name or property that touches a place, and the dotted expression that ends with it. */
export function expressionAt(state, at, side = 0) {
  const node = found(state, at, side, ({ name }) => name === "VariableName" || name === "PropertyName");
  if (!node || isArgumentName(node)) return null;
  const start = node.name === "PropertyName" ? node.parent.from : node.from;
  const code = state.sliceDoc(start, node.to).replace(/\s+/g, "");
  return DOTTED.test(code) ? { from: node.from, to: node.to, code } : null;
}

function found(state, at, side, fits) {
  for (const way of side ? [side] : [1, -1]) {
    const node = syntaxTree(state).resolveInner(at, way);
    if (fits(node) && node.from <= at && at <= node.to) return node;
  }
  return null;
}

function isArgumentName(node) {
  return node.parent?.name === "ArgList" && node.nextSibling?.name === "AssignOp";
}

/**
 * What is being written left of a place of Python: `{ kind, from, code }`, with kind "word",
 * "member" (after a dot), "key" (an open string as a subscript) or "import"; `from` is where the
 * last part begins. `null` where nothing is to be completed.
 */
export function unfinished(state, at) {
  const { inside, node } = surroundings(state, at);
  if (inside === "comment") return null;
  const statement = importAround(node) ?? state.doc.lineAt(at);
  // So that one long line costs no more than another.
  const before = state.sliceDoc(Math.max(statement.from, at - 500), at);
  if (inside === "string") {
    const key = KEY.exec(before);
    const from = key && at - key[2].length;
    return key && node.from === from - 1 ? { kind: "key", from, code: key[0], quote: key[1] } : null;
  }
  const imported = before.trimStart().replace(/[\s(\\]+/g, " ");
  if (NEW_NAME.test(before)) return null;
  const last = /\p{ID_Continue}*$/u.exec(before)[0];
  if (IMPORT.test(imported)) return { kind: "import", from: at - last.length, code: imported };
  const member = MEMBER.exec(before);
  if (member) return { kind: "member", from: at - last.length, code: member[0] };
  const word = WORD.exec(before);
  if (word) return { kind: "word", from: word.index + at - before.length, code: word[0] };
  return last === "" && !/\.\s*$/.test(before) ? { kind: "word", from: at, code: "" } : null;
}

// The innermost of string, comment and code around a place; what an f-string computes is code.
function surroundings(state, at) {
  const innermost = syntaxTree(state).resolveInner(at, -1);
  for (let node = innermost; node; node = node.parent) {
    if (node.name === "FormatReplacement") break;
    if (node.name === "Comment") return { inside: "comment", node };
    if (/^(String|FormatString|FormatSpec)$/.test(node.name)) return { inside: "string", node };
  }
  return { inside: "code", node: innermost };
}

function importAround(node) {
  for (; node; node = node.parent) if (node.name === "ImportStatement") return node;
  return null;
}

/** What the text from the begin of a completion may be, for the completion to stand. */
export const ONE_WORD = /^\p{ID_Continue}*$/u;
