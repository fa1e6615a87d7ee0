// What a notebook reads from other sites: by leave of the person, through a frame without an origin.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { cell, launch, newPage, open, percent, runAll, runCell, saved, settle, site, statuses, write } from "./harness.mjs";

/** Another site on this device. What lies below /shared/ it lets everybody read. */
async function otherSite() {
  const asked = [];
  const state = { asked };
  state.waitedFor = new Promise((done) => (state.isWaitedFor = done));
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { pathname } = new URL(request.url, "http://x");
    asked.push({ method: request.method, path: pathname, headers: request.headers, body });
    const cors = pathname.startsWith("/shared/") ? { "access-control-allow-origin": "*", "access-control-allow-headers": "*" } : {};
    const answer = (status, text, more = {}) => response.writeHead(status, { "content-type": "text/plain", ...cors, ...more }).end(text);
    if (request.method === "OPTIONS") return answer(204);
    if (pathname === "/shared/table.csv") return answer(200, "city,people\nOslo,7\nRome,9\n");
    if (pathname === "/shared/led") return answer(302, "", { location: "/shared/table.csv" });
    if (pathname === "/shared/away") return answer(302, "", { location: state.away });
    if (pathname === "/shared/away307") return answer(307, "", { location: state.away });
    if (pathname === "/shared/within") return answer(302, "", { location: "https://192.168.0.1/" });
    if (pathname === "/shared/never") return state.isWaitedFor();
    if (pathname === "/shared/echo") return answer(200, JSON.stringify({ method: request.method, body, type: request.headers["content-type"] }));
    if (pathname === "/shared/large") return answer(200, Buffer.alloc(51e6, 65));
    if (pathname === "/private/table.csv") return answer(200, "secret");
    answer(404, "no such thing");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) });
}

/** Runs in every frame: `outOfPatience` ends the newest wait of a minute at once, and the page's, which is longer. */
function holdPatience() {
  const { setTimeout } = window;
  window.setTimeout = (act, milliseconds, ...rest) => {
    if (milliseconds === (window === top ? 75_000 : 60_000)) window.outOfPatience = act;
    return setTimeout(act, milliseconds, ...rest);
  };
}

let served, browser, other, second;
before(async () => {
  [other, second] = [await otherSite(), await otherSite()];
  other.away = `${second.url}/shared/table.csv`;
  const failing = (code) => `try:\n    ${code}\nexcept Exception as error:\n    print(type(error).__name__, error)`;
  const ways = percent(
    `from urllib.request import Request, urlopen\nSITE = "${other.url}"\nwith urlopen(SITE + "/shared/table.csv") as answer:\n    print(answer.status, answer.headers["Content-Type"], answer.read().decode().splitlines())`,
    `import json\nsent = Request(SITE + "/shared/echo", data=b'{"a": 1}', headers={"Content-Type": "application/json"})\necho = json.load(urlopen(sent))\nprint(echo)\nprint(urlopen(SITE + "/shared/led").url.removeprefix(SITE))`,
    `from pyodide.http import open_url, pyfetch, pyxhr\nimport js\nprint((await (await pyfetch(SITE + "/shared/table.csv")).string())[:11])\nprint(open_url(SITE + "/shared/table.csv").read()[:11])\nprint(pyxhr.get(SITE + "/shared/table.csv").content[:4])\nprint((await (await js.fetch(SITE + "/shared/table.csv")).text())[:4])`,
    [failing('urlopen(SITE + "/shared/none")'), failing('urlopen(SITE + "/private/table.csv")'), failing('urlopen("http://example.org/")'), failing('urlopen(SITE + "/shared/large")'), failing('urlopen(Request(SITE + "/shared/echo", method="PUT"))'), ...["away", "within"].map((path) => failing(`urlopen(SITE + "/shared/${path}")`)), ...["away", "away307"].map((path) => failing(`urlopen(SITE + "/shared/${path}", data=b"mine")`)), failing('urlopen(SITE + "/shared/never")')].join("\n"),
    `import pandas\npandas.read_csv(SITE + "/shared/table.csv").people.sum()`,
    `import requests\nprint(requests.get(SITE + "/shared/table.csv").text.split(), requests.get(SITE + "/shared/none").status_code)\nprint(requests.post(SITE + "/shared/echo", json={"a": 2}).json())\nimport httpx\nprint(httpx.get(SITE + "/shared/table.csv").text.split())\nasync with httpx.AsyncClient() as client:\n    print((await client.post(SITE + "/shared/echo", json={"b": 3})).json())\n${failing('requests.get(SITE + "/private/table.csv")')}\n${failing('httpx.get(SITE + "/private/table.csv")')}\n${failing('pandas.read_csv(SITE + "/private/table.csv")')}`,
    `${failing(`urlopen("${second.url}/shared/table.csv")`)}\n${failing(`urlopen("${second.url}/shared/echo")`)}`,
    `print(urlopen(SITE + "/shared/away").url)`,
  );
  served = await site({ "t/ways.py": ways });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await Promise.all([served, other, second].map((server) => server?.close()));
});

