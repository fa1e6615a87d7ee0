// Brings HTML from outside into the page part by part. The browser's own parser reads it in pieces, into
// a document where nothing runs or loads; what is whole there is taken out, passes the sanitiser, and is
// put at its place in the page. An element that is still open, or large, is put there by itself, without
// what is in it, and its parts follow: the rows of a table, the lines of a text.

import { isSpent } from "./slices.js";
import { fragment } from "./sanitise.js";

/** So much of a text is handed to the parser at once, in characters. */
const PIECE = { least: 128, most: 16_384 };
/** How long the parser may take for it before the next piece is smaller, in milliseconds. */
const SLOW = 2;
/** What is taken out at once: so many elements, and so many characters. */
const PART = { elements: 60, characters: 4_096, attributes: 60 };
/** So many characters are as much as an element. */
export const CHARACTERS = 64;
/** What is deeper stands at this depth: the browser needs ever longer for elements in elements. */
const DEEPEST = 100;
/** A longer style sheet is none of an output's, in characters. */
const STYLE = 500_000;
/** What the sanitiser takes out with all that is in it. */
const DROPPED = new Set([
  "SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "NOEMBED", "NOFRAMES", "NOSCRIPT", "PLAINTEXT", "TITLE", "XMP", "OBJECT", "TEXTAREA",
]);

export class Stream {
  /** How many elements, and characters as such, were put in the page. */
  count = 0;
  #text;
  #at = 0;
  #size = 1_024;
  #isRead = false;
  #document = document.implementation.createHTMLDocument("");
  /** The open elements: `from` in the parser's document, `to` in the page; none where all is dropped. */
  #path;
  /** Where in the page an element of the parser's document is continued. */
  #places = new WeakMap();
  #fill;
  #style;
  /** What is in the page, but stays where it was, as the parser may still add to it. */
  #left = new WeakSet();

  /** `fill(fragment)` may change what has passed the sanitiser; `style(text)` is given each style sheet. */
  constructor(text, to, fill = () => {}, style = undefined) {
    this.#text = text;
    this.#fill = fill;
    this.#style = style;
    this.#document.open();
    this.#document.write("<!doctype html><body>");
    this.#path = [{ from: this.#document.body, to }];
  }

  /** How much of the text was read, from 0 to 1. */
  get share() {
    return this.#at / Math.max(1, this.#text.length);
  }

  /** Goes on until the budget is spent, or `most` is in the page; whether that was the end. */
  step(budget, most) {
    while (!isSpent(budget) && this.count < most) {
      const top = this.#path.at(-1);
      const child = this.#first(top);
      if (child && this.#take(top, child, budget)) continue;
      if (!child && this.#path.length > 1 && (this.#isClosed() || this.#isLoose())) this.#close();
      else if (!this.#isRead) this.#read();
      else return true;
    }
    return false;
  }

  /** Goes on in another element, where what is open is opened anew. */
  continueIn(element) {
    let [before, now] = [this.#path[0].to, element];
    for (const entry of this.#path) {
      if (entry.to && entry.to !== before) {
        before = entry.to;
        const copy = before.cloneNode(false);
        goOn(before, copy);
        now.append(copy);
        now = copy;
      }
      if (entry.to) entry.to = now;
      entry.before = undefined;
      this.#places.set(entry.from, entry.to);
    }
  }

  /** The tables that are open. */
  get tables() {
    return this.#path.map(({ to }) => to).filter((to) => to?.tagName === "TABLE");
  }

  #read() {
    const began = performance.now();
    let end = this.#at + this.#size;
    // Both halves of a character together.
    if (/[\ud800-\udbff]/.test(this.#text.charAt(end - 1))) end += 1;
    this.#document.write(this.#text.slice(this.#at, end));
    this.#at = Math.min(end, this.#text.length);
    if (this.#at === this.#text.length) {
      this.#document.close();
      this.#isRead = true;
    }
    const took = performance.now() - began;
    this.#size = took > SLOW ? Math.max(PIECE.least, this.#size / 2) : Math.min(PIECE.most, this.#size * 2);
    this.#follow();
  }

  // The parser moves what was closed in the wrong order.
  #follow() {
    const moved = this.#path.findIndex(({ from }, at) => at > 0 && from.parentNode !== this.#path[at - 1].from);
    if (moved > 0) this.#path.length = moved;
  }

  /** The first child that is not in the page as far as it is there. */
  #first(top) {
    let child = top.from.firstChild;
    while (child && this.#left.has(child) && (this.#isLoose() || this.#isBeforeTable(child))) child = child.nextSibling;
    return child;
  }

  // What a table may not hold is put before it by the parser, and the last of that may still grow: it is
  // put in the page as it is, and left where it was.
  #isBeforeTable(node) {
    return isLastTable(node.nextSibling) && !this.#isClosed();
  }

  /** Whether that is so of an open element. */
  #isLoose() {
    return this.#path.some(({ from }, at) => at > 0 && isLastTable(from.nextSibling)) && !this.#isClosed();
  }

  /** The innermost open element is whole, and all that was in it is in the page. */
  #close() {
    const isLoose = this.#isLoose();
    const { from, to } = this.#path.pop();
    const parent = this.#path.at(-1);
    if (isLoose) this.#left.add(from);
    else if (from.previousSibling) {
      // What a table may not hold stands before it, and follows now.
      if (to?.parentNode === parent.to) parent.before = to;
    } else {
      from.remove();
      if (parent.before === to) parent.before = undefined;
    }
  }

  #put(top, ...nodes) {
    if (top.before?.parentNode === top.to) top.before.before(...nodes);
    else top.to?.append(...nodes);
  }

