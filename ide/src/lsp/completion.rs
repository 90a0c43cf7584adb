//! What may be written at a place: keys and words of the format, and what templates take.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionTextEdit, Documentation, InsertTextFormat,
    MarkupContent, MarkupKind, TextEdit,
};
use nixvirt_compiler::{Fit, Json, Offer, Part, Path as Place, bundle_format, meanings, nix, offers};
use nixvirt_schema::{Format, KINDS, Need};
use nixvirt_templates::arguments::{Argument, Type};

use crate::describe;
use crate::lsp::context::{self, Context, Declared, Wanted, of_mark};
use crate::lsp::cursor::{self, Cursor, Written};
use crate::lsp::question::Question;
use crate::lsp::templates;
use crate::lsp::{json, option_help, syntax, xml_help};
use crate::source::Language;

/// What may be written at a place. After a space, only values are offered: where a name belongs, there are many spaces.
pub fn complete(question: &Question<'_>, space: bool) -> Option<CompletionList> {
    let items = match question.document.language {
        Language::Xml => xml_help::complete(question, space),
        Language::Nix | Language::Json => in_spec(question, space)?,
    };
    (!items.is_empty()).then_some(CompletionList { is_incomplete: false, items })
}

fn in_spec(question: &Question<'_>, space: bool) -> Option<Vec<CompletionItem>> {
    let text = &question.document.text.text;
    let cursor = match question.document.language {
        Language::Nix => cursor::at(text, question.offset)?,
        Language::Json => json::cursor(text, question.offset)?,
        Language::Xml => return None,
    };
    let items = match &cursor {
        Cursor::Key(_) | Cursor::Template(..) if space => return None,
        Cursor::Key(written) => keys(&Writer { question, written }),
        Cursor::Value(written) | Cursor::Element(written) => values(&Writer { question, written }),
        Cursor::Template(written, holder) => {
            let kind = holder.as_deref().and_then(nixvirt_schema::kind);
            names(&Writer { question, written }, kind)
        }
    };
    Some(items)
}

fn keys(writer: &Writer<'_>) -> Vec<CompletionItem> {
    let (question, marked) = (writer.question, &writer.written.marked);
    if question.document.language == Language::Json
        && let Some((path, beside)) = context::in_bundle(marked, Wanted::Key)
        && let Some(keys) = bundle_format::keys_at(&path.0)
    {
        let there = |name: &str| beside.iter().any(|there| there == name);
        return keys
            .into_iter()
            .filter(|(name, _)| !there(name))
            .map(|(name, doc)| writer.plain(name, &doc))
            .collect();
    }
    if question.document.language == Language::Nix {
        let options = option_help::keys(writer);
        if !options.is_empty() {
            return options;
        }
    }
    let contexts = of_mark(question, marked, Wanted::Key);
    let nix = question.document.language == Language::Nix;
    let (prefix, there) = if nix { syntax::names_beside(marked) } else { Default::default() };
    let mut items = Vec::new();
    let mut taken: Vec<String> = there;
    let arguments =
        contexts.iter().find_map(|context| context.arguments.as_ref().filter(|_| context.path.0.is_empty()));
    for argument in arguments.into_iter().copied().flatten().filter(|_| prefix.is_empty()) {
        if !taken.iter().any(|name| name == argument.name) {
            items.push(writer.argument(argument));
            taken.push(argument.name.to_owned());
        }
    }
    let spec = contexts.iter().find(|context| context.arguments.is_none()).or(contexts.first());
    let Some(Context { kind, json, path, .. }) = spec else { return items };
    let mut offered: Vec<Offer> = offers(json.clone(), kind, path);
    let libvirt = question.client.style.target.libvirt;
    offered.retain(|offer| offer.versions().contains(libvirt));
    offered.retain(|offer| offer.fit != Fit::No && !offer.is_live() && (nix || !offer.given));
    let mut at = 0;
    while at < offered.len() {
        let key = offered[at].key.clone();
        let same: Vec<&Offer> = offered.iter().filter(|offer| offer.key == key).collect();
        let first = offered.iter().position(|offer| offer.key == key) == Some(at);
        if first && !taken.iter().any(|name| *name == *key) {
            items.push(writer.key(&same));
        }
        at += 1;
    }
    items
}

