// Links within a notebook: to a heading of a text, by the name that Jupyter or GitHub gives it, or to a
// place that has a name. They go there in the same tab, whatever keys are held: the page's own address is
// that of the notebook, and a name behind its # would be another one.

/** The name of a heading as Jupyter has it, and as GitHub has it. */
export function namesOf(heading) {
  const text = heading.textContent.trim();
  const github = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
    .replace(/ /g, "-");
  return [text.replace(/\s+/g, "-"), github];
}

export const HEADINGS = "h1, h2, h3, h4, h5, h6";

/** Where a link leads: the place with this name, or the heading; the first one of the notebook. */
function find(name) {
  const inText = named(".rich.prose", name);
  if (inText) return inText;
  const seen = new Map();
  let github;
  for (const heading of document.querySelectorAll(".rich.prose :is(h1, h2, h3, h4, h5, h6)")) {
    const [jupyter, plain] = namesOf(heading);
    if (jupyter === name) return heading;
    // The second of the same words is called words-1.
    const times = seen.get(plain) ?? 0;
    seen.set(plain, times + 1);
    if ((times ? `${plain}-${times}` : plain) === name) github ??= heading;
  }
  return github ?? named(".rich", name);
}

const named = (where, name) => [...document.querySelectorAll(`${where} [data-anchor]`)].find((element) => element.dataset.anchor === name);

function go(event) {
  // The button for menus goes nowhere.
  if (event.defaultPrevented || event.button > 1) return;
  const link = event.target.closest?.('.rich a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  const written = link.getAttribute("href").slice(1);
  let name = written;
  try {
    name = decodeURIComponent(written);
  } catch {
    // It is no address; it may be a name as it is.
  }
  const target = name === "" ? undefined : find(name) ?? find(written);
  if (!target) return;
  // "Back" comes back to here: the browser keeps where a page was scrolled to.
  history.pushState(history.state, "");
  const show = () => target.scrollIntoView({ block: "start" });
  show();
  // What comes near on the way may be built only now.
  requestAnimationFrame(show);
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

document.addEventListener("click", go);
document.addEventListener("auxclick", go);
