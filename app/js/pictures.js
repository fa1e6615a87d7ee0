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

/** Why the picture of a `data:` address is not shown. */
export function whyNotShown(source) {
  const found = /^\s*data:image\/([\w.+-]+)([^,]*),/i.exec(source);
  if (!found) return undefined;
  const [begin, kind, parameters] = found;
  const isBase64 = /;\s*base64\s*$/i.test(parameters);
  if (/^svg/i.test(kind)) return whyNotDrawn(drawing(source.slice(begin.length), isBase64));
  const points = isBase64 ? sizeOfBase64(source, begin.length) : undefined;
  return points && isTooLarge(points) ? tooLarge(points) : undefined;
}

function drawing(data, isBase64) {
  try {
    if (!isBase64) return decodeURIComponent(data);
    return new TextDecoder().decode(Uint8Array.from(atob(decodeURIComponent(data)), (letter) => letter.charCodeAt(0)));
  } catch {
    return data;
  }
}

/** `{ width, height }` of a picture in base64. */
export function sizeOfBase64(text, from = 0) {
  // A photograph may have its preview before its size.
  for (const length of [64, 400_000]) {
    const letters = text.slice(from, from + length).replace(/[^A-Za-z0-9+/]/g, "");
    const bytes = Uint8Array.from(atob(letters.slice(0, letters.length & ~3)), (letter) => letter.charCodeAt(0));
    const size = sizeOf(new DataView(bytes.buffer));
    if (size) return size;
  }
  return undefined;
}

function sizeOf(view) {
  try {
    return png(view) ?? gif(view) ?? webp(view) ?? bmp(view) ?? jpeg(view);
  } catch {
    // It ends before it says its size.
    return undefined;
  }
}

const has = (view, text, at = 0) => [...text].every((letter, index) => view.getUint8(at + index) === letter.charCodeAt(0));

function png(view) {
  return has(view, "\x89PNG") ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined;
}

function gif(view) {
  return has(view, "GIF8") ? { width: view.getUint16(6, true), height: view.getUint16(8, true) } : undefined;
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

/** Why a drawing is not drawn. */
export function whyNotDrawn(text) {
  if (text.length > DRAWING.characters) return `This drawing is too large to show here: ${size(text.length)} of SVG.`;
  let elements = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) if (text[at + 1] !== "/") elements += 1;
  if (elements <= DRAWING.elements) elements = drawn(text);
  if (elements <= DRAWING.elements) return undefined;
  const [most, all] = [DRAWING.elements, Math.min(elements, 1e9)].map((count) => count.toLocaleString("en"));
  return `This drawing has ${all} elements, more than can be shown here (${most}).`;
}

/** How many elements are drawn: those that others refer to count each time. */
function drawn(text) {
  const tree = new DOMParser().parseFromString(text, "image/svg+xml");
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
