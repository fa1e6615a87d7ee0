// HTML from outside that is brought into the page slice by slice (app/js/stream.js): the same as what the
// sanitiser makes of the whole, nothing that runs, and a fold where it is too large.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBundle, serveBundle } from "./bundle.mjs";
import { launch } from "./harness.mjs";

let browser, served, page;
before(async () => {
  browser = await launch();
  served = await serveBundle();
  page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("dialog", (dialog) => (page.troubles.push(dialog.message()), dialog.dismiss()));
  await openBundle(page, served);
  await page.evaluate(() => {
    // Shows a text, and waits until nothing more comes.
    globalThis.shown = async (kind, text) => {
      const here = document.querySelector("#here");
      globalThis.last?.end();
      here.replaceChildren();
      globalThis.last = globalThis.rivuletEditor.show(here, kind, text, "");
      await globalThis.done();
      return here;
    };
    globalThis.done = async () => {
      const here = document.querySelector("#here");
      for (let still = 0, before = ""; still < 3; ) {
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        const now = `${here.querySelectorAll("*").length} ${here.textContent.length} ${here.ariaBusy}`;
        still = now === before && here.ariaBusy !== "true" && here.firstChild ? still + 1 : 0;
        before = now;
      }
    };
  });
});
after(async () => {
  assert.deepEqual(page?.troubles, []);
  await browser?.close();
  await served?.close();
});

/** What is shown of a text slice by slice, and what the sanitiser makes of the whole. */
const both = (text, kind = "html") =>
  page.evaluate(
    async ([text, kind]) => {
      const here = await globalThis.shown(kind, text);
      const shown = here.firstChild;
      shown.normalize();
      for (const image of shown.querySelectorAll("img")) image.removeAttribute("decoding");
      const whole = document.createElement("template");
      whole.innerHTML = globalThis.rivuletEditor[kind](text);
      whole.content.normalize();
      // What has styles of its own stands in a box of theirs.
      const box = whole.content.querySelector("[data-styled]");
      return { shown: shown.innerHTML, whole: (box ?? whole).innerHTML, hasFold: Boolean(here.querySelector(".fold")) };
    },
    [text, kind],
  );

const rows = (count, cell = (at) => `<td>${at}</td><td>${at * 7} a b c</td>`) =>
  Array.from({ length: count }, (_, at) => `<tr>${cell(at)}</tr>\n`).join("");

