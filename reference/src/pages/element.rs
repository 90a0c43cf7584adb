//! The page of an element: an example, its values, the elements in it, its rules, and where it stands.

use nixvirt_compiler::{Problem, child_key};
use nixvirt_ide::describe::{address, conditions};
use nixvirt_schema::{Child, Derived, Element, Occurs, Versions};

use crate::html::Html;
use crate::layout::{Page, code_block, heading};
use crate::pages::values::{self, ValueFacts};
use crate::search::Found;
use crate::site::{Site, Tables};
use nixvirt_ide::catalogue::{Entry, id};

/// Adds the page of an element to the site.
pub(crate) fn add(site: &mut Site, tables: &Tables, entry: &Entry) {
    let title = entry.title();
    let trail = tables.catalogue.trail(entry);
    let mut above = vec![("Reference".to_owned(), "index.html".to_owned())];
    let named = |entry: &&Entry| {
        let name = entry.place.last().cloned().unwrap_or_else(|| entry.kind.name.to_owned());
        (name, entry.address.clone())
    };
    above.extend(trail[..trail.len() - 1].iter().map(named));
    let page = Page { address: &entry.address, title: &title, about: entry.element.doc, above };
    let mut html = Html::default();
    head(&mut html, &page, entry, &title);
    let groups = values_of(entry.element);
    contents(&mut html, &groups);
    example(&mut html, tables, entry);
    if !groups.is_empty() {
        html.leaf("h2", &[("id", "values")], "Values");
        for (entries, note) in &groups {
            values::section(&mut html, &page, entries, note.as_deref());
        }
    }
    children(&mut html, tables, &page, entry);
    rules(&mut html, entry.element);
    messages(&mut html, tables, &page, entry);
    places(&mut html, tables, &page, entry);
    search(site, entry, &title, &groups);
    site.add_page(&page, html);
}

fn head(html: &mut Html, page: &Page<'_>, entry: &Entry, title: &str) {
    let name = entry.element.name;
    html.el("div", &[("class", "title")], |html| {
        html.el("h1", &[], |html| html.leaf("code", &[], title));
        values::tags(
            html,
            entry.holder.map_or(nixvirt_schema::Need::Optional, |(_, child)| child.need),
            entry.versions(),
        );
    });
    html.prose("p", &[("class", "lead")], entry.element.doc);
    html.el("p", &[("class", "sub")], |html| {
        match entry.element.namespace {
            Some(namespace) => html.leaf("code", &[], &format!("<{}:{name}>", namespace.prefix)),
            None => html.leaf("code", &[], &format!("<{name}>")),
        }
        html.text(" in the XML of a ");
        html.link(&page.to(&format!("{}/index.html", entry.kind.name)), entry.kind.name);
        html.text(". ");
        html.leaf("a", &[("href", &address(entry.page)), ("rel", "external")], "libvirt's own page");
        html.text(".");
    });
    if let Some((_, child)) = entry.holder {
        let guard = conditions(&child.guard);
        if !guard.is_empty() {
            html.prose(
                "p",
                &[("class", "note")],
                &format!("It may stand only where {guard} in what holds it."),
            );
        }
        if child.hoisted {
            html.leaf(
                "p",
                &[("class", "note")],
                "A spec has no set for it: its values are keys of the set that holds it.",
            );
        }
    }
    if entry.element.is_flag() {
        html.prose(
            "p",
            &[("class", "note")],
            "In a spec, `true` stands for the bare element, and `false` for none.",
        );
    }
    html.line();
}

/// Adds links to the values, where there are so many that one looks for them.
fn contents(html: &mut Html, groups: &[(Vec<ValueFacts>, Option<String>)]) {
    if groups.len() < 4 {
        return;
    }
    html.el("nav", &[("class", "toc"), ("aria-label", "Values on this page")], |html| {
        html.el("ul", &[], |html| {
            for (facts, _) in groups {
                let href = format!("#{}", id("value", facts[0].key));
                html.el("li", &[], |html| html.code_link(&href, facts[0].key));
            }
        });
    });
    html.line();
}

