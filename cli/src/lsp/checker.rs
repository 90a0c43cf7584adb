//! Checking in the background: always the newest text, however many changes came meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crossbeam_channel::Receiver;
use lsp_types::{Diagnostic, PublishDiagnosticsParams};

use crate::lsp::diagnostics::{self, Checked, Style};
use crate::lsp::documents::Documents;
use crate::lsp::transport::Outbox;
use crate::lsp::workshop::Workshop;

/// Something has changed.
pub struct Change {
    /// What is open now.
    pub documents: Documents,
    /// The files that changed; nothing where it may be any.
    pub files: Option<Vec<PathBuf>>,
}

/// Checks whatever changes, until there is nobody left to say so.
pub fn run(changes: &Receiver<Change>, outbox: &Outbox, style: Style) {
    let mut checker = Checker {
        workshop: Workshop::new(),
        outbox,
        style,
        roots: BTreeMap::new(),
        published: BTreeSet::new(),
    };
    while let Ok(mut change) = changes.recv() {
        while let Ok(newer) = changes.try_recv() {
            let files = change.files.zip(newer.files).map(|(mut files, newer)| {
                files.extend(newer);
                files
            });
            change = Change { documents: newer.documents, files };
        }
        checker.change(&change);
    }
}

struct Checker<'c> {
    workshop: Workshop,
    outbox: &'c Outbox,
    style: Style,
    /// What the check of each open document came to, by its name.
    roots: BTreeMap<String, (PathBuf, Checked)>,
    /// The files that the client has been told something about.
    published: BTreeSet<PathBuf>,
}

impl Checker<'_> {
    fn change(&mut self, change: &Change) {
        let Change { documents, files } = change;
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
            let touched =
                |path: &Path| files.as_ref().is_none_or(|files| files.iter().any(|file| file == path));
            let affected = known.is_none_or(|(path, checked)| {
                touched(path) || files.is_none() || checked.read.iter().any(|path| touched(path))
            });
            if !affected {
                continue;
            }
            if let Some((_, checked)) = known {
                stale.extend(checked.found.keys().cloned());
            }
            let checked = diagnostics::check(&self.workshop, document, documents, self.style);
            stale.insert(document.path.clone());
            stale.extend(checked.found.keys().cloned());
            self.roots.insert(uri.to_owned(), (document.path.clone(), checked));
        }
        for path in stale {
            self.publish(&path, documents);
        }
    }

    /// Tells the client what is wrong with a file, by whatever was checked.
    fn publish(&mut self, path: &Path, documents: &Documents) {
        let mut found: Vec<Diagnostic> = Vec::new();
        for diagnostic in self.roots.values().filter_map(|(_, checked)| checked.found.get(path)).flatten() {
            if !found.contains(diagnostic) {
                found.push(diagnostic.clone());
            }
        }
        let document = documents.of_path(path);
        if found.is_empty() && document.is_none() && !self.published.contains(path) {
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
