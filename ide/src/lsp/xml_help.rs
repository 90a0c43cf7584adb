//! Completion and hover in libvirt's XML.

use lsp_types::{CompletionItem, CompletionItemKind};
use nixvirt_compiler::{Fit, Offer, TEXT, offers_in_xml};
use nixvirt_schema::KINDS;

use crate::describe;
use crate::lsp::completion_item::{ItemWriter, escaped};
use crate::lsp::cursor::Written;
use crate::lsp::question::Question;
use crate::lsp::xml_cursor::{XmlCursor, XmlPart, at};
use crate::recognise::is_libvirts;

/// The completions at a place; none in XML that is not libvirt's. After a space, only names of attributes are
/// offered.
pub(super) fn complete(question: &Question<'_>, space: bool) -> Vec<CompletionItem> {
    let text = &question.document.text.text;
    let Some(cursor) = at(text, question.offset) else { return Vec::new() };
    if space && !matches!(cursor.at, XmlPart::Attribute(_)) {
        return Vec::new();
    }
    let written =
        Written { range: cursor.range.clone(), quoted: true, followed: true, marked: String::new() };
    let writer = ItemWriter { question, written: &written };
    if let XmlPart::End(name) = &cursor.at {
        return vec![writer.item(name, CompletionItemKind::PROPERTY, name, false, "", "")];
    }
    // A file without a root element may become any kind of object.
    if cursor.names.is_empty() && text.trim().trim_start_matches('<').chars().all(char::is_alphanumeric) {
        return roots(&writer, &cursor);
    }
    if !is_libvirts(text) {
        return Vec::new();
    }
    let offers = offered(question, &cursor);
    match &cursor.at {
        XmlPart::Element(goes_on) => elements(&writer, &offers, *goes_on, ""),
        XmlPart::Attribute(has_value) => attributes(&writer, &offers, *has_value),
        XmlPart::Value(name) => words(&writer, &offers, name),
        XmlPart::Text => {
            let mut items = words(&writer, &offers, TEXT);
            // Within a word, no element begins.
            if cursor.range.is_empty() {
                items.extend(elements(&writer, &offers, false, "<"));
            }
            items
        }
        XmlPart::End(_) => Vec::new(),
    }
}

/// The description of the name or value at a place, as Markdown.
pub(super) fn hover(question: &Question<'_>) -> Option<(String, std::ops::Range<usize>)> {
    let text = &question.document.text.text;
    let cursor = at(text, question.offset).filter(|cursor| !cursor.range.is_empty())?;
    if !is_libvirts(text) {
        return None;
    }
    let name = match &cursor.at {
        XmlPart::Element(_) | XmlPart::Attribute(_) => &text[cursor.range.clone()],
        XmlPart::Value(name) => name,
        XmlPart::Text => TEXT,
        XmlPart::End(_) => return None,
    };
    if let (XmlPart::Element(_), true) = (&cursor.at, cursor.names.is_empty()) {
        let kind = KINDS.iter().find(|kind| kind.root.name == name)?;
        let page = describe::address(kind.root.page);
        return Some((format!("**{name}**\n\n{}\n\n[libvirt's page]({page})", kind.root.doc), cursor.range));
    }
    let offers = offers_in_xml(cursor.xml.as_bytes(), None, cursor.offset);
    let meant = offers.iter().filter(|offer| offer.key == name);
    let fits = meant.clone().any(|offer| offer.fit != Fit::No);
    let meant: Vec<&Offer> = meant.filter(|offer| offer.fit != Fit::No || !fits).collect();
    if meant.is_empty() {
        return None;
    }
    let mut title = cursor.names.join("/");
    match &cursor.at {
        XmlPart::Element(_) => title.push_str(&format!("/{name}")),
        XmlPart::Attribute(_) | XmlPart::Value(_) => title.push_str(&format!("/@{name}")),
        XmlPart::Text | XmlPart::End(_) => {}
    }
    let described = describe::markdown_in_xml(&meant);
    Some((
        format!(
            "**{title}**\n\n{described}{}",
            describe::pages(question.client.reference.as_deref(), &meant)
        ),
        cursor.range,
    ))
}

