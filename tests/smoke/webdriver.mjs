// WebKitGTK as the smoke tests drive it: MiniBrowser on a virtual display, by the WebDriver protocol.
// The same interface as puppet.mjs. A profile is a session, of which a driver has one at a time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** A driver that has not answered in so many milliseconds never will. */
const STUCK = 180_000;
/** A browser that has not come up in so many milliseconds never will: now and then one does not find its driver. */
const START = 40_000;
const STARTS = 4;
const KEYS = { Control: "\uE009" };

/** Starts a display; each profile is a browser of its own on it. */
export async function startWebKit({ display, driver, browser }) {
  const screen = spawn(display, ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const number = await Promise.race([once(createInterface(screen.stdio[3]), "line"), failure(screen)]);
  // There is no graphics card.
  const drawing = { WEBKIT_DISABLE_DMABUF_RENDERER: "1", LIBGL_ALWAYS_SOFTWARE: "1", GDK_BACKEND: "x11" };
  const env = { ...process.env, ...drawing, DISPLAY: `:${number}` };
  return {
    profile: () => startSession(driver, browser, env),
    close: () => end(screen),
  };
}

async function failure(child) {
  const [code] = await once(child, "exit");
  throw new Error(`${child.spawnfile} has ended with code ${code}`);
}

async function end(child) {
  const ended = once(child, "exit");
  if (child.exitCode === null && child.kill()) await ended;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Starts a driver, and returns it with the way to call it. */
async function startDriver(driver, env) {
  const port = await freePort();
  // A group of its own, so that a browser that hangs can be ended with it.
  const child = spawn(driver, [`--port=${port}`], { env, stdio: "ignore", detached: true });
  const call = async (method, path, body, stuck = STUCK) => {
    const signal = AbortSignal.timeout(stuck);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, signal, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  while (!(await call("GET", "/status").catch(() => undefined))?.ready) {
    if (child.exitCode !== null) throw new Error(`${driver} has ended with code ${child.exitCode}`);
    await pause(30);
  }
  return { child, call };
}

/** Starts a browser with its driver; one that does not come up is ended, and another takes its place. */
async function startBrowser(driver, browser, env, left = STARTS) {
  const { child, call } = await startDriver(driver, env);
  const options = { binary: browser, args: ["--automation"] };
  const wanted = { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } } };
  try {
    const { sessionId } = await call("POST", "/session", wanted, START);
    return { child, call, sessionId };
  } catch (error) {
    const ended = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await ended;
    }
    if (left <= 1 || error.name !== "TimeoutError") throw error;
    console.log("A browser did not come up, and another is started.");
    return startBrowser(driver, browser, env, left - 1);
  }
}

async function startSession(driver, browser, env) {
  const { child, call, sessionId } = await startBrowser(driver, browser, env);
  const post = (path, body = {}) => call("POST", `/session/${sessionId}${path}`, body);
  await post("/timeouts", { script: 120_000, pageLoad: 120_000 });
  const first = await call("GET", `/session/${sessionId}/window`);
  let [current, isFirstTaken] = [first, false];
  return {
    page: async () => {
      // Each page is a window, since a click into a tab behind another one fails.
      const { handle } = isFirstTaken ? await post("/window/new", { type: "window" }) : { handle: first };
      isFirstTaken = true;
      const front = async () => {
        if (current !== handle) await post("/window", { handle });
        current = handle;
      };
      return tabOf(async (path, body) => (await front(), post(path, body)), front);
    },
    close: async () => {
      await call("DELETE", `/session/${sessionId}`).catch(() => {});
      await end(child);
    },
  };
}

// Runs in the page: what a function returns, or throws, to WebDriver's callback.
const CALL = `
  const [values, done] = arguments;
  (async () => (WORK)(...values))().then((value) => done({ value }), (error) => done({ error: String(error) }));
`;

function tabOf(post, front) {
  const evaluate = async (work, ...values) => {
    const { value, error } = await post("/execute/async", { script: CALL.replace("WORK", () => String(work)), args: [values] });
    if (error) throw new Error(error);
    return value;
  };
  const keys = (actions) => post("/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  const code = (key) => KEYS[key] ?? key;
  const down = (key) => ({ type: "keyDown", value: code(key) });
  const up = (key) => ({ type: "keyUp", value: code(key) });
  return {
    goto: (url) => post("/url", { url }),
    reload: () => post("/refresh"),
    front,
    evaluate,
    click: async (find, ...values) => {
      const element = await evaluate(find, ...values);
      if (element) await post(`/element/${element[ELEMENT]}/click`);
      return Boolean(element);
    },
    type: (text) => keys([...text].flatMap((key) => [down(key), up(key)])),
    press: (...all) => keys([...all.map(down), ...all.toReversed().map(up)]),
  };
}
