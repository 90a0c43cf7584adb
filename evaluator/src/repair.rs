//! Error messages for a source that does not parse, without the errors that only follow from the first.
//!
//! After an error, a parser reports further ones that are none. So only its first error counts; then the source is repaired
//! there, in the way that makes the parser get furthest, and parsed again for the next.

use rnix::{ParseError, Root, SyntaxKind};

use crate::error::{Error, ErrorKind};
use crate::span::Span;

/// The most messages for one source.
const MOST: usize = 20;
/// The most bytes that are parsed to repair one source, all attempts together.
pub(crate) const MOST_PARSED: usize = 400_000;
/// The tokens that are inserted to see whether the parser gets further.
const MISSING: &[&str] =
    &[" null ", ";", "]", ")", "}", " = null;", " else null ", " then null ", " in null "];

/// The first error of the parser in a text: its range in bytes, and its message.
#[derive(Clone, PartialEq)]
struct SyntaxFault {
    start: usize,
    end: usize,
    message: String,
    /// The token that it found, and whether it wanted a semicolon.
    found: Option<SyntaxKind>,
    wants_semicolon: bool,
}

/// A source with tokens inserted or removed, so that the parser gets further.
struct RepairedSource {
    text: String,
    /// The inserted tokens: the offset and the length of each.
    inserted: Vec<(usize, usize)>,
}

impl RepairedSource {
    /// The offset in the source of an offset in the repaired text.
    fn original(&self, at: usize) -> usize {
        // Offsets of later insertions count the earlier ones, so that the last insertion is undone first.
        self.inserted.iter().rev().fold(at, |at, (place, length)| match at >= place + length {
            true => at - length,
            false => at.min(*place),
        })
    }

    fn with(&self, at: usize, missing: &str) -> RepairedSource {
        let text = [&self.text[..at], missing, &self.text[at..]].concat();
        let inserted = self.inserted.iter().copied().chain([(at, missing.len())]).collect();
        RepairedSource { text, inserted }
    }

    /// The text with the tokens of the fault replaced by `instead` and spaces, of the same length.
    fn without(&self, fault: &SyntaxFault, instead: &str) -> RepairedSource {
        let blank: String = self.text[fault.start..fault.end]
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        let blank = [instead, &blank[instead.len()..]].concat();
        let text = [&self.text[..fault.start], &blank, &self.text[fault.end..]].concat();
        RepairedSource { text, inserted: self.inserted.clone() }
    }
}

/// The messages for a source that does not parse, given the errors of the parser.
pub(crate) fn errors(text: &str, said: &[ParseError], most: usize) -> Vec<Error> {
    let mut repaired = RepairedSource { text: text.to_owned(), inserted: Vec::new() };
    let Some(mut fault) = first(said, text) else { return Vec::new() };
    let mut errors = vec![error(text, &fault, &repaired)];
    // A parser that has given up says nothing of what it has not seen.
    if said.iter().any(|said| matches!(said, ParseError::RecursionLimitExceeded)) {
        return errors;
    }
    let mut told = repaired.original(fault.start);
    let mut left = most;
    while errors.len() < MOST {
        let Some((better, next)) = step(&repaired, &fault, &mut left) else { break };
        repaired = better;
        let Some(next) = next else { break };
        fault = next;
        let start = repaired.original(fault.start);
        // Two errors on one line count as one mistake.
        let same_line = text.get(told.min(start)..start).is_none_or(|between| !between.contains('\n'));
        if !same_line && start < text.len() {
            errors.push(error(text, &fault, &repaired));
            told = start;
        }
    }
    errors
}

