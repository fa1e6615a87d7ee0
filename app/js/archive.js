// Archives of files, with a bound on what is unpacked.

import { unzipSync, zipSync } from "fflate";

/** How many files of an archive are looked at. */
const ENTRIES = 50_000;

export function unzip(bytes, limit, wanted) {
  let [size, entries] = [0, 0];
  return unzipSync(bytes, {
    filter({ name, size: packed, originalSize }) {
      entries += 1;
      if (entries > ENTRIES) throw new Error("too many");
      if (name.endsWith("/") || !wanted(name)) return false;
      // What is stored as it is takes as much as is there, whatever the archive says of it.
      size += Math.max(packed, originalSize);
      if (size > limit) throw new Error("too large");
      return true;
    },
  });
}

export const zip = (files) => zipSync(files);
