// Widgets are real form controls: moved by keyboard and by pointer, they run what reads them, and they stand
// where a person left them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, painted, percent, logLength, runAll, runCell, saved, settle, site, starting, statuses, waitFor, write } from "./harness.mjs";

let served, browser;
before(async () => {
  served = await site({
    "t/slider.py": percent(
      "import rivulet as rv\nn = rv.slider(0, 200, label='How many')\nmade = 'made'\nn",
      "print('n is', n.value)",
      "double = n.value * 2\nprint('double', double)",
      "print('last', double)",
    ) + "\n# %% [markdown]\n# Here {n} is at **{n.value}** of 200.\n",
    "t/all.py": percent(
      [
        "import rivulet as rv",
        "all = {",
        "  'range': rv.range_slider(0, 10, label='Range'),",
        "  'number': rv.number(0, 9, label='Number'),",
        "  'text': rv.text(label='Line'),",
        "  'area': rv.text_area(label='Area'),",
        "  'check': rv.checkbox(label='Check'),",
        "  'switch': rv.switch(label='Switch'),",
        "  'drop': rv.dropdown(['tea', 'coffee'], label='Drop'),",
        "  'radio': rv.radio(['one', 'two'], label='Radio'),",
        "  'multi': rv.multiselect(['p', 'q', 'r'], label='Several'),",
        "  'date': rv.date(label='Day'),",
        "  'file': rv.file(label='A file'),",
        "  'tabs': rv.tabs({'First': 'in the first', 'Second': 'in the second'}, label='Tabs'),",
        "}",
        "presses = rv.button(on_click=lambda count: count + 1, value=0, label='Press')",
        "rv.vstack([*all.values(), presses])",
      ].join("\n"),
      "print({key: one.value for key, one in all.items()})",
      "print('pressed', presses.value)",
      "who = rv.form(rv.dictionary({'name': rv.text(), 'age': rv.number(0, 150)}), label='Who', submit_button_label='Send')\nwho",
      "print('who', who.value)",
    ),
    "t/slow.py": percent(
      "import rivulet as rv\nn = rv.slider(0, 9, label='How many')\nn",
      "import time\ntime.sleep(2.1 if n.value == 0 else 0)\nslow = n.value\nprint('slow', slow)",
    ),
    "t/select.py": percent(
      "import rivulet as rv, altair as alt, pandas as pd, plotly.express as px\ncount = rv.state(2)",
      "def more(presses):\n    count.set(count.value + 1)\n    return presses\nrv.button(on_click=more, label='More')",
      "print('count', count.value)",
      "letters = pd.DataFrame({'letter': list('ABC'), 'high': [28, 55, 43]})\nbars = rv.chart(alt.Chart(letters, width=200, height=120).mark_bar().encode(x='letter', y='high'))\nbars",
      "print('letters', list(bars.value.letter))",
      "dots = rv.chart(px.scatter(x=[1, 2, 3], y=[1, 2, 3], height=300, width=400))\ndots",
      "print('dots', [one['x'] for one in dots.value])",
      "alt.Chart(pd.DataFrame({'x': [1, 2], 'y': [5, count.value]}), width=200, height=120).mark_point(filled=True, size=900).encode(x='x', y='y')",
    ),
    "t/jupyter.py": percent(
      "import ipywidgets as w\nn = w.IntSlider(value=3, max=9, description='How many')\nbeside = w.Label('?')\nn.observe(lambda change: setattr(beside, 'value', f'observed {change.new}'), 'value')\nw.HBox([n, beside])",
      "print('n is', n.value)",
      "@w.interact(x=(0, 10))\ndef square(x=5):\n    print('square', x * x)",
      [
        "import anywidget, traitlets",
        "class Counter(anywidget.AnyWidget):",
        "    _esm = '''",
        "    function render({ model, el }) {",
        "      const button = document.createElement('button');",
        "      const show = () => { button.textContent = 'count is ' + model.get('value'); };",
        "      button.onclick = () => { model.set('value', model.get('value') + 1); model.save_changes(); };",
        "      model.on('change:value', show);",
        "      const ask = document.createElement('button');",
        "      ask.textContent = 'ask';",
        "      ask.onclick = () => model.send({ ask: model.get('data').getUint8(0) }, undefined, [new Uint8Array([7]).buffer]);",
        "      model.on('msg:custom', (content, buffers) => { ask.textContent = content.answer + ' ' + buffers[0].getUint8(0); });",
        "      show();",
        "      el.append(button, ask);",
        "    }",
        "    export default { render };",
        "    '''",
        "    _css = 'button { color: rgb(1, 2, 3) }'",
        "    value = traitlets.Int(0).tag(sync=True)",
        "    data = traitlets.Bytes(b'A').tag(sync=True)",
        "counter = Counter()",
        "counter.on_msg(lambda c, content, buffers: c.send({'answer': content['ask'] + bytes(buffers[0])[0]}, [b'z']))",
        "counter",
      ].join("\n"),
      "print('counter', counter.value)",
      "put = w.Button(description='Put')\nput.on_click(lambda button: setattr(counter, 'value', 40))\nput",
    ),
    "t/hostile.py": percent(
      [
        "import json",
        "class Forged:",
        "    def __init__(self, told): self.told = told",
        "    def _repr_mimebundle_(self, **_): return {'application/vnd.rivulet.widget+json': self.told}",
        "bad = '<img src=x onerror=\"globalThis.hacked=1\">'",
        "display(Forged(json.dumps({'kind': 'slider', 'widget': 1, 'label': bad, 'start': 0, 'stop': 1, 'step': 1})))",
        "display(Forged(json.dumps({'kind': 'hstack', 'items': [{'kind': 'output', 'forms': {'text/html': bad}}, {'kind': bad}]})))",
        "display(Forged(json.dumps({'kind': 'radio', 'options': [bad] * 30000})))",
        "display(Forged('{' * 1000))",
        "display(Forged(json.dumps({'kind': 'slider', 'widget': 2**52, 'start': 'x', 'stop': None, 'value': {}})))",
        "print('done')",
      ].join("\n"),
    ),
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
});

const stdout = (page, number) => cell(page, number).locator('[data-part="stdout"]').allTextContents().then((texts) => texts.join(""));
const slider = (page, number = 1) => cell(page, number).getByRole("slider", { name: "How many" });

/** Does something that moves a widget, and waits until all that follows is painted. */
async function moving(page, act) {
  await starting(page, act);
  await settle(page);
}

/** What cell 2 of the notebook with all widgets says of one of them. */
const said = async (page, name) => (await stdout(page, 2)).match(new RegExp(`'${name}': (.*?)(?:, '\\w+': |}$)`))[1];

test("a slider moves by keyboard and pointer, in two places, and runs what reads it and not its own cell", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/slider.py");
  await runAll(page);
  await settle(page);
  assert.equal(await stdout(page, 2), "n is 0");
  const began = await logLength(page);
  await slider(page).focus();
  await moving(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await stdout(page, 2), "n is 1");
  const ids = await page.$$eval("article[data-cell]", (cells) => cells.map((cell) => cell.dataset.cell));
  const seen = await painted(page, began);
  // Each that ran was painted as waiting, running and done; the slider's own cell was not touched.
  assert.deepEqual(Object.keys(seen).sort(), ids.slice(1).sort());
  for (const states of Object.values(seen)) assert.deepEqual(states, ["queued", "running", "success"]);
  // The keyboard stays in it, also when its own cell runs again.
  assert.equal(await slider(page).evaluate((input) => input === document.activeElement), true);
  await moving(page, () => page.keyboard.press("ControlOrMeta+Enter").then(() => runCell(page, 1)));
  assert.equal(await slider(page).inputValue(), "1");
  assert.equal(await stdout(page, 4), "last 2");

  // The text shows the same slider, and its value in the sentence.
  const text = cell(page, 5);
  assert.equal(await slider(page, 5).inputValue(), "1");
  assert.match(await text.locator('[data-part="output"]').innerText(), /is at\s+1\s+of 200/);
  await slider(page, 5).focus();
  await moving(page, () => page.keyboard.press("PageUp"));
  const value = await slider(page).inputValue();
  assert.notEqual(value, "1");
  assert.equal(await stdout(page, 2), `n is ${value}`);
  assert.equal(await slider(page, 5).evaluate((input) => input === document.activeElement), true);
  assert.match(await text.locator('[data-part="output"]').innerText(), new RegExp(`is at\\s+${value}\\s+of 200`));

  // A drag of 200 positions: the newest is shown at last. How many wait meanwhile, the stories tell.
  const before = await page.evaluate(() => globalThis.watched.queued());
  const box = await slider(page).boundingBox();
  const at = (share) => box.x + 8 + share * (box.width - 16);
  await page.mouse.move(at(Number(value) / 200), box.y + box.height / 2);
  await page.mouse.down();
  for (let step = 0; step <= 200; step++) await page.mouse.move(at(step / 200), box.y + box.height / 2);
  await page.mouse.up();
  await page.waitForFunction((before) => globalThis.watched.queued() > before, before);
  await settle(page);
  assert.equal(await slider(page).inputValue(), "200");
  assert.equal(await slider(page, 5).inputValue(), "200");
  assert.equal(await stdout(page, 2), "n is 200");
  assert.equal(await stdout(page, 4), "last 400");

  // Undo takes the drag back as one step, and what reads the slider follows.
  await moving(page, () => page.keyboard.press("ControlOrMeta+z"));
  assert.equal(await slider(page).inputValue(), value);
  assert.equal(await stdout(page, 2), `n is ${value}`);

  // Opened again, it stands there before Python has started; moving it starts Python and what is needed.
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await slider(page).waitFor();
  assert.equal(await page.locator("main").getAttribute("data-kernel"), "off");
  assert.equal(await slider(page).inputValue(), value);
  assert.equal(await stdout(page, 2), `n is ${value}`);
  await slider(page).focus();
  await moving(page, () => page.keyboard.press("ArrowLeft"));
  assert.equal(await stdout(page, 2), `n is ${value - 1}`);
  assert.equal(await stdout(page, 4), `last ${(value - 1) * 2}`);
  assert.deepEqual(await statuses(page), ["success", "success", "success", "success", "success"]);

  // With other arguments it is another slider, and begins anew.
  await write(page, 1, "import rivulet as rv\nn = rv.slider(5, 50, label='How many')\nn");
  await moving(page, () => runCell(page, 1));
  assert.equal(await slider(page).inputValue(), "5");
  assert.equal(await stdout(page, 2), "n is 5");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("every widget is moved by keyboard and by pointer, and has its label as its name", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/all.py");
  await runAll(page);
  await settle(page);
  const area = cell(page, 1);
  const steps = [
    ["range", "[1, 10]", () => area.getByRole("slider", { name: "Range, from" }).press("ArrowRight")],
    ["range", "[1, 9]", () => area.getByRole("slider", { name: "Range, to" }).press("ArrowLeft")],
    ["number", "7", async () => (await area.getByRole("spinbutton", { name: "Number" }).fill("7"), await page.keyboard.press("Enter"))],
    ["number", "8", () => area.getByRole("spinbutton", { name: "Number" }).press("ArrowUp")],
    ["text", "'Ada'", async () => (await area.getByRole("textbox", { name: "Line" }).click(), await page.keyboard.type("Ada"), await page.keyboard.press("Enter"))],
    ["area", "'a\\nb'", async () => (await area.getByRole("textbox", { name: "Area" }).click(), await page.keyboard.type("a\nb"), await page.keyboard.press("Tab"))],
    ["check", "True", () => area.getByRole("checkbox", { name: "Check" }).press("Space")],
    ["check", "False", () => area.getByText("Check", { exact: true }).click()],
    ["switch", "True", () => area.getByRole("switch", { name: "Switch" }).press("Space")],
    ["switch", "False", () => area.getByRole("switch", { name: "Switch" }).click()],
    ["drop", "'coffee'", () => area.getByRole("combobox", { name: "Drop" }).selectOption("coffee")],
    ["drop", "'tea'", () => area.getByRole("combobox", { name: "Drop" }).press("t")],
    ["radio", "'one'", () => area.getByRole("radio", { name: "one" }).click()],
    ["radio", "'two'", () => area.getByRole("radio", { name: "one" }).press("ArrowDown")],
    ["multi", "['q']", () => area.getByRole("checkbox", { name: "q" }).click()],
    ["multi", "['p', 'q']", () => area.getByRole("checkbox", { name: "p" }).press("Space")],
    ["date", "datetime.date(2026, 11, 28)", () => area.getByLabel("Day").fill("2026-11-28")],
    ["tabs", "'Second'", () => area.getByRole("tab", { name: "Second" }).click()],
    ["tabs", "'First'", () => area.getByRole("tab", { name: "Second" }).press("ArrowLeft")],
    ["file", "[FileChosen('a.csv')]", () => area.getByLabel("A file").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from("x\n1\n") })],
  ];
  for (const [name, value, act] of steps) {
    await moving(page, act);
    assert.equal(await said(page, name), value, name);
  }
  // What is no value of a widget is told beside it, and nothing runs.
  const number = area.getByRole("spinbutton", { name: "Number" });
  await number.fill("77");
  await area.getByRole("alert").filter({ hasText: "a number from 0 to 9" }).waitFor();
  assert.equal(await number.getAttribute("aria-invalid"), "true");
  assert.equal(await said(page, "number"), "8");

  const press = area.getByRole("button", { name: "Press", exact: true });
  await moving(page, () => press.click());
  await moving(page, () => press.press("Enter"));
  assert.equal(await stdout(page, 3), "pressed 2");

  // A form counts once it is sent.
  assert.equal(await stdout(page, 5), "who None");
  const form = page.getByRole("form", { name: "Who" });
  await form.getByRole("textbox", { name: "name" }).fill("Ada");
  await form.getByRole("spinbutton", { name: "age" }).fill("36");
  await form.getByText("not submitted yet").waitFor();
  assert.equal(await stdout(page, 5), "who None");
  await moving(page, () => form.getByRole("button", { name: "Send" }).click());
  assert.equal(await stdout(page, 5), "who {'name': 'Ada', 'age': 36}");
  assert.equal(await form.getByText("not submitted yet").count(), 0);

  // All of them have a name, and fit on a phone.
  const nameless = await area.locator("[data-widget]").evaluateAll((all) =>
    all.filter((one) => !(one.labels?.[0]?.textContent.trim() || one.getAttribute("aria-label") || one.textContent.trim())).length);
  assert.equal(nameless, 0);
  await page.setViewportSize({ width: 360, height: 800 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 360), true);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

/** The frame of a cell's chart, once it is drawn. */
async function frameOf(page, number) {
  await cell(page, number).scrollIntoViewIfNeeded();
  const drawn = cell(page, number).locator(".frame-output.is-alive > iframe");
  await drawn.waitFor();
  return (await drawn.elementHandle()).contentFrame();
}

test("a selection in a chart of Altair or Plotly runs what reads it, and so does a state; charts are drawn anew in their frames", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/select.py");
  await runAll(page);
  await settle(page);
  assert.equal(await stdout(page, 3), "count 2");
  assert.equal(await stdout(page, 5), "letters []");
  assert.equal(await stdout(page, 7), "dots []");

  // A chart whose cell runs again for a state stays in its frame, with other data.
  const still = await frameOf(page, 8);
  await still.evaluate(() => ((globalThis.isSame = true), (document.querySelector("canvas").isSame = true)));
  const drawing = () => still.evaluate(() => document.querySelector("canvas").toDataURL());
  const before = await drawing();
  await moving(page, () => cell(page, 2).getByRole("button", { name: "More" }).click());
  assert.equal(await stdout(page, 3), "count 3");
  await still.waitForFunction((before) => document.querySelector("canvas").toDataURL() !== before, before);
  assert.equal(await (await frameOf(page, 8)).evaluate(() => globalThis.isSame && document.querySelector("canvas").isSame), true);
  // The cell with the button has set it, and did not run for that.
  assert.deepEqual(await statuses(page), Array(8).fill("success"));
  assert.equal(await cell(page, 2).getAttribute("data-stale"), "false");

  // A click on a bar.
  const bars = await frameOf(page, 4);
  const bar = await bars.locator("canvas").boundingBox();
  await moving(page, () => page.mouse.click(bar.x + bar.width - 20, bar.y + bar.height / 2 + 10));
  assert.equal(await stdout(page, 5), "letters ['C']");
  // Undo takes it back, and so does the button that the keyboard reaches.
  await moving(page, async () => (await cell(page, 5).click(), await page.keyboard.press("Escape"), await page.keyboard.press("ControlOrMeta+z")));
  assert.equal(await stdout(page, 5), "letters []");
  const again = await (await frameOf(page, 4)).locator("canvas").boundingBox();
  await moving(page, () => page.mouse.click(again.x + again.width - 20, again.y + again.height / 2 + 10));
  assert.equal(await stdout(page, 5), "letters ['C']");
  await moving(page, () => cell(page, 4).getByRole("button", { name: "Clear selection" }).press("Enter"));
  assert.equal(await stdout(page, 5), "letters []");

  // A range that is drawn in a figure.
  const dots = await frameOf(page, 6);
  const plot = await dots.locator(".nsewdrag").first().boundingBox();
  const at = (x, y) => [plot.x + x * plot.width, plot.y + y * plot.height];
  await page.mouse.move(...at(0.35, 0.95));
  await page.mouse.down();
  await page.mouse.move(...at(0.7, 0.5), { steps: 4 });
  await page.mouse.move(...at(0.98, 0.02), { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((text) => document.querySelectorAll("article[data-cell]")[6].querySelector('[data-part="stdout"]').textContent === text, "dots [2, 3]");
  await settle(page);

  // It is there again after a reload, before Python is.
  await saved(page);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  assert.equal(await stdout(page, 7), "dots [2, 3]");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("widgets of ipywidgets are controls of the page, those of anywidget run in a frame, and both run what reads them", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/jupyter.py");
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), Array(6).fill("success"));
  assert.equal(await stdout(page, 2), "n is 3");
  await slider(page).focus();
  await moving(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await stdout(page, 2), "n is 4");
  await cell(page, 1).getByText("observed 4").waitFor();
  // What stands beside it has changed, and the slider is the one that has the keyboard.
  assert.equal(await slider(page).evaluate((input) => input === document.activeElement), true);
  await moving(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await stdout(page, 2), "n is 5");

  const area = cell(page, 3);
  await area.getByText("square 25").waitFor();
  await area.getByRole("slider", { name: "x" }).press("ArrowRight");
  await area.getByText("square 36").waitFor();
  assert.equal(await area.getByText("square 25").count(), 0);
  assert.equal(await area.getByRole("slider", { name: "x" }).evaluate((input) => input === document.activeElement), true);

  // A function of a button sets a trait, and what reads the widget follows.
  const counter = await frameOf(page, 4);
  await counter.getByRole("button", { name: "count is 0" }).waitFor();
  await moving(page, () => cell(page, 6).getByRole("button", { name: "Put" }).click());
  await counter.getByRole("button", { name: "count is 40" }).waitFor();
  assert.equal(await stdout(page, 5), "counter 40");
  await counter.evaluate(() => (globalThis.isSame = true));
  await moving(page, () => counter.getByRole("button", { name: "count is 40" }).click());
  assert.equal(await stdout(page, 5), "counter 41");
  await counter.getByRole("button", { name: "ask" }).click();
  await counter.getByRole("button", { name: "72 122" }).waitFor();
  await settle(page);
  await moving(page, () => cell(page, 6).getByRole("button", { name: "Put" }).click());
  await counter.getByRole("button", { name: "count is 40" }).waitFor();
  assert.equal(await stdout(page, 5), "counter 40");
  assert.equal(await counter.evaluate(() => globalThis.isSame), true);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a cell that took long is asked for before a widget reruns it", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/slow.py");
  await runAll(page);
  await settle(page);
  await slider(page).focus();
  await page.keyboard.press("ArrowRight");
  const asks = cell(page, 2).getByRole("group", { name: "This cell takes long" });
  await asks.waitFor();
  assert.equal(await cell(page, 2).getAttribute("data-stale"), "true");
  assert.equal(await stdout(page, 2), "slow 0");
  await moving(page, () => asks.getByRole("button", { name: "Run it now" }).click());
  assert.equal(await stdout(page, 2), "slow 1");
  assert.equal(await asks.count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a forged widget is text and a control of ours, and no script", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/hostile.py");
  await runAll(page);
  await settle(page);
  await waitFor(page, 1, "success");
  const output = cell(page, 1).locator('[data-part="output"]');
  assert.match(await output.innerText(), /<img src=x/);
  assert.equal(await output.getByText("This widget cannot be shown").count(), 2);
  assert.equal(await output.locator("img[onerror]").count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  // A control of a widget that is none moves nothing and breaks nothing.
  await output.getByRole("slider").last().focus();
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await statuses(page), ["success"]);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
