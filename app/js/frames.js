// Shows outputs that need scripts, each in a frame of its own without an origin. The page hands a frame its
// library and its data, and takes back a height, a picture and links; every byte of that is untrusted.
//
// Frames are made near the window and removed far from it, with the picture in their place. Browsers give all
// frames of a page one thread, also that of Python's frame (whose worker has its own): where a script spins,
// all are silent, and the one that was drawing is taken for the culprit. It ends with its thread, when no
// frame is left in that: when Python is started anew.

import { whyNotDrawn } from "./pictures.js";
import { whyNoPicture } from "./frame-picture.js";
import * as heights from "./heights.js";

/** So many frames are alive at once. */
const ALIVE = 12;
/** From how far outside of the window a frame is made, and kept. */
const NEAR = "300px 0px";
const FAR = "2000px 0px";
/** Heights that a frame may have, and the one before it has said any. */
const LEAST = 24;
const MOST = 2_400;
const FIRST = 240;
/** How often frames are asked for a sign of life, and how many times in vain, in milliseconds. */
const BEAT = 1_000;
const PATIENCE = 5;
/** So many messages a frame may send at once, and so many more each second. */
const CREDIT = 200;
/** How long a frame may take for a picture that is to be saved. */
const SAVING = 15_000;
const NAMES = { vega: "Vega chart", plotly: "Plotly figure", bokeh: "Bokeh plot", anywidget: "widget" };
/** Those whose scripts are of the output itself and not of ours; what they show is no picture. */
const FOREIGN = ["html", "anywidget"];
const HELD = "The script of another output still runs, and keeps all outputs from being drawn. Restart Python to end it.";
/** After a key in the page, for how long a frame may not take the keyboard by itself. */
const TYPING = 2_000;
/** The largest selection that a chart tells, in characters of JSON. */
const MOST_SELECTION = 250_000;

const frames = new Set();
const alive = () => [...frames].filter((frame) => frame.isAlive);

/** Whether a script that was removed still holds the thread of all frames. */
let held = false;
export const isHeld = () => held || alive().some((frame) => frame.isLate);

/** The thread is free again, or another takes its place. */
export function release() {
  if (!held) return;
  held = false;
  for (const frame of frames) frame.freed();
}

/** The libraries' scripts, by address: each is fetched once, and verified. */
const scripts = new Map();

function script({ path, size, sha256 }) {
  if (!scripts.has(path)) {
    const blob = globalThis.rivuletFetch(path, size, sha256, () => {}).then((bytes) => new Blob([bytes], { type: "text/javascript" }));
    blob.catch(() => scripts.delete(path));
    scripts.set(path, blob);
  }
  return scripts.get(path);
}

function theme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["ink", "soft", "line", "accent", "card"];
  return { isDark: style.colorScheme.includes("dark"), font: colour("sans"), ...Object.fromEntries(names.map((name) => [name, colour(name)])) };
}

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

/**
 * Shows an output in `host`, which nothing else changes. `options` has: `renderer`, `document` (the frame's),
 * `scripts` (`{ path, size, sha256 }`), `text`, `mime`, `alt`, `runs` (whether it may start by itself), and
 * `keep(kind, text, width, height)`, which is given its newest picture. A chart that is a widget has also
 * `select(json, isHeld)`, which is given what is selected, `selection` (the same, to begin with) and `data`
 * (the name of the data whose rows are told).
 * Returns `update(changes)` for what is another when its cell has run again, `setSelection(json)`,
 * `setPicture(kind, text, width, height)` and `end()`.
 */
export function frame(host, options) {
  return new Framed(host, options);
}

class Framed {
  #host;
  #options;
  #area;
  #box;
  #image;
  #note;
  #bar;
  #interact;
  #iframe;
  #port;
  #height;
  #picture;
  #isNear = false;
  #isDrawn = false;
  #drawing = 0;
  #credit = CREDIT;
  #ping = 0;
  #pong = 0;
  #saving = new Map();
  /** What ended it, until a person starts it anew. */
  #trouble;
  /** Counts what it was given to draw: what is said of an older one is late. */
  #version = 0;
  /** Whether the person has not let go of what they select. */
  #isSelecting = false;
  #clear;