/// The root elements of the kinds.
fn roots(writer: &ItemWriter<'_>, cursor: &XmlCursor) -> Vec<CompletionItem> {
    let before = match cursor.at {
        XmlPart::Text if cursor.range.is_empty() => "<",
        XmlPart::Element(_) => "",
        _ => return Vec::new(),
    };
    let item = |kind: &nixvirt_schema::Kind| {
        let name = kind.root.name;
        let (text, snippet) = match writer.question.client.snippets {
            true => (format!("{before}{name}>\n  $1\n</{name}>"), true),
            false => (format!("{before}{name}"), false),
        };
        writer.item(name, CompletionItemKind::CLASS, &text, snippet, kind.root.doc, "")
    };
    KINDS.iter().map(item).collect()
}

/// The parts that the schema has for a place and that nothing rules out.
fn offered(question: &Question<'_>, cursor: &XmlCursor) -> Vec<Offer> {
    let libvirt = question.client.style.checking.target.libvirt;
    let mut offers = offers_in_xml(cursor.xml.as_bytes(), None, cursor.offset);
    offers.retain(|offer| offer.fit != Fit::No && !offer.is_live() && offer.versions().contains(libvirt));
    offers
}

/// The offers of each name, together.
fn by_name<'o>(offers: impl Iterator<Item = &'o Offer>) -> Vec<Vec<&'o Offer>> {
    let mut found: Vec<Vec<&Offer>> = Vec::new();
    for offer in offers {
        match found.iter_mut().find(|same| same[0].key == offer.key) {
            Some(same) => same.push(offer),
            None => found.push(vec![offer]),
        }
    }
    found
}

fn elements(writer: &ItemWriter<'_>, offers: &[Offer], goes_on: bool, before: &str) -> Vec<CompletionItem> {
    let may_begin = |offer: &&Offer| offer.element().is_some() && (!offer.given || offer.is_many());
    let items = by_name(offers.iter().filter(may_begin)).into_iter().map(|same| {
        let name = &*same[0].key;
        let (text, snippet) = match goes_on || !writer.question.client.snippets {
            true => (format!("{before}{name}"), false),
            false => (format!("{before}{}", snippet(same[0])), true),
        };
        writer.ranked(name, CompletionItemKind::CLASS, &text, snippet, &same)
    });
    items.collect()
}

/// An element as it is filled in.
fn snippet(offer: &Offer) -> String {
    let name = &*offer.key;
    let Some(element) = offer.element() else { return name.to_owned() };
    let has_attributes = !element.attributes.is_empty();
    match (element.text.is_some(), element.children.is_empty()) {
        (true, _) if !element.is_flag() => format!("{name}>$1</{name}>"),
        (_, true) if has_attributes => format!("{name} $1/>"),
        (_, true) => format!("{name}/>"),
        (_, false) => format!("{name}>\n  $1\n</{name}>"),
    }
}

fn attributes(writer: &ItemWriter<'_>, offers: &[Offer], has_value: bool) -> Vec<CompletionItem> {
    let is_attribute =
        |offer: &&Offer| matches!(offer.part, nixvirt_compiler::Part::Attribute(_)) && !offer.given;
    let items = by_name(offers.iter().filter(is_attribute)).into_iter().map(|same| {
        let name = &*same[0].key;
        let mut words: Vec<&str> = same.iter().flat_map(|offer| words_of(offer)).collect();
        words.dedup();
        let (text, snippet) = match (has_value || !writer.question.client.snippets, words.is_empty()) {
            (true, _) => (name.to_owned(), false),
            (false, true) => (format!("{}='$1'", escaped(name)), true),
            (false, false) => {
                let words: Vec<String> = words.iter().map(|word| escaped(word).replace(',', "\\,")).collect();
                (format!("{}='${{1|{}|}}'", escaped(name), words.join(",")), true)
            }
        };
        writer.ranked(name, CompletionItemKind::PROPERTY, &text, snippet, &same)
    });
    items.collect()
}

fn words_of(offer: &Offer) -> Vec<&'static str> {
    offer.format().map(nixvirt_schema::Format::words).unwrap_or_default()
}

/// The words of an attribute's value, or of an element's text.
fn words(writer: &ItemWriter<'_>, offers: &[Offer], name: &str) -> Vec<CompletionItem> {
    let mut items: Vec<CompletionItem> = Vec::new();
    for offer in offers.iter().filter(|offer| offer.key == name) {
        for word in words_of(offer) {
            if !items.iter().any(|item| item.label == word) {
                let doc = describe::markdown_in_xml(&[offer]);
                items.push(writer.item(
                    word,
                    CompletionItemKind::ENUM_MEMBER,
                    word,
                    false,
                    &doc,
                    offer.doc(),
                ));
            }
        }
    }
    items
}
