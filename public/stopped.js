// What stands above everything when the page has stopped, or has not started. When Rust has panicked or
// run out of stack its memory may be half written, and nothing of it may be called again: so this is a
// script of its own, which says what has happened and keeps every event from the rest of the page.

const HELD = ["click", "dblclick", "pointerdown", "mousedown", "keydown", "keyup", "beforeinput", "input", "change", "submit", "paste", "cut", "drop", "close", "cancel"];
let notice;
let hasStopped = false;
let storedAt;

new MutationObserver((records) => {
  if (records.some(({ target }) => target.dataset.saved === "Saved")) storedAt = new Date();
}).observe(document, { subtree: true, attributeFilter: ["data-saved"] });

/** Says something above the page; `actions` are `[label, act]`, the first one being what is best. */
function say(sentences, actions) {
  const made = document.createElement("div");
  made.className = "stopped";
  made.setAttribute("role", "alert");
  const texts = document.createElement("div");
  for (const sentence of sentences) texts.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  const buttons = actions.map(([label, act], at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = at === 0 ? "button primary" : "button";
    button.textContent = label;
    button.addEventListener("click", () => act(button));
    return button;
  });
  made.append(texts, ...buttons);
  if (notice) notice.replaceWith(made);
  else document.body.prepend(made);
  notice = made;
}

function unsay() {
  notice?.remove();
  notice = undefined;
}

const reload = ["Reload", () => location.reload()];

function sentence() {
  if (!storedAt) return "This page has stopped. What was stored before is kept.";
  const time = storedAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return `This page has stopped. Everything up to ${time} is stored.`;
}

function hold(event) {
  if (notice.contains(event.target)) return;
  event.stopImmediatePropagation();
  // Keys still scroll and copy; links still lead away.
  if (/^(beforeinput|paste|cut|drop|submit)$/.test(event.type)) event.preventDefault();
}

// The notebook that is being opened, until it is painted. A tab that ends in between (it hangs, its
// process is gone) leaves its own mark behind; a page that stops marks the notebook for all tabs.
let opening;
// A browser that keeps nothing has no marks, and opens every notebook whole.
const marks = (act, otherwise) => {
  try {
    return act();
  } catch {
    return otherwise;
  }
};

globalThis.rivuletOpening = (what) => {
  opening = `rivulet-opening:${what}`;
  return marks(() => {
    const hasStopped = [localStorage, sessionStorage].some((storage) => storage.getItem(opening));
    sessionStorage.setItem(opening, "1");
    return hasStopped;
  }, false);
};

globalThis.rivuletOpened = () => {
  if (!opening || hasStopped) return;
  marks(() => {
    for (const storage of [localStorage, sessionStorage]) storage.removeItem(opening);
  });
  opening = undefined;
};
addEventListener("pagehide", () => opening && !hasStopped && marks(() => sessionStorage.removeItem(opening)));

function stop() {
  if (hasStopped) return;
  hasStopped = true;
  if (opening) marks(() => localStorage.setItem(opening, "1"));
  say([sentence()], [reload, ["Save my notebooks", saveNotebooks]]);
  for (const type of HELD) addEventListener(type, hold, { capture: true });
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  freeze();
  // A frame or a message may still make Rust write something.
  new MutationObserver(freeze).observe(document.body, { subtree: true, childList: true, attributeFilter: ["contenteditable", "disabled"] });
}

function freeze() {
  for (const editor of document.querySelectorAll('[contenteditable="true"]')) editor.contentEditable = "false";
  for (const control of document.querySelectorAll("button:enabled, input:enabled, select:enabled, textarea:enabled"))
    control.disabled = !notice.contains(control);
}

// What WebAssembly throws by itself: a trap, or a stack that ran out (Firefox: InternalError).
function isOurs(error) {
  if (error instanceof WebAssembly.RuntimeError) return true;
  return /^(RangeError|InternalError)$/.test(error?.name) && /wasm/.test(error.stack);
}

addEventListener("error", ({ error }) => isOurs(error) && stop());
addEventListener("unhandledrejection", ({ reason }) => isOurs(reason) && stop());
globalThis.rivuletStop = stop;
