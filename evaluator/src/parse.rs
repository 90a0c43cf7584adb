//! Parsing: what is too long or too intricate is refused before, and what the parser says is put into words.

mod lines;
mod spacing;

use std::cell::OnceCell;
use std::rc::Rc;

use rnix::{ParseError, Root};

use crate::error::{Error, ErrorKind};
use crate::ir::{Expr, ExprKind};
use crate::lower::{Globals, Lower};
use crate::padding::Padding;
use crate::parse::spacing::{MAX_ARGUMENTS, padding};
use crate::repair;
use crate::span::{FileId, Span};
use crate::symbol::Symbols;

pub use self::lines::lines_ended;

/// Longer sources are refused: nobody writes them, and a parser's tree takes many times their size.
const MAX_BYTES: usize = 2 << 20;

/// No more than this is said of one source.
const MAX_PROBLEMS: usize = 200;

/// Whether a source is of a size and depth that is parsed at all.
pub fn is_parsable(text: &str) -> bool {
    text.len() <= MAX_BYTES && padding(&lines_ended(text)).is_ok()
}

/// Whether a source is parsed in linear time as it stands, without space in its long calls.
pub fn is_plain(text: &str) -> bool {
    let is_plain = |padding: Padding| padding.first().is_none();
    text.len() <= MAX_BYTES && padding(&lines_ended(text)).is_ok_and(is_plain)
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
