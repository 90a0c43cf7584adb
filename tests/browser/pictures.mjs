// The pictures of the site that the docs show, made of a built site in chromium.
//
//   node pictures.mjs PACKAGES SITE DOCS
//
// PACKAGES is a node_modules with playwright-core. With NIXVIRT_UPDATE the pictures are written into the folder DOCS; without, those that
// are there are looked at: a picture that is missing, too large or of another size than the page's is a fault.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The most that a reader of the docs should have to load for a picture, in bytes.
const MOST = 150_000;
const [packages, site, docs] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(join(packages, "playwright-core/index.mjs")));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const view = { width: 1280, height: 740 };

const pictures = {
  "site.webp": async (page) => {
    await page.goto(String(pathToFileURL(join(site, "domain/devices.disk.driver.html"))));
    await page.locator(".pair .try").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("cache=none");
    await page.waitForSelector("#results [role=option]");
  },
  "playground.webp": async (page) => {
    await page.goto(String(pathToFileURL(join(site, "playground/index.html"))));
    await page.waitForSelector("body[data-ready=true]", { timeout: 60000 });
    await page.locator("#source .cm-line", { hasText: "discard" }).getByText("discard").first().hover();
    await page.locator(".hover").waitFor();
  },
};

// The same picture as WebP without a loss, which has a third of the bytes.
const packed = async (page, png) => Buffer.from(await page.evaluate(async (data) => {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))]));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return canvas.toDataURL("image/webp", 1).split(",")[1];
}, png.toString("base64")), "base64");
const size = (page, picture) => page.evaluate(async (data) => {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))]));
  return `${bitmap.width} × ${bitmap.height}`;
}, picture.toString("base64"));
let faults = 0;
for (const [name, show] of Object.entries(pictures)) {
  const page = await (await browser.newContext({ viewport: view, colorScheme: "light", reducedMotion: "reduce" })).newPage();
  await show(page);
  await page.waitForTimeout(300);
  const made = await packed(page, await page.screenshot({ caret: "hide" }));
  const file = join(docs, name);
  if (process.env.NIXVIRT_UPDATE) writeFileSync(file, made);
  let there = null;
  try { there = readFileSync(file); } catch { /* said below */ }
  const wrong = there === null ? "is missing"
    : there.length > MOST ? `has ${there.length} bytes`
    : await size(page, there) !== await size(page, made) ? `is ${await size(page, there)}, and the page ${await size(page, made)}` : null;
  if (wrong) { faults += 1; console.log(`FAIL  ${file} ${wrong}: NIXVIRT_UPDATE=1 makes it`); }
  await page.context().close();
}
await browser.close();
console.log(faults ? `${faults} faults` : "the pictures are there");
process.exit(faults ? 1 : 0);
