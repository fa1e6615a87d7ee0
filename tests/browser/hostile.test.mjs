// A cell that means harm: whatever it does to Python and to the JavaScript of its worker, no other cell
// shows anything of it, a cell that raises shows its error, none of its sentences stands outside of it,
// and the page goes on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, saved, site, source, waitFor, write } from "./harness.mjs";

const SENTENCE = "Enter your school password to go on";

/** What every attack begins with: it tries to say to the page whatever it likes, by any hand it is given. */
const PRELUDE = `
import gc, json, sys
import js
from pyodide.ffi import JsProxy, create_proxy, to_js

SENTENCE = " ".join(${JSON.stringify(SENTENCE.split(" "))})
caught, used = [], []
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
for thing in (execute, streams, values, rivulet_kernel, execute._kernel, streams.here()):
    for name, hand in list(vars(thing).items()):
        if isinstance(hand, JsProxy) and callable(hand):
            used.append(name)
            say(hand)
assert used, "there is a hand to try"
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
for owner, names in [
    (js.JSON, ["stringify", "parse"]),
    (js.Array, ["of", "from", "isArray"]),
    (js.Reflect, ["get", "set", "apply"]),
    (js.Promise.prototype, ["then", "catch", "finally"]),
    (js.Promise, ["resolve", "all"]),
    (js.Function.prototype, ["call", "apply", "bind"]),
    (js.Array.prototype, ["push", "slice", "concat", "map"]),
    (js.String.prototype, ["slice", "charCodeAt"]),
    (js.Uint8Array.prototype, ["subarray", "set", "slice"]),
    (js.Object.getPrototypeOf(js.Uint8Array.prototype), ["subarray", "set", "slice"]),
    (js.TextDecoder.prototype, ["decode"]),
    (js.TextEncoder.prototype, ["encode", "encodeInto"]),
    (js.DataView.prototype, ["setInt32", "setFloat64"]),
    (js.WebAssembly.Table.prototype, ["get", "set"]),
    (js.FinalizationRegistry.prototype, ["register"]),
    (js.self, ["queueMicrotask", "MessageChannel", "Uint8Array", "DataView", "Error"]),
    (js.performance, ["now"]),
    (js.Performance.prototype, ["now"]),
]:
    for name in names:
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
  "the kind of array that a part of one shall be": `
def see(target, given, made):
    first = given[0] if len(given) else None
    size = getattr(first, "byteLength", 0) or 0
    # The host's memory; Python's own is far larger.
    if size >= 2**20 and size % 2**16 == 0 and size < 2**24:
        caught.append("the host's memory")
    return js.Reflect.construct(target, given)
for kind in (js.Uint8Array, js.Array):
    try:
        trapped = js.Proxy.new(kind, to_js({"construct": create_proxy(see)}, dict_converter=js.Object.fromEntries))
        holder = js.Object.new()
        js.Object.defineProperty(holder, js.Symbol.species, to_js({"value": trapped}, dict_converter=js.Object.fromEntries))
        js.Object.defineProperty(kind.prototype, "constructor", to_js({"value": holder, "configurable": True}, dict_converter=js.Object.fromEntries))
    except BaseException:
        pass
display(4)
print("posted", flush=True)
raise ValueError("this cell raised")`,
};

/** Ways to put out more than a page can take, by the functions of the kernel itself. */
const FLOODS = {
  "24 texts of 16 MB": `
text = json.dumps({"kind": "text", "stream": "stdout", "text": "x" * (2**24 - 1_000)})
for _ in range(24):
    post(run, text)
tail = json.dumps({"kind": "tail", "stream": "stdout", "hidden_lines": 1, "text": "y" * 1_000_000})
for _ in range(24):
    post(run, tail)`,
  "300,000 values": `
value = json.dumps({"kind": "value", "bundle": {"text/plain": {"text": "1"}}})
for _ in range(300_000):
    post(run, value)`,
  "display without end": `
