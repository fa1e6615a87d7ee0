// Markdown as the page shows it, by the bundle in public/generated (`node setup/bundle.mjs`) and the
// engine's reader (`make depth`).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBundle, serveBundle } from "./bundle.mjs";
import { launch } from "./harness.mjs";

let browser;
let served;
let page;

async function newPage() {
  const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("dialog", (dialog) => (page.troubles.push(dialog.message()), dialog.dismiss()));
  // The parser that the sanitiser reads with says of handlers that they would not run; nothing else may be refused.
  const isRefusal = (text) => /Security Policy/.test(text) && !/inline event handler/.test(text);
  page.on("console", (message) => isRefusal(message.text()) && page.troubles.push(message.text()));
  await openBundle(page, served);
  await page.evaluate(() => (document.querySelector("#here").className = "rich prose"));
  return page;
}

before(async () => {
  browser = await launch();
  served = await serveBundle();
  page = await newPage();
  await page.evaluate(() => globalThis.rivuletEditor.loadMaths());
});
after(async () => {
  assert.deepEqual(page?.troubles, []);
  await browser?.close();
  await served?.close();
});

const raw = (text, isForFile) =>
  page.evaluate(([text, isForFile]) => globalThis.rivuletEditor.markdown(text, isForFile), [text, isForFile]);

/** The HTML of a text, with its formulas as `⟨tex⟩`, and `⟪tex⟫` where they stand for themselves. */
const shown = (text, name = "markdown") =>
  page.evaluate(
    ([text, name]) => {
      const holder = document.createElement("template");
      holder.innerHTML = globalThis.rivuletEditor[name](text);
      for (const node of holder.content.querySelectorAll(".katex-display, .katex")) {
        const tex = node.querySelector("annotation")?.textContent;
        node.replaceWith(node.className === "katex" ? `⟨${tex}⟩` : `⟪${tex}⟫`);
      }
      return holder.innerHTML.trim().replaceAll(/>\n+</g, "><").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
    },
    [text, name],
  );

const check = (name, text, expected) => test(name, async () => assert.equal(await shown(text), expected));

describe("text", () => {
  check("headings get no ids", "# One\n\nTwo\n---", "<h1>One</h1><h2>Two</h2>");
  check("emphasis, code and strikethrough", "*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <del>d</del></p>");
  check("links open elsewhere", "[a](https://a.b)", '<p><a href="https://a.b" target="_blank" rel="noopener noreferrer">a</a></p>');
  check("lists", "1. a\n2. b\n   - c", "<ol><li>a</li><li>b<ul><li>c</li></ul></li></ol>");
  check("quotes and lines", "> a\n\n---", "<blockquote><p>a</p></blockquote><hr>");
  check("entities are not escaped twice", "&copy; ![&copy; \"a\"](data:,)", '<p>© <img src="data:," alt="© &quot;a&quot;"></p>');
  check("braces are plain", "{a} and {{b}}", "<p>{a} and {{b}}</p>");
  check("tables have a box to move in", "| a | b |\n|:-:|--:|\n| 1 | 2 |",
    '<div class="scroll"><table><thead><tr><th align="center">a</th><th align="right">b</th></tr></thead>' +
    '<tbody><tr><td align="center">1</td><td align="right">2</td></tr></tbody></table></div>');

  test("tasks are signs with a name, and no controls", async () => {
    const sign = (name, sign) => `<span class="task" role="img" aria-label="${name}">${sign}</span>`;
    assert.equal(await shown("- [ ] a\n- [x] **b**"),
      `<ul><li class="task-list-item">${sign("not done", "☐")} a</li><li class="task-list-item">${sign("done", "☑")} <strong>b</strong></li></ul>`);
    assert.equal(await shown("- [x] **b**\n\n- [ ] $c$"),
      `<ul><li class="task-list-item"><p>${sign("done", "☑")} <strong>b</strong></p></li>` +
      `<li class="task-list-item"><p>${sign("not done", "☐")} ⟨c⟩</p></li></ul>`);
  });

  test("more quotes in each other than can be followed are shown as they are", async () => {
    assert.match(await raw(">".repeat(30_000)), /^<pre>(&gt;){30000}<\/pre>$/);
  });
});