fn values(writer: &Writer<'_>) -> Vec<CompletionItem> {
    let (question, written) = (writer.question, writer.written);
    if question.document.language == Language::Nix {
        let around = syntax::names_around(&written.marked);
        let kind = syntax::kind_of_names(&around);
        if around.first().is_some_and(|name| name == "template") && kind.is_some() {
            return names(writer, kind);
        }
        let words = option_help::values(writer);
        if !words.is_empty() {
            return words;
        }
    }
    if question.document.language == Language::Json
        && let Some((path, _)) = context::in_bundle(&written.marked, Wanted::Value)
    {
        let words = bundle_format::words_at(&path.0);
        if !words.is_empty() {
            let wanted = |word: &&String| !written.quoted || word.starts_with('"');
            return words.iter().filter(wanted).map(|word| writer.value(word, "", "")).collect();
        }
    }
    let contexts = of_mark(question, &written.marked, Wanted::Value);
    let spec = contexts.iter().find(|context| context.arguments.is_none()).or(contexts.first());
    let Some(Context { kind, json, path, others, .. }) = spec else { return Vec::new() };
    // In a spec in JSON, or an entry of a bundle.
    match path.0.as_slice() {
        [step] if step.key == "template" => return names(writer, None),
        [list, step] if step.key == "template" => {
            let kind = KINDS.iter().find(|kind| kind.plural == list.key);
            if kind.is_some() {
                return names(writer, kind);
            }
        }
        _ => {}
    }
    if path.0.len() == 1 && path.0[0].key == "kind" {
        return KINDS
            .iter()
            .map(|kind| writer.value(&format!("{:?}", kind.name), "", "a kind of object"))
            .collect();
    }
    let mut items: Vec<CompletionItem> = Vec::new();
    for offer in meanings(json.clone(), kind, path) {
        items.extend(objects(writer, &offer, json, path, others));
        for value in offer.values() {
            let item = writer.value(&value, &describe::markdown(&[&offer]), offer.doc());
            let wanted = !written.quoted || value.starts_with('"');
            if wanted && !items.iter().any(|other| other.label == item.label) {
                items.push(item);
            }
        }
    }
    items
}

/// The names of the objects of the configuration that an attribute may name.
fn objects(
    writer: &Writer<'_>,
    offer: &Offer,
    spec: &Json<'_>,
    path: &Place,
    others: &[Declared],
) -> Vec<CompletionItem> {
    let Part::Attribute(attribute) = offer.part else { return Vec::new() };
    let Some(reference) = attribute.refers_to else { return Vec::new() };
    // What holds the object that is meant is named beside it.
    let holder = nixvirt_schema::kind(reference.kind).and_then(|kind| kind.parent);
    let set = path.0[..path.0.len() - 1].iter().try_fold(spec, |here, step| {
        match (here.get(&step.key)?, step.index) {
            (Json::List(items), Some(index)) => items.get(index),
            (value, _) => Some(value),
        }
    });
    let beside = holder.and_then(|holder| set?.get(holder)?.as_str());
    let meant = others.iter().filter(|other| other.is_named_by(reference, beside));
    let item = |other: &Declared| {
        let detail = format!("{} of this configuration", other.kind.name);
        writer.value(&nix::string(&other.name), offer.doc(), &detail)
    };
    meant.map(item).collect()
}

/// The names of templates.
fn names(writer: &Writer<'_>, kind: Option<&'static nixvirt_schema::Kind>) -> Vec<CompletionItem> {
    let attribute = matches!(
        cursor::at(&writer.question.document.text.text, writer.question.offset),
        Some(Cursor::Template(..))
    );
    templates::all(kind)
        .iter()
        .map(|template| {
            let text = match attribute || writer.written.quoted {
                true => template.name.to_owned(),
                false => nix::string(template.name),
            };
            let kind = template.kind;
            writer.item(
                template.name,
                CompletionItemKind::FUNCTION,
                &text,
                false,
                template.doc,
                &format!("template of a {kind}"),
            )
        })
        .collect()
}

/// Writes items for one place.
pub(super) struct Writer<'w> {
    /// Who asks.
    pub question: &'w Question<'w>,
    /// What is being written.
    pub written: &'w Written,
}

