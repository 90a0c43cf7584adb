//! A session with the language server. Whatever happened in it, what the server says in the end is what a fresh one says
//! of the same texts; what it prefers to mend brings no new error.
//!
//! An input is text of lines. One that begins with `%` says what the editor does, and what follows up to the next such line
//! is the text that goes with it. Numbers are taken modulo what there is.
//!
//! ```text
//! %open NIX-JSON-OR-XML NUMBER     a document is opened, with this text
//! %edit NUMBER START LENGTH        part of a document is replaced, by this text
//! %hover NUMBER PLACE              likewise %complete, %define, %format, %act
//! %close NUMBER
//! %raw                             a message to the server as it stands here
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nixvirt_cli::lsp::session::Session;
use nixvirt_compiler::printable::acts;
use nixvirt_ide::files::Nowhere;
use serde_json::{Value, json};

/// The most that is done in one session.
const MOST: usize = 40;
/// The longest that a text may be that an editor shows in a line or a box.
const LONGEST: usize = 50_000;
/// The documents that there may be in each language.
const DOCUMENTS: usize = 3;

/// Goes through a session.
pub(crate) fn hold(bytes: &[u8]) {
    let input = String::from_utf8_lossy(bytes);
    let mut editor = Editor::start();
    let mut asked = Vec::new();
    for step in steps(&input).take(MOST) {
        if let Some(question) = editor.step(&step) {
            asked.push(question);
        }
    }
    let mut fresh = Editor::with(&editor.open);
    assert_eq!(editor.told, fresh.told, "a fresh server should say the same");
    for question in asked.iter().rev().take(3) {
        let answer = editor.ask(question);
        assert_eq!(
            unversioned(answer),
            unversioned(fresh.ask(question)),
            "a fresh server should answer {question:?} the same"
        );
    }
    fresh.mends();
}

/// A step of the editor, and the text that goes with it.
struct Step<'i> {
    words: Vec<&'i str>,
    text: &'i str,
}

impl Step<'_> {
    fn number(&self, at: usize) -> usize {
        let digits: String = self.words.get(at).into_iter().flat_map(|word| word.chars()).take(9).collect();
        digits.parse().unwrap_or(0)
    }
}

/// The steps of an input; what stands before the first is a document.
fn steps(input: &str) -> impl Iterator<Item = Step<'_>> {
    let mut rest = input;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.match_indices("\n%").map(|(at, _)| at + 1).next().unwrap_or(rest.len());
        let (step, after) = rest.split_at(end);
        rest = after;
        Some(match step.strip_prefix('%') {
            Some(step) => {
                let (line, text) = step.split_once('\n').unwrap_or((step, ""));
                Step { words: line.split_whitespace().collect(), text }
            }
            None => Step { words: vec!["open", "nix", "0"], text: step },
        })
    })
}

/// A question about a place.
#[derive(Clone, Debug)]
struct Question {
    method: &'static str,
    uri: String,
    offset: usize,
}

/// An editor: what is open, in the order in which it was opened, and what it has been told.
struct Editor {
    session: Session,
    open: Vec<(String, String)>,
    version: i64,
    /// The problems, by file; files without any are not in it.
    told: BTreeMap<String, Value>,
    id: i64,
}

