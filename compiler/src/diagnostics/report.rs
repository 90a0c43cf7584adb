//! Gathering problems while an object is read and validated.

use std::collections::BTreeMap;

use nixvirt_schema::{Need, Version, Versions};

use crate::diagnostics::levels::Levels;
use crate::diagnostics::{Diagnostic, Problem, Related, Severity};
use crate::document::path::Path;
use crate::target::Target;

/// How strict to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Input that libvirt refuses is an error; input that only its schema refuses is a warning.
    Libvirt,
    /// As `Libvirt`, but what is unknown or missing is a warning, too: for moving over from NixVirt, which drops the
    /// one and does not mind the other.
    Lenient,
}

/// More problems than this are counted, not kept: nobody reads them, and hostile input could have millions.
const MOST: usize = 1000;

/// The cause that problems of one code have in common: the value at fault, in words, and the element that has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cause {
    /// The code of the problems.
    pub code: &'static str,
    /// The place of the element in memory.
    pub element: usize,
    /// The value at fault, in words that tell it from others.
    pub value: String,
}

/// The problems found so far.
#[derive(Debug)]
pub struct Report {
    policy: Policy,
    target: Target,
    diagnostics: Vec<Diagnostic>,
    /// Where in the source the text begins that offsets count from.
    begin: usize,
    /// Which rules are not to be said, and which are warnings.
    levels: Levels,
    /// How many problems were not kept.
    pub dropped: usize,
    /// Where among the problems each cause stands that may have several.
    causes: BTreeMap<Cause, usize>,
    /// Whether the source has parts that cannot be known, so that nothing can be written, however few problems there are.
    pub unknowns: bool,
}

impl Report {
    /// An empty report, for the newest libvirt.
    pub fn new(policy: Policy) -> Report {
        Report {
            policy,
            target: Target::NEWEST,
            diagnostics: Vec::new(),
            begin: 0,
            levels: Levels::default(),
            dropped: 0,
            causes: BTreeMap::new(),
            unknowns: false,
        }
    }

    /// Checks for another target.
    pub fn for_target(self, target: Target) -> Report {
        Report { target, ..self }
    }

    /// The version of libvirt that the object is for.
    pub fn libvirt(&self) -> Version {
        self.target.libvirt
    }

    /// Checks for another target from now on.
    pub(crate) fn set_target(&mut self, target: Target) {
        self.target = target;
    }

    /// Says what the target's libvirt does not have; nothing where it is in these versions.
    pub fn add_unless_in(
        &mut self,
        versions: Versions,
        what: impl FnOnce() -> String,
        offset: Option<usize>,
        path: impl FnOnce() -> Path,
    ) {
        let libvirt = self.target.libvirt;
        if !versions.contains(libvirt) {
            let what = if self.is_full() { String::new() } else { what() };
            self.add(Problem::OtherVersion { what, versions, libvirt }, offset, path);
        }
    }

    /// Whether further problems are only counted.
    pub fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST
    }

    /// Says that offsets count from there.
    pub fn begin_at(&mut self, begin: usize) {
        self.begin = begin;
    }

    /// Adds a problem; `path` is called only if it is kept.
    pub fn add(&mut self, problem: Problem, offset: Option<usize>, path: impl FnOnce() -> Path) {
        if self.is_full() {
            self.dropped += 1;
            return;
        }
        let severity = self.severity(&problem);
        let offset = offset.map(|offset| offset + self.begin);
        self.diagnostics.push(Diagnostic { offset, ..Diagnostic::new(problem, path(), severity) });
    }

    /// Adds a problem whose cause may have others. Of one cause, the first problem is said, and the others are places of it, of which
    /// `again` says what they are. `offset` is where this problem is, `own` where its part begins.
    pub(crate) fn add_of_cause(
        &mut self,
        cause: Cause,
        problem: Problem,
        (offset, own): (Option<usize>, Option<usize>),
        path: impl FnOnce() -> Path,
        again: &str,
    ) {
        let at = self.diagnostics.len();
        if let Some(first) = self.causes.get(&cause).and_then(|at| self.diagnostics.get_mut(*at)) {
            if first.related.len() < MOST {
                let offset = own.or(offset).map(|offset| offset + self.begin);
                first.related.push(Related { path: path(), offset, file: None, message: again.to_owned() });
            }
            return;
        }
        self.add(problem, offset, path);
        if self.diagnostics.len() > at {
            self.causes.insert(cause, at);
        }
    }

    /// Adds what a rule found, unless its code is silenced. Offsets count from the beginning that was said.
    pub fn add_rule(&mut self, mut diagnostic: Diagnostic) {
        // A rule may be an error for some versions of libvirt alone.
        let (code, usual) = (diagnostic.problem.code(), diagnostic.severity);
        let Some(severity) = self.levels.severity(code, usual) else { return };
        diagnostic.severity = severity;
        if self.is_full() {
            self.dropped += 1;
            return;
        }
        let begin = self.begin;
        let shift = |offset: &mut Option<usize>| *offset = offset.map(|offset| offset + begin);
        shift(&mut diagnostic.offset);
        diagnostic.related.iter_mut().for_each(|related| shift(&mut related.offset));
        self.diagnostics.push(diagnostic);
    }

    /// Silences rules, or lowers them to warnings.
    pub fn level(&mut self, levels: &Levels) {
        self.levels.extend(levels);
    }

    /// Which rules are not to be said, and which are warnings.
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    fn severity(&self, problem: &Problem) -> Severity {
        match (problem, self.policy) {
            (Problem::PlainSecret { .. }, _) => Severity::Warning,
            (Problem::Rule { code, .. }, _) => code.severity,
            (Problem::Ignored { .. } | Problem::OutsideSchema { .. } | Problem::DecimalNumber { .. }, _) => {
                Severity::Warning
            }
            (Problem::Broken { relation, .. }, _) if relation.is_by_schema() => Severity::Warning,
            (Problem::Missing { need: Need::BySchema, .. }, _) => Severity::Warning,
            (
                Problem::Unknown { .. } | Problem::Missing { .. } | Problem::OtherVersion { .. },
                Policy::Lenient,
            ) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Whether anything found keeps the object from being compiled.
    pub fn has_errors(&self) -> bool {
        self.dropped > 0 || self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The problems, ordered by place.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by(|one, other| (one.offset, &one.path).cmp(&(other.offset, &other.path)));
        if self.dropped > 0 {
            let what = format!("{} more problems are not shown", self.dropped);
            let problem = Problem::Limit { what };
            self.diagnostics.push(Diagnostic::new(problem, Path::default(), Severity::Error));
        }
        self.diagnostics
    }
}
