// Where downloads and compiled things are kept between builds, and how files are named.

import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

export const cache =
  process.env.RIVULET_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rivulet");

/** The sha256 of bytes or text: lower-case hexadecimal, or base64 as a page's policy writes it. */
export function sha256(content, encoding = "hex") {
  return createHash("sha256").update(content).digest(encoding);
}

export function fail(sentence) {
  console.error(`\x1b[1m[build] stopped:\x1b[0m ${sentence}`);
  process.exit(1);
}
