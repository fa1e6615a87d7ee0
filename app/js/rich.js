// Shows what a run put out, in its place in the page: built in slices, folded where it is too large, and
// taken out again. What is outside of the window and not small waits until it comes near.

import { abandon, hold, release } from "./heights.js";
import { draft, latexDraft } from "./markdown.js";
import { isThere, loadMaths, source, typeset } from "./maths.js";
import { isTooLarge, size, sizeOfBase64, tooLarge, whyNotDrawn } from "./pictures.js";
import { newScope, scoped } from "./styles.js";
import { build, cancel, isSpent } from "./slices.js";
import { CHARACTERS, Stream } from "./stream.js";
import { tree } from "./tree.js";

/** So many elements are shown before the fold, and so many more each time that it is opened. */
const FOLD = 5_000;
const MORE = 50_000;
/** What is not longer is built wherever it is, in characters. */
const SMALL = 16_384;
/** Text is put in the page in pieces of so many characters. */
const LINES = 8_192;
/** So many style sheets of its own an output may have. */
const STYLES = 50;

/**
 * Shows a text of a kind (html, markdown, latex, json, text, traceback, image/svg+xml, image/png, …) in an
 * element, which nothing else changes. `alt` is said in the place of what cannot be seen; an image has a
 * size; `pictures` are those that a text holds itself.
 * Returns what ends it: `end()`.
 */
export function show(host, kind, text, alt, width, height, pictures) {
  const shown = kind === "json" ? tree(host, text, alt) : undefined;
  if (shown) return shown;
  if (kind.startsWith("image/")) return picture(host, kind, text, { alt, width, height });
  return new Shown(host, kind, text, alt, pictures);
}

class Shown {
  #host;
  #area;
  #kind;
  #text;
  #most = FOLD;
  #stream;
  #fold;
  /** The formulas in it that are not set yet. */
  #formulas = new Set();
  #alt;
  #pictures;
  /** Its own styles, each parsed once, and what they stand below. */
  #sheets = [];
  #scope;
  #styles = 0;

  constructor(host, kind, text, alt, pictures) {
    this.#host = host;
    this.#kind = kind;
    this.#text = text;
    this.#area = hold(host);
    this.#alt = alt;
    this.#pictures = pictures;
    this.#build();
  }

