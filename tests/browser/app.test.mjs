// A notebook as an app: its outputs without code and tools, started by the reader, and what of a cell is
// hidden from a reader.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, painted, percent, saved, settle, site, starting, statuses, waitFor } from "./harness.mjs";
import { serve } from "./server.mjs";

const TEXT = `# rivulet: title=Squares
# rivulet: layout=columns

${percent("n = 4")}
# %% [markdown]
# ## The square of {n}

# %% tags=["hide-output"]
print("a step on the way")

# %%
print("square", n * n)

# %% tags=["remove-cell"]
print("for the author only")

# %%
{}["nothing"]
`;

let served, browser, other;
before(async () => {
  served = await site({ "t/squares.py": TEXT });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
  await other?.close();
});

const shown = (page) => page.locator("article[data-cell]:visible").evaluateAll((cells) => cells.map((cell) => cell.dataset.cell));
const button = (page, name) => page.getByRole("button", { name, exact: true });

test("an app runs by one press of Start, shows outputs and failures only, and leads back to the notebook", async () => {
  const page = await newPage(browser, { acceptDownloads: true });
  await page.goto(`${served.url}?open=t/squares.py&mode=app`);
  await page.getByRole("heading", { name: "Squares" }).waitFor();
  // Nothing has run: the text is all there is.
  assert.deepEqual(await shown(page), ["c2"]);
  assert.equal(await page.locator("main").getAttribute("data-kernel"), "off");
  for (const tool of [".cm-editor", ".cell-bar", ".insert", ".chip", "input.title"]) {
    assert.equal(await page.locator(tool).count(), 0, tool);
  }
  await starting(page, () => button(page, "Start").click());
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success", "success", "success", "success", "error"]);
  for (const states of Object.values(await painted(page))) assert.deepEqual(states.slice(-3, -1), ["queued", "running"]);
  assert.deepEqual(await shown(page), ["c2", "c4", "c6"]);
  assert.match(await page.locator("main").innerText(), /The square of 4[^]*square 16[^]*KeyError/);
  assert.doesNotMatch(await page.locator("main").innerText(), /on the way|author/);
  assert.equal(await button(page, "Run").count(), 0, "nothing is stale");
  // In columns, the heading above them.
  assert.equal(await page.locator(".cells").evaluate((cells) => getComputedStyle(cells).display), "grid");

  await button(page, "Show the notebook").click();
  assert.equal(new URL(page.url()).searchParams.get("mode"), null);
  assert.equal((await shown(page)).length, 6);
  // Hidden output can be looked at.
  await cell(page, 3).getByRole("button", { name: "Show hidden output" }).click();
  assert.match(await cell(page, 3).innerText(), /a step on the way/);
  // An edit of what is hidden is undone like any other, and changes no status.
  await cell(page, 4).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, 4).getByRole("button", { name: "Hide code", exact: true }).click();
  await cell(page, 4).getByRole("button", { name: "Show hidden code" }).waitFor();
  assert.equal(await cell(page, 4).locator('[data-part="editor"]').count(), 0);
  assert.equal((await statuses(page))[3], "success");
  await saved(page);
  await button(page, "Notebook actions").click();
  await button(page, "Undo last change of cells").click();
  await cell(page, 4).locator('[data-part="editor"]').waitFor();
  await cell(page, 4).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, 4).getByRole("button", { name: "Hide code", exact: true }).click();
  await saved(page);

  // Files say it as Jupyter does.
  await button(page, "Notebook actions").click();
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Save as .ipynb").click()]);
  const file = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.deepEqual(file.cells.map((cell) => cell.metadata.tags), [
    undefined, undefined, ["hide-output"], ["hide-input"], ["remove-cell"], undefined,
  ]);

  // As an app again, with its results, and no code in between.
  await button(page, "Notebook actions").click();
  await button(page, "Show as an app").click();
  assert.equal(new URL(page.url()).searchParams.get("mode"), "app");
  await page.reload();
  await page.getByRole("heading", { name: "Squares" }).waitFor();
  await page.getByText("square 16").waitFor();
  assert.equal(await page.locator("main").getAttribute("data-kernel"), "off");
  assert.deepEqual(await shown(page), ["c2", "c4", "c6"]);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a link opens as an app, and an embedded app says how high it is", async () => {
  const page = await newPage(browser, { viewport: { width: 360, height: 700 } });
  await open(page, served, "t/squares.py");
  await button(page, "Share").click();
  await page.getByLabel("Open as an app: without its code").check();
  const link = await page.getByLabel("Link", { exact: true }).inputValue();
  assert.match(link, /\?mode=app#v1\./);
  const embed = await page.getByLabel("Embed", { exact: true }).inputValue();
  assert.match(embed, /\?embed=1&mode=app#v1\./);
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("heading", { name: "Squares" }).waitFor();
  assert.deepEqual(await shown(page), ["c2"]);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than a phone");

  other = await serve("/nowhere", {
    "host.html": `<!doctype html><script>addEventListener("message", ({ data }) => { if (data.type === "rivulet:height") frames_height = data.height; }); var frames_height = 0;</script>${embed}`,
  });
  await page.goto(`${other.url}host.html`);
  const inside = page.frameLocator("iframe");
  await inside.getByRole("heading", { name: "Squares" }).waitFor();
  await page.waitForFunction(() => globalThis.frames_height > 50);
  const before = await page.evaluate(() => globalThis.frames_height);
  assert.equal(await inside.getByRole("button", { name: "Show the notebook" }).count(), 0);
  // The browser says only after a moment that nothing lies over the page.
  const frame = page.frames().find((frame) => frame.url().startsWith(served.url));
  const start = inside.getByRole("button", { name: "Start", exact: true });
  while ((await frame.evaluate(() => document.querySelector("main").dataset.kernel)) === "off") {
    if (await start.count()) await start.click();
    await frame.evaluate(() => new Promise(requestAnimationFrame));
  }
  await page.waitForFunction((before) => globalThis.frames_height > before + 40, before);
  await page.context().close();
});
