// What the page takes as a picture from an output frame, of whose scripts nothing is believed.

import { isTooLarge, sizeOfBase64, whyNotDrawn } from "./pictures.js";

/** The largest picture that is stored, in bytes. */
const MOST = 300_000;
/** The longest side of a picture on the page. */
const SIDE = 10_000;
const isSide = (length) => Number.isInteger(length) && length > 0 && length <= SIDE;

/** What a drawing of a chart has no use for. */
const ACTIVE = /^(script|foreignobject|iframe|object|embed|audio|video|use|set|animate|animatemotion|animatetransform|handler|listener)$/i;
const LOCAL = /^(#|data:image\/(png|jpeg|gif|webp);base64,)/i;

/** Why this is no picture that the page takes; nothing if it is one. */
export function whyNoPicture({ kind, text, width, height }, most = MOST) {
  if (typeof text !== "string" || !isSide(width) || !isSide(height)) return "It has no size.";
  if (kind === "image/png") return whyNoPng(text, most);
  if (kind === "image/svg+xml") return text.length > most ? "It is too large." : whyNotDrawn(text) ?? whyNoDrawing(text);
  return "It is of another kind.";
}

function whyNoPng(text, most) {
  if ((text.length * 3) / 4 > most) return "It is too large.";
  if (!/^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/.test(text)) return "It is no PNG.";
  const size = sizeOfBase64(text);
  return size && !isTooLarge(size) ? undefined : "It has too many points.";
}

function whyNoDrawing(text) {
  const tree = new DOMParser().parseFromString(text, "image/svg+xml");
  if (tree.documentElement.localName !== "svg" || tree.querySelector("parsererror") || tree.doctype) return "It is no SVG.";
  for (const one of tree.querySelectorAll("*")) {
    if (ACTIVE.test(one.localName) && !(one.localName === "use" && LOCAL.test(one.getAttribute("href") ?? one.getAttribute("xlink:href") ?? "#"))) return "It holds more than a drawing.";
    for (const { localName, value } of one.attributes) {
      if (/^on/i.test(localName)) return "It holds a script.";
      if (localName === "href" && one.localName !== "a" && !LOCAL.test(value.trim())) return "It refers to something outside.";
      if (localName === "href" && one.localName === "a" && !/^(https?:|#)/i.test(value.trim())) return "It holds a link to a script.";
      if (/url\(\s*["']?(?!["']?#)/i.test(value)) return "It refers to something outside.";
    }
    if (one.localName === "style" && /@import|url\(\s*["']?(?!["']?(#|data:))/i.test(one.textContent)) return "It refers to something outside.";
  }
  return undefined;
}
