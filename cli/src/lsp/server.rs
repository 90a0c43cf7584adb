//! The conversation with the editor: who may say what when, and who does the work.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Sender, unbounded};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CancelParams, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DiagnosticOptions, DiagnosticServerCapabilities, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, HoverProviderCapability, InitializeParams, InitializeResult, MessageType,
    NumberOrString, OneOf, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
};
use nixvirt_ide::analysis::Checking;
use nixvirt_ide::files::Machine;
use nixvirt_ide::lsp::answers::{self, Client};
use nixvirt_ide::lsp::documents::{Documents, to_path};
use nixvirt_ide::lsp::position::Encoding;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Status;
use crate::files::DiskFiles;
use crate::lsp::checker::{CheckerTask, DocumentChange};
use crate::lsp::pending::{Pending, lock};
use crate::lsp::transport::{Incoming, Outbox, Transport, refusal};
use crate::lsp::work::ClientTask;

/// Serves an editor on standard input and output until it has had enough. One that leaves without a word is an error.
pub fn serve(checking: Checking) -> io::Result<Status> {
    let transport = Transport::start()?;
    let mut server =
        Server::new(transport.outbox.clone(), Arc::new(DiskFiles), checking, ClientTask::in_threads);
    let mut status = Status::Wrong;
    for incoming in &transport.incoming {
        if let Some(ended) = server.hear(incoming)? {
            status = ended;
            break;
        }
    }
    transport.finish()?;
    Ok(status)
}

/// How far the conversation is.
enum Phase {
    /// The client has not said what it can do.
    New,
    /// The client has said what it can do.
    Running(Box<Running>),
    /// It wants no more.
    Over,
}

struct Running {
    encoding: Encoding,
    /// The capabilities to register with the client once it is ready.
    registrations: Vec<Value>,
    documents: Documents,
    tasks: Sender<CheckerTask>,
    requests: Sender<(Request, Documents)>,
    pending: Pending,
}

/// The side of the server that speaks with the editor, and never works itself.
pub(super) struct Server<S> {
    outbox: Outbox,
    phase: Phase,
    machine: Arc<dyn Machine>,
    checking: Checking,
    /// Starts the work, once the abilities of the client are known.
    start: S,
}

impl<S: FnMut(ClientTask) -> io::Result<()>> Server<S> {
    /// A server before its first message, for the files of a machine and the way in which specs are checked.
    pub(super) fn new(outbox: Outbox, machine: Arc<dyn Machine>, checking: Checking, start: S) -> Server<S> {
        Server { outbox, phase: Phase::New, machine, checking, start }
    }

    /// Deals with what comes from the client, as far as no work is needed; gives how it went when that was the last.
    ///
    /// # Errors
    /// Where the work cannot begin.
    pub(super) fn hear(&mut self, incoming: Incoming) -> io::Result<Option<Status>> {
        match incoming {
            Incoming::Garbage(id, code, message) => self.outbox.send(refusal(&id, code, &message)),
            Incoming::Message(Message::Request(request)) => self.request(request)?,
            Incoming::Message(Message::Notification(notification)) if notification.method == "exit" => {
                return Ok(Some(match self.phase {
                    Phase::Over => Status::Fine,
                    _ => Status::Wrong,
                }));
            }
            Incoming::Message(Message::Notification(notification)) => self.notification(notification),
            // Nothing that was asked of the client needs an answer.
            Incoming::Message(Message::Response(_)) => {}
        }
        Ok(None)
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, message: impl Into<String>) {
        self.outbox.send(Response::new_err(id, code as i32, message.into()));
    }

    fn request(&mut self, request: Request) -> io::Result<()> {
        let Request { id, method, .. } = &request;
        match (&mut self.phase, method.as_str()) {
            (Phase::New, "initialize") => return self.initialize(request),
            (Phase::New, _) => {
                let message = format!("`{method}` comes before `initialize`");
                self.refuse(id.clone(), ErrorCode::ServerNotInitialized, message);
            }
            (Phase::Over, _) => {
                let message = format!("`{method}` comes after `shutdown`");
                self.refuse(id.clone(), ErrorCode::InvalidRequest, message);
            }
            (Phase::Running(_), "initialize") => {
                self.refuse(id.clone(), ErrorCode::InvalidRequest, "`initialize` has been answered already");
            }
            (Phase::Running(running), "shutdown") => {
                // Every waiting request gets an answer; the work itself is dropped.
                let waiting = std::mem::take(&mut *lock(&running.pending));
                for id in waiting {
                    self.refuse(id, ErrorCode::RequestCanceled, "the server is being shut down");
                }
                self.outbox.send(Response::new_ok(id.clone(), Value::Null));
                self.phase = Phase::Over;
            }
            (Phase::Running(running), method) if answers::METHODS.contains(&method) => {
                lock(&running.pending).insert(id.clone());
                let _ = running.requests.send((request, running.documents.clone()));
            }
            (Phase::Running(running), answers::DIAGNOSTIC) => {
                lock(&running.pending).insert(id.clone());
                let _ = running.tasks.send(CheckerTask::Asked(request, running.documents.clone()));
            }
            (Phase::Running(_), method) => {
                let message = format!("there is no method `{method}` here");
                self.refuse(id.clone(), ErrorCode::MethodNotFound, message);
            }
        }
        Ok(())
    }