fn example(html: &mut Html, tables: &Tables, entry: &Entry) {
    let Some(example) = tables.examples.of(&tables.catalogue, entry) else { return };
    html.leaf("h2", &[("id", "example")], "Example");
    html.el("div", &[("class", "pair")], |html| {
        code_block(html, "Nix", &example.nix.text, example.nix.lines.clone());
        code_block(html, "XML", &example.xml.text, example.xml.lines.clone());
    });
}

/// The values of an element's set, those of one key together, each with a remark on it.
fn values_of(element: &'static Element) -> Vec<(Vec<ValueFacts>, Option<String>)> {
    let mut groups: Vec<(Vec<ValueFacts>, Option<String>)> = Vec::new();
    if let Some(text) = &element.text {
        let note = match element.is_leaf() {
            true => "The text of the element. A spec has the plain value in place of a set.".to_owned(),
            false => format!("The text of the element. A spec has it under the key `{}`.", text.key),
        };
        groups.push((vec![ValueFacts::of_text(element.doc, text)], Some(note)));
    }
    attributes_of(element, None, &mut groups);
    for child in element.children.iter().filter(|child| child.hoisted) {
        let holder = child.element.name;
        if let Some(text) = &child.element.text {
            let note = format!("The text of `<{holder}>` in XML.");
            groups.push((vec![ValueFacts::of_text(child.element.doc, text)], Some(note)));
        }
        attributes_of(child.element, Some(holder), &mut groups);
    }
    groups
}

fn attributes_of(
    element: &'static Element,
    hoisted: Option<&str>,
    groups: &mut Vec<(Vec<ValueFacts>, Option<String>)>,
) {
    for attribute in element.attributes.iter().filter(|attribute| !attribute.ignored) {
        let facts = ValueFacts::of_attribute(attribute);
        match groups.iter_mut().find(|(known, _)| known[0].key == facts.key) {
            Some((known, _)) => known.push(facts),
            None => {
                let note = hoisted.map(|name| format!("An attribute of `<{name}>` in XML."));
                groups.push((vec![facts], note));
            }
        }
    }
}

fn children(html: &mut Html, tables: &Tables, page: &Page<'_>, entry: &Entry) {
    let element = entry.element;
    if element.foreign {
        html.leaf(
            "p",
            &[("class", "note")],
            "Any XML of other programs may stand in it, as text or as elements of lib.xml.",
        );
    }
    if element.children.is_empty() {
        return;
    }
    html.leaf("h2", &[("id", "elements")], "Elements in it");
    html.el("ul", &[("class", "elements")], |html| {
        for child in element.children {
            let Some(known) = tables.catalogue.of(child.element) else { continue };
            html.el("li", &[], |html| {
                html.el("div", &[("class", "title")], |html| {
                    html.code_link(&page.to(&known.address), &child_key(element, child.element));
                    values::tags(html, child.need, child.versions);
                    notes_of(html, child);
                });
                html.prose("p", &[], child.element.doc);
                let guard = conditions(&child.guard);
                if !guard.is_empty() {
                    html.prose("p", &[("class", "note")], &format!("Only where {guard}."));
                }
            });
            html.line();
        }
    });
}

/// The remaining facts of a child, as badges.
fn notes_of(html: &mut Html, child: &Child) {
    match child.occurs {
        Occurs::Once => {}
        Occurs::Many => values::tag(html, "one or a list"),
        Occurs::Exactly(times) => values::tag(html, &format!("exactly {times}, in a list")),
    }
    match child.derived {
        Some((Derived::Uuid, _)) => values::tag(html, "derived from the name"),
        Some((Derived::Mac, _)) => values::tag(html, "derived from the UUID"),
        None => {}
    }
    if child.live {
        values::tag(html, "only while running");
    }
    if child.filled_by_libvirt {
        values::tag(html, "added by libvirt");
    }
}

