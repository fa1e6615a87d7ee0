// Takes from user code the means to stand between the host and what it uses. Python reaches every
// object of this worker (`import js`), so that it could put a function of its own in the place of
// `MessagePort.prototype.postMessage`, or a setter on `Array.prototype`, and be given the private port,
// the memory of the host or the seals of other runs. What the host, its bindings and the language
// itself look up is therefore fixed before the first cell runs.

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, preventExtensions } = Object;
const { ownKeys } = Reflect;

/** What is looked up by name: by the bindings of the Rust host, the bridge, or Pyodide's calls between them. */
const GLOBALS = [
  "Array", "ArrayBuffer", "DataView", "FinalizationRegistry", "Function", "JSON", "Map", "MessageChannel", "MessageEvent",
  "MessagePort", "Object", "Promise", "Reflect", "String", "Symbol", "TextDecoder", "TextEncoder", "Uint8Array", "WebAssembly",
  "queueMicrotask",
];

/** What is called on values, and what the language's own syntax calls: spreading, `await`, iteration. */
const PROTOTYPES = [
  Array.prototype, ArrayBuffer.prototype, DataView.prototype, FinalizationRegistry.prototype, Function.prototype,
  MessageChannel.prototype, MessageEvent.prototype, MessagePort.prototype, Event.prototype, EventTarget.prototype,
  Promise.prototype, String.prototype, TextDecoder.prototype, TextEncoder.prototype, Uint8Array.prototype,
  getPrototypeOf(Uint8Array.prototype), WebAssembly.Memory.prototype, WebAssembly.Table.prototype,
  getPrototypeOf([][Symbol.iterator]()), getPrototypeOf(getPrototypeOf([][Symbol.iterator]())),
];

const NAMESPACES = [
  Array, ArrayBuffer, FinalizationRegistry, JSON, MessageChannel, Object, Promise, Reflect, Symbol, Uint8Array,
  getPrototypeOf(Uint8Array), WebAssembly,
];

// Many objects have a `toString` of their own, which could not be set where the one that they inherit is
// fixed; nothing here calls them. A `constructor` is asked what kind of array a part of one shall be
// (`subarray`, `slice`), or of which promise a `then` is.
const FREE = new Set(["toString", "toLocaleString", "valueOf", "name", "length", "prototype"]);

function fix(object, key) {
  const found = getOwnPropertyDescriptor(object, key);
  if (!found?.configurable) return;
  found.configurable = false;
  if ("value" in found) found.writable = false;
  defineProperty(object, key, found);
}

/** Fixes all this, once; `closed` is called in the place of `close`, which would end the worker in silence. */
export function lock(closed) {
  for (const object of [...PROTOTYPES, ...NAMESPACES]) {
    for (const key of ownKeys(object)) {
      if (!FREE.has(key)) fix(object, key);
    }
    preventExtensions(object);
  }
  // Setters and getters on what everything inherits.
  for (const key of ownKeys(Object.prototype)) {
    const found = getOwnPropertyDescriptor(Object.prototype, key);
    if (found.configurable) defineProperty(Object.prototype, key, { configurable: false });
  }
  preventExtensions(Object.prototype);
  // What is said to the frame is heard by nobody, and could keep it busy.
  const own = { close: closed, postMessage: () => {} };
  for (let object = globalThis; object && object !== Object.prototype; object = getPrototypeOf(object)) {
    for (const name in own) {
      if (getOwnPropertyDescriptor(object, name)) defineProperty(object, name, { value: own[name], writable: false, configurable: false });
    }
  }
  for (const name of GLOBALS) fix(globalThis, name);
}
