// Archives of files, with a bound on what is unpacked.

import { unzipSync, zipSync } from "fflate";

export function unzip(bytes, limit, wanted) {
  let size = 0;
  return unzipSync(bytes, {
    filter({ name, originalSize }) {
      if (name.endsWith("/") || !wanted(name)) return false;
      size += originalSize;
      if (size > limit) throw new Error("too large");
      return true;
    },
  });
}

export const zip = (files) => zipSync(files);
