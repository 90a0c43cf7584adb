//! Regular expressions the way Nix has them: POSIX extended ones, over bytes, matched as the C++ library that Nix uses does
//! it, which is neither leftmost-first nor always leftmost-longest.
//!
//! It tries everything in order: of two alternatives both, of a repetition first once more, and then less only where that
//! led nowhere; of all that it so finds, what ends last counts, and of that the first. No library matches so, and what
//! `match` and `split` give goes by it. Time is bounded by the steps that the caller grants.

mod search;

pub(super) use search::{Groups, Search};

/// Repetitions beyond this are refused.
const MOST_STATES: usize = 20_000;

/// The reason why an expression is not matched: it is none, or it is of a form that is not supported.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nix refuses it, too.
    Invalid,
    /// It cannot be told here what Nix would make of it.
    Unknown,
}

/// A state, and where it goes on.
#[derive(Clone, Debug)]
enum State {
    /// A byte of a set, and then the next.
    Byte(Box<[bool; 256]>, usize),
    /// Nothing, and then the next.
    Skip(usize),
    /// Once more, or the next.
    Repeat(usize, usize),
    /// The one, and the other.
    Either(usize, usize),
    Begin(usize),
    End(usize),
    Open(usize, usize),
    Close(usize, usize),
    Accept,
}

/// A part of the automaton: its first state, and the one whose next is still open.
#[derive(Clone, Copy)]
struct Piece {
    first: usize,
    last: usize,
}

/// A compiled POSIX extended regular expression, as a graph of states.
#[derive(Debug)]
pub(super) struct Regex {
    states: Vec<State>,
    start: usize,
    groups: usize,
}

/// The state of reading an expression.
#[derive(Clone, Debug)]
enum Node {
    Set(Box<[bool; 256]>),
    Begin,
    End,
    Group(usize, Box<Node>),
    All(Vec<Node>),
    Either(Box<Node>, Box<Node>),
    Star(Box<Node>),
    Plus(Box<Node>),
    Maybe(Box<Node>),
    Times(Box<Node>, usize, Option<usize>),
}

struct Parser<'p> {
    rest: &'p [u8],
    groups: usize,
    depth: usize,
}

fn set(test: impl Fn(u8) -> bool) -> Node {
    Node::Set(Box::new(std::array::from_fn(|byte| test(byte as u8))))
}

impl Parser<'_> {
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

    fn common_of(&mut self) -> Result<Node, Refusal> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(Refusal::Unknown);
        }
        let mut node = self.all()?;
        while self.take(b'|') {
            node = Node::Either(Box::new(node), Box::new(self.all()?));
        }
        self.depth -= 1;
        Ok(node)
    }

    fn all(&mut self) -> Result<Node, Refusal> {
        let mut nodes = Vec::new();
        while let Some(byte) = self.rest.first().copied() {
            if byte == b'|' || (byte == b')' && self.depth > 1) {
                break;
            }
            self.rest = &self.rest[1..];
            let atom = match byte {
                b'^' => {
                    nodes.push(Node::Begin);
                    continue;
                }
                b'$' => {
                    nodes.push(Node::End);
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
                    Node::Group(group, Box::new(inner))
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
        Ok(Node::All(nodes))
    }

    fn repeated(&mut self, mut node: Node) -> Result<Node, Refusal> {
        loop {
            node = if self.take(b'*') {
                Node::Star(Box::new(node))
            } else if self.take(b'+') {
                Node::Plus(Box::new(node))
            } else if self.take(b'?') {
                Node::Maybe(Box::new(node))
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
                Node::Times(Box::new(node), least, most)
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
    fn bracket(&mut self) -> Result<Node, Refusal> {
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

impl Regex {
    /// Compiles a regular expression; refuses a malformed one.
    pub(super) fn new(pattern: &str) -> Result<Regex, Refusal> {
        let mut parser = Parser { rest: pattern.as_bytes(), groups: 0, depth: 0 };
        let node = parser.common_of()?;
        let mut regex = Regex { states: Vec::new(), start: 0, groups: parser.groups };
        let piece = regex.piece(&node)?;
        let accept = regex.state(State::Accept)?;
        regex.join(piece.last, accept);
        regex.start = piece.first;
        Ok(regex)
    }

    fn state(&mut self, state: State) -> Result<usize, Refusal> {
        if self.states.len() >= MOST_STATES {
            return Err(Refusal::Unknown);
        }
        self.states.push(state);
        Ok(self.states.len() - 1)
    }

    fn single(&mut self, state: State) -> Result<Piece, Refusal> {
        let at = self.state(state)?;
        Ok(Piece { first: at, last: at })
    }

    fn join(&mut self, from: usize, to: usize) {
        match &mut self.states[from] {
            State::Byte(_, next)
            | State::Skip(next)
            | State::Repeat(_, next)
            | State::Either(_, next)
            | State::Begin(next)
            | State::End(next)
            | State::Open(_, next)
            | State::Close(_, next) => *next = to,
            State::Accept => {}
        }
    }

    fn then(&mut self, one: Piece, other: Piece) -> Piece {
        self.join(one.last, other.first);
        Piece { first: one.first, last: other.last }
    }

    fn piece(&mut self, node: &Node) -> Result<Piece, Refusal> {
        match node {
            Node::Set(set) => self.single(State::Byte(set.clone(), 0)),
            Node::Begin => self.single(State::Begin(0)),
            Node::End => self.single(State::End(0)),
            Node::Group(group, inner) => {
                let open = self.single(State::Open(*group, 0))?;
                let inner = self.piece(inner)?;
                let close = self.single(State::Close(*group, 0))?;
                let opened = self.then(open, inner);
                Ok(self.then(opened, close))
            }
            Node::All(nodes) => {
                let mut whole = self.single(State::Skip(0))?;
                for node in nodes {
                    let piece = self.piece(node)?;
                    whole = self.then(whole, piece);
                }
                Ok(whole)
            }
            Node::Either(one, other) => {
                let (one, other) = (self.piece(one)?, self.piece(other)?);
                let end = self.state(State::Skip(0))?;
                self.join(one.last, end);
                self.join(other.last, end);
                let first = self.state(State::Either(one.first, other.first))?;
                Ok(Piece { first, last: end })
            }
            Node::Star(inner) => {
                let inner = self.piece(inner)?;
                let again = self.state(State::Repeat(inner.first, 0))?;
                self.join(inner.last, again);
                Ok(Piece { first: again, last: again })
            }
            Node::Plus(inner) => {
                let inner = self.piece(inner)?;
                let again = self.state(State::Repeat(inner.first, 0))?;
                self.join(inner.last, again);
                Ok(Piece { first: inner.first, last: again })
            }
            Node::Maybe(inner) => self.times(inner, 0, Some(1)),
            Node::Times(inner, least, most) => self.times(inner, *least, *most),
        }
    }

    fn times(&mut self, node: &Node, least: usize, most: Option<usize>) -> Result<Piece, Refusal> {
        let mut whole = self.single(State::Skip(0))?;
        for _ in 0..least {
            let piece = self.piece(node)?;
            whole = self.then(whole, piece);
        }
        let Some(most) = most else {
            let more = self.piece(&Node::Star(Box::new(node.clone())))?;
            return Ok(self.then(whole, more));
        };
        let end = self.state(State::Skip(0))?;
        for _ in least..most {
            let piece = self.piece(node)?;
            let again = self.state(State::Repeat(piece.first, end))?;
            self.join(whole.last, again);
            whole = Piece { first: whole.first, last: piece.last };
        }
        self.join(whole.last, end);
        Ok(Piece { first: whole.first, last: end })
    }
}
