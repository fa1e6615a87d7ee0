// Shows HTML whose scripts run, in an output frame: each script is made anew from its text, in order and in
// its place. Those of other hosts are not fetched.

const isScript = ({ type }) => /^($|module$|(text|application)\/(x-)?(java|ecma)script\b)/i.test(type.trim());

globalThis.rivuletDraw = async ({ root, text, mime, run, note, dataUrl }) => {
  const source = mime === "application/javascript" ? `<div></div><script>${text}</script>` : text;
  let tree = new DOMParser().parseFromString(source, "text/html");
  // A whole page in a frame of its own, as folium writes it.
  const inner = tree.querySelectorAll("iframe[srcdoc]");
  if (inner.length === 1 && !tree.querySelector("script")) tree = new DOMParser().parseFromString(inner[0].getAttribute("srcdoc"), "text/html");
  root.append(...[...tree.head.childNodes, ...tree.body.childNodes].map((node) => document.adoptNode(node)));
  if (mime === "application/javascript") globalThis.element = root.firstElementChild;
  const others = new Set();
  for (const old of [...root.querySelectorAll("script")].filter(isScript)) {
    const from = old.getAttribute("src");
    if (from === null) {
      await run(old.textContent, { isModule: old.type === "module", place: old }).catch(() => {});
    } else others.add(/^(?:https?:)?\/\/([^/]+)/.exec(from)?.[1] ?? from.slice(0, 80));
  }
  for (const sheet of root.querySelectorAll("link[rel=stylesheet][href]")) others.add(/^(?:https?:)?\/\/([^/]+)/.exec(sheet.getAttribute("href"))?.[1] ?? "another place");
  if (others.size > 0) note(`This output needs scripts or styles from ${[...others].slice(0, 4).join(", ")}, which are not fetched here: it may be incomplete.`);
  return {
    async picture() {
      const { width, height } = root.getBoundingClientRect();
      const image = await still(root, width, height);
      return {
        width: Math.round(width),
        height: Math.round(height),
        async png(scale) {
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [width * scale, height * scale];
          const context = canvas.getContext("2d");
          context.fillStyle = "white";
          context.fillRect(0, 0, canvas.width, canvas.height);
          context.drawImage(image, 0, 0, canvas.width, canvas.height);
          return dataUrl(canvas);
        },
      };
    },
  };
};

/** What an element shows, as an image that nothing runs in. */
async function still(root, width, height) {
  const copy = root.cloneNode(true);
  const canvases = root.querySelectorAll("canvas");
  [...copy.querySelectorAll("canvas")].forEach((canvas, at) => {
    const image = document.createElement("img");
    image.src = canvases[at].toDataURL("image/png");
    image.style.cssText = `${canvases[at].style.cssText};width:${canvases[at].clientWidth}px`;
    canvas.replaceWith(image);
  });
  for (const left of copy.querySelectorAll("script, iframe, object, embed, link")) left.remove();
  const body = document.createElement("div");
  body.setAttribute("style", `margin:0;color:#1d2327;color-scheme:light;font:14px/1.5 sans-serif;width:${width}px`);
  body.append(...[...document.querySelectorAll("head > style")].map((style) => style.cloneNode(true)), copy);
  const markup = new XMLSerializer().serializeToString(body);
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><foreignObject width="100%" height="100%">${markup}</foreignObject></svg>`;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing)}`;
  await image.decode();
  return image;
}
