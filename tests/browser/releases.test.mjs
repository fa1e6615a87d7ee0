// Whatever a network answers once in the place of a file, the app starts within two visits of a good
// one; a release is adopted only when it is whole, and the one before opens until then.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { browserPath } from "../../setup/browser.mjs";
import { ARGUMENTS, cell, dist, launch, newPage, open, percent, runAll, saved, settle, site, source, statuses, waitFor, write } from "./harness.mjs";
import { releasesOf } from "./release.mjs";
import { FAULTS } from "./server.mjs";

const faults = Object.keys(FAULTS);
const sites = [];
let browser, releases;

async function serving(files) {
  const served = await site(files);
  sites.push(served);
  return served;
}

before(async () => {
  browser = await launch();
  releases = releasesOf(dist);
});
after(async () => {
  await browser?.close();
  await Promise.all(sites.map((served) => served.close()));
  releases?.remove();
});

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The files that an app starts with, and those that it keeps at once. */
const KINDS = [/^style-/, /^editor-/, /^app-.*\.js$/, /^app-.*\.wasm$/, /^kernel\/worker\.js/, /^kernel\/host\.wasm/, /^packages\/index\.json/, /^icon-192/, /^manifest\.web/];
/** Every kind of file with another fault; over all rounds every kind has had every one. */
const everyKind = (round) => (path) => {
  const at = KINDS.findIndex((kind) => kind.test(path));
  return at < 0 ? undefined : faults[(at + round) % faults.length];
};

/** The app is there: its home page, with the editor. */
const started = (page) => page.waitForFunction(() => document.querySelector("main.start h1") && globalThis.rivuletEditor && !document.querySelector(".stopped"));
const running = (page) => page.$eval('meta[name="rivulet-release"]', (meta) => meta.content);

/** The site has a worker, and all that it starts with. */
const kept = async (page) => {
  const isKept = () => page.evaluate(async () => Boolean((await caches.match("./")) && navigator.serviceWorker.controller));
  while (!(await isKept())) await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
};

/** Opens the page, without waiting for what may never come. */
const visit = (page, url) => page.goto(url, { waitUntil: "commit" });

/** The browser forgets what it remembers by itself, beside the caches of the site. */
async function forget(page) {
  const control = await page.context().newCDPSession(page);
  await control.send("Network.clearBrowserCache");
  await control.detach();
}

/** All that is kept on the device: of each cache, each address with its sha256. */
const stored = (page) =>
  page.evaluate(async () => {
    const found = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) {
        const bytes = await (await cache.match(url)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        found.push({ name, path: url.replace(new URL("./", location).href, ""), hash: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("") });
      }
    }
    return found;
  });

/** What is kept and is no file of these releases: its addresses. */
async function wrong(page, ...numbers) {
  const found = await stored(page);
  const lists = numbers.map((number) => releases.list(number).files);
  const pages = numbers.map((number) => digest(readFileSync(`${releases.folder(number)}/index.html`)));
  assert.ok(found.length > 0);
  const isRight = ({ path, hash }) => (path === "" ? pages.includes(hash) : lists.some((files) => files[path]?.sha256 === hash));
  return found.filter((one) => !isRight(one)).map(({ path }) => path);
}

/** What a release that was adopted needs, and that is not kept. */
async function lacking(page, number) {
  const found = (await stored(page)).filter(({ name }) => name.endsWith(releases.id(number)));
  const { files, kept } = releases.list(number);
  return kept.filter((path) => !found.some((one) => one.path === path && one.hash === files[path].sha256));
}

/** Types into a new notebook, and returns the address under which it is stored. */
async function notebook(page, url, text) {
  await page.goto(`${url}?new=1`);
  await page.waitForSelector("article[data-cell]");
  await write(page, 1, text);
  await saved(page);
  return page.url();
}

for (const serviceWorkers of ["allow", "block"]) {
  test(`a first visit may be answered with anything: the second one starts (service workers: ${serviceWorkers})`, async () => {
    const visits = faults.map(async (_fault, round) => {
      const served = await serving();
      const page = await newPage(browser, { serviceWorkers });
      served.fault = everyKind(round);
      await visit(page, served.url);
      // It says what has come instead, by the name of the file, or helps itself.
      await page.waitForFunction(() => /(app|editor|style)-\w+\.\w+/.test(document.querySelector(".stopped")?.textContent ?? ""));
      served.fault = () => undefined;
      await visit(page, served.url);
      await started(page);
      assert.deepEqual(page.troubles, []);
      await page.context().close();
      await served.close();
    });
    await Promise.all(visits);
  });
}