describe("slices are together what the whole is", () => {
  const ordinary = {
    "a small text": "<p>a <b>b</b>",
    "a table": `<table class="dataframe" border="1"><thead><tr><th></th><th>a</th></tr></thead>\n<tbody>${rows(800)}</tbody></table>\n<p>800 rows</p>`,
    "a table without its own body, rows left open": `<table><tr><td>x${Array.from({ length: 900 }, (_, at) => `<tr><th>${at}<td>b`).join("")}</table>after`,
    "nested lists": `<ul>${Array.from({ length: 300 }, (_, at) => `<li>${at}<ol><li>a<li>b</ol></li>`).join("\n")}</ul>`,
    "tables in tables": `<table>${rows(60, (at) => `<td><table>${rows(5)}</table>${at}</td>`)}</table>`,
    "a long text with entities": `<pre>${"a &lt;b&gt; &amp; \u{1F600} c\n".repeat(4_000)}</pre>`,
    "paragraphs, links and marks": Array.from({ length: 500 }, (_, at) => `<p>Text ${at} <a href="https://a.b/${at}">link</a> <em>e</em><br><code>x</code></p>`).join(""),
    "pictures between": Array.from({ length: 300 }, (_, at) => `<div><img alt="${at}" src="data:,"><span style="color:red">${at}</span></div>`).join(""),
    "unknown elements and forms": Array.from({ length: 400 }, (_, at) => `<my-part><form><label>l${at}</label><input><button>b</button></form></my-part>`).join(""),
    "scripts and styles between": Array.from({ length: 400 }, (_, at) => `<p>${at}</p><script>var a = "<p>no</p>"</script><style>p{}</style><svg><path d="M0"/></svg>`).join(""),
    "comments": Array.from({ length: 900 }, (_, at) => `a${at}<!-- no --><b>c</b>`).join("\n"),
    "details": `<details><summary>s</summary>${"<p>a</p>".repeat(1_000)}</details>`,
  };
  for (const [name, text] of Object.entries(ordinary)) {
    test(name, async () => {
      const { shown, whole, hasFold } = await both(text);
      assert.equal(hasFold, false);
      assert.equal(shown, whole);
    });
  }

  test("Markdown with formulas, tasks, notes and tables", async () => {
    const part = (at) => `# H${at}\n\nText *e* $a_{${at}}$ and ![$x$](data:,)[^n]\n\n- [x] done\n- [ ] not\n\n| a | b |\n|---|--:|\n| 1 | $2$ |\n\n\`\`\`python\nx = ${at}\n\`\`\`\n\n`;
    const text = `${Array.from({ length: 60 }, (_, at) => part(at)).join("")}\n\n[^n]: a note $n$`;
    const { shown, whole } = await both(text, "markdown");
    // What is far away is not set yet.
    const plain = (html) =>
      page.evaluate((html) => {
        const holder = document.createElement("template");
        holder.innerHTML = html;
        for (const node of holder.content.querySelectorAll(".katex")) node.replaceWith(`\u27e8${node.querySelector("annotation").textContent}\u27e9`);
        for (const node of holder.content.querySelectorAll(".formula-source")) node.replaceWith(`\u27e8${node.textContent.replaceAll("$", "")}\u27e9`);
        return holder.innerHTML;
      }, html);
    assert.equal(await plain(shown), await plain(whole));
  });

  test("of elements closed in the wrong order and of what a table may not hold, every letter is there", async () => {
    const texts = [
      `<b><p>${"x <i>y</i> ".repeat(2_000)}</b> after`,
      `<table><tr><td>1</td></tr>${"stray <b>bold</b> <tr><td>2</td></tr>".repeat(700)}</table>end`,
      `<table><div>${"<p>in the wrong place</p>".repeat(700)}</div><tr><td>last</td></tr></table>end`,
      `<a href=x>${"<div>in <a href=y>two</a> links</div>".repeat(600)}`,
      `<font color=red><font color=blue>${"<p>y<b>z".repeat(100)}`,
    ];
    for (const text of texts) {
      const { shown, whole } = await both(text);
      const letters = (html) => [...html.replace(/<[^>]*>|\s/g, "")].sort().join("");
      const [seen, all] = [letters(shown), letters(whole)];
      assert.ok(seen === all, `${text.slice(0, 60)}: ${seen.length} of ${all.length}`);
    }
  });
});

describe("what comes from outside", () => {
  const attacks = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='java\nscript:alert(1)'>a</a>", "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", "<style>*{display:none}</style>",
    "<p id=page name=a class='cell button dialog fold' role=button tabindex=0 contenteditable data-cell=1>a</p>",
    "<form action=//a.b><input name=a><button>b</button><select><option>c</option></select><textarea>d</textarea></form>",
    "<object data=//a.b></object><embed src=//a.b><base href=//a.b><meta http-equiv=refresh content=0><link rel=stylesheet href=//a.b>",
    "<template><img src=x onerror=alert(1)></template>", "<xmp><img src=x onerror=alert(1)></xmp>", "<title><img src=x onerror=alert(1)></title>",
    "<table background=javascript:alert(1)><tr onclick=alert(1)><td onmouseover=alert(1)>", "<div onscroll=alert(1) style='position:fixed'>", "<body onload=alert(1)>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)>", "<plaintext><img src=x onerror=alert(1)>", "<video><source onerror=alert(1)></video>",
    "<details ontoggle=alert(1) open>", "<a name=getElementById id=firstChild>", "<select><iframe src=javascript:alert(1)>", "<math><mi xlink:href='javascript:alert(1)'>a</mi></math>",
  ];
  // Around an attack, so that it comes alone, in a slice of its own, cut, or in an element that is open.
  const around = [
    ["", ""], ["<p>before</p>".repeat(300), "<p>after</p>".repeat(300)], [`<table>${"<tr><td>1</td></tr>".repeat(500)}<tr><td>`, `</td></tr>${"<tr><td>2</td></tr>".repeat(500)}</table>`],
    [`<table>${"<tr><td>1</td></tr>".repeat(300)}`, "<tr><td>2</td></tr></table>"], [`<div onclick=alert(1) class=cell id=a>${"<p>a</p>".repeat(100)}`, "<p>b</p>".repeat(200)],
    ["x".repeat(1_010), "y".repeat(9_000)], ["x".repeat(1_020), "<b>".repeat(80)],
  ];
  test("runs nothing and drives nothing, wherever it is cut", async () => {
    for (const attack of attacks) {
      for (const [at, [begin, end]] of around.entries()) {
        const wrong = await page.evaluate(async (text) => {
          const here = await globalThis.shown("html", text);
          const nodes = [...here.querySelectorAll(":scope > .rich *")];
          return nodes.filter((node) =>
            node.matches("script, style, iframe, frame, object, embed, base, meta, link, form, input, button, select, textarea, svg, math, [id], [name], [tabindex], [contenteditable], [role], [data-cell]") ||
            [...node.attributes].some(({ name, value }) => name.startsWith("on") || /^\s*java\s*script:/i.test(value)) ||
            node.matches(".cell, .button, .dialog, .fold")).map((node) => node.outerHTML.slice(0, 200));
        }, begin + attack + end);
        assert.deepEqual(wrong, [], `${attack} in ${at}`);
      }
    }
  });

  test("of any pieces of marks is taken in, and never fails", async () => {
    const marks = ["<table>", "</table>", "<tr>", "<td>", "</td>", "<b>", "</b>", "<p>", "</p>", "<div>", "</div>", "text ", "<!--", "-->", "<svg>", "</svg>", "<select>", "<option>", "<a href=x>", "</a>", "<template>", "</template>", "<li>", "<ul>", "</ul>", "<body>", "<frameset>", "&lt;", "&#0;", "\0", "\ud800", "<font a=1>", "</font>", "<math>", "<mtext>", "<style>", "</style>", "<img src=x onerror=alert(1)>", "<caption>", "<col>", "<script>", "</script>", "</html>", "<nobr>", "<button>", "<x\"y>", "<"];
    const found = await page.evaluate(async (marks) => {
      let state = 7;
      const random = (below) => ((state = (state * 1_103_515_245 + 12_345) % 2 ** 31), (state >> 8) % below);
      const wrong = [];
      for (let round = 0; round < 60; round += 1) {
        const text = Array.from({ length: 50 + random(1_500) }, () => marks[random(marks.length)]).join("");
        const here = await globalThis.shown("html", text);
        // Where all that there is was taken out, words say so.
        const box = here.querySelector(".rich, pre.plain");
        if (!box || box.querySelector("script, style, svg, math, [onerror], form, input, button, iframe")) wrong.push(text);
      }
      return wrong;
    }, marks);
    assert.deepEqual(found, []);
  });
});

