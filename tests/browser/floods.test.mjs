// Outputs of every kind that are too much: the page stays free, Stop is heard, and what is shown is
// built slice by slice, with a fold where it is too large.
//
// How free the page is, is the longest time between two of its frames. A machine under load has long
// ones by itself: so each flood is compared with a cell that prints now and then.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cell, launch, newPage, open, percent, runCell, saved, settle, site, waitFor, write } from "./harness.mjs";

/** The longest time that the page may be busy, in milliseconds, where the machine has nothing else to do. */
const GAP = 100;
/** By how much it may be longer than with a cell that prints now and then. */
const SLACK = 3;

const HTML = `class H:
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
`;

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

const CALM = "import time\nfor i in range(15):\n    print(i)\n    time.sleep(0.1)";

let served, browser, calm;
before(async () => {
  const notebook = (floods) => percent(HTML, CALM, ...Object.values(floods));
  served = await site({ "t/ending.py": notebook(ENDING), "t/endless.py": notebook(ENDLESS), "t/one.py": percent(HTML + "H(table)", "1") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** Waits until what is near is built. */
const built = (page) =>
  page.waitForFunction(() => !document.querySelector('[data-part="output"] [aria-busy="true"]'), undefined, { polling: 100 });

const frames = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The longest time between two frames while something is done. */
async function longest(page, act) {
  await frames(page);
  await page.evaluate(() => (globalThis.watched.gaps.longest = 0));
  await act();
  await frames(page);
  return page.evaluate(() => globalThis.watched.gaps.longest);
}

const allowed = () => Math.max(GAP, SLACK * calm);

async function opened(file) {
  const page = await newPage(browser);
  await open(page, served, file);
  await runCell(page, 1);
  await settle(page);
  calm = await longest(page, async () => {
    await runCell(page, 2);
    await settle(page);
  });
  return page;
}

const failures = (found) => Object.entries(found).filter(([, gap]) => gap > allowed()).map(([name, gap]) => `${name}: ${Math.round(gap)} ms`);

test("no flood that ends holds the page up, while it runs and while it is built", async (context) => {
  const page = await opened("t/ending.py");
  const found = {};
  for (const [at, name] of Object.keys(ENDING).entries()) {
    const number = at + 3;
    if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
    await cell(page, number).scrollIntoViewIfNeeded();
    found[name] = await longest(page, async () => {
      await runCell(page, number);
      await settle(page);
      await built(page);
    });
    if (process.env.SHOT) await page.screenshot({ path: `/tmp/rv/floods/shot-${number}.png` });
    if (process.env.FLOODS) console.log("#", name, Math.round(found[name]), await page.evaluate(() => [...document.querySelectorAll("[aria-busy]")].map((e) => e.closest("article").dataset.cell + e.innerHTML.slice(0, 100))));
  }
  context.diagnostic(`calm ${Math.round(calm)} ms; ${Object.entries(found).map(([name, gap]) => `${name} ${Math.round(gap)}`).join(", ")}`);
  assert.deepEqual(failures(found), []);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
void [describe, saved, waitFor, write];
