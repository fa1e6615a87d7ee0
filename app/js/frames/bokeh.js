// Draws a Bokeh document, as `bokeh.embed.json_item` writes it, in an output frame; `Bokeh` was run before.

globalThis.rivuletDraw = async ({ root, text, note, dataUrl }) => {
  let views;
  const show = async (text) => {
    const item = JSON.parse(text);
    const box = document.createElement("div");
    const before = [...root.childNodes];
    root.append(box);
    if (/"name":"(CustomJS|CustomJSHover|CustomJSTickFormatter|CustomJSFilter|CustomJSTransform)"/.test(text)) note("The JavaScript in this plot (CustomJS) does not run here.");
    delete item.target_id;
    views = await Bokeh.embed.embed_item(item, box);
    for (const node of before) node.remove();
  };
  await show(text);
  return {
    update: ({ text }) => show(text),
    async picture() {
      const view = [...(views.roots ?? views)][0];
      await Bokeh.documents?.at(-1)?.idle;
      const canvas = view.export("png", false).canvas;
      const { width, height } = view.el.getBoundingClientRect();
      return { width: Math.round(width), height: Math.round(height), png: async () => dataUrl(canvas) };
    },
  };
};