/** The numbers of the first releases, with that one. */
const until = (last) => Array.from({ length: last + 1 }, (_, number) => number);

test("a release is adopted only when all of it is there, and right; the one before opens until then", async () => {
  const served = await serving();
  served.folder = releases.folder(0);
  const page = await newPage(browser);
  const address = await notebook(page, served.url, "kept = 'over all releases'");
  await kept(page);
  for (const [round] of faults.entries()) {
    const [before, next] = [releases.id(round), releases.id(round + 1)];
    served.folder = releases.folder(round + 1);
    served.fault = everyKind(round);
    await visit(page, served.url);
    await started(page);
    assert.equal(await running(page), before, "the new release is not whole");
    assert.deepEqual(await wrong(page, ...until(round + 1)), []);
    assert.deepEqual(await lacking(page, round), [], "the release before is whole");
    served.fault = () => undefined;
    await visit(page, served.url);
    await started(page);
    if ((await running(page)) !== next) {
      await visit(page, served.url);
      await started(page);
    }
    assert.equal(await running(page), next, `within two visits: ${round}`);
    assert.deepEqual(await wrong(page, ...until(round + 1)), []);
  }
  // What no page needs any more is gone: the newest release and the one before it are kept.
  assert.ok((await page.evaluate(() => caches.keys())).filter((name) => name.startsWith("rivulet release ")).length <= 3);
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /over all releases/);
  // And all of the newest one is on the device.
  await served.close();
  await visit(page, served.url);
  await started(page);
  assert.equal(await running(page), releases.id(faults.length));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

/** What is said where the page itself was answered with this; nothing where nothing came. */
const SAID = {
  page: /^Another page of \d kB came instead: perhaps it is from a filter of your network, or a page to log in to it\. This is Rivulet as it is kept on this device/,
  redirected: /^Another page of \d kB came instead/,
  cut: /^Its page was changed on the way/,
  flipped: /^Its page was changed on the way/,
  missing: /^The site answered 404\./,
  busy: /^The site answered 503\./,
};

test("the page and the service worker themselves may be answered with anything: what is there opens, and says so", async () => {
  const served = await serving();
  served.folder = releases.folder(0);
  const page = await newPage(browser);
  await visit(page, served.url);
  await started(page);
  await kept(page);
  served.folder = releases.folder(1);
  for (const fault of faults) {
    served.fault = (path) => (/^(|index\.html|service-worker\.js)$/.test(path) ? fault : undefined);
    // The browser looks for a new worker by itself; here it must have done so, where an answer ends.
    await page.evaluate(async (isEndless) => {
      const registration = await navigator.serviceWorker.getRegistration();
      const looked = registration.update().catch(() => {});
      if (!isEndless) await looked;
    }, fault === "hanging");
    await visit(page, served.url);
    await started(page);
    assert.equal(await running(page), releases.id(0), fault);
    assert.deepEqual(await wrong(page, 0, 1), [], fault);
    assert.ok(await page.evaluate(() => navigator.serviceWorker.controller?.state === "activated"), fault);
    if (SAID[fault]) await page.getByRole("alert").filter({ hasText: SAID[fault] }).waitFor();
  }
  // Also where the page comes right, but not all of what it starts with; and in a notebook.
  served.fault = (path) => (/^app-.*\.wasm$/.test(path) ? "page" : undefined);
  await visit(page, `${served.url}?new`);
  await page.locator(".toast").filter({ hasText: /An HTML page of \d kB came instead of app-\S+\.wasm: .* This is Rivulet as it is kept on this device/ }).waitFor();
  assert.equal(await running(page), releases.id(0));
  served.fault = () => undefined;
  await visit(page, served.url);
  await started(page);
  if ((await running(page)) !== releases.id(1)) {
    await visit(page, served.url);
    await started(page);
  }
  assert.equal(await running(page), releases.id(1));
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
  await served.close();
});

test("a page of the release before goes on working, and is told", async () => {
  const served = await serving({ "t/six.py": percent("import six\nsix.__name__") });
  served.folder = releases.folder(0);
  const page = await newPage(browser);
  await open(page, served, "t/six.py");
  await kept(page);
  served.folder = releases.folder(1);
  const other = await newPage(browser, { context: page.context() });
  await other.goto(served.url);
  await started(other);
  assert.equal(await running(other), releases.id(1));
  await page.getByText(/A new version of Rivulet/).waitFor();
  await runAll(page);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success"]);
  assert.equal(await running(page), releases.id(0));
  await page.context().close();
  await served.close();
});

test("what somebody has put into the caches is not given out", async () => {
  const served = await serving();
  served.folder = releases.folder(0);
  const page = await newPage(browser);
  await visit(page, served.url);
  await started(page);
  await kept(page);
  const poisoned = await page.evaluate(async () => {
    const poisoned = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) {
        const type = (await cache.match(url)).headers.get("content-type");
        await cache.put(url, new Response("<!doctype html><script src='https://evil.invalid/'></script>", { headers: { "content-type": type } }));
        poisoned.push(url);
      }
    }
    return poisoned;
  });
  assert.ok(poisoned.length > 8, String(poisoned.length));
  await forget(page);
  await visit(page, served.url);
  await started(page);
  assert.equal(await running(page), releases.id(0));
  await visit(page, served.url);
  await started(page);
  await kept(page);
  assert.deepEqual(await wrong(page, 0), []);
  await served.close();
  await visit(page, served.url);
  await started(page);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("where a file of the app stays wrong the page says which and what came; Repair and Save my notebooks need no app", async () => {
  const served = await serving();
  const page = await newPage(browser);
  const address = await notebook(page, served.url, "first = 1");
  await kept(page);
  await write(page, 1, "second = 'in the journal'");
  await saved(page);
  served.fault = (path) => (/^app-.*\.wasm$|^service-worker/.test(path) ? "page" : undefined);
  await forget(page);
  await page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) if (/\.wasm$/.test(url)) await cache.put(url, new Response("poison"));
    }
  });
  await visit(page, served.url);
  const notice = page.getByRole("alert");
  await notice.filter({ hasText: /An HTML page of \d kB came instead of app-\w+\.wasm: perhaps it is from a filter/ }).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), notice.getByRole("button", { name: "Save my notebooks" }).click()]);
  const records = readFileSync(await file.path());
  served.fault = () => undefined;
  await page.getByRole("button", { name: "Repair" }).click();
  await started(page);
  assert.equal(await page.getByRole("alert").count(), 0);
  await page.goto(address);
  await page.waitForSelector("article[data-cell]");
  assert.match(await source(page, 1), /in the journal/);

  // The file brings the notebooks to another browser.
  const elsewhere = await newPage(browser);
  await elsewhere.goto(served.url);
  await elsewhere.getByLabel("Notebook files").setInputFiles({ name: file.suggestedFilename(), mimeType: "application/json", buffer: records });
  await elsewhere.waitForSelector("article[data-cell]");
  assert.match(await source(elsewhere, 1), /in the journal/);
  assert.deepEqual([...page.troubles, ...elsewhere.troubles], []);
  await elsewhere.context().close();
  await page.context().close();
  await served.close();
});

