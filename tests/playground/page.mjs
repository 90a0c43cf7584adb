// The page of the playground in chromium: as a file and from a server, in light and dark, without a network, with links that hold
// anything, and with axe-core.
//
//   node page.mjs PACKAGES PAGE
//
// PACKAGES is a node_modules with playwright-core and axe-core; NIXVIRT_SHOTS=FOLDER keeps screenshots.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";

const [packages, folder] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(join(packages, "playwright-core/index.mjs")));
const axe = readFileSync(join(packages, "axe-core/axe.min.js"), "utf8");
const asFile = String(pathToFileURL(join(folder, "index.html")));

const faults = [];
const check = (holds, what) => { if (!holds) { faults.push(what); console.log(`FAIL  ${what}`); } };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const server = createServer((request, response) => {
  const name = new URL(request.url, "http://localhost").pathname.replace(/\/$/, "/index.html");
  const file = join(folder, name);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const served = `http://127.0.0.1:${server.address().port}/`;

// A page of the browser; what it complains of and what it asks of others are faults.
const open = async (options = {}, context = null) => {
  context ??= await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  page.on("console", (message) => check(!["error", "warning"].includes(message.type()), `console: ${message.text()}`));
  page.on("pageerror", (error) => check(false, `an error of the page: ${error}`));
  page.on("request", (request) => check(request.url().startsWith(served) || /^(file|data|blob):/.test(request.url()), `asked of others: ${request.url()}`));
  return page;
};
const shot = async (page, name) => { if (process.env.NIXVIRT_SHOTS) await page.screenshot({ path: join(process.env.NIXVIRT_SHOTS, `playground-${name}.png`) }); };
const link = (language, text) => `#${language}=${deflateRawSync(Buffer.from(text)).toString("base64url")}`;
const ready = (page) => page.waitForSelector("body[data-ready=true]", { timeout: 60000 });
const status = (page) => page.locator("#status").textContent();
const result = (page) => page.locator("#result .cm-content").innerText();
// A minute: how fast the page is, a loaded machine does not say.
const until = async (page, what, holds) => {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return;
    await page.waitForTimeout(100);
  }
  check(false, what);
};
// Opens a link anew: a change of the part behind `#` alone loads nothing.
const visit = async (page, address, hash) => {
  await page.goto("about:blank");
  await page.goto(address + hash);
  await ready(page);
};

const SPEC = `{
  type = "kvm";
  name = "web";
  memory = 65536;
  vcpu = 1;
  os = { type = "hvm"; arch = "x86_64"; machine = "q35"; };
  devices.disk = { type = "file"; source.file = "/a.img"; target = { dev = "vda"; bus = "virtio"; }; driver.discrd = "unmap"; };
}
`;

// --- As a file: the example gives XML, in how long.
{
  const page = await open();
  const begin = Date.now();
  await page.goto(asFile);
  await ready(page);
  const spent = Date.now() - begin;
  console.log(`the first result as a file: ${spent} ms`);
  check((await result(page)).includes("<domain type='kvm'>"), "the example gives XML");
  check(await status(page) === "No problems.", `the example has no problems, but: ${await status(page)}`);
  await shot(page, "light");
}

// --- Errors below their lines, a fix, completion, hover and the help at the cursor.
{
  const page = await open();
  await visit(page, asFile, link("nix", SPEC));
  const under = page.locator("#source .under.error");
  await until(page, "the error is below its line", async () => await under.count() === 1);
  check((await under.first().textContent()).includes("unknown attribute `discrd`"), "the message is the compiler's");
  check(await page.locator("#source .cm-lintRange-error").count() > 0, "the wrong word is underlined");
  check((await result(page)).trim() === "", "where there is an error, there is no XML");
  check((await page.locator("#problems li").first().textContent()).startsWith("line 7 error:"), "the problem is listed with its line");
  await shot(page, "error");
  await under.getByRole("button").click();
  await until(page, "the fix mends the text", async () => await status(page) === "No problems.");
  check((await result(page)).includes("discard='unmap'"), "and the result has it");

  await page.locator("#source .cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Home");
  await page.keyboard.type("  devices.graphics.ty");
  await page.keyboard.press("Control+Space");
  const offers = page.locator(".cm-tooltip-autocomplete li");
  await until(page, "completion offers `type`", async () => (await offers.allTextContents()).some((it) => it.startsWith("type")));
  await shot(page, "completion");
  // CodeMirror takes no key for its list in the first 75 ms, so that nobody chooses what they have not seen.
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await until(page, "what is chosen is written", async () => (await page.locator("#source .cm-content").innerText()).includes("devices.graphics.type"));
  await page.keyboard.press("Escape");

  await visit(page, asFile, link("nix", SPEC.replace("discrd", "discard")));
  const word = page.locator("#source .cm-line", { hasText: "memory" }).locator("span", { hasText: "memory" }).first();
  await word.hover();
  await until(page, "hover says what `memory` is", async () => /memory/i.test((await page.locator(".hover").allTextContents()).join("")));
  await shot(page, "hover");
  await word.click();
  await page.keyboard.press("Control+i");
  await until(page, "the key says it, too", async () => /memory/i.test(await page.locator("#help").textContent()));
  // Tab leaves the text: the keyboard is not caught in it.
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => !document.activeElement.closest("#source .cm-content")), "Tab leaves the text");
}

