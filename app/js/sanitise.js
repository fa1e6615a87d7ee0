// The only way from a string of HTML to the page. Nothing that passes can run, ask for something, or
// look like or drive the page's own controls.

import DOMPurify from "dompurify";
import { whyNotShown } from "./pictures.js";

const POLICY = {
  USE_PROFILES: { html: true },
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "option", "dialog", "label", "fieldset"],
  FORBID_ATTR: ["id", "name", "tabindex", "accesskey", "contenteditable", "popover", "popovertarget", "autofocus", "role", "is", "slot", "draggable", "hidden", "srcset", "background"],
};
// Class names of known libraries' tables and of what Markdown is made of; the page's own are not among them.
const CLASSES = new Set([
  "dataframe", "task-list-item", "footnote", "footnotes", "scroll",
  "tok-keyword", "tok-string", "tok-number", "tok-comment", "tok-definition", "tok-call", "tok-strong", "tok-emphasis",
]);

// Formulas have a policy of their own, since only what KaTeX writes may have MathML and drawings in it.
const FORMULA = {
  ALLOWED_TAGS: [
    "span", "svg", "path", "line", "math", "semantics", "annotation", "mrow", "mi", "mo", "mn", "mtext", "mspace", "msup",
    "msub", "msubsup", "mfrac", "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
    "mphantom", "menclose",
  ],
  ALLOWED_ATTR: [
    "class", "style", "title", "aria-hidden", "width", "height", "depth", "viewbox", "preserveaspectratio", "d", "x1", "x2", "y1",
    "y2", "stroke-width", "encoding", "display", "displaystyle", "scriptlevel", "mathvariant", "mathsize", "mathcolor",
    "mathbackground", "accent", "accentunder", "fence", "separator", "stretchy", "largeop", "minsize", "maxsize", "lspace",
    "rspace", "voffset", "linethickness", "linebreak", "notation", "columnalign", "columnlines", "columnspacing", "rowlines",
    "rowspacing", "valign",
  ],
};

const general = harmless(POLICY);
const parts = harmless({ ...POLICY, RETURN_DOM_FRAGMENT: true });
const formulas = DOMPurify(window);

/** A picture of a style is weighed by nobody, and one of another site does not load. */
function dropPictures(style) {
  for (const name of [...style]) if (/(url|image|src|element|paint)\s*\(/i.test(style.getPropertyValue(name))) style.removeProperty(name);
}

function harmless(policy) {
  const purifier = DOMPurify(window);
  // Once, and not for each of the thousand parts of a large text.
  purifier.setConfig(policy);
  purifier.addHook("uponSanitizeAttribute", (_node, data) => {
    if (data.attrName === "class") {
      data.attrValue = data.attrValue.split(/\s+/).filter((name) => CLASSES.has(name)).join(" ");
      data.keepAttr = data.attrValue !== "";
    }
  });
  purifier.addHook("afterSanitizeAttributes", (node) => {
    if (/url|image|\\/i.test(node.getAttribute("style") ?? "")) dropPictures(node.style);
    if (node.tagName === "A") {
      node.setAttribute("target", "_blank");
      node.setAttribute("rel", "noopener noreferrer");
    }
  });
  return purifier;
}

// In the page a picture is decoded beside it, or never.
parts.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "IMG") return;
  node.setAttribute("decoding", "async");
  const why = whyNotShown(node.getAttribute("src") ?? "");
  if (!why) return;
  node.removeAttribute("src");
  node.setAttribute("alt", why);
});

export function html(text) {
  return general.sanitize(text);
}

/** Nodes of a document where nothing runs, or a text of HTML, as a fragment that may go into the page. */
export function fragment(nodes) {
  return parts.sanitize(nodes);
}

/** What KaTeX wrote, as nodes. */
export function formula(text) {
  return formulas.sanitize(text, { ...FORMULA, RETURN_DOM_FRAGMENT: true });
}

/** Text for HTML, also inside of quotes. */
export function escape(text) {
  const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (letter) => names[letter]);
}