test("a package that is another than the build's is refused by its name, and one that is right is taken afterwards", async () => {
  for (const serviceWorkers of ["allow", "block"]) {
    const served = await serving({ "t/six.py": percent("import six\nsix.__name__") });
    const page = await newPage(browser, { serviceWorkers });
    served.fault = (path) => (/^packages\/six-/.test(path) ? "flipped" : undefined);
    await open(page, served, "t/six.py");
    await runAll(page);
    await settle(page);
    assert.deepEqual(await statuses(page), ["error"]);
    await page.getByText(/The package six is refused\. packages\/six-[\d.]+\.bin is not the file that this page was built with/).first().waitFor();
    served.fault = () => undefined;
    await runAll(page);
    await settle(page);
    assert.deepEqual(await statuses(page), ["success"]);
    await page.context().close();
    await served.close();
  }
});

test("formulas are set once their files come right, and shown as they were written before", async () => {
  for (const serviceWorkers of ["allow", "block"]) {
    const served = await serving({ "t/text.md": "First $a^2$.\n" });
    const page = await newPage(browser, { serviceWorkers });
    served.fault = (path) => (/^maths\/katex\.js/.test(path) ? "page" : undefined);
    await open(page, served, "t/text.md");
    await page.locator("code.formula-source").waitFor();
    served.fault = () => undefined;
    await page.locator("article[data-cell]").first().dblclick();
    await write(page, 1, "Second $b^2$.");
    await page.keyboard.press("Shift+Enter");
    await page.locator(".katex-html").waitFor();
    await page.context().close();
    await served.close();
  }
});

