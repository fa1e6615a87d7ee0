// Marks in the text of an editor: they move with it as it is edited, until others replace them all.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

/** One kind of marks: the editor's extension, and the effect that replaces them by a list of ranges. */
export function movingMarks() {
  const effect = StateEffect.define();
  const field = StateField.define({
    create: () => Decoration.none,
    update(value, transaction) {
      let current = value.map(transaction.changes);
      for (const one of transaction.effects) if (one.is(effect)) current = one.value;
      return current;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  return { field, replacedBy: (ranges) => effect.of(Decoration.set(ranges, true)) };
}

/** `from` and `to` within the text, and over a letter where there is one, since nothing else can be seen. */
export function visible(doc, from, to) {
  const end = Math.min(Math.max(to, from + 1), doc.length);
  let start = Math.min(from, end - 1);
  while (start > 0 && doc.sliceString(start, end).trim() === "" && end - start < 200) start -= 1;
  return start < 0 ? null : { from: start, to: end };
}
