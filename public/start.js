// Starts the app: its style, its editor, its script and its wasm, each verified by the browser itself.
// What does not come as the build made it is fetched anew; and what still is not there after a while is
// told, with the ways out that need nothing of the app.

/** After so many milliseconds something is said. */
const LATE = 10_000;
/** A file that is still on its way is not asked for again before a network of so many bytes a millisecond has brought it. */
const SLOW = 200;

const { files, app } = JSON.parse(document.getElementById("rivulet-files").textContent);
const listed = (path) => ({ path, ...files[path] });
/** The files of the app that are not in use yet, each with what is wrong with it so far. */
const awaited = new Map(Object.values(app).map((path) => [path, ""]));
let isStarted = false;
let told;
/** When a file came last. */
let heard = Date.now();

/** Promises what comes first of an element: that it is loaded, or not. */
function element(name, attributes) {
  const made = Object.assign(document.createElement(name), attributes);
  return new Promise((resolve, reject) => {
    made.onload = resolve;
    made.onerror = () => (made.remove(), reject(new Error(`${attributes.href ?? attributes.src} did not load`)));
    document.head.append(made);
  });
}

/** What takes a file into the page: from its address, or past what the browser remembers of that. */
const uses = {
  style: (href, integrity) => element("link", { rel: "stylesheet", href, integrity }),
  // A module is one for each address: the import finds what was verified here.
  script: (src, integrity) => element("script", { type: "module", src, integrity }).then(() => import(new URL(src, location.href).href)),
  wasm: async (address, integrity) => {
    const answer = await fetch(address, { integrity });
    if (!answer.ok) throw new Error(`the site answered ${answer.status}`);
    const isStreamed = /^application\/wasm/.test(answer.headers.get("content-type"));
    return isStreamed ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
  },
};

/** Uses a file of the list; one that is wrong, or does not come, once more. */
async function use(kind, path) {
  const file = listed(path);
  const integrity = integrityOf(file);
  let wrong = `${fileName(path)} could not be used.`;
  const again = async () => {
    await fetchVerified(file).catch((error) => {
      wrong = error.message;
      if (awaited.has(path)) awaited.set(path, wrong);
      throw error;
    });
    // By its own address the browser remembers the wrong answer.
    return uses[kind](`./${path}${path.includes("?") ? "&" : "?"}again=${Date.now()}`, integrity);
  };
  let isPending = true;
  const first = uses[kind](`./${path}`, integrity).finally(() => (isPending = false));
  const mended = first.catch(again);
  // One that neither comes nor fails is tried beside itself.
  const beside = silence(LATE + file.size / SLOW).then(() => (isPending ? Promise.any([mended, again()]) : mended));
  const used = await Promise.race([mended, beside]).catch(() => {
    throw new Wrong(wrong);
  });
  awaited.delete(path);
  heard = Date.now();
  return used;
}

/** Until no file has come for so many milliseconds: on a slow network they come one after the other. */
async function silence(time) {
  for (let left = time; left > 0; left = heard + time - Date.now()) await new Promise((done) => setTimeout(done, left));
}

if (!takeLink()) {
  isHere();
  start();
}

function start() {
  setTimeout(tell, LATE);
  const [style, editor, script, wasm] = [use("style", app.style), use("script", app.editor), use("script", app.script), use("wasm", app.wasm)];
  const running = Promise.all([script, wasm, style]).then(([bindings, module]) => bindings.default({ module_or_path: module }));
  Promise.all([running, editor]).then(() => {
    isStarted = true;
    if (!hasStopped) unsay();
  }, tell);
  running.then(gone, () => {});
}

function gone() {
  document.getElementById("rivulet-start")?.remove();
}

/** Says that the app has not started, and why as far as it is known. */
function tell(error) {
  if (hasStopped || isStarted) return;
  if (document.readyState === "loading") return addEventListener("DOMContentLoaded", () => tell(error), { once: true });
  const reasons = new Set([...awaited.values(), error?.message].filter(Boolean));
  const waiting = [...awaited].filter(([, reason]) => !reason).map(([path]) => path);
  if (reasons.size === 0 && waiting.length > 0) reasons.add(`It waits for ${waiting.join(" and ")}.`);
  const sentences = ["Rivulet has not started. Your notebooks are kept in this browser.", ...reasons];
  gone();
  if (sentences.join() !== told) say(sentences, [reload, ["Repair", repair], ["Save my notebooks", saveNotebooks]]);
  told = sentences.join();
  // What is found out afterwards is said too.
  if (waiting.length > 0) setTimeout(tell, 1000, error);
}

/** Gives up all that is kept of the site's files, and opens it anew. Notebooks are in databases, which stay. */
async function repair(button) {
  button.disabled = true;
  button.textContent = "Repairing\u2026";
  // Without a network what is kept may be the only copy.
  const isReached = await receive("service-worker.js", { cache: "reload", most: ENOUGH }).then(({ response }) => response.ok, () => false);
  if (!isReached) {
    button.textContent = "Not now: this site cannot be reached";
    setTimeout(() => Object.assign(button, { disabled: false, textContent: "Repair" }), LATE);
    return;
  }
  const scope = new URL("./", location.href).href;
  const gone = async () => {
    const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
    await Promise.all(registrations.filter((one) => one.scope === scope).map((one) => one.unregister()));
    const names = (await globalThis.caches?.keys()) ?? [];
    await Promise.all(names.filter((name) => `${name} `.includes(` ${scope} `)).map((name) => caches.delete(name)));
  };
  // What the browser remembers by itself, too.
  const anew = () => Promise.all(["./", ...Object.values(app)].map((path) => fetch(path, { cache: "reload" })));
  const soon = new Promise((done) => setTimeout(done, LATE));
  await Promise.race([gone().catch(() => {}).then(anew).catch(() => {}), soon]);
  location.reload();
}

// The app fetches by these, too. The errors are sentences.

/** The bytes of a file of the list, or of one whose hash such a file names. */
globalThis.rivuletFetch = (path, size, digest, progress) => fetchVerified({ path, size, sha256: digest }, progress);

/** Has a style or a script of the list in use. */
globalThis.rivuletUse = use;

/** The bytes of a file that may be edited where it is, so that no list knows its hash. */
globalThis.rivuletLesson = async (path, most) => {
  const once = async (cache) => {
    const came = await receive(path, { cache, most });
    const wrong = fault(path, came) || (came.size > most && `${fileName(path)} is larger than ${amount(most)}.`);
    if (wrong) throw new Wrong(wrong);
    return came.bytes;
  };
  return once("no-cache").catch(() => once("reload"));
};
