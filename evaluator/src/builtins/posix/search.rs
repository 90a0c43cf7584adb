//! Searching a text for a regular expression: every way is tried, in order.

use super::{Regex, State};

/// A group: where it begins, as far as that is known, and where it was found last.
type Group = (Option<usize>, Option<(usize, usize)>);

/// Where each group was found; the first is the whole.
pub(in crate::builtins) type Groups = Vec<Option<(usize, usize)>>;

/// A search in a text.
pub(in crate::builtins) struct Search<'r> {
    regex: &'r Regex,
    text: &'r [u8],
    /// How many steps are left.
    pub steps: u64,
    deepest: u32,
    begin: usize,
    at: usize,
    whole: bool,
    not_empty: bool,
    /// Whether there is text before the beginning, so that `^` does not match there.
    inside: bool,
    groups: Vec<Group>,
    visits: Vec<(usize, u32)>,
    found: bool,
    best: Option<(usize, Groups)>,
}

/// The steps are spent.
#[derive(Debug)]
pub(in crate::builtins) struct Spent;

impl<'r> Search<'r> {
    /// A search that takes no more than so many steps, and goes no deeper than that.
    pub(crate) fn new(regex: &'r Regex, text: &'r str, steps: u64, deepest: u32) -> Search<'r> {
        let (groups, visits) = (vec![(None, None); regex.groups], vec![(0, 0); regex.states.len()]);
        let text = text.as_bytes();
        let (begin, at, best) = (0, 0, None);
        let (whole, not_empty, inside, found) = (false, false, false, false);
        Search {
            regex,
            text,
            steps,
            deepest,
            begin,
            at,
            whole,
            not_empty,
            inside,
            groups,
            visits,
            found,
            best,
        }
    }

    /// The groups, where all of the text matches.
    pub(crate) fn all(&mut self) -> Result<Option<Groups>, Spent> {
        self.whole = true;
        self.from(0)
    }

    /// Every match, from the left to the right.
    pub(crate) fn each(&mut self) -> Result<Vec<Groups>, Spent> {
        let mut found = Vec::new();
        let mut next = self.search(0)?;
        while let Some(groups) = next {
            let (start, end) = groups[0].unwrap_or_default();
            found.push(groups);
            let mut from = end;
            if start == end {
                if end == self.text.len() {
                    break;
                }
                // Nothing was found here; perhaps there is something, too.
                self.not_empty = true;
                let more = self.from(end)?;
                self.not_empty = false;
                if more.is_some() {
                    next = more;
                    self.inside = true;
                    continue;
                }
                from += 1;
            }
            self.inside = true;
            next = self.search(from)?;
        }
        Ok(found)
    }

    fn search(&mut self, from: usize) -> Result<Option<Groups>, Spent> {
        for begin in from..=self.text.len() {
            if let Some(groups) = self.from(begin)? {
                return Ok(Some(groups));
            }
            self.inside = true;
        }
        Ok(None)
    }

    fn from(&mut self, begin: usize) -> Result<Option<Groups>, Spent> {
        (self.begin, self.at, self.best, self.found) = (begin, begin, None, false);
        self.go(self.regex.start, 0)?;
        Ok(self.best.take().map(|(_, groups)| groups))
    }

    /// Goes on from a state, in every way; whether anything was found is in `found`.
    fn go(&mut self, mut state: usize, depth: u32) -> Result<(), Spent> {
        let begin = self.at;
        loop {
            self.steps = self.steps.checked_sub(1).ok_or(Spent)?;
            if depth > self.deepest {
                return Err(Spent);
            }
            let regex = self.regex;
            match &regex.states[state] {
                State::Skip(next) => state = *next,
                State::Byte(set, next) => match self.text.get(self.at) {
                    Some(byte) if set[usize::from(*byte)] => {
                        self.at += 1;
                        state = *next;
                    }
                    _ => break,
                },
                State::Begin(next) if self.at == self.begin && !self.inside => state = *next,
                State::End(next) if self.at == self.text.len() => state = *next,
                State::Begin(_) | State::End(_) => break,
                State::Open(group, next) => {
                    let before = self.groups[*group].0.replace(self.at);
                    self.go(*next, depth + 1)?;
                    self.groups[*group].0 = before;
                    break;
                }
                State::Close(group, next) => {
                    let before = self.groups[*group];
                    self.groups[*group].1 = before.0.map(|start| (start, self.at));
                    self.go(*next, depth + 1)?;
                    self.groups[*group] = before;
                    break;
                }
                State::Either(one, other) => {
                    self.go(*one, depth + 1)?;
                    let found = std::mem::take(&mut self.found);
                    self.go(*other, depth + 1)?;
                    self.found |= found;
                    break;
                }
                State::Repeat(more, next) => {
                    self.once_more(state, *more, depth)?;
                    if self.found {
                        break;
                    }
                    state = *next;
                }
                State::Accept => {
                    self.accept();
                    break;
                }
            }
        }
        self.at = begin;
        Ok(())
    }

    /// A repetition that takes nothing is tried twice at one place and no more.
    fn once_more(&mut self, state: usize, more: usize, depth: u32) -> Result<(), Spent> {
        let (place, count) = self.visits[state];
        if count == 0 || place != self.at {
            self.visits[state] = (self.at, 1);
            self.go(more, depth + 1)?;
            self.visits[state] = (place, count);
        } else if count < 2 {
            self.visits[state].1 += 1;
            self.go(more, depth + 1)?;
            self.visits[state].1 -= 1;
        }
        Ok(())
    }

    fn accept(&mut self) {
        self.found = !(self.whole && self.at != self.text.len() || self.not_empty && self.at == self.begin);
        if self.found && self.best.as_ref().is_none_or(|(end, _)| *end < self.at) {
            let whole = Some((self.begin, self.at));
            let groups = std::iter::once(whole).chain(self.groups.iter().map(|group| group.1));
            self.best = Some((self.at, groups.collect()));
        }
    }
}
