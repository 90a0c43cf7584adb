//! Parsing: what is too long or too intricate is refused before, and what the parser says is put into words.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use rnix::{ParseError, Root};

use crate::error::{Error, ErrorKind};
use crate::ir::{Expr, ExprKind};
use crate::lower::{Globals, Lower};
use crate::padding::Padding;
use crate::repair;
use crate::span::{FileId, Span};
use crate::symbol::Symbols;

/// Longer sources are refused: nobody writes them, and a parser's tree takes many times their size.
const MAX_BYTES: usize = 2 << 20;

/// Brackets within brackets, and attributes of attributes, beyond this are refused before they are parsed: the parser takes
/// time quadratic in them where they are left open.
const MAX_NESTING: usize = 500;
/// The limit of words in an expression without brackets or semicolons, in which the parser's time is quadratic, too.
const MAX_WORDS: usize = 8000;
/// The limit of the sum of squares over all such expressions: many long ones are as bad as one that is longer.
const MAX_WORDS_SQUARED: usize = 4 * MAX_WORDS * MAX_WORDS;
/// Each time that its table of nodes grows, it goes down to the bottom of every node with at most three parts, and so of calls
/// within calls, and of operators without spaces. After so many, space is put between them.
const MAX_ARGUMENTS: usize = 500;
/// And in `+` and `-` without a space, which may be part of a path.
const MAX_SIGNS: usize = 2000;
/// No more than this is said of one source.
const MAX_PROBLEMS: usize = 200;

/// The space that a source needs to be parsed in linear time.
///
/// # Errors
/// Where it goes beyond what is parsed, and how.
fn padding(text: &str) -> Result<Padding, (usize, String)> {
    use rnix::SyntaxKind as K;
    let deep = || format!("brackets or attribute paths are more than {MAX_NESTING} deep");
    let count = |bytes: &[u8]| text.bytes().filter(|byte| bytes.contains(byte)).count();
    if text.len() <= 2 * MAX_ARGUMENTS && count(b"([{") <= MAX_NESTING && count(b".") <= MAX_NESTING {
        return Ok(Padding::default());
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
            return Err((at, deep()));
        }
        if signs > MAX_SIGNS {
            return Err((at, format!("more than {MAX_SIGNS} signs without a space")));
        }
    }
    let (mut at, mut dots, mut words, mut squared) = (0, 0usize, 0usize, 0usize);
    // How many words stand beside each other with nothing between but spaces, or without spaces.
    let mut beside = 0;
    // Whether the last token was space, and whether it was an operator.
    let (mut spaced, mut operator) = (false, false);
    // How many brackets are around names that are inherited.
    let mut inherited = None;
    let mut padding = Padding::default();
    // The brackets that are open, and how many words stood before each, and how many of them beside each other.
    let mut open: Vec<(K, usize, usize)> = Vec::new();
    for (kind, token) in rnix::tokenize(text) {
        match kind {
            K::TOKEN_DOT => dots += 1,
            K::TOKEN_IDENT | K::TOKEN_WHITESPACE | K::TOKEN_COMMENT => {}
            _ => dots = 0,
        }
        match kind {
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT | K::TOKEN_STRING_CONTENT => {}
            K::TOKEN_L_PAREN | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_INTERPOL_START => {
                open.push((kind, std::mem::take(&mut words), std::mem::take(&mut beside)));
            }
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK | K::TOKEN_INTERPOL_END => {
                squared += words * words;
                let (words_before, beside_before) =
                    open.pop().map_or((0, 0), |(_, words, beside)| (words, beside));
                (words, beside) = (words_before + 1, beside_before);
            }
            K::TOKEN_SEMICOLON | K::TOKEN_COMMA => {
                squared += std::mem::take(&mut words).pow(2);
                beside = 0;
                inherited = None;
            }
            _ => words += 1,
        }
        match kind {
            // With a space before or after it, an operator makes a node of more than three parts.
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT if operator => beside = 0,
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT | K::TOKEN_STRING_CONTENT => {}
            // The parts of a string, and names that are inherited, are beside each other in one node.
            K::TOKEN_INTERPOL_START | K::TOKEN_INTERPOL_END => {}
            K::TOKEN_INHERIT => inherited = Some(open.len()),
            _ if inherited == Some(open.len()) => (words, beside) = (0, 0),
            _ if is_operator(kind) && spaced => beside = 0,
            _ => beside += 1,
        }
        let after_space = spaced;
        spaced = matches!(kind, K::TOKEN_WHITESPACE | K::TOKEN_COMMENT);
        operator = is_operator(kind);
        // The elements of a list are siblings and not nested.
        if matches!(open.last(), Some((K::TOKEN_L_BRACK, ..))) {
            (words, beside) = (0, 0);
        }
        if open.len() > MAX_NESTING || dots > MAX_NESTING {
            return Err((at, deep()));
        }
        if beside > MAX_ARGUMENTS && takes_space(kind, after_space) {
            padding.add(at);
            beside = 0;
        } else if beside > 2 * MAX_ARGUMENTS {
            return Err((at, format!("more than {beside} words of one call without a space")));
        }
        if words > MAX_WORDS {
            return Err((at, format!("an expression of more than {MAX_WORDS} words without a semicolon")));
        }
        if squared > MAX_WORDS_SQUARED {
            let message =
                "too many expressions of thousands of words without a semicolon; put them into several files";
            return Err((at, message.to_owned()));
        }
        at += token.len();
    }
    Ok(padding)
}

