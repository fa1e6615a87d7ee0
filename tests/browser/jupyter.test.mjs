// What people type who know Jupyter, where only the page can show that it works: outputs that are cleared
// or shown anew in their place, what comes after a cell's end, magics that later cells build on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, settle, site, waitFor } from "./harness.mjs";

const CELLS = [
  "from IPython.display import display, HTML, Markdown, clear_output\nimport asyncio, time",
  'display(HTML("<b>bold</b> and <script>globalThis.hacked = 1</script>"))\nMarkdown("*last*")',
  'for step in range(40):\n    clear_output(wait=True)\n    print("step", step)\n    print("of 40")\n    time.sleep(0.02)',
  'handle = display("begun", display_id=True)\nprint("below")\nfor n in range(300):\n    handle.update(f"{n + 1} of 300")\n    time.sleep(0.002)',
  'handle.update("from another cell")',
  'async def ticker():\n    for n in range(3):\n        await asyncio.sleep(0.1)\n        print("tick", n)\n\ntask = asyncio.create_task(ticker())\nprint("started")',
  'print("B begins")\nawait asyncio.sleep(0.6)\nprint("B ends")',
  'print("checking")\nexit()\nprint("never")',
  "%%time\ntotal = sum(range(1000))\ntotal",
  '%%capture caught\nprint("caught")',
  "%%writefile helper_module.py\ndef double(x):\n    return 2 * x",
  "import helper_module\nhelper_module.double(21)",
  'async def later():\n    await asyncio.sleep(0.3)\n    print("after the end")\n    display("shown late")\n\nlate = asyncio.create_task(later());',
  'from js import setTimeout\nfrom pyodide.ffi import create_once_callable\ndef called(): print("called by the browser")\nsetTimeout(create_once_callable(called), 200);',
  "files = !ls *.py\nfiles",
];
const PLOTS = [
  'import matplotlib.pyplot as plt\nfrom IPython.display import display, clear_output\nimport time\nfig, ax = plt.subplots(figsize=(4, 2))\nfor n in range(6):\n    ax.plot([0, n])\n    clear_output(wait=True)\n    display(fig)\n    time.sleep(0.05)',
  'import matplotlib.pyplot as plt, asyncio\nasync def draw():\n    await asyncio.sleep(0.2)\n    plt.plot([3, 1, 2])\n    plt.title("late")\n\ndrawing = asyncio.create_task(draw());',
  'import matplotlib.pyplot as plt, asyncio\nplt.bar(["a"], [1])\nawait asyncio.sleep(0.6)',
  "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nraise ValueError('typo')",
  "import matplotlib.pyplot as plt\nfor n in range(2):\n    print('round', n)\n    plt.plot([n, n + 1])\n    plt.show()\nprint('after')",
];

