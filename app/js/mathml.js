// Prepares KaTeX's MathML to be read without a style. It says some things in attributes that MathML
// Core no longer has, so that Chromium would show another formula.

/** Changes the formulas among these nodes. */
export function forFile(nodes) {
  for (const node of nodes.querySelectorAll("[mathvariant]")) {
    const letters = LETTERS[node.getAttribute("mathvariant")];
    if (letters && node.childElementCount === 0) {
      node.textContent = [...node.textContent].map(letters).join("");
      node.removeAttribute("mathvariant");
    }
  }
  for (const table of nodes.querySelectorAll("mtable[columnalign]")) {
    const list = (name) => (table.getAttribute(name) ?? "").split(" ");
    const [sides, gaps] = [list("columnalign"), list("columnspacing")];
    const gap = (at) => (at === sides.length - 1 ? "0" : (gaps[at] ?? gaps[0] ?? "0"));
    for (const row of table.children) {
      // The cells around numbered equations are no columns of theirs.
      const cells = [...row.children].filter((cell) => !cell.hasAttribute("class"));
      cells.forEach((cell, at) => {
        cell.setAttribute("style", `text-align:-webkit-${sides[at] ?? "center"};padding:.3em ${gap(at)} .3em 0`);
      });
    }
  }
  for (const node of nodes.querySelectorAll("menclose")) {
    const style = ENCLOSED[node.getAttribute("notation")];
    if (style) node.setAttribute("style", style);
  }
}

const line = (direction) => `background:linear-gradient(${direction},transparent calc(50% - .6px),currentcolor calc(50% - .6px) calc(50% + .6px),transparent calc(50% + .6px))`;
const ENCLOSED = {
  box: "border:1px solid;padding:.2em",
  updiagonalstrike: line("to bottom right"),
  downdiagonalstrike: line("to bottom left"),
  horizontalstrike: line("to bottom"),
};

// Where Unicode has A, a and 0 of an alphabet, and what it had elsewhere before.
const alphabet = (upper, lower, digit, before = "") => {
  const old = new Map(before.match(/../gu)?.map(([plain, letter]) => [plain, letter]));
  return (letter) => {
    const code = letter.codePointAt(0);
    const from = (first, start) => String.fromCodePoint(start + code - first.codePointAt(0));
    if (old.has(letter)) return old.get(letter);
    if (/[A-Z]/.test(letter)) return from("A", upper);
    if (/[a-z]/.test(letter)) return from("a", lower);
    return digit && /[0-9]/.test(letter) ? from("0", digit) : letter;
  };
};

const LETTERS = {
  bold: alphabet(0x1d400, 0x1d41a, 0x1d7ce),
  italic: alphabet(0x1d434, 0x1d44e, 0, "hℎ"),
  "bold-italic": alphabet(0x1d468, 0x1d482, 0x1d7ce),
  script: alphabet(0x1d49c, 0x1d4b6, 0, "BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ"),
  fraktur: alphabet(0x1d504, 0x1d51e, 0, "CℭHℌIℑRℜZℨ"),
  "bold-fraktur": alphabet(0x1d56c, 0x1d586, 0),
  "double-struck": alphabet(0x1d538, 0x1d552, 0x1d7d8, "CℂHℍNℕPℙQℚRℝZℤ"),
  "sans-serif": alphabet(0x1d5a0, 0x1d5ba, 0x1d7e2),
  "bold-sans-serif": alphabet(0x1d5d4, 0x1d5ee, 0x1d7ec),
  "sans-serif-italic": alphabet(0x1d608, 0x1d622, 0x1d7e2),
  monospace: alphabet(0x1d670, 0x1d68a, 0x1d7f6),
};
