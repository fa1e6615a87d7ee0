// Draws a Plotly figure in an output frame; `Plotly` was run before.

const clear = "rgba(0,0,0,0)";

/** In the dark a figure that its author gave no colours takes those of the page. */
function dressed(layout, { isDark, ink, soft, line }) {
  const template = layout?.template?.layout;
  const isPlain = !template || (template.paper_bgcolor === "white" && template.plot_bgcolor === "#E5ECF6");
  if (!isDark || !isPlain) return layout;
  const axis = { gridcolor: line, linecolor: soft, zerolinecolor: soft };
  const own = {
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    font: { ...template?.font, color: ink },
    xaxis: { ...template?.xaxis, ...axis },
    yaxis: { ...template?.yaxis, ...axis },
  };
  return { ...layout, template: { ...layout?.template, layout: { ...template, ...own } } };
}

globalThis.rivuletDraw = async ({ root, text, theme, note }) => {
  const { data = [], layout = {}, config = {}, frames } = JSON.parse(text);
  const box = document.createElement("div");
  root.append(box);
  if (JSON.stringify(data).includes('"scattermap') || data.some(({ type }) => /map(box)?$/.test(type ?? ""))) note("The tiles of this map come from another site, and are not fetched.");
  // What would leave the frame is refused anyway: the page has a button for the picture.
  const settings = { responsive: true, ...config, displaylogo: false, showSendToCloud: false, showEditInChartStudio: false, plotlyServerURL: "", modeBarButtonsToRemove: [...(config.modeBarButtonsToRemove ?? []), "toImage"] };
  await Plotly.newPlot(box, { data, layout: dressed(layout, theme), frames, config: settings });
  return {
    retheme: (theme) => Plotly.relayout(box, { template: dressed({ template: layout.template }, theme).template ?? {} }),
    async picture() {
      const { width, height } = box._fullLayout;
      // As its author made it, with what was moved since.
      const still = { data: box.data, layout: { ...box.layout, template: layout.template, width, height, autosize: false } };
      const image = (format, scale = 1) => Plotly.toImage(still, { format, width, height, scale });
      const svg = decodeURIComponent((await image("svg")).replace(/^data:image\/svg\+xml,/, ""));
      return { svg, width, height, png: async (scale) => (await image("png", scale)).replace(/^[^,]*,/, "") };
    },
  };
};
