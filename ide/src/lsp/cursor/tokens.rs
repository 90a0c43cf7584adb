//! The tokens of a Nix text that need not parse, and its repair.

use std::ops::Range;

use rnix::SyntaxKind as K;

/// A token, and where it stands.
pub(super) type Token = (K, Range<usize>);

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut at = 0;
    rnix::tokenize(&nixvirt_evaluator::lines_ended(text))
        .map(|(kind, token)| {
            let start = at;
            at += token.len();
            (kind, start..at)
        })
        .collect()
}

pub(super) fn is_space(kind: K) -> bool {
    matches!(kind, K::TOKEN_WHITESPACE | K::TOKEN_COMMENT)
}

/// Whether a token is a name, or would be one if it went on.
pub(super) fn is_name(kind: K) -> bool {
    matches!(
        kind,
        K::TOKEN_IDENT
            | K::TOKEN_ASSERT
            | K::TOKEN_ELSE
            | K::TOKEN_IF
            | K::TOKEN_IN
            | K::TOKEN_INHERIT
            | K::TOKEN_LET
            | K::TOKEN_OR
            | K::TOKEN_REC
            | K::TOKEN_THEN
            | K::TOKEN_WITH
    )
}

/// A text with what is most often still missing elsewhere while something is being written: a value behind its `=`, and the
/// semicolon between two bindings. The parser would take other things for missing, and lose its way.
pub(super) fn repaired(text: &str) -> String {
    let tokens = tokens(text);
    let significant: Vec<&Token> = tokens.iter().filter(|(kind, _)| !is_space(*kind)).collect();
    let mut missing: Vec<(usize, &str)> = Vec::new();
    for (at, (kind, range)) in significant.iter().enumerate() {
        if *kind != K::TOKEN_ASSIGN {
            continue;
        }
        match significant.get(at + 1).map(|token| token.0) {
            Some(K::TOKEN_SEMICOLON) => missing.push((range.end, " null")),
            Some(K::TOKEN_R_BRACE) | None => missing.push((range.end, " null;")),
            _ => {}
        }
        // The name, or the names that a dotted path has in front of its last dot.
        let name = match significant[..at].last() {
            Some((kind, _)) if is_name(*kind) => Some(at - 1),
            Some((K::TOKEN_STRING_END, _)) => {
                significant[..at].iter().rposition(|(kind, _)| *kind == K::TOKEN_STRING_START)
            }
            _ => None,
        };
        let Some(name) = name else { continue };
        let begin = match significant[..name].last() {
            Some((K::TOKEN_DOT, _)) => path(&significant[..name], text).map(|(begin, _)| begin),
            _ => Some(name),
        };
        let before = begin.and_then(|begin| begin.checked_sub(1)).map(|before| significant[before]);
        if let Some((kind, range)) = before
            && !matches!(kind, K::TOKEN_L_BRACE | K::TOKEN_SEMICOLON | K::TOKEN_LET)
        {
            missing.push((range.end, ";"));
        }
    }
    missing.sort_unstable();
    missing.dedup();
    let mut repaired = text.to_owned();
    for (at, what) in missing.into_iter().rev() {
        repaired.insert_str(at, what);
    }
    repaired
}

/// Whether something may begin right behind a token.
pub(super) fn opens(kind: K) -> bool {
    matches!(
        kind,
        K::TOKEN_L_BRACE
            | K::TOKEN_L_BRACK
            | K::TOKEN_L_PAREN
            | K::TOKEN_SEMICOLON
            | K::TOKEN_ASSIGN
            | K::TOKEN_INTERPOL_START
    )
}

/// Where the dotted path that ends in a dot begins, and its last name.
pub(super) fn path(significant: &[&Token], text: &str) -> Option<(usize, String)> {
    let mut at = significant.len();
    let mut last = None;
    // A name and a dot, as often as there are any.
    while at >= 2 && significant[at - 1].0 == K::TOKEN_DOT {
        let (kind, range) = significant[at - 2];
        let begin = match kind {
            kind if is_name(*kind) => at - 2,
            K::TOKEN_STRING_END => {
                significant[..at - 2].iter().rposition(|(kind, _)| *kind == K::TOKEN_STRING_START)?
            }
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE => return Some((at - 2, last.unwrap_or_default())),
            _ => return None,
        };
        last.get_or_insert_with(|| text[range.clone()].to_owned());
        at = begin;
    }
    Some((at, last.unwrap_or_default()))
}
