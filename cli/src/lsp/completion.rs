//! stub
use crate::lsp::answers::Question;
pub fn complete(_: &Question<'_>) -> Option<lsp_types::CompletionList> {
    None
}