// --- XML becomes Nix and JSON, JSON becomes XML, a bundle has a choice of files.
{
  const page = await open();
  await visit(page, asFile, link("xml", "<domain type='kvm'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>"));
  check(/name = "web";/.test(await result(page)), "XML becomes Nix");
  await page.selectOption("#to", "json");
  await until(page, "and JSON", async () => (await result(page)).includes('"name": "web"'));
  await visit(page, asFile, link("json", '{ "kind": "network", "name": "lan" }'));
  check((await result(page)).includes("<network>"), "JSON becomes XML");
  const entry = (name) => `{ spec = { type = "kvm"; name = "${name}"; memory = 65536; os = { type = "hvm"; arch = "x86_64"; machine = "q35"; }; }; }`;
  await visit(page, asFile, link("nix", `{ domains = [ ${entry("one")} ${entry("two")} ]; }`));
  check(await page.locator("#file option").count() === 2, "each object of a bundle is a file");
  await page.selectOption("#file", { index: 1 });
  check((await result(page)).includes("<name>two</name>"), "the other file is shown");
}

// --- A link: there and back, also with what is no ASCII; damaged links and bombs are said.
{
  const page = await open();
  const text = SPEC.replace("discrd", "discard").replace('name = "web"', 'name = "wéb✓"');
  await visit(page, served, link("nix", text));
  await page.click("#share");
  await until(page, "the link is copied", async () => (await status(page)).startsWith("The link is copied"));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open();
  await other.goto(copied);
  await ready(other);
  check((await other.locator("#source .cm-content").innerText()).includes("wéb✓"), "the link has the text");
  check(await result(other) === await result(page), "and gives the same result");
  for (const [hash, words] of [["#nix=AAAA!", "no text"], ["#php=AAAA", "no text"], ["#nix=_____w", "damaged"], [link("nix", " ".repeat(3 << 20)), "longer than"]]) {
    await page.goto("about:blank");
    await page.goto(served + hash);
    await until(page, `${hash.slice(0, 12)}: ${words}`, async () => (await status(page)).includes(words));
  }
}

// --- What a link holds is text, wherever it is shown.
{
  const page = await open();
  const html = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>[a](javascript:alert(1))`;
  const hostile = [
    ["nix", `{ type = "kvm"; name = ''${html}''; memroy = ''${html}''; "${html.replaceAll('"', "'")}" = 1; os.type = "hvm"; }`],
    ["nix", `let x = throw ''${html}''; in { name = x; type = "kvm"; }`],
    ["json", JSON.stringify({ kind: "network", name: html, [html]: html })],
    ["xml", `<domain type='kvm'><name>&lt;img src=x onerror="document.title='hacked'"&gt;</name><x${"y".repeat(20)}/></domain>`],
    ["xml", html],
  ];
  for (const [language, text] of hostile) {
    await visit(page, asFile, link(language, text));
    await page.locator("#source .cm-content").click();
    for (const key of ["Control+Home", "Control+ArrowRight", "Control+ArrowRight"]) await page.keyboard.press(key);
    await page.keyboard.press("Control+i");
    await page.waitForTimeout(300);
    check(await page.evaluate(() => document.title === "nixvirt playground" && document.querySelectorAll("img, main script, iframe").length === 0), `HTML of a link is text: ${text.slice(0, 60)}`);
  }
}

// --- A text that keeps the compiler busy is given up, the page answers meanwhile, and the next text works.
{
  const page = await open();
  const busy = `let f = n: if n == 0 then 0 else f (n - 1) + f (n - 1); in { type = "kvm"; name = toString (f 60); memory = 1; }`;
  await page.goto(asFile + link("nix", busy));
  await page.waitForSelector("#source .cm-content");
  await page.selectOption("#language", "json");
  await page.selectOption("#language", "nix");
  await until(page, "the end of it is said", async () => /stopped|steps|evaluat/i.test(`${await status(page)} ${await page.locator("#problems").textContent()}`));
  await page.locator("#source .cm-content").fill(SPEC.replace("discrd", "discard"));
  await until(page, "the next text is compiled", async () => (await result(page)).includes("<domain"));
}

// --- Once visited, without a network.
{
  const context = await browser.newContext();
  const page = await open({}, context);
  await page.goto(served);
  await ready(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until(page, "the files are kept", () => page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (key) => (await (await caches.open(key)).keys()).length))).some((count) => count >= 6)));
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  check((await result(page)).includes("<domain"), "it works without a network");
}

// --- axe-core, light and dark, wide and as on a phone.
for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    const page = await open({ colorScheme, viewport: { width, height: 900 } });
    await visit(page, asFile, link("nix", SPEC));
    await page.waitForSelector("#source .under.error");
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run({ preload: false }));
    for (const { id, nodes } of violations) check(false, `axe, ${colorScheme}, ${width}: ${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `nothing is wider than the page at ${width}`);
    await shot(page, `${colorScheme}-${width}`);
  }
}

await browser.close();
if (server.listening) server.close();
console.log(faults.length ? `${faults.length} faults` : "the page works");
process.exit(faults.length ? 1 : 0);
