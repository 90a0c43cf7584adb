//! Functions as expressions: parameters and patterns.

use std::collections::BTreeSet;
use std::rc::Rc;

use rnix::ast::{self};
use rowan::ast::AstNode;

use crate::error::ErrorKind;
use crate::ir::{ExprKind, Formal, Lambda, Parameter};
use crate::lower::Lower;
use crate::span::Span;
use crate::symbol::Symbol;

impl Lower<'_> {
    pub(super) fn lambda(&mut self, lambda: &ast::Lambda, span: Span) -> ExprKind {
        let (parameter, names) = match lambda.param() {
            Some(ast::Param::IdentParam(param)) => {
                let span = self.span(param.syntax());
                let name = self.word(param.syntax());
                (Ok((name, span)), vec![name])
            }
            Some(ast::Param::Pattern(pattern)) => {
                let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
                for entry in pattern.pat_entries() {
                    let Some(ident) = entry.ident() else { continue };
                    let name = self.ident(&ident);
                    if !seen.insert(name) {
                        let span = self.span(ident.syntax());
                        let message = format!("the argument `{}` stands twice", self.symbols.name(name));
                        self.problem(ErrorKind::Syntax, message, span);
                    }
                    names.push(name);
                }
                let whole = pattern.pat_bind().and_then(|bind| bind.ident());
                if let Some(whole) = &whole {
                    let name = self.ident(whole);
                    if seen.contains(&name) {
                        let span = self.span(whole.syntax());
                        let message = format!("the argument `{}` stands twice", self.symbols.name(name));
                        self.problem(ErrorKind::Syntax, message, span);
                    }
                    names.push(name);
                }
                (Err((pattern, whole.is_some())), names)
            }
            None => return ExprKind::Broken,
        };
        self.scopes.enter(names.clone());
        let parameter = match parameter {
            Ok((name, span)) => Parameter::Name(name, span),
            Err((pattern, whole)) => {
                let mut formals = Vec::new();
                for entry in pattern.pat_entries() {
                    let Some(ident) = entry.ident() else { continue };
                    let name = self.ident(&ident);
                    // rnix counts the name itself among the expressions of an entry.
                    let default = entry.question_token().and_then(|_| entry.default());
                    let default = default.map(|default| self.expr(default));
                    formals.push(Formal { name, span: self.span(ident.syntax()), default });
                }
                let mut sorted: Vec<Symbol> = formals.iter().map(|formal: &Formal| formal.name).collect();
                sorted.sort_unstable();
                Parameter::Pattern {
                    formals,
                    sorted,
                    open: pattern.ellipsis_token().is_some(),
                    whole: names.last().copied().filter(|_| whole),
                    span: self.span(pattern.syntax()),
                }
            }
        };
        let body = self.optional(lambda.body(), span);
        self.scopes.leave();
        ExprKind::Lambda(Rc::new(Lambda { parameter, body }))
    }
}
