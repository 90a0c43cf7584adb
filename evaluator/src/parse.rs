//! Parsing: what is too long or too intricate is refused before, and what the parser says is put into words.

use std::rc::Rc;

use rnix::Root;

use crate::error::{Error, ErrorKind};
use crate::ir::{Expr, Kind};
use crate::lower::Lower;
use crate::repair;
use crate::span::{FileId, Span};
use crate::symbol::Symbols;

/// Longer sources are refused: nobody writes them, and a parser's tree takes many times their size.
const MAX_BYTES: usize = 2 << 20;

/// Brackets within brackets, and attributes of attributes, beyond this are refused before they are parsed: the parser takes
/// time quadratic in them where they are left open.
const MAX_NESTING: usize = 500;
/// So it does in the words of an expression without brackets or semicolons.
const MAX_WORDS: usize = 8000;
/// And in `+` and `-` without a space, which may be part of a path.
const MAX_SIGNS: usize = 2000;
/// No more than this is said of one source.
const MAX_PROBLEMS: usize = 200;

/// Where a source goes beyond what is parsed, and how.
fn too_intricate(text: &str) -> Option<(usize, String)> {
    use rnix::SyntaxKind as K;
    let deep = || format!("brackets or attribute paths are more than {MAX_NESTING} deep");
    let count = |bytes: &[u8]| text.bytes().filter(|byte| bytes.contains(byte)).count();
    if text.len() <= MAX_WORDS && count(b"([{") <= MAX_NESTING && count(b".") <= MAX_NESTING {
        return None;
    }
    // To tell a path from names with dots between them, the tokenizer looks ahead as far as either goes.
    let (mut dots, mut signs) = (0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'.' => dots += 1,
            b'-' | b'+' => signs += 1,
            b'_' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => (dots, signs) = (0, 0),
        }
        if dots > MAX_NESTING {
            return Some((at, deep()));
        }
        if signs > MAX_SIGNS {
            return Some((at, format!("more than {MAX_SIGNS} signs without a space")));
        }
    }
    let (mut at, mut dots, mut words) = (0, 0usize, 0usize);
    let mut open: Vec<K> = Vec::new();
    for (kind, token) in rnix::tokenize(text) {
        match kind {
            K::TOKEN_L_PAREN | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_INTERPOL_START => {
                open.push(kind)
            }
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK | K::TOKEN_INTERPOL_END => {
                open.pop();
            }
            K::TOKEN_DOT => dots += 1,
            K::TOKEN_IDENT | K::TOKEN_WHITESPACE | K::TOKEN_COMMENT => {}
            _ => dots = 0,
        }
        match kind {
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT | K::TOKEN_STRING_CONTENT => {}
            K::TOKEN_SEMICOLON | K::TOKEN_COMMA | K::TOKEN_L_BRACE | K::TOKEN_R_BRACE => words = 0,
            // What stands in a list stands beside each other, and not within each other.
            _ if open.last() == Some(&K::TOKEN_L_BRACK) => {}
            _ => words += 1,
        }
        if open.len() > MAX_NESTING || dots > MAX_NESTING {
            return Some((at, deep()));
        }
        if words > MAX_WORDS {
            return Some((at, format!("an expression of more than {MAX_WORDS} words without a semicolon")));
        }
        at += token.len();
    }
    None
}

/// A source as an expression, and what is wrong with it.
#[derive(Debug)]
pub struct Lowered {
    /// The expression.
    pub expr: Rc<Expr>,
    /// What Nix would refuse while parsing.
    pub problems: Vec<Error>,
}

/// Parses a source.
pub fn lower(text: &str, file: FileId, symbols: &mut Symbols) -> Lowered {
    let mut lower = Lower::new(file, symbols);
    let whole = Span { file, start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        lower.problem(ErrorKind::Limit, message, Span { end: 0, ..whole });
        return Lowered { expr: Rc::new(Expr { span: whole, kind: Kind::Broken }), problems: lower.problems };
    }
    if let Some((at, message)) = too_intricate(text) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        lower.problem(ErrorKind::Limit, message, Span { file, start: at, end: at });
        return Lowered { expr: Rc::new(Expr { span: whole, kind: Kind::Broken }), problems: lower.problems };
    }
    let parse = Root::parse(text);
    let expr = parse.tree().expr();
    let expr = lower.optional(expr, whole);
    let mut problems = lower.problems;
    if !parse.errors().is_empty() {
        // Much seems undefined or defined twice where the parser has lost its way.
        problems = repair::errors(text, parse.errors());
        problems.iter_mut().for_each(|problem| problem.spans.iter_mut().for_each(|span| span.file = file));
    }
    problems.sort_by(|one, other| one.spans.cmp(&other.spans));
    problems.truncate(MAX_PROBLEMS);
    Lowered { expr, problems }
}