  end() {
    abandon(this.#area, this.#host);
    cancel(this.#host);
    for (const element of this.#formulas) cancel(element);
    this.#formulas.clear();
    if (this.#sheets.length > 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !this.#sheets.includes(sheet));
    this.#sheets = [];
  }

  #build() {
    const step = (budget) => {
      try {
        return this.#step(budget);
      } catch (error) {
        // What cannot be built does not keep the place of what was there before.
        release(this.#area, this.#host);
        throw error;
      }
    };
    build(this.#host, step, { isEager: this.#text.length <= SMALL || this.#stream });
  }

  #step(budget) {
    this.#stream ??= this.#begin();
    while (!isSpent(budget)) {
      const isAll = this.#stream.step(budget, this.#stream.next ?? this.#most);
      if (isAll || this.#stream.count >= this.#most) {
        if (isAll) this.#finish();
        else this.#showFold();
        release(this.#area, this.#host);
        return true;
      }
      if (this.#stream.count >= this.#stream.next) this.#openPart();
    }
    return false;
  }

  /** All is in the page. */
  #finish() {
    this.#fold?.remove();
    if (this.#kind !== "html" || isSeen(this.box)) return;
    // What draws by a script leaves nothing to see here.
    this.box.remove();
    const words = document.createElement("pre");
    words.className = "plain";
    words.dataset.renderer = "text";
    words.textContent = this.#alt || "This output draws itself by a script, which runs once its cell has run here.";
    this.#host.append(words);
  }

  /** A style sheet of its own. */
  #style(text) {
    this.#styles += 1;
    if (this.#styles > STYLES) return;
    this.#scope ??= newScope();
    const rules = scoped(text, this.#scope.selector);
    if (!rules) return;
    this.box.dataset.styled = this.#scope.name;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    this.#sheets.push(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  #begin() {
    const isText = ["text", "traceback", "json"].includes(this.#kind);
    const box = document.createElement(isText ? "pre" : "div");
    box.className = { text: "plain", json: "plain", traceback: "traceback", html: "rich" }[this.#kind] ?? "rich prose";
    box.dataset.renderer = isText ? "text" : this.#kind;
    this.#host.replaceChildren(box);
    this.box = box;
    if (isText) return new Lines(this.#text, box);
    if (this.#kind === "html") return new Stream(this.#text, box, undefined, (text) => this.#style(text));
    const formulas = [];
    const later = (formula) => {
      formulas.push(formula);
      return source(formula.raw).replace("<code", `<code data-formula="${formulas.length - 1}"`);
    };
    const { unsafe, fillNodes } = this.#kind === "latex" ? latexDraft(this.#text, later) : draft(this.#text, later, this.#pictures);
    return new Stream(unsafe, box, (root) => {
      fillNodes(root);
      for (const element of root.querySelectorAll("code[data-formula]")) this.#setLater(element, formulas[element.dataset.formula]);
    });
  }

  // A formula is set once it is near; until then its source is shown.
  #setLater(element, formula) {
    element.removeAttribute("data-formula");
    this.#formulas.add(element);
    const step = () => {
      if (!isThere()) {
        loadMaths().then(() => isThere() && this.#formulas.has(element) && build(element, step, { isQuiet: true }));
        return true;
      }
      const holder = document.createElement("template");
      holder.innerHTML = typeset(formula);
      element.replaceWith(holder.content);
      this.#formulas.delete(element);
      return true;
    };
    build(element, step, { isQuiet: true });
  }

  /** What follows the fold comes in boxes of their own, of which those that are seen cost the browser something. */
  #openPart() {
    const part = document.createElement("div");
    part.className = "rich-part";
    const widths = this.#stream.tables?.map((table) => table.getBoundingClientRect().width) ?? [];
    if (widths.length > 0) part.style.width = `${Math.max(...widths)}px`;
    this.box.append(part);
    this.#stream.continueIn(part);
    this.#stream.next = this.#stream.count + FOLD;
  }

  #showFold() {
    this.#fold?.remove();
    this.#fold = document.createElement("div");
    this.#fold.className = "fold";
    const words = document.createElement("span");
    const part = this.#stream.share * this.#text.length;
    words.textContent = `This output is too large to show at once. Here are the first ${size(part)} of ${size(this.#text.length)}.`;
    const button = document.createElement("button");
    button.className = "button small";
    button.textContent = "Show the rest";
    button.addEventListener("click", () => {
      button.disabled = true;
      this.#most = this.#stream.count + MORE;
      this.#openPart();
      this.#build();
    });
    this.#fold.append(words, button);
    this.#host.append(this.#fold);
  }
}

/** Whether there is anything in an element that a person can see. */
const isSeen = (box) => box.textContent.trim() !== "" || box.querySelector("img[src], img[alt], hr, audio, video, picture, progress, meter, td, th") !== null;

/** Text in pieces, which end with a line where they can. */
class Lines {
  count = 0;
  #at = 0;
  #text;
  #to;

  constructor(text, to) {
    this.#text = text;
    this.#to = to;
  }

  get share() {
    return this.#at / Math.max(1, this.#text.length);
  }

  step(budget, most) {
    if (this.#text.length <= LINES) {
      this.#to.textContent = this.#text;
      return true;
    }
    while (this.#at < this.#text.length) {
      if (isSpent(budget) || this.count >= most) return false;
      const limit = this.#at + LINES;
      let end = limit >= this.#text.length ? this.#text.length : this.#text.lastIndexOf("\n", limit) + 1;
      if (end <= this.#at) end = limit;
      if (/[\ud800-\udbff]/.test(this.#text.charAt(end - 1))) end += 1;
      const piece = document.createElement("span");
      piece.className = "lines";
      piece.textContent = this.#text.slice(this.#at, end);
      this.#to.append(piece);
      budget.elements -= LINES / CHARACTERS;
      this.count += (end - this.#at) / CHARACTERS;
      this.#at = end;
    }
    return true;
  }

  continueIn(element) {
    this.#to = element;
  }
}

function picture(host, kind, text, { alt, width, height }) {
  const isDrawing = kind === "image/svg+xml";
  const points = isDrawing ? undefined : sizeOfBase64(text);
  let address;
  const why = isDrawing ? whyNotDrawn(text) : points && isTooLarge(points) ? tooLarge(points) : undefined;
  if (why) {
    return refused(host, kind, text, why);
  }
  const step = () => {
    const image = document.createElement("img");
    image.className = "figure";
    image.dataset.renderer = "image";
    image.alt = alt;
    image.decoding = "async";
    // Its place is there before it is.
    const known = width ? { width, height } : points;
    if (known) Object.assign(image, known);
    if (isDrawing) {
      address = URL.createObjectURL(new Blob([text], { type: kind }));
      image.src = address;
    } else image.src = `data:${kind};base64,${text}`;
    host.replaceChildren(image);
    return true;
  };
  build(host, step, { isEager: text.length <= SMALL });
  return {
    end() {
      cancel(host);
      if (address) URL.revokeObjectURL(address);
    },
  };
}

/** What cannot be shown is said to be there, and can be had as a file. */
function refused(host, kind, text, why) {
  const fold = document.createElement("div");
  fold.className = "fold";
  const words = document.createElement("span");
  words.textContent = why;
  const button = document.createElement("button");
  button.className = "button small";
  button.textContent = "Download";
  button.addEventListener("click", () => {
    const isText = kind === "image/svg+xml";
    const bytes = isText ? text : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes], { type: kind }));
    const link = document.createElement("a");
    Object.assign(link, { href: address, download: `picture.${isText ? "svg" : kind.slice(6)}` });
    link.click();
    URL.revokeObjectURL(address);
  });
  fold.append(words, button);
  host.replaceChildren(fold);
  return { end() {} };
}
