//! Checking in the background: always the newest text, however many changes came meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Receiver;
use lsp_server::{ErrorCode, Request, Response};
use lsp_types::{Diagnostic, DocumentDiagnosticParams, PublishDiagnosticsParams, Range};
use nixvirt_ide::files::Machine;
use nixvirt_ide::lsp::answers::Client;
use nixvirt_ide::lsp::diagnostics::{self, Checked, Style};
use nixvirt_ide::lsp::documents::{Documents, OpenDocument};
use nixvirt_ide::lsp::thread_analyser::{ThreadAnalyser, around};
use nixvirt_ide::source::Language;
use serde_json::json;

use crate::lsp::pending::{Pending, lock};
use crate::lsp::transport::Outbox;

/// A change of documents or files.
pub(super) struct DocumentChange {
    /// The documents that are open after the change.
    pub documents: Documents,
    /// The files that changed; nothing where it may be any.
    pub files: Option<Vec<PathBuf>>,
}

/// A task for the thread that checks documents.
pub(super) enum CheckerTask {
    /// Documents or files have changed.
    Changed(DocumentChange),
    /// A request for the diagnostics of a document in its state of then.
    Asked(Request, Documents),
}

/// Does the tasks until the sender is gone. Changes that arrive together are checked once.
pub(super) fn run(tasks: &Receiver<CheckerTask>, mut checker: Checker) {
    while let Ok(task) = tasks.recv() {
        let (mut changed, mut asked): (Option<DocumentChange>, Vec<(Request, Documents)>) =
            (None, Vec::new());
        for task in std::iter::once(task).chain(tasks.try_iter()) {
            match task {
                CheckerTask::Asked(request, documents) => asked.push((request, documents)),
                CheckerTask::Changed(newer) => {
                    changed = Some(match changed {
                        Some(older) => DocumentChange {
                            documents: newer.documents,
                            files: both(older.files, newer.files),
                        },
                        None => newer,
                    });
                }
            }
        }
        if let Some(change) = changed {
            checker.take(change, &|| asked.is_empty() && tasks.is_empty());
        }
        for (request, documents) in asked {
            checker.answer(request, &documents);
        }
    }
}

/// Joins two changes into one.
fn both(one: Option<Vec<PathBuf>>, other: Option<Vec<PathBuf>>) -> Option<Vec<PathBuf>> {
    let (mut files, other) = one.zip(other)?;
    files.extend(other);
    Some(files)
}

/// Whether a check is out of date.
fn is_old(path: &Path, checked: &Checked, files: Option<&[PathBuf]>) -> bool {
    files.is_none_or(|files| files.iter().any(|file| file == path || checked.read.contains(file)))
}

/// The checker of the open documents, with its results.
pub(super) struct Checker {
    thread_analyser: ThreadAnalyser,
    outbox: Outbox,
    pending: Pending,
    style: Style,
    /// Whether the client asks for the diagnostics of open documents, so that they are not sent to it.
    pulls: bool,
    /// Whether it asks again when it is told to.
    refreshes: bool,
    /// The result of the check of each open document, by its name.
    roots: BTreeMap<String, (PathBuf, Checked)>,
    /// The results of checks of files that are not open and may import open ones.
    around: BTreeMap<PathBuf, Checked>,
    /// The files that changed since these checks.
    missed: Option<Vec<PathBuf>>,
    /// The files that the client has been told something about.
    published: BTreeSet<PathBuf>,
}

impl Checker {
    /// One that has checked nothing yet of the files of a machine.
    pub(super) fn new(
        machine: Arc<dyn Machine>,
        outbox: Outbox,
        pending: Pending,
        client: &Client,
    ) -> Checker {
        let Client { style, pulls, refreshes, .. } = *client;
        Checker {
            thread_analyser: ThreadAnalyser::new(machine, style.checking),
            outbox,
            pending,
            style,
            pulls,
            refreshes,
            roots: BTreeMap::new(),
            around: BTreeMap::new(),
            missed: Some(Vec::new()),
            published: BTreeSet::new(),
        }
    }

    /// Checks what is open, and what lies around it where nobody waits for anything else by then.
    pub(super) fn take(&mut self, change: DocumentChange, nobody_waits: &dyn Fn() -> bool) {
        let DocumentChange { documents, files } = &change;
        let is_open = |path: &PathBuf| documents.of_path(path).is_some();
        // The client knows of changes in the editor itself.
        let elsewhere = !files.as_ref().is_some_and(|files| files.iter().all(is_open));
        let waiting = self.open(&change);
        self.missed = both(self.missed.take(), change.files);
        // While the user types, only the text itself is checked.
        if nobody_waits() {
            self.look_around(&change.documents, waiting);
        }
        if self.pulls && self.refreshes && elsewhere {
            self.outbox.send(refresh());
        }
    }

    /// Answers what is wrong with a document.
    pub(super) fn answer(&mut self, request: Request, documents: &Documents) {
        if !lock(&self.pending).contains(&request.id) {
            return;
        }
        // It may be asked about before anybody says that it changed.
        let change = DocumentChange { documents: documents.clone(), files: Some(Vec::new()) };
        let waiting = self.open(&change);
        self.look_around(documents, waiting);
        let response = match serde_json::from_value::<DocumentDiagnosticParams>(request.params) {
            Ok(params) => {
                let document = documents.get(&params.text_document.uri);
                let items = document.map(|document| self.found(&document.path)).unwrap_or_default();
                Response::new_ok(request.id, json!({ "kind": "full", "items": items }))
            }
            Err(error) => {
                let message = format!("`{}`: {error}", request.method);
                Response::new_err(request.id, ErrorCode::InvalidParams as i32, message)
            }
        };
        if lock(&self.pending).remove(&response.id) {
            self.outbox.send(response);
        }
    }

