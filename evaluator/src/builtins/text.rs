//! The builtins `match` and `split`, on POSIX regular expressions.

use super::posix::{Groups, Refusal, Regex, Search};
use crate::builtins::entry::{Builtin, builtin};
use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::state::arena::THUNK;
use crate::value::{Thunk, Value};

/// The steps of a match that count as one of the evaluation.
const STEPS: u64 = 16;

/// The steps that a single match may take: in some expressions there is no end to what can be tried.
const MOST: u64 = 200_000;

pub(super) const TABLE: &[Builtin] = &[
    builtin("match", 2, |it, given| {
        let (pattern, text) = (it.string(given[0])?, it.string(given[1])?);
        let regex = compile(&pattern)?;
        let mut search = Search::new(&regex, &text, it.granted(), it.budget.given().search());
        // An expression that takes this long fails in Nix, or never ends.
        let found = search.all().map_err(|_| Stop::Opaque)?;
        it.spent(search.steps);
        match found {
            None => Ok(Value::Null),
            Some(found) => {
                let groups = groups(it, &text, &found)?;
                it.list_value(groups, false)
            }
        }
    }),
    builtin("split", 2, |it, given| {
        let (pattern, text) = (it.string(given[0])?, it.string(given[1])?);
        let regex = compile(&pattern)?;
        let mut search = Search::new(&regex, &text, it.granted(), it.budget.given().search());
        let found = search.each().map_err(|_| Stop::Opaque)?;
        it.spent(search.steps);
        it.fits((2 * found.len() * THUNK) as u64)?;
        let mut parts = Vec::new();
        let mut end = 0;
        for found in found {
            let (from, to) = found[0].unwrap_or_default();
            parts.push(it.part(&text, end, from)?);
            let groups = groups(it, &text, &found)?;
            let groups = it.list_value(groups, false)?;
            parts.push(it.done(groups));
            end = to;
        }
        parts.push(it.part(&text, end, text.len())?);
        it.list_value(parts, false)
    }),
];

fn groups(it: &mut Evaluator, text: &str, found: &Groups) -> Result<Vec<Thunk>, Stop> {
    let groups = found.iter().skip(1);
    groups
        .map(|group| match group {
            Some((from, to)) => it.part(text, *from, *to),
            None => Ok(it.done(Value::Null)),
        })
        .collect()
}

fn compile(pattern: &str) -> Result<Regex, Stop> {
    Regex::new(pattern).map_err(|refusal| match refusal {
        Refusal::Invalid => Stop::evaluation(format!("{pattern:?} is not a regular expression")),
        Refusal::Unknown => Stop::Opaque,
    })
}

impl Evaluator {
    /// The steps that a match may take.
    fn granted(&self) -> u64 {
        self.budget.left().steps.min(MOST) * STEPS
    }

    /// Spends what a match has taken of that.
    fn spent(&mut self, left: u64) {
        self.budget.spend(self.budget.left().steps.min(MOST) - left / STEPS);
    }

    /// A part of a text; half of a character is not text here.
    fn part(&mut self, text: &str, from: usize, to: usize) -> Result<Thunk, Stop> {
        match text.get(from..to) {
            Some(part) => {
                let part = self.string_value(part)?;
                Ok(self.done(part))
            }
            None => Err(Stop::Opaque),
        }
    }
}
