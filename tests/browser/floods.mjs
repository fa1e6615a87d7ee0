// Outputs that are too much, and eyes that see how free the page stays meanwhile: for floods.test.mjs and
// the benchmark.

import { newPage } from "./harness.mjs";

// Not names of the notebook: running this cell must not run the floods.
export const HTML = `import builtins
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
export const ENDING = {
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
export const ENDLESS = {
  "values for ever": "i = 0\nwhile True:\n    display(i); i += 1",
  "tables for ever": "while True: display(H(table))",
  "lines for ever": 'i = 0\nwhile True:\n    print("line", i); i += 1',
  "two streams for ever": 'import sys\nwhile True: print("out"); print("err", file=sys.stderr)',
  "a progress bar for ever": 'i = 0\nwhile True:\n    print(f"\\r{i} of many", end=""); i += 1',
};

// It keeps a processor busy, as the floods do.
export const CALM = `import time
for i in range(15):
    print(i)
    began = time.perf_counter()
    while time.perf_counter() - began < 0.1: pass`;

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

export async function watchedPage(browser, options) {
  const page = await newPage(browser, options);
  await page.addInitScript(clock);
  return page;
}

/** Waits until what is near is built. */
export const built = (page) =>
  page.waitForFunction(() => !document.querySelector('[data-part="output"] [aria-busy="true"]'), undefined, { polling: 100 });

export const frames = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The longest turn and the longest time between two frames while something is done. */
export async function longest(page, act) {
  await frames(page);
  await page.evaluate(() => (globalThis.watched.gaps.longest = globalThis.turns.longest = 0));
  await act();
  await frames(page);
  return page.evaluate(() => ({ turn: Math.round(globalThis.turns.longest), frame: Math.round(globalThis.watched.gaps.longest) }));
}
