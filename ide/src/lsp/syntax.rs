//! The context of a place in a Nix text by its tokens alone: for code that nothing evaluates, and for text that does
//! not parse.

mod names;
mod value;

use std::cmp::Reverse;
use std::rc::Rc;

use nixvirt_compiler::{Offer, Path as Place, PathStep, keys, offers};
use nixvirt_evaluator::{Content, Span, Tree, TreeEntry};
use nixvirt_expand::evaluate::to_json;
use nixvirt_schema::{KINDS, Kind, Need};
use rnix::SyntaxNode;
use rnix::ast::{self, Attr, BinOpKind, Expr};
use rowan::ast::AstNode;

use crate::lsp::cursor::MARK;
use crate::lsp::marked::{Context, Wanted, clean, find};
use crate::lsp::syntax::value::{MAX_DEPTH, value};
use crate::lsp::told::{Told, below};

pub(super) use self::names::{
    kind_of_names, name_of, names_around, names_beside, parse, said_kind_at, template_at, way_to_mark,
};

/// The sets and lists that hold the mark, from the inside out, each as far as the text says what it is.
fn holders(root: &SyntaxNode) -> Vec<Expr> {
    let token = root
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| token.text().contains(MARK));
    let Some(start) = token.and_then(|token| token.parent()) else { return Vec::new() };
    let is_set = |expr: &Expr| match expr {
        Expr::AttrSet(_) => true,
        Expr::BinOp(operation) => operation.operator() == Some(BinOpKind::Update),
        _ => false,
    };
    start.ancestors().filter_map(Expr::cast).filter(is_set).collect()
}

/// The spec that a place is part of, guessed by the names of the sets around it; beside it, the arguments of the template that it
/// names.
pub(super) fn guess(marked: &str, wanted: Wanted) -> Vec<Context> {
    let Some(root) = parse(marked) else { return Vec::new() };
    let holders = holders(&root);
    // Where nothing is said yet, the word that will say it is being written.
    if let ([set], Wanted::Value) = (holders.as_slice(), wanted)
        && let Some(path) = find(&value(set, 0), wanted)
        && matches!(path.0.as_slice(), [only] if matches!(&*only.key, "kind" | "template"))
    {
        let spec = clean(&value(set, 0));
        let kind = Told::of(&spec, &[]).map_or(&KINDS[0], |told| told.kind);
        return vec![Context { kind, arguments: None, json: to_json(&spec), path, others: Vec::new() }];
    }
    // The outermost set that makes sense says most.
    for set in holders.iter().rev().take(MAX_DEPTH) {
        let tree = value(set, 0);
        let Some(path) = find(&tree, wanted) else { continue };
        // Steps above the spec (an option, a binding) are no part of it.
        for skipped in 0..=path.0.len() {
            let Some(part) = below(&tree, &path.0[..skipped]) else { break };
            let rest = Place(path.0[skipped..].to_vec());
            if let Some(told) = Told::of(&clean(&tree), &path.0[..skipped]) {
                return told.contexts(part, &rest);
            }
            if let Some(context) = by_keys(part).into_iter().find_map(|kind| fits(kind, part, &rest, wanted))
            {
                return vec![context];
            }
        }
    }
    // A device alone, as in `let disk = { .. };`, of a name that says what it is.
    let device = holders.iter().find_map(|set| {
        let name = binding_of(set)?;
        let tree = value(set, 0);
        let path = find(&tree, wanted)?;
        let holder = |name: &str, value: Tree| {
            let entry =
                TreeEntry { name: name.into(), span: Span::default(), replaced: None, value: Rc::new(value) };
            Tree::new(Content::Set(vec![entry], true), Span::default())
        };
        let tree = holder("devices", holder(&name, tree));
        let step = |key: &str| PathStep { key: key.to_owned(), index: None };
        let path = Place([step("devices"), step(&name)].into_iter().chain(path.0).collect());
        fits(&KINDS[0], &tree, &path, wanted)
    });
    device.into_iter().collect()
}

/// The kinds, those first that have most of a set's keys.
fn by_keys(spec: &Tree) -> Vec<&'static Kind> {
    let mut kinds: Vec<&Kind> = KINDS.iter().collect();
    if let Content::Set(entries, _) = &spec.content {
        kinds.sort_by_cached_key(|kind| Reverse(known(kind, entries)));
    }
    kinds
}

/// How many of the keys a kind's spec may have at its root.
fn known(kind: &Kind, entries: &[TreeEntry]) -> usize {
    let known = keys(kind.root);
    entries.iter().filter(|entry| known.iter().any(|key| *key == *entry.name)).count()
}

/// The name that a set is bound to.
fn binding_of(set: &Expr) -> Option<String> {
    let binding = set.syntax().ancestors().skip(1).find_map(ast::AttrpathValue::cast)?;
    let value = binding.value()?;
    let direct = matches!(value, Expr::AttrSet(_)) && value.syntax() == set.syntax();
    let attrs: Vec<Attr> = binding.attrpath()?.attrs().collect();
    match attrs.as_slice() {
        [only] if direct => name_of(only),
        _ => None,
    }
}

/// The context, where a set makes sense as a spec of the kind.
fn fits(kind: &'static Kind, spec: &Tree, path: &Place, wanted: Wanted) -> Option<Context> {
    let spec = clean(spec);
    let Content::Set(entries, _) = &spec.content else { return None };
    let count = known(kind, entries);
    // A single key may be anything's; several, most of which are known, are a spec.
    let alike = count >= 2 && 2 * count > entries.len() || count == entries.len() && is_told(kind, entries);
    let named = match (path.0.as_slice(), wanted) {
        ([], _) | ([_], Wanted::Value) => false,
        ([first, rest @ ..], _) => {
            let deep = wanted == Wanted::Key && !rest.is_empty() || rest.len() > 1;
            // One name of a set that holds the place is enough where it is no common one.
            keys(kind.root).iter().any(|key| *key == first.key)
                && (deep || matches!(&*first.key, "devices" | "os" | "features"))
        }
    };
    if !(alike || named) {
        return None;
    }
    let holder = match wanted {
        Wanted::Key => path.clone(),
        Wanted::Value => Place(path.0[..path.0.len().saturating_sub(1)].to_vec()),
    };
    let json = to_json(&spec);
    let there: Vec<Offer> = offers(json.clone(), kind, &holder);
    (!there.is_empty()).then(|| Context {
        kind,
        arguments: None,
        json,
        path: path.clone(),
        others: Vec::new(),
    })
}

/// Whether one of the values is a word that must be at the root of this kind and of no other, as `{ type = "kvm"; }` has.
fn is_told(kind: &Kind, entries: &[TreeEntry]) -> bool {
    let has = |kind: &Kind, entry: &TreeEntry| match &entry.value.content {
        Content::Str(word) => kind.root.attributes.iter().any(|attribute| {
            attribute.need != Need::Optional
                && attribute.name == &*entry.name
                && attribute.format.words().contains(&&**word)
        }),
        _ => false,
    };
    entries
        .iter()
        .any(|entry| has(kind, entry) && KINDS.iter().filter(|other| has(other, entry)).count() == 1)
}
