// Footnotes for marked: `[^name]` in a text, `[^name]: the note` on lines of its own.
//
// A note is a number with the note's text as its title, and an entry in the list at the end. There are
// no links between the two, since nothing in a text may have an id or move the page.

import { lineInParagraph } from "./formulas.js";

const DEFINITION = / {0,3}\[\^([^\]\s]{1,99})\]:[ \t]*/y;
/** A line that goes on with a note's paragraph begins no other block. */
const OTHER_BLOCK = / {0,3}(?:#{1,6}\s|>|[-*+]\s|\d+[.)]\s|```|~~~|\$\$)/y;
const BLANK = /[ \t]*(?:\n|$)/y;
const INDENT = /(?: {4}|\t)/y;

const matches = (pattern, text, at) => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

function lineEnd(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

/** Where the note ends that begins a text: before a line that is neither indented nor goes on with it. */
function noteEnd(text, head) {
  let end = lineEnd(text, head);
  let isAfterBlank = false;
  for (let at = end; at < text.length; at = lineEnd(text, at)) {
    if (matches(BLANK, text, at)) {
      isAfterBlank = true;
      continue;
    }
    const goesOn = matches(INDENT, text, at) || !(isAfterBlank || matches(DEFINITION, text, at) || matches(OTHER_BLOCK, text, at));
    if (!goesOn) break;
    isAfterBlank = false;
    end = lineEnd(text, at);
  }
  return end;
}

const definition = {
  name: "note",
  level: "block",
  start: (text) => lineInParagraph(text, /\n {0,3}\[\^[^\]\s]{1,99}\]:/g),
  tokenizer(text) {
    const head = matches(DEFINITION, text, 0);
    if (!head) return undefined;
    const raw = text.slice(0, noteEnd(text, head[0].length));
    const note = { type: "note", raw, tokens: [] };
    // The first of several notes with one name is meant, as with links.
    const { notes } = this.lexer;
    const name = head[1].toLowerCase();
    if (!notes.has(name)) notes.set(name, note);
    this.lexer.blockTokens(raw.slice(head[0].length).replace(/^(?: {1,4}|\t)/gm, ""), note.tokens);
    return note;
  },
  renderer: () => "",
};

const reference = {
  name: "note-reference",
  level: "inline",
  tokenizer(text) {
    const head = /^\[\^([^\]\s]{1,99})\]/.exec(text);
    const note = head && this.lexer.notes.get(head[1].toLowerCase());
    return note && { type: "note-reference", raw: head[0], note };
  },
  renderer({ note }) {
    return this.parser.renderer.reference(note);
  },
};

/** The part of marked's options that is about footnotes; its lexer has a `Map` named `notes`. */
export const extensions = [definition, reference];
