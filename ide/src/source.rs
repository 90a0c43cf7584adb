//! A text that is to be checked, what it is called and what language it is in.

use std::io;

/// A text that was read.
pub struct SourceText {
    /// The name that messages use.
    pub name: String,
    /// The content, as it was read.
    pub bytes: Vec<u8>,
    /// The language, by the name of the file or as the caller says.
    pub language: Language,
}

/// The language of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A spec or a bundle.
    Json,
    /// An object as libvirt writes it.
    Xml,
    /// An expression that makes specs.
    Nix,
}

impl SourceText {
    /// The content as text.
    ///
    /// # Errors
    /// Where it is not UTF-8.
    pub fn text(&self) -> io::Result<&str> {
        std::str::from_utf8(&self.bytes)
            .map_err(|_| io::Error::other(format!("cannot read {}: it is not valid UTF-8", self.name)))
    }

    /// Refuses what is no XML by its name, whatever is in it.
    ///
    /// # Errors
    /// Where it is not XML; `advice` ends the message.
    pub fn expect_xml(&self, advice: &str) -> io::Result<()> {
        let language = match self.language {
            Language::Xml => return Ok(()),
            Language::Json => "JSON",
            Language::Nix => "Nix",
        };
        Err(io::Error::other(format!("{} is {language}, not XML: {advice}", self.name)))
    }
}
