// Keeps the site on the device, so that it opens without a network, and whatever the network answers.
// The build makes one function of `verify.js` and this, `rivuletWorker`, and calls it with its `seal`.
//
// A release is a page and the list of files in it. It is kept whole or not at all: its page is stored
// when all that it starts with is there. Until then the one before is what opens. What is kept is
// verified when it comes and again when it is given out.

const scope = new URL("./", self.location).href;
const releasePrefix = `rivulet release ${scope} `;
const filesName = `rivulet files ${scope}`;
/** How long a newer release may keep the person waiting, in milliseconds. */
const PATIENCE = 4000;
/** An adoption of which nothing came for so long may be hanging, in milliseconds. */
const LIFE = 1500;
/** The largest lesson that is kept, in bytes. */
const LARGEST = 64 << 20;
/** When a release was adopted; what a file that is in no list was when it came. */
const [ADOPTED, DIGEST] = ["x-rivulet-adopted", "x-rivulet-sha256"];
/** When a lesson was kept, and how many bytes of lessons stay: those that were kept last. */
const [KEPT, MOST] = ["x-rivulet-kept", 256 << 20];

const TYPES = {
  js: "text/javascript", css: "text/css", wasm: "application/wasm", json: "application/json", svg: "image/svg+xml",
  png: "image/png", woff2: "font/woff2", webmanifest: "application/manifest+json", html: "text/html; charset=utf-8",
};

/** A file as it is stored. Its type is not in its hash, so that it is not taken from who answered. */
function asStored(path, bytes, headers = {}) {
  const type = TYPES[fileName(path).split(".").at(-1)] ?? "application/octet-stream";
  return new Response(bytes, { headers: { "content-type": type, ...headers } });
}

/** Whether this worker is the one that the build made: a changed byte in it could keep anything. */
const isIntact = async () => (await sha256(new TextEncoder().encode(rivuletWorker.toString()))) === seal;

// Releases.

/** The whole releases, the newest first: `{ id, files, kept, cacheName, adopted }`. */
async function releases() {
  const names = (await caches.keys()).filter((name) => name.startsWith(releasePrefix));
  // One that cannot be read does not stand in the way of the others.
  const found = await Promise.all(names.map((name) => readRelease(name).catch(() => undefined)));
  return found.filter(Boolean).sort((one, other) => other.adopted - one.adopted);
}

async function readRelease(cacheName) {
  const cache = await caches.open(cacheName);
  const [page, keys] = await Promise.all([cache.match(scope), cache.keys()]);
  const html = await page?.text();
  const release = html && (await releaseOf(html));
  if (!release || cacheName !== releasePrefix + release.id) return undefined;
  const there = new Set(keys.map(({ url }) => url));
  const isWhole = release.kept.every((path) => there.has(new URL(path, scope).href));
  return isWhole ? { ...release, html, cacheName, adopted: Number(page.headers.get(ADOPTED)) } : undefined;
}

/** The releases as they were last read; what is in them is verified each time that it is used. */
let lists;
function readAnew() {
  lists = releases();
  lists.catch(() => (lists = undefined));
  return lists;
}

/** What the newest release that knows an address says of it. Lessons may be edited where they are. */
async function listed(url) {
  const path = url.slice(scope.length);
  if (path.startsWith("notebooks/")) return undefined;
  const known = (await (lists ?? readAnew())).find(({ files }) => Object.hasOwn(files, path));
  return known && { path, ...known.files[path], cacheName: known.kept.includes(path) ? known.cacheName : filesName };
}

/** The page as the network has it now, with its list. What comes and is no whole page of Rivulet is a `Wrong`. */
async function fetchRelease() {
  const came = await receive(scope, { cache: "no-cache", most: 4 * ENOUGH });
  const html = new TextDecoder().decode(came.bytes);
  const release = came.response.ok && (await releaseOf(html));
  if (release) return { ...release, html };
  if (!came.response.ok) throw new Wrong(`The site answered ${came.response.status}.`);
  if (RELEASE.test(html)) throw new Wrong("Its page was changed on the way, perhaps by a filter of your network.");
  throw new Wrong(`Another page of ${amount(came.size)} came instead: perhaps it is from a filter of your network, or a page to log in to it.`);
}

/** The cache of the release that was last tried; what it has so far is for the next try. */
let tried;
/** The adoption that is under way: of which release, until when something came, and what ends it. */
let adoption;

