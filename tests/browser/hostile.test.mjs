// A cell that means harm: whatever it does to Python and to the JavaScript of its worker, no other cell
// shows anything of it, a cell that raises shows its error, none of its sentences stands outside of it,
// and the page goes on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, site } from "./harness.mjs";

const SENTENCE = "Enter your school password to go on";

/** What every attack begins with: it tries to say to the page whatever it likes, by any hand it is given. */
const PRELUDE = `
import gc, json, sys
import js
from pyodide.ffi import JsProxy, create_proxy, to_js

SENTENCE = " ".join(${JSON.stringify(SENTENCE.split(" "))})
caught = []
__import__("builtins").CAUGHT = caught

def lies():
    yield {"type": "booting", "step": SENTENCE}
    for run in range(12):
        yield {"type": "started", "run": run, "at": 1.0}
        yield {"type": "output", "run": run, "output": {"kind": "text", "stream": "stdout", "text": SENTENCE}}
        yield {"type": "finished", "run": run, "outcome": {"result": "success"}, "took_ms": 1.0, "names": {}}
    yield {"type": "install_failed", "packages": ["numpy"], "message": SENTENCE}
    for reason in ({"message": SENTENCE}, {"reason": SENTENCE}, {"reason": {"exited": {"code": SENTENCE}}}):
        yield {"type": "died", **reason}

def say(hand):
    for lie in lies():
        text = json.dumps(lie)
        for words in ((text,), (to_js([text]),), (to_js([None, text]),), (to_js(["", text]),), (0, text), (3, json.dumps(lie.get("output")))):
            try:
                hand(*words)
            except BaseException:
                pass

def is_port(thing):
    try:
        return isinstance(thing, JsProxy) and str(js.Object.prototype.toString.call(thing)) == "[object MessagePort]"
    except BaseException:
        return False

def look_at(*things):
    """Uses whatever a trap was given: a port, the host's memory, or a text that is not this cell's."""
    for thing in things:
        if is_port(thing):
            caught.append("port")
            say(lambda *words: real_post.call(thing, *words))
        elif isinstance(thing, str) and "of_a_later_cell" in thing and "a_trap" not in thing:
            caught.append("a later cell's code")
        else:
            for name in ("data", "target", "buffer", "memory"):
                try:
                    inner = getattr(thing, name, None)
                except BaseException:
                    continue
                if is_port(inner):
                    look_at(inner)
                elif isinstance(inner, str) or isinstance(inner, JsProxy) and name == "data":
                    look_at(*(inner if not isinstance(inner, str) else [inner]))

real_post = js.MessagePort.prototype.postMessage

def trap(owner, name):
    """Stands in the way of a function, and lets it do its work."""
    try:
        real = getattr(owner, name)
        def a_trap(this, *given):
            look_at(this, *given)
            return js.Reflect.apply(real, this, to_js(list(given)))
        setattr(owner, name, create_proxy(a_trap, capture_this=True))
        return True
    except BaseException:
        return False
`;

