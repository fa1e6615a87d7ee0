// What is offered while a cell is written: the notebook's names and the language's words at once,
// and what the kernel knows as soon as it has answered.

import {
  CompletionContext, acceptCompletion, autocompletion, closeCompletion, completionKeymap, selectedCompletion,
} from "@codemirror/autocomplete";
import { globalCompletion, localCompletionSource, pythonLanguage } from "@codemirror/lang-python";
import { SQLite } from "@codemirror/lang-sql";
import { syntaxTree } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { ANSWER_WITHIN, answered } from "./editor-ask.js";
import { ONE_WORD, unfinished } from "./editor-words.js";

// The kernel may add to a list that is shown for so long.
const MERGE_WITHIN = 300;
// An answer this long may have been cut: the next letter asks again.
const LONG = 100;
const LONG_TEXT = 50_000;

const KEYWORDS =
  "False None True and as assert async await break case class continue def del elif else except finally for from " +
  "global if import in is lambda match nonlocal not or pass raise return try type while with yield";

// SQLite's own (https://www.sqlite.org/lang_keywords.html): the dialect's list has all of standard SQL.
const SQL_KEYWORDS =
  "abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade " +
  "case cast check collate column commit conflict constraint create cross current current_date current_time " +
  "current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape " +
  "except exclude exclusive exists explain fail filter first following for foreign from full generated glob group " +
  "groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join " +
  "key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order " +
  "others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex " +
  "release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then " +
  "ties to transaction trigger unbounded union unique update using vacuum values view virtual when where window with " +
  "without ";
const SQL_TYPES = "blob integer numeric real text";

const keyword = (label) => ({ label, type: "keyword" });
const keywords = KEYWORDS.split(" ").map(keyword);
// Its snippets are left out: a keyword is a keyword.
const builtins = globalCompletion(new CompletionContext(EditorState.create(), 0, true))
  .options.filter(({ label, apply }) => !apply && !keywords.some((word) => word.label === label));
const sqlWords = (SQL_KEYWORDS + SQL_TYPES).split(" ");
const sqlLower = sqlWords.map(keyword);
const sqlUpper = sqlWords.map((word) => keyword(word.toUpperCase()));

// The kernel's kinds by CodeMirror's types, where the words differ.
const TYPES = {
  __proto__: null,
  module: "namespace", builtin: "function", exception: "class", attribute: "property", key: "property",
  column: "property", param: "variable", instance: "variable", statement: "keyword",
};

const ownNames = (on, written) => (on.names?.(written) ?? []).map(({ name, detail }) => ({ label: name, detail, type: "variable", boost: 20 }));

// Earlier ones win, so that a notebook's own name hides the builtin that it shadows.
function onlyOnce(options) {
  const seen = new Set();
  return options.filter(({ label }) => !seen.has(label) && seen.add(label));
}

function knownOptions(context, on, written) {
  // In a very long text there are as many of these as of the notebook's own.
  const isLong = context.state.doc.length > LONG_TEXT;
  const local = ((isLong ? undefined : localCompletionSource(context))?.options ?? []).filter(({ label }) => label !== written);
  return onlyOnce([...ownNames(on, written), ...local.map((option) => ({ ...option, boost: 10 })), ...keywords, ...builtins]);
}

const isLongEnough = (context, from) => context.explicit || context.pos - from >= 2;

/** What is known without the kernel. */
const known = (on) => (context) => {
  const asked = unfinished(context.state, context.pos);
  if (!asked || !isLongEnough(context, asked.from)) return null;
  const { kind, from, code } = asked;
  if (kind === "word") return { from, options: knownOptions(context, on, code), validFor: ONE_WORD };
  if (kind === "import" && /^from \S+ \S*$/.test(code)) return { from, options: [keyword("import")], validFor: ONE_WORD };
  return null;
};

/** What the kernel knows. */
const told = (on) => (context) => {
  const asked = on.complete && unfinished(context.state, context.pos);
  if (!asked || asked.code === "") return null;
  if (asked.kind === "word") return isLongEnough(context, asked.from) ? more(context, asked, on) : null;
  const atOnce = asked.kind !== "import" || asked.code.endsWith(".");
  return atOnce || isLongEnough(context, asked.from) ? only(context, asked, on) : null;
};

// What the other list does not have. An empty answer stays as the answer: without one, the list that
// is shown would wait for the kernel again at each letter.
async function more(context, { from, code }, on) {
  const answer = await answered(() => on.complete(code), MERGE_WITHIN);
  const others = new Set(knownOptions(context, on, code).map(({ label }) => label));
  const options = (answer ?? []).filter(({ name }) => !others.has(name)).map(option);
  return { from, options: onlyOnce(options), validFor: ONE_WORD };
}

async function only(context, { kind, from, code, quote }, on) {
  // Who writes on asks the next question, which must not wait for this answer.
  context.addEventListener("abort", () => {}, { onDocChange: true });
  const answer = await answered(() => on.complete(code), ANSWER_WITHIN);
  if (!answer?.length) return null;
  const options = onlyOnce(answer.map(kind === "key" ? keyOption(quote) : option));
  const stays = kind === "key" ? /^[^"'\\\n]*$/ : ONE_WORD;
  return { from, options, validFor: answer.length < LONG ? stays : undefined };
}

const option = ({ name, kind }) => ({ label: name, type: TYPES[kind] ?? kind ?? "variable", boost: boost(name) });

// What is private comes last.
const boost = (name) => (name.startsWith("__") ? -2 : name.startsWith("_") ? -1 : 0);

// Written as it must be between these quotes.
const keyOption = (quote) => (answer) => {
  const apply = answer.name.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n");
  return { ...option(answer), apply, boost: 0 };
};

const inSql = (on) => (context) => {
  const { name } = syntaxTree(context.state).resolveInner(context.pos, -1);
  if (/String|Comment|Quoted/.test(name)) return null;
  const written = context.matchBefore(/(?<![\p{ID_Continue}.])\p{ID_Continue}*/u);
  if (!written || !isLongEnough(context, written.from)) return null;
  const words = /\p{Lu}/u.test(written.text) ? sqlUpper : sqlLower;
  return { from: written.from, options: onlyOnce([...ownNames(on, written.text), ...words]), validFor: ONE_WORD };
};

/** The sources of Python and SQL, for the editors of these kinds. */
export const pythonCompletion = (on) => [known(on), told(on)].map((autocomplete) => pythonLanguage.data.of({ autocomplete }));
export const sqlCompletion = (on) => SQLite.language.data.of({ autocomplete: inSql(on) });

const isOpen = (view) => view.dom.querySelector(".cm-tooltip-autocomplete") !== null;

// Enter on a word that is complete as it is makes a new line.
function closeIfComplete(view) {
  const { head } = view.state.selection.main;
  const word = view.state.wordAt(head);
  const written = word ? view.state.sliceDoc(word.from, head) : "";
  if (selectedCompletion(view.state)?.label === written) closeCompletion(view);
  return false;
}

// A list that is not shown yet is called off, but the key is left to others.
function close(view) {
  const wasOpen = isOpen(view);
  closeCompletion(view);
  return wasOpen;
}

/** The list of completions and its keys. */
export const completion = [
  autocompletion({ defaultKeymap: false, activateOnTypingDelay: 50, updateSyncTime: 20 }),
  Prec.highest(
    keymap.of([
      { key: "Enter", run: closeIfComplete },
      // A list that just opened takes no key yet, and must not be indented through.
      { key: "Tab", run: (view) => acceptCompletion(view) || isOpen(view) },
      { key: "Escape", run: close },
      ...completionKeymap,
    ]),
  ),
];
