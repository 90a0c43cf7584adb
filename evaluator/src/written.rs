//! Bindings as they are written, before they are expressions.

use std::collections::BTreeMap;

use rnix::ast;

use crate::span::Span;
use crate::symbol::Symbol;

/// A set being put together.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pub recursive: bool,
    pub span: Span,
    pub entries: Vec<WrittenBinding>,
    /// The places of the entries by their names, where there are many.
    index: BTreeMap<Symbol, usize>,
    pub computed: Vec<(ast::Expr, BindingContent)>,
    pub sources: Vec<ast::Expr>,
}

/// A name and what is written for it.
#[derive(Debug)]
pub(crate) struct WrittenBinding {
    pub name: Symbol,
    pub span: Span,
    pub content: BindingContent,
}

/// The value that is written for a name.
#[derive(Debug)]
pub(crate) enum BindingContent {
    Expr(ast::Expr),
    Set(Builder),
    Inherit,
    From(usize),
}

/// More names than this are not looked through one by one.
const FEW: usize = 16;

impl Builder {
    /// A set of which nothing is there yet.
    pub(crate) fn new(span: Span, recursive: bool) -> Builder {
        Builder { span, recursive, ..Builder::default() }
    }

    /// Where the entry of a name is.
    pub(crate) fn position(&self, name: Symbol) -> Option<usize> {
        match self.entries.len() > FEW {
            true => self.index.get(&name).copied(),
            false => self.entries.iter().position(|entry| entry.name == name),
        }
    }

    /// Puts an entry behind the others.
    pub(crate) fn push(&mut self, entry: WrittenBinding) {
        self.entries.push(entry);
        if self.entries.len() > FEW {
            let new = if self.index.is_empty() { 0 } else { self.entries.len() - 1 };
            let places = self.entries.iter().enumerate().skip(new);
            self.index.extend(places.map(|(at, entry)| (entry.name, at)));
        }
    }
}

/// The expression of a name that is computed.
pub(crate) fn dynamic_expr(attr: &ast::Attr) -> Option<ast::Expr> {
    match attr {
        ast::Attr::Dynamic(dynamic) => dynamic.expr(),
        ast::Attr::Str(text) => Some(ast::Expr::Str(text.clone())),
        ast::Attr::Ident(_) => None,
    }
}

/// An expression without the parentheses around it.
pub(crate) fn peel(mut expr: ast::Expr) -> ast::Expr {
    while let ast::Expr::Paren(paren) = &expr {
        match paren.expr() {
            Some(inner) => expr = inner,
            None => break,
        }
    }
    expr
}