  /** Whether nothing more can come into the innermost open element. */
  #isClosed() {
    return this.#isRead || this.#path.some(({ from }, at) => at > 0 && from.nextSibling && !isLastTable(from.nextSibling));
  }

  /** Puts a child in the page, or begins to; `false` where more must be read for it. */
  #take(top, child, budget) {
    const isLoose = this.#isBeforeTable(child) || (child.nextSibling === null && this.#isLoose());
    const isWhole = child.nextSibling !== null || this.#isClosed();
    if (child.nodeType === Node.TEXT_NODE) {
      if (!isWhole && !isLoose && child.length < PART.characters) return false;
      this.#takeText(top, child, isLoose, budget);
      return true;
    }
    if (child.nodeType !== Node.ELEMENT_NODE) {
      child.remove();
      return true;
    }
    if (!top.to) {
      // What is dropped may be long too.
      if (!isWhole) return this.#open(child, null);
      child.remove();
      return true;
    }
    if (this.#style && child.tagName === "STYLE" && child.textContent.length <= STYLE) {
      if (!isWhole) return false;
      this.#style(child.textContent);
      child.remove();
      return true;
    }
    if (this.#places.has(child)) {
      const to = this.#places.get(child);
      if (to && to.parentNode !== top.to && !to.contains(top.to)) this.#put(top, to);
      return this.#open(child, to);
    }
    const size = isLoose ? undefined : sizeOf(child);
    if (size === undefined) return this.#open(child, this.#shell(top, child, budget));
    if (!isWhole) return false;
    this.#takeParts(top, size, budget);
    return true;
  }

  // What is large is taken in parts.
  #takeText(top, child, isLoose, budget) {
    let length = Math.min(child.length, PART.characters);
    if (length < child.length && /[\ud800-\udbff]/.test(child.data[length - 1])) length -= 1;
    if (length > 0) this.#put(top, child.data.slice(0, length));
    if (length < child.length || isLoose) child.deleteData(0, length);
    else child.remove();
    if (child.length === 0) this.#left.add(child);
    if (top.to) this.#spend(length / CHARACTERS, budget);
  }

  /** The first child, which is so large, and those after it that are whole and small too. */
  #takeParts(top, size, budget) {
    const parts = [top.from.firstChild];
    for (let next = parts[0].nextSibling; next && size < PART.elements; next = next.nextSibling) {
      const isElement = next.nodeType === Node.ELEMENT_NODE;
      const isWhole = (next.nextSibling !== null || this.#isClosed()) && !this.#isBeforeTable(next);
      const more = isElement && isWhole && !this.#places.has(next) ? sizeOf(next) : next.nodeType === Node.TEXT_NODE && isWhole && next.length <= CHARACTERS ? 1 : undefined;
      if (more === undefined) break;
      parts.push(next);
      size += more;
    }
    this.#put(top, ...this.#pass(parts));
    this.#spend(size, budget);
  }

  /** The element itself, without what is in it; its parent where the sanitiser keeps only that. */
  #shell(top, child, budget) {
    if (DROPPED.has(child.tagName) || child.namespaceURI !== HTML) return null;
    if (this.#path.length > DEEPEST) return top.to;
    this.#spend(1, budget);
    const isOrdinary = child.attributes.length <= PART.attributes;
    if (!isOrdinary && !/^[A-Z][A-Z\d]*$/.test(child.tagName)) return top.to;
    const bare = isOrdinary ? child.cloneNode(false) : this.#document.createElement(child.tagName);
    const passed = this.#pass([bare]);
    const [shell] = passed;
    if (shell?.nodeName !== child.nodeName) {
      this.#put(top, ...passed);
      return top.to;
    }
    this.#put(top, shell);
    return shell;
  }

  #open(from, to) {
    this.#places.set(from, to);
    this.#path.push({ from, to });
    return true;
  }

  /** The only way into the page: by the sanitiser. */
  #pass(parts) {
    const holder = this.#document.createElement("div");
    holder.append(...parts);
    if (this.#style) for (const style of holder.querySelectorAll("style")) this.#style(style.textContent);
    const passed = fragment(holder, this.#style !== undefined).firstChild;
    if (passed) this.#fill(passed);
    return passed ? [...passed.childNodes] : [];
  }

  #spend(size, budget) {
    this.count += size;
    budget.elements -= size;
  }
}

/** Whether it is a table that nothing follows yet. */
const isLastTable = (node) => node?.nodeName === "TABLE" && node.nextSibling === null;

const HTML = "http://www.w3.org/1999/xhtml";

/** How many elements a subtree has, and characters as such; `undefined` where it is too large for one part. */
function sizeOf(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  if (root.attributes.length > PART.attributes) return undefined;
  let size = 1;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    size += node.nodeType === Node.TEXT_NODE ? node.length / CHARACTERS : 1;
    if (size > PART.elements || node.attributes?.length > PART.attributes) return undefined;
  }
  return size;
}

/** Makes an element go on where another ends. */
function goOn(before, copy) {
  if (before.tagName === "OL") copy.start = before.start + before.children.length;
  if (before.tagName !== "TABLE") return;
  const cells = [...([...before.rows].at(-1)?.cells ?? [])];
  if (cells.length === 0 || cells.some((cell) => cell.colSpan > 1)) return;
  // The same columns, whatever stands in them.
  const columns = document.createElement("colgroup");
  for (const cell of cells) {
    const column = document.createElement("col");
    column.style.width = `${cell.getBoundingClientRect().width}px`;
    columns.append(column);
  }
  copy.append(columns);
  copy.style.tableLayout = "fixed";
  copy.style.width = `${before.getBoundingClientRect().width}px`;
  copy.style.maxWidth = "none";
}
