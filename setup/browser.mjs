// Finds a Chromium for the tests: the one that CHROMIUM names, or an installed one.

import { existsSync } from "node:fs";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Its path, or `undefined`. */
export const browserPath = PLACES.find((path) => path && existsSync(path));

if (process.argv[1]?.endsWith("browser.mjs")) {
  console.log(browserPath ?? "no Chromium found");
  process.exit(browserPath ? 0 : 1);
}
