//! The context of a place in a Nix text by its tokens alone: for code that nothing evaluates, and for text that does
//! not parse.

use std::ops::Range;
use std::rc::Rc;

use nixvirt_compiler::{Offer, Path as Place, PathStep, keys, offers};
use nixvirt_evaluator::{Content, Span, Tree, TreeEntry, is_plain, lines_ended, string_parts};
use nixvirt_schema::{KINDS, Kind, Need};
use rnix::ast::{self, AstToken, Attr, Expr, HasEntry, InterpolPart};
use rnix::{Root, SyntaxNode};
use rowan::TextSize;
use rowan::ast::AstNode;

use crate::lsp::cursor::MARK;
use crate::lsp::marked::{Context, Wanted, clean, find};
use nixvirt_expand::evaluate::to_json;

/// Sets within sets more deeply than this are left out.
const MAX_DEPTH: usize = 60;

/// The sets and lists that hold the mark, from the inside out, each as far as the text says what it is.
fn holders(root: &SyntaxNode) -> Vec<Expr> {
    let token = root
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| token.text().contains(MARK));
    let Some(start) = token.and_then(|token| token.parent()) else { return Vec::new() };
    start.ancestors().filter_map(Expr::cast).filter(|expr| matches!(expr, Expr::AttrSet(_))).collect()
}

/// The tree of a text, unless parsing it could take for ever.
pub(super) fn parse(text: &str) -> Option<SyntaxNode> {
    is_plain(text).then(|| Root::parse(&lines_ended(text)).syntax())
}

/// The spec that a place is part of, guessed by the names of the sets around it.
pub(super) fn guess(marked: &str, wanted: Wanted) -> Option<Context> {
    let root = parse(marked)?;
    let holders = holders(&root);
    // The outermost set that makes sense says most.
    for set in holders.iter().rev().take(MAX_DEPTH) {
        let tree = value(set, 0);
        let Some(path) = find(&tree, wanted) else { continue };
        // Steps above the spec (an option, a binding) are no part of it.
        for skipped in 0..=path.0.len() {
            let Some(part) = below(&tree, &path.0[..skipped]) else { break };
            let rest = Place(path.0[skipped..].to_vec());
            if let Some(context) = KINDS.iter().find_map(|kind| fits(kind, part, &rest, wanted)) {
                return Some(context);
            }
        }
    }
    // A device alone, as in `let disk = { .. };`, of a name that says what it is.
    holders.iter().find_map(|set| {
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
    })
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

fn below<'t>(tree: &'t Tree, path: &[PathStep]) -> Option<&'t Tree> {
    path.iter().try_fold(tree, |tree, step| match (&tree.get(&step.key)?.content, step.index) {
        (Content::List(items, _), Some(index)) => items.get(index).map(|item| &**item),
        _ => tree.get(&step.key).map(|value| &**value),
    })
}

