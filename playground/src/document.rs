//! The one document that there is.

use nixvirt_ide::source::Language;

/// The name of the text, by its language. It is the only file that there is.
pub(crate) fn file(language: Language) -> &'static str {
    match language {
        Language::Nix => "/playground.nix",
        Language::Json => "/playground.json",
        Language::Xml => "/playground.xml",
    }
}
