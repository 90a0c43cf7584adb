//! A question about a place in a document, and what the client that asks can do.

use lsp_types::{InitializeParams, MarkupKind};

use crate::analysis::Checking;
use crate::lsp::diagnostics::Style;
use crate::lsp::documents::{Documents, OpenDocument};
use crate::lsp::position::Encoding;
use crate::lsp::thread_analyser::ThreadAnalyser;

/// The abilities of the client.
#[derive(Clone, Debug)]
pub struct Client {
    /// How it shows diagnostics.
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
    /// Whether it shows the parts of what is in an outline.
    pub nested_symbols: bool,
    /// Whether it asks for diagnostics itself, so that those of open documents need not be sent to it.
    pub pulls: bool,
    /// Whether it asks again for diagnostics when it is told to.
    pub refreshes: bool,
    /// The address of a reference site whose pages hover links, as the client reaches it.
    pub reference: Option<String>,
    /// Whether it takes what is done for documents of some languages only once the server is running.
    pub registers_formatting: bool,
}

impl Client {
    /// Reads the abilities that a client announces.
    pub fn of(params: &InitializeParams, checking: Checking) -> Client {
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
                checking,
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
            nested_symbols: text
                .and_then(|text| text.document_symbol.as_ref()?.hierarchical_document_symbol_support)
                .unwrap_or(false),
            pulls: text.is_some_and(|text| text.diagnostic.is_some()),
            refreshes: workspace.and_then(|it| it.diagnostic.as_ref()?.refresh_support).unwrap_or(false),
            reference: None,
            registers_formatting: text
                .and_then(|text| text.formatting.as_ref()?.dynamic_registration)
                .unwrap_or(false),
        }
    }
}

/// A question about a place in a document.
pub struct Question<'q> {
    /// The document that the place is in.
    pub document: &'q OpenDocument,
    /// The other open documents.
    pub documents: &'q Documents,
    /// The abilities of the client.
    pub client: &'q Client,
    /// The analyser that evaluates the document.
    pub thread_analyser: &'q ThreadAnalyser,
    /// The place, as an offset in bytes.
    pub offset: usize,
}