impl Writer<'_> {
    /// An item that writes a text where something is being written.
    pub fn item(
        &self,
        label: &str,
        kind: CompletionItemKind,
        text: &str,
        snippet: bool,
        doc: &str,
        detail: &str,
    ) -> CompletionItem {
        let Question { document, client, .. } = self.question;
        let range = document.text.range(self.written.range.clone(), client.style.encoding);
        let documentation = (!doc.is_empty()).then(|| match client.markdown {
            true => Documentation::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: doc.to_owned(),
            }),
            false => Documentation::String(doc.to_owned()),
        });
        CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
            documentation,
            filter_text: Some(label.to_owned()),
            insert_text_format: Some(if snippet {
                InsertTextFormat::SNIPPET
            } else {
                InsertTextFormat::PLAIN_TEXT
            }),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: text.to_owned() })),
            ..CompletionItem::default()
        }
    }

    /// A key, by what it may stand for.
    fn key(&self, offers: &[&Offer]) -> CompletionItem {
        let key = &*offers[0].key;
        let value = || {
            let mut values: Vec<String> = Vec::new();
            for value in offers.iter().flat_map(|offer| offer.values()) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            let offer = offers[0];
            match (offer.is_plain(), offer.is_many(), values.is_empty()) {
                (true, _, false) | (false, _, false) if offer.is_plain() || is_bare(offer) => choice(&values),
                (true, ..) if is_number(offer.format()) => "$1".to_owned(),
                (true, ..) => "\"$1\"".to_owned(),
                (false, true, _) => "[ { $1 } ]".to_owned(),
                (false, false, _) => "{ $1 }".to_owned(),
            }
        };
        let (text, snippet) = self.binding(key, value);
        let doc = describe::markdown(offers);
        let detail = describe::format(offers[0]);
        let item = self.item(key, CompletionItemKind::PROPERTY, &text, snippet, &doc, &detail);
        CompletionItem { sort_text: Some(format!("{}{key}", rank(offers))), ..item }
    }

    /// A name of XML, by what it may stand for.
    pub fn ranked(
        &self,
        name: &str,
        kind: CompletionItemKind,
        text: &str,
        snippet: bool,
        offers: &[&Offer],
    ) -> CompletionItem {
        let doc = describe::markdown_in_xml(offers);
        let item = self.item(name, kind, text, snippet, &doc, &describe::format_in_xml(offers[0]));
        CompletionItem { sort_text: Some(format!("{}{name}", rank(offers))), ..item }
    }

    /// An argument of a template.
    fn argument(&self, argument: &Argument) -> CompletionItem {
        let value = || match argument.value {
            Type::Bool => "${1|true,false|}".to_owned(),
            Type::Switch => "${1|true,false,null|}".to_owned(),
            Type::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| nix::string(word)).collect();
                format!("${{1|{}|}}", words.join(","))
            }
            Type::Amount | Type::Sets => "{ $1 }".to_owned(),
            Type::Text | Type::OptionalText | Type::File => "\"$1\"".to_owned(),
            Type::Whole(..) | Type::Volume => "$1".to_owned(),
        };
        let (text, snippet) = self.binding(argument.name, value);
        let detail = match &argument.default {
            Some(default) => format!("argument, by default {default}"),
            None => "argument, must be given".to_owned(),
        };
        let doc = templates::markdown(argument);
        let item = self.item(argument.name, CompletionItemKind::VARIABLE, &text, snippet, &doc, &detail);
        CompletionItem { sort_text: Some(format!("0{}", argument.name)), ..item }
    }

    /// A key of the bundle itself.
    fn plain(&self, name: &str, doc: &str) -> CompletionItem {
        let (text, snippet) = self.binding(name, || "$1".to_owned());
        self.item(name, CompletionItemKind::PROPERTY, &text, snippet, doc, "")
    }

    /// A name with its value to be filled in, or the name alone: where the client cannot, and where a value is there.
    pub fn binding(&self, key: &str, value: impl FnOnce() -> String) -> (String, bool) {
        let Written { quoted, followed, .. } = self.written;
        let json = self.question.document.language == Language::Json;
        let name = match (quoted, json) {
            (true, _) => key.to_owned(),
            (_, true) => format!("{key:?}"),
            (_, false) => nix::key(key),
        };
        match *quoted || *followed || !self.question.client.snippets {
            true => (name, false),
            false if json => (format!("{}: {}", escaped(&name), value()), true),
            false => (format!("{} = {};", escaped(&name), value()), true),
        }
    }

    /// A value, as it stands in a spec.
    pub fn value(&self, literal: &str, doc: &str, detail: &str) -> CompletionItem {
        let word = literal.trim_matches('"');
        let text = if self.written.quoted { word } else { literal };
        self.item(word, CompletionItemKind::ENUM_MEMBER, text, false, doc, detail)
    }
}

/// How far up what may stand at a place is shown: first what must be there.
fn rank(offers: &[&Offer]) -> u8 {
    let rank = |offer: &&Offer| match (offer.fit, offer.need()) {
        (Fit::Yes, Need::Required | Need::ByParser) if !offer.given => 1,
        (Fit::Yes, Need::BySchema) if !offer.given => 2,
        (Fit::Yes, _) => 3,
        (Fit::Unclear | Fit::No, _) => 4,
    };
    offers.iter().map(rank).min().unwrap_or(4)
}

/// Whether an element says all it has to say by being there.
fn is_bare(offer: &Offer) -> bool {
    offer.element().is_some_and(|element| {
        element.is_flag() && element.attributes.is_empty() && element.children.is_empty()
    })
}

fn is_number(format: Option<&Format>) -> bool {
    matches!(format, Some(Format::Integer { .. } | Format::Number { .. }))
}

/// The values to choose from, as a snippet.
fn choice(values: &[String]) -> String {
    match values {
        [only] => escaped(only),
        values => {
            let values: Vec<String> =
                values.iter().map(|value| escaped(value).replace(',', "\\,").replace('|', "\\|")).collect();
            format!("${{1|{}|}}", values.join(","))
        }
    }
}

/// A text that means itself in a snippet.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}