/// Repairs a fault in the way that makes the parser get furthest; also gives the fault that is the first then, if there is one.
fn step(
    repaired: &RepairedSource,
    fault: &SyntaxFault,
    left: &mut usize,
) -> Option<(RepairedSource, Option<SyntaxFault>)> {
    let here = repaired.original(fault.start);
    let mut best: Option<(usize, RepairedSource, Option<SyntaxFault>)> = None;
    let candidates = MISSING.iter().map(|missing| repaired.with(fault.start, missing));
    let there = fault.end > fault.start;
    let without = there.then(|| ["", "0", "="].map(|instead| repaired.without(fault, instead)));
    for candidate in candidates.chain(without.into_iter().flatten()) {
        *left = left.checked_sub(candidate.text.len())?;
        let parse = Root::parse(&candidate.text);
        let next = first(parse.errors(), &candidate.text);
        let Some(next) = next else { return Some((candidate, None)) };
        let reached = candidate.original(next.start);
        let further = reached > here || (reached == here && next.message != fault.message);
        if further && best.as_ref().is_none_or(|(best, ..)| reached > *best) {
            best = Some((reached, candidate, Some(next)));
        }
    }
    best.map(|(_, candidate, next)| (candidate, next))
}

/// The first fault that the parser reports.
fn first(errors: &[ParseError], text: &str) -> Option<SyntaxFault> {
    errors.iter().min_by_key(|error| start(error).unwrap_or(text.len())).map(|error| fault(error, text))
}

/// The offset of an error, unless it is at the end of the text.
fn start(error: &ParseError) -> Option<usize> {
    use ParseError as E;
    match error {
        E::Unexpected(range)
        | E::UnexpectedExtra(range)
        | E::UnexpectedWanted(_, range, _)
        | E::UnexpectedDoubleBind(range)
        | E::DuplicatedArgs(range, _) => Some(range.start().into()),
        _ => None,
    }
}

fn fault(error: &ParseError, text: &str) -> SyntaxFault {
    use ParseError as E;
    let end = text.len();
    let plain = |start, end, message: String| SyntaxFault {
        start,
        end,
        message,
        found: None,
        wants_semicolon: false,
    };
    // The parser skips as far as it can go on; it is the first word there that it did not expect.
    let at = |range: &rowan::TextRange, message: String| {
        let start: usize = range.start().into();
        let word = text.get(start..).and_then(|rest| rnix::tokenize(rest).next());
        plain(start, start + word.map_or(0, |(_, word)| word.len()), message)
    };
    match error {
        E::Unexpected(range) => at(range, "this is not expected here".to_owned()),
        E::UnexpectedExtra(range) => at(range, "the expression has ended before this".to_owned()),
        E::UnexpectedWanted(found, range, wanted) => SyntaxFault {
            found: Some(*found),
            wants_semicolon: wanted.contains(&SyntaxKind::TOKEN_SEMICOLON),
            ..at(range, wanted_instead(*found, wanted))
        },
        E::UnexpectedDoubleBind(range) => at(range, "the pattern is named twice".to_owned()),
        E::UnexpectedEOF => plain(end, end, "the file ends in the middle of an expression".to_owned()),
        E::UnexpectedEOFWanted(wanted) => {
            plain(end, end, format!("the file ends here; expected {}", words(wanted)))
        }
        E::DuplicatedArgs(range, name) => at(range, format!("the argument `{name}` stands twice")),
        E::RecursionLimitExceeded => plain(end, end, "expressions are nested too deeply".to_owned()),
        other => plain(end, end, other.to_string()),
    }
}

/// The message for a fault, at its place in the source.
fn error(text: &str, fault: &SyntaxFault, repaired: &RepairedSource) -> Error {
    let (mut start, mut end) = (repaired.original(fault.start), repaired.original(fault.end));
    let mut message = fault.message.clone();
    // `a = 1` and then `b = 2;` on the next line: the parser takes `1 b` for a call, and fails at the second `=`.
    let before = text.get(..start).and_then(|before| match fault.found {
        _ if !fault.wants_semicolon => None,
        Some(SyntaxKind::TOKEN_ASSIGN) => before.trim_end().rsplit_once('\n').map(|(before, _)| before),
        Some(SyntaxKind::TOKEN_IN) => Some(before),
        _ => None,
    });
    let line = before.map_or("", |before| before.trim_end());
    if !line.is_empty() && !line.lines().next_back().is_some_and(|line| line.contains('#')) {
        start = line.rfind([' ', '\n', '(', '[', '{']).map_or(0, |at| at + 1);
        end = line.len();
        message = "expected `;` after this".to_owned();
    }
    let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span { start: small(start), end: small(end), ..Span::default() };
    Error::new(ErrorKind::Syntax, message, vec![span])
}