  constructor(host, options) {
    this.#host = host;
    this.#options = options;
    this.#area = heights.hold(host);
    const button = (words, act, title) => {
      const made = element("button", { className: "button quiet small", textContent: words, type: "button" });
      if (title) made.title = title;
      made.addEventListener("click", act);
      return made;
    };
    this.#image = element("div", { className: "frame-picture" });
    this.#note = element("div", { className: "frame-note" });
    this.#interact = button("Interact", () => this.#start(), "Starts this output, as its cell has not run here");
    this.#bar = element("div", { className: "frame-bar" }, this.#interact, button("Save as PNG", () => this.#save("png")), ...(FOREIGN.includes(options.renderer) ? [] : [button("Save as SVG", () => this.#save("svg"))]));
    this.#box = element("div", { className: "frame-output" }, this.#image, this.#note, this.#bar);
    this.#box.dataset.renderer = options.renderer;
    this.#box.setAttribute("role", "group");
    this.#box.setAttribute("aria-label", options.alt?.slice(0, 200) || "Interactive output");
    if (options.select && options.renderer !== "anywidget") {
      this.#clear = button("Clear selection", () => this.#clearSelection());
      this.#bar.prepend(this.#clear);
    }
    host.replaceChildren(this.#box);
    frames.add(this);
    near.observe(this.#box);
    far.observe(this.#box);
    this.#box.rivuletFrame = this;
    this.#offerClear();
    this.#show();
  }

  get isAlive() {
    return this.#iframe !== undefined;
  }

  /** Whether it was given something to draw, and has not said that it is drawn. */
  get isDrawing() {
    return this.#drawing > 0 && this.#port !== undefined;
  }

  /** Whether its scripts are of the output itself and not of ours. */
  get isForeign() {
    return FOREIGN.includes(this.#options.renderer);
  }

  /** Whether it owes an answer. */
  get isLate() {
    return this.#ping - this.#pong > 1;
  }

  get isSilent() {
    return this.#ping - this.#pong > PATIENCE;
  }

  /** How far it is from the window, in pixels. */
  get distance() {
    const { top, bottom } = this.#box.getBoundingClientRect();
    return Math.max(0, top - innerHeight, -bottom);
  }

  /** Its cell has run again: it draws something else of the same kind, in the frame that it has. */
  update(changes) {
    const { text, mime, selection, run } = this.#options;
    Object.assign(this.#options, changes);
    const isKnown = text === this.#options.text && mime === this.#options.mime;
    if (!isKnown) {
      this.#version += 1;
      this.#picture = undefined;
    }
    this.#box.setAttribute("aria-label", this.#options.alt?.slice(0, 200) || "Interactive output");
    if (this.#trouble && !isKnown) this.#trouble = undefined;
    if (!isKnown && this.#port) this.#port.postMessage({ command: "draw", ...this.#task() });
    else if (!isSame(selection, this.#options.selection)) this.#reselect();
    // The same again looks the same.
    if (isKnown && run !== this.#options.run && this.#picture) {
      const { kind, text, width, height } = this.#picture;
      this.#options.keep(kind, text, width, height);
    }
    if (!this.isAlive) {
      this.#show();
      if (this.#isNear && this.#options.runs && !this.#trouble) this.#start();
    }
    this.#offerClear();
  }

  /** What is selected is another than this frame has said. */
  setSelection(selection) {
    if (isSame(selection, this.#options.selection)) return;
    this.#options.selection = selection;
    this.#reselect();
    this.#offerClear();
  }

  #reselect() {
    this.#port?.postMessage({ command: "select", selection: parsed(this.#options.selection) });
  }

  #clearSelection() {
    this.setSelection("null");
    this.#options.select("null", false);
  }

  #offerClear() {
    if (this.#clear) this.#clear.hidden = !parsed(this.#options.selection);
  }

  /** What the frame is told to draw. */
  #task() {
    const { text, mime, data, select, selection } = this.#options;
    return { text, mime, version: this.#version, ...(select ? { selects: true, data, selection: parsed(selection) } : {}) };
  }

  setPicture(kind, text, width, height) {
    this.#picture = text ? { kind, text, width, height } : undefined;
    if (!this.isAlive) this.#show();
  }

  end() {
    heights.abandon(this.#area, this.#host);
    near.unobserve(this.#box);
    far.unobserve(this.#box);
    frames.delete(this);
    this.#remove();
  }

  /** It has come near the window, or has left. */
  comesNear(isNear) {
    this.#isNear = isNear;
    if (isNear && this.#options.runs && !this.#trouble) this.#start();
  }

  goesFar() {
    if (this.isAlive) this.takeAway();
  }

  /** Its picture takes its place, until it comes near again. */
  takeAway() {
    this.#remove();
    this.#show();
  }

  /** It has done something that ends it; a sentence says what. */
  stop(sentence) {
    this.#trouble = sentence;
    this.takeAway();
  }

  beat() {
    this.#credit = Math.min(CREDIT, this.#credit + 20);
    this.#ping += 1;
    this.#port?.postMessage({ command: "ping", ping: this.#ping });
  }

  /** Frames can be made again. */
  freed() {
    if (this.#isNear && this.#options.runs && !this.#trouble) this.#start();
  }

  /** Others were silent as well, and it was not its fault. */
  forgive() {
    this.#pong = this.#ping;
  }

  dress() {
    this.#port?.postMessage({ command: "theme", theme: theme() });
  }

  /** Whether the frame has the keyboard without a person's doing. */
  hasStolen() {
    return this.isAlive && document.activeElement === this.#iframe && !this.#iframe.matches(":hover");
  }

  async #start() {
    if (this.isAlive) return;
    if (held) {
      if (!this.#options.runs) this.#say(HELD);
      return;
    }
    this.#trouble = undefined;
    makeRoom(this);
    const { document: page, scripts, alt } = this.#options;
    const iframe = document.createElement("iframe");
    // The sandbox must be there before the document is, and allows nothing but scripts.
    for (const [name, value] of [["sandbox", "allow-scripts"], ["referrerpolicy", "no-referrer"], ["title", alt?.slice(0, 200) || "Interactive output"], ["srcdoc", page]]) iframe.setAttribute(name, value);
    this.#iframe = iframe;
    iframe.style.height = `${this.#height ?? this.#picture?.height ?? FIRST}px`;
    this.#box.classList.add("is-starting");
    this.#host.setAttribute("aria-busy", "true");
    this.#isDrawn = false;
    this.#drawing = performance.now();
    this.#credit = CREDIT;
    this.#ping = this.#pong = 0;
    let loads = 0;
    iframe.addEventListener("load", () => {
      loads += 1;
      // Its first page is ours; another one would be a way out.
      if (loads > 1) this.stop("This output tried to leave its frame, and was removed.");
    });
    this.#box.insertBefore(iframe, this.#note);
    let fetched;
    try {
      fetched = await Promise.all(scripts.map(script));
    } catch (error) {
      if (this.#iframe === iframe) this.stop(`This output cannot be drawn now: ${error.message}`);
      return;
    }
    if (this.#iframe !== iframe) return;
    await new Promise((done) => {
      const greeted = ({ source, data }) => {
        if (source !== iframe.contentWindow && iframe.isConnected) return;
        if (iframe.isConnected && data?.rivulet !== "output") return;
        removeEventListener("message", greeted);
        done();
      };
      addEventListener("message", greeted);
      // It may have said so while the scripts were fetched.
      if (iframe.isGreeted) done();
    });
    if (this.#iframe !== iframe) return;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#receive(data);
    iframe.contentWindow.postMessage({ scripts: fetched, ...this.#task(), theme: theme() }, "*", [port2]);
  }

  #remove() {
    this.#port?.close();
    this.#iframe?.remove();
    this.#port = this.#iframe = undefined;
    this.#drawing = 0;
    this.#host.removeAttribute("aria-busy");
    this.#box.classList.remove("is-starting", "is-alive");
    for (const done of this.#saving.values()) done(undefined);
    this.#saving.clear();
  }

  #receive(data) {
    this.#credit -= 1;
    if (this.#credit < 0) return this.stop("This output sent more messages than the page takes, and was removed.");
    if (typeof data !== "object" || data === null) return;
    const text = typeof data.text === "string" ? data.text : "";
    switch (data.type) {
      case "pong":
        if (Number.isInteger(data.ping) && data.ping <= this.#ping) this.#pong = Math.max(this.#pong, data.ping);
        return;
      case "height":
        if (Number.isFinite(data.height)) this.#grow(Math.min(MOST, Math.max(LEAST, data.height)));
        return;
      case "drawn":
        return this.#drawn();
      case "note":
        return this.#say(text.slice(0, 500));
      case "failed":
        this.#drawn();
        return this.stop(`This output could not be drawn: ${text.slice(0, 500)}`);
      case "link":
        return this.#ask(typeof data.address === "string" ? data.address : "");
      case "updated":
        if (data.version === this.#version) this.#isDrawn = true;
        return;
      case "select":
        return this.#takeSelection(data);
      case "picture":
        if ((data.version ?? 0) !== this.#version) return;
        return this.#take(data);
      case "saved": {
        const done = this.#saving.get(data.number);
        this.#saving.delete(data.number);
        return done?.(data);
      }
    }
  }

  #grow(height) {
    this.#height = height;
    if (this.#iframe) this.#iframe.style.height = `${height}px`;
  }

  #drawn() {
    this.#isDrawn = true;
    this.#drawing = 0;
    this.#host.removeAttribute("aria-busy");
    this.#box.classList.remove("is-starting");
    this.#box.classList.add("is-alive");
    this.#interact.hidden = true;
    heights.release(this.#area, this.#host);
  }

  /** A selection of the frame's: the page's, if it is within bounds. What it means, Python validates. */
  #takeSelection({ value, version, isHeld }) {
    if (!this.#options.select || version !== this.#version) return;
    let text;
    try {
      text = JSON.stringify(value ?? null);
    } catch {
      return;
    }
    if (text === undefined || text.length > MOST_SELECTION) return;
    const isKnown = isSame(text, this.#options.selection);
    if (isKnown && (isHeld || !this.#isSelecting)) return;
    this.#isSelecting = isHeld === true;
    this.#options.selection = text;
    this.#offerClear();
    this.#options.select(text, isHeld === true);
  }

  /** A picture of the frame's: kept if it is one, and within bounds. */
  #take({ kind, text, width, height }) {
    if (!this.#isDrawn || whyNoPicture({ kind, text, width, height })) return;
    this.#picture = { kind, text, width, height };
    this.#paint();
    this.#options.keep(kind, text, width, height);
  }

  /** Shows what stands in the place of the frame. */
  #show() {
    const { runs, renderer } = this.#options;
    this.#interact.hidden = runs && !this.#trouble;
    this.#interact.textContent = this.#trouble ? "Start again" : "Interact";
    this.#note.replaceChildren();
    if (this.#trouble) this.#say(this.#trouble);
    const isPainted = this.#paint();
    if (!isPainted && runs && !this.#trouble) this.#image.style.minHeight = `${this.#height ?? FIRST}px`;
    else if (!isPainted && !this.#trouble) this.#say(FOREIGN.includes(renderer) ? "This output draws itself by scripts, which run once its cell has run here." : `There is no picture of this ${NAMES[renderer] ?? "output"} yet.`);
    if (!runs || this.#trouble) heights.release(this.#area, this.#host);
  }

  /** Shows its picture, which is also what is printed; whether there is one. */
  #paint() {
    this.#image.replaceChildren();
    this.#image.style.minHeight = "";
    const why = this.#picture?.kind === "image/svg+xml" ? whyNotDrawn(this.#picture.text) : undefined;
    if (!this.#picture || why) return false;
    const { kind, text, width, height } = this.#picture;
    const image = element("img", { className: "figure", alt: this.#options.alt || "Picture of an interactive output", decoding: "async" });
    if (width && height) Object.assign(image, { width, height });
    image.src = kind === "image/svg+xml" ? `data:${kind};charset=utf-8,${encodeURIComponent(text)}` : `data:${kind};base64,${text}`;
    this.#image.append(image);
    return true;
  }

  #say(sentence) {
    const isSaid = [...this.#note.children].some((one) => one.textContent === sentence);
    if (!isSaid && this.#note.childElementCount < 3) this.#note.append(element("p", { textContent: sentence }));
  }

  /** A link in the frame was pressed: the person opens it, or does not. */
  #ask(address) {
    let url;
    try {
      url = new URL(address);
    } catch {
      return;
    }
    if (!/^https?:$/.test(url.protocol) || url.href.length > 2_000) return;
    this.#note.querySelector(".frame-link")?.remove();
    const close = () => question.remove();
    const open = element("a", { className: "button small", href: url.href, target: "_blank", rel: "noopener noreferrer", textContent: "Open in a new tab" });
    const cancel = element("button", { className: "button quiet small", type: "button", textContent: "Cancel" });
    for (const end of [open, cancel]) end.addEventListener("click", close);
    const shown = url.href.length > 120 ? `${url.href.slice(0, 120)}…` : url.href;
    const question = element("p", { className: "frame-link" }, element("span", { textContent: `This output leads to ${shown}` }), open, cancel);
    this.#note.append(question);
  }

  async #save(kind) {
    const own = this.#picture?.kind === (kind === "svg" ? "image/svg+xml" : "image/png") ? this.#picture : undefined;
    let taken = own;
    if (this.isAlive && this.#port) {
      const number = this.#saving.size + 1 + this.#ping * 100;
      this.#port.postMessage({ command: "picture", kind, number });
      taken = await new Promise((done) => {
        this.#saving.set(number, done);
        setTimeout(() => done(undefined), SAVING);
      });
      if (!taken || whyNoPicture(taken, 20e6)) taken = own;
    } else if (!own && this.#picture && kind === "png") taken = await drawnAsPng(this.#picture).catch(() => undefined);
    if (!taken) return this.#say(this.isAlive ? "There is no such picture of this output." : "Press “Interact” first: only a running chart can be saved in this form.");
    const isText = taken.kind === "image/svg+xml";
    const bytes = isText ? taken.text : Uint8Array.from(atob(taken.text), (letter) => letter.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes], { type: taken.kind }));
    element("a", { href: address, download: `chart.${isText ? "svg" : "png"}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

/** What is selected, as an object; nothing is `null`. */
function parsed(selection) {
  try {
    return selection ? JSON.parse(selection) : null;
  } catch {
    return null;
  }
}

/** Whether two JSON texts say the same; the page does not keep the order of names. */
function isSame(one, other) {
  const sorted = (_name, value) => (value === Object(value) && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value);
  return one === other || JSON.stringify(parsed(one), sorted) === JSON.stringify(parsed(other), sorted);
}

/** An SVG as points. */
async function drawnAsPng({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element("canvas", { width: width * 2, height: height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return { kind: "image/png", text: canvas.toDataURL("image/png").replace(/^[^,]*,/, "") };
}

/** Takes the farthest frame away where there are as many as there may be. */
function makeRoom(next) {
  const others = alive().filter((frame) => frame !== next);
  if (others.length < ALIVE) return;
  others.sort((one, other) => other.distance - one.distance)[0].takeAway();
}

const near = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => target.rivuletFrame?.comesNear(isIntersecting)), { rootMargin: NEAR });
const far = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => isIntersecting || target.rivuletFrame?.goesFar()), { rootMargin: FAR });

// A frame says hello before anybody listens for it in particular.
addEventListener("message", ({ source, data }) => {
  if (data?.rivulet !== "output") return;
  for (const iframe of document.querySelectorAll(".frame-output > iframe")) if (iframe.contentWindow === source) iframe.isGreeted = true;
});

// The page's theme is the frames'.
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) matchMedia(query).addEventListener("change", () => requestAnimationFrame(() => alive().forEach((frame) => frame.dress())));

// A tab that is hidden lets nobody answer.
let wasHidden = true;
setInterval(() => {
  const all = alive();
  if (document.hidden || wasHidden) all.forEach((frame) => frame.forgive());
  wasHidden = document.hidden;
  const silent = all.filter((frame) => frame.isSilent);
  // One that was busy before owes more answers than the one whose script began to spin.
  const drawing = silent.length > 0 ? all.filter((frame) => frame.isLate && frame.isDrawing) : [];
  const foreign = silent.filter((frame) => frame.isForeign);
  const culprits = drawing.length > 0 ? drawing : foreign.length > 0 ? foreign : silent;
  for (const frame of culprits) frame.stop("This output did not answer for several seconds, and was removed: its script runs without an end. Restart Python to end it.");
  if (culprits.length > 0) {
    held = true;
    // Their pictures stand for them until the thread is free.
    for (const frame of alive()) frame.takeAway();
  }
  for (const frame of alive()) frame.beat();
}, BEAT);

// A frame gets the keyboard from a person, not by itself in the middle of their typing.
let key = { at: -Infinity };
let writing;
addEventListener("keydown", ({ key: name, target }) => ((key = { name, at: performance.now() }), (writing = target)), true);
addEventListener("blur", () => {
  const isTyping = key.name !== "Tab" && performance.now() - key.at < TYPING;
  if (isTyping && alive().some((frame) => frame.hasStolen())) writing?.focus?.();
});
