// The only way from a string of HTML or Markdown to the page. Nothing that passes can run, ask for
// something, or look like or drive the page's own controls.

import DOMPurify from "dompurify";
import { marked } from "marked";

const POLICY = {
  USE_PROFILES: { html: true },
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "option", "dialog", "label", "fieldset"],
  FORBID_ATTR: ["id", "name", "tabindex", "accesskey", "contenteditable", "popover", "popovertarget", "autofocus", "role", "is", "slot", "draggable", "hidden"],
};
// Class names of known libraries' tables; the page's own are not among them.
const CLASSES = new Set(["dataframe", "task-list-item"]);

DOMPurify.addHook("uponSanitizeAttribute", (_node, data) => {
  if (data.attrName === "class") {
    data.attrValue = data.attrValue.split(/\s+/).filter((name) => CLASSES.has(name)).join(" ");
    data.keepAttr = data.attrValue !== "";
  }
});
DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A") {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
});

export function html(text) {
  return DOMPurify.sanitize(text, POLICY);
}

export function markdown(text) {
  return html(marked.parse(text, { gfm: true, async: false }));
}
