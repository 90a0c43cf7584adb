//! The context of a place in a document: the specs that it is part of, and its path in them.

use std::rc::Rc;

use nixvirt_compiler::{Json, Path as Place, Recognised, is_bundle, recognise, way};
use nixvirt_evaluator::{Content, Tree};
use nixvirt_schema::{KINDS, Kind};

use crate::lsp::cursor::MARK;
use crate::lsp::diagnostics::is_ours;
use crate::lsp::json;
pub(super) use crate::lsp::marked::{Context, Declared, Wanted};
use crate::lsp::marked::{clean, find};
use crate::lsp::question::Question;
use crate::lsp::syntax;
use crate::lsp::templates::arguments;
use crate::lsp::thread_analyser::Survey;
use crate::lsp::told::{self, Told};
use crate::source::Language;
use nixvirt_expand::evaluate::{Evaluated, to_json};

/// The specs that hold the mark of a text, and the place in each.
pub(super) fn of_mark(question: &Question<'_>, marked: &str, wanted: Wanted) -> Vec<Context> {
    match question.document.language {
        Language::Nix => in_nix(question, marked, wanted),
        Language::Json => in_json(&json::parse(marked), wanted),
        Language::Xml => Vec::new(),
    }
}

fn in_nix(question: &Question<'_>, marked: &str, wanted: Wanted) -> Vec<Context> {
    let Question { document, documents, thread_analyser, .. } = question;
    let found = thread_analyser.search(&document.path, documents, Some(marked), |survey| {
        Some(of_survey(survey, wanted)).filter(|found| !found.is_empty())
    });
    match found {
        Some((_, found)) => found,
        None => syntax::guess(marked, wanted),
    }
}

fn of_survey(survey: &Survey<'_>, wanted: Wanted) -> Vec<Context> {
    let others = if wanted == Wanted::Value { declared(survey) } else { Vec::new() };
    let found = survey.seen.iter().filter_map(|seen| {
        let path = find(&seen.tree, wanted)?;
        let tree = clean(&seen.tree);
        let kind = seen.kind.unwrap_or(&KINDS[0]);
        let arguments = seen.template.as_ref().map(|formals| arguments(survey.evaluator(), formals));
        Some(Context { kind, arguments, json: to_json(&tree), path, others: others.clone() })
    });
    found.collect()
}

/// The objects of a configuration, as far as their names are known.
fn declared(survey: &Survey<'_>) -> Vec<Declared> {
    let mut found: Vec<Declared> = Vec::new();
    for seen in survey.seen.iter().filter(|seen| seen.template.is_none()) {
        let kind = seen.kind.unwrap_or(&KINDS[0]);
        let Some(name) = name_of(&seen.tree, kind) else { continue };
        found.push(Declared { kind, name, holder: seen.holder.clone() });
    }
    found
}

/// The name that an object gives itself.
pub(super) fn name_of(spec: &Tree, kind: &Kind) -> Option<String> {
    match &spec.get(kind.name_key()?)?.content {
        Content::Str(name) if !name.contains(MARK) => Some(name.to_string()),
        _ => None,
    }
}

/// The objects of a bundle in JSON, as far as their names are known.
fn declared_in_bundle(bundle: &Tree) -> Vec<Declared> {
    fn entries<'t>(holder: &'t Tree, kind: &Kind) -> &'t [Rc<Tree>] {
        match holder.get(kind.plural).map(|list| &list.content) {
            Some(Content::List(entries, _)) => entries,
            _ => &[],
        }
    }
    let named = |entry: &Tree, kind: &'static Kind, holder: Option<&String>| {
        let name = name_of(entry.get("spec")?, kind)?;
        Some(Declared { kind, name, holder: holder.cloned() })
    };
    let mut found = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.parent.is_none()) {
        for entry in entries(bundle, kind) {
            let Some(declared) = named(entry, kind, None) else { continue };
            let held = KINDS.iter().filter(|held| held.parent == Some(kind.name));
            for held in held {
                let below = entries(entry, held).iter();
                found.extend(below.filter_map(|entry| named(entry, held, Some(&declared.name))));
            }
            found.push(declared);
        }
    }
    found
}

/// The place of the mark in a spec or bundle in JSON.
fn in_json(tree: &Tree, wanted: Wanted) -> Vec<Context> {
    let Some(path) = find(tree, wanted) else { return Vec::new() };
    let tree = clean(tree);
    let json = to_json(&tree);
    let by_keys = match recognise(&json) {
        Recognised::ByKeys(kind) => Some(kind),
        _ => None,
    };
    // A spec that has only just been begun has nothing yet to be known by.
    if !is_ours(&tree) && !matches!(&tree.content, Content::Set(entries, _) if entries.len() < 3) {
        return Vec::new();
    }
    let told = (0..=path.0.len()).find_map(|skipped| {
        let (above, rest) = path.0.split_at(skipped);
        let is_spec = above.last().is_none_or(|step| matches!(&*step.key, "spec" | "args"));
        let told = Told::of(&tree, above).filter(|_| is_spec)?;
        Some(told.contexts(told::below(&tree, above)?, &Place(rest.to_vec())))
    });
    let is_other = matches!(&json.get("kind"), Some(Json::Str(kind)) if nixvirt_schema::kind(kind).is_none());
    let mut found = match told {
        Some(found) => found,
        None if is_other => Vec::new(),
        None => {
            let kind = by_keys.unwrap_or(&KINDS[0]);
            vec![Context { kind, arguments: None, json, path, others: Vec::new() }]
        }
    };
    let others = declared_in_bundle(&tree);
    found.iter_mut().for_each(|context| context.others.clone_from(&others));
    found
}

/// The place of the mark in a bundle in JSON, and the keys that stand beside it, where it is in no object of the bundle.
pub(super) fn in_bundle(marked: &str, wanted: Wanted) -> Option<(Place, Vec<String>)> {
    let tree = json::parse(marked);
    let path = find(&tree, wanted)?;
    let tree = clean(&tree);
    if !is_bundle(&to_json(&tree)) {
        return None;
    }
    let there = way(Evaluated(&tree), &path);
    let beside = match there.values.last().filter(|_| there.whole).map(|here| &here.0.content) {
        Some(Content::Set(entries, _)) => entries.iter().map(|entry| entry.name.to_string()).collect(),
        _ => Vec::new(),
    };
    Some((path, beside))
}
