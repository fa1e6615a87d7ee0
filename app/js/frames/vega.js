// Draws Vega and Vega-Lite in an output frame. Expressions are interpreted, as the frame's policy lets
// nothing be evaluated; nothing is fetched.

import * as vega from "vega";
import { compile } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";
import { Handler } from "vega-tooltip";

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

globalThis.rivuletDraw = async ({ root, text, mime, theme, note, link, dataUrl }) => {
  const spec = JSON.parse(text);
  const isLite = mime.includes("vegalite");
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
  const make = (config, options) => {
    const full = isLite ? compile(spec, { config, logger }).spec : spec;
    return new vega.View(vega.parse(full, isLite ? null : config, { ast: true }), { expr: expressionInterpreter, loader, logger, ...options });
  };
  const tooltip = new Handler({ theme: theme.isDark ? "dark" : "light" });
  let view;
  const show = async (theme) => {
    const state = view?.getState();
    view?.finalize();
    const box = document.createElement("div");
    // A chart as wide as its container has one.
    box.style.width = "100%";
    root.replaceChildren(box);
    view = make(colours(theme), { container: box, renderer: "canvas", hover: true, tooltip: tooltip.call });
    if (state) view.setState(state);
    await view.runAsync();
  };
  await show(theme);
  return {
    retheme: show,
    async picture() {
      const still = make(LIGHT, { renderer: "none" });
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
