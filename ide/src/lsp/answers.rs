//! Answering requests, one at a time, each with the documents as they were when it came.

use lsp_server::{ErrorCode, Request, Response};
use lsp_types::{
    CodeActionParams, CompletionParams, DocumentFormattingParams, GotoDefinitionParams, HoverParams,
    InitializeParams, MarkupKind, Position, TextDocumentPositionParams, TextEdit, Uri,
};
use nixvirt_compiler::{Target, format_xml};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lsp::diagnostics::Style;
use crate::lsp::documents::{Document, Documents};
use crate::lsp::position::Encoding;
use crate::lsp::thread_analyser::ThreadAnalyser;
use crate::lsp::{action, completion, definition, hover};
use crate::source::Language;

/// What the client can do.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it makes of diagnostics.
    pub style: Style,
    /// Whether what is offered may have places to be filled in.
    pub snippets: bool,
    /// Whether it shows Markdown beside what is offered.
    pub markdown: bool,
    /// Whether it shows Markdown where the pointer is.
    pub hover_markdown: bool,
    /// Whether an edit can name the version of the document that it is for.
    pub versioned_edits: bool,
    /// Whether it shows actions that cannot be done, and why.
    pub disabled_actions: bool,
    /// Whether it can be asked to watch files.
    pub watches: bool,
}

impl Client {
    /// What a client says of itself.
    pub fn of(params: &InitializeParams, target: Target) -> Client {
        let can = &params.capabilities;
        let text = can.text_document.as_ref();
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let diagnostics = text.and_then(|text| text.publish_diagnostics.as_ref());
        let workspace = can.workspace.as_ref();
        let encodings = can.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let markdown = |formats: Option<&Vec<MarkupKind>>| {
            formats.is_some_and(|formats| formats.contains(&MarkupKind::Markdown))
        };
        Client {
            style: Style {
                encoding: Encoding::choose(encodings),
                related: diagnostics.and_then(|it| it.related_information).unwrap_or(false),
                description: diagnostics.and_then(|it| it.code_description_support).unwrap_or(false),
                target,
            },
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
            markdown: markdown(item.and_then(|item| item.documentation_format.as_ref())),
            hover_markdown: markdown(
                text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref()),
            ),
            versioned_edits: workspace
                .and_then(|it| it.workspace_edit.as_ref()?.document_changes)
                .unwrap_or(false),
            disabled_actions: text
                .and_then(|text| text.code_action.as_ref()?.disabled_support)
                .unwrap_or(false),
            watches: workspace
                .and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration)
                .unwrap_or(false),
        }
    }
}

/// The methods that are answered here.
pub const METHODS: &[&str] = &[
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/codeAction",
    "textDocument/formatting",
];

/// A question about a place in a document.
pub struct Question<'q> {
    /// The document.
    pub document: &'q Document,
    /// What is open beside it.
    pub documents: &'q Documents,
    /// What the client can do.
    pub client: &'q Client,
    /// What evaluates it.
    pub thread_analyser: &'q ThreadAnalyser,
    /// The place.
    pub offset: usize,
}

/// Answers a request.
pub fn answer(
    request: Request,
    documents: &Documents,
    client: &Client,
    thread_analyser: &ThreadAnalyser,
) -> Response {
    let at = |place, answer: &dyn Fn(&Question<'_>) -> Option<Value>| {
        at(place, documents, client, thread_analyser, answer)
    };
    let Request { id, method, params } = request;
    let answered = match method.as_str() {
        "textDocument/completion" => respond(params, |params: CompletionParams| {
            let space =
                params.context.and_then(|context| context.trigger_character).is_some_and(|it| it == " ");
            at(params.text_document_position, &|question| value(completion::complete(question, space)))
        }),
        "textDocument/hover" => respond(params, |params: HoverParams| {
            at(params.text_document_position_params, &|question| value(hover::hover(question)))
        }),
        "textDocument/definition" => respond(params, |params: GotoDefinitionParams| {
            at(params.text_document_position_params, &|question| value(definition::define(question)))
        }),
        "textDocument/codeAction" => respond(params, |params: CodeActionParams| {
            let document = documents.get(&params.text_document.uri)?;
            Some(action::actions(document, documents, client, thread_analyser, &params))
        }),
        "textDocument/formatting" => respond(params, |params: DocumentFormattingParams| {
            format(documents, client, &params.text_document.uri)
        }),
        _ => Err("nobody answers this here".to_owned()),
    };
    match answered {
        Ok(value) => Response::new_ok(id, value),
        Err(error) => Response::new_err(id, ErrorCode::InvalidParams as i32, format!("`{method}`: {error}")),
    }
}

fn value(answer: Option<impl Serialize>) -> Option<Value> {
    serde_json::to_value(answer?).ok()
}

fn respond<P: DeserializeOwned, R: Serialize>(
    params: Value,
    answer: impl FnOnce(P) -> Option<R>,
) -> Result<Value, String> {
    let params = serde_json::from_value(params).map_err(|error| error.to_string())?;
    serde_json::to_value(answer(params)).map_err(|error| error.to_string())
}

/// Answers a question about a place; nothing in a document that is not open.
fn at(
    place: TextDocumentPositionParams,
    documents: &Documents,
    client: &Client,
    thread_analyser: &ThreadAnalyser,
    answer: &dyn Fn(&Question<'_>) -> Option<Value>,
) -> Option<Value> {
    let document = documents.get(&place.text_document.uri)?;
    let offset = document.text.offset(place.position, client.style.encoding);
    answer(&Question { document, documents, client, thread_analyser, offset })
}

/// libvirt's own formatting of its XML; nothing of what is wrong, or of somebody else's.
fn format(documents: &Documents, client: &Client, uri: &Uri) -> Option<Vec<TextEdit>> {
    let document = documents.get(uri).filter(|document| document.language == Language::Xml)?;
    let text = &document.text;
    let xml = format_xml(text.text.as_bytes(), None, client.style.target).xml?;
    if *xml == *text.text {
        return Some(Vec::new());
    }
    let end = text.position(text.text.len(), client.style.encoding);
    let range = lsp_types::Range { start: Position::default(), end };
    Some(vec![TextEdit { range, new_text: xml }])
}
