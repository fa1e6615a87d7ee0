// The script of an output frame: draws one output with the scripts that the page hands over, and tells the
// page its height, its picture and which link was pressed. The frame has an opaque origin and a policy that
// lets it request nothing; whatever an output's own scripts change in here, the page believes none of it.

(() => {
  const page = window.parent;
  /** After the last interaction, or the first drawing, in milliseconds, until the picture is taken. */
  const CALM = 700;
  /** How often a selection is told while it is drawn, and when it was, in milliseconds. */
  const PACE = 100;
  const SOON = 30;
  /** The largest picture that the page stores, in bytes. */
  const MOST = 300_000;
  /** An SVG that is not larger is taken without looking whether a PNG would be smaller. */
  const SMALL = 60_000;

  let port;
  let view;
  /** Which of the page's versions of this output is drawn. */
  let version = 0;
  const say = (message) => port.postMessage(message);
  const words = (error) => String(error?.message ?? error).slice(0, 500);
  const note = (text) => say({ type: "note", text: String(text).slice(0, 500) });
  const link = (address) => say({ type: "link", address: String(address).slice(0, 2_000) });

  // Nothing but the page's own frame that asks other sites may reach them; this is no request to the policy.
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) delete window[name];

  /** Runs a script as one of the frame's own; in the place of an element, or at the end. */
  function run(source, { isModule = false, place } = {}) {
    const blob = source instanceof Blob ? source : new Blob([source], { type: "text/javascript" });
    const address = URL.createObjectURL(blob);
    const script = document.createElement("script");
    if (isModule) script.type = "module";
    script.src = address;
    return new Promise((done, fail) => {
      script.onload = () => (URL.revokeObjectURL(address), done(script));
      script.onerror = () => fail(new Error("A script of this output could not be run."));
      if (place) place.replaceWith(script);
      else document.head.append(script);
    });
  }

  function dress({ isDark, ink, font, accent, line, card }) {
    const { style } = document.documentElement;
    style.colorScheme = isDark ? "dark" : "light";
    Object.entries({ ink, accent, line, card }).forEach(([name, value]) => style.setProperty(`--${name}`, value));
    document.body.style.cssText = `margin:0;background:transparent;color:${ink};font:14px/1.5 ${font}`;
  }

  const dataUrl = (canvas) => canvas.toDataURL("image/png").replace(/^[^,]*,/, "");
  const bytesOf = (base64) => (base64.length * 3) / 4;

  /** The smaller of the two pictures that the page would store, or the one that is asked for. */
  async function picture(kind) {
    const { svg, png, width, height } = await view.picture();
    const drawing = svg && { kind: "image/svg+xml", text: svg, width, height };
    const points = async (scale) => {
      const text = await png?.(scale);
      return text && { kind: "image/png", text, width, height };
    };
    if (kind === "svg") return drawing;
    if (kind === "png") return points(2);
    if (drawing && svg.length <= SMALL) return drawing;
    for (const scale of [2, 1]) {
      const other = await points(scale);
      if (drawing && svg.length <= MOST && (!other || svg.length <= bytesOf(other.text))) return drawing;
      if (other && bytesOf(other.text) <= MOST) return other;
    }
    return undefined;
  }

  let calm;
  function touched() {
    clearTimeout(calm);
    calm = setTimeout(async () => {
      try {
        const of = version;
        const taken = await picture();
        if (taken) say({ type: "picture", version: of, ...taken });
      } catch {
        // An output of which no picture can be taken stays as it is.
      }
    }, CALM);
  }

  function watch(root) {
    let last;
    const measure = () => {
      const height = Math.ceil(Math.max(root.getBoundingClientRect().bottom, root.scrollHeight));
      if (height !== last) say({ type: "height", height: (last = height) });
    };
    new ResizeObserver(measure).observe(root);
    measure();
    for (const event of ["pointerup", "keyup", "wheel", "input", "change"]) addEventListener(event, touched, { capture: true, passive: true });
    addEventListener("click", (event) => {
      const anchor = event.composedPath().find((one) => one.localName === "a" && one.hasAttribute?.("href") || one.href?.baseVal);
      const address = anchor?.href?.baseVal ?? anchor?.getAttribute("href");
      if (address === undefined || address.startsWith("#")) return;
      event.preventDefault();
      link(address);
    }, true);
  }

  // What is selected in a chart that is a widget: the newest is told, at a bounded pace, and at once when the
  // person lets go.
  let selected;
  let telling;
  let toldAt = -Infinity;
  let isHeld = false;
  function tell() {
    clearTimeout(telling);
    telling = undefined;
    if (selected === undefined) return;
    toldAt = performance.now();
    say({ type: "select", version, value: selected, isHeld });
    selected = undefined;
  }
  function select(value) {
    selected = value;
    telling ??= setTimeout(tell, Math.max(isHeld ? PACE : SOON, PACE - (performance.now() - toldAt)));
  }
  addEventListener("pointerdown", () => (isHeld = true), true);
  for (const event of ["pointerup", "pointercancel", "blur"]) {
    addEventListener(event, () => {
      if (!isHeld) return;
      isHeld = false;
      // Whatever this has changed comes with the next frame of the chart.
      setTimeout(() => ((selected ??= view?.selected?.()), tell()), SOON);
    }, true);
  }

  async function begin({ scripts, text, mime, theme, selects, selection, data, version: first = 0 }) {
    version = first;
    dress(theme);
    const root = document.createElement("div");
    root.style.cssText = "overflow-x:auto;overflow-y:hidden";
    document.body.append(root);
    for (const script of scripts) await run(script);
    const draw = globalThis.rivuletDraw;
    delete globalThis.rivuletDraw;
    watch(root);
    view = await draw({ root, text, mime, theme, run, note, link, dataUrl, selects: selects && { data, selection, select } });
    say({ type: "drawn" });
    touched();
  }

  /** One change of the drawing after the other. */
  let changing = Promise.resolve();
  function change(act) {
    changing = changing.then(act).catch((error) => say({ type: "failed", text: words(error) }));
  }

  async function receive({ command, ...told }) {
    if (command === "ping") say({ type: "pong", ping: told.ping });
    if (command === "draw") {
      change(async () => {
        selected = undefined;
        version = told.version;
        await view.update({ text: told.text, mime: told.mime, selects: told.selects && { data: told.data, selection: told.selection, select } });
        say({ type: "updated", version });
        touched();
      });
    }
    if (command === "select") {
      change(async () => {
        selected = undefined;
        await view.reselect?.(told.selection);
        touched();
      });
    }
    if (command === "theme") {
      dress(told.theme);
      change(() => view.retheme?.(told.theme));
    }
    if (command === "picture") {
      const taken = await picture(told.kind).catch(() => undefined);
      say({ type: "saved", number: told.number, ...taken });
    }
  }

  function first(event) {
    if (event.source !== page || !event.ports[0]) return;
    removeEventListener("message", first);
    port = event.ports[0];
    port.onmessage = ({ data }) => receive(data);
    change(() => begin(event.data));
  }
  addEventListener("message", first);
  page.postMessage({ rivulet: "output" }, "*");
})();
