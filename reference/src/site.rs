//! The site while it is made: the sources of its pages, and its files so far.

use nixvirt_ide::catalogue::Catalogue;

use crate::example::Examples;
use crate::html::Html;
use crate::layout::Page;
use crate::messages::Messages;
use crate::search::Index;

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// The path from the root of the site, with `/` between folders.
    pub path: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
}

/// The sources that the pages are made of.
pub(crate) struct Tables {
    /// All elements with their addresses.
    pub catalogue: Catalogue,
    /// The examples of elements.
    pub examples: Examples,
    /// The messages of elements.
    pub messages: Messages,
}

/// The site while it is made.
#[derive(Default)]
pub(crate) struct Site {
    /// Whether the playground is part of it.
    pub has_playground: bool,
    /// The index of the search.
    pub index: Index,
    /// The files so far.
    pub files: Vec<SiteFile>,
}

impl Site {
    /// Adds a page with its content.
    pub(crate) fn add_page(&mut self, page: &Page<'_>, content: Html) {
        let text = page.with(content, self.has_playground);
        self.add(page.address, text);
    }

    /// Adds a file of text.
    pub(crate) fn add(&mut self, path: &str, text: String) {
        self.files.push(SiteFile { path: path.to_owned(), bytes: text.into_bytes() });
    }
}
