// The only way from a string of HTML to the page. Nothing that passes can run, ask for something, or
// look like or drive the page's own controls.

import DOMPurify from "dompurify";
import { HEADINGS, namesOf } from "./anchors.js";
import { whyNotShown } from "./pictures.js";
import { idClass, isName, newScope, ownClass, scoped } from "./styles.js";

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

// What may bring styles of its own keeps the names that these go by.
const [general, generalStyled] = [false, true].map((isStyled) => harmless(POLICY, isStyled));
const [parts, styledParts] = [false, true].map((isStyled) => harmless({ ...POLICY, RETURN_DOM_FRAGMENT: true }, isStyled));
const formulas = DOMPurify(window);

/** A picture of a style is weighed by nobody, and one of another site does not load. */
function dropPictures(style) {
  for (const name of [...style]) if (/(url|image|src|element|paint)\s*\(/i.test(style.getPropertyValue(name))) style.removeProperty(name);
}

function harmless(policy, isStyled) {
  const purifier = DOMPurify(window);
  // Once, and not for each of the thousand parts of a large text.
  purifier.setConfig(policy);
  purifier.addHook("uponSanitizeAttribute", (_node, data) => {
    if (data.attrName === "class") {
      const names = data.attrValue.split(/\s+/).map((name) => (CLASSES.has(name) ? name : isStyled && isName(name) ? ownClass(name) : ""));
      data.attrValue = names.filter(Boolean).join(" ");
      data.keepAttr = data.attrValue !== "";
    }
  });
  // No element has an id, which are the page's own. A name is a place to links, and a class to styles.
  let anchor = "";
  purifier.addHook("beforeSanitizeAttributes", (node) => {
    anchor = node.getAttribute?.("id") || (node.tagName === "A" && node.getAttribute("name")) || "";
  });
  purifier.addHook("afterSanitizeAttributes", (node) => {
    if (/url|image|\\/i.test(node.getAttribute("style") ?? "")) dropPictures(node.style);
    if (anchor) {
      node.setAttribute("data-anchor", anchor);
      if (isStyled && isName(anchor)) node.classList.add(idClass(anchor));
    }
    if (node.tagName !== "A") return;
    if (node.getAttribute("href")?.startsWith("#")) return;
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  });
  return purifier;
}

// In the page a picture is decoded beside it, or never.
for (const purifier of [parts, styledParts]) purifier.addHook("afterSanitizeAttributes", decoded);

function decoded(node) {
  if (node.tagName !== "IMG") return;
  node.setAttribute("decoding", "async");
  const why = whyNotShown(node.getAttribute("src") ?? "");
  if (!why) return;
  node.removeAttribute("src");
  node.setAttribute("alt", why);
}

/** HTML of a text. */
export function plain(text) {
  return general.sanitize(text);
}

/** HTML of an output for a file, with its own styles where it has any. */
export function html(text) {
  if (!/<style/i.test(text)) return general.sanitize(text);
  const harmless = generalStyled.sanitize(text);
  const scope = newScope();
  const styles = new DOMParser().parseFromString(text, "text/html").querySelectorAll("style");
  const rules = [...styles].map((style) => scoped(style.textContent, scope.selector)).join("\n");
  return rules ? `<style>${rules}</style><div data-styled="${scope.name}">${harmless}</div>` : harmless;
}

/** A text for a file, where links lead to headings by their ids. */
export function text(unsafe) {
  const holder = document.createElement("template");
  holder.innerHTML = general.sanitize(unsafe);
  for (const named of holder.content.querySelectorAll("[data-anchor]")) {
    named.id = named.dataset.anchor;
    named.removeAttribute("data-anchor");
  }
  for (const heading of holder.content.querySelectorAll(HEADINGS)) {
    for (const name of new Set(namesOf(heading))) {
      const place = document.createElement("a");
      place.id = name;
      if (name) heading.prepend(place);
    }
  }
  return holder.innerHTML;
}

/** Nodes of a document where nothing runs, or a text of HTML, as a fragment that may go into the page. */
export function fragment(nodes, isStyled) {
  return (isStyled ? styledParts : parts).sanitize(nodes);
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
