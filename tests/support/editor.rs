//! An editor for the language server: a client that other people wrote, driven step by step.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use async_lsp::lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Exit, Initialized, LogMessage,
    Notification, PublishDiagnostics,
};
use async_lsp::lsp_types::request::{
    CodeActionRequest, Completion, Formatting, GotoDefinition, HoverRequest, Initialize, RegisterCapability,
    Request, Shutdown,
};
use async_lsp::lsp_types::{
    ClientCapabilities, CodeAction, CodeActionContext, CodeActionOrCommand, CodeActionParams, CompletionItem,
    CompletionResponse, CompletionTextEdit, Diagnostic, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentChanges, DocumentFormattingParams,
    GotoDefinitionResponse, HoverContents, InitializeParams, InitializeResult, InitializedParams, Location,
    OneOf, Position, PublishDiagnosticsParams, Range, TextDocumentContentChangeEvent, TextDocumentIdentifier,
    TextDocumentItem, TextDocumentPositionParams, TextEdit, Url, VersionedTextDocumentIdentifier,
};
use async_lsp::router::Router;
use async_lsp::{MainLoop, ServerSocket};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

use crate::command::{Dir, binary};

/// Longer than this nobody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A document with a cursor, which is written as `|`.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The text without the cursor.
    pub text: String,
    /// Where the cursor is, in bytes.
    pub offset: usize,
}

impl Marked {
    /// Takes the first `|` out of a text.
    #[track_caller]
    pub fn new(text: &str) -> Marked {
        let offset = text.find('|').expect("a cursor in the text");
        Marked { text: text.replacen('|', "", 1), offset }
    }
}

/// An editor with a server of its own.
pub struct Editor {
    runtime: Runtime,
    server: ServerSocket,
    child: Child,
    published: UnboundedReceiver<PublishDiagnosticsParams>,
    queued: VecDeque<PublishDiagnosticsParams>,
    /// The server's answer to `initialize`.
    pub initialized: InitializeResult,
    texts: BTreeMap<Url, (i32, String)>,
    folder: std::path::PathBuf,
}

/// The abilities of a modern editor.
pub fn modern() -> Value {
    json!({
        "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true, "documentationFormat": ["markdown"] } },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "publishDiagnostics": {
                "relatedInformation": true, "codeDescriptionSupport": true, "dataSupport": true, "versionSupport": true
            },
            "codeAction": { "disabledSupport": true, "dataSupport": true }
        },
        "workspace": { "workspaceEdit": { "documentChanges": true } }
    })
}

impl Editor {
    /// Starts the server in a directory, for an editor that can do this.
    #[track_caller]
    pub fn start(dir: &Dir, capabilities: Value) -> Editor {
        Editor::start_with(dir, capabilities, &[])
    }

