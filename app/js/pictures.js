// How large a picture is, by its first bytes, or its elements if it is a drawing: one that is too large
// is never decoded.

/** So many points a picture may have; each takes four bytes while it is shown. */
const POINTS = 40e6;
/** A drawing is drawn by the page itself, at once: so many elements and characters it may have. */
const DRAWING = { elements: 5_000, characters: 1_500_000 };

/** Whether a picture must not be decoded. */
export const isTooLarge = ({ width, height }) => width * height > POINTS;

/** What is said in its place. */
export const tooLarge = ({ width, height }) =>
  `This picture has ${count(width)} × ${count(height)} points, more than can be shown here (${POINTS / 1e6} million).`;

const count = (number) => number.toLocaleString("en");

/** Why the picture of a `data:` address is not shown. What it says of its kind is not what a browser goes by. */
export function whyNotShown(written) {
  // A browser takes no notice of these in an address.
  const source = written.replace(/[\t\n\r]/g, "");
  const [begin, kind, parameters] = /^\s*data:([^,;]*)([^,]*),/i.exec(source) ?? [];
  if (!begin) return undefined;
  const isBase64 = /;\s*base64\s*$/i.test(parameters);
  const data = bytesIn(source.slice(begin.length));
  if (/svg|xml/i.test(kind)) return whyNotDrawn(drawing(data, isBase64));
  const points = isBase64 ? sizeOfBase64(data) : sizeOf(viewOf(data));
  return points && isTooLarge(points) ? tooLarge(points) : undefined;
}

/** What is behind the percent signs of an address, a character for each byte. */
const bytesIn = (text) => text.replace(/%([0-9a-f]{2})/gi, (_all, digits) => String.fromCharCode(parseInt(digits, 16)));

const viewOf = (letters) => new DataView(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)).buffer);

function drawing(data, isBase64) {
  try {
    return new TextDecoder().decode(viewOf(isBase64 ? atob(data) : data));
  } catch {
    return data;
  }
}

/** `{ width, height }` of a picture in base64. */
export function sizeOfBase64(text, from = 0) {
  // A photograph may have its preview before its size, and anything a long comment.
  for (const length of [64, 400_000, Infinity]) {
    const letters = text.slice(from, from + length).replace(/[^A-Za-z0-9+/]/g, "");
    const size = sizeOf(viewOf(atob(letters.slice(0, letters.length & ~3))));
    if (size) return size;
    if (from + length >= text.length) break;
  }
  return undefined;
}

function sizeOf(view) {
  try {
    return png(view) ?? gif(view) ?? webp(view) ?? bmp(view) ?? jpeg(view) ?? avif(view) ?? icon(view);
  } catch {
    // It ends before it says its size.
    return undefined;
  }
}

const has = (view, text, at = 0) => [...text].every((letter, index) => view.getUint8(at + index) === letter.charCodeAt(0));

function png(view) {
  return has(view, "\x89PNG") ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined;
}

/** The larger of two sizes, in each direction. */
const around = (one, other) => ({ width: Math.max(one.width, other.width), height: Math.max(one.height, other.height) });

/** What its screen has, or its first frame: a screen that is smaller is made as large (GIF89a, 18 to 23). */
function gif(view) {
  if (!has(view, "GIF8")) return undefined;
  const screen = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const colours = view.getUint8(10);
  let at = 13 + (colours & 0x80 ? 6 << (colours & 7) : 0);
  // Extensions come before the frame that they are of: a label and blocks, of which the last one is empty.
  while (view.getUint8(at) === 0x21) {
    at += 2;
    for (let length; (length = view.getUint8(at)); ) at += 1 + length;
    at += 1;
  }
  if (view.getUint8(at) !== 0x2c) return screen;
  const [left, top, width, height] = [1, 3, 5, 7].map((after) => view.getUint16(at + after, true));
  return around(screen, { width: left + width, height: top + height });
}

