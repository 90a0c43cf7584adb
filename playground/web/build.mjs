// Makes the page: `node build.mjs PROGRAM.wasm OUTPUT_FOLDER [REFERENCE]`. REFERENCE is the address of a reference site that stands
// beside the page, as the page sees it. The program goes into a script, because a page that is opened as a
// file may not fetch anything.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync, constants } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [program, output, reference = ""] = process.argv.slice(2);
const options = { bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8", absWorkingDir: here };

const examples = async () => {
  const root = join(here, "../..");
  const taken = [
    ["A machine, in Nix", "nix", "playground/examples/machine.nix"],
    ["Two machines by a template, in Nix", "nix", "playground/examples/template.nix"],
    ["A network, in Nix", "nix", "playground/examples/network.nix"],
    ["A machine by a template, in JSON", "json", "examples/linux.json"],
    ["A whole host, in JSON", "json", "examples/bundle.json"],
    ["What libvirt prints, in XML", "xml", "tests/nixvirt/domain-template-linux-1.xml"],
  ];
  return Promise.all(taken.map(async ([title, language, file]) => ({ title, language, text: await readFile(join(root, file), "utf8") })));
};

const generated = {
  name: "generated",
  setup(setup) {
    setup.onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: "generated" }));
    setup.onLoad({ filter: /^virtual:worker$/, namespace: "generated" }, async () => {
      const { outputFiles } = await build({ ...options, entryPoints: ["page/worker.js"], write: false });
      return { contents: outputFiles[0].text, loader: "text" };
    });
    setup.onLoad({ filter: /^virtual:examples$/, namespace: "generated" }, async () => ({ contents: JSON.stringify(await examples()), loader: "json" }));
  },
};

await mkdir(output, { recursive: true });
await copyFile(join(here, "playground.css"), join(output, "playground.css"));
await copyFile(join(here, "page/theme.js"), join(output, "theme.js"));
// The sections of the reference that whoever tries something out may want.
const sections = [["Reference", "index.html"], ["Domains", "domain/index.html"], ["Templates", "templates/index.html"], ["Messages", "messages/index.html"]];
const items = sections.map(([name, page]) => `<li><a href="${reference}/${page}">${name}</a></li>`);
const nav = reference === "" ? "" : `<nav aria-label="Reference"><ul>${items.join("")}</ul></nav>`;
const html = await readFile(join(here, "index.html"), "utf8");
await writeFile(join(output, "index.html"), html.replace("<!-- the reference -->", () => nav));
const packed = gzipSync(await readFile(program), { level: constants.Z_BEST_COMPRESSION });
await writeFile(join(output, "engine.js"), `self.nixvirtEngine="${packed.toString("base64")}";\n`);
await build({ ...options, entryPoints: ["page/main.js"], plugins: [generated], define: { REFERENCE: JSON.stringify(reference) }, outfile: join(output, "playground.js"), legalComments: "linked" });

const files = ["index.html", "playground.css", "theme.js", "playground.js", "engine.js"];
const hash = createHash("sha256");
for (const file of files) hash.update(await readFile(join(output, file)));
const version = hash.digest("hex").slice(0, 16);
await build({
  ...options,
  entryPoints: ["page/service-worker.js"],
  outfile: join(output, "service-worker.js"),
  define: { VERSION: JSON.stringify(version), FILES: JSON.stringify(["./", ...files]) },
});
console.log(`the program has ${packed.length} bytes compressed; the page is in ${output}`);
