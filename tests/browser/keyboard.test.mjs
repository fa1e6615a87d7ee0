// A notebook without a mouse: keys are commands at a cell itself, letters in its text, and the keyboard is
// never lost.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, saved, settle, site, source, starting, statuses, write } from "./harness.mjs";

const TOUR = `# %%
a = 1

# %% [markdown]
# # A text

# %%
b = a + 1
b

# %%
c = b + 1
c
`;

let served, browser;
before(async () => {
  served = await site({ "t/tour.py": TOUR, "t/two.py": percent("a = 1", "b = a + 1\nb") });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

/** Where the keyboard is: `cell 2`, `text 2`, `tools 2`, or what has it. */
const at = (page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    const article = activeElement.closest("article[data-cell]");
    const number = [...document.querySelectorAll("article[data-cell]")].indexOf(article) + 1;
    if (activeElement === article) return `cell ${number}`;
    if (activeElement.closest('[data-part="editor"]')) return `text ${number}`;
    if (activeElement.closest(".cell-bar")) return `tools ${number}`;
    return activeElement.getAttribute("aria-label") ?? activeElement.textContent.trim() ?? activeElement.tagName;
  });

/** Waits until the keyboard is there. */
async function arrives(page, place) {
  for (let left = 600; (await at(page)) !== place && left > 0; left--) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(await at(page), place);
}

const sources = (page) => page.$$eval('article[data-cell]', (cells) => cells.map((cell) => cell.querySelector('[data-part="editor"], [data-part="output"]')?.innerText.replace(/^\d+$/gm, "").trim() ?? ""));

/** Presses keys one after the other, and waits until the keyboard is where it should be after each. */
async function press(page, ...steps) {
  for (const [key, place] of steps) {
    for (const stroke of key.split(" ")) await page.keyboard.press(stroke);
    await arrives(page, place);
  }
}

const counted = (page, count) => page.waitForFunction((count) => document.querySelectorAll("article[data-cell]").length === count, count);

test("cells are reached, edited, made, moved, cut, pasted, deleted and brought back by keys, and the keyboard is always at one", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/tour.py");
  // The title, the buttons and the first cell are three stops from the link that skips them.
  await press(page, ["Tab", "Go to the first cell"], ["Tab", "Notebook title"], ["Tab", "Run all"]);
  await press(page, ["ArrowRight", "Dependencies"], ["End", "Notebook actions"], ["Home", "All notebooks"], ["ArrowRight", "Run all"]);
  await press(page, ["Tab", "cell 1"], ["Tab", "cell 2"], ["Shift+Tab", "cell 1"]);
  await press(page, ["ArrowDown", "cell 2"], ["j", "cell 3"], ["k", "cell 2"], ["ArrowUp", "cell 1"], ["ArrowUp", "cell 1"]);
  // In and out of the texts, and over their ends.
  await press(page, ["Enter", "text 1"], ["ArrowDown", "cell 2"], ["ArrowDown", "cell 3"], ["Enter", "text 3"], ["ArrowUp", "cell 2"]);
  await press(page, ["Enter", "text 2"], ["Escape", "cell 2"], ["j", "cell 3"], ["Enter", "text 3"]);
  await page.keyboard.press("Control+End");
  await press(page, ["ArrowDown", "text 4"], ["ArrowDown", "text 4"], ["Escape", "cell 4"]);
  // New cells, above and below, ready to be typed in.
  await press(page, ["a", "text 4"]);
  await page.keyboard.insertText("above");
  await press(page, ["Escape", "cell 4"], ["b", "text 5"]);
  await page.keyboard.insertText("below");
  await press(page, ["Escape", "cell 5"]);
  assert.deepEqual((await sources(page)).slice(3), ["above", "below", "c = b + 1\nc"]);
  // Several at once.
  await press(page, ["Shift+ArrowUp", "cell 4"]);
  assert.equal(await page.locator("article.selected").count(), 2);
  await press(page, ["Alt+ArrowUp", "cell 3"]);
  assert.deepEqual((await sources(page)).slice(2), ["above", "below", "b = a + 1\nb", "c = b + 1\nc"]);
  await press(page, ["Alt+ArrowDown", "cell 4"], ["d d", "cell 4"]);
  await counted(page, 4);
  await page.getByText("2 cells were deleted.").waitFor();
  await press(page, ["z", "cell 4"]);
  await counted(page, 6);
  assert.deepEqual((await sources(page)).slice(2), ["b = a + 1\nb", "above", "below", "c = b + 1\nc"]);
  await press(page, ["Shift+j", "cell 5"], ["x", "cell 4"]);
  await counted(page, 4);
  await press(page, ["v", "cell 5"]);
  await counted(page, 6);
  assert.deepEqual((await sources(page)).slice(3), ["c = b + 1\nc", "above", "below"]);
  await press(page, ["d d", "cell 5"], ["d d", "cell 4"]);
  await counted(page, 4);
  // Another kind.
  await press(page, ["s", "cell 4"]);
  await page.waitForSelector('article[data-cell]:nth-of-type(4)[data-kind="sql"]');
  await press(page, ["y", "cell 4"], ["m", "cell 4"]);
  await page.waitForSelector('article[data-cell]:nth-of-type(4)[data-kind="markdown"]');
  await press(page, ["y", "cell 4"]);
  // A letter is a letter in a text, and nothing where Ctrl is held.
  await press(page, ["Enter", "text 4"], ["d d", "text 4"], ["Escape", "cell 4"], ["Control+j", "cell 4"]);
  await counted(page, 4);
  assert.match(await source(page, 4), /dd/);
  await saved(page);
  await press(page, ["Control+s", "cell 4"]);
  await page.getByText(/Everything is saved in this browser, the last change at/).waitFor();
  // All cells go; what is left to do has the keyboard's next stop.
  await press(page, ["Control+a", "cell 4"]);
  for (const stroke of ["d", "d"]) await page.keyboard.press(stroke);
  await counted(page, 0);
  await page.getByText("4 cells were deleted.").waitFor();
  await page.keyboard.press("Control+z");
  await counted(page, 4);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("cells are run by keys in both modes, and every command is found by its name", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/tour.py");
  await cell(page, 1).locator(".cm-content").click();
  await starting(page, () => page.keyboard.press("Control+Enter"));
  await arrives(page, "text 1");
  await press(page, ["Escape", "cell 1"]);
  await settle(page);
  await starting(page, () => page.keyboard.press("Control+Enter"));
  await arrives(page, "cell 1");
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "idle", "success", "success"]);
  // On through the text to the end, where a new cell is made.
  await press(page, ["Shift+Enter", "cell 2"], ["Shift+Enter", "cell 3"], ["Shift+Enter", "cell 4"], ["Shift+Enter", "text 5"]);
  await counted(page, 5);
  await settle(page);
  await page.keyboard.insertText("d = 1");
  await press(page, ["Alt+Enter", "text 6"], ["Escape", "cell 6"], ["k", "cell 5"], ["Alt+Enter", "text 6"], ["Escape", "cell 6"]);
  await counted(page, 7);
  await settle(page);
  assert.equal((await statuses(page))[4], "success");
  // All commands, with their keys.
  await page.keyboard.press("F1");
  const dialog = page.getByRole("dialog", { name: "All commands" });
  await dialog.getByRole("combobox").waitFor();
  await page.keyboard.insertText("select above");
  const option = dialog.getByRole("option", { name: "Select the cell above too" });
  await option.waitFor();
  assert.match(await option.innerText(), /Shift\+↑/);
  assert.equal(await dialog.getByRole("option").count(), 1);
  await page.keyboard.press("Enter");
  await arrives(page, "cell 5");
  assert.equal(await page.locator("article.selected").count(), 2);
  await page.keyboard.press("Control+Shift+p");
  await dialog.getByRole("combobox").waitFor();
  await page.keyboard.insertText("dependencies");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Dependencies" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "Dependencies" }).waitFor({ state: "detached" });
  await arrives(page, "cell 5");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "All keys" });
  await keys.getByText("Run cell and go on").waitFor();
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden" });
  await arrives(page, "cell 5");
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("cells are copied as text, what Jupyter copies is pasted as cells, and a new notebook is ready to type in", async () => {
  const page = await newPage(browser);
  await page.goto(`${served.url}?new`);
  await arrives(page, "text 1");
  await page.keyboard.insertText("x = 1");
  await press(page, ["Escape", "cell 1"]);
  const paste = (text) =>
    page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  const text = { cell_type: "markdown", metadata: {}, source: ["# From Jupyter"] };
  const code = { cell_type: "code", metadata: {}, source: "y = x", outputs: [], execution_count: 1 };
  await paste(JSON.stringify([text, code]));
  await arrives(page, "cell 2");
  await counted(page, 3);
  assert.deepEqual(await sources(page), ["x = 1", "From Jupyter", "y = x"]);
  const copied = await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    document.activeElement.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
    return clipboardData.getData("text/plain");
  });
  assert.match(copied, /# %% \[markdown\]\n# # From Jupyter/);
  await paste(copied);
  await counted(page, 4);
  await press(page, ["k", "cell 2"]);
  await paste(percent("first = 1", "second = 2"));
  await counted(page, 6);
  await arrives(page, "cell 3");
  assert.deepEqual((await sources(page)).slice(2, 4), ["first = 1", "second = 2"]);
  // A place above the first cell.
  await page.getByRole("button", { name: "Add text cell at the top" }).click();
  await arrives(page, "text 1");
  await counted(page, 7);
  await write(page, 1, "Top");
  // The menu leads back to its button, and what goes from under the keyboard leaves it at the next cell.
  await cell(page, 3).getByRole("button", { name: "Cell actions" }).click();
  await page.getByRole("button", { name: "Delete cell" }).click();
  await counted(page, 6);
  await arrives(page, "cell 3");
  assert.deepEqual(page.troubles, []);
  await page.close();
});
