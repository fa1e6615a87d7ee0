// The address of the page. A notebook that came in its fragment is taken out of it before anything else
// is done: it is kept for this tab alone, under a number that the entry in the browser's history has in
// its place, and the page opens anew, as the browser would go on saying with which address it was opened.

/** What such a notebook is kept under, before its number. Numbers begin with the time, so that they are in order. */
const LINK = "rivulet-link:";
/** So many of them are kept in a tab: those that were opened last. */
const LINKS = 8;

/** Those that the browser does not keep; they are there until the page is left. */
const unkept = new Map();

/** The number of the link in the history's entry. */
const numberOf = (state) => (typeof state?.link === "string" ? state.link : undefined);

/** Has a fragment kept for this tab; tells whether it is. */
function keepLink(number, fragment) {
  try {
    const others = Object.keys(sessionStorage).filter((key) => key.startsWith(LINK)).sort();
    while (others.length >= LINKS) sessionStorage.removeItem(others.shift());
    for (;;) {
      try {
        sessionStorage.setItem(LINK + number, fragment);
        return true;
      } catch (error) {
        // Those before it may have taken the room.
        if (others.length === 0) throw error;
        sessionStorage.removeItem(others.shift());
      }
    }
  } catch {
    return false;
  }
}

/** Takes a link out of the address, and opens the page anew. Tells whether this page is left now. */
function takeLink(isOpen = false) {
  // An entry of an earlier release holds the fragment itself.
  const fragment = location.hash || (typeof history.state === "string" ? history.state : "");
  if (fragment.length < 2) return false;
  const number = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const isKept = keepLink(number, fragment);
  // Where it cannot be kept, only the page that opens with it can have it.
  if (!isKept && isOpen) return location.reload();
  if (!isKept) unkept.set(number, fragment);
  history.replaceState({ link: number }, "", location.pathname + location.search);
  if (isKept) location.reload();
  return isKept;
}

/** The link that the page was opened with; nothing where it was not, and no character where it is not kept. */
globalThis.rivuletLink = () => {
  const number = numberOf(history.state);
  if (number === undefined) return undefined;
  try {
    return unkept.get(number) ?? sessionStorage.getItem(LINK + number) ?? "";
  } catch {
    return "";
  }
};

/** What an entry of the history shows. */
const shownBy = (state) => `${location.search} ${numberOf(state) ?? ""}`;
/** The entries of this page's notebook: as it came, and as it is since it is stored. */
const ownEntries = new Set();
let newest;

function isHere() {
  ownEntries.add(shownBy(history.state));
  newest = { state: history.state, address: location.href };
}

/** The page shows what another address names, without loading anything. */
globalThis.rivuletMove = (address) => {
  history.replaceState(null, "", address);
  isHere();
};

// A link that is pasted over the open page only changes its fragment.
addEventListener("hashchange", () => {
  if (location.hash.length > 1) takeLink(true);
});

// The browser takes what only differs in the fragment for one page, and goes back and forth in it.
addEventListener("popstate", ({ state }) => {
  if (location.hash.length > 1) return;
  if (!ownEntries.has(shownBy(state))) location.reload();
  else history.replaceState(newest.state, "", newest.address);
});