describe("what is too large", () => {
  test("folds, and the rest follows in columns of the same width", async () => {
    const text = `<table><thead><tr><th>number</th><th>words</th></tr></thead><tbody>${rows(6_000)}</tbody></table><p>the end</p>`;
    await page.evaluate((text) => globalThis.shown("html", text).then(() => true), text);
    const state = () =>
      page.evaluate(() => {
        const here = document.querySelector("#here");
        const rows = [...here.querySelectorAll("tr")];
        const widths = [...here.querySelectorAll("table")].map((table) => [...[...table.rows].at(-1).cells].map((cell) => Math.round(cell.getBoundingClientRect().width)));
        return { rows: rows.length, last: rows.at(-1).textContent, widths, fold: here.querySelector(".fold")?.innerText, end: here.textContent.includes("the end"), order: rows.slice(1).every((row, at) => row.firstElementChild.textContent === String(at)) };
      });
    const first = await state();
    assert.ok(first.rows > 1_000 && first.rows < 2_000, `${first.rows} rows`);
    assert.match(first.fold, /too large to show at once. Here are the first \d+ kB of \d+ kB.\s+Show the rest/);
    await page.getByRole("button", { name: "Show the rest" }).click();
    await page.evaluate(() => globalThis.done());
    const all = await state();
    assert.equal(all.rows, 6_001);
    assert.equal(all.order, true);
    assert.equal(all.end, true);
    assert.equal(all.fold, undefined);
    assert.ok(all.widths.length > 2);
    for (const widths of all.widths) assert.ok(widths.every((width, at) => Math.abs(width - all.widths[0][at]) < 3), JSON.stringify(all.widths));
  });

  test("of a numbered list goes on with its numbers", async () => {
    await page.evaluate((text) => globalThis.shown("html", text).then(() => true), `<ol start="3">${"<li>a</li>".repeat(6_000)}</ol>`);
    await page.getByRole("button", { name: "Show the rest" }).click();
    await page.evaluate(() => globalThis.done());
    const lists = await page.$$eval("#here ol", (lists) => lists.map((list) => [list.start, list.children.length]));
    assert.ok(lists.length > 1);
    for (let at = 1; at < lists.length; at += 1) assert.equal(lists[at][0], lists[at - 1][0] + lists[at - 1][1]);
    assert.equal(lists.reduce((sum, [, count]) => sum + count, 0), 6_000);
  });

  test("of text folds too, and is whole afterwards", async () => {
    const text = Array.from({ length: 30_000 }, (_, at) => `line ${at} of a long text`).join("\n");
    const shown = () => page.evaluate(() => document.querySelector("#here pre").textContent);
    await page.evaluate((text) => globalThis.shown("text", text).then(() => true), text);
    const first = await shown();
    assert.ok(first.length < text.length && text.startsWith(first));
    await page.getByRole("button", { name: "Show the rest" }).click();
    await page.evaluate(() => globalThis.done());
    assert.equal(await shown(), text);
  });

  test("of pictures and drawings is not drawn, says why, and can be had as a file", async () => {
    const head = (width, height) => {
      const bytes = Buffer.alloc(33);
      bytes.write("\x89PNG\r\n\x1a\n", 0, "latin1");
      bytes.writeUInt32BE(13, 8);
      bytes.write("IHDR", 12);
      bytes.writeUInt32BE(width, 16);
      bytes.writeUInt32BE(height, 20);
      return bytes.toString("base64");
    };
    const words = (kind, text) => page.evaluate(([kind, text]) => globalThis.shown(kind, text).then((here) => [here.innerText, here.querySelectorAll("img").length]), [kind, text]);
    assert.match((await words("image/png", head(20_000, 20_000)))[0], /20,000 × 20,000 points/);
    assert.equal((await words("image/png", head(2_000, 2_000)))[1], 1);
    const drawing = (count) => `<svg xmlns="http://www.w3.org/2000/svg">${"<path d='M0 0'/>".repeat(count)}</svg>`;
    assert.deepEqual(await words("image/svg+xml", drawing(100)), ["", 1]);
    assert.match((await words("image/svg+xml", drawing(20_000)))[0], /20,001 elements/);
    // Each of these is drawn ten times by the next.
    const groups = Array.from({ length: 7 }, (_, at) => `<g id="a${at + 1}">${`<use href="#a${at}"/>`.repeat(10)}</g>`).join("");
    assert.match((await words("image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><defs><g id="a0"><path d="M0 0"/></g>${groups}</defs><use href="#a7"/></svg>`))[0], /has [\d,]{9,} elements/);
    await words("image/svg+xml", drawing(20_000));
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
    assert.equal(download.suggestedFilename(), "picture.svg");
    const inside = await page.evaluate((source) => globalThis.shown("html", `<img src="data:image/png;base64,${source}">`).then((here) => here.querySelector("img").outerHTML), head(30_000, 9_000));
    assert.match(inside, /^<img [^>]*alt="This picture has 30,000 × 9,000 points/);
    assert.doesNotMatch(inside, /src=/);
    // What is decoded counts, whatever stands before it: a screen smaller than its frame, a list of pictures, a name.
    const gif = (screen, frame, comment = 0) => {
      const words = [...Array(Math.ceil(comment / 255))].map(() => Buffer.concat([Buffer.of(255), Buffer.alloc(255, 32)]));
      const sizes = Buffer.alloc(8);
      [screen, screen].forEach((side, at) => sizes.writeUInt16LE(side, 2 * at));
      [frame, frame].forEach((side, at) => sizes.writeUInt16LE(side, 4 + 2 * at));
      return Buffer.concat([Buffer.from("GIF89a"), sizes.subarray(0, 4), Buffer.of(0x80, 0, 0), Buffer.alloc(6), Buffer.of(0x21, 0xfe), ...words, Buffer.of(0, 0x2c, 0, 0, 0, 0), sizes.subarray(4), Buffer.of(0, 2, 1, 0, 0, 0x3b)]);
    };
    const icon = Buffer.concat([Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 33, 0, 0, 0, 22, 0, 0, 0]), Buffer.from(head(20_000, 20_000), "base64")]);
    const avif = Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from("ftypavif"), Buffer.alloc(4), Buffer.from([0, 0, 0, 20]), Buffer.from("ispe"), Buffer.alloc(4), Buffer.from([0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20])]);
    const large = `data:image/png;base64,${head(20_000, 20_000)}`;
    const within = (inner) => `data:image/svg+xml;base64,${Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${inner}</svg>`).toString("base64")}`;
    const written = (bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    const refused = {
      "a first frame": `data:image/gif;base64,${gif(1, 60_000).toString("base64")}`,
      "a first frame after a long comment": `data:image/gif;base64,${gif(1, 60_000, 600_000).toString("base64")}`,
      "a picture in an icon": `data:image/x-icon;base64,${icon.toString("base64")}`,
      avif: `data:image/avif;base64,${avif.toString("base64")}`,
      "another kind": large.replace("image/png", "text/plain"),
      "no base64": `data:image/png,${written(Buffer.from(head(20_000, 20_000), "base64"))}`,
      "base64 behind percent signs": `data:image/png;base64,${written(Buffer.from(head(20_000, 20_000)))}`,
      "an address in two lines": large.replace("image/", "im\nage/"),
      "a picture in a drawing": within(`<image href="${large}"/>`),
      "a picture in a style": within(`<style>svg { background: url('${large}') }</style>`),
      "a drawing in a drawing": within(`<image href="${within(`<image href="${large}"/>`)}"/>`),
    };
    const taken = { "a frame as large as its screen": `data:image/gif;base64,${gif(9, 9, 600_000).toString("base64")}`, "a small picture in a drawing": within(`<image href="data:image/png;base64,${head(9, 9)}"/>`) };
    const shown = (addresses) => page.evaluate((addresses) => globalThis.shown("html", addresses.map((address) => `<img src="${address}">`).join("")).then((here) => [...here.querySelectorAll("img")].map(({ alt, src }) => [/points, more than/.test(alt), src !== ""])), Object.values(addresses));
    assert.deepEqual(Object.fromEntries((await shown(refused)).map((one, at) => [Object.keys(refused)[at], one])), Object.fromEntries(Object.keys(refused).map((name) => [name, [true, false]])));
    assert.deepEqual(await shown(taken), [[false, true], [false, true]]);
    // A drawing in an address is weighed as one that stands by itself; other ways to a picture are not taken.
    const drawings = await page.evaluate(async (svg) => {
      const small = "<svg xmlns='http://www.w3.org/2000/svg'></svg>";
      const addresses = [`base64,${btoa(svg)}`, `utf8,${encodeURIComponent(svg)}`, `utf8,${encodeURIComponent(small)}`];
      const images = addresses.map((address) => `<img src="data:image/svg+xml;${address}">`).join("");
      const pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
      const others = `<b style="color: red; background: url(${pixel})">b</b><i style="background-image: \\75rl(${pixel})">i</i><table background="${pixel}"><img srcset="${pixel} 1x">`;
      const here = await globalThis.shown("html", images + others);
      return [[...here.querySelectorAll("img[alt]")].map(({ alt, src }) => `${alt.replace(/[^a-z ]/g, "")}${src.slice(0, 9)}`), here.querySelector("img:not([alt])").src.slice(0, 14), here.querySelector("b").style.color, here.innerHTML.includes("R0lGOD")];
    }, drawing(20_000));
    assert.deepEqual(drawings, [Array(2).fill("his drawing has  elements more than can be shown here "), "data:image/svg", "red", false]);
  });

  test("keeps the height of what was there before until it is built or gone, and no longer", async () => {
    const heights = await page.evaluate(async () => {
      const here = document.querySelector("#here");
      globalThis.last?.end();
      here.innerHTML = '<div style="height: 4000px"></div><div data-part="output"><div class="host"></div></div>';
      const [, area] = here.children;
      const host = area.firstChild;
      const frames = async (condition) => {
        while (!condition()) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      };
      const long = `<table>${"<tr><td>cell</td></tr>".repeat(900)}</table>`;
      here.firstChild.style.display = "none";
      let one = globalThis.rivuletEditor.show(host, "html", long, "");
      await frames(() => host.querySelectorAll("tr").length === 900 && !area.style.minHeight);
      await frames(() => area.offsetHeight > 5_000);
      here.firstChild.style.display = "";
      scrollTo(0, 0);
      one.end();
      one = globalThis.rivuletEditor.show(host, "html", long, "");
      const held = parseFloat(area.style.minHeight) > 5_000;
      // The run that brought it is over: a short error stands there now.
      one.end();
      host.replaceChildren("NameError");
      const result = [held, area.style.minHeight];
      here.replaceChildren();
      return result;
    });
    assert.deepEqual(heights, [true, ""]);
  });

  test("of elements in elements stands at a depth that can be laid out", async () => {
    const depth = await page.evaluate((text) => globalThis.shown("html", text).then((here) => {
      let [most, now] = [0, 0];
      for (let node = here.querySelector(".rich"); node; node = node.firstElementChild) most = Math.max(most, (now += 1));
      return [most, here.textContent];
    }), `${"<div>".repeat(3_000)}deep${"</div>".repeat(3_000)}`);
    assert.ok(depth[0] <= 200, `${depth[0]}`);
    assert.equal(depth[1], "deep");
  });
});
