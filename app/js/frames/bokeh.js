// Draws a Bokeh document, as `bokeh.embed.json_item` writes it, in an output frame; `Bokeh` was run before.

globalThis.rivuletDraw = async ({ root, text, note, dataUrl }) => {
  const item = JSON.parse(text);
  const box = document.createElement("div");
  root.append(box);
  if (/"name":"(CustomJS|CustomJSHover|CustomJSTickFormatter|CustomJSFilter|CustomJSTransform)"/.test(text)) note("The JavaScript in this plot (CustomJS) does not run here.");
  delete item.target_id;
  const views = await Bokeh.embed.embed_item(item, box);
  return {
    async picture() {
      const view = [...(views.roots ?? views)][0];
      await Bokeh.documents?.at(-1)?.idle;
      const canvas = view.export("png", false).canvas;
      const { width, height } = view.el.getBoundingClientRect();
      return { width: Math.round(width), height: Math.round(height), png: async () => dataUrl(canvas) };
    },
  };
};
