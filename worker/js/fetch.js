// `fetch` for code of the notebook: it goes through the page, which asks the person.

/** What has no body, by the Fetch standard. */
const BODILESS = new Set([101, 103, 204, 205, 304]);

/** A `fetch` that asks by `request(run, json, buffers)`, which promises `[json, bytes]`. */
export function fetchBy(request) {
  return async (resource, options) => {
    const asked = new Request(resource, options);
    const { url, method, signal } = asked;
    signal.throwIfAborted();
    const body = await asked.arrayBuffer();
    const buffers = body.byteLength ? [body] : [];
    const text = JSON.stringify({ kind: "fetch", url, method, headers: [...asked.headers], body: buffers.length ? 0 : null });
    const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    // Which run it is for nobody knows in JavaScript: it is the one that goes on.
    const [json, bytes] = await Promise.race([request("", text, buffers), aborted]);
    const told = JSON.parse(json);
    if (told.kind !== "fetched") throw new TypeError(told.sentence);
    const { status, reason, headers } = told;
    const response = new Response(BODILESS.has(status) ? null : bytes, { status, statusText: reason, headers });
    return Object.defineProperty(response, "url", { value: told.url });
  };
}
