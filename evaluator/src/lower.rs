//! From rnix's syntax tree to expressions, with every variable resolved; what Nix refuses while parsing is said here.

use std::rc::Rc;

use rnix::ast::{self, BinOpKind, InterpolPart, LiteralKind, UnaryOpKind};
use rnix::{Root, SyntaxNode};
use rowan::ast::AstNode;

use crate::bindings::{Builder, Content, dynamic_expr};
use crate::builtins::is_global;
use crate::error::{Error, ErrorKind};
use crate::ir::{Binding, Bindings, Bound, Expr, Formal, Kind, Lambda, Name, Operator, Parameter, Part};
use crate::span::{FileId, Span};
use crate::symbol::{Symbol, Symbols};

/// Expressions nested more deeply than this are refused.
const MAX_DEPTH: usize = 2000;
/// Longer sources are refused: nobody writes them, and a parser's tree takes many times their size.
const MAX_BYTES: usize = 4 << 20;

/// A source as an expression, and what is wrong with it.
#[derive(Debug)]
pub struct Lowered {
    /// The expression.
    pub expr: Rc<Expr>,
    /// What Nix would refuse while parsing.
    pub problems: Vec<Error>,
}

/// Brackets within brackets, and attributes of attributes, beyond this are refused before they are parsed: the parser takes
/// time quadratic in them where they are left open.
const MAX_NESTING: usize = 500;

/// Where a source goes beyond what is parsed.
fn too_intricate(text: &str) -> Option<usize> {
    use rnix::SyntaxKind as K;
    let (mut at, mut depth, mut dots) = (0, 0usize, 0usize);
    for (kind, token) in rnix::tokenize(text) {
        match kind {
            K::TOKEN_L_PAREN | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_INTERPOL_START => depth += 1,
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK | K::TOKEN_INTERPOL_END => {
                depth = depth.saturating_sub(1);
            }
            K::TOKEN_DOT => dots += 1,
            K::TOKEN_IDENT | K::TOKEN_WHITESPACE | K::TOKEN_COMMENT => {}
            _ => dots = 0,
        }
        if depth > MAX_NESTING || dots > MAX_NESTING {
            return Some(at);
        }
        at += token.len();
    }
    None
}

/// Whether a source is of a size and depth that is parsed at all.
pub fn is_parsable(text: &str) -> bool {
    text.len() <= MAX_BYTES && too_intricate(text).is_none()
}

/// Parses a source.
pub fn lower(text: &str, file: FileId, symbols: &mut Symbols) -> Lowered {
    let mut lower = Lower { file, symbols, scopes: Vec::new(), problems: Vec::new(), depth: 0 };
    let whole = Span { file, start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        lower.problem(ErrorKind::Limit, message, Span { end: 0, ..whole });
        return Lowered { expr: Rc::new(Expr { span: whole, kind: Kind::Broken }), problems: lower.problems };
    }
    if let Some(at) = too_intricate(text) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let message = format!("brackets or attribute paths are more than {MAX_NESTING} deep");
        lower.problem(ErrorKind::Limit, message, Span { file, start: at, end: at });
        return Lowered { expr: Rc::new(Expr { span: whole, kind: Kind::Broken }), problems: lower.problems };
    }
    let parse = Root::parse(text);
    for error in parse.errors() {
        lower.syntax_error(error, whole);
    }
    let expr = parse.tree().expr();
    let expr = lower.optional(expr, whole);
    let mut problems = lower.problems;
    problems.sort_by(|one, other| one.spans.cmp(&other.spans));
    // A parser that has lost its way says more than is wrong, and much seems undefined then.
    if parse.errors().is_empty() {
        return Lowered { expr, problems };
    }
    problems.retain(|problem| problem.kind == ErrorKind::Syntax);
    problems.truncate(1);
    Lowered { expr, problems }
}

/// A scope, while lowering.
enum Scope {
    Names(Vec<Symbol>),
    With,
}

pub(crate) struct Lower<'s> {
    file: FileId,
    pub symbols: &'s mut Symbols,
    scopes: Vec<Scope>,
    pub problems: Vec<Error>,
    depth: usize,
}