/// Whether space may be put before a token: not into a string, nor into a path.
fn takes_space(kind: rnix::SyntaxKind, after_space: bool) -> bool {
    use rnix::SyntaxKind as K;
    let begins = matches!(kind, K::TOKEN_IDENT | K::TOKEN_INTEGER | K::TOKEN_FLOAT | K::TOKEN_STRING_START);
    let ends = matches!(kind, K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK);
    let is_space = matches!(kind, K::TOKEN_WHITESPACE | K::TOKEN_COMMENT);
    begins || ends || is_operator(kind) || (after_space && !is_space)
}

/// Whether a token stands between two expressions, and is not a part of one.
fn is_operator(kind: rnix::SyntaxKind) -> bool {
    use rnix::SyntaxKind as K;
    #[rustfmt::skip]
    let found = matches!(
        kind,
        K::TOKEN_ADD | K::TOKEN_AND_AND | K::TOKEN_ASSERT | K::TOKEN_ASSIGN | K::TOKEN_AT | K::TOKEN_COLON | K::TOKEN_COMMA
            | K::TOKEN_CONCAT | K::TOKEN_DIV | K::TOKEN_ELSE | K::TOKEN_EQUAL | K::TOKEN_IF | K::TOKEN_IMPLICATION | K::TOKEN_IN
            | K::TOKEN_INHERIT | K::TOKEN_INVERT | K::TOKEN_LESS | K::TOKEN_LESS_OR_EQ | K::TOKEN_LET | K::TOKEN_MORE
            | K::TOKEN_MORE_OR_EQ | K::TOKEN_MUL | K::TOKEN_NOT_EQUAL | K::TOKEN_OR_OR | K::TOKEN_PIPE_LEFT
            | K::TOKEN_PIPE_RIGHT | K::TOKEN_QUESTION | K::TOKEN_SEMICOLON | K::TOKEN_SUB | K::TOKEN_THEN | K::TOKEN_UPDATE
            | K::TOKEN_WITH
    );
    found
}

/// Whether a source is of a size and depth that is parsed at all.
pub fn is_parsable(text: &str) -> bool {
    text.len() <= MAX_BYTES && padding(&lines_ended(text)).is_ok()
}

/// Whether a source is parsed in linear time as it stands, without space in its long calls.
pub fn is_plain(text: &str) -> bool {
    let is_plain = |padding: Padding| padding.first().is_none();
    text.len() <= MAX_BYTES && padding(&lines_ended(text)).is_ok_and(is_plain)
}

/// A source as the parser is to have it, every byte at its place: for Nix, a carriage return alone ends a line and with it a
/// comment, for the parser it does not. A byte order mark at the beginning counts as spaces.
pub fn lines_ended(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {}", returns_ended(rest))),
        None => returns_ended(text),
    }
}

fn returns_ended(text: &str) -> Cow<'_, str> {
    use rnix::SyntaxKind as K;
    let alone = |at: usize| !text[at + 1..].starts_with('\n');
    let places: Vec<usize> = text.match_indices('\r').map(|(at, _)| at).filter(|at| alone(*at)).collect();
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let replaced = |places: &[usize]| {
        let mut ended = String::with_capacity(text.len());
        let mut passed = 0;
        for place in places {
            ended.push_str(&text[passed..*place]);
            ended.push('\n');
            passed = place + 1;
        }
        ended + &text[passed..]
    };
    // An indented string keeps it.
    let ended = replaced(&places);
    let (mut at, mut open) = (0, Vec::new());
    let mut kept = places.iter().peekable();
    let mut others = Vec::with_capacity(places.len());
    for (kind, token) in rnix::tokenize(&ended) {
        at += token.len();
        match kind {
            K::TOKEN_STRING_START => open.push(token),
            K::TOKEN_STRING_END => drop(open.pop()),
            _ => {}
        }
        let keeps = kind == K::TOKEN_STRING_CONTENT && open.last().is_some_and(|start| *start == "''");
        while let Some(place) = kept.next_if(|place| **place < at) {
            if !keeps {
                others.push(*place);
            }
        }
    }
    Cow::Owned(replaced(&others))
}

/// A source as an expression, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The expression; [`ExprKind::Broken`] for a source that is not parsed.
    pub expr: Rc<Expr>,
    /// The errors that were found in a source that parses.
    found: Vec<Error>,
    /// The errors of the parser in a source that does not parse.
    said: Vec<ParseError>,
    /// The messages for these errors, made on demand: they take longer than all the rest.
    told: OnceCell<Vec<Error>>,
}

