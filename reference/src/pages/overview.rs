//! A page that lists other pages.

use crate::html::Html;
use crate::layout::Page;
use crate::search::Found;
use crate::site::Site;

/// The head of a page that lists others.
pub(crate) struct Overview {
    /// The name by which the search finds it.
    pub name: &'static str,
    /// The address within the site.
    pub address: &'static str,
    /// The heading of the page.
    pub title: &'static str,
    /// The sentence below the heading.
    pub about: &'static str,
    /// More words by which the search finds it.
    pub words: &'static str,
}

impl Overview {
    /// Adds the page, with what `content` writes below its head.
    pub(crate) fn add(self, site: &mut Site, content: impl FnOnce(&mut Html, &Page<'_>)) {
        let Overview { name, address, title, about, words } = self;
        let above = vec![("Reference".to_owned(), "index.html".to_owned())];
        let page = Page { address, title, about, above };
        let mut html = Html::default();
        html.leaf("h1", &[], title);
        html.leaf("p", &[("class", "lead")], about);
        content(&mut html, &page);
        let words = words.to_owned();
        site.index.add(&Found { name, within: "", group: "page", href: address, doc: about, words });
        site.add_page(&page, html);
    }
}