impl Lower<'_> {
    pub(crate) fn span(&self, node: &SyntaxNode) -> Span {
        let range = node.text_range();
        Span { file: self.file, start: range.start().into(), end: range.end().into() }
    }

    pub(crate) fn problem(&mut self, kind: ErrorKind, message: impl Into<String>, span: Span) {
        self.problems.push(Error { kind, message: message.into(), spans: vec![span] });
    }

    fn syntax_error(&mut self, error: &rnix::ParseError, whole: Span) {
        use rnix::ParseError as E;
        let end = Span { start: whole.end, ..whole };
        let at = |range: &rowan::TextRange| Span {
            file: whole.file,
            start: range.start().into(),
            end: range.end().into(),
        };
        let (message, span) = match error {
            E::Unexpected(range) => ("this is not expected here".to_owned(), at(range)),
            E::UnexpectedExtra(range) => ("the expression has ended before this".to_owned(), at(range)),
            E::UnexpectedWanted(_, range, wanted) => (format!("expected {}", words(wanted)), at(range)),
            E::UnexpectedDoubleBind(range) => ("the pattern is named twice".to_owned(), at(range)),
            E::UnexpectedEOF => ("the file ends in the middle of an expression".to_owned(), end),
            E::UnexpectedEOFWanted(wanted) => {
                (format!("the file ends here; expected {}", words(wanted)), end)
            }
            E::DuplicatedArgs(range, name) => (format!("the argument `{name}` stands twice"), at(range)),
            E::RecursionLimitExceeded => ("expressions are nested too deeply".to_owned(), end),
            other => (other.to_string(), end),
        };
        self.problem(ErrorKind::Syntax, message, span);
    }

    fn optional(&mut self, expr: Option<ast::Expr>, around: Span) -> Rc<Expr> {
        match expr {
            Some(expr) => self.expr(expr),
            None => Rc::new(Expr { span: around, kind: Kind::Broken }),
        }
    }

    fn expr(&mut self, expr: ast::Expr) -> Rc<Expr> {
        let expr = peel(expr);
        let span = self.span(expr.syntax());
        if self.depth >= MAX_DEPTH {
            self.problem(
                ErrorKind::Limit,
                format!("expressions are nested more than {MAX_DEPTH} deep"),
                span,
            );
            return Rc::new(Expr { span, kind: Kind::Broken });
        }
        self.depth += 1;
        let kind = self.kind(expr, span);
        self.depth -= 1;
        Rc::new(Expr { span, kind })
    }

    fn kind(&mut self, expr: ast::Expr, span: Span) -> Kind {
        match expr {
            ast::Expr::Literal(literal) => self.literal(&literal, span),
            ast::Expr::Str(text) => self.text(&text),
            ast::Expr::PathAbs(path) if is_whole(path.syntax()) => Kind::Path(self.path_parts(path.parts())),
            ast::Expr::PathRel(path) if is_whole(path.syntax()) => Kind::Path(self.path_parts(path.parts())),
            ast::Expr::PathAbs(_) | ast::Expr::PathRel(_) => Kind::Broken,
            ast::Expr::PathHome(_) => Kind::SearchPath("~".into()),
            ast::Expr::PathSearch(path) => {
                let text = path.syntax().text().to_string();
                Kind::SearchPath(text.trim_matches(['<', '>']).into())
            }
            ast::Expr::Ident(ident) => {
                let name = ident.syntax().text().to_string();
                let name = self.symbols.intern(&name);
                self.variable(name, span)
            }
            ast::Expr::Select(select) => {
                let base = self.optional(select.expr(), span);
                let names = self.names(select.attrpath());
                let default = select.default_expr().map(|default| self.expr(default));
                Kind::Select(base, names, default)
            }
            ast::Expr::HasAttr(has) => {
                let base = self.optional(has.expr(), span);
                Kind::HasAttr(base, self.names(has.attrpath()))
            }
            ast::Expr::Lambda(lambda) => self.lambda(&lambda, span),
            ast::Expr::Apply(apply) => {
                let function = self.optional(apply.lambda(), span);
                Kind::Apply(function, self.optional(apply.argument(), span))
            }
            ast::Expr::IfElse(choice) => {
                let condition = self.optional(choice.condition(), span);
                let yes = self.optional(choice.body(), span);
                Kind::If(condition, yes, self.optional(choice.else_body(), span))
            }
            ast::Expr::Assert(assert) => {
                let condition = self.optional(assert.condition(), span);
                Kind::Assert(condition, self.optional(assert.body(), span))
            }
            ast::Expr::With(with) => {
                let namespace = self.optional(with.namespace(), span);
                self.scopes.push(Scope::With);
                let body = self.optional(with.body(), span);
                self.scopes.pop();
                Kind::With(namespace, body)
            }
            ast::Expr::LetIn(bindings) => {
                let builder = self.build(&bindings, true);
                let names = builder.entries.iter().map(|entry| entry.name).collect();
                if let Some((name, _)) = builder.computed.first() {
                    let span = self.span(name.syntax());
                    self.problem(ErrorKind::Syntax, "a name in `let` cannot be computed", span);
                }
                let bindings_lowered = self.bindings(builder);
                self.scopes.push(Scope::Names(names));
                let body = self.optional(bindings.body(), span);
                self.scopes.pop();
                Kind::Let(bindings_lowered, body)
            }
            ast::Expr::LegacyLet(set) => {
                let builder = self.build(&set, true);
                let set = Rc::new(Expr { span, kind: Kind::Set(true, self.bindings(builder)) });
                let body = self.symbols.intern("body");
                Kind::Select(set, vec![Name::Static(body, span)], None)
            }
            ast::Expr::AttrSet(set) => {
                let recursive = set.rec_token().is_some();
                let builder = self.build(&set, recursive);
                Kind::Set(recursive, self.bindings(builder))
            }
            ast::Expr::List(list) => Kind::List(list.items().map(|item| self.expr(item)).collect()),
            ast::Expr::BinOp(operation) => self.binary(&operation, span),
            ast::Expr::UnaryOp(operation) => {
                let inner = self.optional(operation.expr(), span);
                match operation.operator() {
                    Some(UnaryOpKind::Invert) => Kind::Not(inner),
                    Some(UnaryOpKind::Negate) => Kind::Negate(inner),
                    None => Kind::Broken,
                }
            }
            ast::Expr::CurPos(_) => Kind::Position,
            ast::Expr::Paren(_) | ast::Expr::Root(_) | ast::Expr::Error(_) => Kind::Broken,
        }
    }

    fn literal(&mut self, literal: &ast::Literal, span: Span) -> Kind {
        match literal.kind() {
            LiteralKind::Integer(integer) => match integer.value() {
                Ok(value) => Kind::Int(value),
                Err(_) => {
                    self.problem(ErrorKind::Syntax, "the integer does not fit into 64 bits", span);
                    Kind::Broken
                }
            },
            LiteralKind::Float(float) => float.value().map_or(Kind::Broken, Kind::Float),
            LiteralKind::Uri(_) => Kind::Str(literal.syntax().text().to_string().into()),
        }
    }

    fn text(&mut self, text: &ast::Str) -> Kind {
        let Some(written) = string_parts(text) else { return Kind::Broken };
        let mut parts = Vec::new();
        for part in written {
            match part {
                InterpolPart::Literal(text) => parts.push(Part::Text(text.into())),
                InterpolPart::Interpolation(inner) => {
                    let span = self.span(inner.syntax());
                    parts.push(Part::Expr(self.optional(inner.expr(), span)));
                }
            }
        }
        match parts.as_slice() {
            [] => Kind::Str("".into()),
            [Part::Text(text)] => Kind::Str(Rc::clone(text)),
            _ => Kind::Template(parts),
        }
    }

    fn path_parts(&mut self, parts: Vec<InterpolPart<ast::PathContent>>) -> Vec<Part> {
        parts
            .into_iter()
            .map(|part| match part {
                InterpolPart::Literal(text) => Part::Text(text.text().into()),
                InterpolPart::Interpolation(inner) => {
                    let span = self.span(inner.syntax());
                    Part::Expr(self.optional(inner.expr(), span))
                }
            })
            .collect()
    }

    fn variable(&mut self, name: Symbol, span: Span) -> Kind {
        let mut dynamic = false;
        for (up, scope) in self.scopes.iter().rev().enumerate() {
            match scope {
                Scope::With => dynamic = true,
                Scope::Names(names) => {
                    if let Some(at) = names.iter().position(|known| *known == name) {
                        return Kind::Local(up as u32, at as u32);
                    }
                }
            }
        }
        let text = Rc::clone(self.symbols.name(name));
        if is_global(&text) {
            return Kind::Global(name);
        }
        if dynamic {
            return Kind::Dynamic(name);
        }
        self.problem(ErrorKind::Undefined, format!("undefined variable `{text}`"), span);
        Kind::Undefined(name)
    }

    fn names(&mut self, path: Option<ast::Attrpath>) -> Vec<Name> {
        let attrs: Vec<ast::Attr> = path.map(|path| path.attrs().collect()).unwrap_or_default();
        let mut names = Vec::with_capacity(attrs.len());
        for attr in attrs {
            match name_of(&attr) {
                Some(name) if !is_dynamic(&attr) => {
                    names.push(Name::Static(self.symbols.intern(&name), self.span(attr.syntax())));
                }
                _ => names.extend(dynamic_expr(&attr).map(|expr| Name::Computed(self.expr(expr)))),
            }
        }
        names
    }

    fn lambda(&mut self, lambda: &ast::Lambda, span: Span) -> Kind {
        let (parameter, names) = match lambda.param() {
            Some(ast::Param::IdentParam(param)) => {
                let span = self.span(param.syntax());
                let name = self.symbols.intern(&param.syntax().text().to_string());
                (Ok((name, span)), vec![name])
            }
            Some(ast::Param::Pattern(pattern)) => {
                let mut names = Vec::new();
                for entry in pattern.pat_entries() {
                    let Some(ident) = entry.ident() else { continue };
                    let name = self.symbols.intern(&ident.syntax().text().to_string());
                    if names.contains(&name) {
                        let span = self.span(ident.syntax());
                        let message = format!("the argument `{}` stands twice", self.symbols.name(name));
                        self.problem(ErrorKind::Syntax, message, span);
                    }
                    names.push(name);
                }
                let whole = pattern.pat_bind().and_then(|bind| bind.ident());
                if let Some(whole) = &whole {
                    let name = self.symbols.intern(&whole.syntax().text().to_string());
                    if names.contains(&name) {
                        let span = self.span(whole.syntax());
                        let message = format!("the argument `{}` stands twice", self.symbols.name(name));
                        self.problem(ErrorKind::Syntax, message, span);
                    }
                    names.push(name);
                }
                (Err((pattern, whole.is_some())), names)
            }
            None => return Kind::Broken,
        };
        self.scopes.push(Scope::Names(names.clone()));
        let parameter = match parameter {
            Ok((name, span)) => Parameter::Name(name, span),
            Err((pattern, whole)) => {
                let mut formals = Vec::new();
                for entry in pattern.pat_entries() {
                    let Some(ident) = entry.ident() else { continue };
                    let name = self.symbols.intern(&ident.syntax().text().to_string());
                    // rnix counts the name itself among the expressions of an entry.
                    let default = entry.question_token().and_then(|_| entry.default());
                    let default = default.map(|default| self.expr(default));
                    formals.push(Formal { name, span: self.span(ident.syntax()), default });
                }
                Parameter::Pattern {
                    formals,
                    open: pattern.ellipsis_token().is_some(),
                    whole: names.last().copied().filter(|_| whole),
                    span: self.span(pattern.syntax()),
                }
            }
        };
        let body = self.optional(lambda.body(), span);
        self.scopes.pop();
        Kind::Lambda(Rc::new(Lambda { parameter, body }))
    }

    /// Lowers bindings; in a recursive scope, each is lowered with all the names in scope.
    fn bindings(&mut self, builder: Builder) -> Bindings {
        let mut bindings = Bindings::default();
        // `inherit name` looks outside, so that it is lowered before the scope is entered.
        let outer: Vec<Option<Rc<Expr>>> = builder
            .entries
            .iter()
            .map(|entry| {
                matches!(entry.content, Content::Inherit).then(|| {
                    let kind = self.variable(entry.name, entry.span);
                    Rc::new(Expr { span: entry.span, kind })
                })
            })
            .collect();
        if builder.recursive {
            self.scopes.push(Scope::Names(builder.entries.iter().map(|entry| entry.name).collect()));
        }
        bindings.sources = builder.sources.into_iter().map(|source| self.expr(source)).collect();
        for (entry, outer) in builder.entries.into_iter().zip(outer) {
            let value = match (entry.content, outer) {
                (_, Some(outer)) => Bound::Outer(outer),
                (Content::From(source), _) => Bound::From(source),
                (content, _) => Bound::Inner(self.content_expr(content)),
            };
            bindings.names.push(Binding { name: entry.name, span: entry.span, value });
        }
        for (name, content) in builder.computed {
            let name = self.expr(name);
            bindings.computed.push((name, self.content_expr(content)));
        }
        if builder.recursive {
            self.scopes.pop();
        }
        bindings
    }

    fn content_expr(&mut self, content: Content) -> Rc<Expr> {
        match content {
            Content::Expr(expr) => self.expr(expr),
            Content::Set(inner) => {
                let (span, recursive) = (inner.span, inner.recursive);
                if self.depth >= MAX_DEPTH {
                    let message = format!("sets are nested more than {MAX_DEPTH} deep");
                    self.problem(ErrorKind::Limit, message, span);
                    return Rc::new(Expr { span, kind: Kind::Broken });
                }
                self.depth += 1;
                let kind = Kind::Set(recursive, self.bindings(inner));
                self.depth -= 1;
                Rc::new(Expr { span, kind })
            }
            Content::Inherit | Content::From(_) => {
                Rc::new(Expr { span: Span { file: self.file, ..Span::default() }, kind: Kind::Broken })
            }
        }
    }

    fn binary(&mut self, operation: &ast::BinOp, span: Span) -> Kind {
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
            Some(BinOpKind::PipeRight) => return Kind::Apply(right, left),
            Some(BinOpKind::PipeLeft) => return Kind::Apply(left, right),
            None => return Kind::Broken,
        };
        Kind::Binary(operator, left, right)
    }
}