impl Lowered {
    /// The errors that Nix would report while parsing. At most `most` bytes are parsed to find them.
    pub(crate) fn problems(&self, text: &str, file: FileId, most: usize) -> &[Error] {
        if self.said.is_empty() {
            return &self.found;
        }
        self.told.get_or_init(|| self.repair_messages(text, file, most))
    }

    /// The first thing that Nix would refuse while parsing, which takes next to no time.
    pub(crate) fn first_problem(&self, text: &str, file: FileId) -> Option<Error> {
        match self.said.is_empty() {
            true => self.found.first().cloned(),
            false => self.repair_messages(text, file, 0).into_iter().next(),
        }
    }

    /// Turns the parser's errors into messages. Names that seem undefined or defined twice after an error are left
    /// out.
    fn repair_messages(&self, text: &str, file: FileId, most: usize) -> Vec<Error> {
        let mut problems = repair::errors(&lines_ended(text), &self.said, most);
        problems.iter_mut().for_each(|problem| problem.spans.iter_mut().for_each(|span| span.file = file));
        problems.sort_by(|one, other| one.spans.cmp(&other.spans));
        problems.truncate(MAX_PROBLEMS);
        problems
    }

    /// A source that is not even parsed.
    fn refused(whole: Span, problems: Vec<Error>) -> Lowered {
        let expr = Rc::new(Expr { span: whole, kind: ExprKind::Broken });
        Lowered { expr, found: problems, said: Vec::new(), told: OnceCell::new() }
    }
}

/// Parses a source; its expressions may be nested so deep.
pub(crate) fn lower(
    text: &str,
    file: FileId,
    symbols: &mut Symbols,
    nesting: usize,
    globals: Globals,
) -> Lowered {
    let whole = Span { file, start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) };
    let refused = |message: String, at: usize, whole: Span| {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let place = Span { file, start: at, end: at };
        Lowered::refused(whole, vec![Error::new(ErrorKind::Limit, message, vec![place])])
    };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return refused(message, 0, whole);
    }
    let text = &*lines_ended(text);
    let padding = match padding(text) {
        Ok(padding) => padding,
        Err((at, message)) => return refused(message, at, whole),
    };
    let parse = Root::parse(&padding.pad(text));
    if let (Some(at), [_, ..]) = (padding.first(), parse.errors()) {
        // The repair would parse the source without the space.
        let message = format!("a call of more than {MAX_ARGUMENTS} words, in a file that is no Nix");
        return refused(message, at, whole);
    }
    let mut lower = Lower::new(file, symbols, nesting, globals, padding);
    let expr = parse.tree().expr();
    let expr = lower.optional(expr, whole);
    let mut found = lower.problems;
    found.sort_by(|one, other| one.spans.cmp(&other.spans));
    found.truncate(MAX_PROBLEMS);
    Lowered { expr, found, said: parse.errors().to_vec(), told: OnceCell::new() }
}

#[cfg(test)]
mod tests {
    use super::{is_parsable, is_plain};

    fn set(expressions: usize, words: usize) -> String {
        let value = "+ x ".repeat(words / 2);
        let attributes: String = (0..expressions).map(|at| format!("k{at} = x {value};\n")).collect();
        format!("{{ {attributes} }}")
    }

    #[test]
    fn long_expressions_count_together() {
        assert!(is_parsable(&set(1, 7900)), "one that is long");
        assert!(!is_parsable(&set(1, 8100)), "one that is too long");
        assert!(is_parsable(&set(100, 1000)), "a hundred of a thousand words");
        assert!(!is_parsable(&set(100, 4000)), "a hundred of thousands");
        assert!(is_parsable(&set(10_000, 30)), "many of the usual length");
    }

    #[test]
    fn calls_are_not_endless() {
        let fits = |argument: &str, count: usize| is_plain(&format!("f {}", argument.repeat(count)));
        for argument in ["x ", "{ } ", "{ a = 1; } ", "[ 1 2 3 ] ", "(g x) ", "\"a;b\" ", "''a'' ", "1*"] {
            assert!(fits(argument, 99), "a hundred of `{argument}`");
            assert!(!fits(argument, 501), "five hundred of `{argument}`");
            let long = format!("f {}", argument.repeat(1500));
            assert!(is_parsable(&long), "1,500 of `{argument}`");
        }
        for argument in ["+ x ", "++ [ 1 ]", "// { a = 1; } ", "== x\n"] {
            assert!(fits(argument, 1000), "a thousand of `{argument}`");
        }
        assert!(is_parsable(&format!("[ {} ]", "x ".repeat(5000))), "a list");
        assert!(is_parsable(&format!("\"{}\"", "${toString 1} ".repeat(5000))), "a string");
        assert!(is_parsable(&format!("''{}''", "line ${f x}\n".repeat(5000))), "lines");
        assert!(is_parsable(&format!("{{ inherit (f x) {}; }}", "x ".repeat(5000))), "names");
        assert!(is_parsable(&format!("{{ {} }}: x", "x, ".repeat(5000))), "arguments");
    }
}