test("over plain http, where no worker and no caches are, everything is verified as well", async () => {
  const served = await serving({ "t/one.py": percent("6 * 7") });
  const { port, pathname } = new URL(served.url);
  const address = `http://rivulet.test:${port}${pathname}`;
  const other = await chromium.launch({ executablePath: browserPath, args: [...ARGUMENTS, "--host-resolver-rules=MAP rivulet.test 127.0.0.1"] });
  try {
    const page = await newPage(other);
    served.fault = (path) => (/^pyodide\/python_stdlib|^style-/.test(path) ? "flipped" : undefined);
    await visit(page, `${address}?open=t/one.py`);
    await page.getByRole("alert").filter({ hasText: /style-\w+\.css is not the file that this page was built with/ }).waitFor();
    served.fault = (path) => (/^pyodide\/python_stdlib/.test(path) ? "flipped" : undefined);
    await page.getByRole("button", { name: "Reload" }).click();
    await page.waitForSelector("article[data-cell]");
    assert.equal(await page.evaluate(() => globalThis.isSecureContext), false);
    await runAll(page);
    await page.getByText(/pyodide\/python_stdlib\.zip is not the file that this page was built with/).first().waitFor();
    served.fault = () => undefined;
    await page.getByRole("button", { name: "Restart Python" }).first().click();
    await runAll(page);
    await waitFor(page, 1, "success");
    assert.deepEqual(page.troubles, []);
  } finally {
    await other.close();
  }
});

test("a list of packages that is another than the build's brings no package", async () => {
  const served = await serving({ "t/six.py": percent("import six\nsix.__name__") });
  const page = await newPage(browser, { serviceWorkers: "block" });
  served.fault = (path) => (/^packages\/index/.test(path) ? "flipped" : undefined);
  await open(page, served, "t/six.py");
  await page.getByText(/packages\/index\.json is not the file that this page was built with/).first().waitFor();
  assert.equal(served.requests.filter(({ path }) => /six-/.test(path)).length, 0);
  await page.context().close();
  await served.close();
});

test("Python that does not come says in words what came instead, and starts once it comes", async () => {
  const served = await serving({ "t/one.py": percent("6 * 7") });
  const page = await newPage(browser);
  served.fault = (path) => (/^pyodide\/python_stdlib/.test(path) ? "page" : undefined);
  await open(page, served, "t/one.py");
  await runAll(page);
  await page.getByText(/An HTML page of \d kB came instead of pyodide\/python_stdlib\.zip/).first().waitFor();
  served.fault = () => undefined;
  await page.getByRole("button", { name: /Restart Python|Start Python|Try again/ }).first().click();
  await runAll(page);
  await waitFor(page, 1, "success");
  assert.match(await cell(page, 1).locator('[data-part="output"]').textContent(), /42/);
  await page.context().close();
  await served.close();
});

test("a list of the site's notebooks may be edited where it is; what is no such list is told", async () => {
  const list = (value) => ({ "notebooks/index.json": JSON.stringify(value) });
  const cases = [
    [list([{ file: "own.py", title: "Added by hand", about: "" }]), /Added by hand/],
    [list([{ file: "../../elsewhere.py", title: "x", about: "" }]), /\.\.\/\.\.\/elsewhere\.py” is no notebook file/],
    [{ "notebooks/index.json": "<!doctype html><p>Blocked" }, /An HTML page of \d+ bytes came instead of notebooks\/index\.json/],
  ];
  for (const [files, said] of cases) {
    const served = await serving(files);
    const page = await newPage(browser);
    await visit(page, served.url);
    await page.getByText(said).waitFor();
    await page.context().close();
    await served.close();
  }
});
