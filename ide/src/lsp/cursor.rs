//! The token that is being written at a place of a Nix text, found by tokens alone: the text need not parse.

mod tokens;

use std::ops::Range;

use rnix::SyntaxKind as K;

use crate::lsp::cursor::tokens::{Token, is_name, is_space, opens, path, repaired, tokens};

/// The mark that replaces the token at the cursor, so that its place can be found in the evaluated text.
pub(super) const MARK: &str = "__nixvirt_cursor";

/// The token that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// The name of an attribute.
    Key(Written),
    /// The value of an attribute.
    Value(Written),
    /// An element of a list.
    Element(Written),
    /// An attribute of `templates`; what that is an attribute of.
    Template(Written, Option<String>),
}

/// A name or value, as far as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Where it stands; in quotes, what is between these.
    pub range: Range<usize>,
    /// Whether it stands in quotes.
    pub quoted: bool,
    /// Whether what follows goes on with it: the `=` or `.` behind a name, the `;` behind a value.
    pub followed: bool,
    /// The text with the mark in its place.
    pub marked: String,
}

/// The token that is being written at an offset.
pub(super) fn at(text: &str, offset: usize) -> Option<Cursor> {
    let tokens = tokens(text);
    // The brackets and strings that are open before the offset.
    let mut open: Vec<usize> = Vec::new();
    let before = tokens.iter().take_while(|(_, range)| range.end <= offset).count();
    for (at, (kind, _)) in tokens[..before].iter().enumerate() {
        match kind {
            K::TOKEN_STRING_START
            | K::TOKEN_INTERPOL_START
            | K::TOKEN_L_BRACE
            | K::TOKEN_L_BRACK
            | K::TOKEN_L_PAREN => open.push(at),
            K::TOKEN_STRING_END
            | K::TOKEN_INTERPOL_END
            | K::TOKEN_R_BRACE
            | K::TOKEN_R_BRACK
            | K::TOKEN_R_PAREN => {
                open.pop();
            }
            _ => {}
        }
    }
    let in_comment = tokens.iter().any(|(kind, range)| {
        *kind == K::TOKEN_COMMENT
            && range.start < offset
            && (offset < range.end || text[range.clone()].starts_with('#') && offset == range.end)
    });
    if in_comment {
        return None;
    }
    let innermost = open.last().map(|at| (*at, tokens[*at].0));
    if let Some((start, K::TOKEN_STRING_START)) = innermost {
        return string(text, &tokens, start, offset, open.len().checked_sub(2).map(|at| tokens[open[at]].0));
    }
    let touching = |(kind, range): &&Token| {
        is_name(*kind) && range.start < offset && offset <= range.end
            || is_name(*kind) && range.start == offset
    };
    let name = tokens.iter().position(|token| touching(&token));
    let range = name.map_or(offset..offset, |at| tokens[at].1.clone());
    let first = name.unwrap_or(before);
    // Right behind a number, another word or a closing bracket, nothing begins.
    let glued = name.is_none()
        && tokens[..first].last().is_some_and(|(kind, range)| {
            range.end == offset && !is_space(*kind) && !opens(*kind) && *kind != K::TOKEN_DOT
        });
    if glued {
        return None;
    }
    let innermost = innermost.map(|(_, kind)| kind);
    let next = tokens[name.map_or(before, |at| at + 1)..]
        .iter()
        .find(|(kind, _)| !is_space(*kind))
        .map(|token| token.0);
    place(text, &tokens, first, range.clone(), range, false, innermost, next)
}