/// The context, where a set makes sense as a spec of the kind.
fn fits(kind: &'static Kind, spec: &Tree, path: &Place, wanted: Wanted) -> Option<Context> {
    let spec = clean(spec);
    let Content::Set(entries, _) = &spec.content else { return None };
    let known = keys(kind.root);
    let count = entries.iter().filter(|entry| known.iter().any(|key| *key == *entry.name)).count();
    // A single key may be anything's; several, most of which are known, are a spec.
    let alike = count >= 2 && 2 * count > entries.len() || count == entries.len() && is_told(kind, entries);
    let named = match (path.0.as_slice(), wanted) {
        ([], _) | ([_], Wanted::Value) => false,
        ([first, rest @ ..], _) => {
            let deep = wanted == Wanted::Key && !rest.is_empty() || rest.len() > 1;
            // One name of a set that holds the place is enough where it is no common one.
            known.iter().any(|key| *key == first.key)
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

/// An expression as far as it says by itself what it is.
fn value(expr: &Expr, depth: usize) -> Tree {
    let unknown = || Content::Opaque;
    let content = match expr {
        _ if depth >= MAX_DEPTH => unknown(),
        Expr::Paren(paren) => paren.expr().map_or_else(unknown, |inner| value(&inner, depth + 1).content),
        Expr::AttrSet(set) => {
            let mut entries = Vec::new();
            for binding in set.attrpath_values() {
                let names: Option<Vec<String>> =
                    binding.attrpath().map(|path| path.attrs().filter_map(|attr| name_of(&attr)).collect());
                let (Some(names), Some(expr)) = (names, binding.value()) else { continue };
                insert(&mut entries, &names, value(&expr, depth + 1));
            }
            let open = set.inherits().next().is_some();
            Content::Set(entries, open)
        }
        Expr::List(list) => {
            Content::List(list.items().map(|item| Rc::new(value(&item, depth + 1))).collect(), false)
        }
        Expr::Str(text) => match string_parts(text).as_deref() {
            Some([]) => Content::Str("".into()),
            Some([InterpolPart::Literal(text)]) => Content::Str(text.as_str().into()),
            _ => unknown(),
        },
        Expr::Ident(ident) => match ident.ident_token().as_ref().map(|token| token.text()) {
            Some("true") => Content::Bool(true),
            Some("false") => Content::Bool(false),
            Some("null") => Content::Null,
            _ => unknown(),
        },
        Expr::Literal(literal) => match literal.kind() {
            ast::LiteralKind::Integer(integer) => integer.value().map_or_else(|_| unknown(), Content::Int),
            ast::LiteralKind::Uri(uri) => Content::Str(uri.syntax().text().into()),
            ast::LiteralKind::Float(_) => unknown(),
        },
        // Of what is laid over something else, only this is known; of a call, what it is called with.
        Expr::BinOp(operation) => return beside(operation.lhs(), operation.rhs(), depth),
        Expr::Apply(apply) => return beside(None, apply.argument(), depth),
        Expr::With(with) => return beside(None, with.body(), depth),
        Expr::LetIn(bindings) => return beside(None, bindings.body(), depth),
        _ => unknown(),
    };
    Tree::new(content, Span::default())
}

/// Two values of which one is laid over or put behind the other, or one that something is done to.
fn beside(left: Option<Expr>, right: Option<Expr>, depth: usize) -> Tree {
    let of = |expr: Option<Expr>| expr.map(|expr| value(&expr, depth + 1).content);
    let content = match (of(left), of(right)) {
        (Some(Content::Set(mut entries, _)), Some(Content::Set(more, _))) => {
            entries.retain(|entry| !more.iter().any(|other| other.name == entry.name));
            entries.extend(more);
            Content::Set(entries, true)
        }
        (Some(Content::List(mut items, _)), Some(Content::List(more, _))) => {
            items.extend(more);
            Content::List(items, true)
        }
        (_, Some(Content::Set(entries, _))) | (Some(Content::Set(entries, _)), _) => {
            Content::Set(entries, true)
        }
        (_, Some(Content::List(items, _))) | (Some(Content::List(items, _)), _) => Content::List(items, true),
        (_, Some(Content::Str(text))) if text.contains(MARK) => Content::Str(text),
        _ => Content::Opaque,
    };
    Tree::new(content, Span::default())
}

/// Puts a value at a dotted path.
fn insert(entries: &mut Vec<TreeEntry>, names: &[String], value: Tree) {
    let Some((first, rest)) = names.split_first() else { return };
    let span = Span::default();
    let at = entries.iter().position(|entry| *entry.name == **first).unwrap_or_else(|| {
        let empty = Rc::new(Tree::new(Content::Set(Vec::new(), false), span));
        entries.push(TreeEntry { name: first.as_str().into(), span, replaced: None, value: empty });
        entries.len() - 1
    });
    match (&mut Rc::make_mut(&mut entries[at].value).content, rest, value.content) {
        (Content::Set(inner, _), [_, ..], content) => insert(inner, rest, Tree::new(content, span)),
        (Content::Set(inner, _), [], Content::Set(more, _)) => inner.extend(more),
        (there, [], content) => *there = content,
        _ => {}
    }
}

/// A name that stands as it is.
pub(super) fn name_of(attr: &Attr) -> Option<String> {
    match attr {
        Attr::Ident(ident) => Some(ident.syntax().text().to_string()),
        Attr::Str(text) => match string_parts(text)?.as_slice() {
            [InterpolPart::Literal(text)] => Some(text.clone()),
            _ => None,
        },
        Attr::Dynamic(_) => None,
    }
}

/// The names of the bindings that the mark is part of, from the inside out.
pub(super) fn names_around(marked: &str) -> Vec<String> {
    let Some(root) = parse(marked) else { return Vec::new() };
    let mut tokens = root.descendants_with_tokens().filter_map(|element| element.into_token());
    let Some(token) = tokens.find(|token| token.text().contains(MARK)) else { return Vec::new() };
    token.parent().map(|node| names_above(&node)).unwrap_or_default()
}

/// The template whose name stands at an offset, as in `domain.templates.linux` and `template = "linux"`; what kind of object
/// it makes where that is said.
pub(super) fn template_at(
    text: &str,
    offset: usize,
) -> Option<(String, Option<&'static Kind>, Range<usize>)> {
    let root = parse(text)?;
    let place = TextSize::from(u32::try_from(offset).ok().filter(|_| offset <= text.len())?);
    root.token_at_offset(place).find_map(|token| {
        let attr = token.parent_ancestors().find_map(Attr::cast);
        let range = |node: &SyntaxNode| node.text_range().start().into()..node.text_range().end().into();
        if let Some(attr) = attr
            && let Some(path) = attr.syntax().parent().and_then(ast::Attrpath::cast)
            && path.syntax().parent().is_some_and(|parent| ast::Select::can_cast(parent.kind()))
        {
            // `templates` may be a variable or the attribute of one.
            let select = path.syntax().parent().and_then(ast::Select::cast)?;
            let base = select.expr().map(|base| base.syntax().text().to_string());
            let mut names: Vec<String> =
                base.iter().flat_map(|base| base.rsplit('.').next().map(str::to_owned)).collect();
            names.extend(
                path.attrs()
                    .take_while(|other| other.syntax() != attr.syntax())
                    .filter_map(|attr| name_of(&attr)),
            );
            return match names.as_slice() {
                [.., holder, last] if last == "templates" => {
                    Some((name_of(&attr)?, nixvirt_schema::kind(holder), range(attr.syntax())))
                }
                [last] if last == "templates" => Some((name_of(&attr)?, None, range(attr.syntax()))),
                _ => None,
            };
        }
        let string = token.parent_ancestors().find_map(ast::Str::cast)?;
        let around = names_above(string.syntax());
        let name = match string_parts(&string)?.as_slice() {
            [InterpolPart::Literal(name)] if around.first().is_some_and(|name| name == "template") => {
                name.clone()
            }
            _ => return None,
        };
        // Others have templates, too.
        let kind = kind_of_names(&around)?;
        Some((name, Some(kind), range(string.syntax())))
    })
}

/// The kind of object that the names around a place speak of.
pub(super) fn kind_of_names(names: &[String]) -> Option<&'static Kind> {
    let named = |wanted: &str| names.iter().any(|name| name == wanted);
    KINDS.iter().find(|kind| named(kind.plural) || named(kind.name))
}

/// The names of the bindings that a node is part of, from the inside out.
fn names_above(node: &SyntaxNode) -> Vec<String> {
    let bindings = node.ancestors().filter_map(ast::AttrpathValue::cast);
    bindings
        .filter_map(|binding| binding.attrpath())
        .flat_map(|path| {
            let mut names: Vec<String> = path.attrs().filter_map(|attr| name_of(&attr)).collect();
            names.reverse();
            names
        })
        .collect()
}

/// The names of the bindings around the mark, from the outside in, as far as they stand in front of it. An element of a list
/// has its place among them, under a name that no option has.
pub(super) fn way_to_mark(marked: &str) -> Vec<String> {
    let Some(root) = parse(marked) else { return Vec::new() };
    let mut tokens = root.descendants_with_tokens().filter_map(|element| element.into_token());
    let Some(token) = tokens.find(|token| token.text().contains(MARK)) else { return Vec::new() };
    let mut way = Vec::new();
    for node in token.parent_ancestors() {
        if let Some(binding) = ast::AttrpathValue::cast(node.clone()) {
            let names = binding.attrpath().into_iter().flat_map(|path| path.attrs());
            let names = names.map(|attr| name_of(&attr).unwrap_or_default());
            let mut names: Vec<String> = names.take_while(|name| !name.contains(MARK)).collect();
            names.reverse();
            way.extend(names);
        } else if let Some(list) = ast::List::cast(node) {
            // What a function such as `mkMerge` is given lies where its result does.
            let is_argument =
                list.syntax().parent().is_some_and(|parent| ast::Apply::can_cast(parent.kind()));
            if !is_argument {
                way.push("[]".to_owned());
            }
        }
    }
    way.reverse();
    way
}

/// The names of the dotted path in front of the mark, and those that its set has below that path already.
pub(super) fn names_beside(marked: &str) -> (Vec<String>, Vec<String>) {
    let Some(root) = parse(marked) else { return Default::default() };
    let mut tokens = root.descendants_with_tokens().filter_map(|element| element.into_token());
    let Some(token) = tokens.find(|token| token.text().contains(MARK)) else { return Default::default() };
    let set = token.parent_ancestors().find_map(ast::AttrSet::cast);
    let names = |path: ast::Attrpath| path.attrs().filter_map(|attr| name_of(&attr)).collect::<Vec<String>>();
    let path = token.parent_ancestors().find_map(ast::Attrpath::cast).map(names).unwrap_or_default();
    let prefix: Vec<String> = path.into_iter().take_while(|name| !name.contains(MARK)).collect();
    let mut there = Vec::new();
    for binding in set.iter().flat_map(HasEntry::attrpath_values) {
        let path = binding.attrpath().map(names).unwrap_or_default();
        if let Some(name) = path.strip_prefix(prefix.as_slice()).and_then(|rest| rest.first()) {
            there.push(name.clone());
        }
    }
    for inherited in set.iter().flat_map(HasEntry::inherits).filter(|_| prefix.is_empty()) {
        there.extend(inherited.attrs().filter_map(|attr| name_of(&attr)));
    }
    there.retain(|name| !name.contains(MARK));
    (prefix, there)
}
