//! JSON while it is being written: its values with their places, as far as they can be told, and what is being written.
//!
//! The compiler's reader cannot serve here: it refuses text that does not parse, and every text that is being written is such a
//! text. The values are those of the evaluator, which have places, so that completion and hover work on one kind of tree for
//! JSON and for Nix.

use std::ops::Range;
use std::rc::Rc;

use nixvirt_evaluator::{Content, FileId, Span, Tree, TreeEntry};

use crate::lsp::cursor::{Cursor, MARK, Written};

/// Values nested more deeply than this are left out, as the compiler does.
const MAX_DEPTH: usize = 150;

/// A piece of JSON: one of `{}[]:,`, a string, or a word such as `true` or `12`.
struct Token {
    kind: u8,
    range: Range<usize>,
}

const STRING: u8 = b'"';
const WORD: u8 = b'w';

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => {
                at += 1;
                byte
            }
            b'"' => {
                at += 1;
                // A string that is not closed ends with its line.
                while let Some(&byte) = bytes.get(at).filter(|byte| !matches!(byte, b'"' | b'\n')) {
                    at += if byte == b'\\' { 2 } else { 1 };
                }
                at = (at + usize::from(bytes.get(at) == Some(&b'"'))).min(bytes.len());
                STRING
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"{}[]:,\"".contains(byte);
                at += bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at);
                WORD
            }
        };
        // A backslash may have led into the middle of a character.
        while !text.is_char_boundary(at) {
            at += 1;
        }
        found.push(Token { kind, range: start..at });
    }
    found
}

/// The value of a text that may be half-written: whatever cannot be told is left out.
pub(super) fn parse(text: &str) -> Tree {
    let mut parser = Parser { text, tokens: tokens(text), at: 0 };
    parser.value(0).unwrap_or(Tree::new(Content::Opaque, span(&(0..0))))
}

fn span(range: &Range<usize>) -> Span {
    let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span { file: FileId(0), start: number(range.start), end: number(range.end) }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn value(&mut self, depth: usize) -> Option<Tree> {
        let token = self.tokens.get(self.at)?;
        let (kind, range) = (token.kind, token.range.clone());
        self.at += 1;
        let content = match kind {
            STRING => Content::Str(self.string(&range).as_str().into()),
            WORD => match &self.text[range.clone()] {
                "null" => Content::Null,
                "true" => Content::Bool(true),
                "false" => Content::Bool(false),
                word => word.parse().map_or(Content::Opaque, Content::Int),
            },
            b'{' | b'[' if depth >= MAX_DEPTH => return None,
            b'{' => Content::Set(self.entries(depth), false),
            b'[' => Content::List(self.items(depth), false),
            _ => {
                // A closing bracket is left for the caller to read.
                self.at -= 1;
                return None;
            }
        };
        let end = self.tokens[..self.at].last().map_or(range.end, |token| token.range.end);
        Some(Tree::new(content, span(&(range.start..end))))
    }

    fn entries(&mut self, depth: usize) -> Vec<TreeEntry> {
        let mut entries = Vec::new();
        while let Some(kind) = self.peek() {
            match kind {
                b'}' => {
                    self.at += 1;
                    break;
                }
                b']' => break,
                STRING => {
                    let range = self.tokens[self.at].range.clone();
                    self.at += 1;
                    let name = self.string(&range).as_str().into();
                    let value = match self.peek() {
                        Some(b':') => {
                            self.at += 1;
                            self.value(depth + 1)
                        }
                        _ => None,
                    };
                    let missing = Tree::new(Content::Opaque, span(&(range.end..range.end)));
                    let value = value.unwrap_or(missing);
                    entries.push(TreeEntry {
                        name,
                        span: span(&range),
                        replaced: None,
                        value: Rc::new(value),
                    });
                }
                _ => self.at += 1,
            }
        }
        entries
    }

    fn items(&mut self, depth: usize) -> Vec<Rc<Tree>> {
        let mut items = Vec::new();
        while let Some(kind) = self.peek() {
            match kind {
                b']' => {
                    self.at += 1;
                    break;
                }
                b'}' => break,
                b',' | b':' => self.at += 1,
                _ => match self.value(depth + 1) {
                    Some(item) => items.push(Rc::new(item)),
                    None => self.at += 1,
                },
            }
        }
        items
    }

    /// The value of a string, or the text between its quotes where that is no JSON.
    fn string(&self, range: &Range<usize>) -> String {
        let written = &self.text[range.clone()];
        serde_json::from_str(written).unwrap_or_else(|_| written.trim_matches('"').to_owned())
    }
}

