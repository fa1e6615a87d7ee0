// Forty notebooks as people write them elsewhere open here, run to their ends, and show what they should,
// with nothing but the site.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NOTEBOOKS, ipynb } from "./everyday.mjs";
import { launch, newPage, open, runAll, settle, site } from "./harness.mjs";

let browser, served, context;
const fileOf = ({ file }, at) => `t/${at}.${file ?? "ipynb"}`;
before(async () => {
  browser = await launch();
  served = await site(Object.fromEntries(NOTEBOOKS.map((notebook, at) => [fileOf(notebook, at), notebook.source ?? ipynb(notebook)])));
  // One reader: what was fetched for one notebook is there for the next.
  const page = await newPage(browser);
  context = page.context();
});
after(async () => (await browser?.close(), await served?.close()));

/** Types the answers that the cells ask for, one after the other. */
async function answer(page, answers) {
  for (const words of answers) {
    const field = page.locator('[data-part="input"] input');
    await field.waitFor();
    await field.fill(words);
    await field.press("Enter");
    await page.waitForFunction((words) => document.querySelector('[data-part="input"] input')?.value !== words, words);
  }
}

describe("a notebook about", { concurrency: 2 }, () => {
  for (const [at, notebook] of NOTEBOOKS.entries()) {
    test(notebook.title, async () => {
      const page = await newPage(browser, { context });
      await open(page, served, fileOf(notebook, at));
      await runAll(page);
      if (notebook.answers) await answer(page, notebook.answers);
      await settle(page);
      const found = await page.evaluate(() => ({
        // Text without values does not run.
        statuses: [...document.querySelectorAll("article[data-cell]")].map(({ dataset }) => (dataset.kind === "markdown" && dataset.status === "idle" ? "text" : dataset.status)),
        output: [...document.querySelectorAll('[data-part="output"]')].map((output) => output.innerText).join("\n"),
        pictures: document.querySelectorAll('[data-part="output"] img').length,
      }));
      const failed = found.statuses.filter((status) => !/^(success|text)$/.test(status));
      assert.deepEqual(failed, [], found.output);
      assert.match(found.output, notebook.shows);
      assert.equal(found.pictures, notebook.pictures ?? found.pictures);
      assert.deepEqual(page.troubles, []);
      await page.close();
    });
  }
});

test("there are forty of them", () => assert.equal(NOTEBOOKS.length, 40));
