//! The names around a place of a Nix text, by its syntax alone.

use std::ops::Range;

use nixvirt_evaluator::{is_plain, lines_ended, string_parts};
use nixvirt_schema::{KINDS, Kind};
use rnix::ast::{self, Attr, HasEntry, InterpolPart};
use rnix::{Root, SyntaxNode};
use rowan::TextSize;
use rowan::ast::AstNode;

use crate::lsp::cursor::MARK;

/// The tree of a text, unless parsing it could take for ever.
pub(in crate::lsp) fn parse(text: &str) -> Option<SyntaxNode> {
    is_plain(text).then(|| Root::parse(&lines_ended(text)).syntax())
}

/// A name that stands as it is.
pub(in crate::lsp) fn name_of(attr: &Attr) -> Option<String> {
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
pub(in crate::lsp) fn names_around(marked: &str) -> Vec<String> {
    let Some(root) = parse(marked) else { return Vec::new() };
    let mut tokens = root.descendants_with_tokens().filter_map(|element| element.into_token());
    let Some(token) = tokens.find(|token| token.text().contains(MARK)) else { return Vec::new() };
    token.parent().map(|node| names_above(&node)).unwrap_or_default()
}

/// The template whose name stands at an offset, as in `domain.templates.linux` and `template = "linux"`; what kind of object
/// it makes where that is said.
pub(in crate::lsp) fn template_at(
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
pub(in crate::lsp) fn kind_of_names(names: &[String]) -> Option<&'static Kind> {
    let named = |wanted: &str| names.iter().any(|name| name == wanted);
    KINDS.iter().find(|kind| named(kind.plural) || named(kind.name))
}

/// The kind that a lone `kind = "network";` at an offset says, and its range.
pub(in crate::lsp) fn said_kind_at(text: &str, offset: usize) -> Option<(&'static Kind, Range<usize>)> {
    let root = parse(text)?;
    let place = TextSize::from(u32::try_from(offset).ok().filter(|_| offset <= text.len())?);
    root.token_at_offset(place).find_map(|token| {
        let binding = token.parent_ancestors().find_map(ast::AttrpathValue::cast)?;
        let names: Vec<Option<String>> = binding.attrpath()?.attrs().map(|attr| name_of(&attr)).collect();
        let ast::Expr::Str(word) = binding.value()? else { return None };
        let kind = match (names.as_slice(), string_parts(&word)?.as_slice()) {
            ([Some(name)], [InterpolPart::Literal(word)]) if name == "kind" => nixvirt_schema::kind(word)?,
            _ => return None,
        };
        let range = binding.syntax().text_range();
        Some((kind, range.start().into()..range.end().into()))
    })
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
pub(in crate::lsp) fn way_to_mark(marked: &str) -> Vec<String> {
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
pub(in crate::lsp) fn names_beside(marked: &str) -> (Vec<String>, Vec<String>) {
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
