// The kernel: it can reach nothing of the page, and it has the packages that a lesson needs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, settle, site, statuses } from "./harness.mjs";

// It calls what JavaScript offers from Python itself: the policy refuses `eval`, and with it
// `pyodide.code.run_js`, so that code given to that would be refused for that reason alone.
const PROBE = `
import asyncio, js
from pyodide.ffi import create_proxy, to_js
found = {}
def answer_of(request):
    future = asyncio.get_running_loop().create_future()
    request.onsuccess = create_proxy(lambda event: future.done() or future.set_result("opened"))
    request.onerror = create_proxy(lambda event: future.done() or future.set_exception(RuntimeError()))
    return future
async def attempt(name, act):
    try:
        value = act()
        if hasattr(value, "__await__"):
            value = await asyncio.wait_for(value, 5)
        found[name] = f"reached {value}"
    except BaseException as error:
        found[name] = "refused"
def xhr():
    request = js.XMLHttpRequest.new()
    request.open("GET", "SITE", False)
    request.send()
    return request.status
def said_by(code):
    future = asyncio.get_running_loop().create_future()
    worker = js.Worker.new(js.URL.createObjectURL(js.Blob.new(to_js([code]))))
    worker.onmessage = create_proxy(lambda event: future.done() or (future.set_result(event.data) if event.data == "reached" else future.set_exception(RuntimeError())))
    return future
def run_js():
    from pyodide.code import run_js
    return run_js("1")
await attempt("indexedDB", lambda: answer_of(js.indexedDB.open("rivulet")))
await attempt("databases", lambda: js.indexedDB.databases())
await attempt("localStorage", lambda: js.localStorage.length)
await attempt("sessionStorage", lambda: js.sessionStorage.length)
await attempt("cookies", lambda: js.document.cookie)
await attempt("cookieStore", lambda: js.cookieStore.getAll())
await attempt("caches", lambda: js.caches.keys())
await attempt("opfs", lambda: js.navigator.storage.getDirectory())
await attempt("locks", lambda: js.navigator.locks.query())
await attempt("serviceWorker", lambda: js.navigator.serviceWorker.getRegistrations())
await attempt("fetch", lambda: js.fetch("SITE"))
await attempt("prototype fetch", lambda: js.WorkerGlobalScope.prototype.fetch.call(js.self, "SITE"))
await attempt("xhr", xhr)
await attempt("importScripts", lambda: js.importScripts("SITE"))
await attempt("parent", lambda: js.parent.location.href)
await attempt("eval", lambda: js.eval("1"))
await attempt("run_js", run_js)
await attempt("worker fetch", lambda: said_by("fetch('SITE').then(() => postMessage('reached'), () => postMessage('no'))"))
await attempt("worker import", lambda: said_by("try { importScripts('SITE'); postMessage('reached'); } catch { postMessage('no'); }"))
await attempt("worker module", lambda: said_by("import('SITE').then(() => postMessage('reached'), () => postMessage('no'))"))
await attempt("worker storage", lambda: said_by("try { const r = indexedDB.open('rivulet'); r.onsuccess = () => postMessage('reached'); r.onerror = () => postMessage('no'); } catch { postMessage('no'); }"))
await attempt("worker socket", lambda: said_by("try { const s = new WebSocket('SITE'.replace('http', 'ws')); s.onopen = () => postMessage('reached'); s.onerror = () => postMessage('no'); } catch { postMessage('no'); }"))
channel = js.BroadcastChannel.new("rivulet-probe")
channel.postMessage("from Python")
for name, what in found.items():
    print(name, what)
`;

