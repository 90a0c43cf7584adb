//! The values of an element in words: its attributes and its text, with their formats, words, defaults and conditions.

use nixvirt_ide::catalogue::id;
use nixvirt_ide::describe::{conditions, needed};
use nixvirt_schema::{Attribute, Default, Format, Need, Versions, Words, kind};

use crate::html::Html;
use crate::layout::{Page, heading};

/// A value of an element: an attribute, or the text.
pub(super) struct ValueFacts {
    /// The key in a spec.
    pub key: &'static str,
    /// The description, a sentence.
    pub doc: &'static str,
    format: Format,
    words: Words,
    each: &'static str,
    need: Need,
    versions: Versions,
    default: Option<Default>,
    condition: String,
    unit: Option<&'static str>,
    kind: Option<&'static str>,
    secret: bool,
    live: bool,
}

impl ValueFacts {
    /// The facts of an attribute.
    pub(super) fn of_attribute(attribute: &Attribute) -> ValueFacts {
        ValueFacts {
            key: attribute.name,
            doc: attribute.doc,
            format: attribute.format,
            words: attribute.words,
            each: attribute.each,
            need: attribute.need,
            versions: attribute.versions,
            default: attribute.default,
            condition: conditions(&attribute.guard),
            unit: None,
            kind: attribute.refers_to.map(|refers| refers.kind),
            secret: attribute.secret,
            live: attribute.live,
        }
    }

    /// The facts of the text of an element.
    pub(super) fn of_text(doc: &'static str, text: &nixvirt_schema::Text) -> ValueFacts {
        ValueFacts {
            key: text.key,
            doc,
            format: text.format,
            words: text.words,
            each: "",
            need: text.need,
            versions: text.versions,
            default: text.default,
            condition: conditions(&text.guard),
            unit: text.default_unit,
            kind: None,
            secret: false,
            live: false,
        }
    }

    /// The words by which the search finds the value.
    pub(super) fn found_by(&self) -> String {
        let meanings = self.words.iter().map(|(word, _)| *word);
        let unit = self.unit.into_iter().chain(self.default.map(|default| default.value));
        meanings.chain(unit).collect::<Vec<_>>().join(" ")
    }

    fn facts(&self, html: &mut Html, page: &Page<'_>) {
        html.el("dl", &[("class", "facts")], |html| {
            html.leaf("dt", &[], "Value");
            match self.words.len() > 1 && self.words.len() == self.format.words().len() {
                true => html.leaf("dd", &[], "one of these words"),
                false => html.prose("dd", &[], &self.format.describe()),
            }
            if !self.condition.is_empty() {
                html.leaf("dt", &[], "Only where");
                html.prose("dd", &[], &self.condition);
            }
            if let Some(unit) = self.unit {
                html.leaf("dt", &[], "Unit");
                html.prose("dd", &[], &format!("`{unit}`, where `unit` says no other"));
            }
            if let Some(Default { value, source, always }) = self.default {
                html.leaf("dt", &[], "If missing");
                html.el("dd", &[], |html| {
                    html.text("libvirt takes ");
                    match always {
                        true => html.leaf("code", &[], value),
                        false => html.marked(value),
                    }
                    html.text(" ");
                    html.leaf("span", &[("class", "source")], source);
                });
            }
            if let Some(kind) = self.kind.and_then(kind) {
                html.leaf("dt", &[], "Names");
                html.el("dd", &[], |html| {
                    html.text("a ");
                    html.link(&page.to(&format!("{}/index.html", kind.name)), kind.name);
                });
            }
            if self.secret {
                html.leaf("dt", &[], "Secret");
                html.prose("dd", &[], "The Nix store is open to all: write `{ file = \"/run/secrets/...\"; }`, which is read on the host.");
            }
        });
        if !self.words.is_empty() {
            html.el("table", &[("class", "words")], |html| {
                html.leaf("caption", &[("class", "hidden")], &format!("What the words of {} mean", self.key));
                html.el("thead", &[("class", "hidden")], |html| {
                    html.el("tr", &[], |html| {
                        html.leaf("th", &[("scope", "col")], "Word");
                        html.leaf("th", &[("scope", "col")], "Meaning");
                    });
                });
                html.el("tbody", &[], |html| {
                    for (word, meaning) in self.words {
                        html.el("tr", &[], |html| {
                            html.el("th", &[("scope", "row")], |html| html.leaf("code", &[], word));
                            html.prose("td", &[], meaning);
                        });
                    }
                });
            });
        }
        if !self.each.is_empty() {
            html.prose("p", &[("class", "note")], &format!("Each word is {}.", self.each));
        }
    }
}

/// Adds the section of a value. A key may have several entries, of which the rest of the object decides which one counts.
pub(super) fn section(html: &mut Html, page: &Page<'_>, entries: &[ValueFacts], note: Option<&str>) {
    let Some(first) = entries.first() else { return };
    let id = id("value", first.key);
    html.el("section", &[("class", "part"), ("id", &id)], |html| {
        html.el("div", &[("class", "title")], |html| {
            heading(html, "h3", &id, first.key, true);
            let all = |holds: fn(&ValueFacts) -> bool| entries.iter().all(holds);
            let badges = [
                (all(|facts| facts.need.is_required()), "required".to_owned()),
                (all(|facts| facts.need == Need::BySchema), "wanted by libvirt's schema".to_owned()),
                (all(|facts| facts.live), "only while running".to_owned()),
                (entries.len() == 1 && first.versions != Versions::ALL, first.versions.to_string()),
            ];
            badges.iter().filter(|(holds, _)| *holds).for_each(|(_, badge)| tag(html, badge));
        });
        if let Some(note) = note {
            html.prose("p", &[("class", "note")], note);
        }
        for (index, facts) in entries.iter().enumerate() {
            if index == 0 || entries[index - 1].doc != facts.doc {
                html.prose("p", &[], facts.doc);
            }
            facts.facts(html, page);
            if entries.len() > 1 && facts.versions != Versions::ALL {
                html.prose("p", &[("class", "note")], &format!("It exists {}.", facts.versions));
            }
        }
    });
    html.line();
}

/// Adds a badge behind a title.
pub(super) fn tag(html: &mut Html, text: &str) {
    html.leaf("span", &[("class", "tag")], text);
}

/// The badges of an entry behind its name: whether it must be there, and since when it exists.
pub(super) fn tags(html: &mut Html, need: Need, versions: Versions) {
    if !needed(need).is_empty() {
        tag(html, "required");
    }
    if versions != Versions::ALL {
        tag(html, &versions.to_string());
    }
}