/// The part that is being written in the string that begins at a token.
fn string(text: &str, tokens: &[Token], start: usize, offset: usize, outer: Option<K>) -> Option<Cursor> {
    let begin = tokens[start].1.clone();
    let indented = begin.len() > 1;
    let mut depth = 0usize;
    let end = tokens[start..].iter().position(|(kind, _)| {
        match kind {
            K::TOKEN_STRING_START => depth += 1,
            K::TOKEN_STRING_END => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let end = end.map(|after| start + after);
    let line_end = text[offset..].find('\n').map_or(text.len(), |length| offset + length);
    let closed = end.filter(|end| indented || !text[begin.end..tokens[*end].1.start].contains('\n'));
    let (inner, whole, next) = match closed {
        Some(end) => {
            // A string with interpolation is no word.
            if tokens[start + 1..end].iter().any(|(kind, _)| *kind == K::TOKEN_INTERPOL_START) {
                return None;
            }
            let next = tokens[end + 1..].iter().find(|(kind, _)| !is_space(*kind)).map(|token| token.0);
            (begin.end..tokens[end].1.start, begin.start..tokens[end].1.end, next)
        }
        // A quote that is still to come: the string goes as far as its line, without what ends the binding.
        None => {
            let rest = text[begin.end..line_end].find(';').map_or(line_end, |length| begin.end + length);
            let rest = begin.end + text[begin.end..rest.max(offset)].trim_end().len();
            let next = text[rest..].trim_start().starts_with(';').then_some(K::TOKEN_SEMICOLON);
            (begin.end..rest.max(offset), begin.start..rest.max(offset), next.or(Some(K::TOKEN_IDENT)))
        }
    };
    place(text, tokens, start, inner, whole, true, outer, next)
}

/// The kind of token that is being written, by the tokens before it.
#[allow(clippy::too_many_arguments, reason = "all of it is one place in a text")]
fn place(
    text: &str,
    tokens: &[Token],
    first: usize,
    range: Range<usize>,
    whole: Range<usize>,
    quoted: bool,
    inside: Option<K>,
    next: Option<K>,
) -> Option<Cursor> {
    let significant: Vec<&Token> = tokens[..first].iter().filter(|(kind, _)| !is_space(*kind)).collect();
    let previous = significant.last().map(|token| token.0);
    let marked = |what: &str| repaired(&[&text[..whole.start], what, &text[whole.end..]].concat());
    let key = || {
        let followed = matches!(next, Some(K::TOKEN_ASSIGN | K::TOKEN_DOT));
        let what = if followed { MARK.to_owned() } else { format!("{MARK} = \"{MARK}\";") };
        Cursor::Key(Written { range: range.clone(), quoted, followed, marked: marked(&what) })
    };
    let value = |bound: bool| {
        let followed = next == Some(K::TOKEN_SEMICOLON);
        let ends = matches!(
            next,
            None | Some(K::TOKEN_IDENT | K::TOKEN_R_BRACE | K::TOKEN_INHERIT | K::TOKEN_STRING_START)
        );
        let what = format!("\"{MARK}\"{}", if bound && ends { ";" } else { "" });
        Written { range: range.clone(), quoted, followed, marked: marked(&what) }
    };
    match previous {
        Some(K::TOKEN_L_BRACE | K::TOKEN_SEMICOLON | K::TOKEN_LET) => Some(key()),
        Some(K::TOKEN_DOT) => {
            let (start, last) = path(&significant, text)?;
            match significant[..start].last().map(|token| token.0) {
                Some(K::TOKEN_L_BRACE | K::TOKEN_SEMICOLON | K::TOKEN_LET) => Some(key()),
                _ if last == "templates" && !quoted => {
                    let holder = significant[..significant.len().saturating_sub(3)].last();
                    let dotted = significant.iter().rev().nth(2).is_some_and(|token| token.0 == K::TOKEN_DOT);
                    let holder = holder.and_then(|_| significant.iter().rev().nth(3)).filter(|_| dotted);
                    let holder = holder.map(|(_, range)| text[range.clone()].to_owned());
                    Some(Cursor::Template(value(false), holder))
                }
                _ => None,
            }
        }
        // On a line of its own behind what cannot be called: a name, and a semicolon that is still to come.
        Some(kind)
            if inside == Some(K::TOKEN_L_BRACE)
                && !quoted
                && ends_value(kind, &significant, text, range.start) =>
        {
            Some(key())
        }
        Some(K::TOKEN_ASSIGN) => Some(Cursor::Value(value(true))),
        Some(K::TOKEN_L_BRACK) => Some(Cursor::Element(value(false))),
        _ if inside == Some(K::TOKEN_L_BRACK) => Some(Cursor::Element(value(false))),
        _ if quoted => Some(Cursor::Value(value(false))),
        _ => None,
    }
}

/// Whether a value that cannot be called ends with a token that is on an earlier line than an offset.
fn ends_value(kind: K, significant: &[&Token], text: &str, offset: usize) -> bool {
    let Some((_, range)) = significant.last() else { return false };
    let plain = match kind {
        K::TOKEN_STRING_END | K::TOKEN_INTEGER | K::TOKEN_FLOAT | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK => true,
        K::TOKEN_IDENT => matches!(&text[range.clone()], "true" | "false" | "null"),
        _ => false,
    };
    plain && text.get(range.end..offset).is_some_and(|between| between.contains('\n'))
}

#[cfg(test)]
mod tests {
    use super::{Cursor, MARK, Written, at};

    /// The cursor at the `|` of a text.
    fn cursor(text: &str) -> Option<Cursor> {
        let offset = text.find('|').expect("a cursor");
        at(&text.replacen('|', "", 1), offset)
    }

    #[track_caller]
    fn key(text: &str, marked: &str) {
        match cursor(text) {
            Some(Cursor::Key(written)) => assert_eq!(written.marked.replace(MARK, "M"), marked),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[track_caller]
    fn value(text: &str, marked: &str) -> Written {
        match cursor(text) {
            Some(Cursor::Value(written) | Cursor::Element(written)) => {
                assert_eq!(written.marked.replace(MARK, "M"), marked);
                written
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn names_of_attributes() {
        key("{ | }", "{ M = \"M\"; }");
        key("{ dr| }", "{ M = \"M\"; }");
        key("{ a = 1; dr|iver = 2; }", "{ a = 1; M = 2; }");
        key("{ a.b.| }", "{ a.b.M = \"M\"; }");
        key("{ a.\"b c\".d| }", "{ a.\"b c\".M = \"M\"; }");
        key("{ a.d|.c = 1; }", "{ a.M.c = 1; }");
        key("{ \"qemu|\" }", "{ M = \"M\"; }");
        key("{ in| }", "{ M = \"M\"; }");
        key("let a = 1; | in a", "let a = 1; M = \"M\"; in a");
        key("{|", "{M = \"M\";");
        key("{ # it\n | }", "{ # it\n M = \"M\"; }");
    }

    #[test]
    fn what_is_missing_elsewhere() {
        key("{ a = ; | }", "{ a = null ; M = \"M\"; }");
        key("{ | \n b = }", "{ M = \"M\"; \n b = null; }");
        key("{ a = 1\n b.\"c\".d = { | }; }", "{ a = 1;\n b.\"c\".d = { M = \"M\"; }; }");
        key("{ a = { b = 2; }\n c = { | }; }", "{ a = { b = 2; };\n c = { M = \"M\"; }; }");
        key("let a = 1; in { b = a; | }", "let a = 1; in { b = a; M = \"M\"; }");
        key("{ a ? 1, ... }: { b.${a} = a; | }", "{ a ? 1, ... }: { b.${a} = a; M = \"M\"; }");
    }

    #[test]
    fn values() {
        value("{ a = |; }", "{ a = \"M\"; }");
        value("{ a = |\n b = 1; }", "{ a = \"M\";\n b = 1; }");
        value("{ a = tr|\n}", "{ a = \"M\";\n}");
        assert!(value("{ a = \"b|l\"; }", "{ a = \"M\"; }").quoted);
        // A quote that is still to come.
        value("{ a = \"b|\n c = \"d\"; }", "{ a = \"M\";\n c = \"d\"; }");
        value("{ a = \"b|;\n c = \"d\"; }", "{ a = \"M\";\n c = \"d\"; }");
        value("{ a = f \"|\"; }", "{ a = f \"M\"; }");
        value("[ | ]", "[ \"M\" ]");
        value("[ { } \"x|\" ]", "[ { } \"M\" ]");
    }

    #[test]
    fn templates() {
        for (text, holder) in [
            ("x.lib.domain.templates.|", Some("domain")),
            ("x.templates.li| { }", Some("x")),
            ("templates.|", None),
        ] {
            match cursor(text) {
                Some(Cursor::Template(_, found)) => assert_eq!(found.as_deref(), holder, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn elsewhere() {
        for text in ["f |", "{ a = 1|; }", "a.b|", "{ # a |\n }", "{ a = x.|; }", "|", "{ a = \"${x}|\"; }"] {
            assert_eq!(cursor(text), None, "{text}");
        }
    }
}
