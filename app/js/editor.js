// What the page takes from JavaScript libraries: CodeMirror for the editors, DOMPurify for what
// comes from outside, marked for Markdown, fflate for archives. One bundle, which sets `rivuletEditor`.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { markdown as markdownLanguage } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import {
  HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, EditorView, drawSelection, highlightSpecialChars, keymap, lineNumbers, placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { unzip, zip } from "./archive.js";
import { html, markdown } from "./sanitise.js";

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
const setMarks = StateEffect.define();

// The line of an error, and the spans of diagnostics. They move with the text as it is edited.
const marks = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    let current = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) current = effect.value;
    }
    return current;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function languageOf(kind) {
  return kind === "python" ? [python(), lineNumbers()] : [markdownLanguage(), EditorView.lineWrapping];
}

// Positions that came with an older text may lie beyond the end of this one.
function decorations(state, line, spans) {
  const found = [];
  if (line >= 1 && line <= state.doc.lines) {
    found.push(Decoration.line({ class: "cm-error-line" }).range(state.doc.line(line).from));
  }
  for (const { from, to, message } of spans) {
    const end = Math.min(to, state.doc.length);
    if (from < end) {
      found.push(Decoration.mark({ class: "cm-problem", attributes: { title: message } }).range(from, end));
    }
  }
  return Decoration.set(found, true);
}

/**
 * Mounts an editor in an element.
 * `on` has: change(text), run(moves), leave(), focus(). Returns what the page may do with it.
 */
function mount(parent, source, kind, label, hint, on) {
  const language = new Compartment();
  const naming = new Compartment();
  const writing = new Compartment();
  const named = (name) => EditorView.contentAttributes.of({ "aria-label": name });
  let line = 0;
  let spans = [];
  const run = (moves) => () => (on.run(moves), true);
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: source,
      extensions: [
        language.of(languageOf(kind)),
        naming.of(named(label)),
        writing.of([]),
        marks,
        history(),
        drawSelection(),
        highlightSpecialChars(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        highlightSelectionMatches(),
        search({ top: true }),
        syntaxHighlighting(colours),
        placeholder(hint),
        keymap.of([
          { key: "Shift-Enter", run: run(true) },
          { key: "Mod-Enter", run: run(false) },
          { key: "Ctrl-Enter", run: run(false) },
          ...completionKeymap,
          ...closeBracketsKeymap,
          ...searchKeymap,
          { key: "Escape", run: () => (on.leave(), true) },
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
  const redraw = () => view.dispatch({ effects: setMarks.of(decorations(view.state, line, spans)) });
  return {
    text: () => view.state.doc.toString(),
    replace(text) {
      const changes = { from: 0, to: view.state.doc.length, insert: text };
      view.dispatch({ changes, annotations: fromPage.of(true) });
    },
    setKind: (name) => view.dispatch({ effects: language.reconfigure(languageOf(name)) }),
    setLabel: (name) => view.dispatch({ effects: naming.reconfigure(named(name)) }),
    setReadOnly: (only) => view.dispatch({ effects: writing.reconfigure(EditorState.readOnly.of(only)) }),
    setLine(number) {
      line = number;
      redraw();
    },
    setSpans(list) {
      spans = list;
      redraw();
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

globalThis.rivuletEditor = { mount, html, markdown, zip, unzip };
globalThis.dispatchEvent(new Event("rivulet-editor"));
