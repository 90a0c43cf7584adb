//! Answering requests, one at a time, each with the documents as they were when it came.

use lsp_server::{ErrorCode, Request, Response};
use lsp_types::{
    CodeActionParams, CompletionParams, DocumentFormattingParams, DocumentSymbolParams, GotoDefinitionParams,
    HoverParams, Position, TextDocumentPositionParams, TextEdit, Uri,
};
use nixvirt_compiler::format_xml;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lsp::documents::Documents;
pub use crate::lsp::question::{Client, Question};
use crate::lsp::thread_analyser::ThreadAnalyser;
use crate::lsp::{action, completion, definition, hover, symbols};
use crate::source::Language;

/// The methods that are answered here.
pub const METHODS: &[&str] = &[
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/codeAction",
    "textDocument/formatting",
    "textDocument/documentSymbol",
];

/// The method that asks for the problems of a document. The checker answers it.
pub const DIAGNOSTIC: &str = "textDocument/diagnostic";

/// Answers a request of the client; a method that is not supported gets the protocol's error.
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
        "textDocument/documentSymbol" => respond(params, |params: DocumentSymbolParams| {
            let document = documents.get(&params.text_document.uri)?;
            symbols::symbols(document, documents, client, thread_analyser)
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
    let xml = format_xml(text.text.as_bytes(), None, client.style.checking.target).xml?;
    if *xml == *text.text {
        return Some(Vec::new());
    }
    let end = text.position(text.text.len(), client.style.encoding);
    let range = lsp_types::Range { start: Position::default(), end };
    Some(vec![TextEdit { range, new_text: xml }])
}
