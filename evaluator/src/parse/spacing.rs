//! The limits on what is parsed, and the space that the parser needs to take linear time.

use rnix::SyntaxKind as K;

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

/// Where a source goes beyond what is parsed, in bytes, and how.
type Beyond = (usize, String);

/// The space that a source needs to be parsed in linear time.
///
/// # Errors
/// Where it goes beyond what is parsed, and how.
pub(super) fn padding(text: &str) -> Result<Padding, Beyond> {
    let count = |bytes: &[u8]| text.bytes().filter(|byte| bytes.contains(byte)).count();
    if text.len() <= 2 * MAX_ARGUMENTS && count(b"([{") <= MAX_NESTING && count(b".") <= MAX_NESTING {
        return Ok(Padding::default());
    }
    check_look_ahead(text)?;
    let mut nesting = Nesting::default();
    let mut padding = Padding::default();
    let mut at = 0;
    for (kind, token) in rnix::tokenize(text) {
        let after_space = nesting.take(kind);
        if nesting.open.len() > MAX_NESTING || nesting.dots > MAX_NESTING {
            return Err((at, too_deep()));
        }
        if nesting.beside > MAX_ARGUMENTS && takes_space(kind, after_space) {
            padding.add(at);
            nesting.beside = 0;
        }
        nesting.check().map_err(|message| (at, message))?;
        at += token.len();
    }
    Ok(padding)
}

fn too_deep() -> String {
    format!("brackets or attribute paths are more than {MAX_NESTING} deep")
}

/// To tell a path from names with dots between them, the tokenizer looks ahead as far as either goes.
fn check_look_ahead(text: &str) -> Result<(), Beyond> {
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
            return Err((at, too_deep()));
        }
        if signs > MAX_SIGNS {
            return Err((at, format!("more than {MAX_SIGNS} signs without a space")));
        }
    }
    Ok(())
}

/// The counts on which the parser's time depends, up to a token.
#[derive(Default)]
struct Nesting {
    dots: usize,
    /// Words of the current expression.
    words: usize,
    /// The sum of the squares of the words of all expressions.
    squared: usize,
    /// How many words stand beside each other with nothing between but spaces, or without spaces.
    beside: usize,
    /// Whether the last token was space.
    spaced: bool,
    /// Whether the last token was an operator.
    operator: bool,
    /// How many brackets are around names that are inherited.
    inherited: Option<usize>,
    /// The brackets that are open, and how many words stood before each, and how many of them beside each other.
    open: Vec<(K, usize, usize)>,
}

impl Nesting {
    /// Counts a token; gives whether there is space before it.
    fn take(&mut self, kind: K) -> bool {
        match kind {
            K::TOKEN_DOT => self.dots += 1,
            K::TOKEN_IDENT | K::TOKEN_WHITESPACE | K::TOKEN_COMMENT => {}
            _ => self.dots = 0,
        }
        self.count_words(kind);
        self.count_beside(kind);
        let after_space = self.spaced;
        self.spaced = matches!(kind, K::TOKEN_WHITESPACE | K::TOKEN_COMMENT);
        self.operator = is_operator(kind);
        // The elements of a list are siblings and not nested.
        if matches!(self.open.last(), Some((K::TOKEN_L_BRACK, ..))) {
            (self.words, self.beside) = (0, 0);
        }
        after_space
    }

    fn count_words(&mut self, kind: K) {
        match kind {
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT | K::TOKEN_STRING_CONTENT => {}
            K::TOKEN_L_PAREN | K::TOKEN_L_BRACE | K::TOKEN_L_BRACK | K::TOKEN_INTERPOL_START => {
                self.open.push((kind, std::mem::take(&mut self.words), std::mem::take(&mut self.beside)));
            }
            K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK | K::TOKEN_INTERPOL_END => {
                self.squared += self.words * self.words;
                let (words, beside) = self.open.pop().map_or((0, 0), |(_, words, beside)| (words, beside));
                (self.words, self.beside) = (words + 1, beside);
            }
            K::TOKEN_SEMICOLON | K::TOKEN_COMMA => {
                self.squared += std::mem::take(&mut self.words).pow(2);
                self.beside = 0;
                self.inherited = None;
            }
            _ => self.words += 1,
        }
    }

    fn count_beside(&mut self, kind: K) {
        match kind {
            // With a space before or after it, an operator makes a node of more than three parts.
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT if self.operator => self.beside = 0,
            K::TOKEN_WHITESPACE | K::TOKEN_COMMENT | K::TOKEN_STRING_CONTENT => {}
            // The parts of a string, and names that are inherited, are beside each other in one node.
            K::TOKEN_INTERPOL_START | K::TOKEN_INTERPOL_END => {}
            K::TOKEN_INHERIT => self.inherited = Some(self.open.len()),
            _ if self.inherited == Some(self.open.len()) => (self.words, self.beside) = (0, 0),
            _ if is_operator(kind) && self.spaced => self.beside = 0,
            _ => self.beside += 1,
        }
    }

    /// # Errors
    /// How the source goes beyond what is parsed.
    fn check(&self) -> Result<(), String> {
        let Nesting { beside, words, squared, .. } = *self;
        if beside > 2 * MAX_ARGUMENTS {
            return Err(format!("more than {beside} words of one call without a space"));
        }
        if words > MAX_WORDS {
            return Err(format!("an expression of more than {MAX_WORDS} words without a semicolon"));
        }
        if squared > MAX_WORDS_SQUARED {
            let message =
                "too many expressions of thousands of words without a semicolon; put them into several files";
            return Err(message.to_owned());
        }
        Ok(())
    }
}

/// Whether space may be put before a token: not into a string, nor into a path.
fn takes_space(kind: K, after_space: bool) -> bool {
    let begins = matches!(kind, K::TOKEN_IDENT | K::TOKEN_INTEGER | K::TOKEN_FLOAT | K::TOKEN_STRING_START);
    let ends = matches!(kind, K::TOKEN_R_PAREN | K::TOKEN_R_BRACE | K::TOKEN_R_BRACK);
    let is_space = matches!(kind, K::TOKEN_WHITESPACE | K::TOKEN_COMMENT);
    begins || ends || is_operator(kind) || (after_space && !is_space)
}

/// Whether a token stands between two expressions, and is not a part of one.
fn is_operator(kind: K) -> bool {
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
