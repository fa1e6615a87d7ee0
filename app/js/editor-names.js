// Names across cells: which name the pointer or the cursor is on is told to the page, which answers
// with the places to draw; from a name, the page may go to its definition or rename it.

import { Decoration, ViewPlugin, keymap } from "@codemirror/view";
import { movingMarks } from "./editor-marks.js";
import { nameAt } from "./editor-words.js";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
// The key that makes names links; on a Mac, Ctrl with a click is the context menu.
const makesLinks = (event) => (IS_MAC ? event.metaKey : event.ctrlKey);

const drawn = {
  definition: Decoration.mark({ class: "cm-name-definition" }),
  use: Decoration.mark({ class: "cm-name-use" }),
  link: Decoration.mark({ class: "cm-name-link" }),
};

const uses = movingMarks();
const link = movingMarks();

/** Draws where a name is defined and used: a list of `{ from, to, kind }`. */
export function drawUses(view, list) {
  const { length } = view.state.doc;
  const marks = list
    .map(({ from, to, kind }) => ({ from, to: Math.min(to, length), mark: drawn[kind] ?? drawn.use }))
    .filter(({ from, to }) => from < to)
    .map(({ from, to, mark }) => mark.range(from, to));
  if (marks.length || view.state.field(uses.field, false)?.size) view.dispatch({ effects: uses.replacedBy(marks) });
}

// Only over its letters: the place nearest to a pointer far right of a line is the line's end.
function nameUnder(view, { x, y }) {
  const at = view.posAtCoords({ x, y });
  const name = at === null ? null : nameAt(view.state, at);
  const from = name && view.coordsAtPos(name.from, 1);
  const to = name && view.coordsAtPos(name.to, -1);
  return from && to && from.left <= x && x <= to.right && from.top <= y && y <= to.bottom ? name : null;
}

// A frame of the page is the unit: whatever moved in it, the name is looked for and told once.
class Watch {
  constructor(view, on) {
    Object.assign(this, { view, on, pointer: null, linking: false, linked: null, cursor: -1, told: -1, frame: 0 });
    this.key = (event) => this.setLinking(makesLinks(event));
    this.left = () => this.setLinking(false);
  }

  update({ docChanged, selectionSet, focusChanged, state, view }) {
    if (docChanged) {
      // Who writes looks at no name.
      this.cursor = -1;
      this.setPointer(null);
    } else if (selectionSet || (focusChanged && !view.hasFocus)) {
      // Only where the cursor has gone: it is in every text from the start.
      const { from, to } = state.selection.main;
      const name = view.hasFocus ? nameAt(state, from) : null;
      this.cursor = name && to <= name.to ? name.from : -1;
      this.look();
    }
  }

  setPointer(place) {
    if ((place === null) !== (this.pointer === null)) {
      const listen = place ? addEventListener : removeEventListener;
      for (const [event, call] of [["keydown", this.key], ["keyup", this.key], ["blur", this.left]]) listen(event, call);
    }
    this.pointer = place;
    if (!place) this.linking = false;
    this.look();
  }

  setLinking(linking) {
    if (linking === this.linking) return;
    this.linking = linking;
    this.look();
  }

  look() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const name = this.pointer && nameUnder(this.view, this.pointer);
      this.setLink(this.linking ? name : null);
      const now = name ? name.from : this.cursor;
      if (now === this.told) return;
      this.told = now;
      this.on.hover?.(now);
    });
  }

  setLink(name) {
    if (!this.on.goTo || name?.from === this.linked?.from) return;
    this.linked = name;
    this.view.dispatch({ effects: link.replacedBy(name ? [drawn.link.range(name.from, name.to)] : []) });
  }

  destroy() {
    this.setPointer(null);
    cancelAnimationFrame(this.frame);
  }
}

const watch = (on) =>
  ViewPlugin.define((view) => new Watch(view, on), {
    eventHandlers: {
      mousemove(event) {
        this.linking = makesLinks(event);
        this.setPointer(event.buttons ? null : { x: event.clientX, y: event.clientY });
      },
      mouseleave() {
        this.setPointer(null);
      },
      mousedown(event, view) {
        if (event.button !== 0 || !makesLinks(event)) return false;
        const name = nameUnder(view, { x: event.clientX, y: event.clientY });
        return name !== null && on.goTo?.(name.from) === true;
      },
    },
  });

// A key for the name at the cursor; the page says whether it did something.
const asks = (what) => (view) => {
  const name = nameAt(view.state, view.state.selection.main.head);
  return name !== null && what()?.(name.from) === true;
};

/** Names for the editors of code. */
export const names = (on) => [
  uses.field,
  link.field,
  watch(on),
  keymap.of([
    { key: "F12", run: asks(() => on.goTo?.bind(on)) },
    { key: "F2", run: asks(() => on.rename?.bind(on)) },
  ]),
];
