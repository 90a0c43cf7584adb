// What the playground's program answers is what the command line prints: XML, specs and problems, for documents of the tests and of
// libvirt. A sample of them, by a seed that is printed; NIXVIRT_SEED gives the same again, and NIXVIRT_NIGHTLY takes all.
//
//   node same.mjs NIXVIRT_COMPILE PAGE FOLDER
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packed, program } from "./program.mjs";

const [compiler, page, folder] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const cache = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "", ".cache");
const corpora = [process.env.NIXVIRT_CORPUS, join(cache, "nixvirt-tests/libvirt/corpus"), join(root, "../shared/corpus")];
const corpus = corpora.find((it) => it && existsSync(it));
if (!corpus) console.log("SKIPPED libvirt's own documents: they are not here");

const below = (path) => statSync(path).isDirectory() ? readdirSync(path).sort().flatMap((name) => below(join(path, name))) : [path];
const folders = ["snapshots/ok", "snapshots/err", "snapshots/warn", "tests/fixtures/ok", "tests/fixtures/wrong", "tests/cases", "examples", "playground/examples", "tests/nixvirt"];
const known = (file) => [".nix", ".json", ".xml"].includes(extname(file)) && statSync(file).size < 100_000;
const ours = folders.flatMap((it) => below(join(root, it))).filter(known);
const theirs = corpus ? below(corpus).filter(known) : [];

let state = Number(process.env.NIXVIRT_SEED ?? Date.now() % 1_000_000_007);
console.log(`seed ${state}`);
const random = () => (state = (state * 48271 + 11) % 2147483647) / 2147483647;
const sample = (list, count) => process.env.NIXVIRT_NIGHTLY ? list : list.map((it) => [random(), it]).sort(([a], [b]) => a - b).slice(0, count).map(([, it]) => it);

const parsed = (text) => text.trim().startsWith("[") ? JSON.parse(text) : [];
const run = (args) => {
  const { stdout, stderr, status } = spawnSync(compiler, args, { encoding: "utf8", cwd: folder, maxBuffer: 1 << 27 });
  return { stdout, problems: parsed(stderr), checked: parsed(stdout), status, stderr };
};
const text = ({ path, message }) => path === "" ? message : message.startsWith("(") ? `${path} ${message}` : `${path}: ${message}`;
const line = (it) => `${it.line}:${it.column} ${it.severity} ${it.code} ${it.message}`;
const listed = (found) => found.map((it) => line({ ...it, message: text(it) }));

let faults = 0;
const equal = (file, what, found, expected) => {
  // How deep evaluation may go depends on the stack, of which a page has less.
  const said = (it) => JSON.stringify(it).replace(/nested more than \d+ deep/g, "nested too deep");
  if (said(found) === said(expected)) return;
  faults += 1;
  if (faults <= 10) console.log(`FAIL  ${file}: ${what}\n  page:    ${JSON.stringify(found).slice(0, 1500)}\n  command: ${JSON.stringify(expected).slice(0, 1500)}`);
};

const answer = await program(page);
const size = (await packed(page)).length;
console.log(`the program has ${size} bytes compressed`);
if (size > 2 << 20) { faults += 1; console.log("FAIL  it is to have 2 MB at most"); }

let compared = 0;
for (const original of [...sample(ours, 90), ...sample(theirs, 40)]) {
  const source = readFileSync(original, "utf8");
  const language = extname(original).slice(1);
  // A file that imports others has them beside it; the page has none. Bundles are written to folders by the command.
  if (language === "nix" && /(^|[^.\w/])\.{1,2}\/|builtins\.readFile|import /.test(source)) continue;
  const name = `playground.${language}`;
  writeFileSync(join(folder, name), source);
  compared += 1;
  const result = (request) => answer({ language, text: source, ...request }).result;
  if (language === "xml") {
    const expected = run(["import", name, "--format", "json"]);
    const found = result({ method: "import" });
    equal(original, "its spec", found.text ?? "", expected.stdout);
    equal(original, "the problems of its import", found.problems.map(line), listed(expected.problems));
    equal(original, "its spec in JSON", result({ method: "import", params: { to: "json" } }).text ?? "", run(["import", "--to", "json", name]).stdout);
    equal(original, "its least spec", result({ method: "import", params: { keep: "least" } }).text ?? "", run(["import", "--minimal", name]).stdout);
  } else {
    const expected = run(["--format", "json", name]);
    const found = result({ method: "compile" });
    if (!/a bundle makes several files/.test(expected.stderr)) {
      equal(original, "its XML", found.files.map(({ xml }) => xml).join(""), expected.stdout);
      equal(original, "the problems of compiling it", found.problems.map(line), listed(expected.problems));
    }
  }
  // An editor underlines other ranges than a terminal, and says nothing of somebody else's file; but it says where JSON is none.
  const messages = (found) => found.map(({ severity, code, message }) => `${severity} ${code} ${message}`).sort();
  const checked = (...options) => messages(run(["check", ...options, "--format", "json", name]).checked
    .map((it) => ({ ...it, message: it.help ? `${text(it)}\n${it.help}` : text(it) })));
  const found = messages(result({ method: "diagnostics" }).map((it) => ({ ...it, severity: { 1: "error", 2: "warning" }[it.severity] })));
  const foreignSkipped = checked("--skip-foreign");
  equal(original, "its diagnostics", found, foreignSkipped.length === 0 && found[0]?.startsWith("error syntax") ? checked() : foreignSkipped);
}
console.log(`${compared} documents compared, ${faults} faults`);

// What is no request is an error, and not the end of the program.
for (const wrong of ["", "{", "[]", '{"method":"compile"}', '{"method":"compile","language":"xml","text":""}', '{"method":"x","language":"nix","text":""}', '{"method":"textDocument/hover","language":"nix","text":"{ }","params":[]}']) {
  if (!answer(wrong).error) { faults += 1; console.log(`FAIL  this is no request: ${wrong}`); }
}
process.exit(faults || compared < 50 ? 1 : 0);
