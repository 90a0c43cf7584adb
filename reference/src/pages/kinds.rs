//! The page that lists the kinds of object.

use nixvirt_schema::{KINDS, OTHER_KINDS, kind};

use crate::html::Html;
use crate::layout::Page;
use crate::pages::overview::Overview;
use crate::site::Site;

/// Adds the page of the kinds.
pub(crate) fn add(site: &mut Site) {
    let overview = Overview {
        name: "kinds",
        address: "kinds.html",
        title: "Kinds of object",
        about: "The kinds of object that libvirt knows: domains, networks, storage pools, volumes and others.",
        words: "",
    };
    overview.add(site, |html, page| {
    html.leaf("h2", &[], "What a host is declared to have");
    html.el("p", &[], |html| {
        html.marked("A spec without `kind` is a ");
        html.link(&page.to("domain/index.html"), "domain");
        html.marked("; the others say it: `kind = \"network\";`. The functions of the lib and the options of the modules say it by themselves.");
    });
    list(html, page, KINDS);
    html.leaf("h2", &[], "What libvirt makes by itself");
    html.leaf("p", &[], "Nobody declares these. Their XML is checked and formatted like any other.");
    list(html, page, OTHER_KINDS);
    });
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