at = 0
while at < 100_000:
    display(at)
    at += 1`,
  "tails without end": `
tail = json.dumps({"kind": "tail", "stream": "stdout", "hidden_lines": 1, "text": "z\\n" * 50})
while True:
    post(run, tail)`,
};

/** What ends Python, and how that is told; each within three seconds by the clock of Python and page. */
const FATAL = [
  ["os._exit(3)", /exited with code 3/],
  ["os.abort()", /aborted|crashed/],
  ["js.self.close()", /closed by a cell/],
  ["nested = []\nfor _ in range(300_000): nested = [nested]\nrepr(nested)", /ran out of stack|crashed/],
  ["nested = []\nfor _ in range(300_000): nested = [nested]\nimport json\njson.dumps(nested)", /ran out of stack|crashed/],
  ["nested = []\nfor _ in range(300_000): nested = [nested]\nimport pickle\npickle.dumps(nested)", /ran out of stack|crashed/],
  ["import ctypes\nctypes.string_at(2**32 - 8, 100)", /crashed|ran out/],
];

/** Requests that would carry something away; none may reach the server. They use no \`eval\`, which the policy refuses anyway. */
const EXFILTRATION = `
import asyncio, js
from pyodide.ffi import to_js
refused, got_out = [], []
async def attempt(name, act):
    try:
        result = act()
        if hasattr(result, "then"):
            result = await asyncio.wait_for(asyncio.ensure_future(result), 2)
    except BaseException as error:
        refused.append(name)
    else:
        got_out.append(name)
def xhr():
    request = js.XMLHttpRequest.new()
    request.open("GET", "SITE?xhr", False)
    request.send()
def worker(code):
    url = js.URL.createObjectURL(js.Blob.new(to_js([code])))
    inner = js.Worker.new(url)
    return inner
await attempt("fetch", lambda: js.fetch("SITE?fetch"))
await attempt("prototype fetch", lambda: js.WorkerGlobalScope.prototype.fetch.call(js.self, "SITE?prototype"))
await attempt("xhr", xhr)
await attempt("importScripts", lambda: js.WorkerGlobalScope.prototype.importScripts.call(js.self, "SITE?import"))
for kind in ("WebSocket", "EventSource", "WebTransport"):
    try:
        getattr(js, kind).new("SITE?socket".replace("http", "ws" if kind == "WebSocket" else "http"))
    except BaseException:
        pass
try:
    js.FontFace.new("f", "url(SITE?font)").load()
except BaseException:
    pass
