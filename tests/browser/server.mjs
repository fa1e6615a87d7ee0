// A plain static file server without special headers, for a folder under a sub-path. It compresses
// as ordinary hosts do, and counts what it sent.

import { createReadStream, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
  ".json": "application/json", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".py": "text/x-python",
  ".zip": "application/zip", ".bin": "application/octet-stream",
};

// Compressing Python takes longer than starting it, so it is done once for all the tests of a file.
const compressed = new Map();

function compress(file, { mtimeMs, size }) {
  const key = `${file} ${mtimeMs} ${size}`;
  if (!compressed.has(key)) compressed.set(key, readFile(file).then((bytes) => promisify(gzip)(bytes, { level: 6 })));
  return compressed.get(key);
}

/** What a bad network, a filter or a broken cache answers in the place of a file. */
export const FAULTS = {
  page: (response) => response.writeHead(200, { "content-type": "text/html", "cache-control": "max-age=600" }).end(`<!doctype html><title>Blocked</title><p>${"This site is blocked by your school. ".repeat(80)}`),
  cut: (response, bytes, headers) => response.writeHead(200, headers).end(bytes.subarray(0, bytes.length >> 1)),
  flipped(response, bytes, headers) {
    const other = Buffer.from(bytes);
    other[other.length >> 1] ^= 1;
    response.writeHead(200, headers).end(other);
  },
  missing: (response) => response.writeHead(404, { "content-type": "text/html" }).end("<!doctype html><p>Not found"),
  busy: (response) => response.writeHead(503, { "content-type": "text/plain" }).end("busy"),
  redirected: (response) => response.writeHead(302, { location: "/login" }).end(),
  hanging: (response, bytes, headers) => response.writeHead(200, headers).write(bytes.subarray(0, bytes.length >> 2)),
};

/**
 * Serves `folder` under `/site/rivulet/` on a free port.
 * `extra` maps further paths of the site to texts, or to `{ file }`. Returns `{ url, requests, close }`; `requests` lists `{ path, status, bytes }` of what was asked for.
 * Another `folder` may be set on it later: a new release. Its `fault` may be set to a function that names one of `FAULTS` for a path.
 */
export async function serve(folder, extra = {}, base = "/site/rivulet/") {
  const requests = [];
  const site = { folder, requests, fault: () => undefined };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const record = { path, status: 404, bytes: 0 };
    requests.push(record);
    const refuse = () => response.writeHead(404).end();
    if (path === "/login") return FAULTS.page(response);
    if (!path.startsWith(base)) return refuse();
    let file = join(site.folder, normalize(path.slice(base.length - 1)));
    const text = extra[path.slice(base.length)];
    if (text?.file) file = text.file;
    else if (text !== undefined) {
      record.status = 200;
      return response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" }).end(text);
    }
    let stat;
    try {
      stat = statSync(file);
      if (stat.isDirectory()) stat = statSync((file = join(file, "index.html")));
    } catch {
      return refuse();
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    const headers = { "content-type": type, "cache-control": "max-age=600" };
    const fault = FAULTS[site.fault(path.slice(base.length))];
    if (fault) return fault(response, await readFile(file), headers);
    record.status = 200;
    if (/gzip/.test(request.headers["accept-encoding"] ?? "") && !/\.(bin)$/.test(file)) {
      const bytes = await compress(file, stat);
      response.on("finish", () => (record.bytes = bytes.length));
      response.writeHead(200, { ...headers, "content-encoding": "gzip" }).end(bytes);
    } else {
      response.on("finish", () => (record.bytes = stat.size));
      response.writeHead(200, { ...headers, "content-length": stat.size });
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(site, {
    url: `http://localhost:${server.address().port}${base}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}
