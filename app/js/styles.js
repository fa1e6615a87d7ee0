// The style sheets that an output brings with it: they reach that output and nothing else. The browser's
// own parser reads them; each selector is put below the output's box, and ids and classes are the ones that
// the sanitiser gives to its elements, which no element of the page has.

/** What is longer is no style of an output, in characters; so many rules are used. */
const LONGEST = 500_000;
const MOST = 20_000;

/** The class that stands for an id, and for a class that is not the page's. */
export const idClass = (id) => `_i_${id}`;
export const ownClass = (name) => `_c_${name}`;
/** What can be such a name. */
export const isName = (text) => /^-?[A-Za-z_][\w-]*$/.test(text) && text.length <= 200;

let count = 0;

/** A new box that styles can be put below: `mark(element)`, and what selects it. */
export function newScope() {
  count += 1;
  const name = `s${count}`;
  return { name, selector: `[data-styled="${name}"]` };
}

/** The rules of a style sheet, below what `selector` selects, as text. */
export function scoped(text, selector) {
  if (text.length > LONGEST) return "";
  const sheet = new CSSStyleSheet();
  try {
    sheet.replaceSync(text);
  } catch {
    return "";
  }
  const left = { rules: MOST };
  return rulesOf(sheet.cssRules, selector, left).join("\n");
}

function rulesOf(rules, scope, left) {
  const written = [];
  for (const rule of rules) {
    left.rules -= 1;
    if (left.rules < 0) break;
    if (rule instanceof CSSStyleRule) {
      const text = styleRule(rule, scope);
      if (text) written.push(text);
    } else if (rule instanceof CSSMediaRule || rule instanceof CSSSupportsRule) {
      const name = rule instanceof CSSMediaRule ? "media" : "supports";
      const inner = rulesOf(rule.cssRules, scope, left);
      if (inner.length > 0 && isHarmless(rule.conditionText)) written.push(`@${name} ${rule.conditionText} {\n${inner.join("\n")}\n}`);
    }
  }
  return written;
}

function styleRule(rule, scope) {
  const all = [];
  for (const name of rule.style) {
    const value = rule.style.getPropertyValue(name);
    const isImportant = rule.style.getPropertyPriority(name) === "important";
    if (isHarmless(value) && isHarmless(name)) all.push([name, `${name}: ${value}${isImportant ? " !important" : ""};`]);
  }
  const texts = all.map(([, text]) => text).join(" ");
  const variables = all.filter(([name]) => name.startsWith("--")).map(([, text]) => text).join(" ");
  const written = [];
  for (const selector of parts(rule.selectorText)) {
    // What is meant for the whole page may name colours for this output.
    if (/^(:root|:host)$/.test(selector)) {
      if (variables) written.push(`${scope} > * { ${variables} }`);
    } else {
      const own = rewritten(selector);
      if (own && texts) written.push(`${scope} ${own} { ${texts} }`);
    }
  }
  return written.join("\n");
}

/** Whether a text loads nothing and ends nothing that it stands in. */
const isHarmless = (text) => !/[<\\{}]|url\s*\(|image\s*\(|image-set\s*\(|src\s*\(|expression\s*\(|@import/i.test(text);

/** The selectors of a list. */
function parts(list) {
  const found = [];
  let [depth, quote, start] = [0, "", 0];
  for (let at = 0; at < list.length; at += 1) {
    const letter = list[at];
    if (quote) quote = letter === quote ? "" : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "(" || letter === "[") depth += 1;
    else if (letter === ")" || letter === "]") depth -= 1;
    else if (letter === "," && depth === 0) {
      found.push(list.slice(start, at).trim());
      start = at + 1;
    }
  }
  found.push(list.slice(start).trim());
  return found;
}

/** A selector with the ids and classes that the sanitiser gives; none where it means more than the output. */
function rewritten(selector) {
  // A combinator at its begin would look beside the output, and there is no page in it.
  if (!isHarmless(selector) || /^[>+~&|]/.test(selector) || /&|:(root|host|scope|has-slotted)\b/i.test(selector)) return "";
  const strings = /("[^"]*"|'[^']*'|\[[^\]]*\])/;
  const pieces = selector.split(strings).map((piece, at) => {
    if (at % 2 === 0 && /["'[\]]/.test(piece)) return undefined;
    if (at % 2 === 1) return /\b(id|class)\b/i.test(piece) ? undefined : piece;
    if (/(^|[\s>+~(,])(html|body)\b/i.test(piece)) return undefined;
    return piece.replace(/([#.])(-?[A-Za-z_][\w-]*)/g, (_all, sign, name) => `.${sign === "#" ? idClass(name) : ownClass(name)}`);
  });
  return pieces.includes(undefined) ? "" : pieces.join("");
}
