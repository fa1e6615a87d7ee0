// Outputs of every kind that are too much: the page stays free, Stop is heard, and what is shown is
// built slice by slice, with a fold where it is too large.
//
// How free the page is, is the longest time between two of its frames. A machine under load has long
// ones by itself: so each flood is compared with a cell that prints now and then.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, holdsRecords, launch, newPage, open, percent, runCell, saved, settle, site, waitFor, write } from "./harness.mjs";

/** The longest time that the page may be busy, in milliseconds, where the machine has nothing else to do. */
const GAP = 100;
/** By how much it may be longer than with a cell that prints now and then. */
const SLACK = 3;

// Not names of the notebook: running this cell must not run the floods.
const HTML = `import builtins
def _make():
    class H:
        def __init__(self, text): self.text = text
        def _repr_html_(self): return self.text
    class M(H):
        def _repr_html_(self): return None
        def _repr_markdown_(self): return self.text
    class L(H):
        def _repr_html_(self): return None
        def _repr_latex_(self): return self.text
    class P(H):
        def _repr_html_(self): return None
        def _repr_png_(self): return self.text
    class S(P):
        _repr_png_ = None
        def _repr_svg_(self): return self.text
    def png(width, height, depth=8, kind=0, line=None):
        import struct, zlib
        part = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        packer, rows = zlib.compressobj(1), []
        for _ in range(height): rows.append(packer.compress(line or bytes(1 + width * depth // 8)))
        head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
        return b"\\x89PNG\\r\\n\\x1a\\n" + part(b"IHDR", head) + part(b"IDAT", b"".join(rows) + packer.flush()) + part(b"IEND", b"")
    table = "<table><tbody>" + "".join(f"<tr><td>{i}</td></tr>" for i in range(100_000)) + "</tbody></table>"
    vars(builtins).update(locals())
_make()`;

/** Floods that end by themselves: what the cell does, and what is seen of it once it is built. */
const ENDING = {
  "a table of 100,000 rows": "H(table)",
  "three of them": "for _ in range(3): display(H(table))",
  "ten of them": "for _ in range(10): display(H(table))",
  "100,000 values": "for i in range(100_000): display(i)",
  "300 formulas": 'for i in range(300): display(L(r"$$\\int_0^{%d} \\frac{x^2}{\\sqrt{1+x_{%d}}}\\,dx$$" % (i, i)))',
  "Markdown with 1,000 formulas": 'M("\\n\\n".join(r"Text and $\\frac{a_{%d}}{b}$ *more*" % i for i in range(1000)))',
  "a line of 5 MB": 'print("x" * 5_000_000)',
  "500 lines of 40 kB": 'for i in range(500): print(str(i) * 10_000)',
  "a colour for each letter": 'for i in range(100): print("".join(f"\\x1b[3{k % 8}m{k % 10}" for k in range(6_000)))',
  "two streams in turn": 'import sys\nfor i in range(20_000): print(i, end=""); print(i, end="", file=sys.stderr)',
  "10,000 elements in each other": 'H("<div>" * 10_000 + "deep" + "</div>" * 10_000)',
  "a drawing of 4 MB": `S('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">' + '<circle cx="1" cy="2" r="3"/>' * 130_000 + "</svg>")`,
  "a picture of 20,000 × 20,000 points": "P(png(20_000, 20_000, 1))",
  "200 pictures": 'import os\nfor i in range(200): display(P(png(200, 100, 8, 2, b"\\0" + os.urandom(600))))',
  "an exception of 5 MB": 'raise ValueError("x y" * 1_700_000)',
  "a text of 4 MB in one element": 'H("<p>" + "some words " * 360_000)',
  "an attribute of 4 MB": `H('<p title="' + "x" * 4_000_000 + '">short</p>')`,
  "a table of 5,000 columns": 'H("<table>" + ("<tr>" + "<td>1</td>" * 5_000 + "</tr>") * 20 + "</table>")',
  "elements that are opened anew in each paragraph": 'H("".join(f"<font size={k} color=c{k}>" for k in range(500)) + "<p>x" * 5_000)',
  "an element of 50,000 attributes": 'H("<p " + " ".join(f"a{i}=1" for i in range(50_000)) + ">short</p>")',
};

