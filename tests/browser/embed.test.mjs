// Inside of another site's page: nothing of the reader's is shown, stored or run there, but what an
// address with `?embed=1` is meant for, and that only by a press that was seen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, newPage, open, percent, saved, site, write } from "./harness.mjs";
import { serve } from "./server.mjs";

let served, other, browser;
before(async () => {
  served = await site({ "t/small.py": percent("a = 1", "b = a + 1\nprint('b is', b)", 'from urllib.request import urlopen\ntry:\n    urlopen("https://example.org/")\nexcept Exception as error:\n    print("told:", error)', "import nowherepkg") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
  await other?.close();
});

/** Opens a page of another site that shows an address of this one, with something over it. */
async function around(context, address, over = "") {
  await other?.close();
  // Another port is another site.
  other = await serve("/nowhere", { "host.html": `<!doctype html><body style="margin:0"><iframe src="${served.url}${address}" style="border:0;width:900px;height:800px"></iframe>${over}` });
  const page = await newPage(browser, { context });
  await page.addInitScript(() => {
    const real = IDBFactory.prototype.open;
    globalThis.stores = 0;
    IDBFactory.prototype.open = function (...values) {
      globalThis.stores += 1;
      return real.apply(this, values);
    };
  });
  await page.goto(`${other.url}host.html`);
  const frame = page.frameLocator("iframe");
  return { page, frame, inside: () => page.frames().find((frame) => frame.url().startsWith(served.url)) };
}

test("an address that is not meant for it shows only a way to a tab of its own", async () => {
  const context = await browser.newContext();
  const own = await newPage(browser, { context });
  await open(own, served, "t/small.py");
  await write(own, 1, "a = 20");
  await saved(own);
  const key = new URL(own.url()).search;
  await own.close();
  for (const address of ["", key, "?open=t/small.py", `${key}&embed=1`, "?embed=1"]) {
    const { page, frame, inside } = await around(context, address);
    const link = frame.getByRole("link", { name: "Open in its own tab" });
    await link.waitFor();
    assert.equal(await frame.locator("article").count(), 0, address);
    assert.equal(await frame.getByRole("button").count(), 0, address);
    assert.equal(await frame.getByText("Small").count(), 0, address);
    assert.equal(await inside().evaluate(() => globalThis.stores), 0, address);
    assert.equal(new URL(await link.getAttribute("href")).searchParams.has("embed"), false);
    await page.close();
  }
  // The same address in a tab of its own.
  const tab = await newPage(browser, { context });
  await tab.goto(`${served.url}${key}`);
  await tab.waitForSelector("article[data-cell]");
  await context.close();
});

test("an embedded notebook runs by a press that was seen, and stores nothing", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const { page, frame, inside } = await around(context, "?open=t/small.py&embed=1");
  await frame.getByText("nothing that you change here is kept").waitFor();
  assert.equal(await inside().evaluate(() => document.querySelector("main").dataset.kernel), "off");
  const run = frame.getByRole("button", { name: "Run all" });
  // The browser says only after a moment that nothing lies over the page.
  const ran = frame.getByText("b is 2");
  for (let tries = 0; !(await ran.count()) && tries < 600; tries++) {
    if ((await inside().evaluate(() => document.querySelector("main").dataset.kernel)) === "off") await run.click();
    await inside().evaluate(() => new Promise(requestAnimationFrame));
  }
  await ran.waitFor();
  // Nobody is asked for leave there: what surrounds the question could be anything.
  const told = "Inside of another page a notebook reads no other sites and brings no packages from elsewhere. Open it in its own tab to allow that.";
  await frame.getByText(`told: <urlopen error ${told}>`).waitFor();
  await frame.getByText(`The package nowherepkg could not be brought. ${told}`).first().waitFor();
  assert.equal(await frame.getByRole("group", { name: /asks for your leave/ }).count(), 0);
  await frame.locator(".cm-content").first().click();
  await page.keyboard.insertText("#");
  assert.equal(await inside().evaluate(() => globalThis.stores), 0);
  assert.equal(await frame.locator('[data-trouble="saved"]').count(), 0);
  await context.close();
});

test("what lies over an embedded notebook takes the press away, however faint it is", async () => {
  for (const over of [
    '<div style="position:fixed;inset:0;background:#fff;opacity:.9;pointer-events:none"></div>',
    '<div style="position:fixed;left:0;top:0;width:900px;height:300px;background:#fff;opacity:.01;pointer-events:none">Win a prize</div>',
    "<style>iframe { opacity: .05 }</style>",
  ]) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
    const { frame, inside } = await around(context, "?open=t/small.py&embed=1", over);
    const frames = async (count) => {
      for (; count > 0; count--) await inside().evaluate(() => new Promise(requestAnimationFrame));
    };
    const refused = frame.getByText("something lies over this notebook");
    // The browser itself drops a press on another site's frame that has just come.
    while ((await refused.count()) === 0) {
      await frame.getByRole("button", { name: "Run all" }).click();
      await frames(10);
    }
    // Nor later, when the browser has said how it is.
    await frames(30);
    await frame.getByRole("button", { name: "Run all" }).click();
    await frames(10);
    assert.equal(await inside().evaluate(() => document.querySelector("main").dataset.kernel), "off", over);
    await context.close();
  }
});
