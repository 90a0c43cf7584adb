//! Strings, paths and names of attributes, from the syntax tree to their parts.

use rnix::ast::{self, AstToken, InterpolPart};
use rnix::{SyntaxKind, SyntaxNode};
use rowan::NodeOrToken;
use rowan::ast::AstNode;

use crate::ir::{ExprKind, StringPart};
use crate::lower::Lower;
use crate::symbol::Symbol;

impl Lower<'_> {
    pub(crate) fn text(&mut self, text: &ast::Str) -> ExprKind {
        let Some(given) = string_parts(text) else { return ExprKind::Broken };
        let mut parts = Vec::new();
        for part in given {
            match part {
                InterpolPart::Literal(text) => parts.push(StringPart::Text(text.into())),
                InterpolPart::Interpolation(inner) => parts.push(self.interpolation(&inner)),
            }
        }
        match parts.as_slice() {
            [] => ExprKind::Str("".into()),
            [StringPart::Text(text)] => ExprKind::Str((&**text).into()),
            _ => ExprKind::Template(parts),
        }
    }

    pub(crate) fn path(&mut self, path: &SyntaxNode) -> ExprKind {
        let mut parts = Vec::new();
        for child in path.children_with_tokens() {
            match child {
                NodeOrToken::Token(token) => parts.push(StringPart::Text(token.text().into())),
                NodeOrToken::Node(node) => match ast::Interpol::cast(node) {
                    Some(inner) => parts.push(self.interpolation(&inner)),
                    None => return ExprKind::Broken,
                },
            }
        }
        ExprKind::Path(parts)
    }

    fn interpolation(&mut self, inner: &ast::Interpol) -> StringPart {
        let span = self.span(inner.syntax());
        StringPart::Expr(self.optional(inner.expr(), span))
    }

    /// The symbol of a name that stands as it is.
    pub(crate) fn static_name(&mut self, attr: &ast::Attr) -> Option<Symbol> {
        match attr {
            ast::Attr::Ident(ident) => Some(self.ident(ident)),
            _ => name_of(attr).map(|name| self.symbols.intern(&name)),
        }
    }
}

/// The parts of a string, without its indentation and with its escapes resolved; nothing where it is broken.
pub fn string_parts(text: &ast::Str) -> Option<Vec<InterpolPart<String>>> {
    use SyntaxKind as K;
    let (mut contents, mut others, mut indented) = (0, 0, false);
    let mut content = None;
    for child in text.syntax().children_with_tokens() {
        match (child.kind(), child) {
            (K::TOKEN_STRING_CONTENT, NodeOrToken::Token(token)) => {
                contents += 1;
                content = Some(token);
            }
            (K::TOKEN_STRING_START, NodeOrToken::Token(token)) => indented = token.text() != "\"",
            (K::TOKEN_STRING_END, NodeOrToken::Token(_)) => {}
            (K::NODE_INTERPOL, NodeOrToken::Node(_)) => others += 1,
            // rnix would panic.
            _ => return None,
        }
    }
    // Most strings are a few words between quotes.
    match content {
        Some(content)
            if (contents, others, indented) == (1, 0, false) && !content.text().contains(['\\', '\r']) =>
        {
            Some(vec![InterpolPart::Literal(content.text().to_owned())])
        }
        _ if indented => Some(text.normalized_parts()),
        _ => Some(
            text.parts()
                .map(|part| match part {
                    InterpolPart::Literal(part) => InterpolPart::Literal(unescaped(part.syntax().text())),
                    InterpolPart::Interpolation(inner) => InterpolPart::Interpolation(inner),
                })
                .collect(),
        ),
    }
}

/// The text between quotes, with escapes resolved. Each line ends with a line feed, as in Nix.
fn unescaped(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut characters = written.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next().map(|escaped| match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            })),
            '\r' => {
                characters.next_if_eq(&'\n');
                text.push('\n');
            }
            other => text.push(other),
        }
    }
    text
}

/// A name that stands as it is: an identifier, or a string without interpolation.
fn name_of(attr: &ast::Attr) -> Option<String> {
    let text_of = |text: &ast::Str| match string_parts(text)?.as_slice() {
        [] => Some(String::new()),
        [InterpolPart::Literal(text)] => Some(text.clone()),
        _ => None,
    };
    match attr {
        ast::Attr::Ident(ident) => Some(ident.syntax().text().to_string()),
        ast::Attr::Str(text) => text_of(text),
        // `${"name"}` means the same as `"name"`.
        ast::Attr::Dynamic(dynamic) => match dynamic.expr()? {
            ast::Expr::Str(text) => text_of(&text),
            _ => None,
        },
    }
}
