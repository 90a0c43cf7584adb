//! Bindings as expressions, in recursive scopes and others.

use std::rc::Rc;

use crate::error::ErrorKind;
use crate::ir::{Binding, Bindings, Bound, Expr, ExprKind};
use crate::lower::Lower;
use crate::span::Span;
use crate::written::{BindingContent, Builder};

impl Lower<'_> {
    /// Lowers bindings; in a recursive scope, each is lowered with all the names in scope.
    pub(super) fn bindings(&mut self, builder: Builder) -> Bindings {
        let mut bindings = Bindings::default();
        // `inherit name` looks outside, so that it is lowered before the scope is entered.
        let outer: Vec<Option<Rc<Expr>>> = builder
            .entries
            .iter()
            .map(|entry| {
                matches!(entry.content, BindingContent::Inherit).then(|| {
                    let kind = self.variable(entry.name, entry.span);
                    Rc::new(Expr { span: entry.span, kind })
                })
            })
            .collect();
        if builder.recursive {
            let names = builder.entries.iter().map(|entry| entry.name).collect();
            self.scopes.enter(names);
        }
        bindings.sources = builder.sources.into_iter().map(|source| self.expr(source)).collect();
        for (entry, outer) in builder.entries.into_iter().zip(outer) {
            let value = match (entry.content, outer) {
                (_, Some(outer)) => Bound::Outer(outer),
                (BindingContent::From(source), _) => Bound::From(source),
                (content, _) => Bound::Inner(self.content_expr(content)),
            };
            bindings.names.push(Binding { name: entry.name, span: entry.span, value });
        }
        for (name, content) in builder.computed {
            let name = self.expr(name);
            bindings.computed.push((name, self.content_expr(content)));
        }
        if builder.recursive {
            self.scopes.leave();
        }
        bindings
    }

    fn content_expr(&mut self, content: BindingContent) -> Rc<Expr> {
        match content {
            BindingContent::Expr(expr) => self.expr(expr),
            BindingContent::Set(inner) => {
                let (span, recursive) = (inner.span, inner.recursive);
                if self.depth >= self.most {
                    let message = format!("sets are nested more than {} deep", self.most);
                    self.problem(ErrorKind::Limit, message, span);
                    return Rc::new(Expr { span, kind: ExprKind::Broken });
                }
                self.depth += 1;
                let kind = ExprKind::Set(recursive, self.bindings(inner));
                self.depth -= 1;
                Rc::new(Expr { span, kind })
            }
            BindingContent::Inherit | BindingContent::From(_) => {
                Rc::new(Expr { span: Span { file: self.file, ..Span::default() }, kind: ExprKind::Broken })
            }
        }
    }
}