/// Describes the tokens that a parser wanted where it found another.
fn wanted_instead(found: SyntaxKind, wanted: &[SyntaxKind]) -> String {
    let words = words(wanted);
    match found {
        SyntaxKind::TOKEN_COMMA if words == "an expression" => {
            "there is no comma in a list: write its elements with a space between them".to_owned()
        }
        _ => format!("expected {words}"),
    }
}

/// Lists tokens in words.
fn words(kinds: &[SyntaxKind]) -> String {
    // Whatever an expression can begin with makes a long list that says less.
    let begins = |kind: &SyntaxKind| {
        use rnix::SyntaxKind as K;
        matches!(
            kind,
            K::TOKEN_L_PAREN | K::TOKEN_REC | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_STRING_START
        )
    };
    if kinds.iter().filter(|kind| begins(kind)).count() > 2 {
        return "an expression".to_owned();
    }
    // Where a name or the end of a string is wanted, the other wanted tokens are of no help.
    for certain in [SyntaxKind::TOKEN_IDENT, SyntaxKind::TOKEN_STRING_END] {
        if kinds.contains(&certain) {
            return token_text(certain);
        }
    }
    let names: Vec<String> = kinds.iter().map(|kind| token_text(*kind)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn token_text(kind: SyntaxKind) -> String {
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

#[cfg(test)]
mod tests {
    use super::{Root, errors};

    /// Each place that is said to be wrong, in brackets, and what is said.
    fn told(text: &str) -> Vec<String> {
        let said = errors(text, Root::parse(text).errors(), 1 << 20);
        let shown = |error: &crate::Error| {
            let range = error.spans[0].range();
            format!("{}: {}", &text[range], error.message)
        };
        said.iter().map(shown).collect()
    }

    #[test]
    fn every_mistake_is_said_once() {
        let cases: &[(&str, &[&str])] = &[
            (
                "{ a = 1\n  b = 2;\n  c = 3\n  d = 4;\n}",
                &["1: expected `;` after this", "3: expected `;` after this"],
            ),
            ("{ a = 1 b = 2; c = 3; }", &["=: expected `;`"]),
            ("{ a = ; b = 2;\n c = ; }", &[";: expected an expression", ";: expected an expression"]),
            ("{ a = [ 1 2;\n b = 3;\n c = 4; }", &[";: expected an expression"]),
            (
                "{ a = { b = 1; ;\n c = 2; };\n d = ];\n }",
                &[";: expected a name", "]: expected an expression"],
            ),
            ("{ a = (1 + ;\n b = 2; }", &[";: expected an expression"]),
            ("{ a = f x;\n b = \"abc;\n c = 2; }", &["abc: expected the end of the string"]),
            ("{ config, lib }: { a = 1;\n b = if x then 1;\n c = 3; }", &[";: expected `else`"]),
            ("let a = 1; b = 2\n in a + b", &["2: expected `;` after this"]),
            ("{ a = 1; b\n }", &["}: expected `=`"]),
            ("{ a = 1; } }", &["}: the expression has ended before this"]),
            ("{ a.b. = 1;\n c = 1;\n d = \n }", &["=: expected a name", "}: expected an expression"]),
            ("{ a: 1;\n b = 2; }", &[":: expected `=`"]),
            ("{ foo = { bar = 1;\n baz = 2; }", &[": the file ends here; expected `;`"]),
            ("", &[": the file ends in the middle of an expression"]),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), *expected, "{text}");
        }
    }
}
