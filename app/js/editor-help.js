// Help on a name: under a pointer that rests on it, or under the cursor on a key. It is the user's
// text or a library's, so it is shown as text and never as HTML.

import { Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, closeHoverTooltips, hasHoverTooltips, hoverTooltip, keymap, showTooltip } from "@codemirror/view";
import { ANSWER_WITHIN, answered } from "./editor-ask.js";
import { expressionAt } from "./editor-words.js";

const REST = 500;

const setShown = StateEffect.define();

// What the key has asked for; gone with the next edit or move.
const shown = StateField.define({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setShown)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

function element(name, text) {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  return made;
}

function draw({ title = "", signature = "", type = "", text = "" }) {
  const dom = element("cm-help", "");
  dom.setAttribute("role", "tooltip");
  for (const [name, part] of Object.entries({ signature: headOf(title, signature), type, text })) {
    if (part) dom.append(element(`cm-help-${name}`, part));
  }
  return dom;
}

// A signature may be the parameters alone.
const headOf = (title, signature) => (signature.startsWith("(") ? title + signature : signature || title);

async function ask(on, state, at, side) {
  const expression = expressionAt(state, at, side);
  if (!expression) return null;
  const help = await answered(() => on.help(expression.code), ANSWER_WITHIN);
  if (!help) return null;
  const create = () => ({ dom: draw(help) });
  return { help, tooltip: { pos: expression.from, end: expression.to, above: true, create } };
}

const onKey = (on) => (view) => {
  const { doc, selection } = view.state;
  if (!expressionAt(view.state, selection.main.head)) return false;
  ask(on, view.state, selection.main.head).then((answer) => {
    const isLate = view.state.doc !== doc || !view.state.selection.eq(selection) || !view.hasFocus;
    if (!answer || isLate) return;
    // Nothing tells a screen reader of a box beside the text.
    const { textContent: words } = draw(answer.help);
    view.dispatch({ effects: [setShown.of(answer.tooltip), EditorView.announce.of(words)] });
  });
  return true;
};

function close(view) {
  if (!view.state.field(shown) && !hasHoverTooltips(view.state)) return false;
  view.dispatch({ effects: [setShown.of(null), closeHoverTooltips] });
  return true;
}

/** Help for the editors of Python; nothing if nobody answers. */
export function help(on) {
  if (!on.help) return [];
  const rests = async (view, at, side) => (await ask(on, view.state, at, side))?.tooltip ?? null;
  return [
    shown,
    hoverTooltip(rests, { hoverTime: REST, hideOnChange: true }),
    EditorView.domEventHandlers({ blur: (_event, view) => void close(view) }),
    Prec.high(
      keymap.of([
        { key: "Mod-i", run: onKey(on) },
        { key: "Escape", run: close },
      ]),
    ),
  ];
}
