//! The value of an expression, as far as it says by itself what it is.

use std::rc::Rc;

use nixvirt_evaluator::{Content, Span, Tree, TreeEntry, string_parts};
use rnix::ast::{self, AstToken, Expr, HasEntry, InterpolPart};

use crate::lsp::cursor::MARK;
use crate::lsp::syntax::names::name_of;

/// Sets within sets more deeply than this are left out.
pub(super) const MAX_DEPTH: usize = 60;

/// An expression as far as it says by itself what it is.
pub(super) fn value(expr: &Expr, depth: usize) -> Tree {
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