/** One cell for each way; those that raise end with an error, whatever they told the page. */
const ATTACKS = {
  "the kernel's own functions": `
from rivulet_kernel import execute, streams, values
import rivulet_kernel
for thing in (execute, streams, values, rivulet_kernel, execute._kernel, streams.here(), *vars(execute._kernel).values()):
    for name in dir(thing):
        hand = getattr(thing, name, None)
        if isinstance(hand, JsProxy) and callable(hand):
            say(hand)
raise ValueError("this cell raised")`,
  "every object that Python holds": `
for thing in gc.get_objects():
    if is_port(thing):
        look_at(thing)
    elif isinstance(thing, JsProxy) and "postMessage" in dir(thing) and thing.js_id != js.self.js_id:
        say(thing.postMessage)
    elif isinstance(thing, dict):
        for hand in list(thing.values()):
            if isinstance(hand, JsProxy) and callable(hand) and hand.js_id not in {js.eval.js_id} and str(hand.name) in ("", "post", "send", "text", "value"):
                say(hand)
raise ValueError("this cell raised")`,
  "the frames that called the cell": `
frame = sys._getframe()
while frame:
    for thing in (*frame.f_locals.values(), *frame.f_globals.values()):
        if is_port(thing):
            look_at(thing)
        post = getattr(thing, "post", None)
        if callable(post):
            say(post)
    frame = frame.f_back
raise ValueError("this cell raised")`,
  "a patched postMessage": `
trap(js.MessagePort.prototype, "postMessage")
print("this makes the host post", flush=True)
display(1)
raise ValueError("this cell raised")`,
  "globals of the worker": `
for name in js.Object.getOwnPropertyNames(js.self):
    thing = getattr(js, str(name), None)
    look_at(thing)
    for inner in ("makeBridge", "start", "port", "send"):
        hand = getattr(thing, inner, None) if thing is not None else None
        if hand is not None:
            caught.append(f"{name}.{inner}")
            say(hand)
for hand in ("onmessage", "postMessage", "dispatchEvent"):
    if getattr(js.self, hand, None):
        say(getattr(js.self, hand))
js.self.postMessage(to_js({"rivulet": "failed", "message": SENTENCE}, dict_converter=js.Object.fromEntries))
raise ValueError("this cell raised")`,
  "an error in a callback of JavaScript": `
def fail():
    raise ValueError(SENTENCE)
js.setTimeout(create_proxy(fail), 0)
raise ValueError("this cell raised")`,
  "traps in what the host's JavaScript uses": `
for owner, names in {
    js.JSON: ["stringify", "parse"],
    js.Array: ["of", "from", "isArray"],
    js.Reflect: ["get", "set", "apply"],
    js.Promise.prototype: ["then", "catch", "finally"],
    js.Promise: ["resolve", "all"],
    js.Function.prototype: ["call", "apply", "bind"],
    js.Array.prototype: ["push", "slice", "concat", "map"],
    js.String.prototype: ["slice", "charCodeAt"],
    js.Uint8Array.prototype: ["subarray", "set", "slice"],
    js.Object.getPrototypeOf(js.Uint8Array.prototype): ["subarray", "set", "slice"],
    js.TextDecoder.prototype: ["decode"],
    js.TextEncoder.prototype: ["encode", "encodeInto"],
    js.DataView.prototype: ["setInt32", "setFloat64"],
    js.WebAssembly.Table.prototype: ["get", "set"],
    js.FinalizationRegistry.prototype: ["register"],
    js.self: ["queueMicrotask", "MessageChannel", "Uint8Array", "DataView", "Error"],
    js.performance: ["now"],
    js.Performance.prototype: ["now"],
}.items():
    for name in names:
        # Traps of these would stop Pyodide itself.
        if name not in ("call", "apply", "get", "set", "then", "push", "subarray", "slice", "Uint8Array", "isArray", "decode", "encodeInto", "DataView", "bind", "charCodeAt", "from", "map", "concat", "Error") or KEEN:
            trap(owner, name)
display(2)
print("posted", flush=True)
raise ValueError("this cell raised")`,
  "getters and setters on what everything inherits": `
def getter_of(prototype, name):
    found = js.Object.getOwnPropertyDescriptor(prototype, name)
    real = found and found.get
    def a_trap(this):
        look_at(this)
        value = js.Reflect.apply(real, this, to_js([])) if real else None
        look_at(value)
        return value
    try:
        js.Object.defineProperty(prototype, name, to_js({"configurable": True, "get": create_proxy(a_trap, capture_this=True)}, dict_converter=js.Object.fromEntries))
    except BaseException:
        pass

def setter_of(prototype, name):
    def a_trap(this, value):
        look_at(this, value)
    try:
        js.Object.defineProperty(prototype, name, to_js({"configurable": True, "set": create_proxy(a_trap, capture_this=True)}, dict_converter=js.Object.fromEntries))
    except BaseException:
        pass

getter_of(js.MessageEvent.prototype, "data")
getter_of(js.Event.prototype, "target")
getter_of(js.WebAssembly.Memory.prototype, "buffer")
for at in ("0", "1", "2", "3"):
    setter_of(js.Array.prototype, at)
for name in ("port", "data", "seal", "run", "then", "_wbg_cb_unref"):
    setter_of(js.Object.prototype, name)
display(3)
print("posted", flush=True)
raise ValueError("this cell raised")`,
};

