// Packages that the site does not serve: by leave of the person, from Pyodide's CDN and the index, for
// which a server on this device stands in.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { filesOf } from "../../setup/release.mjs";
import { cell, dist, launch, newPage, open, percent, runAll, runCell, saved, settle, site, statuses, write } from "./harness.mjs";
import { variantOf } from "./release.mjs";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const root = mkdtempSync(join(tmpdir(), "rivulet-sources-"));

/** A wheel of one module. */
function wheel(name, version, source, requires = []) {
  const file = `${name}-${version}-py3-none-any.whl`;
  const about = ["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`, ...(requires.some((one) => one.includes("extra ==")) ? ["Provides-Extra: more"] : []), ...requires.map((one) => `Requires-Dist: ${one}`)].join("\n");
  const parts = { [`${name}.py`]: source, METADATA: `${about}\n`, WHEEL: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", RECORD: "" };
  const program = "import json, sys, zipfile\npath, folder = sys.argv[1:]\nwith zipfile.ZipFile(path, 'w') as wheel:\n    for name, text in json.load(sys.stdin).items():\n        wheel.writestr(name if name.endswith('.py') else f'{folder}/{name}', text)";
  execFileSync("python3", ["-c", program, join(root, file), `${name}-${version}.dist-info`], { input: JSON.stringify(parts) });
  const bytes = readFileSync(join(root, file));
  return { name, version, file, bytes, sha256: sha256(bytes) };
}

const locked = wheel("lockedpkg", "1.0", "import six\nvalue = six.text_type(40)");
const indexed = wheel("indexpkg", "2.0", "import lockedpkg\ndef value():\n    return int(lockedpkg.value) + 2", ["lockedpkg>=1", "six"]);
const wrong = { ...wheel("wrongpkg", "1.0", "x = 1"), sha256: "0".repeat(64) };
const late = wheel("latepkg", "1.0", "x = 'late'");
const heavy = wheel("heavypkg", "3.0", `x = 'heavy'\n# ${randomBytes(1_000_000).toString("hex")}`);
const tidy = wheel("tidypkg", "1.0", "import lockedpkg, six\nx = 'tidy'");

// Another file stands at the address of these, with a status that is none of a file's.
const [gone, odd] = [404, 203].map((status) => ({ ...wheel(`answer${status}`, "1.0", "x = 1"), status, instead: wheel(`answer${status}`, "1.0", "x = 'not this one'").bytes }));
const whole = wheel("wholepkg", "1.0", "import latepkg\nx = latepkg.x", ['latepkg; extra == "more"']);

const isLocked = (one) => [locked, tidy, gone, odd].includes(one);

/** What stands in for the CDN and for the index. */
async function elsewhere() {
  const asked = [];
  const files = [locked, indexed, wrong, late, heavy, tidy, gone, odd, whole];
  const state = { asked, down: false };
  // Half of what is heavy comes at once.
  const rest = new Promise((done) => (state.sendRest = done));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    asked.push(pathname);
    const answer = (status, body, type) => response.writeHead(status, { "content-type": type, "access-control-allow-origin": "*" }).end(body);
    if (state.down) return request.socket.destroy();
    const file = files.find((one) => pathname.endsWith(`/${one.file}`));
    if (file === heavy) {
      response.writeHead(200, { "content-type": "application/octet-stream", "access-control-allow-origin": "*", "content-length": heavy.bytes.length });
      response.write(heavy.bytes.subarray(0, heavy.bytes.length / 2));
      return rest.then(() => response.end(heavy.bytes.subarray(heavy.bytes.length / 2)));
    }
    if (file) return answer(file.status ?? 200, file.instead ?? file.bytes, "application/octet-stream");
    const project = files.find((one) => pathname === `/simple/${one.name}/` && !isLocked(one));
    if (project) {
      const list = { meta: { "api-version": "1.1" }, name: project.name, versions: [project.version], files: [{ filename: project.file, url: `${state.url}/files/${project.file}`, hashes: { sha256: project.sha256 }, size: project.bytes.length, "requires-python": ">=3.9", yanked: false }] };
      return answer(200, JSON.stringify(list), "application/vnd.pypi.simple.v1+json");
    }
    if (pathname === "/simple/htmlpkg/") return answer(200, "<!doctype html><p>Log in to the school's network", "text/html");
    answer(404, "no such project", "text/plain");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  state.url = `http://127.0.0.1:${server.address().port}`;
  state.close = () => (server.closeAllConnections(), server.close());
  return state;
}

/** The built site, but with these sources. */
const siteWith = (url) =>
  variantOf(dist, join(root, "dist"), (to) => {
    const entry = (one, depends, size) => ({ version: one.version, file_name: one.file, sha256: one.sha256, depends, size });
    const lock = { [locked.name]: entry(locked, ["six"], 8_123_000), [tidy.name]: entry(tidy, [locked.name, "six"]), [gone.name]: entry(gone, []), [odd.name]: entry(odd, []) };
    unlinkSync(join(to, "packages/pyodide.json"));
    writeFileSync(join(to, "packages/pyodide.json"), JSON.stringify(lock));
    const address = Object.keys(filesOf(to)).find((path) => path.startsWith("packages/pyodide.json"));
    return { sources: { lock: address, cdn: `${url}/cdn/`, index: `${url}/simple`, files: `${url}/files/` } };
  });

/** Code that asks the page for what it must not have. */
const tricks = (url) => {
  const ways = ["/npm/evil/x.js", "/cdn/../npm/evil/x.js", "/cdn/%2e%2E/npm/evil/x.js", "/cdn/..%2fnpm/evil/x.js", `/cdn/${locked.file}?to=evil`, `/cdn/${locked.file}#evil`, "/simpler/x/"];
  const asked = [...ways.map((way) => ({ kind: "wheel", url: url + way, sha256: null })), { kind: "packages", names: ["polars", "nothing. Press Allow"] }];
  const text = JSON.stringify(JSON.stringify(asked));
  return `import json\nfrom rivulet_kernel import asking\nfor request in json.loads(${text}):\n    try:\n        await asking.ask(request)\n        print("given", request)\n    except asking.Refused as refused:\n        print(refused)`;
};

let served, browser, other;
before(async () => {
  other = await elsewhere();
  const cells = ["import indexpkg\nprint(indexpkg.value())", "# /// script\n# dependencies = ['lockedpkg']\n# ///\nprint(__import__('lockedpkg').value)", "import wrongpkg", "import nowherepkg", "import htmlpkg", "import heavypkg\nprint(heavypkg.x)", "try:\n    import optionalpkg\nexcept ImportError:\n    print('without')"];
  cells.push("import answer404\nprint(answer404.x)", "import answer203\nprint(answer203.x)", "%pip install -q 'wholepkg[more]'\nimport wholepkg\nprint(wholepkg.x)", tricks(other.url), "!pip install -q missingpkg\nprint('goes on')");
  served = await site({ "t/outside.py": percent(...cells) });
  served.folder = siteWith(other.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await served?.close();
  other?.close();
  rmSync(root, { recursive: true, force: true });
});

const question = (page, number) => page.getByRole("group", { name: `Cell ${number} asks for your leave` });
const shown = (page, number) => cell(page, number).locator('[data-part="output"]').textContent();

test("what the site does not serve comes from elsewhere once it may, and says why it cannot", async () => {
  const page = await newPage(browser);
  await open(page, served, "t/outside.py");
  await runCell(page, 1);
  await question(page, 1).waitFor();
  assert.match(await question(page, 1).textContent(), /This notebook needs indexpkg \(PyPI\), and what it needs\. This site does not serve it\./);
  // Not even how large it is: that would tell somebody of this notebook.
  assert.deepEqual(other.asked, []);
  await question(page, 1).getByRole("button", { name: "How large?" }).click();
  await question(page, 1).getByText(`indexpkg (PyPI, ${indexed.bytes.length} bytes)`).waitFor();
  assert.equal(await question(page, 1).getByRole("button", { name: "How large?" }).count(), 0);
  assert.deepEqual(other.asked, ["/simple/indexpkg/"]);
  await question(page, 1).getByRole("button", { name: "Not now" }).click();
  await settle(page);
  assert.match(await shown(page, 1), /The package indexpkg could not be brought\. You did not allow/);
  await runCell(page, 2);
  await question(page, 2).getByText("This notebook needs lockedpkg (CDN, 8.1 MB), and what it needs.").waitFor();
  assert.equal(await question(page, 2).getByRole("button", { name: "How large?" }).count(), 0);
  await question(page, 2).getByRole("button", { name: "Not now" }).click();
  await settle(page);
  assert.deepEqual(other.asked, ["/simple/indexpkg/"]);

  await runAll(page);
  await question(page, 1).getByRole("button", { name: "Allow" }).click();
  const fetching = page.getByRole("group", { name: "Fetching heavypkg 3.0" });
  const [half, all] = [heavy.bytes.length / 2, heavy.bytes.length].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  await fetching.getByText(`${half} of ${all}`).waitFor();
  assert.ok(Math.abs((await fetching.getByRole("progressbar").evaluate((bar) => bar.value)) - 0.5) < 0.01);
  await page.getByRole("status").filter({ hasText: /^Cell 6 fetches heavypkg$|^Still running\.$/ }).first().waitFor({ state: "attached" });
  other.sendRest();
  await settle(page);
  assert.equal(await fetching.count(), 0);
  assert.deepEqual(await statuses(page), ["success", "success", "error", "error", "error", "success", "success", "error", "error", "success", "success", "success"]);
  assert.equal(await shown(page, 1), "42");
  assert.equal(await shown(page, 2), "40");
  assert.match(await shown(page, 3), /wrongpkg-1\.0-py3-none-any\.whl is refused: what came is another file/);
  assert.match(await shown(page, 4), /Neither Pyodide nor the index has a package nowherepkg\./);
  assert.match(await shown(page, 5), /The index of packages answered with something else than a list of files/);
  assert.equal(await shown(page, 6), "heavy");
  assert.equal(await shown(page, 7), "without");
  for (const [number, status] of [[8, 404], [9, 203]]) {
    const text = await shown(page, number);
    assert.match(text, new RegExp(`answer${status}-1\\.0-py3-none-any\\.whl is refused: 127\\.0\\.0\\.1:\\d+ answered with ${status} in its place\\.`));
    assert.doesNotMatch(text, /not this one/);
  }
  // What is asked for by its extra is brought with it.
  assert.equal(await shown(page, 10), "late");
  const told = (await shown(page, 11)).trim().split("\n");
  for (const line of told.slice(0, -1)) assert.match(line, /^http:\S+ is no address of Pyodide's packages or of the index\.$/);
  assert.match(told.at(-1), /^Only packages by their names/);
  assert.equal(told.length, 8);
  assert.ok(!other.asked.some((path) => path.includes("evil") || path.includes("simpler")), other.asked.join());
  assert.match(await shown(page, 12), /The package missingpkg could not be brought\. Neither Pyodide nor the index has a package missingpkg\.\s*goes on/);
  assert.ok(!other.asked.some((path) => path.includes("optionalpkg") || path.includes("six")), other.asked.join());
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("leave and files are kept with the notebook, and what cannot be reached is tried again", async () => {
  const page = await newPage(browser);
  await page.goto(served.url);
  await page.getByRole("link", { name: "New notebook" }).click();
  await page.waitForSelector("article[data-cell]");
  await write(page, 1, "import indexpkg\nprint(indexpkg.value())");
  await saved(page);
  await runCell(page, 1);
  await question(page, 1).getByRole("button", { name: "Allow" }).click();
  await settle(page);
  assert.equal(await shown(page, 1), "42");

  other.down = true;
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 1);
  await settle(page);
  assert.deepEqual(await statuses(page), ["success"], await shown(page, 1));
  await write(page, 1, "import latepkg\nprint(latepkg.x)");
  await runCell(page, 1);
  await settle(page);
  assert.match(await shown(page, 1), /The package latepkg could not be brought\. 127\.0\.0\.1:\d+ could not be reached/);
  other.down = false;
  await runCell(page, 1);
  await settle(page);
  assert.equal(await shown(page, 1), "late");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a notebook that brought packages once runs without a network, and can be prepared for that", async () => {
  const page = await newPage(browser);
  await page.goto(served.url);
  await page.getByRole("link", { name: "New notebook" }).click();
  await page.waitForSelector("article[data-cell]");
  await write(page, 1, "import indexpkg\nprint(indexpkg.value())");
  await saved(page);
  await runCell(page, 1);
  await question(page, 1).getByRole("button", { name: "Allow" }).click();
  await settle(page);
  await cell(page, 1).getByRole("button", { name: "Add Python cell below" }).click();
  await write(page, 2, "import tidypkg\nprint(tidypkg.x)");
  await saved(page);
  const prepare = async () => {
    await page.getByRole("button", { name: "Notebook actions" }).click();
    await page.getByRole("button", { name: "Prepare for offline" }).click();
  };
  await prepare();
  await page.getByText("Ready for offline").waitFor();
  await page.context().setOffline(true);
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runAll(page);
  await settle(page);
  assert.deepEqual([await shown(page, 1), await shown(page, 2)], ["42", "tidy"]);
  await page.context().setOffline(false);
  await write(page, 2, "import latepkg\nprint(latepkg.x)");
  await prepare();
  await page.getByText("and latepkg not yet: run the cells that import such packages once").waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