const shown = (page, number) => cell(page, number).locator('[data-part="output"]').textContent();
const question = (page, number) => page.getByRole("group", { name: `Cell ${number} asks for your leave` });

test("a notebook reads other sites once it may, by each way that Python has, and says why it cannot", async () => {
  const page = await newPage(browser);
  const requests = [];
  await page.addInitScript(holdPatience);
  page.on("request", (request) => requests.push({ url: request.url(), frame: request.frame()?.url() }));
  await open(page, served, "t/ways.py");
  await runAll(page);
  const asks = question(page, 1);
  await asks.waitFor();
  assert.match(await asks.textContent(), new RegExp(`This cell wants to read ${other.url}/shared/table.csv`));
  assert.equal(await cell(page, 1).locator('[data-part="status"] .word').textContent(), "running, asks you");
  // Nothing is asked before, and nothing is made for it.
  assert.equal(other.asked.length, 0);
  assert.equal(await page.locator("iframe[title='Other sites']").count(), 0);
  await asks.getByRole("button", { name: "Allow" }).click();
  await other.waitedFor;
  for (const frame of page.frames().filter((frame) => frame.url().includes("/broker-"))) await frame.evaluate(() => globalThis.outOfPatience());
  await question(page, 7).waitFor();
  assert.match(await shown(page, 1), /^200 text\/plain \['city,people', 'Oslo,7', 'Rome,9'\]/);
  assert.match(await shown(page, 2), /'method': 'POST', 'body': '\{"a": 1\}', 'type': 'application\/json'.*\/shared\/table.csv/s);
  assert.equal(await shown(page, 3), "city,people\ncity,people\nb'city'\ncity");
  const failures = (await shown(page, 4)).split("\n");
  assert.match(failures[0], /^HTTPError HTTP Error 404/);
  assert.match(failures[1], /^URLError .*127.0.0.1:\d+ does not let pages of other sites read it/);
  assert.match(failures[2], /^URLError .*Only https addresses/);
  assert.match(failures[3], /^URLError .*larger than the 50 MB/);
  assert.match(failures[4], /^URLError .*only GET and POST, not PUT/);
  // Nobody is asked whom a site leads on to, unless the person allows that as well.
  assert.match(failures[5], /^URLError .*127.0.0.1:\d+ leads on to another site/);
  assert.match(failures[6], /^URLError .*127.0.0.1:\d+ leads on to another site/);
  for (const posted of [7, 8]) assert.match(failures[posted], /^URLError .*127.0.0.1:\d+ leads on to another site/);
  assert.match(failures[9], /^URLError .*127.0.0.1:\d+ took longer than 60 seconds/);
  assert.match(await shown(page, 5), /16/);
  // Another site is another question; who does not want it is asked once in a run.
  await question(page, 7).getByRole("button", { name: "Not now" }).click();
  await settle(page);
  const refused = /^URLError <urlopen error You did not allow this notebook to read from 127.0.0.1:\d+\. Run the cell again to be asked again\.>$/;
  for (const line of (await shown(page, 7)).split("\n")) assert.match(line, refused);
  assert.equal(second.asked.length, 0);
  const [got, posted, gotByHttpx, postedByHttpx, ...closed] = (await shown(page, 6)).split("\n");
  assert.equal(got, "['city,people', 'Oslo,7', 'Rome,9'] 404");
  assert.match(posted, /'method': 'POST', 'body': '\{"a": ?2\}', 'type': 'application\/json'/);
  assert.equal(gotByHttpx, "['city,people', 'Oslo,7', 'Rome,9']");
  assert.match(postedByHttpx, /'method': 'POST', 'body': '\{"b": ?3\}', 'type': 'application\/json'/);
  assert.match(closed[0], /^ConnectionError .*127.0.0.1:\d+ does not let pages of other sites read it/);
  assert.match(closed[1], /^ConnectError .*127.0.0.1:\d+ does not let pages of other sites read it/);
  assert.match(closed[2], /^URLError .*127.0.0.1:\d+ does not let pages of other sites read it/);
  await runCell(page, 7);
  await question(page, 7).getByRole("button", { name: "Allow" }).click();
  await settle(page);
  assert.equal(await shown(page, 7), "");

  await runCell(page, 8);
  await settle(page);
  assert.equal(await shown(page, 8), `${second.url}/shared/table.csv`);

  // A frame that says nothing any more is given up, and another one takes its place.
  const frames = () => page.frames().filter((frame) => frame.url().includes("/broker-"));
  const dead = frames();
  assert.ok(dead.length > 0);
  for (const frame of dead) await frame.evaluate(() => void (window.fetch = () => new Promise(() => {})));
  await page.evaluate(() => delete window.outOfPatience);
  await runCell(page, 8);
  await page.waitForFunction(() => window.outOfPatience !== undefined);
  await page.evaluate(() => window.outOfPatience());
  await settle(page);
  assert.match(await shown(page, 8), /The part of this page that reads other sites has stopped/);
  await runCell(page, 8);
  await settle(page);
  assert.equal(await shown(page, 8), `${second.url}/shared/table.csv`);
  assert.equal(frames().length, 1);
  assert.ok(!dead.includes(frames()[0]));

  // What went out had nothing of the person, and came from the frame alone.
  for (const { headers } of [...other.asked, ...second.asked]) {
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.referer, undefined);
    assert.ok([undefined, "null"].includes(headers.origin), headers.origin);
  }
  const outside = requests.filter(({ url }) => url.startsWith(other.url));
  assert.ok(outside.length > 5);
  for (const { frame } of outside) assert.match(frame, /broker-[0-9a-f]+\.html#/);
  assert.deepEqual(await statuses(page), Array(8).fill("success"));
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("leave is remembered with the notebook, and goes with no link", async () => {
  const page = await newPage(browser);
  await page.goto(`${served.url}?new`);
  await page.waitForSelector("article[data-cell]");
  await write(page, 1, `from urllib.request import urlopen\nurlopen("${other.url}/shared/table.csv").status`);
  await saved(page);
  await runCell(page, 1);
  await question(page, 1).getByRole("button", { name: "Allow" }).click();
  await settle(page);
  assert.equal(await shown(page, 1), "200");
  await page.reload();
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 1);
  await settle(page);
  assert.equal(await shown(page, 1), "200");
  await page.getByRole("button", { name: "Share" }).click();
  const shared = await page.getByRole("textbox", { name: "Link" }).inputValue();
  await page.goto("about:blank");
  await page.goto(shared);
  await page.waitForSelector("article[data-cell]");
  await runCell(page, 1);
  await question(page, 1).waitFor();
  assert.deepEqual(page.troubles, []);
  await page.close();
});
