//! The index of the search: one line for each thing that has an address, with the words by which it is found.

mod tasks;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use self::tasks::TASKS;

/// The groups of what is found, in the order in which equally good results stand. The script shows the names.
const GROUPS: &[&str] =
    &["element", "attribute", "option", "template", "argument", "command", "message", "page"];

/// A line of the index: something that has an address.
pub(crate) struct Found<'a> {
    /// The name that is shown and found first, e.g. `cache`.
    pub name: &'a str,
    /// Where it belongs, e.g. `devices.disk.driver`; empty where the name says all.
    pub within: &'a str,
    /// The group, one of the names of [`GROUPS`].
    pub group: &'static str,
    /// The address from the root of the site.
    pub href: &'a str,
    /// The sentence that is shown.
    pub doc: &'a str,
    /// Further words by which it is found.
    pub words: String,
}

/// The index that grows while the pages are made.
#[derive(Default)]
pub(crate) struct Index {
    lines: Vec<Value>,
    /// Addresses of pages, which many lines have in common.
    pages: Vec<String>,
    known: BTreeMap<String, usize>,
}

impl Index {
    /// Adds what has an address.
    pub(crate) fn add(&mut self, found: &Found<'_>) {
        let (page, anchor) = found.href.split_once('#').unwrap_or((found.href, ""));
        let page = match self.known.get(page) {
            Some(page) => *page,
            None => {
                self.pages.push(page.to_owned());
                self.known.insert(page.to_owned(), self.pages.len() - 1);
                self.pages.len() - 1
            }
        };
        let group = GROUPS.iter().position(|group| *group == found.group).unwrap_or(GROUPS.len() - 1);
        let asked = TASKS.iter().filter(|task| task.address() == found.href);
        let asked: String = asked.map(|task| format!(" {} {}", task.question, task.words)).collect();
        self.lines.push(json!([
            found.name,
            found.within,
            group,
            page,
            anchor,
            found.doc,
            found.words,
            asked.trim()
        ]));
    }

    /// The index as a script: a page that is opened as a file may load scripts, and nothing else.
    pub(crate) fn script(&self) -> String {
        let data = json!({ "groups": GROUPS, "pages": self.pages, "lines": self.lines });
        // A line separator is no character of a script's text in old browsers.
        let data = data.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        format!("window.nixvirtIndex = {data};\n")
    }
}
