// The bridge between the Rust host and Pyodide: starts it from bytes that the page handed over,
// without a request of its own. Bundled with Pyodide's own scripts into one classic script.

import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { loadPyodide } from "pyodide/pyodide.mjs";
import { fetchBy } from "./fetch.js";
import { lock } from "./lock.js";
import { listenToWritten } from "./written.js";

export { makeWire } from "./wire.js";

/** The folder that cells run in. */
const FOLDER = "/home/pyodide";
const NOWHERE = "https://kernel.invalid/";

/** Makes the bridge. It has no way to the page. */
export function makeBridge() {
  let pyodide;
  let site;
  let end;
  let outside;
  return Object.freeze({
    /** `died(how, code, what)` is called when the interpreter is gone. */
    async load(pieces, died) {
      end = died;
      // Pyodide fetches the standard library; its module, which it would fetch and compile while
      // that comes, is at hand and compiled.
      const streaming = WebAssembly.instantiateStreaming;
      WebAssembly.instantiateStreaming = async (_response, imports) => {
        WebAssembly.instantiateStreaming = streaming;
        return { instance: await WebAssembly.instantiate(pieces.module, imports), module: pieces.module };
      };
      globalThis.fetch = async (url, options) => {
        if (outside) return outside(url, options);
        if (String(url) === NOWHERE + "python_stdlib.zip") return new Response(pieces.stdlib);
        return new Promise(() => {});
      };
      pyodide = await loadPyodide({
        indexURL: NOWHERE,
        lockFileContents: JSON.stringify(pieces.lock),
        packageBaseUrl: NOWHERE,
        env: { HOME: "/home/pyodide", MPLCONFIGDIR: "/tmp/matplotlib" },
        checkAPIVersion: false,
        createPyodideModule: (settings) =>
          createPyodideModule({
            ...settings,
            onExit: (code) => died("exited", Number(code), ""),
            onAbort: (what) => died("aborted", 0, String(what)),
          }),
      });
      pyodide._api.on_fatal = async (error) => {
        const code = error?.status ?? error?.exitCode;
        if (code === undefined) died("crashed", 0, String(error?.message ?? error));
        else died("exited", Number(code), "");
      };
    },
    write(folder, name, text) {
      const path = `/rivulet/${folder}`;
      pyodide.FS.mkdirTree(path);
      pyodide.FS.writeFile(`${path}/${name}`, text);
    },
    put(path, bytes) {
      const place = below(path);
      pyodide.FS.mkdirTree(place.replace(/\/[^/]*$/, ""));
      pyodide.FS.writeFile(place, new Uint8Array(bytes));
      // What a cell writes is newer (`files.py`).
      pyodide.FS.utime(place, 0, 0);
    },
    remove(path) {
      pyodide.FS.unlink(below(path));
    },
    read(path, from, most) {
      const { FS } = pyodide;
      const stream = FS.open(below(path), "r");
      try {
        const { size } = FS.fstat(stream.fd);
        const part = new Uint8Array(Math.max(0, Math.min(most, size - from)));
        const count = FS.read(stream, part, 0, part.length, from);
        return [size, part.slice(0, count).buffer];
      } finally {
        FS.close(stream);
      }
    },
    /**
     * Gives Python its two ways out: `output(run, json, buffers)` puts something out for the run that is
     * going on, and does nothing for another; `request` of the same asks the page for something, and gives
     * a promise of its response. Then fixes what user code could turn against the host.
     */
    begin(output, request) {
      pyodide.runPython("import sys; sys.path.insert(0, '/rivulet')");
      const kernel = pyodide.pyimport("rivulet_kernel");
      outside = fetchBy(request);
      site = pyodide.runPython("import sysconfig; sysconfig.get_path('purelib')");
      kernel.start(
        (run, text, ...proxies) => output(String(run), String(text), copies(proxies)),
        listenToWritten(pyodide),
        (run, text, ...proxies) => request(String(run), String(text), copies(proxies)),
      );
      const functions = suspending(kernel);
      lock(() => end("closed", 0, ""));
      return functions;
    },
    unpack(wheel) {
      pyodide.unpackArchive(new Uint8Array(wheel), "wheel", { extractDir: site });
    },
    version() {
      return pyodide.runPython("import sys; '.'.join(map(str, sys.version_info[:3]))");
    },
  });
}

/** A path of the folder that cells run in; none leads out of it. */
function below(path) {
  const parts = path.split("/").filter((part) => part && part !== "." && part !== "..");
  return [FOLDER, ...parts].join("/");
}

/** Copies of what Python's bytes hold. */
function copies(proxies) {
  return proxies.map((proxy) => {
    const view = proxy.getBuffer("u8");
    const copy = view.data.slice().buffer;
    view.release();
    return copy;
  });
}

/**
 * The kernel's functions; `run` such that plain code can wait where the browser can suspend Python
 * (JSPI). Only a call that promises can be suspended.
 */
function suspending(kernel) {
  const { run, forget, ask, drop_cell, move } = kernel;
  const mayWait = "Suspending" in WebAssembly;
  // A promise of our own: what a cell may have made of another would be given the host's callbacks.
  const settle = async (outcome) => {
    const text = await outcome;
    return typeof text === "string" ? text : "";
  };
  const runAny = (request) => {
    const outcome = mayWait ? run.callPromising(request) : run(request);
    return typeof outcome === "string" ? outcome : settle(outcome);
  };
  return Object.freeze({ run: runAny, forget, ask, drop_cell, move });
}
