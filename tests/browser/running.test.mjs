// The heart of the product: whatever runs is painted as running before it is painted as done.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, logLength, newPage, open, painted, percent, runAll, runCell, settle, site, statuses, waitFor, write } from "./harness.mjs";

const chain = (count) =>
  percent(
    "v0 = 1",
    ...Array.from({ length: count - 1 }, (_, at) =>
      at % 50 === 25 ? `import time as _time\n_time.sleep(0.02)\nv${at + 1} = v${at} + 1` : `v${at + 1} = v${at} + 1`,
    ),
  );

let served, browser;
before(async () => {
  served = await site({
    "t/abc.py": percent("import time\ntime.sleep(2)\na = 1", "b = a + 1\nb", "c = a + 2\nc"),
    "t/chain100.py": chain(100),
    "t/chain1000.py": chain(1000),
    "t/screen.py": percent("import time\nv0 = 1", ...[1, 2, 3, 4, 5].map((at) => `time.sleep(0.25)\nv${at} = v${at - 1} + 1`)),
    "t/middle.py": percent("a = 1", "b = a / 0", "c = b", "d = c", "e = a + 1"),
    "t/loop.py": percent("a = 20", "b = a + 1", "while True: pass", "b + 1"),
    "t/halt.py": percent("n = 0\nwhile True:\n    n += 1", "print(n)"),
    "t/exit.py": percent("a = 1", "import os\nos._exit(1)", "a + 1"),
    "t/prints.py": percent("for i in range(1_000_000):\n    print(i)", "x = 1"),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

async function opened(file) {
  const page = await newPage(browser);
  await open(page, served, file);
  return page;
}

test("dependents of a slow cell wait, and each is painted as running before it is done", async () => {
  const page = await opened("t/abc.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success", "success"]);
  const from = await logLength(page);
  // What the click's own frame has painted is seen at the begin of the next one.
  await page.evaluate(() => {
    const look = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
    document.querySelector('[aria-label="Run cell"]').addEventListener("click", () =>
      look(() => {
        globalThis.first = [...document.querySelectorAll("article")].map((cell) => cell.dataset.status);
      }),
    );
  });
  await runCell(page, 1);
  await waitFor(page, 1, "running");
  assert.ok((await page.evaluate(() => globalThis.first)).every((status) => ["queued", "running"].includes(status)));
  // Typing into a running cell leaves it running.
  await cell(page, 1).locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.insertText(" + 0");
  await settle(page);
  const seen = await painted(page, from);
  for (const id of ["c1", "c2", "c3"]) assert.deepEqual(seen[id], ["queued", "running", "success"], id);
  // All the while that Python slept, by Python's clock, the pictures showed the first cell as running and
  // the others as waiting.
  const word = await cell(page, 1).locator('[data-part="status"]').textContent();
  assert.ok(Number.parseFloat(word) >= 2 && /\d s/.test(word), word);
  const order = await page.evaluate((from) => globalThis.watched.log.slice(from).map(({ cell, status }) => `${cell} ${status}`), from);
  const at = (entry) => order.indexOf(entry);
  for (const id of ["c2", "c3"]) {
    assert.ok(at(`${id} queued`) < at("c1 running"), order.join(", "));
    assert.ok(at("c1 success") < at(`${id} running`), order.join(", "));
  }
  assert.equal(await cell(page, 1).getAttribute("data-stale"), "true", "and is stale, since it was typed in");
  assert.deepEqual(page.troubles, []);
  await page.close();
});

for (const count of [100, 1000]) {
  test(`a chain of ${count} cells paints every state of every cell, in order`, async () => {
    const page = await opened(`t/chain${count}.py`);
    await runAll(page);
    await settle(page);
    for (const again of [1, 2]) {
      const from = await logLength(page);
      await runCell(page, 1);
      await waitFor(page, 1, "success");
      await settle(page);
      const seen = await painted(page, from);
      assert.equal(Object.keys(seen).length, count);
      for (const [id, states] of Object.entries(seen)) {
        assert.deepEqual(states, ["queued", "running", "success"], `${id}, time ${again}`);
      }
    }
    const marks = await page.evaluate(() =>
      performance.getEntriesByType("mark").filter((mark) => mark.name.endsWith(":running") && mark.detail.run > 0).length,
    );
    assert.ok(marks >= 3 * count, `${marks} marks of running`);
    await page.close();
  });
}

test("what is on the screen shows the states too", async () => {
  const page = await opened("t/screen.py");
  await runAll(page);
  await settle(page);
  await calm(page);
  const rails = await page.$$eval(".rail", (rails) =>
    rails.map((rail) => rail.getBoundingClientRect()).map(({ left, top, width }) => ({ x: left + width / 2, y: top + 12 })),
  );
  // A busy machine leaves out pictures, so the cells here take a few of them and run until all were seen;
  // the order is right each time. That a state of a single frame is painted too is seen in the log of the
  // frames above.
  const all = ["success", "queued", "running", "success"];
  // The first cell takes one frame, which no picture may show.
  const unseen = new Set(rails.keys());
  unseen.delete(0);
  for (let tries = 0; unseen.size > 0 && tries < 10; tries++) {
    const frames = await pictures(page, () => runCell(page, 1));
    const seen = await page.evaluate(statesInPictures, { frames, rails });
    for (const [at, states] of seen.entries()) {
      assert.ok(isPartOf(states, all), `cell ${at + 1}: ${states.join(", ")}`);
      if (states.length === all.length) unseen.delete(at);
    }
  }
  assert.deepEqual([...unseen], [], "each state of each cell was on the screen");
  await page.close();
});

/** Waits until nothing moves: the cell that ran last glows for a moment. */
const calm = (page) => page.evaluate(() => Promise.all(document.getAnimations({ subtree: true }).map((one) => one.finished)));

/** Whether these are some of the others, in their order. */
function isPartOf(some, others) {
  const left = [...others];
  return some.every((one) => {
    const at = left.indexOf(one);
    return at >= 0 && left.splice(0, at + 1);
  });
}

/** The pictures of the screen while cells run, from before to after. */
async function pictures(page, act) {
  const session = await page.context().newCDPSession(page);
  const frames = [];
  session.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
    frames.push({ at: metadata.timestamp, data });
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => {});
  });
  await session.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  // The first picture shows the page as it was.
  while (frames.length === 0) await page.evaluate(() => new Promise(requestAnimationFrame));
  await act();
  await settle(page);
  await calm(page);
  await session.send("Page.stopScreencast");
  await session.detach();
  const last = { at: Infinity, data: (await page.screenshot()).toString("base64") };
  // They come as they are ready, not always in their order.
  return [...frames, last].toSorted((one, other) => one.at - other.at);
}

