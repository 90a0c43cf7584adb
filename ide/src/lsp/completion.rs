//! Completion: the keys and values that may be written at a place.

use lsp_types::{CompletionItem, CompletionItemKind, CompletionList};
use nixvirt_compiler::{Fit, Json, Offer, Part, Path as Place, bundle_format, meanings, nix, offers};
use nixvirt_schema::KINDS;

use crate::describe;
use crate::lsp::completion_item::ItemWriter;
use crate::lsp::context::{self, Context, Declared, Wanted, of_mark};
use crate::lsp::cursor::{self, Cursor};
use crate::lsp::question::Question;
use crate::lsp::templates;
use crate::lsp::{json, option_help, syntax, xml_help};
use crate::source::Language;

/// The completions at a place. After a space only values are offered, because an attribute's name may follow almost
/// any space.
pub(super) fn complete(question: &Question<'_>, space: bool) -> Option<CompletionList> {
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
        Cursor::Key(written) => keys(&ItemWriter { question, written }),
        Cursor::Value(written) | Cursor::Element(written) => values(&ItemWriter { question, written }),
        Cursor::Template(written, holder) => {
            let kind = holder.as_deref().and_then(nixvirt_schema::kind);
            names(&ItemWriter { question, written }, kind)
        }
    };
    Some(items)
}

fn keys(writer: &ItemWriter<'_>) -> Vec<CompletionItem> {
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
    let libvirt = question.client.style.checking.target.libvirt;
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

fn values(writer: &ItemWriter<'_>) -> Vec<CompletionItem> {
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
        [step] if step.key == "template" => {
            return names(writer, json.get("kind").is_some().then_some(*kind));
        }
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
            let word = value.trim_matches('"');
            let meaning = offer.words().iter().find(|(known, _)| *known == word);
            let detail = meaning.map_or(offer.doc(), |(_, meaning)| meaning);
            let item = writer.value(&value, &describe::markdown(&[&offer]), detail);
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
    writer: &ItemWriter<'_>,
    offer: &Offer,
    spec: &Json<'_>,
    path: &Place,
    others: &[Declared],
) -> Vec<CompletionItem> {
    let Part::Attribute(attribute) = offer.part else { return Vec::new() };
    let Some(reference) = attribute.refers_to else { return Vec::new() };
    // The holder of the referenced object is named beside the reference.
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
fn names(writer: &ItemWriter<'_>, kind: Option<&'static nixvirt_schema::Kind>) -> Vec<CompletionItem> {
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
