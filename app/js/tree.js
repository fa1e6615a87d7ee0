// A tree of JSON: folds, is moved through by the arrow keys, and builds of it only what is open.

/** So many entries are built at once below one that is opened. */
const SOME = 100;
/** A longer text is cut until it is pressed, in characters. */
const LONG = 300;
/** What is this small is open at the begin, in entries. */
const OPEN = 20;

/** A number that is more exact than JavaScript's. */
class Exact {
  constructor(source) {
    this.source = source;
  }
}

const parse = (text) => {
  // Only some numbers need their own digits.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context) => (typeof value === "number" && context?.source && String(value) !== context.source && !/[.eE]/.test(context.source) ? new Exact(context.source) : value));
};

const isBranch = (value) => typeof value === "object" && value !== null && !(value instanceof Exact);
const sizeOf = (value) => (Array.isArray(value) ? value.length : Object.keys(value).length);

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Shows a text of JSON in an element; returns what ends it, or nothing if it is no JSON. */
export function tree(host, text, label) {
  let value;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  const root = element("ul", "tree");
  root.dataset.renderer = "json";
  root.setAttribute("role", "tree");
  root.setAttribute("aria-label", label || "JSON");
  const first = item(undefined, value, 1);
  first.tabIndex = 0;
  root.append(first);
  if (isBranch(value) && sizeOf(value) <= OPEN) open(first);
  root.addEventListener("keydown", keys);
  root.addEventListener("click", (event) => {
    const pressed = event.target.closest("li");
    if (!pressed || !root.contains(pressed) || getSelection()?.toString()) return;
    if (event.target.closest(".tree-line")) toggle(pressed);
    focus(pressed);
  });
  host.replaceChildren(root);
  return { end() {} };
}

/** What each item of an open tree holds. */
const held = new WeakMap();

function item(key, value, level) {
  const made = element("li", "");
  made.setAttribute("role", "treeitem");
  made.setAttribute("aria-level", level);
  made.tabIndex = -1;
  const line = element("span", "tree-line");
  if (key !== undefined) line.append(element("span", "tree-key", key), ": ");
  if (isBranch(value)) {
    const [begin, end, one] = Array.isArray(value) ? ["[", "]", "item"] : ["{", "}", "key"];
    const size = sizeOf(value);
    line.append(size === 0 ? `${begin}${end}` : element("span", "tree-sum", `${begin}\u2026${end} ${size.toLocaleString("en")} ${one}${size === 1 ? "" : "s"}`));
    if (size > 0) {
      made.setAttribute("aria-expanded", "false");
      held.set(made, { value, level });
    }
  } else line.append(leaf(value));
  made.append(line);
  return made;
}

function leaf(value) {
  if (value instanceof Exact) return element("span", "tree-number", value.source);
  if (typeof value !== "string") return element("span", typeof value === "number" ? "tree-number" : "tree-word", String(value));
  const shown = element("span", "tree-text");
  const cut = value.length > LONG;
  shown.textContent = JSON.stringify(cut ? value.slice(0, LONG) : value);
  if (cut) {
    const more = element("button", "button quiet small", `\u2026 ${(value.length - LONG).toLocaleString("en")} more characters`);
    more.type = "button";
    more.tabIndex = -1;
    more.addEventListener("click", () => ((shown.textContent = JSON.stringify(value)), more.remove()));
    const both = element("span", "");
    both.append(shown, more);
    return both;
  }
  return shown;
}

function open(made) {
  const { value, level } = held.get(made) ?? {};
  if (!value || made.getAttribute("aria-expanded") === "true") return;
  made.setAttribute("aria-expanded", "true");
  const group = element("ul", "");
  group.setAttribute("role", "group");
  made.append(group);
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  const size = keys?.length ?? value.length;
  let at = 0;
  const add = () => {
    group.querySelector(":scope > .tree-more")?.remove();
    for (const end = Math.min(size, at + SOME); at < end; at += 1) group.append(item(keys ? keys[at] : String(at), value[keys ? keys[at] : at], level + 1));
    if (at === size) return;
    const more = element("li", "tree-more");
    more.setAttribute("role", "none");
    const button = element("button", "button quiet small", `${(size - at).toLocaleString("en")} more`);
    button.type = "button";
    button.addEventListener("click", (event) => (event.stopPropagation(), add()));
    more.append(button);
    group.append(more);
  };
  add();
}

function close(made) {
  made.setAttribute("aria-expanded", "false");
  made.querySelector(":scope > ul")?.remove();
}

function toggle(made) {
  if (made.getAttribute("aria-expanded") === "true") close(made);
  else open(made);
}

function focus(made) {
  const root = made.closest('[role="tree"]');
  for (const before of root.querySelectorAll('[tabindex="0"]')) before.tabIndex = -1;
  made.tabIndex = 0;
  made.focus();
}

function keys(event) {
  const made = event.target.closest('[role="treeitem"]');
  if (!made || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...made.closest('[role="tree"]').querySelectorAll('[role="treeitem"]')];
  const at = all.indexOf(made);
  const isOpen = made.getAttribute("aria-expanded") === "true";
  const to = {
    ArrowDown: () => all[at + 1],
    ArrowUp: () => all[at - 1],
    Home: () => all[0],
    End: () => all.at(-1),
    ArrowRight: () => (isOpen ? all[at + 1] : open(made)),
    ArrowLeft: () => (isOpen ? close(made) : made.parentElement.closest('[role="treeitem"]')),
    Enter: () => toggle(made),
    " ": () => toggle(made),
  }[event.key];
  if (!to || event.target.closest("button")) return;
  event.preventDefault();
  event.stopPropagation();
  const next = to();
  if (next) focus(next);
}