impl Editor {
    fn start() -> Editor {
        let mut editor = Editor {
            session: Session::start(Arc::new(Nowhere)),
            open: Vec::new(),
            version: 1,
            told: BTreeMap::new(),
            id: 0,
        };
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-8"] },
            "textDocument": {
                "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true },
                "completion": { "completionItem": { "snippetSupport": true } },
                "codeAction": { "disabledSupport": true },
            },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
        });
        editor.request("initialize", json!({ "capabilities": capabilities }));
        editor.notify("initialized", json!({}));
        editor
    }

    /// An editor in which documents were opened, and nothing else was done.
    fn with(documents: &[(String, String)]) -> Editor {
        let mut editor = Editor::start();
        for (uri, text) in documents {
            editor.put(uri, text);
        }
        editor
    }

    fn say(&mut self, message: &Value) -> Vec<Value> {
        self.say_raw(message.to_string().as_bytes())
    }

    fn say_raw(&mut self, body: &[u8]) -> Vec<Value> {
        let said = self.session.say(body);
        for message in &said {
            clean(message);
            if message["method"] == "textDocument/publishDiagnostics" {
                let uri = message["params"]["uri"].as_str().unwrap_or_default().to_owned();
                let found = message["params"]["diagnostics"].clone();
                match found.as_array().is_some_and(|found| !found.is_empty()) {
                    true => self.told.insert(uri, found),
                    false => self.told.remove(&uri),
                };
            }
        }
        said
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.say(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let id = self.id;
        let said = self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answers: Vec<&Value> = said.iter().filter(|message| message["id"] == id).collect();
        assert_eq!(answers.len(), 1, "{method} should be answered once: {said:?}");
        assert!(answers[0]["error"].is_null(), "{method}: {}", answers[0]);
        answers[0]["result"].clone()
    }

    fn put(&mut self, uri: &str, text: &str) {
        let language = uri.rsplit('.').next().unwrap_or_default();
        let document = json!({ "uri": uri, "languageId": language, "version": self.version, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        self.open.push((uri.to_owned(), text.to_owned()));
    }

    /// Does a step; gives the question that it asks.
    fn step(&mut self, step: &Step<'_>) -> Option<Question> {
        let what = step.words.first().copied().unwrap_or_default();
        match what {
            "open" => {
                let kind = step.words.get(1).copied().filter(|kind| matches!(*kind, "nix" | "json" | "xml"));
                let number = step.number(2) % DOCUMENTS;
                let uri = format!("file:///nixvirt-none/{number}.{}", kind.unwrap_or("nix"));
                if !self.open.iter().any(|(known, _)| *known == uri) {
                    self.put(&uri, step.text);
                }
                return None;
            }
            "raw" => {
                // What ends or begins a session is another test's.
                let ours = ["initialize", "shutdown", "exit", "textDocument/did", "Watched"];
                if !ours.iter().any(|method| step.text.contains(method)) && !step.text.contains('\\') {
                    self.say_raw(step.text.as_bytes());
                }
                return None;
            }
            _ if self.open.is_empty() => return None,
            _ => {}
        }
        let at = step.number(1) % self.open.len();
        let (uri, text) = self.open[at].clone();
        let start = boundary(&text, step.number(2) % (text.len() + 1));
        let method = match what {
            "edit" => {
                let end = boundary(&text, start + step.number(3) % (text.len() - start + 1));
                self.version += 1;
                let with = step.text.strip_suffix('\n').unwrap_or(step.text);
                let range = json!({ "start": position(&text, start), "end": position(&text, end) });
                self.notify(
                    "textDocument/didChange",
                    json!({
                        "textDocument": { "uri": uri, "version": self.version },
                        "contentChanges": [{ "range": range, "text": with }],
                    }),
                );
                self.open[at].1 = [&text[..start], with, &text[end..]].concat();
                return None;
            }
            "close" => {
                self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
                self.open.remove(at);
                return None;
            }
            "hover" => "textDocument/hover",
            "complete" => "textDocument/completion",
            "define" => "textDocument/definition",
            "format" => "textDocument/formatting",
            "act" => "textDocument/codeAction",
            _ => return None,
        };
        let question = Question { method, uri, offset: start };
        self.ask(&question);
        Some(question)
    }

    /// Asks; nothing of a document that is not open or not so long any more.
    fn ask(&mut self, question: &Question) -> Value {
        let Question { method, uri, offset } = question;
        let Some((_, text)) = self.open.iter().find(|(open, _)| open == uri) else { return Value::Null };
        let place = position(text, boundary(text, (*offset).min(text.len())));
        let diagnostics = self.told.get(uri).cloned().unwrap_or_else(|| json!([]));
        self.request(
            method,
            json!({
                "textDocument": { "uri": uri },
                "position": place,
                "range": { "start": place, "end": place },
                "context": { "diagnostics": diagnostics, "triggerKind": 1 },
                "options": { "tabSize": 2, "insertSpaces": true },
            }),
        )
    }

    /// Does what the server prefers against what is wrong: no error may come of it that was not there.
    fn mends(&mut self) {
        for (uri, found) in self.told.clone() {
            let Some(at) = self.open.iter().position(|(open, _)| *open == uri) else { continue };
            for diagnostic in
                found.as_array().into_iter().flatten().filter(|it| !it["data"].is_null()).take(2)
            {
                let range = diagnostic["range"].clone();
                let actions = self.request(
                    "textDocument/codeAction",
                    json!({
                        "textDocument": { "uri": uri }, "range": range,
                        "context": { "diagnostics": [diagnostic], "only": ["quickfix"] },
                    }),
                );
                for action in actions.as_array().into_iter().flatten() {
                    if action["isPreferred"] == true {
                        self.mend(at, action);
                    }
                }
            }
        }
    }

    fn mend(&self, at: usize, action: &Value) {
        let mut documents = self.open.clone();
        let uri = self.open[at].0.clone();
        let changes = action["edit"]["documentChanges"].as_array().expect("changes of documents");
        for change in changes {
            let target = change["textDocument"]["uri"].as_str().unwrap_or_default();
            let document = documents.iter_mut().find(|(open, _)| open == target);
            // A file that is not open is not known here.
            let Some((_, text)) = document else { return };
            for edit in change["edits"].as_array().into_iter().flatten() {
                let [start, end] = ["start", "end"].map(|end| offset(text, &edit["range"][end]));
                text.replace_range(start..end, edit["newText"].as_str().unwrap_or_default());
            }
        }
        let mended = Editor::with(&documents);
        let errors = |editor: &Editor| -> BTreeSet<String> {
            let found = editor.told.values().filter_map(Value::as_array).flatten();
            found
                .filter(|it| it["severity"] == 1)
                .map(|it| format!("{}: {}", it["code"], it["message"]))
                .collect()
        };
        let (before, after) = (errors(self), errors(&mended));
        let new: Vec<&String> = after.difference(&before).collect();
        assert!(new.is_empty(), "{} in {uri} brings {new:#?}", action["title"]);
    }
}

/// An answer without the versions of documents, which count the changes.
fn unversioned(answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(name, _)| name != "version");
            Value::Object(fields.map(|(name, value)| (name, unversioned(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(unversioned).collect()),
        other => other,
    }
}

/// The text that an editor shows is bounded, and nothing in it acts on the editor.
fn clean(message: &Value) {
    match message {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text)
                        if matches!(&**name, "message" | "title" | "label" | "detail" | "reason") =>
                    {
                        let acting = text
                            .chars()
                            .find(|&character| acts(character) && character != '\n' && character != '\t');
                        assert_eq!(acting, None, "the {name} {text:?} acts");
                        assert!(text.len() <= LONGEST, "the {name} has {} bytes", text.len());
                    }
                    // What a client gets back as it is.
                    _ if name == "data" => {}
                    value => clean(value),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(clean),
        _ => {}
    }
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Where each line begins: after a line feed, or a carriage return that none follows.
fn lines(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = |at: &usize| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1)).collect()
}

fn position(text: &str, offset: usize) -> Value {
    let lines = lines(text);
    let line = lines.partition_point(|&start| start <= offset) - 1;
    json!({ "line": line, "character": offset - lines[line] })
}

fn offset(text: &str, position: &Value) -> usize {
    let number = |name: &str| position[name].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
    let start = lines(text).get(number("line")).copied().unwrap_or(text.len());
    boundary(text, start + number("character"))
}
