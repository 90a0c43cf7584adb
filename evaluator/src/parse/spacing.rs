//! The limits on what is parsed, and the space that the parser needs to take linear time.

use crate::padding::Padding;

/// Brackets within brackets, and attributes of attributes, beyond this are refused before they are parsed: the parser takes
/// time quadratic in them where they are left open.
const MAX_NESTING: usize = 500;

/// The limit of words in an expression without brackets or semicolons, in which the parser's time is quadratic, too.
const MAX_WORDS: usize = 8000;

/// The limit of the sum of squares over all such expressions: many long ones are as bad as one that is longer.
const MAX_WORDS_SQUARED: usize = 4 * MAX_WORDS * MAX_WORDS;

/// Each time that its table of nodes grows, it goes down to the bottom of every node with at most three parts, and so of calls
/// within calls, and of operators without spaces. After so many, space is put between them.
pub(super) const MAX_ARGUMENTS: usize = 500;

/// And in `+` and `-` without a space, which may be part of a path.
const MAX_SIGNS: usize = 2000;

/// The space that a source needs to be parsed in linear time.
///
/// # Errors
/// Where it goes beyond what is parsed, and how.
pub(super) fn padding(text: &str) -> Result<Padding, (usize, String)> {
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
