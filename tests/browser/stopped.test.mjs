// A page whose Rust has panicked or run out of stack says so, and does not look alive.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, saved, site, source, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({ "t/two.py": percent("a = 1", "b = a + 1") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** From now on the browser refuses Rust what it takes for granted. */
const refuse = (page, what) =>
  page.evaluate((what) => {
    // What says that the page has stopped is no part of Rust, and is called by it.
    const isRust = () => /wasm/.test(new Error().stack) && !/rivuletStop/.test(new Error().stack);
    if (what === "elements") {
      for (const [kind, name] of [[Document, "createElement"], [Node, "cloneNode"]]) {
        const real = kind.prototype[name];
        kind.prototype[name] = function (...given) {
          if (isRust()) throw new Error("refused by the test");
          return real.apply(this, given);
        };
      }
    } else {
      const real = performance.now.bind(performance);
      performance.now = () => {
        if (isRust()) throw new RangeError("Maximum call stack size exceeded");
        return real();
      };
    }
  }, what);

async function hasStopped(page) {
  const notice = page.getByRole("alert").filter({ hasText: "This page has stopped." });
  await notice.waitFor();
  assert.equal((await notice.boundingBox()).width, await page.evaluate(() => document.documentElement.clientWidth));
  assert.equal(await page.locator(".stopped").count(), 1);
  assert.equal(await page.locator('[contenteditable="true"]').count(), 0);
  const left = page.locator("button:enabled, input:enabled");
  assert.deepEqual(await left.allTextContents(), ["Reload", "Save my notebooks"], "nothing else is left");
  return notice;
}

test("a panic says until when everything is stored, makes the editors read-only, and Reload brings the notebook back", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/two.py");
  await write(page, 1, "a = 41");
  await saved(page);
  await refuse(page, "elements");
  await cell(page, 1).getByRole("button", { name: "Add Python cell below" }).click();
  const notice = await hasStopped(page);
  assert.match(await notice.textContent(), /Everything up to \d\d:\d\d:\d\d.* is stored\./);
  // Nothing that is typed looks as if it were kept.
  await cell(page, 1).locator(".cm-content").click({ force: true });
  await page.keyboard.insertText("lost");
  assert.doesNotMatch(await source(page, 1), /lost/);
  await notice.getByRole("button", { name: "Reload" }).click();
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /a = 41/);
  assert.equal(await page.locator(".stopped").count(), 0);
  await write(page, 1, "a = 42");
  await saved(page);
  await page.close();
});

test("a stack that runs out in Rust stops the page too", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/two.py");
  await refuse(page, "time");
  await page.getByRole("button", { name: "Run all" }).click();
  const notice = await hasStopped(page);
  assert.match(await notice.textContent(), /What was stored before is kept\./);
  await page.close();
});

test("an error that is not Rust's stops nothing", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/two.py");
  await page.evaluate(() => {
    setTimeout(() => {
      throw new RangeError("of a script");
    });
    Promise.reject(new Error("of an extension"));
  });
  while (page.troubles.length < 2) await page.evaluate(() => new Promise((done) => setTimeout(done)));
  assert.equal(await page.locator(".stopped").count(), 0);
  await page.close();
});

test("a notebook that stopped the page when it was opened opens without being analysed, and on request with it", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    const isOpening = () => sessionStorage.getItem("refuses") && Object.keys(sessionStorage).some((key) => key.startsWith("rivulet-opening:"));
    for (const [kind, name] of [[Document, "createElement"], [Node, "cloneNode"]]) {
      const real = kind.prototype[name];
      kind.prototype[name] = function (...given) {
        const { stack } = new Error();
        if (isOpening() && /wasm/.test(stack) && !/rivuletStop/.test(stack)) throw new Error("refused by the test");
        return real.apply(this, given);
      };
    }
  });
  await open(page, served, "t/two.py");
  await write(page, 1, "a = 41");
  await saved(page);
  await page.evaluate(() => sessionStorage.setItem("refuses", "1"));
  await page.reload();
  await hasStopped(page);
  await page.evaluate(() => sessionStorage.removeItem("refuses"));
  await page.getByRole("button", { name: "Reload" }).click();
  const notice = page.locator('[data-notice="unanalysed"]');
  await notice.waitFor();
  assert.equal(await cell(page, 2).getAttribute("data-references"), "");
  // What is edited there is kept.
  await write(page, 1, "a = 42");
  await saved(page);
  await notice.getByRole("button", { name: "Analyse it" }).click();
  await page.waitForSelector("article[data-cell]");
  await page.waitForFunction(() => document.querySelectorAll("article[data-cell]")[1]?.dataset.references === "a");
  assert.equal(await notice.count(), 0);
  assert.match(await source(page, 1), /a = 42/);
  await page.close();
});
