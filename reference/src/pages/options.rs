//! The page of the modules' options.

use nixvirt_ide::module_options::{ModuleOption, OPTIONS, ROOT};

use crate::html::Html;
use crate::layout::{Page, heading, id};
use crate::search::Found;
use crate::site::Site;

/// The address of the page.
const ADDRESS: &str = "options.html";

/// Adds the page of the options.
pub(crate) fn add(site: &mut Site) {
    let about = "The options of the NixOS module, of the Home Manager module, and of a NixOS guest.";
    let above = vec![("Reference".to_owned(), "index.html".to_owned())];
    let page = Page { address: ADDRESS, title: "Options of the modules", about, above };
    let root = ROOT.join(".");
    let mut html = Html::default();
    html.leaf("h1", &[], "Options of the modules");
    html.leaf("p", &[("class", "lead")], about);
    html.prose("p", &[], &format!("Those of guests are below `nixvirt.guest`, all others below `{root}`. An object is called by its name in a set, or by its position in a list."));
    for option in OPTIONS.iter() {
        let name = option.path.strip_prefix(&ROOT).unwrap_or(&option.path).join(".");
        let id = id("option", &name);
        let (doc, facts) = parts(option);
        html.el("section", &[("class", "part"), ("id", &id)], |html| {
            heading(html, "h2", &id, &name, true);
            doc.iter().for_each(|paragraph| html.prose("p", &[], paragraph));
            html.el("dl", &[("class", "facts")], |html| {
                for (name, value) in &facts {
                    html.leaf("dt", &[], name);
                    html.prose("dd", &[], value);
                }
            });
        });
        html.line();
        let (within, last) = name.rsplit_once('.').unwrap_or(("", &name));
        let words = format!("option module nixos {}", doc[1.min(doc.len())..].join(" "));
        let href = format!("{ADDRESS}#{id}");
        let doc = doc.first().copied().unwrap_or_default();
        site.index.add(&Found { name: last, within, group: "option", href: &href, doc, words });
    }
    let text = page.with(html);
    site.add(ADDRESS, text);
}

/// The description of an option, and its type, default and example.
fn parts(option: &ModuleOption) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (mut doc, mut facts) = (Vec::new(), Vec::new());
    for line in option.doc.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("* ").and_then(|fact| fact.split_once(": ")) {
            Some((name @ ("Type" | "Default" | "Example"), value)) => facts.push((name, value)),
            _ => doc.push(line),
        }
    }
    (doc, facts)
}