/** Makes a release the one that opens, once all that it starts with is there. */
function adopt(release) {
  const isAlive = adoption?.id === release.id && Date.now() - adoption.at < LIFE;
  if (isAlive) return adoption.done;
  // One that hangs would keep the same files from the next one.
  adoption?.stop.abort();
  const own = { id: release.id, at: Date.now(), stop: new AbortController() };
  adoption = own;
  own.done = fetchWhole(release, own).finally(() => {
    own.stop.abort();
    if (adoption === own) adoption = undefined;
  });
  return own.done;
}

async function fetchWhole({ id, files, kept, html }, own) {
  tried = releasePrefix + id;
  const cache = await caches.open(tried);
  const progress = () => (own.at = Date.now());
  // The home page lists the lessons without a network too; a release does not wait long for that.
  const lessons = Promise.race([fetchLesson(`${scope}notebooks/index.json`).catch(() => {}), new Promise((done) => setTimeout(done, LIFE))]);
  await Promise.all([lessons, ...kept.map((path) => keepFile({ path, ...files[path] }, cache, progress, own.stop.signal))]);
  await cache.put(scope, asStored("index.html", html, { [ADOPTED]: String(Date.now()) }));
  readAnew();
  for (const client of await self.clients.matchAll({ type: "window" })) client.postMessage({ release: id });
}

/** Gives up what no open page needs. A page keeps what it began with for as long as other pages are open. */
async function tidy() {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (open.filter(({ url }) => url.startsWith(scope)).length > 1) return;
  const [newest, before] = await readAnew();
  if (!newest) return;
  const stay = [newest, before].filter(Boolean);
  const ours = (name) => name.startsWith(releasePrefix) || name.startsWith(`rivulet shell ${scope} `);
  const gone = (await caches.keys()).filter((name) => ours(name) && name !== tried && !stay.some(({ cacheName }) => cacheName === name));
  await Promise.all(gone.map((name) => caches.delete(name)));
  const files = await caches.open(filesName);
  for (const { url } of await files.keys()) {
    const path = url.slice(scope.length);
    if (/\?v=/.test(path) && !stay.some((release) => Object.hasOwn(release.files, path))) await files.delete(url);
  }
  await tidyLessons(files);
}

async function tidyLessons(files) {
  const lessons = [];
  for (const { url } of await files.keys()) {
    const { headers } = (await files.match(url)) ?? {};
    if (headers?.has(DIGEST)) lessons.push({ url, kept: Number(headers.get(KEPT)), size: Number(headers.get("content-length")) });
  }
  let size = 0;
  for (const lesson of lessons.sort((one, other) => other.kept - one.kept)) {
    size += lesson.size;
    if (size > MOST) await files.delete(lesson.url);
  }
}

// Files.

/** A file of the list as it is kept, if it still is that file. In the cache where it belongs another is given up. */
async function storedFile({ path, sha256: digest, cacheName }) {
  const names = (await caches.keys()).filter((name) => name.startsWith(releasePrefix) || name === filesName);
  for (const name of names) {
    const cache = await caches.open(name);
    const stored = await cache.match(new URL(path, scope).href);
    // The stored answer itself is given out: the browser keeps compiled code beside it.
    if (!stored) continue;
    if ((await sha256(await stored.clone().arrayBuffer())) === digest) return stored;
    // Another release may have another file of the same name.
    if (name === cacheName) await cache.delete(new URL(path, scope).href);
  }
  return undefined;
}

/** Has a file of the list kept. What comes in its place is an error. */
async function keepFile(file, cache, progress, signal, isRequired = true) {
  const url = new URL(file.path, scope).href;
  const stored = (await storedFile(file)) ?? asStored(file.path, await fetchVerified({ ...file, path: url }, progress, signal));
  const kept = cache.put(url, asStored(file.path, await stored.clone().arrayBuffer()));
  // On a full disk what was verified is given out all the same.
  await (isRequired ? kept : kept.catch(() => {}));
  return stored;
}

/** A file of the list: as it is kept, or from the network. */
async function file(event, known) {
  const stored = await storedFile(known);
  if (stored) return stored;
  const { request } = event;
  const cache = await caches.open(known.cacheName);
  // What is not asked for by a script of the page is verified here, or not given out.
  if (request.destination !== "") return keepFile(known, cache, undefined, undefined, false).catch(() => Response.error());
  // The page verifies this itself; it wants to show how it arrives, and to say what is wrong.
  const answer = await fetch(request);
  if (!answer.ok || !answer.body) return answer;
  const [own, given] = answer.body.tee();
  const keep = async () => {
    const bytes = await new Response(own).arrayBuffer();
    if ((await sha256(bytes)) === known.sha256) await cache.put(request.url, asStored(known.path, bytes));
  };
  event.waitUntil(keep().catch(() => {}));
  return new Response(given, { headers: { "content-type": answer.headers.get("content-type") ?? "" } });
}

