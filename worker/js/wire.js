// The one way between the page and the Rust host: the private port, held in a closure. All that it uses
// is taken here, before any user code.

const { apply, defineProperty } = Reflect;
const dataOf = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data").get;

/** Makes the wire. Messages are `[seal, json, buffer, ...]` both ways. */
export function makeWire(port) {
  const send = port.postMessage.bind(port);
  const channel = new MessageChannel();
  const wake = channel.port1.postMessage.bind(channel.port1);
  const sleep = makeSleep();
  return Object.freeze({
    /** Posts a message with these buffers, a plain array. They are copied: a list of what to transfer would be iterated. */
    send(seal, text, buffers) {
      const parts = [seal, text];
      for (let at = 0; at < buffers.length; at += 1) {
        // Setting it would ask what the array inherits.
        defineProperty(parts, at + 2, { value: buffers[at], enumerable: true, configurable: true, writable: true });
      }
      send(parts);
    },
    /** Calls `message` with each message of the page, and `turn` a turn of the event loop after each `wake`. */
    listen(message, turn) {
      channel.port2.onmessage = () => turn();
      // Setting the handler also starts the port.
      port.onmessage = (event) => message(apply(dataOf, event, []));
    },
    wake: () => wake(null),
    sleep,
  });
}

/** A function that does nothing for so many milliseconds, without using the processor where that can be had. */
function makeSleep() {
  const now = performance.now.bind(performance);
  const wait = Atomics.wait;
  let cell;
  try {
    // Shared with nobody; only on such memory can one wait.
    cell = new Int32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer);
    wait(cell, 0, 0, 1);
  } catch {
    cell = undefined;
  }
  return (milliseconds) => {
    if (cell) return void wait(cell, 0, 0, milliseconds);
    const until = now() + milliseconds;
    while (now() < until);
  };
}
