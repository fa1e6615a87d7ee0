// The frame's script: owns the worker that Python runs in. The frame has an opaque origin, so that
// nothing in it can reach the page's storage, and a policy that lets it request nothing.
// The page sends the pieces once; the compiled modules are kept, so that a restart is quick.

(() => {
  const page = window.parent;
  let pieces;
  let worker;

  function stop() {
    worker?.terminate();
    worker = undefined;
  }

  // Only words of ours go to the page: what is thrown may be a sentence of the notebook's.
  const failed = (what) => page.postMessage({ rivulet: "failed", what }, "*");

  function start(port, seal) {
    stop();
    const url = URL.createObjectURL(new Blob(pieces.scripts, { type: "text/javascript" }));
    worker = new Worker(url);
    URL.revokeObjectURL(url);
    // Once it has started, an error is one of the notebook's own callbacks.
    let started = false;
    worker.onmessage = ({ target }) => {
      started = true;
      target.onmessage = null;
    };
    worker.onerror = () => {
      if (!started) failed("worker");
    };
    const { host, module, stdlib, lock } = pieces;
    worker.postMessage({ port, seal, host, module, stdlib, lock }, [port]);
  }

  window.addEventListener("message", async (event) => {
    if (event.source !== page) return;
    const { command } = event.data;
    try {
      if (command === "ping") page.postMessage({ rivulet: "pong", ping: event.data.ping }, "*");
      if (command === "stop") stop();
      if (command === "start" && event.data.pieces) {
        const { scripts, host, module, stdlib, lock } = event.data.pieces;
        const compiled = await Promise.all([host, module].map((bytes) => WebAssembly.compile(bytes)));
        pieces = { scripts, host: compiled[0], module: compiled[1], stdlib, lock };
      }
      if (command === "start") start(event.ports[0], event.data.seal);
    } catch {
      failed("frame");
    }
  });
  page.postMessage({ rivulet: "hello" }, "*");
})();