    /// The same, with options of the server's.
    #[track_caller]
    pub fn start_with(dir: &Dir, capabilities: Value, options: &[&str]) -> Editor {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let capabilities: ClientCapabilities = serde_json::from_value(capabilities).expect("capabilities");
        let guard = runtime.enter();
        let mut child = Command::new(binary())
            .arg("lsp")
            .args(options)
            .current_dir(dir.path())
            .env_clear()
            .env("XDG_CACHE_HOME", dir.path().join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let (publish, published) = unbounded_channel();
        let (mainloop, server) = MainLoop::new_client(|_| {
            let mut router = Router::new(());
            router
                .notification::<PublishDiagnostics>(move |_, params| {
                    let _ = publish.send(params);
                    ControlFlow::Continue(())
                })
                .notification::<LogMessage>(|_, _| ControlFlow::Continue(()))
                .request::<RegisterCapability, _>(|_, _| async { Ok(()) });
            router
        });
        let output = child.stdout.take().expect("a pipe").compat();
        let input = child.stdin.take().expect("a pipe").compat_write();
        // It ends with the server.
        runtime.spawn(async move {
            let _ = mainloop.run_buffered(output, input).await;
        });
        drop(guard);
        let mut editor = Editor {
            runtime,
            server,
            child,
            published,
            queued: VecDeque::new(),
            initialized: InitializeResult::default(),
            texts: BTreeMap::new(),
            folder: dir.path().to_owned(),
        };
        let params = InitializeParams { capabilities, ..InitializeParams::default() };
        editor.initialized = editor.request::<Initialize>(params);
        editor.notify::<Initialized>(InitializedParams {});
        editor
    }

    fn block<T>(&self, work: impl Future<Output = T>) -> T {
        let patient = async { tokio::time::timeout(PATIENCE, work).await };
        self.runtime.block_on(patient).expect("the server answers in time")
    }

    /// Asks something; an error is an error of the server's.
    pub fn try_request<R: Request>(&self, params: R::Params) -> Result<R::Result, async_lsp::Error> {
        self.block(self.server.request::<R>(params))
    }

    /// Sends a request and waits for the answer.
    #[track_caller]
    pub fn request<R: Request>(&self, params: R::Params) -> R::Result {
        self.try_request::<R>(params).unwrap_or_else(|error| panic!("{}: {error}", R::METHOD))
    }

    /// Sends a notification, which has no answer.
    #[track_caller]
    pub fn notify<N: Notification>(&self, params: N::Params) {
        self.server.notify::<N>(params).expect("the server listens");
        // The client's own loop must run for it to be sent.
        self.block(tokio::task::yield_now());
    }

    /// The URL of a file in the directory.
    pub fn url(&self, name: &str) -> Url {
        Url::from_file_path(self.folder.join(name)).expect("an absolute path")
    }

    /// Opens a document, as an editor does.
    pub fn open(&mut self, name: &str, text: &str) -> Url {
        let uri = self.url(name);
        let language_id =
            Path::new(name).extension().map_or("nix".into(), |ending| ending.to_string_lossy().into());
        self.texts.insert(uri.clone(), (1, text.to_owned()));
        let text_document =
            TextDocumentItem { uri: uri.clone(), language_id, version: 1, text: text.to_owned() };
        self.notify::<DidOpenTextDocument>(DidOpenTextDocumentParams { text_document });
        uri
    }

    /// Replaces a part of a document, in bytes; gives the version that it has then.
    #[track_caller]
    pub fn edit(&mut self, uri: &Url, range: std::ops::Range<usize>, with: &str) -> i32 {
        let places = Range { start: self.position(uri, range.start), end: self.position(uri, range.end) };
        let (version, text) = self.texts.get_mut(uri).expect("an open document");
        text.replace_range(range, with);
        *version += 1;
        let version = *version;
        let change =
            TextDocumentContentChangeEvent { range: Some(places), range_length: None, text: with.to_owned() };
        let text_document = VersionedTextDocumentIdentifier { uri: uri.clone(), version };
        self.notify::<DidChangeTextDocument>(DidChangeTextDocumentParams {
            text_document,
            content_changes: vec![change],
        });
        version
    }

    /// Replaces the first occurrence of a text in a document.
    #[track_caller]
    pub fn replace(&mut self, uri: &Url, what: &str, with: &str) -> i32 {
        let at = self.text(uri).find(what).expect("the text to be replaced");
        self.edit(uri, at..at + what.len(), with)
    }

    /// Closes a document, as an editor does.
    pub fn close(&mut self, uri: &Url) {
        self.texts.remove(uri);
        let text_document = TextDocumentIdentifier { uri: uri.clone() };
        self.notify::<DidCloseTextDocument>(DidCloseTextDocumentParams { text_document });
    }

    /// The text of an open document.
    #[track_caller]
    pub fn text(&self, uri: &Url) -> &str {
        &self.texts.get(uri).expect("an open document").1
    }

    /// The position of an offset in an open document.
    #[track_caller]
    pub fn position(&self, uri: &Url, offset: usize) -> Position {
        let encoding = self.initialized.capabilities.position_encoding.as_ref().map(|kind| kind.as_str());
        position(self.text(uri), offset, encoding == Some("utf-8"))
    }

    /// The text of a range of an open document.
    #[track_caller]
    pub fn held(&self, uri: &Url, range: Range) -> &str {
        let text = self.text(uri);
        let at = |place: Position| {
            (0..=text.len())
                .filter(|offset| text.is_char_boundary(*offset))
                .find(|offset| self.position(uri, *offset) == place)
                .expect("a position in the text")
        };
        &text[at(range.start)..at(range.end)]
    }

    /// Every time that diagnostics came for a document, up to the first of this version.
    #[track_caller]
    pub fn published(&mut self, uri: &Url, version: Option<i32>) -> Vec<PublishDiagnosticsParams> {
        let mut found = Vec::new();
        let mut others = VecDeque::new();
        loop {
            let next = match self.queued.pop_front() {
                Some(next) => next,
                None => {
                    let next = self
                        .runtime
                        .block_on(async { tokio::time::timeout(PATIENCE, self.published.recv()).await });
                    next.expect("diagnostics in time").expect("a server that runs")
                }
            };
            if next.uri != *uri {
                others.push_back(next);
                continue;
            }
            let last = version.is_none() || next.version == version;
            found.push(next);
            if last {
                self.queued.append(&mut others);
                return found;
            }
        }
    }

    /// The diagnostics of a version of a document.
    #[track_caller]
    pub fn diagnostics(&mut self, uri: &Url, version: i32) -> Vec<Diagnostic> {
        self.published(uri, Some(version)).pop().expect("diagnostics").diagnostics
    }

    fn place(&self, uri: &Url, offset: usize) -> TextDocumentPositionParams {
        let text_document = TextDocumentIdentifier { uri: uri.clone() };
        TextDocumentPositionParams { text_document, position: self.position(uri, offset) }
    }

    /// The completions at an offset.
    #[track_caller]
    pub fn complete(&self, uri: &Url, offset: usize) -> Vec<CompletionItem> {
        let params = json!(self.place(uri, offset));
        match self.request::<Completion>(serde_json::from_value(params).expect("parameters")) {
            Some(CompletionResponse::Array(items)) => items,
            Some(CompletionResponse::List(list)) => list.items,
            None => Vec::new(),
        }
    }

    /// Opens a document with a cursor, asks what may be written there, and closes it.
    #[track_caller]
    pub fn offered(&mut self, name: &str, text: &str) -> Vec<CompletionItem> {
        let Marked { text, offset } = Marked::new(text);
        let uri = self.open(name, &text);
        let items = self.complete(&uri, offset);
        self.close(&uri);
        items
    }

    /// Opens a document with a cursor, takes what is offered by that name, and gives the text that comes of it.
    #[track_caller]
    pub fn taken(&mut self, name: &str, text: &str, label: &str) -> String {
        let Marked { text, offset } = Marked::new(text);
        let uri = self.open(name, &text);
        let items = self.complete(&uri, offset);
        let item = items.iter().find(|item| item.label == label);
        let item = item.unwrap_or_else(|| panic!("{label} should be offered: {:?}", labels(&items)));
        let Some(CompletionTextEdit::Edit(edit)) = &item.text_edit else { panic!("an edit: {item:?}") };
        let text = apply(self.text(&uri), std::slice::from_ref(edit), self.is_utf8());
        self.close(&uri);
        text
    }

    fn is_utf8(&self) -> bool {
        self.initialized.capabilities.position_encoding.as_ref().is_some_and(|kind| kind.as_str() == "utf-8")
    }

    /// The hover text at an offset.
    #[track_caller]
    pub fn hover(&self, uri: &Url, offset: usize) -> Option<String> {
        let params = json!(self.place(uri, offset));
        let hover = self.request::<HoverRequest>(serde_json::from_value(params).expect("parameters"))?;
        match hover.contents {
            HoverContents::Markup(markup) => Some(markup.value),
            other => panic!("markup: {other:?}"),
        }
    }

    /// Where what stands at an offset is made.
    #[track_caller]
    pub fn definition(&self, uri: &Url, offset: usize) -> Vec<Location> {
        let params = json!(self.place(uri, offset));
        match self.request::<GotoDefinition>(serde_json::from_value(params).expect("parameters")) {
            Some(GotoDefinitionResponse::Scalar(location)) => vec![location],
            Some(GotoDefinitionResponse::Array(locations)) => locations,
            Some(GotoDefinitionResponse::Link(_)) => panic!("nobody asked for links"),
            None => Vec::new(),
        }
    }

    /// The code actions for a range, in bytes, where there are these diagnostics.
    #[track_caller]
    pub fn actions(
        &self,
        uri: &Url,
        range: std::ops::Range<usize>,
        diagnostics: Vec<Diagnostic>,
    ) -> Vec<CodeAction> {
        let params = CodeActionParams {
            text_document: TextDocumentIdentifier { uri: uri.clone() },
            range: Range { start: self.position(uri, range.start), end: self.position(uri, range.end) },
            context: CodeActionContext { diagnostics, ..CodeActionContext::default() },
            work_done_progress_params: Default::default(),
            partial_result_params: Default::default(),
        };
        let actions = self.request::<CodeActionRequest>(params).unwrap_or_default();
        let literal = |action| match action {
            CodeActionOrCommand::CodeAction(action) => action,
            CodeActionOrCommand::Command(command) => panic!("nobody asked for commands: {command:?}"),
        };
        actions.into_iter().map(literal).collect()
    }

    /// The text of an open document once an action is done, which must be for the version that is open.
    #[track_caller]
    pub fn done(&self, uri: &Url, action: &CodeAction) -> String {
        let edit = action.edit.clone().expect("an edit");
        let Some(DocumentChanges::Edits(documents)) = edit.document_changes else {
            panic!("versioned: {edit:?}")
        };
        let [document] = documents.as_slice() else { panic!("one document: {documents:?}") };
        assert_eq!(document.text_document.uri, *uri);
        assert_eq!(document.text_document.version, Some(self.texts[uri].0));
        let edits: Vec<TextEdit> = document
            .edits
            .iter()
            .map(|edit| match edit {
                OneOf::Left(edit) => edit.clone(),
                OneOf::Right(edit) => edit.text_edit.clone(),
            })
            .collect();
        apply(self.text(uri), &edits, self.is_utf8())
    }

    /// A document as the server formats it.
    #[track_caller]
    pub fn formatted(&self, uri: &Url) -> Option<String> {
        let params =
            json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } });
        let params: DocumentFormattingParams = serde_json::from_value(params).expect("parameters");
        let edits = self.request::<Formatting>(params)?;
        Some(apply(self.text(uri), &edits, self.is_utf8()))
    }

    /// Ends the conversation as the protocol says; gives the server's exit status.
    #[track_caller]
    pub fn finish(mut self) -> Option<i32> {
        self.request::<Shutdown>(());
        self.leave()
    }

    /// Leaves without a word; gives the server's exit status.
    #[track_caller]
    pub fn leave(&mut self) -> Option<i32> {
        self.notify::<Exit>(());
        let ended = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, self.child.wait()).await });
        ended.expect("the server ends in time").expect("an exit status").code()
    }
}

