// Text that is nested too deeply stops nothing. The engine's readers are tried in WebAssembly in a
// browser, whose stack is the smallest, with two fifths of it taken by something else; the page is
// tried with what people could open.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runCell, saved, site, waitFor, write } from "./harness.mjs";

const FAR = 20_000;
const built = (name) => fileURLToPath(new URL(`../../target/depth_in_wasm/${name}`, import.meta.url));

/** Twenty thousand lines that are one expression. */
const SUM = `y = ${"1 + \\\n".repeat(FAR)}1`;

let served, browser;
before(async () => {
  served = await site({
    "depth/index.html": "<!doctype html><title>depth</title>",
    "depth/depth_in_wasm.js": { file: built("depth_in_wasm.js") },
    "depth/depth_in_wasm_bg.wasm": { file: built("depth_in_wasm_bg.wasm") },
    "t/deep.py": percent("x = 1", SUM, "z = x + 1\nprint('z is', z)"),
    "t/brackets.py": percent(`a = ${"[".repeat(FAR)}${"]".repeat(FAR)}`, `b = ${"not ".repeat(FAR)}1`, `c = ${"f'{".repeat(FAR)}`, "d = 4"),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

// Runs in the page: reads every form of a reader, and gives what went wrong and the greatest depths that
// were not refused.
async function tryForms([reader, far]) {
  const library = await import("./depth_in_wasm.js");
  await library.default();
  const kind = library.Reader[reader];
  const refusals = [library.refusal()];
  const names = library.forms(kind);
  const dive = (left, act) => (left > 0 ? dive(left - 1, act) : act());
  const isRoomFor = (count) => {
    try {
      dive(count, () => {});
      return true;
    } catch {
      return false;
    }
  };
  // Two fifths of the frames that the stack takes, to a thousand.
  let frames = 1000;
  while (isRoomFor(2.5 * (frames + 1000))) frames += 1000;
  const depths = {};
  for (const [at, name] of names.entries()) {
    const isRead = (times) => {
      try {
        const text = library.text(kind, at, times);
        return !refusals.includes(dive(frames, () => library.read(kind, name, text, 64)));
      } catch (error) {
        throw new Error(`${reader}: ${name}, ${times} deep: ${error}`);
      }
    };
    let least = 1;
    let most = 2;
    while (most < far && isRead(most)) {
      least = most;
      most *= 2;
    }
    if (most >= far && isRead(far)) {
      depths[name] = far;
      continue;
    }
    isRead(far);
    while (most - least > 1) {
      const middle = Math.floor((least + most) / 2);
      if (isRead(middle)) least = middle;
      else most = middle;
    }
    depths[name] = least;
  }
  return depths;
}

for (const [reader, floors] of [
  ["Python", { parentheses: 200, lists: 200, "calls in calls": 140, sum: 1_000, "attribute chain": 1_000, elif: FAR, "a long list": FAR, "many lines": FAR, "f-strings in one another": 100, "if in if": 90, "brackets in strings": FAR, "strings side by side": FAR }],
  ["Sql", { brackets: 140, union: FAR, sum: FAR }],
  ["Markdown", { "lists in lists": FAR, "emphasis in emphasis": FAR }],
  ["File", { "lines.py": FAR, "lists.md": FAR }],
]) {
  test(`${reader}: every form that nests is read or refused at any depth, and nothing is refused needlessly`, async () => {
    assert.ok(existsSync(built("depth_in_wasm_bg.wasm")), "make test builds it first");
    const page = await newPage(browser);
    await page.goto(`${served.url}depth/index.html`);
    const depths = await page.evaluate(tryForms, [reader, FAR]);
    for (const [name, floor] of Object.entries(floors)) assert.ok(depths[name] >= floor, `${name}: ${depths[name]}`);
    await page.close();
  });
}

test("a cell that is nested too deeply says so, and everything else works", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/deep.py");
  assert.equal(await page.locator("article[data-cell]").count(), 3);
  await cell(page, 2).getByText("This cell is nested too deeply to be analysed").first().waitFor();
  // The others run and are edited.
  await runCell(page, 3);
  await waitFor(page, 3, "success");
  await write(page, 1, "x = 41");
  await runCell(page, 1);
  await cell(page, 3).getByText("z is 42").waitFor();
  // So is it itself, and it opens again from the store.
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await cell(page, 2).getByText("This cell is nested too deeply to be analysed").first().waitFor();
  await write(page, 2, "y = x + 2");
  await runCell(page, 2);
  await waitFor(page, 2, "success");
  assert.equal(await page.locator(".stopped").count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("cells of brackets, words and f-strings without end are opened, and one of them is deleted and brought back", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/brackets.py");
  assert.equal(await page.locator("article[data-cell]").count(), 4);
  await cell(page, 1).getByRole("button", { name: "Cell actions" }).click();
  await cell(page, 1).getByRole("button", { name: "Delete cell" }).click();
  assert.equal(await page.locator("article[data-cell]").count(), 3);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await page.locator("article[data-cell]").count(), 4);
  await runCell(page, 4);
  await waitFor(page, 4, "success");
  assert.deepEqual(page.troubles, []);
  await page.close();
});
