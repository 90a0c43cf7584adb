//! The syntax of POSIX extended regular expressions.

/// Repetitions beyond this are refused.
pub(super) const MOST_STATES: usize = 20_000;

/// The reason why an expression is not matched: it is none, or it is of a form that is not supported.
#[derive(Debug)]
pub(in crate::builtins) enum Refusal {
    /// Nix refuses it, too.
    Invalid,
    /// It cannot be told here what Nix would make of it.
    Unknown,
}

/// A part of an expression.
#[derive(Clone, Debug)]
pub(super) enum PatternNode {
    Set(Box<[bool; 256]>),
    Begin,
    End,
    Group(usize, Box<PatternNode>),
    All(Vec<PatternNode>),
    Either(Box<PatternNode>, Box<PatternNode>),
    Star(Box<PatternNode>),
    Plus(Box<PatternNode>),
    Maybe(Box<PatternNode>),
    Times(Box<PatternNode>, usize, Option<usize>),
}

pub(super) struct Parser<'p> {
    rest: &'p [u8],
    pub(super) groups: usize,
    depth: usize,
}

fn set(test: impl Fn(u8) -> bool) -> PatternNode {
    PatternNode::Set(Box::new(std::array::from_fn(|byte| test(byte as u8))))
}

impl<'p> Parser<'p> {
    /// Begins to read an expression.
    pub(super) fn new(pattern: &'p str) -> Parser<'p> {
        Parser { rest: pattern.as_bytes(), groups: 0, depth: 0 }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.rest.first() == Some(&byte);
        if there {
            self.rest = &self.rest[1..];
        }
        there
    }

    pub(super) fn common_of(&mut self) -> Result<PatternNode, Refusal> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(Refusal::Unknown);
        }
        let mut node = self.all()?;
        while self.take(b'|') {
            node = PatternNode::Either(Box::new(node), Box::new(self.all()?));
        }
        self.depth -= 1;
        Ok(node)
    }

    fn all(&mut self) -> Result<PatternNode, Refusal> {
        let mut nodes = Vec::new();
        while let Some(byte) = self.rest.first().copied() {
            if byte == b'|' || (byte == b')' && self.depth > 1) {
                break;
            }
            self.rest = &self.rest[1..];
            let atom = match byte {
                b'^' => {
                    nodes.push(PatternNode::Begin);
                    continue;
                }
                b'$' => {
                    nodes.push(PatternNode::End);
                    continue;
                }
                b'.' => set(|byte| byte != 0),
                b'[' => self.bracket()?,
                b'(' => {
                    let group = self.groups;
                    self.groups += 1;
                    let inner = self.common_of()?;
                    if !self.take(b')') {
                        return Err(Refusal::Invalid);
                    }
                    PatternNode::Group(group, Box::new(inner))
                }
                b'\\' => match self.next() {
                    Some(byte) if b".[\\()*+?{|^$".contains(&byte) => set(|other| other == byte),
                    _ => return Err(Refusal::Invalid),
                },
                b'*' | b'+' | b'?' | b'{' | b')' => return Err(Refusal::Invalid),
                byte => set(|other| other == byte),
            };
            nodes.push(self.repeated(atom)?);
        }
        Ok(PatternNode::All(nodes))
    }

    fn repeated(&mut self, mut node: PatternNode) -> Result<PatternNode, Refusal> {
        loop {
            node = if self.take(b'*') {
                PatternNode::Star(Box::new(node))
            } else if self.take(b'+') {
                PatternNode::Plus(Box::new(node))
            } else if self.take(b'?') {
                PatternNode::Maybe(Box::new(node))
            } else if self.take(b'{') {
                let least = self.number()?;
                let most = match self.take(b',') {
                    true if self.rest.first() == Some(&b'}') => None,
                    true => Some(self.number()?),
                    false => Some(least),
                };
                if !self.take(b'}') || most.is_some_and(|most| most < least) {
                    return Err(Refusal::Invalid);
                }
                PatternNode::Times(Box::new(node), least, most)
            } else {
                return Ok(node);
            };
        }
    }

    fn number(&mut self) -> Result<usize, Refusal> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<usize>().ok());
        match number {
            Some(number) if number > MOST_STATES => Err(Refusal::Unknown),
            Some(number) => Ok(number),
            None => Err(Refusal::Invalid),
        }
    }

    /// Reads a bracket expression. A dash at either end and a bracket at the beginning stand for themselves.
    fn bracket(&mut self) -> Result<PatternNode, Refusal> {
        let negated = self.take(b'^');
        let mut found = [false; 256];
        let mut last: Option<u8> = None;
        let mut first = true;
        loop {
            let byte = self.next().ok_or(Refusal::Invalid)?;
            match byte {
                b']' if !first => break,
                b'-' if !first => match (last, self.rest.first().copied()) {
                    (_, Some(b']')) => found[usize::from(b'-')] = true,
                    (Some(from), Some(_)) => {
                        let to = self.next().ok_or(Refusal::Invalid)?;
                        if to == b'[' && matches!(self.rest.first(), Some(b':' | b'.' | b'=')) {
                            return Err(Refusal::Unknown);
                        }
                        if to < from {
                            return Err(Refusal::Invalid);
                        }
                        (from..=to).for_each(|byte| found[usize::from(byte)] = true);
                        last = None;
                    }
                    _ => return Err(Refusal::Invalid),
                },
                b'[' if matches!(self.rest.first(), Some(b'.' | b'=')) => return Err(Refusal::Unknown),
                b'[' if self.take(b':') => {
                    let end = self.rest.windows(2).position(|two| two == b":]").ok_or(Refusal::Invalid)?;
                    let class = class_of(&self.rest[..end]).ok_or(Refusal::Invalid)?;
                    self.rest = &self.rest[end + 2..];
                    (0..=u8::MAX).filter(class).for_each(|byte| found[usize::from(byte)] = true);
                    last = None;
                }
                // Half of a character is not what anybody means.
                128.. => return Err(Refusal::Unknown),
                byte => {
                    found[usize::from(byte)] = true;
                    last = Some(byte);
                }
            }
            first = false;
        }
        Ok(set(|byte| found[usize::from(byte)] != negated))
    }
}

/// A class of characters, as of the locale `C`.
fn class_of(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"punct" => u8::is_ascii_punctuation,
        b"graph" => u8::is_ascii_graphic,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"cntrl" => u8::is_ascii_control,
        b"print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        _ => return None,
    })
}