// Runs in the page: the states of cells in a row of pictures, by the colours of their rails.
async function statesInPictures({ frames, rails }) {
  const drawing = (width, height) => Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
  const style = getComputedStyle(document.documentElement);
  const known = ["success", "running", "queued"].map((status) => {
    const one = drawing(1, 1);
    one.fillStyle = style.getPropertyValue(`--${status}`);
    one.fillRect(0, 0, 1, 1);
    return [status, one.getImageData(0, 0, 1, 1).data];
  });
  const seen = rails.map(() => []);
  for (const { data } of frames) {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const picture = drawing(image.width, image.height);
    picture.drawImage(image, 0, 0);
    const scale = image.width / innerWidth;
    for (const [at, { x, y }] of rails.entries()) {
      const column = picture.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 14).data;
      for (let from = 0; from < column.length; from += 4) {
        const found = known.find(([, colour]) => [0, 1, 2].every((part) => Math.abs(colour[part] - column[from + part]) < 12));
        if (found && seen[at].at(-1) !== found[0]) seen[at].push(found[0]);
        if (found) break;
      }
    }
  }
  return seen;
}

test("a cascade goes on while the page is hidden, and is current when it shows again", async () => {
  const page = await opened("t/abc.py");
  await runAll(page);
  await settle(page);
  await runCell(page, 1);
  await waitFor(page, 1, "running");
  // The driver of this browser keeps pages visible, so the page is told what a hidden one is told:
  // it is hidden, and no frame comes.
  await page.evaluate(() => {
    globalThis.frame = globalThis.requestAnimationFrame;
    globalThis.requestAnimationFrame = () => 0;
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForFunction(
    () => document.querySelector("main").dataset.kernel === "idle" && !document.querySelector('[data-status="running"]'),
    undefined,
    { polling: 100 },
  );
  const states = await page.evaluate(
    () =>
      new Promise((done) => {
        delete document.hidden;
        globalThis.requestAnimationFrame = globalThis.frame;
        document.dispatchEvent(new Event("visibilitychange"));
        requestAnimationFrame(() => done([...document.querySelectorAll("article")].map((cell) => cell.dataset.status)));
      }),
  );
  assert.deepEqual(states, ["success", "success", "success"]);
  await page.close();
});

test("an error in the middle blocks its descendants, which name it; mended, all recover", async () => {
  const page = await opened("t/middle.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "error", "blocked", "blocked", "success"]);
  const spoken = await page.locator(".spoken[role=status]").textContent();
  assert.equal(spoken, "2 done, 1 failed, 2 blocked; cell 2: ZeroDivisionError: division by zero");
  assert.match(await cell(page, 2).locator('[data-part="status"]').textContent(), /ZeroDivisionError/);
  assert.match(await cell(page, 4).locator('[data-part="status"]').textContent(), /cell 2 failed/);
  assert.match(await cell(page, 2).locator('[data-part="error"]').textContent(), /division by zero/);
  assert.equal(await cell(page, 2).locator(".cm-error-line").count(), 1);
  await write(page, 2, "b = a / 1");
  await page.keyboard.press("Control+Enter");
  await waitFor(page, 4, "success");
  await settle(page);
  assert.deepEqual(await statuses(page), ["success", "success", "success", "success", "success"]);
  await page.close();
});

test("Stop ends an endless loop, and the next run restores what it needs", async () => {
  const page = await opened("t/loop.py");
  await runCell(page, 2);
  await settle(page);
  await runCell(page, 3);
  await waitFor(page, 3, "running");
  await page.evaluate(() => (globalThis.watched.gaps.longest = 0));
  const began = Date.now();
  await page.getByRole("button", { name: "Stop" }).click();
  await waitFor(page, 3, "error");
  assert.match(await cell(page, 3).locator('[data-part="status"]').textContent(), /stopped/);
  await page.waitForFunction(() => document.querySelector("main").dataset.kernel === "idle", undefined, { polling: "raf" });
  const { longest } = await page.evaluate(() => globalThis.watched.gaps);
  console.log(`Stop: idle after ${Date.now() - began} ms, longest gap between frames ${longest.toFixed(0)} ms`);
  await runCell(page, 4);
  await waitFor(page, 4, "success");
  assert.match(await cell(page, 4).locator('[data-part="output"]').textContent(), /22/);
  assert.equal(await cell(page, 1).getAttribute("data-status"), "success");
  await page.close();
});

test("what waited for a cell that is stopped says so", async () => {
  const page = await opened("t/halt.py");
  await runAll(page);
  await waitFor(page, 1, "running");
  await page.getByRole("button", { name: "Stop" }).click();
  await waitFor(page, 2, "blocked");
  assert.match(await cell(page, 2).locator('[data-part="status"]').textContent(), /cell 1 was stopped/);
  await page.close();
});

test("a Python that exits is named, and can be started again", async () => {
  const page = await opened("t/exit.py");
  await runCell(page, 1);
  await settle(page);
  await runCell(page, 2);
  await page.waitForSelector('main[data-kernel="dead"]');
  assert.match(await page.locator('[data-trouble="kernel"]').textContent(), /exited with code 1/);
  assert.match(await cell(page, 2).locator('[data-part="status"]').textContent(), /Python restarted/);
  await page.getByRole("button", { name: "Restart Python" }).click();
  await runCell(page, 3);
  await waitFor(page, 3, "success");
  assert.match(await cell(page, 3).locator('[data-part="output"]').textContent(), /2/);
  await page.close();
});

test("a million prints do not hold the page up, and it says what is hidden", async () => {
  const page = await opened("t/prints.py");
  await runCell(page, 2);
  await settle(page);
  await page.evaluate(() => (globalThis.watched.gaps.longest = 0));
  await runCell(page, 1);
  await settle(page);
  const { longest } = await page.evaluate(() => globalThis.watched.gaps);
  console.log(`a million prints: longest gap between frames ${longest.toFixed(0)} ms`);
  assert.match(await cell(page, 1).locator(".hidden-lines").textContent(), /999,000 lines are not shown/);
  assert.match(await cell(page, 1).locator('[data-part="stdout"]').last().textContent(), /999999/);
  await page.close();
});