describe("footnotes", () => {
  const reference = (number, title) => `<sup class="footnote" title="${title}">${number}</sup>`;
  const list = (...notes) => `<section class="footnotes"><ol>${notes.map((note) => `<li>${note}</li>`).join("")}</ol></section>`;

  check("are numbered as the text refers to them", "a[^z] b[^y] c[^z]\n\n[^y]: *why*\n[^z]: zed",
    `<p>a${reference(1, "zed")} b${reference(2, "why")} c${reference(1, "zed")}</p>${list("<p>zed</p>", "<p><em>why</em></p>")}`);
  check("may be long, and refer to others", "a[^1]\n\n[^1]: one[^2]\n\n    two\n[^2]: three\n\nb",
    `<p>a${reference(1, "one two")}</p><p>b</p>${list(`<p>one${reference(2, "three")}</p><p>two</p>`, "<p>three</p>")}`);
  check("may refer to themselves", "a[^1]\n\n[^1]: b[^1]", `<p>a${reference(1, "b")}</p>${list(`<p>b${reference(1, "b")}</p>`)}`);
  check("that nobody refers to are left out", "a\n\n[^1]: b", "<p>a</p>");
  check("that are not there are text", "a[^1] `[^2]`\n\n[^2]: b", "<p>a[^1] <code>[^2]</code></p>");
  check("have titles that end nothing", 'a[^1]\n\n[^1]: "><img onerror=x>', `<p>a${reference(1, "&quot;><img onerror=x>")}</p>${list('<p>"><img></p>')}`);
});