let served, browser;
before(async () => {
  served = await site({ "t/jupyter.py": percent(...CELLS), "t/plots.py": percent(...PLOTS) });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const output = (page, number) => cell(page, number).locator('[data-part="output"]');
/** What is far from the screen is not built. */
const near = async (page, number) => {
  await cell(page, number).scrollIntoViewIfNeeded();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
};
const text = async (page, number) => {
  await near(page, number);
  return (await output(page, number).innerText()).trim();
};
const status = (page, number) => cell(page, number).getAttribute("data-status");
const holds = (page, number, text) =>
  page.waitForFunction(
    ([at, text]) => document.querySelectorAll("article[data-cell]")[at - 1].querySelector('[data-part="output"]').textContent.includes(text),
    [number, text],
    { polling: "raf" },
  );

/** Begins to note what is painted of a cell's output, one frame after the other, each state once. */
const watchOutput = (page, number) =>
  page.evaluate((at) => {
    globalThis.frames = [];
    const look = () => {
      const box = document.querySelectorAll("article[data-cell]")[at - 1].querySelector('[data-part="output"]');
      const images = [...box.querySelectorAll("img")];
      const state = JSON.stringify({ text: box.innerText.trim(), images: images.length, height: Math.round(box.getBoundingClientRect().height) });
      if (globalThis.frames.at(-1) !== state) globalThis.frames.push(state);
      requestAnimationFrame(look);
    };
    look();
  }, number);
const frames = (page) => page.evaluate(() => globalThis.frames.map((state) => JSON.parse(state)));

test("a notebook from Jupyter: what is cleared or shown anew does not flicker, and what comes late stands in its cell", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/jupyter.py");
  await runCell(page, 1);
  await settle(page);
  await watchOutput(page, 3);
  await runCell(page, 3);
  await settle(page);
  const seen = (await frames(page)).map((one) => one.text).slice(1);
  assert.ok(seen.length > 5, `${seen.length} steps were painted`);
  for (const one of seen) assert.match(one, /^step \d+(\nof 40)?$/, "never nothing, never two steps");
  assert.equal(await text(page, 3), "step 39\nof 40");

  await runAll(page);
  await settle(page);
  await holds(page, 13, "shown late");
  await holds(page, 14, "called by the browser");
  for (let number = 1; number <= CELLS.length; number += 1) {
    assert.equal(await status(page, number), "success", `cell ${number}`);
  }
  await near(page, 2);
  assert.equal(await output(page, 2).frameLocator("iframe").locator("b").innerText(), "bold");
  assert.equal(await output(page, 2).locator("em").innerText(), "last");
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await text(page, 4), "'from another cell'\nbelow");
  assert.equal(await text(page, 5), "");
  assert.equal(await text(page, 6), "started\ntick 0\ntick 1\ntick 2");
  assert.equal(await text(page, 7), "B begins\nB ends");
  assert.equal(await text(page, 8), "checking\n[This cell stopped itself.]");
  assert.match(await text(page, 9), /^499500\nCPU times: total: .*\nWall time: /);
  assert.equal(await text(page, 10), "");
  assert.equal(await text(page, 11), "Writing helper_module.py");
  assert.equal(await text(page, 12), "42");
  assert.equal(await text(page, 13), "after the end\n'shown late'");
  assert.equal(await text(page, 14), "called by the browser");
  assert.equal(await text(page, 15), "['helper_module.py']");
  assert.equal(await cell(page, 6).getAttribute("data-stale"), "false");

  // While its task sleeps the cell runs again: nothing of the old task is shown.
  await runCell(page, 6);
  await waitFor(page, 6, "success");
  await runCell(page, 6);
  await settle(page);
  await holds(page, 6, "tick 2");
  assert.equal(await text(page, 6), "started\ntick 0\ntick 1\ntick 2");
  if (process.env.RIVULET_SHOTS) await page.screenshot({ path: `${process.env.RIVULET_SHOTS}/jupyter.png`, fullPage: true });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("figures in a loop take each other's place, and those of a task belong to the cell that made it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/plots.py");
  await watchOutput(page, 1);
  await runAll(page);
  await settle(page);
  const seen = (await frames(page)).slice(1);
  assert.ok(seen.some((one) => one.images === 1));
  const first = seen.findIndex((one) => one.images === 1 && one.height > 100);
  for (const one of seen.slice(first)) {
    assert.equal(one.images, 1, "one picture at a time");
    assert.ok(one.height > 100, `a picture that is replaced leaves no gap: ${one.height}`);
  }
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]")[1].querySelector("img"));
  for (const [at, count] of [1, 1, 1, 0, 2].entries()) {
    await near(page, at + 1);
    const hasAll = ([at, count]) => document.querySelectorAll("article[data-cell]")[at].querySelectorAll('[data-part="output"] img').length === count;
    await page.waitForFunction(hasAll, [at, count]);
  }
  assert.equal(await status(page, 4), "error");
  assert.deepEqual((await text(page, 5)).split(/\n+/), ["round 0", "round 1", "after"]);
  if (process.env.RIVULET_SHOTS) await page.screenshot({ path: `${process.env.RIVULET_SHOTS}/plots.png`, fullPage: true });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
