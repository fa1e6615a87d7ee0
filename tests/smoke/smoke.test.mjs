// The same few stories in three engines: what a person meets first works in each of them. What is
// finer than that is tried in Chromium alone (tests/browser). ENGINE=Firefox tries one engine only.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { browserPath, firefoxPath, webkitPaths } from "../../setup/browser.mjs";
import { fragmentOf } from "../browser/fragment.mjs";
import { percent, site } from "../browser/harness.mjs";
import { startPuppet } from "./puppet.mjs";
import { Tab } from "./tab.mjs";
import { startWebKit } from "./webdriver.mjs";

const ENGINES = {
  Chromium: { found: browserPath, start: () => startPuppet("chrome", browserPath) },
  Firefox: { found: firefoxPath, start: () => startPuppet("firefox", firefoxPath) },
  WebKitGTK: { found: webkitPaths, start: () => startWebKit(webkitPaths) },
};

const FILES = {
  "t/small.py": `# rivulet: title=Small\n${percent("a = 1", "b = a + 1\nb")}`,
  "t/input.py": percent("name = input('Name? ')\nprint('Hello,', name)"),
  "t/loop.py": percent("a = 20", "while True: pass", "a + 2", "n = 0\nwhile True:\n    n += 1\n    display(n)"),
  "t/broken.ipynb": "{ not json",
  "t/mixed.py": `# %%
people = [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 7}, {"name": "Cleo", "age": 19}]
least = 18

# %% [sql]
# -- result: adults
# SELECT name, age FROM people WHERE age >= :least ORDER BY age

# %% [markdown]
# **{len(adults)}** adults, $x^2$.
`,
};

const only = process.env.ENGINE;
for (const [name, engine] of Object.entries(ENGINES)) {
  if (only && only !== name) continue;
  if (engine.found) describe(name, () => stories(name, engine.start));
  else {
    const sentence = `${name} is not installed, so it was not tried`;
    test(name, { skip: process.env.CI === "true" ? false : sentence }, () => assert.fail(sentence));
  }
}

/** Another site, which everybody may read; its /away leads on to a third one, which nobody has allowed. */
async function otherSites() {
  const start = async (answer) => {
    const server = createServer((request, response) => {
      server.asked.push(request.url);
      const { status, text = "", headers } = answer(request.url);
      response.writeHead(status, { "content-type": "text/plain", "access-control-allow-origin": "*", ...headers }).end(text);
    });
    server.asked = [];
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return Object.assign(server, { url: `http://127.0.0.1:${server.address().port}` });
  };
  const third = await start(() => ({ status: 200, text: "third" }));
  const other = await start((path) => (path === "/away" ? { status: 302, headers: { location: `${third.url}/led` } } : { status: 200, text: "read" }));
  return { other, third, close: () => [other, third].forEach((server) => (server.closeAllConnections(), server.close())) };
}