describe("formulas", () => {
  check("of all kinds", "$a$ \\(b\\) $$c$$ \\[d\\] $`e`$", "<p>⟨a⟩ ⟨b⟩ ⟪c⟫ ⟪d⟫ ⟨e⟩</p>");
  check("on lines of their own", "a\n$$\nb\n= c\n\nd\n$$\ne\n\\[\nf\n\\]", "<p>a</p><p>⟪b\n= c\n\nd⟫</p><p>e</p><p>⟪f⟫</p>");
  check("as environments", "a\n\\begin{align}\nb &= c\\\\\nd &= e\n\\end{align}\nf",
    "<p>a</p><p>⟪\\begin{align}\nb &amp;= c\\\\\nd &amp;= e\n\\end{align}⟫</p><p>f</p>");
  check("as code of their own language", "```math\na^2\n```", "<p>⟪a^2⟫</p>");
  check("in lists, quotes, headings and tables", "# $a$\n\n- b\n\n  $$\n  c\n  $$\n\n> $d$\n\n|$e$|\n|-|\n|$|f|$|",
    "<h1>⟨a⟩</h1><ul><li><p>b</p><p>⟪c⟫</p></li></ul><blockquote><p>⟨d⟩</p></blockquote>" +
    '<div class="scroll"><table><thead><tr><th>⟨e⟩</th></tr></thead><tbody><tr><td>⟨|f|⟩</td></tr></tbody></table></div>');
  check("keep what Markdown would read", "*a $x*y_1$ b* $x_1$ $x_2$ $\\{a\\}$ $a\\\\b$ **\\(c**d\\)**",
    "<p><em>a ⟨x*y_1⟩ b</em> ⟨x_1⟩ ⟨x_2⟩ ⟨\\{a\\}⟩ ⟨a\\\\b⟩ <strong>⟨c**d⟩</strong></p>");
  check("are no prices", "$5 and $10, US$3, $20,000 and $30, a $ b$, $b $, \\$x\\$, $$ $$", "<p>$5 and $10, US$3, $20,000 and $30, a $ b$, $b $, $x$, $$ $$</p>");
  check("are no prices in tables", "|a|b|\n|-|-|\n|US$|$5|\n|$1|$2|",
    '<div class="scroll"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>US$</td><td>$5</td></tr><tr><td>$1</td><td>$2</td></tr></tbody></table></div>');
  check("are not in code, links or descriptions", "`$a$` `$`a`$` <https://a.b/$c$>\n\n    $d$\n\n![$e$](data:,)",
    '<p><code>$a$</code> <code>$</code>a<code>$</code> <a href="https://a.b/$c$" target="_blank" rel="noopener noreferrer">https://a.b/$c$</a></p>' +
    '<pre><code>$d$\n</code></pre><p><img src="data:," alt="$e$"></p>');
  check("are no escaped links", "\\[a\\](b) \\[a\\][b] \\[ \\]", "<p>[a](b) [a][b] [ ]</p>");

  test("with errors show their source and the error", async () => {
    const found = await shown("a $\\frac{1}{$ b");
    assert.match(found, /^<p>a <code class="formula-source formula-error" title="KaTeX parse error: [^"]+">\$\\frac\{1\}\{\$<\/code> b<\/p>$/);
    assert.match(await shown("$\\textcolor{red;background:url(//a.b)}{c}$"), /formula-error/);
  });

  test("that are too large stay source, and hold nothing up", { timeout: 120_000 }, async () => {
    const long = "x".repeat(5_001);
    assert.match(await raw(`$${long}$ $y$`), /^<p><code class="formula-source formula-error" title="This[^"]+">\$x{5001}\$<\/code> <span class="katex">/);
    assert.match(await raw(`$${"{".repeat(70)}x${"}".repeat(70)}$`), /formula-source/);
    assert.match(await raw(`$\\def\\a#1{#1#1#1#1}${"\\a{".repeat(30)}x${"}".repeat(30)}$`), /Too many expansions/);
    const many = await raw(Array.from({ length: 2_100 }, (_, at) => `$x_{${at % 50}}$`).join(" "));
    assert.equal(many.match(/<math>/g).length, 2_000);
    assert.equal(many.match(/class="formula-source"/g).length, 100);
  });

  test("run and load nothing", async () => {
    for (const tex of ["\\href{javascript:alert(1)}{a}", "\\url{javascript:alert(1)}", "\\includegraphics{https://a.b/c.png}", "\\htmlId{d}{e}", "\\htmlStyle{color:red}{f}", "\\htmlData{g=h}{i}"]) {
      assert.doesNotMatch(await raw(`$${tex}$`), /<a\b|href=|src=|<img|\bid=|data-/, tex);
    }
  });

  test("in a file are MathML that needs no style", async () => {
    const file = await raw("$x\\in\\mathbb{R}$, $\\mathbf{v}\\mathcal{L}\\mathfrak{g}$\n\n$$\\begin{aligned}a&=b\\\\c&=d\\end{aligned}$$", true);
    assert.doesNotMatch(file, /katex-html|mathvariant="(?!normal)/);
    for (const letter of ["ℝ", "𝐯", "ℒ", "𝔤"]) assert.ok(file.includes(`<mi>${letter}</mi>`), letter);
    assert.match(file, /<mtd style="text-align:-webkit-right;/);
  });

  test("of LaTeX outputs need no delimiters", async () => {
    const latex = (text) => shown(text, "latex");
    assert.equal(await latex("$\\displaystyle x^{2}$"), "<p>⟨\\displaystyle x^{2}⟩</p>");
    assert.equal(await latex("$ x $"), "<p>⟨ x ⟩</p>");
    assert.equal(await latex("x^2"), "<p>⟪x^2⟫</p>");
    assert.equal(await latex("\\begin{equation}x\\end{equation}"), "<p>⟪\\begin{equation}x\\end{equation}⟫</p>");
    assert.equal(await latex("$a$ and $b$"), "<p>⟨a⟩ and ⟨b⟩</p>");
    assert.equal(await latex("<img src=x>"), "<p>⟪<img src=x>⟫</p>");
    assert.doesNotMatch(await page.evaluate(() => globalThis.rivuletEditor.latex("<img src=x onerror=y> $a$ $b$ <script>c</script>")), /<script|onerror/);
  });
});

describe("KaTeX", () => {
  test("is loaded by the first formula, and said to be there", async () => {
    const page = await newPage();
    const asked = () => served.requests.filter(({ path }) => path.includes("/maths/")).map(({ path }) => path.split("/").pop());
    served.requests.length = 0;
    const draw = (text) => page.evaluate((text) => (document.querySelector("#here").innerHTML = globalThis.rivuletEditor.markdown(text)), text);
    await draw("*a* for $5");
    assert.deepEqual(asked(), []);
    assert.equal(await draw("$a^2$"), '<p><code class="formula-source">$a^2$</code></p>\n');
    await page.evaluate(() => globalThis.rivuletEditor.loadMaths().then(() => true));
    assert.deepEqual(asked().sort(), ["katex.css", "katex.js"]);
    assert.match(await draw("$a^2$"), /<span class="katex">/);
    await page.evaluate(() => document.fonts.ready.then(() => true));
    assert.ok(asked().includes("KaTeX_Math-Italic.woff2"));
    assert.ok(asked().length < 8, "only the fonts that are needed");
    assert.deepEqual(page.troubles, []);
    await page.close();
  });

  test("that cannot be had leaves the source, and is asked for again", async () => {
    const page = await newPage();
    await page.route("**/katex.css*", (route) => route.abort());
    assert.match(await page.evaluate(() => globalThis.rivuletEditor.loadMaths().then(() => globalThis.rivuletEditor.markdown("$a$"))), /formula-source/);
    await page.unroute("**/katex.css*");
    assert.match(await page.evaluate(() => globalThis.rivuletEditor.loadMaths().then(() => globalThis.rivuletEditor.markdown("$a$"))), /katex-html/);
    await page.close();
  });

  test("and tables move in their own boxes on a narrow page", async () => {
    const wide = `$$${Array.from({ length: 40 }, (_, at) => `x_{${at}}`).join("+")}$$\n\n|${"a-long-word|".repeat(20)}\n|${"-|".repeat(20)}\n\n\`\`\`\n${"b".repeat(200)}\n\`\`\``;
    const widths = await page.evaluate((text) => {
      const here = document.querySelector("#here");
      here.innerHTML = globalThis.rivuletEditor.markdown(text);
      const inside = [".katex-display", ".scroll", "pre"].map((name) => here.querySelector(name));
      return { moves: inside.map((node) => node.scrollWidth > node.clientWidth), page: document.documentElement.scrollWidth, here: here.scrollWidth - here.clientWidth };
    }, wide);
    assert.deepEqual(widths, { moves: [true, true, true], page: 360, here: 0 });
  });
});

describe("code", () => {
  const kinds = async (language, code) => {
    const html = await raw(`\`\`\`${language}\n${code}\n\`\`\``);
    return [...html.matchAll(/<span class="tok-(\w+)">([^<]*)<\/span>/g)].map(([, kind, text]) => `${kind} ${text}`);
  };

  test("is coloured as in the editors", async () => {
    assert.deepEqual(await kinds("python", 'def f(): return g("a", 1) # b'),
      ["keyword def", "definition f", "keyword return", "call g", 'string "a"', "number 1", "comment # b"]);
    assert.deepEqual(await kinds("sql", "SELECT 'a' FROM b -- c"), ["keyword SELECT", "string 'a'", "keyword FROM", "comment -- c"]);
    assert.deepEqual(await kinds("js", "const a = 1; // b"), ["keyword const", "number 1", "comment // b"]);
    assert.deepEqual(await kinds("json", '{"a": true}'), ['definition "a"', "number true"]);
    assert.deepEqual(await kinds("bash", 'export A=1 # "b"'), ["keyword export", "number 1", 'comment # "b"']);
    assert.deepEqual(await kinds("{python}", "1"), ["number 1"]);
    assert.deepEqual(await kinds("cobol", "1"), []);
  });

  check("of no language is plain, and escaped", "```\n<b>&amp;\n```", "<pre><code><b>&amp;amp;\n</code></pre>");
  check("that is coloured is escaped", "```python\n'<b>'\n```", "<pre><code><span class=\"tok-string\">'<b>'</span></code></pre>");
});

describe("what comes from outside", () => {
  const attacks = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "<a href='java\nscript:alert(1)'>a</a>",
    "![a](x \"b\" onerror=alert(1))", "<svg><script>alert(1)</script></svg>", "<svg onload=alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math><mi xlink:href='javascript:alert(1)' href='javascript:alert(1)'>a</mi></math>", "<math href='javascript:alert(1)'>a</math>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<style>*{display:none}</style>", "<p id=page name=a class='cell button dialog' role=button tabindex=0 contenteditable>a</p>",
    "<form action=//a.b><input name=a><button>b</button><select><option>c</option></select><textarea>d</textarea></form>",
    "<object data=//a.b></object><embed src=//a.b><base href=//a.b><meta http-equiv=refresh content=0><link rel=stylesheet href=//a.b>",
    "```python\"onmouseover=alert(1)\na\n```", "[^<img src=x onerror=alert(1)>]\n\n[^<img src=x onerror=alert(1)>]: a",
    "$</annotation><img src=x onerror=alert(1)>$", "$\\text{<img src=x onerror=alert(1)>}$", "$$<script>alert(1)</script>$$", "$\"onmouseover=alert(1) a=\"\\frac$",
    "<title>$<img src=x onerror=alert(1)>$</title>", "<img alt=\"$x$\" title='$y$'>", "<a title=\"$x$\">$y$</a>",
  ];
  for (const attack of attacks) {
    test(`runs nothing and drives nothing: ${JSON.stringify(attack.slice(0, 60))}`, async () => {
      const found = await page.evaluate(async (text) => {
        const here = document.querySelector("#here");
        here.innerHTML = globalThis.rivuletEditor.markdown(text);
        // What is written must mean the same when it is read again.
        const again = document.createElement("template");
        again.innerHTML = here.innerHTML;
        // Whatever a picture would do when it has come, or has not, it has done then.
        await Promise.all([...here.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
        const nodes = [...here.querySelectorAll("*")];
        const wrong = nodes.filter((node) =>
          node.matches("script, style, iframe, object, embed, base, meta, link, form, input, button, select, textarea, [id], [name], [tabindex], [contenteditable]") ||
          (node.matches("math, svg, math *, svg *") && !node.closest(".katex")) ||
          (node.hasAttribute("role") && !node.matches(".task")) ||
          [...node.attributes].some(({ name, value }) => name.startsWith("on") || /^\s*java\s*script:/i.test(value)) ||
          node.matches(".cell, .button, .dialog"));
        return { wrong: wrong.map((node) => node.outerHTML), same: again.innerHTML === here.innerHTML };
      }, attack);
      assert.deepEqual(found, { wrong: [], same: true });
    });
  }

  test("cannot stand for what the page puts in", async () => {
    assert.doesNotMatch(await raw('$x$ <span title="0-0"></span> <span title="undefined-0">a</span>'), /katex.*katex-html.*katex-html/s);
    assert.doesNotMatch(await raw('<span class="katex katex-html task tok-keyword" role="img" aria-label="a">b</span>'), /katex|task|role|aria/);
  });

  test("brings no styles, and only names for links", async () => {
    const attack = '<style>.a { color: red }</style><p class="a" id="b">c</p><a name="d" href="#b">e</a>';
    assert.equal(await raw(attack), '<p data-anchor="b">c</p><a href="#b" data-anchor="d">e</a>');
  });

  test("goes by ids in a file, also to headings", async () => {
    const text = await raw("# Part *Two*\n\n[a](#part-two) [b](#c)\n\n<p id=c>d</p>", true);
    assert.match(text, /<h1><a id="part-two"><\/a><a id="Part-Two"><\/a>Part <em>Two<\/em><\/h1>/);
    assert.match(text, /<a href="#part-two">a<\/a> <a href="#c">b<\/a>[^]*<p id="c">d<\/p>/);
  });

  test("shows the pictures that it holds itself, and asks for no other", async () => {
    const text = await page.evaluate(() =>
      globalThis.rivuletEditor.markdown('![a](attachment:x%20y.png) <img src="attachment:&amp;.png"> ![b](attachment:toString) `src="attachment:x y.png"`', false, {
        "x y.png": "data:image/png;base64,AAAA",
        "&.png": "data:image/png;base64,BBBB",
      }));
    assert.deepEqual([...text.matchAll(/<img[^>]* src="([^"]*)"/g)].map(([, source]) => source), ["data:image/png;base64,AAAA", "data:image/png;base64,BBBB"]);
    assert.match(text, /<img alt="b">/);
    assert.match(text, /<code>src="attachment:x y.png"<\/code>/);
  });
});
