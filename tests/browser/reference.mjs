// The reference site in chromium, as files and without a server: no error on any kind of page, axe-core's rules in light and dark, a
// phone's width, the keyboard alone, and the ten questions of a newcomer with the path to each answer.
//
//   node reference.mjs PACKAGES SITE QUESTIONS
//
// PACKAGES is a node_modules with playwright-core and axe-core; NIXVIRT_SHOTS=FOLDER keeps screenshots.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, site, questionsFile] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(join(packages, "playwright-core/index.mjs")));
const axe = readFileSync(join(packages, "axe-core/axe.min.js"), "utf8");
const address = (page) => String(pathToFileURL(join(site, page)));

// A page of each kind, and the longest of them.
const kinds = [
  "index.html", "kinds.html", "options/index.html", "options/domain.html", "domain/index.html", "domain/devices.disk.html", "domain/devices.disk.driver.html",
  "domain/memory.html", "domain/features.acpi.html", "network/index.html", "templates/index.html", "templates/windows.html",
  "messages/index.html", "messages/missing.html", "messages/address-kept.html", "commands/index.html", "commands/nixvirt-compile.html",
  "commands/nixvirt-apply.html",
];

// What is typed for each question, where the answer is, and a part of it that the page must show there.
const answers = [
  ["pin vcpu", "domain/cputune.vcpupin.html", "The host's CPUs that one vCPU is pinned to."],
  ["cache=none", "domain/devices.disk.driver.html#value-cache", "the host caches nothing"],
  ["cdrom virtio", "messages/disk-bus-of-device.html", "cdrom"],
  ["secure boot uefi", "domain/os.firmware.html", "firmware"],
  ["gpu passthrough", "domain/devices.hostdev.html", "device of the host"],
  ["template windows arguments", "templates/windows.html", "install_virtio"],
  ["memory unit default", "domain/memory.html", "KiB"],
  ["static ip address network", "network/ip.dhcp.host.html", "mac"],
  ["start machine with host option", "options/domain.html#option-autostart", "when the host boots"],
  ["what would change plan", "commands/nixvirt-apply.html#command-nixvirt-apply-plan", "nothing is touched"],
];

const faults = [];
const check = (holds, what) => { if (!holds) faults.push(what); };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });

// A page of the browser whose errors and requests are noted.
const open = async (options, name) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => check(message.type() !== "error" && message.type() !== "warning", `${name}: ${page.url()}: ${message.text()}`));
  page.on("pageerror", (error) => check(false, `${name}: ${page.url()}: ${error}`));
  page.on("request", (request) => check(/^(file|data):/.test(request.url()), `${name}: ${page.url()} asks for ${request.url()}`));
  page.on("requestfailed", (request) => check(false, `${name}: ${page.url()}: ${request.url()} could not be had`));
  return page;
};
const shot = async (page, name) => {
  if (process.env.NIXVIRT_SHOTS) await page.screenshot({ path: join(process.env.NIXVIRT_SHOTS, `${name.replaceAll("/", "-")}.png`) });
};

for (const colorScheme of ["light", "dark"]) {
  const page = await open({ colorScheme, viewport: { width: 1200, height: 900 } }, colorScheme);
  for (const kind of kinds) {
    await page.goto(address(kind));
    await shot(page, `${colorScheme}-${kind}`);
    await page.evaluate(axe);
    const violations = async (state) => {
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], preload: false }));
      for (const { id, nodes, help } of found.violations) {
        check(false, `${colorScheme}: ${kind}${state}: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`);
      }
    };
    await violations("");
    if (kind === "index.html" || kind === "domain/devices.disk.html") {
      await page.fill("#search", "disk");
      await page.waitForSelector("#results [role=option]");
      await shot(page, `${colorScheme}-search-${kind}`);
      await violations(" with results");
    }
  }
  await page.context().close();
}

// A phone: nothing is wider than the screen.
{
  const page = await open({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }, "phone");
  for (const kind of kinds) {
    await page.goto(address(kind));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    check(width <= 360, `phone: ${kind} is ${width} pixels wide`);
    await shot(page, `phone-${kind}`);
  }
  await page.fill("#search", "disk");
  await page.waitForSelector("#results [role=option]");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check(width <= 360, `phone: with results, the page is ${width} pixels wide`);
  await shot(page, "phone-results");
  await page.context().close();
}