fn rules(html: &mut Html, element: &Element) {
    if element.rules.is_empty() && element.misplaced_names.is_empty() {
        return;
    }
    heading(html, "h2", "rules", "Rules", false);
    html.el("ul", &[("id", "rules"), ("class", "rules")], |html| {
        for rule in element.rules {
            let mut words = Problem::Broken { relation: rule.relation, parent: element.name }.to_string();
            let guard = conditions(&rule.guard);
            if !guard.is_empty() {
                words.push_str(&format!(", where {guard}"));
            }
            if rule.versions != Versions::ALL {
                words.push_str(&format!(" ({})", rule.versions));
            }
            let by_schema =
                if rule.relation.is_by_schema() { " Only libvirt's schema wants that." } else { "" };
            html.prose("li", &[], &format!("{words}.{by_schema}"));
        }
        for (name, advice) in element.misplaced_names {
            html.prose("li", &[], &format!("There is no `{name}` here: {advice}."));
        }
    });
    html.line();
}

fn messages(html: &mut Html, tables: &Tables, page: &Page<'_>, entry: &Entry) {
    let about = tables.messages.about(entry.element);
    if about.is_empty() {
        return;
    }
    html.leaf("h2", &[("id", "messages")], "What is refused");
    html.leaf(
        "p",
        &[],
        "libvirt refuses these, or they do not work, and nixvirt says so before it is built:",
    );
    html.el("ul", &[("class", "elements")], |html| {
        for code in about {
            html.el("li", &[], |html| {
                html.code_link(&page.to(&format!("messages/{}.html", code.name)), code.name);
                html.prose("p", &[], code.summary);
            });
        }
    });
    html.line();
}

fn places(html: &mut Html, tables: &Tables, page: &Page<'_>, entry: &Entry) {
    let mut holders: Vec<usize> = entry.holders.iter().map(|(holder, _)| *holder).collect();
    holders.dedup();
    if holders.is_empty() {
        return;
    }
    html.leaf("h2", &[("id", "places")], "Where it stands");
    html.el("ul", &[("class", "places")], |html| {
        for holder in holders {
            let holder = &tables.catalogue.entries[holder];
            html.el("li", &[], |html| {
                let title = holder.title();
                html.code_link(&page.to(&holder.address), &title);
                if !holder.place.is_empty() {
                    html.text(&format!(" ({})", holder.kind.name));
                }
            });
        }
    });
}

fn search(site: &mut Site, entry: &Entry, title: &str, groups: &[(Vec<ValueFacts>, Option<String>)]) {
    let name = entry.place.last().map_or(entry.kind.name, String::as_str);
    let of_other_kind = entry.kind.name != nixvirt_schema::KINDS[0].name && !entry.place.is_empty();
    let full = if of_other_kind { format!("{} {title}", entry.kind.name) } else { title.to_owned() };
    let leaf = groups.iter().filter(|_| entry.element.is_leaf()).map(|(facts, _)| facts[0].found_by());
    let words = leaf.collect::<Vec<_>>().join(" ");
    let within = full.strip_suffix(name).map_or("", |within| within.trim_end_matches(['.', ' ']));
    site.index.add(&Found {
        name,
        within,
        group: "element",
        href: &entry.address,
        doc: entry.element.doc,
        words,
    });
    for (facts, _) in groups.iter().filter(|_| !entry.element.is_leaf()) {
        let first = &facts[0];
        let href = format!("{}#{}", entry.address, id("value", first.key));
        let mut words: Vec<String> = facts.iter().map(ValueFacts::found_by).collect();
        words.dedup();
        site.index.add(&Found {
            name: first.key,
            within: &full,
            group: "attribute",
            href: &href,
            doc: first.doc,
            words: words.join(" "),
        });
    }
}
