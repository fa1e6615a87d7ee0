// The editor alone, in a blank page with the real style: what it offers, shows and tells. The page's
// clock is the test's, so that "late" and "never" take no waiting.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { changesBetween } from "../../app/js/editor-change.js";
import { launch } from "./harness.mjs";
import { serve } from "./server.mjs";

const PAGE = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="icon.svg"><link rel="stylesheet" href="style.css">
<main class="notebook"><div class="cell" style="padding-top:16rem"><div id="place" class="code"></div></div></main>
<script type="module" src="generated/editor.js"></script>`;

let site;
let browser;
let page;

before(async () => {
  site = await serve(fileURLToPath(new URL("../../public", import.meta.url)), { "editor.html": PAGE });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

// Runs in the page: mounts an editor whose page tells what it heard, and answers when it is told to.
function mountIn({ source, kind, knows, lacks }) {
  const heard = [];
  const waiting = [];
  const hear = (name, answer) => (...values) => (heard.push([name, ...values]), answer);
  const asks = (name) => (code) => {
    heard.push([name, code]);
    if (knows[name] && code in knows[name]) return Promise.resolve(knows[name][code]);
    return knows[name] ? Promise.resolve(null) : new Promise((answer) => waiting.push({ code, answer }));
  };
  const on = {
    change: hear("change"), run: hear("run"), leave: hear("leave"), focus: hear("focus"), hover: hear("hover"),
    names: () => knows.names ?? [], complete: asks("complete"), help: asks("help"),
    goTo: hear("goTo", knows.goes ?? true), rename: hear("rename", knows.goes ?? true),
  };
  for (const name of lacks) delete on[name];
  const editor = globalThis.rivuletEditor.mount(document.getElementById("place"), source, kind, "Cell 1", "Python", on);
  globalThis.mounted = { editor, heard, waiting };
  editor.focus();
}

async function newPage(options) {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  page = await context.newPage();
  page.options = JSON.stringify(options);
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.troubles.push(message.text()));
  await page.clock.install();
}

/**
 * Opens a page with an editor. `knows` has names, and the answers of complete and help by code;
 * where there are none, the test answers.
 */
async function mount(source, knows = {}, { kind = "python", lacks = [], ...options } = {}) {
  if (page?.options !== JSON.stringify(options)) {
    await page?.context().close();
    await newPage(options);
  }
  page.troubles = [];
  await page.mouse.move(5, 5);
  await page.goto(`${site.url}editor.html`);
  await page.waitForFunction(() => globalThis.rivuletEditor);
  await page.evaluate(mountIn, { source, kind, knows, lacks });
}

async function check(source, knows, options, body) {
  if (typeof options === "function") [body, options] = [options, undefined];
  try {
    await mount(source, knows, options);
    await body();
    assert.deepEqual(page.troubles, []);
  } catch (error) {
    // What this test has pressed or paused is not for the next one.
    await page?.context().close();
    page = undefined;
    throw error;
  }
}

const POPUP = ".cm-tooltip-autocomplete";
const HELP = ".cm-help";

const editor = (name, ...values) =>
  page.evaluate(([name, values]) => globalThis.mounted.editor[name](...values), [name, values]);
const text = () => editor("text");
const heard = (name) =>
  page.evaluate((name) => globalThis.mounted.heard.filter(([one]) => one === name).map(([, value]) => value), name);
const press = (key) => page.keyboard.press(key);
const type = (letters) => page.keyboard.type(letters);
const passes = (milliseconds) => page.clock.runFor(milliseconds);
const pause = async () => page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
const labels = () => page.locator(`${POPUP} .cm-completionLabel`).allTextContents();
const noPopup = () => page.waitForSelector(POPUP, { state: "detached" });
const gone = (selector) => page.waitForSelector(selector, { state: "detached" });

/** Waits until the list offers this, and until it takes keys. */
async function offers(label) {
  await page.locator(`${POPUP} .cm-completionLabel`).getByText(label, { exact: true }).waitFor();
  await passes(100);
}

const asked = (code) =>
  page.waitForFunction((code) => globalThis.mounted.waiting.some((one) => one.code === code), code);
const answer = (code, value) =>
  page.evaluate(
    ([code, value]) => globalThis.mounted.waiting.find((one) => one.code === code).answer(value),
    [code, value],
  );
const hears = (name, value) =>
  page.waitForFunction(
    ([name, value]) => {
      const of = globalThis.mounted.heard.filter(([one]) => one === name);
      return of.length > 0 && of.at(-1)[1] === value;
    },
    [name, value],
  );

/** Where a word of the text is painted. */
const placeOf = (word, nth = 0) =>
  page.evaluate(
    ([word, nth]) => {
      const content = document.querySelector(".cm-content");
      const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        for (let at = -1; (at = walker.currentNode.data.indexOf(word, at + 1)) >= 0; ) {
          if (nth-- > 0) continue;
          const range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + word.length);
          const { x, y, width, height } = range.getBoundingClientRect();
          return { x: x + width / 2, y: y + height / 2 };
        }
      }
      throw new Error(`no ${word}`);
    },
    [word, nth],
  );

async function pointAt(word, nth) {
  const { x, y } = await placeOf(word, nth);
  await page.mouse.move(x - 2, y);
  await page.mouse.move(x, y);
}

const pointAway = () => page.mouse.move(5, 5);
const marked = (name) => page.locator(`.${name}`).allTextContents();
const NAMES = [{ name: "total", detail: "cell 3" }, { name: "totals", detail: "cell 4" }];

describe("completion", () => {
  test("offers the notebook's names, keywords and builtins before the kernel answers", () =>
    check("", { names: [{ name: "import_all", detail: "cell 3" }] }, async () => {
      await type("im");
      await offers("import_all");
      assert.deepEqual((await labels()).slice(0, 2), ["import_all", "import"]);
      assert.equal(await page.locator(".cm-completionDetail").first().textContent(), "cell 3");
      assert.ok((await labels()).includes("__import__"));
      await asked("im");
    }));

  test("adds what the kernel answers in time, each name once", () => {
    const to = [{ name: "total", kind: "instance" }, { name: "tokenize", kind: "module" }];
    return check("", { names: NAMES, complete: { to } }, async () => {
      await type("to");
      await offers("tokenize");
      assert.deepEqual((await labels()).filter((label) => label.startsWith("to")).sort(), ["tokenize", "total", "totals"]);
      assert.equal(await page.locator(".cm-completionIcon-namespace").count(), 1);
    });
  });

  test("drops a late answer", () =>
    check("", { names: NAMES }, async () => {
      await type("to");
      await offers("total");
      await passes(400);
      await answer("to", [{ name: "totality", kind: "module" }]);
      for (const letter of ["t", "a"]) {
        await passes(400);
        assert.deepEqual((await labels()).filter((label) => label.startsWith("to")), ["total", "totals"]);
        await type(letter);
      }
    }));

  test("asks only the kernel after a dot", () =>
    check("", { names: [{ name: "head", detail: "cell 1" }] }, async () => {
      await type("df.");
      await asked("df.");
      await answer("df.", [{ name: "__add__", kind: "method" }, { name: "_x", kind: "property" }, { name: "head", kind: "method" }]);
      await offers("head");
      assert.deepEqual(await labels(), ["head", "_x", "__add__"]);
      await type("h");
      await offers("head");
      await press("Tab");
      assert.equal(await text(), "df.head");
    }));

  test("asks anew when an answer is overtaken", () =>
    check("", {}, async () => {
      await type("df.");
      await asked("df.");
      await type("h");
      await asked("df.h");
      await answer("df.", [{ name: "old", kind: "method" }]);
      await answer("df.h", [{ name: "head", kind: "method" }]);
      await offers("head");
      assert.deepEqual(await labels(), ["head"]);
    }));

  test("completes the keys of a subscript, quoted as they must be", () =>
    check("", {}, async () => {
      await type('d["');
      await asked('d["');
      await answer('d["', [{ name: 'say "hi"', kind: "key" }, { name: "plain", kind: "key" }]);
      await offers("plain");
      await type("sa");
      await passes(100);
      await press("Tab");
      assert.equal(await text(), String.raw`d["say \"hi\""]`);
    }));

  test("gives the kernel a whole import", () =>
    check("", {}, async () => {
      await type("from math import sq");
      await asked("from math import sq");
      await answer("from math import sq", [{ name: "sqrt", kind: "function" }]);
      await offers("sqrt");
      await press("Enter");
      assert.equal(await text(), "from math import sqrt");
      await type("\nimport os, ma");
      await asked("import os, ma");
      await type("\nfrom math import (\nfl");
      await asked("from math import fl");
    }));

  for (const code of ["# to", '"to', 'x = "df.', "def to", "import math as to", "f().to", "1.to"]) {
    test(`offers nothing for ${code}`, () =>
      check("", { names: NAMES, complete: {} }, async () => {
        await type(code);
        await passes(1000);
        assert.equal(await page.locator(POPUP).count(), 0);
        assert.ok(!(await heard("complete")).some((asked) => asked.includes("to") || asked.startsWith("df")));
      }));
  }

  test("offers names inside an f-string's braces", () =>
    check("", { names: NAMES, complete: {} }, async () => {
      await type('f"{to');
      await offers("total");
    }));

  test("shows no list while the kernel's answer is empty", () =>
    check("", { complete: { "df.": [] } }, async () => {
      await type("df.");
      await passes(1000);
      assert.equal(await page.locator(POPUP).count(), 0);
      assert.equal((await heard("complete")).at(-1), "df.");
    }));

  test("keeps the list at each letter while the kernel is busy", () =>
    check("", { names: NAMES, complete: {} }, async () => {
      await type("to");
      await offers("total");
      await type("t");
      assert.equal(await page.locator(".cm-tooltip-autocomplete-disabled").count(), 0);
      assert.equal(await page.locator(POPUP).count(), 1);
    }));

  test("offers keywords and the notebook's names in SQL", () =>
    check("", { names: NAMES }, { kind: "sql" }, async () => {
      await type("SEL");
      await offers("SELECT");
      await press("Tab");
      await type(" * fr");
      await offers("from");
      await press("Tab");
      await type(" tot");
      await offers("total");
      await press("Tab");
      assert.equal(await text(), "SELECT * from total");
      assert.deepEqual(await heard("complete"), []);
      await type(" -- to");
      await passes(1000);
      assert.equal(await page.locator(POPUP).count(), 0);
    }));

  test("takes no name for what is only text", () =>
    check("", { names: NAMES }, { kind: "markdown" }, async () => {
      await type("to");
      await passes(1000);
      assert.equal(await page.locator(POPUP).count(), 0);
    }));
});

describe("the keys of a list", () => {
  const opened = (body) =>
    check("", { names: NAMES, complete: {} }, async () => {
      await type("tot");
      await offers("total");
      await body();
    });

  test("Tab takes the first", () =>
    opened(async () => {
      await press("Tab");
      await noPopup();
      assert.equal(await text(), "total");
      assert.equal((await heard("change")).at(-1), "total");
    }));

  test("Enter takes the one that was gone to", () =>
    opened(async () => {
      await press("ArrowDown");
      await press("Enter");
      assert.equal(await text(), "totals");
    }));

  test("Enter makes a new line of a word that is complete", () =>
    opened(async () => {
      await type("al");
      await passes(200);
      await press("Enter");
      assert.equal(await text(), "total\n");
    }));

  test("Tab does not indent through a list that has just opened", () =>
    check("", { names: NAMES, complete: {} }, async () => {
      await pause();
      await type("tot");
      await passes(100);
      assert.equal(await page.locator(POPUP).count(), 1);
      await press("Tab");
      assert.equal(await text(), "tot");
      await passes(100);
      await press("Tab");
      assert.equal(await text(), "total");
      await page.clock.resume();
    }));

  test("Tab indents where there is no list", () =>
    check("", {}, async () => {
      await press("Tab");
      assert.equal(await text(), "    ");
    }));

  test("Escape closes the list, and only then leaves", () =>
    opened(async () => {
      await press("Escape");
      await noPopup();
      assert.deepEqual(await heard("leave"), []);
      await press("Escape");
      assert.equal((await heard("leave")).length, 1);
    }));

  test("Escape leaves at once while the kernel is still asked", () =>
    check("", {}, async () => {
      await type("df.");
      await asked("df.");
      await press("Escape");
      assert.equal((await heard("leave")).length, 1);
      await answer("df.", [{ name: "head", kind: "method" }]);
      await passes(500);
      assert.equal(await page.locator(POPUP).count(), 0);
    }));

  for (const [key, moves] of [["Shift-Enter", true], ["Control-Enter", false]]) {
    test(`${key} runs the cell`, () =>
      opened(async () => {
        await press(key.replace("-", "+"));
        await noPopup();
        assert.deepEqual(await heard("run"), [moves]);
        assert.equal(await text(), "tot");
      }));
  }
});

describe("help", () => {
  const HELPS = { title: "df.head", signature: "head(n: int = 5)", text: "Give the <b>first</b> rows.", type: "method" };

  test("is shown as text where the pointer rests, and goes with it", () =>
    check("df.head()\n", { help: { "df.head": HELPS } }, async () => {
      await pause();
      await pointAt("head");
      await passes(490);
      assert.deepEqual(await heard("help"), []);
      await page.clock.resume();
      await page.waitForSelector(HELP);
      assert.equal(await page.locator(".cm-help-signature").textContent(), HELPS.signature);
      assert.equal(await page.locator(".cm-help-type").textContent(), "method");
      assert.equal(await page.locator(".cm-help-text").textContent(), HELPS.text);
      assert.equal(await page.locator(`${HELP} b`).count(), 0);
      await pointAway();
      await gone(HELP);
    }));

  test("stays for a pointer that goes to it", () =>
    check("df.head()\n", { help: { "df.head": HELPS } }, async () => {
      await pointAt("head");
      await passes(600);
      const box = await (await page.waitForSelector(HELP)).boundingBox();
      await page.mouse.move(box.x + 20, box.y + box.height - 3);
      await page.mouse.move(box.x + 20, box.y + 8);
      await passes(500);
      assert.equal(await page.locator(HELP).count(), 1);
      await pointAway();
      await gone(HELP);
    }));

  test("is asked of a key for the name at the cursor, and Escape closes it first", () =>
    check("df", { help: { df: { title: "df", signature: "", text: "", type: "DataFrame" } } }, async () => {
      // An announcement stands for a moment only.
      await pause();
      await press("Control+i");
      await page.waitForSelector(HELP);
      assert.equal(await page.locator(HELP).textContent(), "dfDataFrame");
      await page.waitForFunction(() => document.querySelector(".cm-announced")?.textContent.includes("DataFrame"));
      await page.clock.resume();
      await press("Escape");
      await gone(HELP);
      assert.deepEqual(await heard("leave"), []);
      await press("Escape");
      assert.equal((await heard("leave")).length, 1);
    }));

  test("goes with the next letter, and a late one is not shown", () =>
    check("df", {}, async () => {
      await press("Control+i");
      await asked("df");
      await type("x");
      await answer("df", HELPS);
      await passes(500);
      assert.equal(await page.locator(HELP).count(), 0);
    }));

  test("puts a name before its bare parameters", () =>
    check("sqrt", { help: { sqrt: { title: "math.sqrt", signature: "(x, /)", text: "", type: "" } } }, async () => {
      await press("Control+i");
      assert.equal(await (await page.waitForSelector(".cm-help-signature")).textContent(), "math.sqrt(x, /)");
    }));

  for (const [code, word] of [["f().x\n", "x"], ['"head"\n', "head"], ["# head\n", "head"], ["f(head=1)\n", "head"], ["for i in y:\n  0\n", "for"]]) {
    test(`asks nothing at ${word} of ${code.trim()}`, () =>
      check(code, { help: {} }, async () => {
        await pointAt(word);
        await passes(1000);
        assert.deepEqual(await heard("help"), []);
      }));
  }

  test("leaves a diagnostic's message to the browser", () =>
    check("df\n", { help: {} }, async () => {
      await editor("setSpans", [{ from: 0, to: 2, message: "Two cells define df" }]);
      assert.equal(await page.locator(".cm-problem").getAttribute("title"), "Two cells define df");
    }));
});

describe("what is wrong", () => {
  const SOURCE = "first = 1\ntotal = df\nlast = 2\n";
  const DF = { from: 18, to: 20, message: "Two cells define df" };

  test("stays under its letters while the text above and below changes", () =>
    check(SOURCE, {}, async () => {
      await editor("setSpans", [DF]);
      assert.deepEqual(await marked("cm-problem"), ["df"]);
      await press("Control+Home");
      await type("# a line\nx = (");
      assert.deepEqual(await marked("cm-problem"), ["df"]);
      // The page marks the line of an error and knows nothing new of the spans.
      await editor("setLine", 1);
      assert.deepEqual(await marked("cm-problem"), ["df"]);
      await press("Control+End");
      await type("y = 3");
      assert.deepEqual(await marked("cm-problem"), ["df"]);
      assert.deepEqual(await marked("cm-error-line"), ["# a line"]);
    }));

  test("moves with a text that the page replaces", () =>
    check(SOURCE, {}, async () => {
      await editor("setSpans", [DF]);
      await editor("replace", `import math\n${SOURCE}`);
      assert.deepEqual(await marked("cm-problem"), ["df"]);
    }));

  test("goes as a whole when the page says so", () =>
    check(SOURCE, {}, async () => {
      await editor("setSpans", [DF]);
      await editor("setSpans", []);
      assert.deepEqual(await marked("cm-problem"), []);
    }));

  test("at the end of the text is under its last letter", () =>
    check("print(1\n", {}, async () => {
      await editor("setSpans", [{ from: 8, to: 8, message: "" }]);
      assert.deepEqual(await marked("cm-problem"), ["1"]);
      assert.equal(await page.locator(".cm-problem").getAttribute("title"), null);
    }));
});

describe("names", () => {
  const SOURCE = "price = 3\ntotal = 2 * price\n";
  const USES = [{ from: 0, to: 5, kind: "definition" }, { from: 22, to: 27, kind: "use" }];

  test("tells of the name under the pointer, and of none", () =>
    check(SOURCE, {}, async () => {
      await pointAt("price", 1);
      await hears("hover", 22);
      await pointAt("total");
      await hears("hover", 10);
      await pointAt("2");
      await hears("hover", -1);
      const { x, y } = await placeOf("price", 1);
      await page.mouse.move(x + 200, y);
      await page.mouse.move(x + 300, y);
      await passes(100);
      await pointAt("price");
      await hears("hover", 0);
      await pointAway();
      await hears("hover", -1);
      assert.deepEqual((await heard("hover")).slice(-5), [22, 10, -1, 0, -1]);
    }));

  test("tells of the name that the keyboard goes to, and of none while one writes", () =>
    check(SOURCE, {}, async () => {
      await press("ArrowDown");
      await hears("hover", 10);
      await press("ArrowDown");
      await hears("hover", -1);
      await press("Control+Home");
      await hears("hover", 0);
      await type("x");
      await hears("hover", -1);
    }));

  test("draws what the page answers; it moves with the text and is cleared", () =>
    check(SOURCE, {}, async () => {
      await editor("setUses", [...USES, { from: 500, to: 600, kind: "use" }]);
      assert.deepEqual(await marked("cm-name-definition"), ["price"]);
      assert.deepEqual(await marked("cm-name-use"), ["price"]);
      await press("Control+Home");
      await type("a = 1; ");
      assert.deepEqual(await marked("cm-name-use"), ["price"]);
      await editor("setUses", []);
      assert.deepEqual(await marked("cm-name-use"), []);
    }));

  test("goes to a definition and renames by key, from the begin of the name", () =>
    check(SOURCE, {}, async () => {
      await editor("select", 24, 24);
      await press("F12");
      await press("F2");
      assert.deepEqual([await heard("goTo"), await heard("rename")], [[22], [22]]);
    }));

  for (const goes of [true, false]) {
    test(`${goes ? "swallows" : "lets through"} a key that did ${goes ? "something" : "nothing"}`, () =>
      check(SOURCE, { goes }, async () => {
        await page.evaluate(() => {
          globalThis.swallowed = [];
          addEventListener("keydown", (event) => globalThis.swallowed.push(event.defaultPrevented));
        });
        await press("F2");
        await press("F12");
        assert.deepEqual(await page.evaluate(() => globalThis.swallowed), [goes, goes]);
      }));
  }

  test("shows a link while Ctrl is held, and follows it with a click", () =>
    check(SOURCE, {}, async () => {
      await pointAt("price", 1);
      await hears("hover", 22);
      await page.keyboard.down("Control");
      await page.waitForSelector(".cm-name-link");
      assert.deepEqual(await marked("cm-name-link"), ["price"]);
      const { x, y } = await placeOf("price", 1);
      await page.mouse.click(x, y);
      assert.deepEqual(await heard("goTo"), [22]);
      await page.keyboard.up("Control");
      await gone(".cm-name-link");
      await page.mouse.click(x, y);
      assert.deepEqual(await heard("goTo"), [22]);
    }));

  test("shows no link, and asks nothing, at a property or a string", () =>
    check('a.price; "price"', {}, async () => {
      await page.keyboard.down("Control");
      for (const nth of [0, 1]) {
        const { x, y } = await placeOf("price", nth);
        await page.mouse.click(x, y);
      }
      await passes(200);
      await page.keyboard.up("Control");
      assert.deepEqual([await marked("cm-name-link"), await heard("goTo")], [[], []]);
    }));

  test("works on an SQL cell's names", () =>
    check("SELECT a FROM prices", {}, { kind: "sql" }, async () => {
      await pointAt("prices");
      await hears("hover", 14);
    }));

  test("selects, shows and focuses a range", () =>
    check(`${"x = 1\n".repeat(80)}goal = 2\n`, {}, async () => {
      await page.evaluate(() => document.activeElement.blur());
      await editor("select", 480, 484);
      assert.equal(await page.evaluate(() => getSelection().toString()), "goal");
      assert.equal(await page.evaluate(() => document.activeElement.className.includes("cm-content")), true);
      // The editor scrolls in a frame of its own.
      await page.waitForFunction(() => {
        const { top } = getSelection().getRangeAt(0).getBoundingClientRect();
        return top > 60 && top < 700;
      });
      await editor("select", 4000, 5000);
    }));
});

describe("replacing the text", () => {
  test("keeps the cursor, and what can be undone", () =>
    check("a = 1\nb = 2\n", {}, async () => {
      await press("Control+End");
      await type("c");
      await passes(1000);
      await editor("replace", "new = 0\na = 1\nb = 2\nc");
      await type("d");
      assert.equal(await text(), "new = 0\na = 1\nb = 2\ncd");
      assert.deepEqual(await heard("change"), ["a = 1\nb = 2\nc", "new = 0\na = 1\nb = 2\ncd"]);
      // What the page did is taken back by the page, in all cells at once; here goes what was typed.
      for (let undone = 0; undone < 3; undone += 1) await press("Control+z");
      assert.equal(await text(), "new = 0\na = 1\nb = 2\n");
    }));

  test("keeps the cursor in a line between two that change", () =>
    check("x = 1\ny = x + 2\nz = x\n", {}, async () => {
      await editor("select", 15, 15);
      await editor("replace", "price = 1\ny = price + 2\nz = price\n");
      await type("0");
      assert.equal(await text(), "price = 1\ny = price + 20\nz = price\n");
    }));

  test("takes any line ends", () =>
    check("a\nb\n", {}, async () => {
      await editor("replace", "a\r\nb\r\nc");
      assert.equal(await text(), "a\nb\nc");
      assert.deepEqual(await heard("change"), []);
    }));

  test("makes the one text of the other, whatever they are", () => {
    let seed = 7;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    const parts = ["a", "b", " ", "\n", "=", "😀", "😁", "é", "ab"];
    const words = () => Array.from({ length: random(8) }, () => parts[random(parts.length)]).join("");
    for (let round = 0; round < 5000; round += 1) {
      const [before, after] = [words(), words()];
      let made = "";
      let at = 0;
      for (const { from, to, insert } of changesBetween(before, after)) {
        assert.ok(from >= at && to >= from);
        made += before.slice(at, from) + insert;
        at = to;
      }
      assert.equal(made + before.slice(at), after);
    }
    assert.deepEqual(changesBetween("x😀", "x😁"), [{ from: 1, to: 3, insert: "😁" }]);
  });
});

test("a destroyed editor is silent", () =>
  check("price = 1", {}, {}, async () => {
    await pointAt("price");
    await hears("hover", 0);
    await press("Control+i");
    await editor("destroy");
    await answer("price", { title: "price", signature: "", text: "", type: "int" });
    await page.keyboard.down("Control");
    await page.mouse.move(300, 300);
    await page.keyboard.up("Control");
    await passes(1000);
    assert.deepEqual(await heard("hover"), [0]);
  }));

test("an editor whose page knows nothing more still edits", () =>
  check("", {}, { lacks: ["hover", "names", "complete", "help", "goTo", "rename"] }, async () => {
    await type("pri");
    await offers("print");
    await press("Tab");
    for (const key of ["F12", "F2", "Control+i"]) await press(key);
    await page.keyboard.down("Control");
    await pointAt("print");
    await passes(1000);
    assert.deepEqual(await marked("cm-name-link"), []);
    await page.keyboard.up("Control");
    for (const kind of ["markdown", "sql", "python"]) {
      await editor("setKind", kind);
      await editor("setUses", [{ from: 0, to: 5, kind: "use" }]);
      assert.equal((await marked("cm-name-use")).length, kind === "markdown" ? 0 : 1);
    }
    assert.equal(await text(), "print");
  }));

for (const colorScheme of ["light", "dark"]) {
  test(`lists and help fit a narrow window (${colorScheme})`, () => {
    const help = { title: "df.head", signature: `head(${"argument: int = 5, ".repeat(8)})`, text: "word ".repeat(300), type: "method" };
    const knows = { names: [{ name: "total_of_everything_that_was_ever_sold_here", detail: "cell 3" }], complete: {}, help: { df: help } };
    return check("df", knows, { colorScheme, viewport: { width: 360, height: 640 } }, async () => {
      const fits = async (selector) => {
        const { x, width } = await (await page.waitForSelector(selector)).boundingBox();
        assert.ok(x >= 0 && x + width <= 360, `${selector}: ${x} + ${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(wide, 360);
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${colorScheme}-360${selector}.png` });
      };
      await press("Control+i");
      await fits(HELP);
      await type(" + to");
      await offers("total_of_everything_that_was_ever_sold_here");
      await fits(POPUP);
    });
  });
}
