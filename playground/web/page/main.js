// The page: a text and what the compiler makes of it. `REFERENCE` is the build's: the address of the reference beside it, or "".

import { problemsOf, resultEditor, setLanguage, setText, showProblems, sourceEditor, toPosition } from "./editor.js";
import { Engine } from "./engine.js";
import examples from "virtual:examples";
import { formatted } from "./markdown.js";
import { fragment, shared } from "./share.js";

const by = (id) => document.getElementById(id);
const engine = new Engine();
const REST = 250;

const ask = (kind, method, doc, params) => engine.ask(kind, { method, language: by("language").value, text: doc.toString(), reference: REFERENCE || null, params });
// What is asked about a place is of no use where the compiler was stopped: the problems say so.
const asked = (...parts) => ask(...parts).catch(() => null);

const say = (text) => { by("status").textContent = text; };

const explain = () => {
  const { doc, selection } = source.state;
  asked("hover", "textDocument/hover", doc, { position: toPosition(doc, selection.main.head) }).then((answer) => {
    by("help").replaceChildren(answer ? formatted(answer.contents.value) : "Nothing is known of this place.");
  });
  return true;
};

let timer;
const source = sourceEditor(by("source"), {
  ask: asked,
  explain,
  changed: () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, REST);
  },
});
const result = resultEditor(by("result"));
let files = [];

const goTo = (line, column) => {
  const found = source.state.doc.line(Math.min(line, source.state.doc.lines));
  source.dispatch({ selection: { anchor: Math.min(found.from + column - 1, found.to) }, scrollIntoView: true });
  source.focus();
};

const listed = ({ line, column, severity, code, message, help }) => {
  const item = document.createElement("li");
  const place = document.createElement("button");
  place.type = "button";
  place.textContent = `line ${line}`;
  place.onclick = () => goTo(line, column);
  const words = document.createElement("span");
  words.className = severity;
  words.textContent = ` ${severity}: ${message}`;
  item.append(place, words, " [", codeLink(code), "]");
  if (help) item.append(document.createElement("br"), help);
  return item;
};

// A code, which has a page where the reference stands beside the playground.
const codeLink = (code) => {
  if (REFERENCE === "") return code;
  const link = document.createElement("a");
  link.href = `${REFERENCE}/messages/${code}.html`;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = code;
  return link;
};

const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

const showFile = () => setText(result, files[Number(by("file").value)]?.text ?? "");

// Shows what came of the text. Where there is no result, an old one would be taken for one.
const show = (found, language) => {
  files = found.files ? found.files.map(({ name, xml }) => ({ name, text: xml })) : [{ name: null, text: found.text ?? "" }];
  by("of-bundle").hidden = files.length < 2;
  const chosen = by("file").selectedOptions[0]?.textContent;
  by("file").replaceChildren(...files.map(({ name }, at) => new Option(name ?? "", String(at), false, name === chosen)));
  setLanguage(result, language);
  showFile();
  by("problems").replaceChildren(...found.problems.map(listed));
  const errors = found.problems.filter(({ severity }) => severity === "error").length;
  const warnings = found.problems.length - errors;
  say(errors + warnings === 0 ? "No problems." : `${counted(errors, "error")}, ${counted(warnings, "warning")}.`);
};

const refresh = async () => {
  const language = by("language").value;
  const { doc } = source.state;
  const importing = language === "xml";
  by("of-xml").hidden = !importing;
  by("result-title").textContent = importing ? (by("to").value === "nix" ? "Nix" : "JSON") : "XML";
  if (doc.toString().trim() === "") {
    showProblems(source, []);
    show({ text: "", problems: [] }, "xml");
    say("Write or paste something.");
    return;
  }
  try {
    const [found, diagnostics] = await Promise.all([
      ask("result", importing ? "import" : "compile", doc, importing ? { to: by("to").value, keep: by("keep").value } : {}),
      ask("diagnostics", "diagnostics", doc, {}),
    ]);
    // The text has changed meanwhile; the next answer is on its way.
    if (!found || !diagnostics || !doc.eq(source.state.doc)) return;
    showProblems(source, problemsOf(doc, diagnostics));
    show(found, importing ? by("to").value : "xml");
  } catch (error) {
    showProblems(source, []);
    show({ text: "", problems: [] }, "xml");
    say(error.message);
  }
  document.body.dataset.ready = "true";
};

const open = (language, text) => {
  by("language").value = language;
  setLanguage(source, language);
  setText(source, text);
  clearTimeout(timer);
  return refresh();
};

const copy = async (text, done, otherwise) => {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(otherwise);
  }
};

by("language").onchange = () => { setLanguage(source, by("language").value); refresh(); };
by("to").onchange = refresh;
by("keep").onchange = refresh;
by("file").onchange = showFile;
by("example").append(...examples.map(({ title }, at) => new Option(title, String(at))));
by("example").onchange = () => {
  const { language, text } = examples[Number(by("example").value)] ?? {};
  if (text !== undefined) open(language, text);
};
by("share").onclick = async () => {
  location.hash = await fragment(by("language").value, source.state.doc.toString());
  await copy(location.href, "The link is copied. It holds the text itself.", "The link is in the address bar. It holds the text itself.");
};
by("copy").onclick = () => copy(result.state.doc.toString(), "The result is copied.", "The browser does not let the page copy: select the result.");

const start = async () => {
  try {
    const given = await shared(location.hash);
    if (given) return open(given.language, given.text);
  } catch (error) {
    await open("nix", "");
    say(error.message);
    return;
  }
  return open(examples[0].language, examples[0].text);
};
// A link that is opened while the page is there.
addEventListener("hashchange", async () => {
  const given = await shared(location.hash).catch(() => null);
  if (given && given.text !== source.state.doc.toString()) open(given.language, given.text);
});
start();

// Once visited, the page works without a network. A file needs no such thing.
if (location.protocol.startsWith("http") && "serviceWorker" in navigator) navigator.serviceWorker.register("service-worker.js");
