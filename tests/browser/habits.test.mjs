// What scripts and lessons for Python do, of which only a browser and CPython 3.14 can tell whether it works.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, settle, site, statuses } from "./harness.mjs";

/** The cells, and what each prints; the value of the last line counts as printed. */
const CELLS = [
  ["import asyncio\nasync def fetch(n):\n    await asyncio.sleep(0.01)\n    return n * n", ""],
  ["async def main():\n    return await asyncio.gather(fetch(2), fetch(3))\nprint(asyncio.run(main()))", "[4, 9]"],
  ["print(await main())", "[4, 9]"],
  ["squares = [await fetch(n) for n in range(3)]\nsquares", "[0, 1, 4]"],
  ["async with asyncio.timeout(1):\n    print('in time')\nprint(asyncio.run(main()))", "in time\n[4, 9]"],
  ["loop = asyncio.new_event_loop()\nprint(loop.run_until_complete(main()), loop.run_until_complete(asyncio.ensure_future(fetch(5))))\nloop.close()", "[4, 9] 25"],
  ["with asyncio.Runner() as runner:\n    print(runner.run(main()))", "[4, 9]"],
  ["async def around():\n    await asyncio.sleep(0)\n    return asyncio.run(main())\nprint(await around(), asyncio.run(around()))", "[4, 9] [4, 9]"],
  // A task that is left behind ends with what began it, and others go on.
  [
    "async def tick(what):\n    try:\n        while True: await asyncio.sleep(0.001)\n    except asyncio.CancelledError:\n        print(what, 'stopped')\n"
      + "async def leave():\n    asyncio.create_task(tick('inner'))\n    await asyncio.sleep(0.01)\n"
      + "outer = asyncio.create_task(tick('outer'))\nasyncio.run(leave())\nprint(outer.done())\nouter.cancel()\nawait asyncio.sleep(0.01)",
    "inner stopped\nFalse\nouter stopped",
  ],
  ["async def fails():\n    raise ValueError('in the task')\ntry:\n    asyncio.run(fails())\nexcept ValueError as error:\n    print(error)", "in the task"],
  ["from datetime import datetime\nfrom zoneinfo import ZoneInfo\nprint(datetime(2026, 7, 1, 12, tzinfo=ZoneInfo('Europe/Berlin')).utcoffset())", "2:00:00"],
  ["from pathlib import Path\nn = Path('helper.py').write_text('import six\\nname = six.__name__')", ""],
  ["import helper\nprint(helper.name)", "six"],
  // Names that several cells have.
  ["k = 1\nclass Node:\n    next: 'Node'\ndef one(text): return eval(text)", ""],
  ["import typing\nk = 2\nclass Node:\n    next: 'Node'\ndef two(text): return eval(text)\nprint(typing.get_type_hints(Node)['next'] is Node)", "True"],
  ["print(one('k'), two('k'), one('Node') is two('Node'))", "1 2 False"],
  ["def is_even(n): return True if n == 0 else is_odd(n - 1)", ""],
  ["def is_odd(n): return False if n == 0 else is_even(n - 1)", ""],
  ["print(is_even(10), is_odd(7))", "True True"],
  ["name = 'Ada'", ""],
  ["greeting = t'Hello {name!r:>6}!'\nprint([type(greeting).__name__, greeting.values, greeting.strings])", "['Template', ('Ada',), ('Hello ', '!')]"],
];

let served, browser;
before(async () => {
  served = await site({ "t/habits.py": percent(...CELLS.map(([source]) => source)) });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

test("what scripts do with loops, time zones, modules of their own and names works in cells", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/habits.py");
  await runAll(page);
  await settle(page);
  const outputs = [];
  for (let at = 1; at <= CELLS.length; at += 1) {
    outputs.push((await cell(page, at).locator('[data-part="output"]').allTextContents()).join("").trim());
  }
  assert.deepEqual(outputs, CELLS.map(([, printed]) => printed));
  assert.deepEqual([...new Set(await statuses(page))], ["success"]);
  assert.deepEqual(page.troubles, []);
  await page.close();
});
