//! Regular expressions the way Nix has them: POSIX extended ones, over bytes, matched as the C++ library that Nix uses does
//! it, which is neither leftmost-first nor always leftmost-longest.
//!
//! It tries everything in order: of two alternatives both, of a repetition first once more, and then less only where that
//! led nowhere; of all that it so finds, what ends last counts, and of that the first. No library matches so, and what
//! `match` and `split` give goes by it. Time is bounded by the steps that the caller grants.

mod search;
mod syntax;

use self::syntax::{MOST_STATES, Parser, PatternNode};

pub(super) use self::search::{Groups, Search};
pub(super) use self::syntax::Refusal;

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

impl Regex {
    /// Compiles a regular expression; refuses a malformed one.
    pub(super) fn new(pattern: &str) -> Result<Regex, Refusal> {
        let mut parser = Parser::new(pattern);
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

    fn piece(&mut self, node: &PatternNode) -> Result<Piece, Refusal> {
        match node {
            PatternNode::Set(set) => self.single(State::Byte(set.clone(), 0)),
            PatternNode::Begin => self.single(State::Begin(0)),
            PatternNode::End => self.single(State::End(0)),
            PatternNode::Group(group, inner) => {
                let open = self.single(State::Open(*group, 0))?;
                let inner = self.piece(inner)?;
                let close = self.single(State::Close(*group, 0))?;
                let opened = self.then(open, inner);
                Ok(self.then(opened, close))
            }
            PatternNode::All(nodes) => {
                let mut whole = self.single(State::Skip(0))?;
                for node in nodes {
                    let piece = self.piece(node)?;
                    whole = self.then(whole, piece);
                }
                Ok(whole)
            }
            PatternNode::Either(one, other) => {
                let (one, other) = (self.piece(one)?, self.piece(other)?);
                let end = self.state(State::Skip(0))?;
                self.join(one.last, end);
                self.join(other.last, end);
                let first = self.state(State::Either(one.first, other.first))?;
                Ok(Piece { first, last: end })
            }
            PatternNode::Star(inner) => {
                let inner = self.piece(inner)?;
                let again = self.state(State::Repeat(inner.first, 0))?;
                self.join(inner.last, again);
                Ok(Piece { first: again, last: again })
            }
            PatternNode::Plus(inner) => {
                let inner = self.piece(inner)?;
                let again = self.state(State::Repeat(inner.first, 0))?;
                self.join(inner.last, again);
                Ok(Piece { first: inner.first, last: again })
            }
            PatternNode::Maybe(inner) => self.times(inner, 0, Some(1)),
            PatternNode::Times(inner, least, most) => self.times(inner, *least, *most),
        }
    }

    fn times(&mut self, node: &PatternNode, least: usize, most: Option<usize>) -> Result<Piece, Refusal> {
        let mut whole = self.single(State::Skip(0))?;
        for _ in 0..least {
            let piece = self.piece(node)?;
            whole = self.then(whole, piece);
        }
        let Some(most) = most else {
            let more = self.piece(&PatternNode::Star(Box::new(node.clone())))?;
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
