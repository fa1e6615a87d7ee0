// The smallest changes that make one text of another, so that the cursor and the history of edits
// survive when the page replaces a text.

/** As a list of `{ from, to, insert }`, in order. */
export function changesBetween(before, after) {
  const old = pieces(before);
  const now = pieces(after);
  // As many pieces as before: a renamed name, or another number; one change for each.
  if (old.length !== now.length) return between(before, after, 0);
  const changes = [];
  let at = 0;
  old.forEach((piece, index) => {
    changes.push(...between(piece, now[index], at));
    at += piece.length;
  });
  return changes;
}

const pieces = (text) => text.match(/\p{ID_Continue}+|\s+|[^\p{ID_Continue}\s]/gu) ?? [];

// What is left without the common start and the common end.
function between(before, after, at) {
  if (before === after) return [];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  if (isHighSurrogate(before, start - 1)) start -= 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  if (isHighSurrogate(before, before.length - end - 1)) end -= 1;
  const insert = after.slice(start, after.length - end);
  return [{ from: at + start, to: at + before.length - end, insert }];
}

const isHighSurrogate = (text, index) => (text.charCodeAt(index) & 0xfc00) === 0xd800;