    fn initialize(&mut self, request: Request) -> io::Result<()> {
        let params: InitializeParams = match serde_json::from_value(request.params) {
            Ok(params) => params,
            Err(error) => {
                self.refuse(request.id, ErrorCode::InvalidParams, format!("`initialize`: {error}"));
                return Ok(());
            }
        };
        let client = Client::of(&params, self.checking);
        let encoding = client.style.encoding;
        let registrations = registrations(&client);
        let (tasks, to_do) = unbounded();
        let (requests, requested) = unbounded::<(Request, Documents)>();
        let pending = Pending::default();
        (self.start)(ClientTask {
            machine: Arc::clone(&self.machine),
            tasks: to_do,
            requested,
            pending: Arc::clone(&pending),
            client,
            outbox: self.outbox.clone(),
        })?;
        let server_info = ServerInfo {
            name: "nixvirt-compile".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        let result =
            InitializeResult { capabilities: capabilities(encoding), server_info: Some(server_info) };
        self.outbox.send(Response::new_ok(request.id, result));
        let documents = Documents::new(Arc::clone(&self.machine));
        self.phase = Phase::Running(Box::new(Running {
            encoding,
            registrations,
            documents,
            tasks,
            requests,
            pending,
        }));
        Ok(())
    }

    fn notification(&mut self, notification: Notification) {
        let Phase::Running(running) = &mut self.phase else { return };
        let method = notification.method.clone();
        if let Err(error) = running.notification(notification, &self.outbox) {
            let message = format!("`{method}`: {error}");
            self.outbox
                .notify("window/logMessage", json!({ "type": MessageType::WARNING, "message": message }));
        }
    }
}

impl Running {
    fn notification(&mut self, notification: Notification, outbox: &Outbox) -> Result<(), serde_json::Error> {
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" if !self.registrations.is_empty() => {
                let registrations = std::mem::take(&mut self.registrations);
                outbox.send(json!({
                    "jsonrpc": "2.0", "id": "register", "method": "client/registerCapability",
                    "params": { "registrations": registrations }
                }));
            }
            "$/cancelRequest" => {
                let CancelParams { id } = parse(params)?;
                let id = match id {
                    NumberOrString::Number(id) => RequestId::from(id),
                    NumberOrString::String(id) => RequestId::from(id),
                };
                if lock(&self.pending).remove(&id) {
                    let code = ErrorCode::RequestCanceled as i32;
                    outbox.send(Response::new_err(id, code, "the request was cancelled".to_owned()));
                }
            }
            "textDocument/didOpen" => {
                let DidOpenTextDocumentParams { text_document } = parse(params)?;
                let uri = text_document.uri.clone();
                self.documents.open(text_document);
                self.changed(to_path(&uri));
            }
            "textDocument/didChange" => {
                let DidChangeTextDocumentParams { text_document, content_changes } = parse(params)?;
                let (uri, version) = (text_document.uri, text_document.version);
                self.documents.change(&uri, version, content_changes, self.encoding);
                let path = self.documents.get(&uri).map(|document| document.path.clone());
                self.changed(path);
            }
            "textDocument/didClose" => {
                let DidCloseTextDocumentParams { text_document } = parse(params)?;
                self.documents.close(&text_document.uri);
                self.changed(to_path(&text_document.uri));
            }
            "textDocument/didSave" => {
                let DidSaveTextDocumentParams { text_document, .. } = parse(params)?;
                self.changed(to_path(&text_document.uri));
            }
            "workspace/didChangeWatchedFiles" => {
                let DidChangeWatchedFilesParams { changes } = parse(params)?;
                let files: Option<Vec<PathBuf>> = changes.iter().map(|change| to_path(&change.uri)).collect();
                let _ = self
                    .tasks
                    .send(CheckerTask::Changed(DocumentChange { documents: self.documents.clone(), files }));
            }
            _ => {}
        }
        Ok(())
    }

    fn changed(&self, file: Option<PathBuf>) {
        let files = Some(file.into_iter().collect());
        // The checker ends only with the process.
        let _ = self
            .tasks
            .send(CheckerTask::Changed(DocumentChange { documents: self.documents.clone(), files }));
    }
}

fn parse<T: DeserializeOwned>(params: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(params)
}

/// The capabilities to register, as far as the client supports it: reports of files that change outside the editor,
/// and formatting of XML formatted here. Nix is formatted by others, and a client that takes formatting for all
/// languages or none would ask here.
fn registrations(client: &Client) -> Vec<Value> {
    let mut found = Vec::new();
    if client.watches {
        let options = json!({ "watchers": [{ "globPattern": "**/*.{nix,json,xml}" }] });
        found.push(json!({
            "id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": options
        }));
    }
    if client.registers_formatting {
        let options = json!({ "documentSelector": [{ "language": "xml" }, { "pattern": "**/*.xml" }] });
        found.push(
            json!({ "id": "formatting", "method": "textDocument/formatting", "registerOptions": options }),
        );
    }
    found
}

/// The abilities of the server, as the protocol has them.
fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "\"", " ", "<", "'"].map(str::to_owned).into()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        diagnostic_provider: Some(DiagnosticServerCapabilities::Options(DiagnosticOptions {
            identifier: Some("nixvirt".to_owned()),
            // A change of an imported file changes the diagnostics.
            inter_file_dependencies: true,
            workspace_diagnostics: false,
            ..DiagnosticOptions::default()
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::REFACTOR_REWRITE]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}