    /// Checks what lies around the open documents.
    fn look_around(&mut self, documents: &Documents, waiting: BTreeSet<PathBuf>) {
        let files = self.missed.replace(Vec::new());
        self.unopened(documents, files.as_deref(), waiting);
        self.thread_analyser.rest();
    }

    /// Checks the open documents; gives those about which there is more to be found out before anything is said.
    fn open(&mut self, change: &DocumentChange) -> BTreeSet<PathBuf> {
        let DocumentChange { documents, files } = change;
        let mut stale: BTreeSet<PathBuf> = BTreeSet::new();
        let open: BTreeSet<&str> = documents.iter().map(|document| document.uri.as_str()).collect();
        self.roots.retain(|uri, (path, checked)| {
            let stays = open.contains(uri.as_str());
            if !stays {
                stale.insert(path.clone());
                stale.extend(checked.found.keys().cloned());
            }
            stays
        });
        for document in documents.iter() {
            let uri = document.uri.as_str();
            let known = self.roots.get(uri);
            if known.is_some_and(|(path, checked)| !is_old(path, checked, files.as_deref())) {
                continue;
            }
            if let Some((_, checked)) = known {
                stale.extend(checked.found.keys().cloned());
            }
            let checked = diagnostics::check(&self.thread_analyser, document, documents, self.style);
            stale.insert(document.path.clone());
            stale.extend(checked.found.keys().cloned());
            self.roots.insert(uri.to_owned(), (document.path.clone(), checked));
        }
        let more = |path: &PathBuf| self.around.values().any(|checked| checked.found.contains_key(path));
        let (waiting, told): (BTreeSet<PathBuf>, BTreeSet<PathBuf>) = stale.into_iter().partition(more);
        for path in told {
            self.publish(&path, documents);
        }
        waiting
    }

    /// Checks the flakes and modules around open documents that no other open document imports.
    fn unopened(&mut self, documents: &Documents, files: Option<&[PathBuf]>, mut stale: BTreeSet<PathBuf>) {
        let imported = |path: &Path| {
            self.roots.values().any(|(root, checked)| root != path && checked.read.contains(path))
        };
        let alone = documents
            .iter()
            .filter(|document| document.language == Language::Nix && !imported(&document.path))
            .flat_map(|document| around(&document.path, documents))
            .filter(|path| documents.of_path(path).is_none());
        let wanted: BTreeSet<PathBuf> = alone.collect();
        self.around.retain(|path, checked| {
            let stays = wanted.contains(path);
            if !stays {
                stale.extend(checked.found.keys().cloned());
            }
            stays
        });
        for path in wanted {
            if self.around.get(&path).is_some_and(|checked| !is_old(&path, checked, files)) {
                continue;
            }
            let Some(document) = OpenDocument::unopened(&path, documents) else { continue };
            let checked = diagnostics::check(&self.thread_analyser, &document, documents, self.style);
            stale.extend(checked.found.keys().cloned());
            if let Some(before) = self.around.insert(path, checked) {
                stale.extend(before.found.into_keys());
            }
        }
        for path in stale {
            self.publish(&path, documents);
        }
    }

    /// The diagnostics of an open file, from every check that it was part of.
    fn found(&self, path: &Path) -> Vec<Diagnostic> {
        let roots = self.roots.values().map(|(_, checked)| checked);
        each_once(path, roots.chain(self.around.values()))
    }

    /// Tells the client what is wrong with a file, by whatever was checked.
    fn publish(&mut self, path: &Path, documents: &Documents) {
        let document = documents.of_path(path);
        let found = match document {
            // It asks for these itself; what was said before it was open no longer counts.
            Some(_) if self.pulls => Vec::new(),
            Some(_) => self.found(path),
            // Nobody has asked about files that are not open, on account of others that are not either.
            None => each_once(path, self.roots.values().map(|(_, checked)| checked)),
        };
        let is_asked = document.is_some() && !self.pulls;
        if found.is_empty() && !is_asked && !self.published.contains(path) {
            return;
        }
        match found.is_empty() {
            true => self.published.remove(path),
            false => self.published.insert(path.to_owned()),
        };
        let Some(uri) = documents.uri(path) else { return };
        let version = document.map(|document| document.version);
        let params = PublishDiagnosticsParams { uri, diagnostics: found, version };
        self.outbox.notify("textDocument/publishDiagnostics", params);
    }
}

/// The diagnostics of a file from some checks, without duplicates.
fn each_once<'c>(path: &Path, checks: impl Iterator<Item = &'c Checked>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut told = BTreeSet::new();
    for diagnostic in checks.filter_map(|checked| checked.found.get(path)).flatten() {
        let Range { start, end } = diagnostic.range;
        let place = (start.line, start.character, end.line, end.character);
        if told.insert((place, &diagnostic.message)) {
            found.push(diagnostic.clone());
        }
    }
    found
}

/// Asks the client to ask again.
fn refresh() -> serde_json::Value {
    json!({ "jsonrpc": "2.0", "id": "refresh", "method": "workspace/diagnostic/refresh" })
}
