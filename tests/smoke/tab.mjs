// A tab as a story handles it: by the page's contract (DESIGN §9), over either of the drivers.

import { setTimeout as pause } from "node:timers/promises";

/** A page that has not come to a state in so many milliseconds is stuck. */
const STUCK = 120_000;

// These run in the page.
const control = (kind, name, number) =>
  [...(number ? document.querySelectorAll("article[data-cell]")[number - 1] : document).querySelectorAll(kind)].find(
    (one) => (one.ariaLabel ?? one.textContent).trim().startsWith(name),
  );
const part = (number, name) =>
  document.querySelectorAll("article[data-cell]")[number - 1].querySelector(`[data-part="${name}"]`)?.textContent;
const marks = () =>
  performance
    .getEntriesByType("mark")
    .map(({ name, startTime, detail }) => ({ at: startTime, run: detail?.run, parts: name.split(":") }))
    .filter(({ parts }) => parts[1] === "cell")
    .map(({ at, run, parts }) => ({ at, run, cell: parts[2], status: parts[3] }));

export class Tab {
  #driver;

  /** `driver` is a tab of puppet.mjs or webdriver.mjs. */
  constructor(driver) {
    this.#driver = driver;
  }

  goto = (url) => this.#driver.goto(url);
  reload = () => this.#driver.reload();
  front = () => this.#driver.front();
  evaluate = (work, ...values) => this.#driver.evaluate(work, ...values);

  /** Goes back, also to a page that was put aside whole, which is not loaded then. */
  back = () => this.evaluate(() => void setTimeout(() => history.back()));

  /** Waits until a function that runs in the page returns `true`. */
  until = (condition, ...values) => this.#try(() => this.evaluate(condition, ...values), condition, values);

  // In the middle of a navigation there is no page to ask; so what fails is tried again.
  async #try(work, what, values) {
    const end = Date.now() + STUCK;
    let trouble = "";
    while (Date.now() < end) {
      if ((await work().catch((error) => (trouble = error))) === true) return;
      await pause(30);
    }
    const text = await this.evaluate(() => document.body.innerText).catch(String);
    throw new Error(`never so: ${what}\nwith ${JSON.stringify(values)}; ${trouble}\nThe page says:\n${text}`);
  }

  #click = (find, ...values) => this.#try(() => this.#driver.click(find, ...values), find, values);

  /** Clicks a button or a link whose name begins so, in the page or in a cell. */
  click = (kind, name, number) => this.#click(control, kind, name, number);

  runAll = () => this.#starts(() => this.click("button", "Run all"));
  run = (number) => this.#starts(() => this.click("button", "Run cell", number));

  // What runs is painted as queued first.
  async #starts(act) {
    const queued = () => performance.getEntriesByType("mark").filter(({ name }) => name.endsWith(":queued")).length;
    await this.until(() => document.querySelector("article[data-cell]") !== null);
    const before = await this.evaluate(queued);
    await act();
    await this.#try(async () => (await this.evaluate(queued)) > before, "queued", []);
  }

  /** Replaces a cell's text, as a person does. */
  async write(number, text) {
    await this.#click((at) => document.querySelectorAll("article[data-cell]")[at]?.querySelector(".cm-content"), number - 1);
    await this.until((at) => document.activeElement.closest("article") === document.querySelectorAll("article[data-cell]")[at], number - 1);
    await this.#driver.press("Control", "a");
    await this.#driver.type(text);
  }

  /** Whether this browser can suspend Python (JSPI). */
  canSuspend = () => this.evaluate(() => "Suspending" in WebAssembly);

  /** Types what a cell asks for, and sends it. */
  async answer(number, text) {
    await this.#click((at) => document.querySelectorAll("article[data-cell]")[at]?.querySelector('[data-part="input"] input'), number - 1);
    await this.#driver.type(text);
    await this.click("button", "Enter", number);
  }

  cells = (count) => this.until((count) => document.querySelectorAll("article[data-cell]").length === count, count);
  saved = () => this.until(() => document.querySelector('[data-saved="Saved"]') !== null);

  /** Waits until the tab follows another one, or no other one any more. */
  follows = (whether = true) =>
    this.until(
      (whether) =>
        document.querySelector("article[data-cell]") !== null &&
        whether === (document.querySelector('[data-notice="follows"]') !== null),
      whether,
    );

  /** Waits until a cell is painted so. */
  shows = (number, status) =>
    this.until((at, status) => document.querySelectorAll("article[data-cell]")[at].dataset.status === status, number - 1, status);

  /** Waits until a part of a cell holds a text. */
  holds = (number, name, text) =>
    this.#try(async () => (await this.part(number, name))?.includes(text), text, [number, name]);

  /** Waits until nothing runs and nothing waits. */
  settled = () =>
    this.until(
      () =>
        document.querySelector("main").dataset.kernel === "idle" &&
        !document.querySelector('article[data-status="queued"], article[data-status="running"], article [aria-busy="true"]'),
    );

  /** Waits until every file of Python that the page has fetched is kept on the device. */
  keptOnDevice = () =>
    this.until(async () => {
      const fetched = performance.getEntriesByType("resource").map(({ name }) => name);
      const wanted = fetched.filter((name) => /pyodide\/|packages\/|kernel\//.test(name));
      const found = await Promise.all([...wanted, "./"].map((url) => caches.match(url)));
      return wanted.length > 0 && found.every(Boolean);
    });

  part = (number, name) => this.evaluate(part, number, name);
  marks = () => this.evaluate(marks);
  title = () => this.evaluate(() => document.querySelector('[aria-label="Notebook title"]').value);
  kernel = () => this.evaluate(() => document.querySelector("main").dataset.kernel);
  address = () => this.evaluate(() => location.href);
  statuses = () => this.evaluate(() => [...document.querySelectorAll("article[data-cell]")].map((one) => one.dataset.status));
  ids = (kind) =>
    this.evaluate((kind) => [...document.querySelectorAll(`article[data-kind="${kind}"]`)].map((one) => one.dataset.cell), kind);
}
