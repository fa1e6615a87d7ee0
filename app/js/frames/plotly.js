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

/** The numbers, as they are or as the first and the last of some that follow each other. */
function shortened(numbers) {
  const runs = [];
  for (const number of [...new Set(numbers)].sort((one, other) => one - other)) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? first : [first, last]));
}

/** What an event of Plotly's says is selected, for the page: points by their traces, and the range. */
function toldOf({ points = [], range }) {
  const traces = new Map();
  const cells = [];
  for (const { curveNumber, pointNumber, pointNumbers } of points) {
    if (Array.isArray(pointNumber)) cells.push([curveNumber, { row: pointNumber[0], column: pointNumber[1] }]);
    else traces.set(curveNumber, [...(traces.get(curveNumber) ?? []), ...(Array.isArray(pointNumbers) ? pointNumbers : [pointNumber])]);
  }
  const all = [...[...traces].map(([trace, numbers]) => [trace, shortened(numbers.filter(Number.isInteger))]), ...cells.slice(0, 5_000)];
  return all.length === 0 ? null : { points: all, ...(range ? { range } : {}) };
}

/** The traces with what was selected of them. */
function withSelection(data, selection) {
  const points = Array.isArray(selection?.points) ? selection.points : [];
  if (points.length === 0) return data;
  return data.map((trace, at) => {
    const own = points.filter(([of, numbers]) => of === at && Array.isArray(numbers)).flatMap(([, numbers]) => numbers);
    const numbers = own.flatMap((one) => (Array.isArray(one) ? Array.from({ length: Math.min(1e6, one[1] - one[0] + 1) }, (_, step) => one[0] + step) : [one]));
    return { ...trace, selectedpoints: numbers };
  });
}

globalThis.rivuletDraw = async ({ root, text, theme, note, selects }) => {
  const box = document.createElement("div");
  root.append(box);
  let figure;
  let selected;
  const read = (update) => {
    figure = { data: [], layout: {}, config: {}, ...JSON.parse(update.text) };
    selects = update.selects;
    selected = selects?.selection ?? null;
    if (JSON.stringify(figure.data).includes('"scattermap') || figure.data.some(({ type }) => /map(box)?$/.test(type ?? ""))) note("The tiles of this map come from another site, and are not fetched.");
  };
  const shown = () => {
    const { data, layout, config, frames } = figure;
    // What would leave the frame is refused anyway: the page has a button for the picture.
    const settings = { responsive: true, ...config, displaylogo: false, showSendToCloud: false, showEditInChartStudio: false, plotlyServerURL: "", modeBarButtonsToRemove: [...(config.modeBarButtonsToRemove ?? []), "toImage"] };
    const own = selects ? { dragmode: "select", clickmode: "event+select", ...layout } : layout;
    return { data: withSelection(data, selected), layout: dressed(own, theme), frames, config: settings };
  };
  const say = (event) => {
    const told = toldOf(event ?? {});
    if (!selects || JSON.stringify(told) === JSON.stringify(selected)) return;
    selected = told;
    selects.select(told);
  };
  read({ text, selects });
  await Plotly.newPlot(box, shown());
  box.on("plotly_selecting", say);
  box.on("plotly_selected", say);
  box.on("plotly_deselect", () => say());
  box.on("plotly_click", (event) => {
    // Those that Plotly selects in by itself say so.
    const first = event.points?.[0];
    if (first && !box._fullData[first.curveNumber]?._module?.selectPoints) say(event);
  });
  return {
    async retheme(now) {
      theme = now;
      await Plotly.react(box, shown());
    },
    async update(update) {
      read(update);
      await Plotly.react(box, shown());
    },
    selected: () => selects && selected,
    async reselect(selection) {
      selected = selection ?? null;
      await Plotly.react(box, { ...shown(), layout: { ...shown().layout, selections: [] } });
      if (!selected) await Plotly.restyle(box, { selectedpoints: null });
    },
    async picture() {
      const { width, height } = box._fullLayout;
      // As its author made it, with what was moved since.
      const still = { data: box.data, layout: { ...box.layout, template: figure.layout.template, width, height, autosize: false } };
      const image = (format, scale = 1) => Plotly.toImage(still, { format, width, height, scale });
      const svg = decodeURIComponent((await image("svg")).replace(/^data:image\/svg\+xml,/, ""));
      return { svg, width, height, png: async (scale) => (await image("png", scale)).replace(/^[^,]*,/, "") };
    },
  };
};