/** Floods that end by Stop. */
const ENDLESS = {
  "values for ever": "i = 0\nwhile True:\n    display(i); i += 1",
  "tables for ever": "while True: display(H(table))",
  "lines for ever": 'i = 0\nwhile True:\n    print("line", i); i += 1',
  "two streams for ever": 'import sys\nwhile True: print("out"); print("err", file=sys.stderr)',
  "a progress bar for ever": 'i = 0\nwhile True:\n    print(f"\\r{i} of many", end=""); i += 1',
};

// It keeps a processor busy, as the floods do.
const CALM = `import time
for i in range(15):
    print(i)
    began = time.perf_counter()
    while time.perf_counter() - began < 0.1: pass`;

let served, browser, calm;
before(async () => {
  const notebook = (floods) => percent(HTML, CALM, ...Object.values(floods));
  served = await site({
    "t/ending.py": notebook(ENDING),
    "t/endless.py": notebook(ENDLESS),
    "t/few.py": percent(HTML, CALM, ENDING["ten of them"], ENDING["300 formulas"], ENDING["500 lines of 40 kB"], ENDING["200 pictures"]),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

// Runs in the page: how long its turns take, by timers that follow each other.
function clock() {
  const turns = { longest: 0 };
  let before = performance.now();
  const turn = () => {
    const now = performance.now();
    turns.longest = Math.max(turns.longest, now - before);
    before = now;
    setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  globalThis.turns = turns;
}

async function watchedPage(options) {
  const page = await newPage(browser, options);
  await page.addInitScript(clock);
  return page;
}

/** Waits until what is near is built. */
const built = (page) =>
  page.waitForFunction(() => !document.querySelector('[data-part="output"] [aria-busy="true"]'), undefined, { polling: 100 });

const frames = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The longest turn and the longest time between two frames while something is done. */
async function longest(page, act) {
  await frames(page);
  await page.evaluate(() => (globalThis.watched.gaps.longest = globalThis.turns.longest = 0));
  await act();
  await frames(page);
  return page.evaluate(() => ({ turn: Math.round(globalThis.turns.longest), frame: Math.round(globalThis.watched.gaps.longest) }));
}

const isTooLong = ({ turn, frame }) => turn > Math.max(GAP, SLACK * calm.turn) || frame > Math.max(2 * GAP, SLACK * calm.frame);

/** What was found of the floods, as text; those that held the page up. */
function check(context, found) {
  const words = ([name, { turn, frame }]) => `${name}: ${turn}, ${frame}`;
  context.diagnostic(`longest turn and time between frames in ms: ${Object.entries({ calm, ...found }).map(words).join("; ")}`);
  assert.deepEqual(Object.entries(found).filter(([, one]) => isTooLong(one)).map(words), []);
}

async function opened(file) {
  const page = await watchedPage();
  await open(page, served, file);
  await runCell(page, 1);
  await settle(page);
  calm = await longest(page, async () => {
    await runCell(page, 2);
    await settle(page);
  });
  return page;
}

/** What is seen of some of them once they are built. */
const SEEN = {
  "a table of 100,000 rows": /^0\n1\n2\n[^]*Here are the first \d+ kB of [\d.]+ MB.\s+Show the rest$/,
  "100,000 values": /^0\n1\n[^]*\n199\n[^]*only 200|^0\n1\n[^]*199\n[^]*200/,
  "300 formulas": /x/,
  "a line of 5 MB": /^x+/,
  "10,000 elements in each other": /./,
  "a drawing of 4 MB": /^This drawing is too large to show here: 4.\d MB of SVG.\s+Download$/,
  "a picture of 20,000 × 20,000 points": /^This picture has 20,000 × 20,000 points/,
  "an exception of 5 MB": /^ValueError: x yx y/,
  "an attribute of 4 MB": /^short$/,
  "an element of 50,000 attributes": /^short$/,
};

test("no flood that ends holds the page up, while it runs and while it is built", async (context) => {
  const page = await opened("t/ending.py");
  const found = {};
  for (const [at, name] of Object.keys(ENDING).entries()) {
    const number = at + 3;
    await cell(page, number).scrollIntoViewIfNeeded();
    found[name] = await longest(page, async () => {
      await runCell(page, number);
      await settle(page);
      await built(page);
    });
    if (SEEN[name]) assert.match((await cell(page, number).locator('[data-part="output"]').innerText()).trim().replaceAll("\n\n", "\n"), SEEN[name], name);
  }
  check(context, found);
  // What is far from the window is not built.
  const pictures = cell(page, Object.keys(ENDING).indexOf("ten of them") + 3);
  assert.ok((await pictures.locator(".value").count()) >= 8);
  assert.ok((await pictures.locator("table").count()) < 4);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a flood without end is stopped by the button and by the keyboard", async (context) => {
  const page = await opened("t/endless.py");
  const found = {};
  for (const [at, name] of Object.keys(ENDLESS).entries()) {
    const number = at + 3;
    // The one before has taken Python with it.
    await runCell(page, 1);
    await settle(page);
    await cell(page, number).scrollIntoViewIfNeeded();
    let stopping;
    found[name] = await longest(page, async () => {
      await runCell(page, number);
      await waitFor(page, number, "running");
      await page.waitForFunction((at) => document.querySelectorAll("article[data-cell]")[at - 1].querySelector('[data-part="output"]').textContent.length > 0, number);
      const stop = page.getByRole("button", { name: /^Stop/ });
      await page.evaluate(() => (globalThis.stoppedAt = performance.now()));
      if (at % 2) await stop.press("Enter");
      else await stop.click();
      await waitFor(page, number, "error");
      stopping = await page.evaluate(() => performance.now() - globalThis.stoppedAt);
      await built(page);
    });
    // The run is seen to be stopped; that the kernel is idle again is tested in kernel.test.mjs.
    assert.ok(stopping < Math.max(2_000, 40 * calm.turn), `${name}: stopped after ${Math.round(stopping)} ms`);
  }
  check(context, found);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what is stored opens again without holding the page up, in this tab, in one that follows, and on paper", async (context) => {
  const page = await opened("t/few.py");
  for (const number of [3, 4, 5, 6]) {
    await runCell(page, number);
    await settle(page);
  }
  await write(page, 2, "1");
  await saved(page);
  await holdsRecords(page, "rivulet-outputs", "outputs", 5);
  const found = {};
  const address = page.url();
  const seen = async (page) => {
    await page.waitForFunction(() => document.querySelectorAll('[data-part="output"] table').length > 0);
    for (const number of [3, 4, 5, 6]) {
      await cell(page, number).scrollIntoViewIfNeeded();
      await built(page);
    }
    await frames(page);
    return page.evaluate(() => ({ turn: Math.round(globalThis.turns.longest), frame: Math.round(globalThis.watched.gaps.longest) }));
  };
  // Starting the page itself has its own long turns: an empty notebook tells how long.
  const begin = await watchedPage({ context: page.context() });
  await begin.goto(served.url);
  await begin.waitForSelector("main");
  await begin.close();
  await page.reload();
  found["opened again"] = await seen(page);
  const second = await watchedPage({ context: page.context() });
  await second.goto(address);
  await second.waitForSelector("article[data-cell]");
  found["a tab that follows"] = await seen(second);
  await second.close();
  await page.bringToFront();
  await page.emulateMedia({ media: "print" });
  await page.waitForFunction(() => document.querySelectorAll(".katex-display").length === 300);
  assert.equal(await page.locator('[data-part="output"] .fold').count() >= 10, true);
  assert.equal(await page.locator("img.figure").count(), 200);
  check(context, found);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
