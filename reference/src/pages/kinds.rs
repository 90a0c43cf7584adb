//! The page that lists the kinds of object.

use nixvirt_schema::{KINDS, OTHER_KINDS, kind};

use crate::html::Html;
use crate::layout::Page;
use crate::search::Found;
use crate::site::Site;

/// The address of the page.
const ADDRESS: &str = "kinds.html";

/// Adds the page of the kinds.
pub(crate) fn add(site: &mut Site) {
    let about =
        "The kinds of object that libvirt knows: domains, networks, storage pools, volumes and others.";
    let above = vec![("Reference".to_owned(), "index.html".to_owned())];
    let page = Page { address: ADDRESS, title: "Kinds of object", about, above };
    let mut html = Html::default();
    html.leaf("h1", &[], "Kinds of object");
    html.leaf("p", &[("class", "lead")], about);
    html.leaf("h2", &[], "What a host is declared to have");
    html.el("p", &[], |html| {
        html.marked("A spec without `kind` is a ");
        html.link(&page.to("domain/index.html"), "domain");
        html.marked("; the others say it: `kind = \"network\";`. The functions of the lib and the options of the modules say it by themselves.");
    });
    list(&mut html, &page, KINDS);
    html.leaf("h2", &[], "What libvirt makes by itself");
    html.leaf("p", &[], "Nobody declares these. Their XML is checked and formatted like any other.");
    list(&mut html, &page, OTHER_KINDS);
    site.index.add(&Found {
        name: "kinds",
        within: "",
        group: "page",
        href: ADDRESS,
        doc: about,
        words: String::new(),
    });
    let text = page.with(html);
    site.add(ADDRESS, text);
}

fn list(html: &mut Html, page: &Page<'_>, kinds: &[nixvirt_schema::Kind]) {
    html.el("ul", &[("class", "elements")], |html| {
        for one in kinds {
            html.el("li", &[], |html| {
                html.code_link(&page.to(&format!("{}/index.html", one.name)), one.name);
                html.prose("p", &[], one.root.doc);
                if let Some(holder) = one.parent.and_then(kind) {
                    html.leaf("p", &[("class", "note")], &format!("It is in a {}.", holder.name));
                }
            });
        }
    });
}
