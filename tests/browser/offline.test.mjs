// After the first visit the site is on the device: it opens and runs without a network.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, settle, site, statuses, waitFor } from "./harness.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Waits until every file of these that the page has fetched is kept on the device. */
const kept = (page, pattern) =>
  page.waitForFunction(
    async (pattern) => {
      const wanted = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => new RegExp(pattern).test(name));
      const found = await Promise.all(wanted.map((url) => caches.match(url)));
      return wanted.length > 0 && found.every(Boolean) && Boolean(await caches.match("./"));
    },
    pattern,
    { polling: 200 },
  );

test("a notebook with matplotlib opens and runs again without a network", async () => {
  const served = await site();
  const page = await newPage(browser);
  await open(page, served, "notebooks/matplotlib.py");
  await runAll(page);
  await settle(page);
  await kept(page, "pyodide/|packages/|kernel/");
  await served.close();

  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runAll(page);
  await settle(page);
  assert.ok((await statuses(page)).includes("success"));
  await page.waitForSelector("img.figure");
  assert.ok(await page.$eval("img.figure", (image) => image.decode().then(() => image.naturalWidth > 100)));
  await page.goto(served.url);
  await page.getByRole("link", { name: /A tour in five minutes/ }).waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("prepared for offline, a notebook runs for the first time without a network", async () => {
  const served = await site({ "t/np.py": percent("import numpy as np\nint(np.arange(7).sum())", "import altair as alt\nalt.Chart(alt.Data(values=[{'x': 1}])).mark_point().encode(x='x:Q')") });
  const page = await newPage(browser);
  await open(page, served, "t/np.py");
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "Prepare for offline" }).click();
  await page.getByText("Ready for offline").waitFor();
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await served.close();
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 1);
  await waitFor(page, 1, "success");
  await settle(page);
  assert.match(await cell(page, 1).locator('[data-part="output"]').textContent(), /21/);
  // What draws its charts is there, too.
  await runCell(page, 2);
  await waitFor(page, 2, "success");
  await cell(page, 2).locator(".frame-output.is-alive").waitFor();
  await page.context().close();
});

test("it can be installed", async () => {
  const served = await site();
  const page = await newPage(browser);
  await page.goto(served.url);
  const control = await page.context().newCDPSession(page);
  const { url, errors, data } = await control.send("Page.getAppManifest");
  assert.match(url, /manifest\.webmanifest$/);
  assert.deepEqual(errors, []);
  for (const { src, sizes } of JSON.parse(data).icons) {
    const size = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    assert.equal(size, sizes);
  }
  await page.context().close();
  await served.close();
});

test("a folder of someone's notebooks is listed by title", () => {
  const folder = mkdtempSync(join(tmpdir(), "rivulet-site-"));
  try {
    writeFileSync(join(folder, "10-last.md"), "# The last one\n");
    writeFileSync(join(folder, "2-first.py"), "# rivulet: title=The first one\n\n# %%\nx = 1\n");
    writeFileSync(join(folder, "3.ipynb"), JSON.stringify({ cells: [{ cell_type: "markdown", source: ["# Third\n", "text"] }] }));
    writeFileSync(join(folder, "data.csv"), "a,b\n");
    const code = `import { lessonsOf } from "./setup/lessons.mjs"; console.log(JSON.stringify(lessonsOf(process.argv[1])));`;
    const told = execFileSync(process.execPath, ["--input-type=module", "-e", code, folder], { encoding: "utf8" });
    assert.deepEqual(JSON.parse(told).map(({ file, title }) => [file, title]), [
      ["2-first.py", "The first one"],
      ["3.ipynb", "Third"],
      ["10-last.md", "The last one"],
    ]);
    assert.ok(readFileSync(join(folder, "data.csv")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