function stories(name, start) {
  let engine, served, others;
  before(async () => {
    others = await otherSites();
    const read = (path) => `print(await (await pyfetch("${others.other.url}${path}")).string())`;
    served = await site({ ...FILES, "t/other.py": percent(`from pyodide.http import pyfetch\n${read("/text")}`, read("/away")) });
    engine = await start();
  });
  after(async () => {
    await engine?.close();
    await served?.close();
    others?.close();
  });

  /** Tells a story in a browser profile of its own; the story opens as many tabs as it needs. */
  const story = (title, tell) =>
    test(title, async () => {
      const profile = await engine.profile();
      try {
        await tell(async (address) => {
          const tab = new Tab(await profile.page());
          await tab.goto(served.url + address);
          return tab;
        });
      } finally {
        await profile.close();
      }
    });

  story("home lists the samples, and one of them opens", async (open) => {
    const tab = await open("");
    await tab.click("a", "Watch it run");
    await tab.cells(5);
    assert.equal(await tab.title(), "Watch it run");
    assert.equal(await tab.kernel(), "off", "nothing runs by itself");
  });

  story("the slow cell and its dependents are painted as waiting, running and done, in this order", async (open) => {
    const tab = await open("?open=notebooks/running.py");
    await tab.runAll();
    await tab.settled();
    const before = await tab.marks();
    await tab.run(2);
    await tab.settled();
    const marks = (await tab.marks()).slice(before.length);
    const [slow, ...dependents] = await tab.ids("python");
    assert.equal(dependents.length, 3);
    for (const id of [slow, ...dependents]) {
      const own = marks.filter((mark) => mark.cell === id);
      assert.deepEqual(own.map((mark) => mark.status), ["queued", "running", "success"], id);
      assert.ok(own[0].at < own[1].at && own[1].at < own[2].at, "each in a frame of its own");
      assert.equal(own[1].run, own[2].run, "of one run");
    }
    const at = (cell, status) => marks.find((mark) => mark.cell === cell && mark.status === status).at;
    for (const id of dependents) {
      assert.ok(at(id, "queued") < at(slow, "running"), "the whole plan is painted at once");
      assert.ok(at(id, "running") >= at(slow, "success"), "what it reads was there before it ran");
    }
  });

  story("input() asks in the cell where Python can be suspended, and says what to write where it cannot", async (open) => {
    const tab = await open("?open=t/input.py");
    await tab.run(1);
    if (await tab.canSuspend()) {
      await tab.answer(1, "Ada");
      await tab.shows(1, "success");
      assert.match(await tab.part(1, "output"), /Name\? Ada\s*Hello, Ada/);
    } else {
      await tab.shows(1, "error");
      assert.match(await tab.part(1, "output"), /input\(\) cannot ask a question here/);
    }
  });

  story("another site is read once it may, and whom it leads on to is not asked", async (open) => {
    const tab = await open("?open=t/other.py");
    await tab.runAll();
    await tab.click("button", "Allow", 1);
    await tab.shows(1, "success");
    assert.match(await tab.part(1, "output"), /read/);
    await tab.shows(2, "error");
    assert.match(await tab.part(2, "output"), /leads on to another site/);
    assert.deepEqual(others.third.asked, []);
  });

  story("what was typed is there after a reload", async (open) => {
    const tab = await open("?new");
    await tab.write(1, "kept = 41");
    await tab.saved();
    await tab.reload();
    await tab.cells(1);
    assert.match(await tab.part(1, "editor"), /kept = 41/);
  });

  story("Stop ends an endless loop and a flood, and what is run next has the values it needs", async (open) => {
    const tab = await open("?open=t/loop.py");
    await tab.run(2);
    await tab.shows(2, "running");
    await tab.click("button", "Stop");
    await tab.shows(2, "error");
    assert.match(await tab.part(2, "status"), /stopped/);
    await tab.run(3);
    await tab.shows(3, "success");
    assert.match(await tab.part(3, "output"), /22/);
    await tab.run(4);
    await tab.until(() => document.querySelectorAll('[data-cell]')[3].querySelector('[data-part="output"]').textContent.length > 300);
    await tab.click("button", "Stop");
    await tab.shows(4, "error");
    assert.match(await tab.part(4, "status"), /stopped/);
    await tab.run(3);
    await tab.shows(3, "success");
  });

  test("a file of the app that comes wrong is named, and the next visit starts; a broken notebook says so", async () => {
    const own = await site(FILES);
    const profile = await engine.profile();
    try {
      const tab = new Tab(await profile.page());
      own.fault = (path) => (/^app-.*\.wasm$/.test(path) ? "page" : undefined);
      await tab.goto(own.url);
      await tab.until(() => /An HTML page of \d kB came instead of app-\S+\.wasm/.test(document.querySelector(".stopped")?.textContent ?? ""));
      own.fault = () => undefined;
      await tab.goto(`${own.url}?open=t/broken.ipynb`);
      await tab.until(() => /broken\.ipynb.*cannot be opened.*not JSON/.test(document.querySelector('main [role="alert"]')?.textContent ?? ""));
    } finally {
      await profile.close();
      await own.close();
    }
  });

  story("matplotlib draws", async (open) => {
    const tab = await open("?open=notebooks/matplotlib.py");
    await tab.runAll();
    await tab.settled();
    assert.deepEqual(new Set((await tab.statuses()).slice(1)), new Set(["success"]));
    const width = await tab.evaluate(async () => {
      const image = document.querySelector("img.figure");
      await image.decode();
      return image.naturalWidth;
    });
    assert.ok(width > 100, `${width} pixels`);
  });

  test("a link opens in somebody else's browser, and runs nothing", async () => {
    const author = await engine.profile();
    const tab = new Tab(await author.page());
    await tab.goto(`${served.url}?open=t/small.py`);
    await tab.cells(2);
    await tab.click("button", "Share");
    await tab.until(() => document.querySelector('[aria-label="Link"]')?.value.includes("#v1."));
    const link = await tab.evaluate(() => document.querySelector('[aria-label="Link"]').value);
    await author.close();
    const reader = await engine.profile();
    try {
      const other = new Tab(await reader.page());
      await other.goto(link);
      await other.cells(2);
      assert.equal(await other.title(), "Small");
      assert.match(await other.part(2, "editor"), /b = a \+ 1/);
      assert.deepEqual(await other.statuses(), ["idle", "idle"]);
      assert.equal(await other.kernel(), "off");
      // One that means harm, and one that was damaged.
      const harm = "globalThis.harmed = 1";
      const text = `# %% [markdown]\n# <img src=x onerror="${harm}"> <svg onload="${harm}"></svg> [a](javascript:${harm}) **the end**\n\n# %%\nimport js\njs.eval("${harm}")\n`;
      await other.goto("about:blank");
      await other.goto(served.url + fragmentOf(text));
      await other.cells(2);
      await other.until(() => document.querySelector(".rich strong")?.textContent === "the end");
      const secret = fragmentOf(text).slice(4, 40);
      const told = await other.evaluate(() => JSON.stringify([globalThis.harmed ?? "unharmed", location.href, document.baseURI, document.referrer, history.state, performance.getEntries().map(({ name }) => name)]));
      assert.match(told, /^\["unharmed"/);
      assert.ok(!told.includes(secret), told);
      assert.deepEqual(await other.statuses(), ["idle", "idle"]);
      await other.reload();
      await other.cells(2);
      await other.goto("about:blank");
      await other.goto(served.url + fragmentOf(text).slice(0, -20));
      await other.until(() => /cut off/.test(document.querySelector('main [role="alert"]')?.textContent ?? ""));
    } finally {
      await reader.close();
    }
  });

  story("SQL reads Python's values, and text reads SQL's", async (open) => {
    const tab = await open("?open=t/mixed.py");
    await tab.runAll();
    await tab.settled();
    assert.deepEqual(await tab.statuses(), ["success", "success", "success"]);
    await tab.holds(2, "output", "Cleo");
    assert.match(await tab.part(2, "output"), /Cleo\s*19\s*Ada\s*36/);
    // A text is built in one of the next frames; its formula is set once its script is there.
    await tab.until(() => document.querySelectorAll(".katex-html").length === 1);
    assert.match(await tab.part(3, "output"), /^\s*2 adults/);
  });

  story("a second tab follows the first, and takes over", async (open) => {
    const first = await open("?open=t/small.py");
    await first.write(1, "a = 30");
    await first.saved();
    const second = await open(new URL(await first.address()).search);
    await second.follows();
    await second.holds(1, "editor", "a = 30");
    await first.front();
    await first.runAll();
    await first.settled();
    await second.shows(2, "success");
    await second.holds(2, "output", "31");
    await second.front();
    await second.click("button", "Work here instead");
    await second.follows(false);
    await second.write(1, "a = 50");
    await second.saved();
    await first.front();
    await first.follows();
    await first.holds(1, "editor", "a = 50");
  });

  test("after one visit it opens and runs without a network", async () => {
    const gone = await site(FILES);
    const profile = await engine.profile();
    try {
      const tab = new Tab(await profile.page());
      await tab.goto(`${gone.url}?open=t/small.py`);
      await tab.write(1, "a = 6");
      await tab.saved();
      await tab.runAll();
      await tab.settled();
      await tab.keptOnDevice();
      await gone.close();
      await tab.reload();
      await tab.cells(2);
      await tab.runAll();
      await tab.settled();
      assert.match(await tab.part(2, "output"), /7/);
    } finally {
      await profile.close();
      await gone.close();
    }
  });

  story("Back to a notebook, one goes on writing in it", async (open) => {
    const tab = await open("?new");
    await tab.write(1, "a = 1");
    await tab.saved();
    await tab.click("a", "All notebooks");
    // Home has read its list: WebKit leaves a transaction of a page that it puts aside open, and every write waits for it.
    await tab.until(() => document.querySelectorAll('[aria-labelledby="yours"] .entry').length === 1);
    await tab.back();
    await tab.cells(1);
    await tab.follows(false);
    await tab.write(1, "a = 2");
    await tab.saved();
    await tab.reload();
    await tab.cells(1);
    assert.match(await tab.part(1, "editor"), /a = 2/);
  });
}
