// What the page takes from JavaScript libraries: CodeMirror for the editors, DOMPurify for what
// comes from outside, fflate for archives. One bundle, which sets `rivuletEditor`.

import { closeBrackets, closeBracketsKeymap, closeCompletion, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { markdown as markdownLanguage } from "@codemirror/lang-markdown";
import { pythonLanguage } from "@codemirror/lang-python";
import { SQLite } from "@codemirror/lang-sql";
import {
  HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorSelection, EditorState, Transaction } from "@codemirror/state";
import {
  Decoration, EditorView, drawSelection, highlightSpecialChars, keymap, lineNumbers, placeholder, tooltips,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { unzip, zip } from "./archive.js";
import { changesBetween } from "./editor-change.js";
import { completion, pythonCompletion, sqlCompletion } from "./editor-complete.js";
import { help } from "./editor-help.js";
import { movingMarks, visible } from "./editor-marks.js";
import { drawUses, names } from "./editor-names.js";
import { frame, isHeld, release } from "./frames.js";
import { latex, markdown, readBy } from "./markdown.js";
import { loadMaths } from "./maths.js";
import { isDrawable } from "./pictures.js";
import { show } from "./rich.js";
import { html } from "./sanitise.js";

// Colours are variables of the page's style, so that light and dark need no second theme.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], color: "var(--code-definition)" },
  { tag: [tags.function(tags.variableName), tags.className], color: "var(--code-call)" },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.link, color: "var(--accent)" },
]);

const fromPage = Annotation.define();
const errorLine = movingMarks();
const problems = movingMarks();

function languageOf(kind, on) {
  switch (kind) {
    case "python":
      return [pythonLanguage, pythonCompletion(on), names(on), help(on), lineNumbers()];
    case "sql":
      return [SQLite.language, sqlCompletion(on), names(on), lineNumbers()];
    case "raw":
      return [EditorView.lineWrapping];
    default:
      return [markdownLanguage(), EditorView.lineWrapping];
  }
}

const lineMarks = ({ doc }, line) =>
  line >= 1 && line <= doc.lines ? [Decoration.line({ class: "cm-error-line" }).range(doc.line(line).from)] : [];

// The words are shown where a pointer rests on them, unless they stand elsewhere.
function problemMarks({ doc }, spans) {
  const marks = spans.map(({ from, to, message }) => {
    const place = visible(doc, from, to);
    const attributes = message ? { title: message } : {};
    return place && Decoration.mark({ class: "cm-problem", attributes }).range(place.from, place.to);
  });
  return marks.filter(Boolean);
}

// Lists and help keep off the window's edge.
const tooltipSpace = () => ({ left: 8, top: 8, right: document.documentElement.clientWidth - 8, bottom: innerHeight - 8 });

// What is selected must not be under the page's bar.
const BELOW_THE_BAR = 90;

/**
 * Mounts an editor in an element. Returns what the page may do with it.
 *
 * `on` has: change(text), run(moves), leave(), focus(). What follows may be absent:
 * names() gives the notebook's names, `[{ name, detail }]`;
 * complete(code) promises what may follow, `[{ name, kind }]`, or null;
 * help(code) promises `{ title, signature, text, type }`, or null;
 * hover(offset) tells of the name under the pointer or the cursor, -1 for none;
 * out(by) says whether the keyboard went to the cell above (-1) or below (1);
 * goTo(offset) and rename(offset) say whether they did something. An offset is a name's begin.
 */
function mount(parent, source, kind, label, hint, on) {
  const language = new Compartment();
  const naming = new Compartment();
  const writing = new Compartment();
  const named = (name) => EditorView.contentAttributes.of({ "aria-label": name, tabindex: "-1" });
  const run = (moves) => (view) => (closeCompletion(view), on.run(moves), true);
  // At the first or the last line an arrow key leaves the text, where there is somewhere to go.
  const out = (by) => ({ state }) => {
    const { main, ranges } = state.selection;
    const end = by < 0 ? state.doc.line(1) : state.doc.line(state.doc.lines);
    const isAtEnd = main.empty && ranges.length === 1 && main.head >= end.from && main.head <= end.to;
    return isAtEnd && !completionStatus(state) && Boolean(on.out?.(by));
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: source,
      extensions: [
        language.of(languageOf(kind, on)),
        naming.of(named(label)),
        writing.of([]),
        errorLine.field,
        problems.field,
        history(),
        drawSelection(),
        highlightSpecialChars(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        closeBrackets(),
        completion,
        tooltips({ tooltipSpace }),
        highlightSelectionMatches(),
        search({ top: true }),
        syntaxHighlighting(colours),
        placeholder(hint),
        keymap.of([
          { key: "Shift-Enter", run: run(true) },
          { key: "Mod-Enter", run: run(false) },
          { key: "Ctrl-Enter", run: run(false) },
          ...closeBracketsKeymap,
          ...searchKeymap,
          { key: "Escape", run: () => (on.leave(), true) },
          { key: "ArrowUp", run: out(-1) },
          { key: "ArrowDown", run: out(1) },
          ...historyKeymap,
          indentWithTab,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          const typed = update.transactions.some((one) => one.docChanged && !one.annotation(fromPage));
          if (typed) on.change(update.state.doc.toString());
          if (update.focusChanged && update.view.hasFocus) on.focus();
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace(text) {
      // The editor knows one kind of line end; half of another would be one more line.
      const changes = changesBetween(view.state.doc.toString(), text.replace(/\r\n?/g, "\n"));
      if (changes.length) view.dispatch({ changes, annotations: [fromPage.of(true), Transaction.addToHistory.of(false)] });
    },
    select(from, to) {
      const { length } = view.state.doc;
      const range = EditorSelection.range(Math.min(from, length), Math.min(to, length));
      const effects = EditorView.scrollIntoView(range, { yMargin: BELOW_THE_BAR });
      view.dispatch({ selection: range, effects });
      view.focus();
    },
    setKind: (name) => view.dispatch({ effects: language.reconfigure(languageOf(name, on)) }),
    setLabel: (name) => view.dispatch({ effects: naming.reconfigure(named(name)) }),
    setReadOnly: (only) => view.dispatch({ effects: writing.reconfigure(EditorState.readOnly.of(only)) }),
    setLine: (number) => view.dispatch({ effects: errorLine.replacedBy(lineMarks(view.state, number)) }),
    setSpans: (list) => view.dispatch({ effects: problems.replacedBy(problemMarks(view.state, list)) }),
    setUses: (list) => drawUses(view, list),
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

// A slow network may bring this twice; the first one is in use by then.
if (!globalThis.rivuletEditor) {
  globalThis.rivuletEditor = { mount, show, frame, isHeld, release, isDrawable, html, latex, loadMaths, markdown, readBy, zip, unzip };
  globalThis.dispatchEvent(new Event("rivulet-editor"));
}
