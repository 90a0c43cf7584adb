// The two editors: what is written, with the answers of nixvirt's language server, and the result.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { xml } from "@codemirror/lang-xml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, EditorView, WidgetType, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { nix } from "@replit/codemirror-lang-nix";
import { formatted } from "./markdown.js";

const LANGUAGES = { nix, json, xml };

/** The extensions of a language. */
export const languageOf = (name) => LANGUAGES[name]();

// The protocol counts lines and UTF-16 from 0, as CodeMirror does but for the lines.
export const toPosition = (doc, offset) => {
  const line = doc.lineAt(offset);
  return { line: line.number - 1, character: offset - line.from };
};
export const toOffset = (doc, { line, character }) => {
  if (line >= doc.lines) return doc.length;
  const found = doc.line(line + 1);
  return Math.min(found.from + character, found.to);
};

// The message of a problem, below its line.
class Under extends WidgetType {
  constructor(problem) {
    super();
    this.problem = problem;
  }

  eq(other) {
    return other.problem.message === this.problem.message && other.problem.severity === this.problem.severity;
  }

  toDOM(view) {
    const { message, severity, fix } = this.problem;
    const element = document.createElement("div");
    element.className = `under ${severity}`;
    element.textContent = message;
    if (fix) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = fix.text === "" ? "Remove it" : `Write ${fix.text}`;
      button.onclick = () => view.dispatch({ changes: fix, selection: { anchor: fix.from + fix.text.length } });
      element.append(button);
    }
    return element;
  }

  ignoreEvent() {
    return true;
  }
}

const setUnder = StateEffect.define();
const under = StateField.define({
  create: () => Decoration.none,
  update(shown, transaction) {
    let next = shown.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setUnder)) next = effect.value;
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const SEVERITIES = { 1: "error", 2: "warning" };

/** The diagnostics of the protocol as CodeMirror's: with offsets, and with the change that mends the problem. */
export const problemsOf = (doc, diagnostics) => diagnostics.map((found) => {
  const from = toOffset(doc, found.range.start);
  const mend = found.data?.range;
  const fix = mend && { from: toOffset(doc, mend.start), to: toOffset(doc, mend.end), text: found.data.text, insert: found.data.text };
  return {
    from,
    to: Math.max(toOffset(doc, found.range.end), from),
    severity: SEVERITIES[found.severity] ?? "info",
    message: found.message,
    source: found.code,
    fix: fix && doc.sliceString(fix.from, fix.to) === found.data.was ? fix : null,
  };
});

/** Shows problems: underlined, and in words below their lines. */
export const showProblems = (view, problems) => {
  const { doc } = view.state;
  const widgets = problems.map((problem) =>
    Decoration.widget({ widget: new Under(problem), side: 1, block: true }).range(doc.lineAt(problem.from).to));
  view.dispatch(setDiagnostics(view.state, problems), { effects: setUnder.of(Decoration.set(widgets, true)) });
};

// What the server offers at a place.
const completions = (ask) => async (context) => {
  const { state, pos } = context;
  const before = state.sliceDoc(Math.max(0, pos - 1), pos);
  if (!context.explicit && !/[\w.="<' -]/.test(before)) return null;
  const params = { position: toPosition(state.doc, pos) };
  if (!context.explicit && before === " ") params.context = { triggerKind: 2, triggerCharacter: " " };
  const answer = await ask("completion", "textDocument/completion", state.doc, params);
  const items = Array.isArray(answer) ? answer : answer?.items ?? [];
  if (context.aborted || items.length === 0 || !items[0].textEdit) return null;
  const { range } = items[0].textEdit;
  return {
    from: toOffset(state.doc, range.start),
    to: Math.max(toOffset(state.doc, range.end), pos),
    // The text between is narrowed down here; another place is asked about anew.
    validFor: /^[\w-]*$/,
    options: items.map((item, at) => ({
      label: item.filterText ?? item.label,
      displayLabel: item.label,
      detail: item.detail,
      // In the order of the server.
      boost: -at / items.length,
      apply: item.textEdit.newText,
      info: item.documentation && (() => formatted(item.documentation.value ?? item.documentation)),
    })),
  };
};

const hovers = (ask) => hoverTooltip(async (view, pos) => {
  const { doc } = view.state;
  const answer = await ask("hover", "textDocument/hover", doc, { position: toPosition(doc, pos) });
  if (!answer) return null;
  const { range, contents } = answer;
  return {
    pos: range ? toOffset(doc, range.start) : pos,
    end: range ? toOffset(doc, range.end) : pos,
    above: true,
    create: () => {
      const dom = formatted(contents.value);
      dom.classList.add("hover");
      return { dom };
    },
  };
});

const common = (label) => [
  lineNumbers(), foldGutter(), drawSelection(), bracketMatching(), highlightSelectionMatches(),
  syntaxHighlighting(classHighlighter),
  EditorView.contentAttributes.of({ "aria-label": label }),
  EditorView.lineWrapping,
];

const language = new Compartment();

/** Changes the language of an editor. */
export const setLanguage = (view, name) => view.dispatch({ effects: language.reconfigure(languageOf(name)) });

/** The editor of the source. `ask` has the language server answer, `changed` hears of each change, `explain` is a key. */
export const sourceEditor = (parent, { ask, changed, explain }) => new EditorView({
  parent,
  extensions: [
    common("Source"), history(), indentOnInput(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(),
    autocompletion({ override: [completions(ask)], icons: false, activateOnTypingDelay: 100 }),
    under, hovers(ask), language.of([]),
    keymap.of([
      { key: "Mod-i", run: explain, preventDefault: true },
      ...closeBracketsKeymap, ...defaultKeymap.filter(({ key }) => key !== "Mod-i"),
      ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap,
    ]),
    EditorView.updateListener.of((update) => update.docChanged && changed()),
  ],
});

/** The editor of the result, which only shows it. */
export const resultEditor = (parent) => new EditorView({
  parent,
  extensions: [common("Result"), EditorState.readOnly.of(true), language.of([]), keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap])],
});

/** Replaces the whole text of an editor. */
export const setText = (view, text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
