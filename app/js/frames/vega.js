// Draws Vega and Vega-Lite in an output frame. Expressions are interpreted, as the frame's policy lets
// nothing be evaluated; nothing is fetched.

import * as vega from "vega";
import { compile } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";
import { Handler, formatValue } from "vega-tooltip";
import { ROW, isSelected, numbered, storesOf, tuplesOf, withSelection } from "./vega-selection.js";

const LIGHT = { background: "white" };

function colours({ isDark, ink, soft, line }) {
  if (!isDark) return { background: "transparent" };
  const guide = { labelColor: ink, titleColor: ink };
  return {
    background: "transparent",
    axis: { ...guide, domainColor: soft, tickColor: soft, gridColor: line },
    legend: guide,
    header: guide,
    title: { color: ink, subtitleColor: soft },
    view: { stroke: line },
    style: { "guide-label": { fill: ink }, "guide-title": { fill: ink }, "group-title": { fill: ink }, "group-subtitle": { fill: soft } },
  };
}

/** A specification without the values of its data, as text; and these, by the names of the data. */
function split(full) {
  const values = new Map();
  const rest = { ...full, data: full.data?.map((one) => (Array.isArray(one.values) ? (values.set(one.name, one), { ...one, values: undefined }) : one)) };
  return { text: JSON.stringify(rest), values };
}

globalThis.rivuletDraw = async ({ root, text, mime, theme, note, link, dataUrl, selects }) => {
  const loader = vega.loader();
  loader.load = async (address) => {
    if (/^data:/.test(address)) return fromDataUrl(address);
    const host = /^https?:\/\/([^/]+)/.exec(address)?.[1];
    note(`This chart reads its data from ${host ?? `“${String(address).slice(0, 80)}”`}, which a chart may not. Read the data in Python, and give it to the chart.`);
    throw new Error("not fetched");
  };
  loader.sanitize = async (address, { context } = {}) => {
    if (context === "href") link(address);
    if (context !== "image" || !/^data:image\//.test(address)) throw new Error("not followed");
    return { href: address };
  };
  const logger = vega.logger(vega.Error);
  let spec;
  let isLite;
  let view;
  let drawn;
  const read = (update) => {
    ({ text, mime, selects } = update);
    isLite = mime.includes("vegalite");
    // Altair calls data by its content; other data of the same chart is the same to the chart.
    const names = [...new Set(text.match(/"data-[0-9a-f]{32}"/g))];
    for (const [at, name] of names.entries()) text = text.replaceAll(name, `"data ${at + 1}"`);
    spec = JSON.parse(text);
    const at = names.indexOf(JSON.stringify(selects?.data));
    if (selects) spec = numbered(spec, at < 0 ? selects.data : `data ${at + 1}`);
  };
  const fullOf = (config, selection) => (isLite ? compile(withSelection(spec, selection), { config, logger }).spec : spec);
  const make = (config, full, options) => new vega.View(vega.parse(full, isLite ? null : config, { ast: true }), { expr: expressionInterpreter, loader, logger, ...options });
  // The number of a row is ours.
  const formatTooltip = (value, ...rest) => formatValue(value === Object(value) && ROW in value ? { ...value, [ROW]: undefined } : value, ...rest);
  const tooltip = new Handler({ theme: theme.isDark ? "dark" : "light", formatTooltip });
  const selected = () => selects && isSelected(view, storesOf(spec));
  const listen = () => {
    if (!selects) return;
    let last = JSON.stringify(selected());
    for (const { store } of storesOf(spec)) {
      view.addDataListener(store, () => {
        const now = selected();
        const text = JSON.stringify(now);
        if (text === last) return;
        last = text;
        selects.select(now);
      });
    }
  };
  const show = async (selection, state) => {
    const config = colours(theme);
    const full = fullOf(config, selection);
    const box = document.createElement("div");
    // A chart as wide as its container has one.
    box.style.width = "100%";
    // What was drawn stays until this is.
    box.style.position = "absolute";
    box.style.visibility = "hidden";
    root.append(box);
    const next = make(config, full, { container: box, renderer: "canvas", hover: true, tooltip: tooltip.call });
    if (state) next.setState(state);
    try {
      await next.runAsync();
      for (const { store, tuples } of tuplesOf(spec, selection)) next.data(store, tuples);
      if (selection) await next.runAsync();
    } catch (error) {
      next.finalize();
      box.remove();
      throw error;
    }
    view?.finalize();
    view = next;
    drawn = split(full);
    box.style.position = box.style.visibility = "";
    root.replaceChildren(box);
    listen();
  };
  read({ text, mime, selects });
  await show(selects?.selection);
  return {
    async retheme(now) {
      theme = now;
      await show(undefined, view.getState());
    },
    /** Draws another specification; where it is the same but for its data, the chart itself stays. */
    async update(update) {
      read(update);
      if (selects) return show(selects.selection);
      const next = split(fullOf(colours(theme)));
      if (next.text !== drawn.text) return show();
      for (const [name, { values, format }] of next.values) {
        if (JSON.stringify(values) === JSON.stringify(drawn.values.get(name).values)) continue;
        const read = vega.read(values, { type: "json", ...format }, vega.timeParse, vega.utcParse);
        view.change(name, vega.changeset().remove(vega.truthy).insert(read));
      }
      drawn = next;
      await view.runAsync();
    },
    selected,
    reselect: (selection) => show(selection),
    async picture() {
      const still = make(LIGHT, fullOf(LIGHT), { renderer: "none" });
      still.width(view.width()).height(view.height());
      await still.runAsync();
      try {
        still.setState(view.getState({ data: (name, object) => object.modified && view._runtime.data[name].input === object, signals: (name) => !/^(width|height|padding|autosize|background|style)$/.test(name), recurse: true }));
        await still.runAsync();
      } catch {
        // Then the picture is that of the beginning.
      }
      const svg = await still.toSVG();
      const size = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
      const [width, height] = [size[1], size[2]].map((length) => Math.ceil(length));
      return { svg, width, height, png: async (scale) => dataUrl(await still.toCanvas(scale)) };
    },
  };
};

function fromDataUrl(address) {
  const [, head, body] = /^data:([^,]*),(.*)$/s.exec(address) ?? [];
  if (body === undefined) throw new Error("no data");
  if (!/;base64$/.test(head)) return decodeURIComponent(body);
  return new TextDecoder().decode(Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0)));
}