let served, browser;
before(async () => {
  const files = {};
  for (const [at, attack] of Object.values(ATTACKS).entries()) {
    files[`t/attack${at}.py`] = percent(
      "print('first')",
      `${PRELUDE}\nKEEN = False\n${attack}`,
      "# of_a_later_cell\nprint('later')",
      "# of_a_later_cell\nprint('caught', __import__('builtins').CAUGHT)",
    );
  }
  files["t/text.py"] = percent(
    "print('first')",
    `${PRELUDE}\nfrom rivulet_kernel import execute\ntext = "x" * 2**24\nfor _ in range(24):\n    output = {"kind": "text", "stream": "stdout", "text": text}\n    for words in ((json.dumps({"type": "output", "run": execute._kernel.asked["run"], "output": output}),), (execute._kernel.asked["run"], json.dumps(output))):\n        try:\n            execute._kernel.post(*words)\n        except BaseException:\n            pass`,
    "print('later')",
  );
  files["t/values.py"] = percent(
    "print('first')",
    `${PRELUDE}\nfrom rivulet_kernel import execute\nrun = execute._kernel.asked["run"]\noutput = {"kind": "value", "bundle": {"text/plain": {"text": "1"}}}\nwords = (json.dumps({"type": "output", "run": run, "output": output}), ) if KEEN else (run, json.dumps(output))\nfor _ in range(300_000):\n    execute._kernel.post(*words)`.replace("if KEEN", "if execute._kernel.post.length == 1"),
    "print('later')",
  );
  served = await site(files);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** Waits until nothing runs and nothing waits, or Python is gone. */
const rests = (page) =>
  page.waitForFunction(
    () =>
      /idle|dead/.test(document.querySelector("main").dataset.kernel) &&
      !document.querySelector('article[data-status="queued"], article[data-status="running"]'),
    undefined,
    { polling: "raf" },
  );

/** All that the page says outside of a cell's own article. */
const saidOutside = (page, id) =>
  page.evaluate((id) => {
    const copy = document.documentElement.cloneNode(true);
    copy.querySelector(`article[data-cell="${id}"]`)?.remove();
    for (const data of copy.querySelectorAll("script, style")) data.remove();
    return copy.outerHTML;
  }, id);

const output = (page, number) => cell(page, number).locator('[data-part="output"]').innerText();

for (const [at, name] of Object.keys(ATTACKS).entries()) {
  test(`a cell gains nothing by ${name}`, async () => {
    const page = await newPage(browser);
    const said = [];
    await page.exposeFunction("rivuletSaid", (html) => said.push(html));
    await open(page, served, `t/attack${at}.py`);
    // Also what stands there for a moment only.
    await page.evaluate((sentence) => {
      new MutationObserver(() => {
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
          const place = walk.currentNode.parentElement;
          if (walk.currentNode.data.includes(sentence) && !place.closest("article, script")) globalThis.rivuletSaid(place.outerHTML);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    }, SENTENCE);
    await runAll(page);
    await rests(page);
    const states = await page.$$eval("article[data-cell]", (cells) => cells.map((cell) => cell.dataset.status));
    assert.deepEqual(states, ["success", "error", "success", "success"]);
    assert.equal((await output(page, 1)).trim(), "first");
    assert.match(await output(page, 2), /ValueError: this cell raised/);
    assert.equal((await output(page, 3)).trim(), "later");
    assert.equal((await output(page, 4)).trim(), "caught []");
    assert.deepEqual(said, []);
    assert.ok(!(await saidOutside(page, "c2")).includes(SENTENCE));
    assert.deepEqual(page.troubles, []);
    await page.close();
  });
}
