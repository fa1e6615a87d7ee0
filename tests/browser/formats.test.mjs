// What a notebook of Jupyter looks like here: its pictures, raw cells, braces, styles and links.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deflateSync } from "node:zlib";
import { cell, launch, newPage, open, runAll, saved, settle, site, write } from "./harness.mjs";

/** A picture of one colour, 24 × 16. */
function png() {
  const chunk = (name, data) => {
    const all = Buffer.concat([Buffer.alloc(4), Buffer.from(name), data, Buffer.alloc(4)]);
    all.writeUInt32BE(data.length, 0);
    all.writeUInt32BE(crc(all.subarray(4, -4)), all.length - 4);
    return all;
  };
  const head = Buffer.from([0, 0, 0, 24, 0, 0, 0, 16, 8, 2, 0, 0, 0]);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(72, 0x66)]);
  const rows = Buffer.concat(Array(16).fill(row));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]).toString("base64");
}

function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

const markdown = (source, more = {}) => ({ cell_type: "markdown", metadata: {}, source, ...more });
const code = (source, outputs = []) => ({ cell_type: "code", execution_count: 1, metadata: {}, source, outputs });
const html = (text, plain) => ({ output_type: "display_data", metadata: {}, data: { "text/html": text, "text/plain": plain } });
const styled = (colour) =>
  `<style>#T_k .hot { background-color: ${colour}; } body { display: none } .cell, article { opacity: 0 } @import "x.css";</style><table id="T_k"><tr><td class="hot">7</td><td>2</td></tr></table>`;
/** A cell whose run puts out the same. */
const marked = (colour) => `class Marked:\n    def _repr_html_(self):\n        return ${JSON.stringify(styled(colour))}\n\nMarked()`;
/** Many style sheets, of which fifty are used. */
const sheets = Array.from({ length: 60 }, (_, at) => `<style>.n${at} { color: rgb(1, 2, ${at}); }</style><p class="n${at}">${at}</p>`).join("");
const picture = png();

const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "python3", display_name: "Python 3" }, celltoolbar: "Tags" },
  cells: [
    markdown("# Contents\n\n[Jupyter's way](#Part-Two), [GitHub's way](#part-two), [the note](#the-note), [nowhere](#nowhere), [the page](#main), [elsewhere](https://example.org/#x)"),
    markdown('![one](attachment:a%20b.png) and <img src="attachment:c.png" alt="two">\n\n![none](attachment:gone.png)', {
      attachments: { "a b.png": { "image/png": picture }, "c.png": { "image/png": [`${picture.slice(0, 20)}\n`, picture.slice(20)] } },
    }),
    { cell_type: "raw", metadata: { format: "text/x-rst" }, source: "title: Rain report\nauthor: {total}\n---" },
    markdown("A set {total, 2}, a value {total}."),
    code("total = 1"),
    code(marked("rgb(255, 255, 0)"), [html(styled("rgb(255, 255, 0)"), "styled")]),
    code(marked("rgb(0, 128, 0)"), [html(styled("rgb(0, 128, 0)"), "styled")]),
    code("fig", [html("<div style='height:200px'></div><script>window.hacked = true</script>", "Chart of 3 points")]),
    code("plot", [{ output_type: "display_data", metadata: {}, data: { "application/vnd.plotly.v1+json": { data: [] } } }]),
    code("answer", [{ output_type: "display_data", metadata: {}, data: { "application/json": { answer: 42 } } }]),
    code("# filler\n" + "\n".repeat(80)),
    markdown('## Part Two\n\nText. <a id="the-note"></a>A note. <a id="main">Not the page.</a>'),
    code("sheets", [html(sheets, "sheets")]),
  ],
};

let browser;
let server;
before(async () => {
  server = await site({ "notebooks/jupyter.ipynb": JSON.stringify(notebook).replace('"celltoolbar":"Tags"', '"celltoolbar":NaN') });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const top = (page) => page.evaluate(() => scrollTo(0, 0));
const isSeen = (locator) =>
  locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });

test("a notebook of Jupyter shows what Jupyter shows", async (t) => {
  const page = await newPage(browser);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.addInitScript(() => {
    const { replaceSync } = CSSStyleSheet.prototype;
    globalThis.parsed = 0;
    CSSStyleSheet.prototype.replaceSync = function (text) {
      if (/rgb\(1, 2, \d+\)/.test(text)) globalThis.parsed += text.length;
      return replaceSync.call(this, text);
    };
  });
  await open(page, server, "notebooks/jupyter.ipynb");

  await t.test("pictures that a text holds itself", async () => {
    const pictures = cell(page, 2).locator("img");
    await cell(page, 2).getByRole("img", { name: "two" }).waitFor();
    const sizes = () => pictures.evaluateAll((all) => all.map((one) => [one.complete, one.naturalWidth, one.naturalHeight]));
    await page.waitForFunction(() => [...document.querySelectorAll("article img")].slice(0, 2).every((one) => one.naturalWidth > 0));
    assert.deepEqual((await sizes()).slice(0, 2), [[true, 24, 16], [true, 24, 16]]);
    assert.equal(await pictures.nth(2).getAttribute("src"), null);
    assert.equal(await pictures.nth(2).getAttribute("alt"), "none");
    assert.ok(!asked.some((url) => url.startsWith("attachment:") || url.includes("gone.png")));
  });

  await t.test("a raw cell is shown as it is, and is nothing to run", async () => {
    const raw = cell(page, 3);
    assert.equal(await raw.getAttribute("data-kind"), "raw");
    const text = await raw.innerText();
    assert.ok(text.includes("title: Rain report") && text.includes("author: {total}"), text);
    assert.equal(await raw.locator("h1, h2").count(), 0);
    assert.equal(await raw.getByRole("button", { name: "Run cell" }).count(), 0);
    assert.equal(await raw.getAttribute("data-references"), "");
  });

  await t.test("an output's own style colours that output and nothing else", async () => {
    const colour = (number, at) => cell(page, number).locator("td").nth(at).evaluate((td) => getComputedStyle(td).backgroundColor);
    await cell(page, 7).locator("td").first().waitFor();
    assert.equal(await colour(6, 0), "rgb(255, 255, 0)");
    assert.equal(await colour(7, 0), "rgb(0, 128, 0)");
    assert.equal(await colour(6, 1), "rgba(0, 0, 0, 0)");
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).display === "none"), false);
    assert.equal(await cell(page, 6).evaluate((article) => getComputedStyle(article).opacity), "1");
    assert.ok(!asked.some((url) => url.endsWith("x.css")));
  });

  await t.test("many styles of an output are read once each", async () => {
    const numbered = page.locator("p").filter({ hasText: /^(49|50)$/ });
    await numbered.nth(1).waitFor({ state: "attached" });
    assert.deepEqual(await numbered.evaluateAll((all) => all.map((one) => getComputedStyle(one).color === "rgb(1, 2, 49)")), [true, false]);
    // Once as it came, and once as it is used.
    const parsed = await page.evaluate(() => globalThis.parsed);
    assert.ok(parsed < 50 * 150, parsed);
  });

  await t.test("what needs a script says what it is", async () => {
    const output = (number) => cell(page, number).locator('[data-part="output"]').innerText();
    await cell(page, 8).getByText("Chart of 3 points").waitFor();
    assert.match(await output(9), /no picture of this Plotly figure yet[^]*Interact/);
    assert.ok((await output(10)).includes("42"), await output(10));
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  });

  await t.test("links lead to headings and places of the notebook, in this tab", async () => {
    const address = page.url();
    for (const [name, target] of [["Jupyter's way", "Part Two"], ["GitHub's way", "Part Two"], ["the note", "A note."], ["the page", "Not the page."]]) {
      await top(page);
      await cell(page, 1).getByRole("link", { name }).click();
      const place = cell(page, 12).getByText(target).last();
      await page.waitForFunction(() => scrollY > 100);
      assert.ok(await isSeen(place), name);
      assert.equal(page.url(), address);
      await page.goBack();
      await page.waitForFunction(() => scrollY === 0, undefined, { polling: "raf" });
    }
    await top(page);
    await cell(page, 1).getByRole("link", { name: "nowhere" }).click({ modifiers: ["ControlOrMeta"] });
    assert.equal(page.url(), address);
    assert.equal(await page.getByText("damaged").count(), 0);
    assert.equal(page.context().pages().length, 1);
    assert.equal(await page.locator("main").count(), 1);
    const elsewhere = cell(page, 1).getByRole("link", { name: "elsewhere" });
    assert.deepEqual([await elsewhere.getAttribute("target"), await elsewhere.getAttribute("rel")], ["_blank", "noopener noreferrer"]);
  });

  await t.test("braces are text until a click makes them values", async () => {
    const text = cell(page, 4);
    await runAll(page);
    await settle(page);
    assert.ok((await text.innerText()).includes("A set {total, 2}, a value {total}."));
    assert.equal(await text.getAttribute("data-status"), "idle");
    await text.hover();
    await text.getByRole("button", { name: "Show values" }).click();
    await runAll(page);
    await text.getByText("A set (1, 2), a value 1.").waitFor();
    assert.equal(await text.getAttribute("data-references"), "total");
    await text.getByRole("button", { name: "Cell actions" }).click();
    await text.getByText("Leave braces as text").click();
    await text.getByText("A set {total, 2}, a value {total}.").waitFor();
  });

  await t.test("what was edited goes out with all that came in", async () => {
    await cell(page, 2).hover();
    await cell(page, 2).getByRole("button", { name: "Edit text" }).click();
    await cell(page, 2).locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("\n\nMore.");
    await saved(page);
    await page.reload();
    await page.waitForSelector("article[data-cell]");
    await cell(page, 2).getByText("More.").waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll("article img")].slice(0, 2).every((one) => one.naturalWidth === 24));
    await page.getByRole("button", { name: "Share" }).click();
    const save = async (name) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
      const chunks = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    const written = JSON.parse(await save("Jupyter"));
    assert.deepEqual(Object.keys(written.cells[1].attachments), ["a b.png", "c.png"]);
    assert.deepEqual([written.cells[2].cell_type, written.cells[2].metadata.format], ["raw", "text/x-rst"]);
    assert.equal(written.metadata.celltoolbar, null);
    assert.equal(written.metadata.kernelspec.name, "python3");
    const file = await save("HTML");
    const other = await browser.newPage();
    await other.setContent(file);
    assert.deepEqual(await other.$$eval("img", (all) => all.map((one) => one.naturalWidth)), [24, 24, 0]);
    const colours = await other.$$eval("td", (all) => all.map((one) => getComputedStyle(one).backgroundColor));
    assert.deepEqual([colours[0], colours[2]], ["rgb(255, 255, 0)", "rgb(0, 128, 0)"]);
    assert.equal(await other.locator("#part-two").count(), 1);
    assert.match(await other.locator(".raw").innerText(), /^title: Rain report\nauthor: \{total\}\n---$/);
    await other.close();
  });
  assert.deepEqual(page.troubles, []);
});