function bmp(view) {
  return has(view, "BM") ? { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) } : undefined;
}

function webp(view) {
  if (!has(view, "RIFF") || !has(view, "WEBP", 8)) return undefined;
  if (has(view, "VP8X", 12)) return { width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint32(26, true) >>> 8) };
  if (has(view, "VP8L", 12)) {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

function jpeg(view) {
  if (!has(view, "\xff\xd8")) return undefined;
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** The largest of what it says of any of its pictures or of parts of them (`ispe`, ISO/IEC 23008-12, 6.5.3). */
function avif(view) {
  if (!has(view, "ftyp", 4)) return undefined;
  let size;
  for (let at = 8; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    size = around(size ?? { width: 0, height: 0 }, { width: view.getUint32(at + 8), height: view.getUint32(at + 12) });
  }
  return size;
}

/** The largest of its pictures: each is a PNG or a bitmap of its own, whatever the list of them says. */
function icon(view) {
  if (view.getUint32(0) !== 0x100 && view.getUint32(0) !== 0x200) return undefined;
  let size = { width: 0, height: 0 };
  for (let entry = 0; entry < view.getUint16(4, true); entry++) {
    const at = view.getUint32(6 + 16 * entry + 12, true);
    const inside = new DataView(view.buffer, at);
    size = around(size, png(inside) ?? { width: Math.abs(inside.getInt32(4, true)), height: Math.abs(inside.getInt32(8, true)) / 2 });
  }
  return size;
}

/** Whether a drawing may be drawn. */
export const isDrawable = (text) => whyNotDrawn(text) === undefined;

/** Why a drawing is not drawn. */
export function whyNotDrawn(text) {
  if (text.length > DRAWING.characters) return `This drawing is too large to show here: ${size(text.length)} of SVG.`;
  let elements = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) if (text[at + 1] !== "/") elements += 1;
  if (elements > DRAWING.elements) return tooMany(elements);
  const tree = new DOMParser().parseFromString(text, "image/svg+xml");
  elements = drawn(tree);
  return elements > DRAWING.elements ? tooMany(elements) : whyNotInside(tree);
}

function tooMany(elements) {
  const [most, all] = [DRAWING.elements, Math.min(elements, 1e9)].map((count) => count.toLocaleString("en"));
  return `This drawing has ${all} elements, more than can be shown here (${most}).`;
}

/** Why the drawing is not drawn for a picture in it. */
function whyNotInside(tree) {
  for (const element of tree.querySelectorAll("*")) {
    const texts = element.localName === "style" ? [element.textContent] : Array.from(element.attributes, ({ value }) => value);
    for (const text of texts.map((text) => text.replace(/[\t\n\r]/g, "").trim())) {
      const isAddress = /^data:/i.test(text);
      for (const [address] of isAddress ? [[text]] : text.matchAll(/data:image\/[^"')]*/gi)) {
        const why = whyNotShown(address);
        if (why) return why;
      }
    }
  }
  return undefined;
}

/** How many elements are drawn: those that others refer to count each time. */
function drawn(tree) {
  const known = new Map();
  const count = (element) => {
    if (known.has(element)) return known.get(element);
    // What refers to itself is not drawn.
    known.set(element, 0);
    let sum = 1;
    for (const child of element.children) sum += count(child);
    for (const { value } of element.attributes) {
      if (!value.includes("#")) continue;
      for (const [, id] of value.matchAll(/(?:^\s*|url\(\s*["']?)#([^\s"')]+)/g)) {
        const target = tree.getElementById(id);
        if (target) sum += count(target);
      }
    }
    known.set(element, Math.min(sum, 1e9));
    return known.get(element);
  };
  return count(tree.documentElement);
}

/** A number of characters, for people. */
export const size = (characters) => (characters < 1e6 ? `${Math.max(1, Math.round(characters / 1e3))} kB` : `${(characters / 1e6).toFixed(1)} MB`);
