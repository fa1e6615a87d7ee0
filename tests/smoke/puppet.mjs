// Chromium and Firefox as the smoke tests drive them: by puppeteer-core, Firefox over WebDriver BiDi.
// The same interface as webdriver.mjs.

import puppeteer from "puppeteer-core";
import { ARGUMENTS } from "../browser/harness.mjs";

/** Starts one; `browser` is "chrome" or "firefox". */
export async function startPuppet(browser, executablePath) {
  const started = await puppeteer.launch({
    browser,
    executablePath,
    args: browser === "chrome" ? ARGUMENTS : [],
    defaultViewport: { width: 1000, height: 900 },
    protocolTimeout: 120_000,
  });
  return {
    profile: async () => {
      const context = await started.createBrowserContext();
      return { page: async () => tabOf(await context.newPage()), close: () => context.close() };
    },
    close: () => started.close(),
  };
}

const tabOf = (page) => ({
  goto: (url) => page.goto(url, { timeout: 120_000 }),
  reload: () => page.reload({ timeout: 120_000 }),
  front: () => page.bringToFront(),
  evaluate: (work, ...values) => page.evaluate(work, ...values),
  click: async (find, ...values) => {
    const element = (await page.evaluateHandle(find, ...values)).asElement();
    await element?.click();
    return Boolean(element);
  },
  type: (text) => page.keyboard.type(text),
  press: async (...keys) => {
    for (const key of keys) await page.keyboard.down(key);
    for (const key of keys.toReversed()) await page.keyboard.up(key);
  },
});
