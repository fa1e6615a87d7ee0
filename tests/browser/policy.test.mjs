// What the page's policy promises: the build stops where the page does not keep it, and the browser does.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dist, launch, newPage, open, percent, runAll, settle, site } from "./harness.mjs";

/** What the build says of a page, or of a script; empty if it takes it. */
function judged(check, ...given) {
  const code = `import * as release from "./setup/release.mjs"; const [check, ...given] = JSON.parse(process.argv[1]); release[check](...given);`;
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code, JSON.stringify([check, ...given])], { encoding: "utf8" });
  assert.equal(status, stderr ? 1 : 0);
  return stderr;
}

test("the build stops at a page that its policy would refuse, or whose policy promises less", () => {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const made = { blobs: true };
  assert.equal(judged("checkPage", html, "index.html", made), "");
  const cases = [
    [html.replace("</head>", "<script>alert(1)</script></head>"), /a script that its policy would refuse: alert\(1\)/],
    [html.replace("</body>", '<img src=x onerror="alert(1)"></body>'), /a handler in an attribute/],
    [html.replace("'wasm-unsafe-eval'", "'unsafe-eval'"), /must not allow eval/],
    [html.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"), /no scripts but its own/],
    [html.replace("script-src 'self'", "script-src 'self' https://cdn.example"), /no scripts but its own/],
    [html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ""), /has no policy/],
    [html.replace('<meta charset="utf-8" />', '<meta charset="utf-8" /><link rel="icon" href="x">'), /before its policy/],
  ];
  for (const [page, said] of cases) {
    assert.notEqual(page, html);
    assert.match(judged("checkPage", page, "index.html", made), said);
  }
  // A page whose scripts make none of their own, as the kernel's frame, allows no such ones.
  assert.match(judged("checkPage", html), /no scripts but its own/);
});

test("the build stops at a script that asks for a frame of the page's origin, or a worker from an address", () => {
  const cases = [
    ['frame.sandbox = "allow-scripts allow-same-origin"', /the page's own origin/],
    ['new Worker("worker.js")', /a worker from an address/],
    ["new SharedWorker(`./x.js`)", /a worker from an address/],
    ['new Worker(new URL("w.js", import.meta.url))', /a worker from an address/],
  ];
  for (const [script, said] of cases) assert.match(judged("checkScripts", [["some.js", script]]), said);
  assert.equal(judged("checkScripts", [["some.js", 'frame.sandbox = "allow-scripts"; new Worker(url)']]), "");
});

test("in the browser the policy comes first, and no script runs that is not of the build", async () => {
  const served = await site({ "t/one.py": percent("1"), "t/worker.js": "postMessage('runs')" });
  const browser = await launch();
  try {
    const page = await newPage(browser);
    await open(page, served, "t/one.py");
    await runAll(page);
    await settle(page);
    const found = await page.evaluate(async () => {
      const outcome = {};
      outcome.first = document.head.querySelectorAll("meta, script, link")[1].httpEquiv;
      const refused = [];
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "globalThis.inline = true";
      document.head.append(script);
      document.body.insertAdjacentHTML("beforeend", '<b id="handler" onclick="globalThis.isHandled = true"></b>');
      document.getElementById("handler").click();
      outcome.inline = globalThis.inline ?? globalThis.isHandled ?? false;
      // Not at once: what a test asks of the page directly is outside of the policy.
      setTimeout("globalThis.isEvaluated = true");
      // Timers of the same time end in their order.
      await new Promise((done) => setTimeout(done));
      outcome.eval = globalThis.isEvaluated ?? false;
      const other = document.createElement("script");
      other.src = "https://elsewhere.invalid/x.js";
      await new Promise((done) => ((other.onload = other.onerror = done), document.head.append(other)));
      await fetch("https://elsewhere.invalid/").catch(() => {});
      await new Promise((done) => setTimeout(done));
      outcome.refused = [...new Set(refused)].sort();
      outcome.frames = [...document.querySelectorAll("iframe")].map((frame) => [frame.getAttribute("sandbox"), frame.getAttribute("srcdoc").startsWith('<!doctype html><meta http-equiv="Content-Security-Policy"')]);
      return outcome;
    });
    assert.equal(found.first, "Content-Security-Policy");
    assert.equal(found.inline, false);
    assert.equal(found.eval, false);
    for (const directive of ["connect-src", "script-src", "script-src-attr", "script-src-elem"]) assert.ok(found.refused.includes(directive), `${directive}: ${found.refused}`);
    assert.deepEqual(found.frames, [["allow-scripts", true]]);
    await page.context().close();
  } finally {
    await browser.close();
    await served.close();
  }
});
