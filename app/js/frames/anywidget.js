// Shows a widget of anywidget in an output frame: its module, and a model that it gets and sets traits of.
// The page is told all traits that its scripts have saved, and its newest messages; Python takes each once.

/** So many messages wait for Python at most. */
const MESSAGES = 50;

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const textOf = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
};
const viewed = (buffer) => (buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));

/** A value of Python's as scripts get it: bytes are a `DataView`. */
function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value !== Object(value)) return value;
  if (Object.keys(value).join() === "$bytes") return new DataView(bytesOf(value.$bytes).buffer);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decoded(one)]));
}

function encoded(value) {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { $bytes: textOf(viewed(value)) };
  if (Array.isArray(value)) return value.map(encoded);
  if (value !== Object(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, encoded(one)]));
}

const parsed = (text) => JSON.parse(text || "{}");

globalThis.rivuletDraw = async ({ root, text, note, selects }) => {
  const { esm, css, state: first, messages: before } = parsed(text);
  let told = parsed(first);
  let state = { ...told, ...selects?.selection?.state };
  /** What scripts have set and not saved, and what they have saved since Python last set something. */
  const unsaved = new Set();
  let saved = { ...selects?.selection?.state };
  let sent = [];
  let number = Date.now();
  let seen = Math.max(0, ...JSON.parse(before || "[]").map(([at]) => at));
  const listeners = new Map();
  const values = new Map();
  const say = (event, ...given) => {
    for (const listener of [...(listeners.get(event) ?? [])]) {
      try {
        listener(...given);
      } catch (error) {
        note(`A script of this widget failed: ${error?.message ?? error}`);
      }
    }
  };
  const changed = (name) => {
    values.delete(name);
    say(`change:${name}`, { changed: { [name]: model.get(name) } }, model.get(name));
  };
  const tell = () => selects?.select({ state: saved, messages: sent });
  const model = {
    get(name) {
      if (!values.has(name)) values.set(name, decoded(state[name]));
      return values.get(name);
    },
    set(name, value) {
      const all = name === Object(name) ? name : { [name]: value };
      for (const [one, value] of Object.entries(all)) {
        const now = encoded(value);
        if (JSON.stringify(now) === JSON.stringify(state[one])) continue;
        state = { ...state, [one]: now };
        unsaved.add(one);
        changed(one);
      }
      say("change");
    },
    save_changes() {
      if (unsaved.size === 0) return;
      for (const name of unsaved) saved = { ...saved, [name]: state[name] };
      unsaved.clear();
      tell();
    },
    send(content, _callbacks, buffers = []) {
      number += 1;
      sent = [...sent, [number, content ?? null, buffers.map((buffer) => textOf(viewed(buffer)))]].slice(-MESSAGES);
      tell();
    },
    on(events, listener) {
      for (const event of String(events).split(/\s+/)) listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    once(event, listener) {
      const first = (...given) => (model.off(event, first), listener(...given));
      model.on(event, first);
    },
    off(events, listener) {
      if (!events) return listeners.clear();
      for (const event of String(events).split(/\s+/)) listeners.set(event, (listeners.get(event) ?? []).filter((one) => listener && one !== listener));
    },
    widget_manager: { get_model: () => Promise.reject(new Error("Other models cannot be reached from this widget here.")) },
  };
  const others = [...new Set([...esm.matchAll(/(?:from|import)\s*\(?\s*["']https?:\/\/([^/"']+)/g)].map(([, host]) => host))];
  if (others.length > 0) note(`This widget needs scripts from ${others.slice(0, 4).join(", ")}, which are not fetched here.`);
  const sheet = document.createElement("style");
  sheet.textContent = css;
  document.head.append(sheet);
  const address = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  let given;
  try {
    given = await import(address);
  } catch (error) {
    throw new Error(others.length > 0 ? "its module loads scripts of other sites." : error?.message ?? String(error));
  } finally {
    URL.revokeObjectURL(address);
  }
  let widget = given.default ?? given;
  if (typeof widget === "function") widget = await widget();
  const experimental = { invoke: () => Promise.reject(new Error("Commands of widgets cannot be invoked here.")) };
  const ended = new AbortController();
  await widget.initialize?.({ model, experimental, signal: ended.signal });
  const el = document.createElement("div");
  root.append(el);
  await widget.render?.({ model, el, experimental, signal: ended.signal });
  return {
    async update({ text, selects: now }) {
      const { state: next, messages } = parsed(text);
      const fresh = parsed(next);
      selects = now;
      // What Python has set counts, and what was saved here since then.
      told = fresh;
      if (!now?.selection) saved = {};
      const both = { ...fresh, ...now?.selection?.state };
      const differing = Object.keys(both).filter((name) => !unsaved.has(name) && JSON.stringify(both[name]) !== JSON.stringify(state[name]));
      state = { ...both, ...Object.fromEntries([...unsaved].map((name) => [name, state[name]])) };
      differing.forEach(changed);
      if (differing.length > 0) say("change");
      for (const [at, content, buffers] of JSON.parse(messages || "[]")) {
        if (at <= seen) continue;
        seen = at;
        say("msg:custom", content, buffers.map((text) => new DataView(bytesOf(text).buffer)));
      }
    },
    reselect(selection) {
      const next = { ...told, ...selection?.state };
      saved = { ...selection?.state };
      const differing = Object.keys(next).filter((name) => JSON.stringify(next[name]) !== JSON.stringify(state[name]));
      state = next;
      differing.forEach(changed);
      if (differing.length > 0) say("change");
    },
  };
};
