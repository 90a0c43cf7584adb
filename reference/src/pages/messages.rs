//! The pages of the diagnostic codes: what each means, what is wrong, what the compiler says of it, and what is right.

use std::collections::BTreeMap;
use std::path::Path;

use nixvirt_compiler::{Code, Example, apply_codes, codes};

use crate::html::Html;
use crate::layout::{Page, code_block};
use crate::messages::said;
use crate::pages::overview::Overview;
use crate::pages::values::tag;
use crate::search::Found;
use crate::site::{Site, Tables};

/// The address of the list of messages.
const ADDRESS: &str = "messages/index.html";

/// The text above the list.
const INTRODUCTION: &str = "`nixvirt-compile explain CODE` prints the same. Rules can be silenced one by one: `--allow CODE`, or `allow` of an \
     object.";

/// Adds the list of messages, and a page for each.
pub(crate) fn add(site: &mut Site, tables: &Tables) {
    let ours: BTreeMap<&str, &Code> = codes::all().map(|code| (code.name, code)).collect();
    let applied: BTreeMap<&str, &Code> = apply_codes::all().map(|code| (code.name, code)).collect();
    let overview = Overview {
        name: "messages",
        address: ADDRESS,
        title: "Messages",
        about: "What nixvirt says when something is wrong: each message has a code, and each code a page.",
        words: "errors warnings codes diagnostics",
    };
    overview.add(site, |html, _| {
        html.prose("p", &[], INTRODUCTION);
        for (title, codes) in
            [("Of the compiler and the editor", &ours), ("Of nixvirt-apply, about a host", &applied)]
        {
            html.leaf("h2", &[], title);
            html.el("ul", &[("class", "elements")], |html| {
                for code in codes.values() {
                    html.el("li", &[], |html| {
                        html.el("div", &[("class", "title")], |html| {
                            html.code_link(&format!("{}.html", code.name), code.name);
                            tag(html, code.severity.name());
                        });
                        html.prose("p", &[], code.summary);
                    });
                    html.line();
                }
            });
        }
    });
    let mut all = ours;
    for (name, code) in applied {
        all.entry(name).or_insert(code);
    }
    all.values().for_each(|code| add_one(site, tables, code));
}

fn add_one(site: &mut Site, tables: &Tables, code: &'static Code) {
    let address = format!("messages/{}.html", code.name);
    let above = [("Reference", "index.html"), ("Messages", ADDRESS)];
    let above = above.map(|(name, address)| (name.to_owned(), address.to_owned())).into();
    let page = Page { address: &address, title: code.name, about: code.summary, above };
    let mut html = Html::default();
    html.el("div", &[("class", "title")], |html| {
        html.el("h1", &[], |html| html.leaf("code", &[], code.name));
        tag(html, code.severity.name());
    });
    html.prose("p", &[("class", "lead")], code.summary);
    html.prose("p", &[], code.explanation);
    let said = said(Path::new("/example"), code.wrong);
    for (title, of_words, example) in
        [("Wrong", "For example", code.wrong), ("Right", "What to do", code.right)]
    {
        let Some((text, language)) = example.text() else { continue };
        if let Example::Words(words) = example {
            html.leaf("h2", &[], of_words);
            html.prose("p", &[], words);
            continue;
        }
        html.leaf("h2", &[], title);
        let language = match language {
            _ if matches!(example, Example::Seed(_)) => "Seed",
            "nix" => "Nix",
            "xml" => "XML",
            _ => "JSON",
        };
        code_block(&mut html, language, text, 0..0);
        if title == "Wrong" {
            for message in &said {
                html.el("p", &[("class", "said")], |html| {
                    html.leaf("span", &[("class", "hidden")], "nixvirt says: ");
                    html.marked(message);
                });
            }
        }
    }
    let places = tables.messages.places(code).iter().filter_map(|element| tables.catalogue.of(element));
    let places: Vec<_> = places.collect();
    if !places.is_empty() {
        html.leaf("h2", &[], "Where it may be met");
        html.el("ul", &[("class", "places")], |html| {
            for entry in places {
                html.el("li", &[], |html| html.code_link(&page.to(&entry.address), &entry.title()));
            }
        });
    }
    let words = format!("{} {}", code.explanation, said.join(" "));
    site.index.add(&Found {
        name: code.name,
        within: "",
        group: "message",
        href: &address,
        doc: code.summary,
        words,
    });
    site.add_page(&page, html);
}
