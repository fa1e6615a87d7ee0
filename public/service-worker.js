// Keeps the site on the device, so that the second visit works without a network. The build writes
// `BUILD` before this: its version, the files of the shell, and all files that have a version.
//
// A page always comes from the network where there is one, so that a new release is seen at once. An
// open page keeps the shell that it began with: a new worker waits until no page of the old one is left.

const scope = new URL("./", self.location).href;
const shellName = `rivulet shell ${scope} ${BUILD.version}`;
const filesName = `rivulet files ${scope}`;
const known = new Set(BUILD.files.map((path) => new URL(path, scope).href));
/** How long a page may take to come from the network, in milliseconds. */
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  // A name with a version means the same bytes for ever; the others are asked for anew.
  const shell = BUILD.shell.map((path) => {
    const { href } = new URL(path, scope);
    return new Request(href, { cache: known.has(href) ? "default" : "no-cache" });
  });
  event.waitUntil(caches.open(shellName).then((cache) => cache.addAll(shell)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(`rivulet shell ${scope} `) && name !== shellName) await caches.delete(name);
      }
      const files = await caches.open(filesName);
      for (const request of await files.keys()) {
        const isVersioned = new URL(request.url).search.startsWith("?v=");
        if (isVersioned && !known.has(request.url)) await files.delete(request);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (known.has(request.url)) event.respondWith(kept(request));
  else event.respondWith(fresh(request));
});

/** The page itself: from the network, or after a while as it was. */
async function page(request) {
  const stored = () => caches.match(new URL("./", scope).href, { cacheName: shellName });
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  const answer = fetch(request).catch(() => undefined);
  return (await Promise.race([answer, late])) ?? (await stored()) ?? (await answer) ?? Response.error();
}

/** A file that never changes under its name. */
async function kept(request) {
  const stored = await caches.match(request.url);
  if (stored) return stored;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(filesName)).put(request.url, answer.clone());
  return answer;
}

/** Anything else, such as a lesson: the newest, or as it was. */
async function fresh(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(filesName)).put(request.url, answer.clone());
    return answer;
  } catch (error) {
    const stored = await caches.match(request.url);
    if (stored) return stored;
    throw error;
  }
}

// The page asks for files to be kept that it has fetched before there was a worker, or will need.
self.addEventListener("message", (event) => {
  const [port] = event.ports;
  const wanted = (event.data?.keep ?? []).map((path) => new URL(path, scope).href);
  const keep = async () => {
    const cache = await caches.open(filesName);
    for (const url of wanted.filter((url) => url.startsWith(scope))) {
      if (!(await caches.match(url))) await cache.add(url);
      port?.postMessage({ kept: url });
    }
  };
  event.waitUntil(
    keep().then(
      () => port?.postMessage({ done: true }),
      (error) => port?.postMessage({ failed: String(error?.message ?? error) }),
    ),
  );
});
