//! Bindings as they are written into nested sets, the way Nix merges dotted paths: `a.b = 1; a.c = 2;` is one `a`.

use rnix::ast::{self, Entry, HasEntry};
use rowan::ast::AstNode;

use crate::error::{Error, ErrorKind};
use crate::lower::Lower;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::written::{BindingContent, Builder, WrittenBinding, dynamic_expr, peel};

impl Lower<'_> {
    /// Gathers the entries of a set or `let`.
    pub(crate) fn build(&mut self, node: &impl HasEntry, recursive: bool) -> Builder {
        let span = self.span(node.syntax());
        let mut builder = Builder::new(span, recursive);
        for entry in node.entries() {
            match entry {
                Entry::Inherit(inherit) => self.inherit(&mut builder, &inherit),
                Entry::AttrpathValue(binding) => {
                    let attrs: Vec<ast::Attr> =
                        binding.attrpath().map(|path| path.attrs().collect()).unwrap_or_default();
                    if let Some(value) = binding.value() {
                        self.insert(&mut builder, &attrs, value);
                    }
                }
            }
        }
        builder
    }

    fn inherit(&mut self, builder: &mut Builder, inherit: &ast::Inherit) {
        let source = inherit.from().and_then(|from| from.expr()).map(|source| {
            builder.sources.push(source);
            builder.sources.len() - 1
        });
        for attr in inherit.attrs() {
            let span = self.span(attr.syntax());
            let Some(name) = self.static_name(&attr) else {
                self.problem(ErrorKind::Syntax, "a name that is inherited cannot be computed", span);
                continue;
            };
            let content = source.map_or(BindingContent::Inherit, BindingContent::From);
            match builder.position(name) {
                Some(before) => self.twice(name, builder.entries[before].span, span),
                None => builder.push(WrittenBinding { name, span, content }),
            }
        }
    }

    fn insert(&mut self, builder: &mut Builder, attrs: &[ast::Attr], value: ast::Expr) {
        let Some((first, rest)) = attrs.split_first() else { return };
        let span = self.span(first.syntax());
        let Some(name) = self.static_name(first) else {
            let Some(name) = dynamic_expr(first) else { return };
            let content = self.content(span, rest, value);
            builder.computed.push((name, content));
            return;
        };
        let Some(at) = builder.position(name) else {
            let content = self.content(span, rest, value);
            builder.push(WrittenBinding { name, span, content });
            return;
        };
        let before = builder.entries[at].span;
        let BindingContent::Set(inner) = &mut builder.entries[at].content else {
            return self.twice(name, before, span);
        };
        if !rest.is_empty() {
            return self.insert(inner, rest, value);
        }
        match peel(value) {
            ast::Expr::AttrSet(set) => {
                let other = self.build(&set, false);
                self.merge(inner, other);
            }
            _ => self.twice(name, before, span),
        }
    }

    /// `a = { .. };` beside `a.b = ..;`: one set, as long as no name stands twice at its top.
    fn merge(&mut self, into: &mut Builder, other: Builder) {
        let shift = into.sources.len();
        into.sources.extend(other.sources);
        into.computed.extend(other.computed);
        for mut entry in other.entries {
            if let BindingContent::From(source) = &mut entry.content {
                *source += shift;
            }
            match into.position(entry.name) {
                Some(before) => self.twice(entry.name, into.entries[before].span, entry.span),
                None => into.push(entry),
            }
        }
    }

    fn content(&mut self, span: Span, rest: &[ast::Attr], value: ast::Expr) -> BindingContent {
        if !rest.is_empty() {
            let mut inner = Builder::new(span, false);
            self.insert(&mut inner, rest, value);
            return BindingContent::Set(inner);
        }
        match peel(value) {
            ast::Expr::AttrSet(set) => {
                let recursive = set.rec_token().is_some();
                BindingContent::Set(self.build(&set, recursive))
            }
            other => BindingContent::Expr(other),
        }
    }

    fn twice(&mut self, name: Symbol, before: Span, span: Span) {
        let message = format!("`{}` is defined twice in the same set", self.symbols.name(name));
        self.problems.push(Error::new(ErrorKind::Syntax, message, vec![span, before]));
    }
}
