// Finds the browsers of the tests: those that CHROMIUM and FIREFOX name, or installed ones.
// As a script, prints where the one that it is asked for is ("chromium", "firefox", "webkit").

import { existsSync, readdirSync } from "node:fs";

const first = (...places) => places.find((path) => path && existsSync(path));

/** Chromium's path, or `undefined`. */
export const browserPath = first(
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
);

/** Firefox's path, or `undefined`. */
export const firefoxPath = first(
  process.env.FIREFOX,
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
);

/** WebKitGTK's small browser, its driver and a display without a screen, or `undefined`. */
export const webkitPaths = (() => {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1`) : [];
  const paths = {
    browser: first(...folders.map((folder) => `${folder}/MiniBrowser`)),
    driver: first("/usr/bin/WebKitWebDriver"),
    display: first("/usr/bin/Xvfb"),
  };
  return Object.values(paths).every(Boolean) ? paths : undefined;
})();

if (process.argv[1]?.endsWith("browser.mjs")) {
  const found = { chromium: browserPath, firefox: firefoxPath, webkit: webkitPaths?.browser }[process.argv[2] ?? "chromium"];
  console.log(found ?? "not found");
  process.exit(found ? 0 : 1);
}
