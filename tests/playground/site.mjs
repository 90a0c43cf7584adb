// The reference site with the playground in it, in chromium, as files and from a server: the links both ways, each example that opens
// in the playground, and what the playground says linked to the pages of the site.
//
//   node site.mjs PACKAGES SITE
//
// PACKAGES is a node_modules with playwright-core.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";

const [packages, site] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(join(packages, "playwright-core/index.mjs")));

const faults = [];
const check = (holds, what) => { if (!holds) { faults.push(what); console.log(`FAIL  ${what}`); } };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const server = createServer((request, response) => {
  const file = join(site, decodeURIComponent(new URL(request.url, "http://localhost").pathname).replace(/\/$/, "/index.html"));
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const served = `http://127.0.0.1:${server.address().port}/`;
const asFiles = `${pathToFileURL(site)}/`;

const open = async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.on("console", (message) => check(!["error", "warning"].includes(message.type()), `${page.url().slice(0, 120)}: ${message.text()}`));
  page.on("pageerror", (error) => check(false, `${page.url().slice(0, 120)}: ${error}`));
  page.on("request", (request) => check(request.url().startsWith(served) || /^(file|data|blob):/.test(request.url()), `asked of others: ${request.url()}`));
  page.on("requestfailed", (request) => check(false, `${request.url()} could not be had`));
  return page;
};
const ready = (page) => page.waitForSelector("body[data-ready=true]", { timeout: 60000 });
// The text as it is, however much of it the editor shows.
const source = (page) => page.locator("#source .cm-content").evaluate((content) => content.cmTile?.view?.state.doc.toString() ?? content.cmView?.view?.state.doc.toString() ?? content.innerText);
const result = (page) => page.locator("#result .cm-content").evaluate((content) => content.cmTile?.view?.state.doc.toString() ?? content.cmView?.view?.state.doc.toString() ?? content.innerText);
const link = (language, text) => `#${language}=${deflateRawSync(Buffer.from(text)).toString("base64url")}`;
// Whether an address of the site leads to a page, and to a part of it.
const leads = (href) => {
  const url = new URL(href);
  const file = url.protocol === "file:" ? fileURLToPath(`file://${url.pathname}`) : join(site, url.pathname);
  return existsSync(file) && (url.hash === "" || readFileSync(file, "utf8").includes(` id="${url.hash.slice(1)}"`));
};

// --- There and back, as files and from a server.
for (const root of [asFiles, served]) {
  const page = await open();
  await page.goto(`${root}index.html`);
  check(await page.locator("main .cards a", { hasText: "Playground" }).count() === 1, `${root}: the start page speaks of the playground`);
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Playground" }).click();
  await ready(page);
  check(page.url() === `${root}playground/index.html`, `${root}: the playground is at ${page.url()}`);
  const nav = page.getByRole("navigation", { name: "Reference" });
  for (const href of await nav.getByRole("link").evaluateAll((links) => links.map((link) => link.href))) check(leads(href), `${href} leads nowhere`);
  await nav.getByRole("link", { name: "Reference" }).click();
  await page.waitForURL(`${root}index.html`);
  await page.context().close();
}

// --- Each example opens, with its whole text and with the result that the page shows.
const pages = [
  "index.html", "domain/index.html", "domain/devices.disk.html", "domain/devices.hostdev.html", "domain/os.firmware.html", "network/ip.dhcp.host.html",
  "pool/index.html", "volume/target.html", "secret/index.html", "nwfilter/index.html", "templates/linux.html", "templates/bridge.html",
];
for (const name of pages) {
  const page = await open();
  await page.goto(asFiles + name);
  const opener = page.locator(".pair .try").first();
  await opener.waitFor({ timeout: 10000 }).catch(() => {});
  check(await page.locator(".pair .try").count() === 1, `${name}: one example opens in the playground, not ${await page.locator(".pair .try").count()}`);
  const [code, xml] = await page.locator(".pair .code").evaluateAll((figures) => figures.map((figure) => figure.dataset.try ?? figure.querySelector("pre").textContent));
  await opener.click();
  await ready(page);
  check((await source(page)).trim() === code.trim(), `${name}: the playground has the text of the example, not ${await source(page)}`);
  check((await result(page)).trim() === xml.trim(), `${name}: the playground makes the XML that the page shows, not ${await result(page)}`);
  await page.goBack();
  check(page.url() === asFiles + name, `${name}: the way back`);
  await page.context().close();
}

// --- What is wrong is wrong there, too, and the message has its page.
for (const code of ["disk-bus-of-device", "unknown-attribute", "missing", "bad-value", "duplicate-key"]) {
  const page = await open();
  await page.goto(`${asFiles}messages/${code}.html`);
  const opener = page.locator(".try").first();
  if (await opener.waitFor({ timeout: 5000 }).then(() => true, () => false)) {
    await opener.click();
    await ready(page);
    const named = page.locator("#problems a", { hasText: code });
    check(await named.count() > 0, `${code}: the playground says it: ${await page.locator("#problems").textContent()}`);
    for (const href of await page.locator("#problems a").evaluateAll((links) => links.map((link) => link.href))) check(leads(href), `${href} leads nowhere`);
  }
  await page.context().close();
}

// --- The description of a key links its page, in Nix, JSON and XML.
const spec = { type: "kvm", name: "web", memory: 65536, os: { type: "hvm" }, devices: { disk: { type: "block", source: { dev: "/dev/sdb" }, target: { dev: "vda" } } } };
const xml = "<domain type='kvm'>\n  <name>web</name>\n  <memory>65536</memory>\n  <os><type>hvm</type></os>\n</domain>\n";
const nix = `{\n  type = "kvm"; name = "web";\n  memory = 65536;\n  os.type = "hvm";\n  devices.disk = { type = "block"; source.dev = "/dev/sdb"; target.dev = "vda"; };\n}\n`;
for (const [language, text, line, word, expected] of [
  ["nix", nix, 3, "memory", "domain/memory.html"],
  ["nix", nix, 5, "target", "domain/devices.disk.target.html"],
  ["json", JSON.stringify(spec, null, 2), 4, "memory", "domain/memory.html"],
  ["xml", xml, 3, "memory", "domain/memory.html"],
  ["xml", xml, 1, "type", "domain/index.html#value-type"],
]) {
  const page = await open();
  await page.goto(`${asFiles}playground/index.html${link(language, text)}`);
  await ready(page);
  const shown = page.locator("#source .cm-line").nth(line - 1);
  const column = (await shown.textContent()).indexOf(word);
  await page.locator("#source .cm-content").click();
  await page.keyboard.press("Control+Home");
  for (let down = 1; down < line; down += 1) await page.keyboard.press("ArrowDown");
  for (let right = 0; right < column + 1; right += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Control+i");
  const links = page.locator("#help a");
  await links.filter({ hasNotText: "libvirt" }).first().waitFor({ timeout: 10000 }).catch(() => {});
  const found = await links.evaluateAll((all) => all.map((one) => one.href));
  check(found.includes(asFiles + expected), `${language}: ${word} of line ${line} links ${expected}, not ${found}`);
  for (const href of found.filter((href) => href.startsWith("file:"))) check(leads(href), `${href} leads nowhere`);
  await page.context().close();
}

await browser.close();
server.closeAllConnections();
server.close();
console.log(faults.length ? `${faults.length} faults` : `the site works: ${pages.length} examples open in the playground`);
process.exit(faults.length ? 1 : 0);