inner = worker("""
  const go = (name, act) => { try { Promise.resolve(act()).catch(() => {}); } catch {} };
  go("fetch", () => fetch("SITE?worker-fetch"));
  go("xhr", () => { const x = new XMLHttpRequest(); x.open("GET", "SITE?worker-xhr", false); x.send(); });
  go("import", () => importScripts("SITE?worker-import"));
  go("module", () => import("SITE?worker-module"));
  go("socket", () => new WebSocket("SITE?worker-socket".replace("http", "ws")));
  go("source", () => new EventSource("SITE?worker-source"));
  go("nested", () => new Worker(URL.createObjectURL(new Blob(["fetch('SITE?nested')"]))));
  go("url", () => new Worker("SITE?worker-url"));
  postMessage("tried");
""")
tried = asyncio.get_running_loop().create_future()
from pyodide.ffi import create_once_callable
inner.onmessage = create_once_callable(lambda event: tried.done() or tried.set_result(event.data))
print(await asyncio.wait_for(tried, 5))
await asyncio.sleep(0.3)
print("refused", *refused)
print("got out", *got_out)
`;

let served, browser;
before(async () => {
  const files = {};
  files["t/floods.py"] = percent(
    "print('first')",
    "import time as _time\n_until = _time.time() + 3\nwhile _time.time() < _until:\n    print(_time.time())\nprint('later')",
    ...Object.values(FLOODS).map((flood) => `import json\nfrom rivulet_kernel import execute\npost, run = execute._kernel.post, execute._kernel.asked["run"]\n${flood}`),
  );
  for (const [at, [fatal]] of FATAL.entries()) {
    files[`t/fatal${at}.py`] = percent("import js, os, time\nprint(time.time(), flush=True)\n" + fatal, "print('works')");
  }
  files["t/hundred.py"] = percent(...Array.from({ length: 100 }, (_, at) => `display(${at})\ndisplay(-${at})\nprint(${at})`));
  files["t/lasts.py"] = percent("print('first')", "import time\nfor at in range(1_000_000):\n    time.sleep(0.01)");
  for (const [at, attack] of Object.values(ATTACKS).entries()) {
    files[`t/attack${at}.py`] = percent(
      "print('first')",
      PRELUDE + attack,
      "# of_a_later_cell\nprint('later')",
      "# of_a_later_cell\nprint('caught', __import__('builtins').CAUGHT)",
    );
  }
  served = await site(files);
  files["t/exfiltration.py"] = percent(EXFILTRATION.replaceAll("SITE", `${new URL(served.url).origin}/taken`));
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

/** What a cell shows, once it shows something like this: outputs are built when they come near the screen. */
async function output(page, number, like) {
  await cell(page, number).scrollIntoViewIfNeeded();
  const place = cell(page, number).locator('[data-part="output"]');
  await place.filter({ hasText: like }).waitFor();
  return (await place.textContent()).trim();
}

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
    assert.equal(await output(page, 1, "first"), "first");
    await output(page, 2, "ValueError: this cell raised");
    assert.equal(await output(page, 3, "later"), "later");
    assert.equal(await output(page, 4, "caught"), "caught []");
    assert.deepEqual(said, []);
    assert.ok(!(await saidOutside(page, "c2")).includes(SENTENCE));
    // The error of a callback stands in the browser's console, as that of any script.
    assert.deepEqual(page.troubles.filter((trouble) => trouble !== "PythonError"), []);
    await page.close();
  });
}

test("floods by the kernel's own functions leave the page at hand, and Stop ends them", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/floods.py");
  await runCell(page, 1);
  await waitFor(page, 1, "success");
  await rests(page);
  /** The longest gap since it was asked for last. */
  const gap = () => page.evaluate(() => [globalThis.watched.gaps.longest, (globalThis.watched.gaps.longest = 0)][0]);
  // What this machine makes of a page that has its ordinary work, with Python busy for some seconds.
  await gap();
  await runCell(page, 2);
  await rests(page);
  const baseline = Math.max(await gap(), 50);
  for (const [at, name] of Object.keys(FLOODS).entries()) {
    const number = at + 3;
    await cell(page, number).scrollIntoViewIfNeeded();
    await runCell(page, number);
    await waitFor(page, number, "running");
    // The start of Python is not of the flood.
    await gap();
    // Long enough for what a page cannot take to pile up.
    await page.waitForFunction(
      ([from, number]) => performance.now() > from + 4_000 || document.querySelectorAll("article[data-cell]")[number - 1].dataset.status !== "running",
      [await page.evaluate(() => performance.now()), number],
      { polling: "raf" },
    );
    const stop = page.getByRole("button", { name: "Stop" });
    // It may come to an end by itself at that very moment.
    if ((await stop.count()) > 0) await stop.click({ timeout: 2_000 }).catch(() => {});
    await rests(page);
    const longest = await gap();
    console.log(`${name}: longest gap ${longest.toFixed(0)} ms, baseline ${baseline.toFixed(0)} ms`);
    assert.ok(longest < 10 * baseline, `${name}: ${longest} ms against ${baseline} ms`);
    assert.equal(await output(page, 1, "first"), "first");
  }
  await runCell(page, 2);
  await waitFor(page, 2, "success");
  assert.match(await output(page, 2, "later"), /later$/);
  await page.close();
});

for (const [at, [fatal, told]] of FATAL.entries()) {
  test(`the end of Python by ${fatal.split("\n").at(-1)} is named, and the next run works`, async () => {
    const page = await newPage(browser);
    await open(page, served, `t/fatal${at}.py`);
    await runCell(page, 1);
    await rests(page);
    const seen = await page.evaluate(() => Date.now());
    const trouble = page.locator('[data-trouble="kernel"]');
    assert.match(await trouble.textContent(), told);
    const ended = Number.parseFloat(await output(page, 1, /\d{10}/)) * 1000;
    console.log(`${fatal.split("\n").at(-1)}: named after ${(seen - ended).toFixed(0)} ms: ${await trouble.textContent()}`);
    assert.ok(seen - ended < 3_000, `${seen - ended} ms`);
    await runCell(page, 2);
    await waitFor(page, 2, "success");
    assert.equal(await output(page, 2, "works"), "works");
    await page.close();
  });
}

test("nothing that a cell asks of the network reaches a server, in 20 kernels", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/exfiltration.py");
  for (let at = 0; at < 20; at++) {
    await runCell(page, 1);
    await rests(page);
    const text = await output(page, 1, "got out");
    assert.match(text, /tried\nrefused fetch prototype fetch xhr importScripts\ngot out$/, text);
    if (at % 5 === 4) {
      await page.reload();
      await page.waitForSelector("article[data-cell]");
    }
  }
  const hits = served.requests.filter(({ path }) => path.startsWith("/taken"));
  assert.deepEqual(hits, []);
  await page.close();
});

/** How often each moment is tried: with LOSSES=10, fifty losses in all. */
const OFTEN = Number(process.env.LOSSES ?? 1);

/** How Python is lost without a word, the moments at which that is tried, and what the page says. */
const LOSSES = [
  [
    "frame that is taken away",
    ["made", "starting", "idle", "busy"],
    /part of the page that Python runs in/,
    (page) => page.evaluate(() => document.querySelector("iframe.kernel-frame").remove()),
  ],
  [
    "worker that hangs",
    ["idle"],
    /does not answer any more/,
    // It has no answer.
    async (page) => void page.workers().at(-1).evaluate(() => { for (;;); }).catch(() => {}),
  ],
];

for (const [what, phases, told, lose] of LOSSES) {
  test(`a ${what} at any moment is noticed, and one click brings Python back`, async () => {
    const page = await newPage(browser);
    await open(page, served, "t/lasts.py");
    await write(page, 1, "print('first')  # edited");
    await saved(page);
    for (const phase of Array(OFTEN).fill(phases).flat()) {
      if (phase === "made" || phase === "starting") {
        await page.reload();
        await page.waitForSelector("article[data-cell]");
      }
      if (phase === "made") {
        await page.evaluate(() => {
          const seen = new MutationObserver(() => {
            const frame = document.querySelector("iframe.kernel-frame");
            if (frame) seen.disconnect();
            frame?.remove();
          });
          seen.observe(document.body, { childList: true });
        });
        await runCell(page, 1);
      } else {
        await runCell(page, phase === "busy" ? 2 : 1);
        if (phase === "busy") await waitFor(page, 2, "running");
        if (phase === "idle") await rests(page);
        await page.waitForSelector("iframe.kernel-frame", { state: "attached" });
        await lose(page);
      }
      const from = await page.evaluate(() => performance.now());
      await page.waitForSelector('main[data-kernel="dead"]');
      const noticed = (await page.evaluate(() => performance.now())) - from;
      console.log(`${what}, ${phase}: noticed after ${noticed.toFixed(0)} ms`);
      assert.match(await page.locator('[data-trouble="kernel"]').textContent(), told);
      await page.getByRole("button", { name: "Restart Python" }).click();
      await page.waitForSelector('main[data-kernel="idle"]');
      await runCell(page, 1);
      await waitFor(page, 1, "success");
      assert.equal(await output(page, 1, "first"), "first");
      assert.match(await source(page, 1), /edited/);
    }
    await page.close();
  });
}

// Runs in the page before anything else: keeps the page's end of each kernel's port, as if a cell had got
// hold of the other end, and the seals that have come on it.
function keepPorts() {
  const kept = (globalThis.kernel = { port: undefined, seals: [] });
  const Real = MessageChannel;
  globalThis.MessageChannel = function () {
    const channel = new Real();
    channel.port1.addEventListener("message", ({ data }) => {
      if (!Array.isArray(data) || typeof data[0] !== "string") return;
      if (kept.port !== channel.port1) [kept.port, kept.seals] = [channel.port1, []];
      kept.seals.push([data[0], JSON.parse(data[1])]);
    });
    return channel;
  };
  globalThis.sayAsKernel = (data) => kept.port.onmessage(new MessageEvent("message", { data }));
}

test("what is no message is dropped and counted, and too much of it ends that kernel with a sentence of ours", async () => {
  const page = await newPage(browser);
  const warned = [];
  page.on("console", (message) => warned.push(message.text()));
  await page.addInitScript(keepPorts);
  await open(page, served, "t/lasts.py");
  for (const again of [1, 2]) {
    await runCell(page, 1);
    await waitFor(page, 1, "success");
    await rests(page);
    await runCell(page, 2);
    await waitFor(page, 2, "running");
    const before = await page.locator("main").innerHTML();
    await page.evaluate(() => {
      const finished = JSON.stringify({ type: "finished", run: 2, outcome: { result: "success" }, took_ms: 1, names: {} });
      const died = JSON.stringify({ type: "died", message: "Enter your school password" });
      const own = globalThis.kernel.seals.findLast(([, message]) => message.type === "started")[0];
      const sparse = [];
      sparse.length = 2 ** 31;
      const words = [
        null, undefined, 0, "text", {}, [], [1, 2], ["", ""], ["", finished], ["f".repeat(32), finished], [own.toUpperCase(), finished],
        ["x".repeat(2 ** 20), finished], [own, died], [own, finished.replace("2", "3")], [own, "["], [own, "[".repeat(100_000)], [own, null],
        [own, finished, 1], [own, finished, new Uint8Array(8)], [own, finished, [new ArrayBuffer(8)]], { 0: own, 1: finished, length: 2 },
        ["__proto__", finished], ["constructor", finished], [own, `{"__proto__":${finished}}`], sparse, new Map([[0, own]]),
        [own, finished, ...Array(1000).fill({})], [own, JSON.stringify({ type: "output", run: 1, output: { kind: "text", stream: "stdout", text: "lie" } })],
      ];
      for (let at = 0; at < 100; at++) globalThis.sayAsKernel(words[at % words.length]);
    });
    // Only its time may have ticked.
    const still = (html) => html.replace(/\d+(\.\d+)? s/g, "");
    assert.equal(still(await page.locator("main").innerHTML()), still(before));
    await page.evaluate(() => globalThis.sayAsKernel(null));
    const trouble = page.locator('[data-trouble="kernel"]');
    await trouble.filter({ hasText: "a cell disturbed what Python says to this page" }).waitFor();
    assert.match(warned.at(-1), /Refused messages of this kernel that fit no run: 64/);
    await page.getByRole("button", { name: "Restart Python" }).click();
    await page.waitForSelector('main[data-kernel="idle"]');
  }
  assert.deepEqual(page.troubles, []);
  await page.close();
});

for (const [name, type, words, fill, most] of [
  ["300,000 signs of life", "ready", { type: "pong", ping: 1, seen: null, busy: true }, 1, 300_000],
  ["300,000 outputs", "started", { type: "output", run: "RUN", output: { kind: "value", bundle: { "text/plain": { text: "FILL" } } } }, 1, 300_000],
  ["24 texts of 15 MB", "started", { type: "output", run: "RUN", output: { kind: "text", stream: "stdout", text: "FILL" } }, 15e6, 24],
]) {
  test(`a flood of ${name} under a seal that got out ends that kernel, and the page goes on`, async () => {
    const page = await newPage(browser);
    await page.addInitScript(keepPorts);
    await open(page, served, "t/lasts.py");
    await runCell(page, 1);
    await waitFor(page, 1, "success");
    await rests(page);
    await runCell(page, 2);
    await waitFor(page, 2, "running");
    const spent = await page.evaluate(
      async ([type, words, fill, most]) => {
        const [seal, { run }] = globalThis.kernel.seals.findLast(([, message]) => message.type === type);
        const text = JSON.stringify(words).replace('"RUN"', run).replace("FILL", "x".repeat(fill));
        let longest = 0;
        for (let at = 0; at < most && globalThis.kernel.port.onmessage; at++) {
          const from = performance.now();
          globalThis.sayAsKernel([seal, text]);
          longest = Math.max(longest, performance.now() - from);
          // Each is a task of its own, as on a port.
          if (at % 100 === 0) await new Promise((done) => setTimeout(done));
        }
        return longest;
      },
      [type, words, fill, most],
    );
    console.log(`${name}: longest message ${spent.toFixed(0)} ms`);
    await page.locator('[data-trouble="kernel"]').filter({ hasText: "put out more at once than this page can take" }).waitFor();
    assert.equal(await output(page, 1, "first"), "first");
    await page.getByRole("button", { name: "Restart Python" }).click();
    await page.waitForSelector('main[data-kernel="idle"]');
    await runCell(page, 1);
    await waitFor(page, 1, "success");
    await page.close();
  });
}

test("the kernel waits for a page that does not paint, and goes on when it does", async () => {
  const page = await newPage(browser);
  await page.addInitScript(keepPorts);
  await page.addInitScript(() => {
    // Frames come and seconds pass only while they are let.
    globalThis.lets = true;
    const [frame, interval] = [requestAnimationFrame, setInterval];
    globalThis.held = [];
    globalThis.requestAnimationFrame = (then) => frame((now) => (globalThis.lets ? then(now) : globalThis.held.push(then)));
    globalThis.setInterval = (then, delay) => interval(() => globalThis.lets && then(), delay);
  });
  await open(page, served, "t/hundred.py");
  await runCell(page, 1);
  await waitFor(page, 1, "success");
  await rests(page);
  await page.getByRole("button", { name: "Run all" }).evaluate((button) => {
    globalThis.kernel.seals.length = 0;
    globalThis.lets = false;
    button.click();
  });
  const came = () => page.evaluate(() => globalThis.kernel.seals.filter(([, message]) => message.type === "output").length);
  // It waits when it is awake, answers what is answered at once, and puts out nothing in between.
  const asked = () =>
    page.evaluate(async () => {
      const answers = () => globalThis.kernel.seals.filter(([, message]) => message.type === "cancelled").length;
      const before = answers();
      globalThis.kernel.port.postMessage(["", JSON.stringify({ type: "cancel", cancel: 0, from: 1e9 })]);
      while (answers() === before) await new Promise((done) => setTimeout(done));
    });
  let now = await came();
  for (let silent = 0; now < 64 || silent < 20; ) {
    await asked();
    const newest = await came();
    silent = newest > now ? 0 : silent + 1;
    now = newest;
  }
  console.log(`${now} outputs came of 300`);
  // One cell more puts out two values and a line, which may come in two.
  assert.ok(now <= 64 + 1 + 4, `${now} outputs`);
  await page.evaluate(() => {
    globalThis.lets = true;
    for (const then of globalThis.held) then(performance.now());
  });
  await rests(page);
  const values = await page.evaluate(() => globalThis.kernel.seals.filter(([, message]) => message.output?.kind === "value").length);
  assert.equal(values, 200);
  assert.deepEqual(new Set(await page.$$eval("article[data-cell]", (cells) => cells.map((cell) => cell.dataset.status))), new Set(["success"]));
  await page.close();
});
