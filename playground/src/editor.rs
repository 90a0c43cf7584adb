//! The answers of the language server on the one document that there is.

use std::path::Path;
use std::sync::Arc;

use lsp_server::Request;
use lsp_types::{InitializeParams, TextDocumentItem, Uri};
use nixvirt_ide::analysis::Checking;
use nixvirt_ide::files::Nowhere;
use nixvirt_ide::lsp::answers::{self, Client, METHODS};
use nixvirt_ide::lsp::diagnostics::check;
use nixvirt_ide::lsp::documents::{Documents, to_uri};
use nixvirt_ide::lsp::thread_analyser::ThreadAnalyser;
use nixvirt_ide::source::Language;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::document::file;

/// The document, and what answers questions about it.
struct Editor {
    uri: Uri,
    documents: Documents,
    client: Client,
    analyser: ThreadAnalyser,
}

impl Editor {
    fn of(language: Language, text: &str) -> Option<Editor> {
        let uri = to_uri(Path::new(file(language)))?;
        let mut documents = Documents::new(Arc::new(Nowhere));
        documents.open(TextDocumentItem {
            uri: uri.clone(),
            language_id: String::new(), // The name of the file tells.
            version: 1,
            text: text.to_owned(),
        });
        let abilities = json!({ "capabilities": { "textDocument": {
            "completion": { "completionItem": { "documentationFormat": ["markdown"] } },
            "hover": { "contentFormat": ["markdown"] },
            "publishDiagnostics": { "codeDescriptionSupport": true },
        } } });
        let abilities: InitializeParams = serde_json::from_value(abilities).ok()?;
        let client = Client::of(&abilities, Checking::DEFAULT);
        Some(Editor {
            uri,
            documents,
            client,
            analyser: ThreadAnalyser::new(Arc::new(Nowhere), Checking::DEFAULT),
        })
    }
}

/// The diagnostics of the text, as an editor gets them.
pub(crate) fn diagnostics(language: Language, text: &str) -> Value {
    let found = Editor::of(language, text).and_then(|editor| {
        let document = editor.documents.get(&editor.uri)?;
        let mut checked = check(&editor.analyser, document, &editor.documents, editor.client.style);
        checked.found.remove(&document.path)
    });
    json!(found.unwrap_or_default())
}

/// The answer of the language server to a request about the text.
pub(crate) fn answer(method: &str, language: Language, asked: &Asked) -> Result<Value, String> {
    if !METHODS.contains(&method) {
        return Err(format!("there is no method `{method}`"));
    }
    let mut editor = Editor::of(language, &asked.text).ok_or("the text has no document")?;
    editor.client.reference.clone_from(&asked.reference);
    let mut params = asked.params.clone();
    let Some(object) = params.as_object_mut() else { return Err("`params` is no object".to_owned()) };
    object.insert("textDocument".to_owned(), json!({ "uri": editor.uri }));
    let request = Request::new(1.into(), method.to_owned(), params);
    let response = answers::answer(request, &editor.documents, &editor.client, &editor.analyser);
    response.response_result.map_err(|error| error.message)
}