let served, browser;
before(async () => {
  const files = { "t/rich.py": percent(
    "class Rich:\n    def _repr_html_(self):\n        return '<b id=x onclick=alert(1)>bold</b><img src=x onerror=alert(2)><button>Run cell</button>'\nRich()",
    "class Drawn:\n    def _repr_svg_(self):\n        return '<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"20\"><script>alert(3)</script><rect width=\"20\" height=\"20\" fill=\"red\"/></svg>'\nDrawn()",
    "display(1, 'two')\nimport asyncio\nawait asyncio.sleep(0.01)\n'three'",
    "import sys\nprint('\\x1b[31mred\\x1b[0m'); print('bad', file=sys.stderr)",
    "def f():\n    return 1 / 0\nf()",
  ), "t/six.py": percent("import six\nsix.__name__"), "t/patient.py": percent(
    // One long step of C: what Python itself cannot be made to give up.
    "import time\nclass Slow:\n    def __repr__(self):\n        return str(next(filter((time.time() + 13).__lt__, iter(time.time, None))))\nslow = Slow()",
    "print(type(slow).__name__)",
  ) };
  files["t/waits.py"] = percent(
    "import asyncio\nasync def main():\n    await asyncio.sleep(0.01)\n    return 'waited'",
    "print(asyncio.run(main()))",
    "import io, sys\nn = io.FileIO(1, 'w', closefd=False).write(b'past Python')",
    "exit()",
  );
  served = await site(files);
  files["t/probe.py"] = percent(PROBE.replaceAll("SITE", `${served.url}notebooks/tour.py`));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

test("Python cannot read the page's storage and cannot reach the network", async () => {
  const page = await newPage(browser);
  await page.goto(served.url);
  await page.evaluate(async () => {
    localStorage.setItem("secret", "1");
    document.cookie = "secret=1";
    await caches.open("secret");
    indexedDB.open("rivulet");
  });
  await open(page, served, "t/probe.py");
  const heard = await page.evaluateHandle(() => {
    const heard = [];
    new BroadcastChannel("rivulet-probe").onmessage = ({ data }) => heard.push(data);
    return heard;
  });
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success"]);
  const text = await cell(page, 1).locator('[data-part="stdout"]').textContent();
  const lines = text.trim().split("\n");
  assert.equal(lines.length, 22, text);
  for (const line of lines) assert.match(line, / refused$/);
  assert.deepEqual(await heard.jsonValue(), []);
  await page.close();
});

test("values come as harmless HTML, pictures, text and errors with the line", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/rich.py");
  page.on("dialog", (dialog) => page.troubles.push(`a script ran: ${dialog.message()}`));
  await runAll(page);
  await settle(page);
  const output = (number) => cell(page, number).locator('[data-part="output"]');
  assert.equal(await output(1).locator("b").textContent(), "bold");
  assert.equal(await output(1).locator("button, script, [id], [onclick]").count(), 0);
  assert.ok(await output(2).locator("img").evaluate((image) => image.decode().then(() => image.naturalWidth === 20)));
  assert.match(await output(3).textContent(), /1'two''three'/);
  assert.equal(await output(4).locator(".ansi-1").textContent(), "red");
  assert.equal(await output(4).locator('[data-stream="stderr"]').textContent(), "bad");
  const error = await output(5).textContent();
  assert.match(error, /ZeroDivisionError: division by zero/);
  assert.match(error, /File "Cell 5", line 3/);
  assert.doesNotMatch(error, /rivulet_kernel|_pyodide/);
  assert.equal(await cell(page, 5).locator(".cm-error-line").textContent(), "    return 1 / 0");
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("asyncio.run waits, bytes written past Python are shown, and exit is no failure", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/waits.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success", "success", "success"]);
  const output = (number) => cell(page, number).locator('[data-part="output"]').textContent();
  assert.equal(await output(2), "waited");
  assert.equal(await output(3), "past Python");
  assert.match(await output(4), /stopped itself/);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

for (const [name, needed, unneeded] of [
  ["matplotlib", /packages\/(numpy|matplotlib)-/, /packages\/(pandas|scipy)-/],
  ["pandas", /packages\/(numpy|pandas)-/, /packages\/(matplotlib|scipy)-/],
]) {
  test(`the ${name} sample runs with the real packages and no network but the site`, async () => {
    const page = await newPage(browser);
    const own = new URL(served.url).origin;
    const foreign = [];
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(own) && !/^(data|blob|about):/.test(url)) foreign.push(url);
    });
    const from = served.requests.length;
    await open(page, served, `notebooks/${name}.py`);
    await runAll(page);
    await settle(page);
    assert.ok((await statuses(page)).every((status) => ["success", "idle"].includes(status)));
    const asked = served.requests.slice(from).map((request) => request.path).join("\n");
    assert.match(asked, needed);
    assert.doesNotMatch(asked, unneeded);
    assert.deepEqual(foreign, []);
    if (name === "matplotlib") {
      const colours = await page.locator("img.figure").evaluate(async (image) => {
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
        const drawing = canvas.getContext("2d");
        drawing.drawImage(image, 0, 0);
        const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
        let other = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at] !== data[0] || data[at + 2] !== data[2]) other += 1;
        return { other, all: data.length / 4, crisp: image.naturalWidth / image.width };
      });
      assert.ok(colours.other > colours.all / 100, JSON.stringify(colours));
      assert.ok(colours.crisp >= 1.9, JSON.stringify(colours));
    } else {
      for (const number of [3, 5, 6]) await cell(page, number).getByRole("grid").waitFor();
      assert.match(await cell(page, 3).getByRole("grid").textContent(), /January/);
    }
    assert.deepEqual(page.troubles, []);
    await page.close();
  });
}

test("a package that could not be fetched is tried again at the next run", async () => {
  const page = await newPage(browser, { serviceWorkers: "block" });
  await open(page, served, "t/six.py");
  const packages = "**/packages/six-*";
  await page.route(packages, (route) => route.abort());
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["error"]);
  assert.match(await cell(page, 1).locator('[data-part="error"]').textContent(), /No module named 'six'/);
  await page.getByText(/six.* could not be fetched/).first().waitFor();
  await page.unroute(packages);
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success"]);
  await page.context().close();
});

test("a value that takes long to show costs no values: the page says what Python does, and waits", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/patient.py");
  await runAll(page);
  await settle(page);
  const states = await page.evaluateHandle(() => {
    const main = document.querySelector("main");
    const seen = [];
    const look = () => seen.push(main.dataset.kernel);
    new MutationObserver(look).observe(main, { attributes: true, attributeFilter: ["data-kernel"] });
    return seen;
  });
  await page.getByRole("button", { name: "Variables" }).click();
  const trouble = page.locator('[data-trouble="kernel"]');
  await trouble.waitFor({ timeout: 60_000 });
  assert.match(await trouble.textContent(), /busy for ten seconds with showing a value/);
  await trouble.getByRole("button", { name: "Restart Python" }).waitFor();
  await page.locator('[data-variable="slow"]').waitFor({ timeout: 60_000 });
  await trouble.waitFor({ state: "detached" });
  assert.deepEqual(await states.evaluate((seen) => seen), ["unresponsive", "idle"]);
  await page.close();
});
