// input() and getpass() ask in the cell that runs, and wait there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, settle, site, statuses, waitFor } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "t/input.py": percent(
      "def ask(question):\n    return input(question)",
      "name = ask('Your name? ')\nnumbers = [int(input(f'Number {at}: ')) for at in (1, 2)]\nprint(f'{name}: {sum(numbers)}')",
      "print(name * 2)",
      "import asyncio, getpass\nawait asyncio.sleep(0)\nsecret = getpass.getpass('Password: ')\nprint(len(secret), input())",
    ),
    "t/waits.py": percent(
      "before = 1",
      "print('first')\nanswer = input('A menu\\n1 tea\\n2 coffee\\nChoose: ')",
      "print('later', answer)",
      "import time\ntime.sleep(60)",
    ),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const field = (page, name) => page.getByRole("textbox", { name, exact: true });
const stdout = (page, number) => cell(page, number).locator('[data-part="stdout"]').allTextContents().then((texts) => texts.join(""));

test("a cell asks line after line, the answers stand in its output, and a password does not", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/input.py");
  await runAll(page);
  const first = field(page, "Your name?");
  await first.waitFor();
  assert.equal(await cell(page, 2).getByRole("group", { name: "Cell 2 waits for input" }).count(), 1);
  assert.equal(await cell(page, 2).locator('[data-part="status"] .word').textContent(), "running, waits for input");
  // Nothing else runs meanwhile, and who is elsewhere is left there.
  assert.deepEqual(await statuses(page), ["success", "running", "queued", "queued"]);
  assert.equal(await first.evaluate((input) => input === document.activeElement), false);
  await page.getByRole("status").filter({ hasText: "Cell 2 waits for input: Your name?" }).waitFor({ state: "attached" });
  await first.click();
  await page.keyboard.type("Ada");
  await page.keyboard.press("Enter");
  // The keyboard is in the cell, and finds the next field there.
  for (const [at, number] of [[1, "4"], [2, "38"]]) {
    await field(page, `Number ${at}:`).and(page.locator(":focus")).waitFor();
    await page.keyboard.type(number);
    await page.keyboard.press("Enter");
  }
  const password = page.getByLabel("Password:");
  await password.waitFor();
  assert.equal(await stdout(page, 2), "Your name? Ada\nNumber 1: 4\nNumber 2: 38\nAda: 42");
  assert.equal(await stdout(page, 3), "AdaAda");
  assert.equal(await password.getAttribute("type"), "password");
  await password.fill("secret");
  await page.keyboard.press("Enter");
  const last = field(page, "Input");
  await last.waitFor();
  await last.fill("done");
  await cell(page, 4).getByRole("button", { name: "Enter", exact: true }).click();
  await settle(page);
  assert.deepEqual(await statuses(page), Array(4).fill("success"));
  assert.equal(await stdout(page, 4), "Password: \ndone\n6 done");
  assert.equal(await page.getByRole("textbox", { name: "Input" }).count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("Stop ends a question and a nap, a tab that follows shows that the cell waits, and a reload interrupts it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/waits.py");
  await runAll(page);
  await field(page, "Choose:").waitFor();
  assert.equal(await stdout(page, 2), "first\nA menu\n1 tea\n2 coffee");
  await page.getByRole("button", { name: /^Stop/ }).click();
  await waitFor(page, 2, "error");
  assert.equal(await field(page, "Choose:").count(), 0);
  assert.match(await cell(page, 2).locator('[data-part="status"]').textContent(), /stopped/);
  await settle(page);

  // Once more: the answer goes to the new run.
  await runCell(page, 3);
  const again = field(page, "Choose:");
  await again.waitFor();
  await again.fill("2");
  await page.keyboard.press("Enter");
  await settle(page);
  assert.equal(await stdout(page, 3), "later 2");
  await runCell(page, 4);
  await waitFor(page, 4, "running");
  await page.getByRole("button", { name: /^Stop/ }).click();
  await waitFor(page, 4, "error");
  await settle(page);

  // An edit makes it a stored notebook, which another tab can follow.
  await page.getByRole("button", { name: "Add Python cell below" }).last().click();
  await page.keyboard.type("1");
  await page.waitForSelector('[data-saved="Saved"]');
  await runCell(page, 2);
  await field(page, "Choose:").waitFor();
  const follower = await newPage(browser, { context: page.context() });
  await follower.goto(page.url());
  await follower.waitForFunction(() => document.querySelectorAll('article[data-status="running"] .status .word')[0]?.textContent === "running, waits for input", undefined, { polling: 100 });
  assert.equal(await follower.locator('[data-part="input"]').count(), 0);
  await follower.close();
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await cell(page, 2).getByText("was running when the page closed").waitFor();
  assert.equal(await page.locator('[data-part="input"]').count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

