//! The request of the page, as it comes in JSON.

use serde::Deserialize;
use serde_json::Value;

/// A request of the page.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// `compile`, `import`, `diagnostics`, or a method of the language server.
    pub method: String,
    /// The language of the text: `nix`, `json` or `xml`.
    pub language: String,
    /// The whole text of the editor.
    pub text: String,
    /// The address of the reference site beside the page, where there is one; hover links its pages.
    #[serde(default)]
    pub reference: Option<String>,
    /// The parameters of a method of the language server, without its document.
    #[serde(default)]
    pub params: Value,
}
