//! From rnix's syntax tree to expressions, with every variable resolved; what Nix refuses while parsing is said here.

mod bindings;
mod lambda;

use std::rc::Rc;

use rnix::SyntaxNode;
use rnix::ast::{self, BinOpKind, LiteralKind, UnaryOpKind};
use rowan::ast::AstNode;

use crate::error::{Error, ErrorKind};
use crate::ir::{AttributeName, Expr, ExprKind, Global, Operator};
use crate::lexical::LexicalScopes;
use crate::padding::Padding;
use crate::span::{FileId, Span};
use crate::symbol::{Symbol, Symbols};
use crate::written::{dynamic_expr, peel};

/// Looks up a name among the builtins that are variables; nothing where it is none of them.
pub(crate) type Globals = fn(&str) -> Option<Global>;

pub(crate) struct Lower<'s> {
    file: FileId,
    globals: Globals,
    pub symbols: &'s mut Symbols,
    scopes: LexicalScopes,
    pub problems: Vec<Error>,
    /// Whether it has been said that something is too deep.
    too_deep: bool,
    depth: usize,
    /// Expressions nested more deeply than this are refused.
    most: usize,
    /// The space that was put into the source before it was parsed.
    padding: Padding,
}

impl<'s> Lower<'s> {
    pub(crate) fn new(
        file: FileId,
        symbols: &'s mut Symbols,
        most: usize,
        globals: Globals,
        padding: Padding,
    ) -> Lower<'s> {
        let scopes = LexicalScopes::default();
        Lower {
            file,
            globals,
            symbols,
            scopes,
            problems: Vec::new(),
            too_deep: false,
            depth: 0,
            most,
            padding,
        }
    }
}

