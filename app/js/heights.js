// Keeps the height of an output's area while something else is built in it.

// What takes the place of an output is as high as that one was until it is built, so that nothing below
// jumps up and down again. The heights are those of the last frame: by now the old output may be gone.
const heights = new WeakMap();
const sizes = new ResizeObserver((entries) => {
  for (const { target, borderBoxSize: [box] } of entries) if (!target.style.minHeight) heights.set(target, box.blockSize);
});
/** What in an area is still to be built. */
const awaited = new WeakMap();

/** Keeps the height of the area of an output until it is built; returns the area. */
export function hold(host) {
  const area = host.closest('[data-part="output"]');
  if (!area) return undefined;
  if (!awaited.has(area)) awaited.set(area, new Set());
  awaited.get(area).add(host);
  if (area.style.minHeight) return area;
  if (heights.has(area)) area.style.minHeight = `${heights.get(area)}px`;
  else sizes.observe(area);
  return area;
}

/** An output is built: what is far and waits does not keep the height. */
export function release(area, host) {
  leave(area, host, (other) => other.getAttribute("aria-busy") === "true");
}

/** An output is gone before it was built: what comes in its place keeps the height. */
export function abandon(area, host) {
  leave(area, host, (other) => other.isConnected);
}

function leave(area, host, keeps) {
  const others = awaited.get(area);
  if (others?.delete(host) && ![...others].some(keeps)) area.style.minHeight = "";
}
