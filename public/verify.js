// Fetches files of the site, and takes nothing but what the build made: any network, cache or filter
// may answer with something else. The build puts this into the page and into the service worker.

/** After so many milliseconds without a byte, none is expected any more. */
const STALL = 10_000;
/** So much of a wrong answer is read, in bytes: enough to say what it is. */
const ENOUGH = 1 << 20;

/** What came is not what was asked for; the message is a sentence that says what it is instead. */
class Wrong extends Error {}
/** Nothing came, or not all of it. */
class Lost extends Wrong {}

const here = new URL("./", location.href).href;
const fileName = (path) => path.split(/[?#]/)[0].replace(here, "");
const amount = (bytes) => (bytes < 1e3 ? `${bytes} bytes` : bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The sha256 as the browser's own check takes it. */
const integrityOf = ({ sha256 }) => `sha256-${btoa(sha256.replace(/../g, (byte) => String.fromCharCode(parseInt(byte, 16))))}`;

/** Whether what came begins as a page does. Its type alone says little: some hosts call every file a page. */
function isPage(response, bytes) {
  const text = new TextDecoder().decode(bytes.subarray(0, 200));
  const isCalledOne = /^text\/html/i.test(response.headers.get("content-type") ?? "");
  return isCalledOne ? /^\s*</.test(text) : /^\s*<(!doctype html|html|head|body)\b/i.test(text);
}

/**
 * Everything that an address answers, within `most` bytes: `{ response, bytes, size }`. `progress` is
 * called with the size of each piece.
 */
async function receive(path, { most, progress = () => {}, signal, ...options }) {
  const name = fileName(path);
  const stop = new AbortController();
  const end = () => stop.abort();
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  let [timer, size, hasStalled] = [undefined, 0, false];
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ((hasStalled = true), stop.abort()), STALL);
  };
  wait();
  try {
    const response = await fetch(path, { ...options, signal: stop.signal });
    const pieces = [];
    const reader = response.body?.getReader();
    for (let piece; reader && size <= most && !(piece = await reader.read()).done; wait()) {
      pieces.push(piece.value);
      size += piece.value.length;
      progress(piece.value.length);
    }
    // More than was asked for is not wanted.
    if (size > most) stop.abort();
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
    return { response, bytes, size };
  } catch {
    if (hasStalled) throw new Lost(`${name} ${size > 0 ? `stopped arriving after ${amount(size)}` : "could not be fetched"}: nothing came for ${STALL / 1000} seconds.`);
    if (size > 0) throw new Lost(`${name} arrived cut short, after ${amount(size)}: the connection broke.`);
    throw new Lost(`${name} could not be fetched: the site did not answer. Are you offline?`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

/** What is wrong with what came for a file, as a sentence; empty if nothing is to be seen. */
function fault(path, { response, bytes, size }) {
  const name = fileName(path);
  const page = isPage(response, bytes) && !/\.html?$/i.test(name) ? `an HTML page of ${amount(size)}` : "";
  const filter = "perhaps it is from a filter of your network, or a page to log in to it";
  if (!response.ok) return `${name} could not be fetched: the site answered ${response.status}${page && ` with ${page}; ${filter}`}.`;
  if (!page) return "";
  const led = response.redirected ? ` The network led to ${new URL(response.url).host}.` : "";
  return `${page[0].toUpperCase()}${page.slice(1)} came instead of ${name}: ${filter}.${led}`;
}

/** The bytes of a file of the list, fetched once. What is not that file is a `Wrong`. */
async function fetchOnce({ path, size, sha256: digest }, { cache, progress, signal }) {
  const canHash = Boolean(globalThis.crypto?.subtle);
  if (!canHash) {
    // Without https there is no other way to verify; and it does not say what came instead.
    const integrity = integrityOf({ sha256: digest });
    const answer = await fetch(path, { cache, integrity }).catch(() => undefined);
    const buffer = answer?.ok && (await answer.arrayBuffer().catch(() => undefined));
    if (buffer) return progress?.(buffer.byteLength), buffer;
  }
  const came = await receive(path, { cache, progress, signal, most: Math.max(size, ENOUGH) });
  if (came.size === size && canHash && (await sha256(came.bytes)) === digest) return came.bytes.buffer;
  const wrong = fault(path, came);
  if (wrong) throw new Wrong(wrong);
  const name = fileName(path);
  if (came.size < size) throw new Wrong(`${name} arrived cut short: ${amount(came.size)} of ${amount(size)}.`);
  throw new Wrong(`${name} is not the file that this page was built with: it was changed on the way, or the site's files are of two versions. Reload the page; if that does not help, tell whoever runs this site.`);
}

/** The bytes of a file of the list. What is wrong is fetched anew, past every cache; then it is a `Wrong`. */
async function fetchVerified(file, progress = () => {}, signal) {
  let got = 0;
  const count = (bytes) => ((got += bytes), progress(bytes));
  try {
    return await fetchOnce(file, { cache: "default", progress: count, signal });
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    progress(-got);
    return fetchOnce(file, { cache: "reload", progress, signal });
  }
}

/** A page's own number: it is in the page, and is the sha256 of the page without it. */
const RELEASE = /(<meta name="rivulet-release" content=")([0-9a-f]{64})(")/;

/** The list that a page of Rivulet brings: `{ id, files, kept }`; nothing if the page is another, or not whole. */
async function releaseOf(html) {
  const id = html.match(RELEASE)?.[2];
  if (!id || (await sha256(new TextEncoder().encode(html.replace(RELEASE, "$1$3")))) !== id) return undefined;
  const list = html.match(/<script type="application\/json" id="rivulet-files">([^<]*)<\/script>/)?.[1];
  try {
    const { files, kept } = JSON.parse(list);
    return { id, files, kept };
  } catch {
    return undefined;
  }
}
