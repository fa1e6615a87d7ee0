// The last part of the worker's script: waits for the shell's one message, then hands over to Rust.
// Before it stand Pyodide's bundle (`rivuletKernel`) and the bindings of the Rust host
// (`wasm_bindgen`). All of it is in one strict function (`setup/finish.mjs`), so that nothing of it has
// a name that user code could say, and nothing shows in a stack.

{
  const rust = wasm_bindgen;
  const { makeBridge, makeWire } = rivuletKernel;
  const timeOrigin = performance.timeOrigin;
  const tick = performance.now.bind(performance);
  const tellShell = self.postMessage.bind(self);
  self.onmessage = async ({ data }) => {
    self.onmessage = null;
    const { port, seal, host, ...pieces } = data;
    await rust({ module_or_path: host });
    rust.start(makeWire(port), makeBridge(), pieces, seal, () => timeOrigin + tick());
    tellShell("started");
  };
}
