//! Code actions: corrections of problems, and turning XML into a spec.

use lsp_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionOrCommand, CodeActionParams,
    DiagnosticSeverity, DocumentChanges, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use nixvirt_compiler::printable::{Name, printable, printable_line};
use nixvirt_compiler::{Json, import_xml, nix};

use crate::lsp::diagnostics::{self, Mend};
use crate::lsp::documents::{Documents, OpenDocument};
use crate::lsp::question::Client;
use crate::lsp::thread_analyser::ThreadAnalyser;
use crate::lsp::xml::{self, Xml};
use crate::source::Language;

/// The actions at a place: fixes, and XML turned into a spec.
pub(super) fn actions(
    document: &OpenDocument,
    documents: &Documents,
    client: &Client,
    thread_analyser: &ThreadAnalyser,
    params: &CodeActionParams,
) -> Vec<CodeActionOrCommand> {
    let wanted = |kind: &CodeActionKind| {
        let only = params.context.only.as_deref();
        only.is_none_or(|only| {
            only.iter().any(|wanted| {
                let (wanted, kind) = (wanted.as_str(), kind.as_str());
                wanted.is_empty()
                    || kind == wanted
                    || kind.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
            })
        })
    };
    let mut actions = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        actions.extend(mends(documents, client, thread_analyser, params));
    }
    if wanted(&CodeActionKind::REFACTOR_REWRITE) && document.language == Language::Nix {
        let selection = document.text.offsets(params.range, client.style.encoding);
        let found = xml::at(&document.text.text, selection, &|path| {
            let folder = document.path.parent()?;
            documents.read(&folder.join(path)).ok()
        });
        actions.extend(found.and_then(|found| import(document, client, &found)));
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// The changes that diagnostics bring with them, as far as what they are about is still there.
/// One is preferred only where it brings no error that was not there before.
fn mends(
    documents: &Documents,
    client: &Client,
    thread_analyser: &ThreadAnalyser,
    params: &CodeActionParams,
) -> Vec<CodeAction> {
    let diagnostics = params.context.diagnostics.iter();
    diagnostics
        .filter_map(|diagnostic| {
            let mend: Mend = serde_json::from_value(diagnostic.data.clone()?).ok()?;
            let mut preferred = false;
            let version = match documents.get(&mend.uri) {
                Some(document) => {
                    let range = document.text.offsets(mend.range, client.style.encoding);
                    if document.text.text[range] != *mend.was {
                        return None;
                    }
                    preferred = mends_only(&mend, document, documents, client, thread_analyser);
                    Some(document.version)
                }
                None => None,
            };
            let edit = TextEdit { range: mend.range, new_text: mend.text.clone() };
            Some(CodeAction {
                title: format!("Change {} to {}", quoted(&mend.was), quoted(&mend.text)),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostic.clone()]),
                edit: Some(workspace_edit(client, mend.uri, version, vec![edit])),
                is_preferred: Some(preferred),
                ..CodeAction::default()
            })
        })
        .collect()
}

/// Whether a change, made and checked again, takes something wrong away and brings no error. An error within what a wrong
/// name held comes to light as well, and counts: whoever takes what is preferred does not look at what comes of it.
fn mends_only(
    mend: &Mend,
    document: &OpenDocument,
    documents: &Documents,
    client: &Client,
    thread_analyser: &ThreadAnalyser,
) -> bool {
    let said = |document: &OpenDocument, documents: &Documents| -> Vec<Said> {
        let found = diagnostics::check(thread_analyser, document, documents, client.style).found;
        found.into_values().flatten().map(|it| (it.severity, it.code, it.message)).collect()
    };
    let before = said(document, documents);
    let mut text = document.text.text.to_string();
    text.replace_range(document.text.offsets(mend.range, client.style.encoding), &mend.text);
    let (mended, changed) = documents.with(document, text);
    let after = said(&mended, &changed);
    let is_gone = before.iter().any(|problem| !after.contains(problem));
    let mut new = after.iter().filter(|problem| !before.contains(problem));
    is_gone && new.all(|(severity, ..)| *severity != Some(DiagnosticSeverity::ERROR))
}

/// The parts of a problem that count where two checks are compared. Its place does not count, because a change moves it.
type Said = (Option<DiagnosticSeverity>, Option<NumberOrString>, String);

/// A text of the user's in a title.
fn quoted(text: &str) -> String {
    let text = printable_line(text);
    let text = Name(&text);
    if text.0.starts_with('"') { text.to_string() } else { format!("`{text}`") }
}

/// Edits of one document.
fn workspace_edit(client: &Client, uri: Uri, version: Option<i32>, edits: Vec<TextEdit>) -> WorkspaceEdit {
    if !client.versioned_edits {
        return WorkspaceEdit {
            changes: Some([(uri, edits)].into_iter().collect()),
            ..WorkspaceEdit::default()
        };
    }
    let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
    let edits = edits.into_iter().map(OneOf::Left).collect();
    let changes = DocumentChanges::Edits(vec![TextDocumentEdit { text_document, edits }]);
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}

/// Replaces XML by the spec that it is.
fn import(document: &OpenDocument, client: &Client, found: &Xml) -> Option<CodeAction> {
    let title = match &found.file {
        Some(file) => format!("Replace {} by the spec that it holds", printable_line(file)),
        None => "Replace the XML by its spec".to_owned(),
    };
    let action = CodeAction { title, kind: Some(CodeActionKind::REFACTOR_REWRITE), ..CodeAction::default() };
    let imported = import_xml(found.text.as_bytes(), None, false, client.style.checking.target);
    let Some(mut spec) = imported.spec else {
        let reason = imported
            .diagnostics
            .first()
            .map(|diagnostic| printable(&diagnostic.problem.to_string()).into_owned())?;
        let disabled = Some(CodeActionDisabled { reason });
        return client.disabled_actions.then_some(CodeAction { disabled, ..action });
    };
    // The option tells the kind.
    if let (Json::Set(fields), Some(_)) = (&mut spec, &found.name) {
        fields.retain(|(key, _)| key != "kind");
    }
    let encoding = client.style.encoding;
    let text =
        indented(&nix::text_with_comments(&spec, &imported.comments), &document.text.text, found.range.start);
    let mut edits =
        vec![TextEdit { range: document.text.range(found.range.clone(), encoding), new_text: text }];
    if let Some(name) = &found.name {
        let range = document.text.range(name.clone(), encoding);
        edits.insert(0, TextEdit { range, new_text: "spec".to_owned() });
    }
    let edit = workspace_edit(client, document.uri.clone(), Some(document.version), edits);
    Some(CodeAction { edit: Some(edit), ..action })
}

/// A text with its lines indented like the line that it is inserted into.
fn indented(text: &str, around: &str, at: usize) -> String {
    let line = around[..at].rfind('\n').map_or(0, |end| end + 1);
    let indentation: String =
        around[line..].chars().take_while(|other| matches!(other, ' ' | '\t')).collect();
    let mut lines = text.trim_end().lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&indentation);
            out.push_str(line);
        }
    }
    out
}