/**
 * A file that is in no list or may be another than in the list, such as a lesson: the newest, or as it
 * was. Where the network answers with a page of its own, that is not the file.
 */
async function lesson(request) {
  const { url } = request;
  const answer = await fetchLesson(url).catch((error) => error);
  if (answer instanceof Response) return answer;
  const stored = await (await caches.open(filesName)).match(url);
  const digest = stored?.headers.get(DIGEST);
  if (digest && (await sha256(await stored.clone().arrayBuffer())) === digest) return stored;
  // Let the page see what comes, so that it can say so.
  return fetch(request);
}

async function fetchLesson(url) {
  const came = await receive(url, { cache: "no-cache", most: LARGEST });
  const wrong = fault(url, came) || (came.size > LARGEST && "too large to be kept");
  if (wrong) throw new Wrong(wrong);
  const headers = { "content-type": came.response.headers.get("content-type") ?? "" };
  const cache = await caches.open(filesName);
  const about = { [DIGEST]: await sha256(came.bytes), [KEPT]: String(Date.now()), "content-length": String(came.size) };
  await cache.put(url, new Response(came.bytes, { headers: { ...headers, ...about } }));
  return new Response(came.bytes, { headers });
}

// The page.

/** The page: of the newest release where it can be had whole in time, or else of the one before. */
async function page(event) {
  // Where nothing that is kept can be read, the network is left.
  const [stored] = await readAnew().catch(() => []);
  if (!stored) {
    event.waitUntil(fetchRelease().then(adopt).catch(() => {}));
    return fetch(event.request);
  }
  const newer = fetchRelease().then(async (release) => {
    if (release.id === stored.id) return stored;
    await adopt(release);
    return release;
  });
  refusal = newer.then(
    () => "",
    (error) => (error instanceof Wrong && !(error instanceof Lost) ? error.message : ""),
  );
  event.waitUntil(refusal.then(tidy));
  const late = new Promise((done) => setTimeout(done, PATIENCE, stored));
  const { html } = await Promise.race([newer.catch(() => stored), late]);
  return asStored("index.html", html);
}

/** Why the page that opened last is not the newest, once that is known: a sentence; empty where it is, or the network is away. */
let refusal = Promise.resolve("");

const isApp = (url) => [scope, `${scope}index.html`].includes(url.split(/[?#]/)[0]);
/** Part of a release that is not kept here: nothing says what it should be. */
const isForeign = (url) => /\?v=|\.(js|wasm|css)$/.test(url);

/** An address without that by which the page goes past an answer that its browser remembers as wrong. */
const plain = (address) => new URL(address, scope).href.replace(/[?&]again=\d+$/, "");

async function answer(event) {
  const url = plain(event.request.url);
  const known = await listed(url);
  if (known) return file(event, known);
  if (isForeign(url) || !(await isAsked(event))) return fetch(event.request);
  return lesson(event.request);
}

/** Whether Rivulet's own page asks. Other pages of the site may lie beside it, and are none of its business. */
async function isAsked({ clientId }) {
  const client = await self.clients.get(clientId);
  return client !== undefined && isApp(client.url);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope) || request.headers.has("range")) return;
  if (request.mode !== "navigate") event.respondWith(answer(event).catch(() => fetch(request)));
  else if (isApp(request.url)) event.respondWith(page(event));
});

// The page asks for files to be kept that it has fetched before there was a worker, or will need.
async function keep(paths, port) {
  for (const url of paths.map(plain).filter((url) => url.startsWith(scope))) {
    const known = await listed(url);
    if (known) {
      if (!(await storedFile(known))) await keepFile(known, await caches.open(known.cacheName));
    } else if (isForeign(url)) {
      throw new Error("this page is of another version than the site; reload it first");
    } else {
      await fetchLesson(url);
    }
    port?.postMessage({ kept: url });
  }
}

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  if (event.data?.asks === "refusal") return event.waitUntil(refusal.then((refusal) => port?.postMessage({ refusal })));
  const kept = keep(event.data?.keep ?? [], port).then(
    () => port?.postMessage({ done: true }),
    (error) => port?.postMessage({ failed: String(error?.message ?? error).replace(/\.$/, "") }),
  );
  event.waitUntil(kept);
});

self.addEventListener("install", (event) => {
  const install = async () => {
    if (!(await isIntact())) throw new Error("this worker was changed on the way");
    const release = await fetchRelease().catch(() => undefined);
    if (release) await adopt(release);
    // Without a release that is whole there is nothing to open; the browser tries again later.
    else if ((await releases()).length === 0) throw new Error("what came is no page of Rivulet");
    await self.skipWaiting();
  };
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), tidy()])));