/// The token that is being written at an offset.
pub(super) fn cursor(text: &str, offset: usize) -> Option<Cursor> {
    let tokens = tokens(text);
    let inside = |token: &&Token| match token.kind {
        STRING => {
            let closed = token.range.len() > 1 && text[token.range.clone()].ends_with('"');
            token.range.start < offset && offset < token.range.end + usize::from(!closed)
        }
        WORD => token.range.start <= offset && offset <= token.range.end,
        _ => false,
    };
    let touched = tokens.iter().position(|token| inside(&token));
    let first =
        touched.unwrap_or_else(|| tokens.iter().take_while(|token| token.range.end <= offset).count());
    let mut open = Vec::new();
    for token in &tokens[..first] {
        match token.kind {
            b'{' | b'[' => open.push(token.kind),
            b'}' | b']' => {
                open.pop();
            }
            _ => {}
        }
    }
    let whole = touched.map_or(offset..offset, |at| tokens[at].range.clone());
    let quoted = touched.is_some_and(|at| tokens[at].kind == STRING);
    let range = match quoted {
        true => {
            let closed = whole.len() > 1 && text[whole.clone()].ends_with('"');
            whole.start + 1..whole.end - usize::from(closed)
        }
        false => whole.clone(),
    };
    let next = tokens.get(touched.map_or(first, |at| at + 1)).map(|token| token.kind);
    let marked = |what: &str| [&text[..whole.start], what, &text[whole.end..]].concat();
    let written = |followed: bool, what: &str| Written { range, quoted, followed, marked: marked(what) };
    let value = format!("\"{MARK}\"");
    match (first.checked_sub(1).map(|at| tokens[at].kind)?, open.last()?) {
        (b'{' | b',', b'{') => {
            let followed = next == Some(b':');
            let key = if followed { value } else { format!("{value}: {value}") };
            Some(Cursor::Key(written(followed, &key)))
        }
        (b':', b'{') => Some(Cursor::Value(written(next == Some(b','), &value))),
        (b'[' | b',', b'[') => Some(Cursor::Element(written(next == Some(b','), &value))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use nixvirt_compiler::Json;

    use super::{cursor, parse};
    use crate::lsp::cursor::{Cursor, MARK};
    use nixvirt_expand::evaluate::to_json;

    fn marked(text: &str) -> Option<(char, String)> {
        let offset = text.find('|').expect("a cursor");
        let (kind, written) = match cursor(&text.replacen('|', "", 1), offset)? {
            Cursor::Key(written) => ('k', written),
            Cursor::Value(written) => ('v', written),
            Cursor::Element(written) => ('e', written),
            Cursor::Template(..) => return None,
        };
        Some((kind, written.marked.replace(MARK, "M")))
    }

    #[test]
    fn values_are_read_as_far_as_they_go() {
        let set = |text: &str| serde_json::to_string(&to_json(&parse(text))).expect("JSON");
        assert_eq!(set(r#"{"a": [1, {"b": true}], "c": null}"#), r#"{"a":[1,{"b":true}],"c":null}"#);
        assert_eq!(set(r#"{"a": "x" "b": [1 2"#), r#"{"a":"x","b":[1,2]}"#);
        assert_eq!(set("{\"a\": \"x\n \"b\": 1}"), r#"{"a":"x","b":1}"#);
        for text in ["", "{", "[[", "}", ":", "\"", "{\"a\":}", "{\"ö\\", "{\"a\":[}]"] {
            let _: Json<'_> = to_json(&parse(text));
        }
        let deep = "[".repeat(100_000);
        let _ = parse(&deep);
    }

    #[test]
    fn what_is_being_written() {
        let expect = |text: &str, kind: char, result: &str| {
            assert_eq!(marked(text), Some((kind, result.to_owned())), "{text}");
        };
        expect(r#"{ | }"#, 'k', r#"{ "M": "M" }"#);
        expect(r#"{ "a": 1, "b|" }"#, 'k', r#"{ "a": 1, "M": "M" }"#);
        expect(r#"{ "b|": 1 }"#, 'k', r#"{ "M": 1 }"#);
        expect(r#"{ "a": | }"#, 'v', r#"{ "a": "M" }"#);
        expect(r#"{ "a": "x|" }"#, 'v', r#"{ "a": "M" }"#);
        expect("{ \"a\": \"x|\n}", 'v', "{ \"a\": \"M\"\n}");
        expect(r#"{ "a": tr| }"#, 'v', r#"{ "a": "M" }"#);
        expect(r#"{ "a": [ | ] }"#, 'e', r#"{ "a": [ "M" ] }"#);
        for text in ["|", "{ \"a\"| }", "{ \"a\": 1 | }", "{ } |"] {
            assert_eq!(marked(text), None, "{text}");
        }
    }
}