/// The names of what is offered.
pub fn labels(items: &[CompletionItem]) -> Vec<&str> {
    items.iter().map(|item| &*item.label).collect()
}

/// The position of an offset, counted by a reference that is slow and plain.
pub fn position(text: &str, offset: usize, utf8: bool) -> Position {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let column = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let character = if utf8 { column.len() } else { column.encode_utf16().count() };
    Position { line: line as u32, character: character as u32 }
}

/// A text after edits, none of which overlap.
pub fn apply(text: &str, edits: &[TextEdit], utf8: bool) -> String {
    let at = |place: Position| {
        (0..=text.len())
            .filter(|offset| text.is_char_boundary(*offset))
            .find(|offset| position(text, *offset, utf8) == place)
            .expect("a position in the text")
    };
    let mut edits: Vec<(std::ops::Range<usize>, &str)> =
        edits.iter().map(|edit| (at(edit.range.start)..at(edit.range.end), &*edit.new_text)).collect();
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, new);
    }
    text
}

/// A call of the lib, in which nothing is wrong but what the devices bring.
pub fn domain(devices: &str) -> String {
    format!(
        "{{ inputs, ... }}:\n{{\n  a = inputs.nixvirt.lib.domain.writeXML {{\n    name = \"vm\";\n    type = \"kvm\";\n    \
         memory = 1024;\n    os.type = \"hvm\";\n    devices = {devices};\n  }};\n}}\n"
    )
}

/// A domain as libvirt prints it.
pub const XML: &str = "<domain type='kvm'>\n  <name>vm</name>\n  <memory>1024</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n</domain>\n";

/// A modern editor in an empty directory.
#[track_caller]
pub fn start() -> (Dir, Editor) {
    let dir = Dir::new();
    let editor = Editor::start(&dir, modern());
    (dir, editor)
}