// The keyboard alone, and what is remembered.
{
  const page = await open({ viewport: { width: 1200, height: 900 }, colorScheme: "light" }, "keyboard");
  await page.goto(address("domain/devices.disk.html"));
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className === "skip"), "the first stop is not the link to the content");
  await page.keyboard.press("/");
  check(await page.evaluate(() => document.activeElement.id === "search"), "`/` does not lead to the search");
  await page.keyboard.type("vcpupin");
  const state = () => page.evaluate(() => {
    const input = document.getElementById("search");
    const active = document.getElementById(input.getAttribute("aria-activedescendant"));
    return [input.getAttribute("aria-expanded"), active && active.getAttribute("aria-selected"), active && active.id, document.getElementById("found").textContent];
  });
  const first = await state();
  check(first[0] === "true" && first[1] === "true" && first[2] === "result-0" && /results?$/.test(first[3]), `the list of results says ${first}`);
  await page.keyboard.press("ArrowDown");
  check((await state())[2] === "result-1", "the arrow down does not move");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Escape");
  check((await state())[0] === "false", "Escape does not close");
  await page.keyboard.press("Escape");
  check(await page.inputValue("#search") === "", "a second Escape does not clear");
  await page.keyboard.type("vcpupin");
  await page.keyboard.press("Enter");
  await page.waitForURL(address("domain/cputune.vcpupin.html"));
  // Each stop can be seen.
  for (let stop = 0; stop < 25; stop++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return document.activeElement === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
    });
    check(seen, `stop ${stop} of the keyboard cannot be seen`);
  }
  await page.focus(".theme");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.documentElement.dataset.theme === "dark"), "the theme does not change");
  await page.reload();
  check(await page.evaluate(() => document.documentElement.dataset.theme === "dark"), "the theme is forgotten");
  await page.focus(".copy");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".copy").textContent === "Copied", null, { timeout: 5000 }).catch(() => check(false, "the code is not copied"));
  // Without its script, a page can be read.
  await page.context().close();
  const plain = await open({ javaScriptEnabled: false }, "without scripts");
  await plain.goto(address("domain/devices.disk.driver.html"));
  check((await plain.textContent("main")).includes("the host caches nothing"), "without scripts there is nothing to read");
  await plain.context().close();
}

// The ten questions, each typed as a newcomer would, and answered by what is among the first three results.
const questions = readFileSync(questionsFile, "utf8").split("\n").filter((line) => /^\| \d+\. /.test(line));
check(questions.length === answers.length, `there are ${questions.length} questions and ${answers.length} answers`);
answers.forEach(([typed, expected], at) => check(questions[at]?.includes(`| ${typed} |`) && questions[at].includes(expected.split("#")[0]), `question ${at + 1} is not answered as the page says`));
const page = await open({ viewport: { width: 1200, height: 900 } }, "questions");
for (const [at, [typed, expected, part]] of answers.entries()) {
  await page.goto(address("index.html"));
  const begin = Date.now();
  await page.keyboard.press("/");
  await page.keyboard.type(typed);
  await page.waitForSelector("#results [role=option]", { timeout: 5000 }).catch(() => {});
  const found = await page.$$eval("#results [role=option]", (options) => options.map((option) => new URL(option.dataset.href, location.href).href));
  const position = found.findIndex((href) => href === address(expected.split("#")[0]) + (expected.includes("#") ? `#${expected.split("#")[1]}` : ""));
  check(position >= 0 && position < 3, `question ${at + 1}: «${typed}» finds ${expected} at ${position + 1} of ${found.slice(0, 5).map((href) => href.replace(address(""), ""))}`);
  if (position < 0) continue;
  for (let down = 0; down < position; down++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => String(url) === found[position]);
  const shown = await page.textContent("main");
  check(shown.toLowerCase().includes(part.toLowerCase()), `question ${at + 1}: ${expected} does not say «${part}»`);
  await shot(page, `question-${at + 1}`);
  console.log(`reference: question ${at + 1}: «${typed}», result ${position + 1}, ${found[position].replace(address(""), "")}: ${Date.now() - begin} ms`);
}

// How fast and how large.
const files = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
const all = files(site);
const size = (some) => some.reduce((sum, file) => sum + statSync(file).size, 0);
console.log(`reference: ${all.filter((file) => file.endsWith(".html")).length} pages, ${(size(all) / 1e6).toFixed(1)} MB, the index of the search ${Math.round(statSync(join(site, "search-index.js")).size / 1e3)} kB`);
for (const kind of ["index.html", "domain/devices.disk.driver.html", "options/index.html"]) {
  await page.goto(address(kind));
  const [paint, load, elements] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime, performance.getEntriesByType("navigation")[0].loadEventEnd, document.querySelectorAll("*").length,
  ]);
  console.log(`reference: ${kind}: first paint ${Math.round(paint)} ms, loaded ${Math.round(load)} ms, ${elements} elements`);
}
await browser.close();
if (faults.length) {
  console.error(`${faults.length} faults:\n${faults.join("\n")}`);
  process.exit(1);
}