impl Lower<'_> {
    pub(crate) fn span(&self, node: &SyntaxNode) -> Span {
        let range = node.text_range();
        let place =
            |offset: rnix::TextSize| u32::try_from(self.padding.unpadded(offset.into())).unwrap_or(u32::MAX);
        Span { file: self.file, start: place(range.start()), end: place(range.end()) }
    }

    pub(crate) fn problem(&mut self, kind: ErrorKind, message: impl AsRef<str>, span: Span) {
        // An expression that is too deep makes all those around it too deep; one error is enough.
        if kind == ErrorKind::Limit && std::mem::replace(&mut self.too_deep, true) {
            return;
        }
        self.problems.push(Error::new(kind, message, vec![span]));
    }

    pub(crate) fn optional(&mut self, expr: Option<ast::Expr>, around: Span) -> Rc<Expr> {
        match expr {
            Some(expr) => self.expr(expr),
            None => Rc::new(Expr { span: around, kind: ExprKind::Broken }),
        }
    }

    fn expr(&mut self, expr: ast::Expr) -> Rc<Expr> {
        let expr = peel(expr);
        let span = self.span(expr.syntax());
        if self.depth >= self.most {
            self.problem(
                ErrorKind::Limit,
                format!("expressions are nested more than {} deep", self.most),
                span,
            );
            return Rc::new(Expr { span, kind: ExprKind::Broken });
        }
        self.depth += 1;
        let kind = self.kind(expr, span);
        self.depth -= 1;
        Rc::new(Expr { span, kind })
    }

    fn kind(&mut self, expr: ast::Expr, span: Span) -> ExprKind {
        match expr {
            ast::Expr::Literal(literal) => self.literal(&literal, span),
            ast::Expr::Str(text) => self.text(&text),
            ast::Expr::PathAbs(path) => self.path(path.syntax()),
            ast::Expr::PathRel(path) => self.path(path.syntax()),
            ast::Expr::PathHome(_) => ExprKind::SearchPath("~".into()),
            ast::Expr::PathSearch(path) => {
                let text = path.syntax().text().to_string();
                ExprKind::SearchPath(text.trim_matches(['<', '>']).into())
            }
            ast::Expr::Ident(ident) => {
                let name = self.ident(&ident);
                self.variable(name, span)
            }
            ast::Expr::Select(select) => {
                let base = self.optional(select.expr(), span);
                let names = self.names(select.attrpath());
                let default = select.default_expr().map(|default| self.expr(default));
                ExprKind::Select(base, names, default)
            }
            ast::Expr::HasAttr(has) => {
                let base = self.optional(has.expr(), span);
                ExprKind::HasAttr(base, self.names(has.attrpath()))
            }
            ast::Expr::Lambda(lambda) => self.lambda(&lambda, span),
            ast::Expr::Apply(apply) => {
                let function = self.optional(apply.lambda(), span);
                ExprKind::Apply(function, self.optional(apply.argument(), span))
            }
            ast::Expr::IfElse(choice) => {
                let condition = self.optional(choice.condition(), span);
                let yes = self.optional(choice.body(), span);
                ExprKind::If(condition, yes, self.optional(choice.else_body(), span))
            }
            ast::Expr::Assert(assert) => {
                let condition = self.optional(assert.condition(), span);
                ExprKind::Assert(condition, self.optional(assert.body(), span))
            }
            ast::Expr::With(with) => {
                let namespace = self.optional(with.namespace(), span);
                self.scopes.enter_with();
                let body = self.optional(with.body(), span);
                self.scopes.leave();
                ExprKind::With(namespace, body)
            }
            ast::Expr::LetIn(bindings) => self.let_in(&bindings, span),
            ast::Expr::LegacyLet(set) => {
                let builder = self.build(&set, true);
                let set = Rc::new(Expr { span, kind: ExprKind::Set(true, self.bindings(builder)) });
                let body = self.symbols.intern("body");
                ExprKind::Select(set, vec![AttributeName::Static(body, span)], None)
            }
            ast::Expr::AttrSet(set) => {
                let recursive = set.rec_token().is_some();
                let builder = self.build(&set, recursive);
                ExprKind::Set(recursive, self.bindings(builder))
            }
            ast::Expr::List(list) => ExprKind::List(list.items().map(|item| self.expr(item)).collect()),
            ast::Expr::BinOp(operation) => self.binary(&operation, span),
            ast::Expr::UnaryOp(operation) => {
                let inner = self.optional(operation.expr(), span);
                match operation.operator() {
                    Some(UnaryOpKind::Invert) => ExprKind::Not(inner),
                    Some(UnaryOpKind::Negate) => ExprKind::Negate(inner),
                    None => ExprKind::Broken,
                }
            }
            ast::Expr::CurPos(_) => ExprKind::Position,
            ast::Expr::Paren(_) | ast::Expr::Root(_) | ast::Expr::Error(_) => ExprKind::Broken,
        }
    }

    fn let_in(&mut self, bindings: &ast::LetIn, span: Span) -> ExprKind {
        let builder = self.build(bindings, true);
        let names = builder.entries.iter().map(|entry| entry.name).collect();
        if let Some((name, _)) = builder.computed.first() {
            let span = self.span(name.syntax());
            self.problem(ErrorKind::Syntax, "a name in `let` cannot be computed", span);
        }
        let bindings_lowered = self.bindings(builder);
        self.scopes.enter(names);
        let body = self.optional(bindings.body(), span);
        self.scopes.leave();
        ExprKind::Let(bindings_lowered, body)
    }

    fn literal(&mut self, literal: &ast::Literal, span: Span) -> ExprKind {
        match literal.kind() {
            LiteralKind::Integer(integer) => match integer.value() {
                Ok(value) => ExprKind::Int(value),
                Err(_) => {
                    self.problem(ErrorKind::Syntax, "the integer does not fit into 64 bits", span);
                    ExprKind::Broken
                }
            },
            LiteralKind::Float(float) => float.value().map_or(ExprKind::Broken, ExprKind::Float),
            LiteralKind::Uri(_) => ExprKind::Str(literal.syntax().text().to_string().as_str().into()),
        }
    }

    pub(crate) fn ident(&mut self, ident: &ast::Ident) -> Symbol {
        self.word(ident.syntax())
    }

    /// The symbol of a node that is one word.
    fn word(&mut self, node: &SyntaxNode) -> Symbol {
        match node.first_token() {
            Some(token) => self.symbols.intern(token.text()),
            None => self.symbols.intern(""),
        }
    }

    fn variable(&mut self, name: Symbol, span: Span) -> ExprKind {
        if let Some((up, at)) = self.scopes.find(name) {
            return ExprKind::Local(up, at);
        }
        let text = self.symbols.name(name).clone();
        if let Some(global) = (self.globals)(&text) {
            return ExprKind::Global(global);
        }
        if self.scopes.has_with() {
            return ExprKind::Dynamic(name);
        }
        let meant = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => "; write `true`",
            "false" | "no" | "off" => "; write `false`",
            "null" | "none" | "nil" => "; write `null`",
            _ => "",
        };
        self.problem(ErrorKind::Undefined, format!("undefined variable `{text}`{meant}"), span);
        ExprKind::Undefined(name)
    }

    fn names(&mut self, path: Option<ast::Attrpath>) -> Vec<AttributeName> {
        let attrs: Vec<ast::Attr> = path.map(|path| path.attrs().collect()).unwrap_or_default();
        let mut names = Vec::with_capacity(attrs.len());
        for attr in attrs {
            match self.static_name(&attr) {
                Some(name) => names.push(AttributeName::Static(name, self.span(attr.syntax()))),
                None => {
                    names.extend(dynamic_expr(&attr).map(|expr| AttributeName::Computed(self.expr(expr))))
                }
            }
        }
        names
    }

    fn binary(&mut self, operation: &ast::BinOp, span: Span) -> ExprKind {
        let left = self.optional(operation.lhs(), span);
        let right = self.optional(operation.rhs(), span);
        let operator = match operation.operator() {
            Some(BinOpKind::Concat) => Operator::Concat,
            Some(BinOpKind::Update) => Operator::Update,
            Some(BinOpKind::Add) => Operator::Add,
            Some(BinOpKind::Sub) => Operator::Sub,
            Some(BinOpKind::Mul) => Operator::Mul,
            Some(BinOpKind::Div) => Operator::Div,
            Some(BinOpKind::And) => Operator::And,
            Some(BinOpKind::Or) => Operator::Or,
            Some(BinOpKind::Implication) => Operator::Implies,
            Some(BinOpKind::Equal) => Operator::Equal,
            Some(BinOpKind::NotEqual) => Operator::NotEqual,
            Some(BinOpKind::Less) => Operator::Less,
            Some(BinOpKind::LessOrEq) => Operator::LessOrEqual,
            Some(BinOpKind::More) => Operator::More,
            Some(BinOpKind::MoreOrEq) => Operator::MoreOrEqual,
            Some(BinOpKind::PipeRight) => return ExprKind::Apply(right, left),
            Some(BinOpKind::PipeLeft) => return ExprKind::Apply(left, right),
            None => return ExprKind::Broken,
        };
        ExprKind::Binary(operator, left, right)
    }
}