/// The parts of a string, unless it is broken off in the middle, of which rnix will not give any.
pub fn string_parts(text: &ast::Str) -> Option<Vec<InterpolPart<String>>> {
    is_whole(text.syntax()).then(|| text.normalized_parts())
}

/// Whether a string or path consists of what belongs in one.
fn is_whole(node: &SyntaxNode) -> bool {
    use rnix::SyntaxKind as K;
    node.children_with_tokens().all(|part| {
        matches!(
            part.kind(),
            K::NODE_INTERPOL
                | K::TOKEN_STRING_START
                | K::TOKEN_STRING_CONTENT
                | K::TOKEN_STRING_END
                | K::TOKEN_PATH_ABS
                | K::TOKEN_PATH_REL
                | K::TOKEN_PATH_HOME
        )
    })
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

/// Whether a name has to be computed.
pub(crate) fn is_dynamic(attr: &ast::Attr) -> bool {
    name_of(attr).is_none()
}

/// A name that stands as it is: an identifier, or a string without interpolation.
pub(crate) fn name_of(attr: &ast::Attr) -> Option<String> {
    let text_of = |text: &ast::Str| match string_parts(text)?.as_slice() {
        [] => Some(String::new()),
        [InterpolPart::Literal(text)] => Some(text.clone()),
        _ => None,
    };
    match attr {
        ast::Attr::Ident(ident) => Some(ident.syntax().text().to_string()),
        ast::Attr::Str(text) => text_of(text),
        // `${"name"}` is as good as `"name"`.
        ast::Attr::Dynamic(dynamic) => match dynamic.expr()? {
            ast::Expr::Str(text) => text_of(&text),
            _ => None,
        },
    }
}

/// What a parser wanted, in words.
fn words(kinds: &[rnix::SyntaxKind]) -> String {
    // Whatever an expression can begin with makes a long list that says less.
    let begins = |kind: &rnix::SyntaxKind| {
        use rnix::SyntaxKind as K;
        matches!(
            kind,
            K::TOKEN_L_PAREN | K::TOKEN_REC | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_STRING_START
        )
    };
    if kinds.iter().filter(|kind| begins(kind)).count() > 2 {
        return "an expression".to_owned();
    }
    let names: Vec<String> = kinds.iter().map(|kind| token_text(*kind)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn token_text(kind: rnix::SyntaxKind) -> String {
    use rnix::SyntaxKind as K;
    let text = match kind {
        K::TOKEN_SEMICOLON => ";",
        K::TOKEN_R_BRACE => "}",
        K::TOKEN_L_BRACE => "{",
        K::TOKEN_R_BRACK => "]",
        K::TOKEN_R_PAREN => ")",
        K::TOKEN_ASSIGN => "=",
        K::TOKEN_COLON => ":",
        K::TOKEN_COMMA => ",",
        K::TOKEN_ELLIPSIS => "...",
        K::TOKEN_THEN => "then",
        K::TOKEN_ELSE => "else",
        K::TOKEN_IN => "in",
        K::TOKEN_IDENT => return "a name".to_owned(),
        K::TOKEN_STRING_END => return "the end of the string".to_owned(),
        other => {
            let name = format!("{other:?}");
            return name.trim_start_matches("TOKEN_").to_ascii_lowercase().replace('_', " ");
        }
    };
    format!("`{text}`")
}
