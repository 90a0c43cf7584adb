//! Checking a Nix file: every spec in it and in what it imports, evaluated and compiled, the problems at the user's lines.
//!
//! Invariant: nothing is claimed about what depends on a value that cannot be known. Where such a value is a condition,
//! each branch is looked at by itself (`branches.rs`), with everything else that cannot be known still unknown.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use nixvirt_evaluator::{Evaluator, Files, Limits};
use nixvirt_schema::KINDS;

pub use self::object::{CheckedObject, Seen};
use crate::analysis::pass::{BUNDLE, FIRST, FUNCTIONS, Pass};
pub use crate::checking::Checking;
use crate::located;
use crate::located_problem::LocatedProblem;
use crate::spec_file;
use nixvirt_expand::evaluate::{self, evaluator, prepare};
use outcomes::Outcomes;

mod arguments;
mod branches;
mod declared;
mod discs;
mod linked;
mod object;
mod outcomes;
mod pass;
mod settings;
mod sources;
pub(crate) mod specs;
#[cfg(test)]
mod tests;
mod unknown_names;

/// The function of the lib that gives the lib once more, with other settings.
const SETTINGS: &str = "withSettings";
/// Sources and names that were met are kept for the next look at them, as long as they take no more bytes than this.
const MOST_KEPT: u64 = 128 << 20;

/// Checks files, again and again: what has not changed is not parsed again.
pub struct Analyser {
    evaluator: Evaluator,
    /// The files, for one evaluator after the other.
    machine: Rc<dyn Files>,
    checking: Checking,
    for_typing: bool,
    /// The results of specs from the last check, for an analyser that is asked at every keystroke.
    outcomes: Option<Outcomes>,
    limits: Limits,
    /// The objects that the last check found.
    objects: BTreeSet<CheckedObject>,
}

impl Analyser {
    /// One for files that import others as `machine` shows them.
    pub fn new(machine: impl Files + 'static, checking: Checking) -> Analyser {
        let machine: Rc<dyn Files> = Rc::new(machine);
        let evaluator = evaluator(Rc::clone(&machine), None, true);
        Analyser {
            evaluator,
            machine,
            checking,
            for_typing: false,
            objects: BTreeSet::new(),
            outcomes: None,
            limits: Limits::default(),
        }
    }

    /// One for a caller with a stack of another size than [`Limits::STACK`], or with less time or memory.
    pub fn limited(mut self, limits: Limits) -> Analyser {
        self.limits = limits;
        self.evaluator.set_limits(limits);
        self
    }

    /// An analyser that is asked at every keystroke: it keeps results, and of a file that does not parse it reports the first error only.
    pub fn for_typing(mut self) -> Analyser {
        self.for_typing = true;
        self.evaluator.hurry();
        self.outcomes = Some(Outcomes::default());
        self
    }

    /// Checks a file; gives the problems in the order of their places, each once.
    pub fn check(&mut self, path: &Path, text: &str) -> Vec<LocatedProblem> {
        self.restart();
        self.evaluator.watch_embedded();
        if let Some(outcomes) = &mut self.outcomes {
            outcomes.begin(path);
        }
        let mut pass = Pass::new(&mut self.evaluator, self.checking);
        pass.outcomes = self.outcomes.as_mut();
        pass.certain(path, text);
        pass.template_calls(0);
        pass.branches();
        pass.drop_follow_ups();
        let mut found = pass.located_problems;
        self.objects = pass.objects_seen;
        if let Some(error) = self.evaluator.exceeded()
            && found.iter().all(|located| located.code.name != evaluate::problem(error).code().name)
        {
            found.push(located::unfinished(&self.evaluator, error));
        }
        if found.is_empty() && self.objects.is_empty() {
            self.restart();
            let checked = spec_file::check(&mut self.evaluator, path, text, self.checking);
            self.objects = CheckedObject::all_of(path, &checked.kinds);
            return checked.problems;
        }
        sorted(found)
    }

    /// The objects that the last check found, those of imported files among them.
    pub fn objects(&self) -> &BTreeSet<CheckedObject> {
        &self.objects
    }

    /// Finds the specs of a file and of what it imports, and the arguments of templates, for editors: nothing is said about
    /// them, and the file may be broken. With `branches`, those that conditions decide about as well.
    pub fn survey(&mut self, path: &Path, text: &str, branches: bool) -> Vec<Seen> {
        self.restart();
        self.evaluator.watch_embedded();
        let mut pass = Pass::new(&mut self.evaluator, self.checking);
        pass.seen = Some(Vec::new());
        pass.certain(path, text);
        pass.template_calls(0);
        if branches {
            pass.branches();
        }
        pass.seen.unwrap_or_default()
    }

    /// The evaluator of the file that was checked last.
    pub fn evaluated(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Lets go of all that was evaluated; of the sources, what the next look at them will need again stays.
    pub fn rest(&mut self) {
        self.evaluator.restart();
    }

    fn restart(&mut self) {
        if self.evaluator.kept() > MOST_KEPT {
            self.evaluator = evaluator(Rc::clone(&self.machine), None, true);
            self.evaluator.set_limits(self.limits);
            if self.for_typing {
                self.evaluator.hurry();
            }
        }
        self.evaluator.restart();
        prepare(&mut self.evaluator, None);
        for kind in KINDS {
            for function in FUNCTIONS {
                self.evaluator.watch(&[kind.name, function]);
            }
        }
        for function in FIRST.iter().chain([&BUNDLE]) {
            self.evaluator.watch(&[function]);
        }
        self.evaluator.renews(SETTINGS);
    }
}

/// The findings in the order of their places, each once, whatever the order in which they were found.
fn sorted(mut found: Vec<LocatedProblem>) -> Vec<LocatedProblem> {
    let key = |located: &LocatedProblem| {
        let range = located.shown.range.clone();
        (located.file.clone(), range.start, range.end, located.message.clone(), located.code.name)
    };
    let related = |located: &LocatedProblem| -> Vec<(String, usize)> {
        located.related.iter().map(|related| (related.file.clone(), related.range.start)).collect()
    };
    found.sort_by_cached_key(|located| (key(located), located.path.clone(), related(located)));
    found.dedup_by(|one, other| key(one) == key(other));
    found
}
