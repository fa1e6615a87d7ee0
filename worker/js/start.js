// The last part of the worker's script: waits for the shell's one message, then hands over to Rust.
// Before it stand Pyodide's bundle (`rivuletKernel`) and the bindings of the Rust host
// (`wasm_bindgen`).

{
  const rust = wasm_bindgen;
  const { makeBridge } = rivuletKernel;
  const timeOrigin = performance.timeOrigin;
  const tick = performance.now.bind(performance);
  self.onmessage = async ({ data }) => {
    self.onmessage = null;
    const { port, host, ...pieces } = data;
    await rust({ module_or_path: host });
    rust.start(port, { ...pieces, bridge: makeBridge(port), now: () => timeOrigin + tick() });
  };
}
