//! Items of completion in the protocol's terms.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent,
    MarkupKind, TextEdit,
};
use nixvirt_compiler::{Fit, Offer, nix};
use nixvirt_schema::{Format, Need};
use nixvirt_templates::arguments::{Argument, Type};

use crate::describe;
use crate::lsp::cursor::Written;
use crate::lsp::question::Question;
use crate::lsp::templates;
use crate::source::Language;

/// Writes items for one place.
pub(super) struct ItemWriter<'w> {
    /// The question about the place.
    pub question: &'w Question<'w>,
    /// The token that is being written.
    pub written: &'w Written,
}

impl ItemWriter<'_> {
    /// An item that writes a text where something is being written.
    pub(super) fn item(
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
    pub(super) fn key(&self, offers: &[&Offer]) -> CompletionItem {
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
    pub(super) fn ranked(
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
    pub(super) fn argument(&self, argument: &Argument) -> CompletionItem {
        let value = || match argument.value {
            Type::Bool => "${1|true,false|}".to_owned(),
            Type::Switch => "${1|true,false,null|}".to_owned(),
            Type::Word(words) | Type::OptionalWord(words) => {
                let words: Vec<String> = words.iter().map(|word| nix::string(word)).collect();
                format!("${{1|{}|}}", words.join(","))
            }
            Type::Amount | Type::Sets => "{ $1 }".to_owned(),
            Type::Text | Type::OptionalText | Type::File => "\"$1\"".to_owned(),
            Type::Whole(..) | Type::Volume | Type::System => "$1".to_owned(),
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
    pub(super) fn plain(&self, name: &str, doc: &str) -> CompletionItem {
        let (text, snippet) = self.binding(name, || "$1".to_owned());
        self.item(name, CompletionItemKind::PROPERTY, &text, snippet, doc, "")
    }

    /// A name with its value to be filled in, or the name alone: where the client cannot, and where a value is there.
    pub(super) fn binding(&self, key: &str, value: impl FnOnce() -> String) -> (String, bool) {
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
    pub(super) fn value(&self, literal: &str, doc: &str, detail: &str) -> CompletionItem {
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
