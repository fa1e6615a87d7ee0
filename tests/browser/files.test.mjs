// Files: kept with a notebook, beside a lesson on its site, made by cells.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, saved, settle, site, statuses, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "notebooks/week/lesson.py": percent(
      "import csv\nwith open('data/table.csv') as lines:\n    rows = list(csv.reader(lines))\nrows",
      "from pathlib import Path\nprint(Path('late/note.txt').read_text())\ntry:\n    open('data/none.csv')\nexcept FileNotFoundError as error:\n    print(error)",
      "ATTACH = 'not a file.csv'",
    ),
    "notebooks/week/data/table.csv": "a,b\n1,2\n",
    "notebooks/week/late/note.txt": "added later",
    // As `make build SITE=` writes it; what was put there later is not in it.
    "notebooks/files.json": JSON.stringify({ "week/lesson.py": 100, "week/data/table.csv": 8 }),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const shown = (page, number) => cell(page, number).locator('[data-part="output"]').textContent();
const panel = (page) => page.getByRole("complementary", { name: "Files" });
const row = (page, name) => panel(page).locator(`[data-file="${name}"]`);
async function openFiles(page) {
  await page.getByRole("button", { name: "Notebook actions" }).click();
  await page.getByRole("button", { name: "Files", exact: true }).click();
}
async function act(page, name, action) {
  await row(page, name).getByRole("button", { name: "File actions" }).click();
  await row(page, name).getByRole("button", { name: action, exact: true }).click();
}
async function give(page, ...files) {
  const chosen = page.waitForEvent("filechooser");
  await panel(page).getByRole("button", { name: "Add files" }).click();
  await (await chosen).setFiles(files);
}
const file = (name, text) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });

test("the files of a lesson that a cell names are there before it runs, and open() finds those that no list has", async () => {
  const page = await newPage(browser);
  await open(page, served, "notebooks/week/lesson.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), Array(3).fill("success"));
  assert.match(await shown(page, 1), /\['a', 'b'\], \['1', '2'\]/);
  assert.equal(await shown(page, 2), "added later\n[Errno 44] No such file or directory: 'data/none.csv'");
  const asked = served.requests.map(({ path }) => path).filter((path) => /\.(csv|txt)$/.test(path));
  assert.deepEqual([...new Set(asked.map((path) => path.split("/week/")[1]))], ["data/table.csv", "late/note.txt", "data/none.csv"]);
  // The copy of the lesson knows where it is from, also after a reload.
  await write(page, 3, "open('data/table.csv').read()");
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 3);
  await settle(page);
  assert.match(await shown(page, 3), /a,b\\n1,2/);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("files are kept with the notebook over a reload, can be renamed, handed out and deleted, and what cells make can be kept", async () => {
  const page = await newPage(browser);
  await page.goto(`${served.url}?new`);
  await write(page, 1, "import os\nprint(sorted(os.listdir()))\nopen('made.txt', 'w').write('by a cell' * 1_000_000)\nprint(open('one.csv').read())");
  await openFiles(page);
  await give(page, file("one.csv", "x\n1\n"), file("two?.csv", "y\n2\n"));
  await row(page, "two-.csv").waitFor();
  await page.getByText("kept with this notebook", { exact: false }).waitFor();
  await runCell(page, 1);
  await settle(page);
  assert.match(await shown(page, 1), /\['one.csv', 'two-.csv'\]\nx\n1/);
  await row(page, "made.txt").getByRole("button", { name: "Keep: made.txt" }).click();
  await panel(page).getByRole("list", { name: "Kept with the notebook" }).locator('[data-file="made.txt"]').waitFor();
  assert.match(await row(page, "made.txt").locator(".size").textContent(), /9.0 MB/);

  await act(page, "two-.csv", "Rename");
  await panel(page).getByRole("textbox", { name: "New name" }).fill("second.csv");
  await page.keyboard.press("Enter");
  await row(page, "second.csv").waitFor();
  const handed = page.waitForEvent("download");
  await act(page, "second.csv", "Download");
  const download = await handed;
  assert.equal(download.suggestedFilename(), "second.csv");
  assert.equal(await readFile(await download.path(), "utf8"), "y\n2\n");
  await act(page, "one.csv", "Delete");
  await row(page, "one.csv").waitFor({ state: "detached" });
  await runCell(page, 1);
  await settle(page);
  assert.match(await shown(page, 1), /\['made.txt', 'second.csv'\].*FileNotFoundError/s);
  // A kept file that a cell has changed is said to be another.
  await write(page, 1, "import os\nprint(sorted(os.listdir()))\nwith open('second.csv', 'a') as more:\n    more.write('3\\n')");
  await saved(page);

  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 1);
  await settle(page);
  assert.equal(await shown(page, 1), "['made.txt', 'second.csv']");
  await openFiles(page);
  await row(page, "second.csv").getByRole("button", { name: "Keep the change: second.csv" }).click();
  await row(page, "second.csv").getByRole("button", { name: /Keep the change/ }).waitFor({ state: "detached" });
  const again = page.waitForEvent("download");
  await act(page, "second.csv", "Download");
  assert.equal(await readFile(await (await again).path(), "utf8"), "y\n2\n3\n");

  // What is dropped on the page, and a picture that is pasted, are files as well.
  const drop = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["dropped"], "dropped.txt"));
    return data;
  });
  await page.dispatchEvent("article[data-cell] .cm-content", "drop", { dataTransfer: drop });
  await row(page, "dropped.txt").waitFor();
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array([137, 80, 78, 71])], "image.png", { type: "image/png" }));
    document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await row(page, "image.png").waitFor();
  // A link does not carry them, and says so.
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByText("The link does not carry the files of this notebook (dropped.txt, image.png, made.txt, second.csv)").waitFor();
  await page.keyboard.press("Escape");
  // Too much is said, and loses nothing.
  await give(page, file("large.bin", Buffer.alloc(50_000_001)));
  await page.getByText("larger than 50 MB", { exact: false }).waitFor();
  assert.equal(await row(page, "large.bin").count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("files go with a .zip and a .html, each saved in the same page, and Python reads them in another browser", async () => {
  const page = await newPage(browser);
  await page.goto(`${served.url}?new`);
  await page.waitForSelector("article[data-cell]");
  await write(page, 1, "print(open('data.csv').read())");
  await saved(page);
  await openFiles(page);
  await give(page, file("data.csv", "a,b\n1,2"));
  await row(page, "data.csv").waitFor();
  const save = async (name) => {
    await page.getByRole("button", { name: "Notebook actions" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return { name: download.suggestedFilename(), mimeType: "application/octet-stream", buffer: await readFile(await download.path()) };
  };
  const files = [await save("Save as .zip, with its files"), await save("Save as .html"), await save("Save as .zip, with its files")];
  assert.deepEqual(files.map(({ name }) => name.split(".").pop()), ["zip", "html", "zip"]);
  for (const one of files.slice(0, 2)) {
    const other = await newPage(browser);
    await other.goto(served.url);
    await other.getByLabel("Notebook files").setInputFiles(one);
    await other.waitForSelector("article[data-cell]");
    await runCell(other, 1);
    await settle(other);
    assert.equal(await shown(other, 1), "a,b\n1,2", one.name);
    await openFiles(other);
    await row(other, "data.csv").waitFor();
    assert.deepEqual(other.troubles, []);
    await other.context().close();
  }
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
