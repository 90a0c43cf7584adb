//! The objects of a host, and problems between them.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::Kind;

use crate::diagnostics::codes::Code;
use crate::diagnostics::{Problem, Severity};
use crate::document::path::PathStep;
use crate::link::codes;
use crate::link::facts::{Facts, ObjectPlace};

/// The objects of a host.
#[derive(Debug, Default)]
pub struct HostObjects {
    /// The objects that are declared.
    pub objects: Vec<Object>,
    /// Other objects on the host: the names (or UUIDs) of undeclared objects, for each kind of which all are known.
    pub external: BTreeMap<&'static str, BTreeSet<String>>,
    /// The kinds of which there may be more objects than these.
    pub open: BTreeSet<&'static str>,
}

/// An object of a host.
#[derive(Debug)]
pub struct Object {
    /// The facts of the object that matter to others.
    pub facts: Facts,
    /// Whether it is to be active; nothing where it stays as it is.
    pub active: Option<bool>,
    /// The position of the object that holds it: of a volume, its pool.
    pub holder: Option<usize>,
    /// The addresses that a network keeps for domains of the host.
    pub reserved: Vec<ReservedAddress>,
}

/// Something that is wrong with several objects of a host, or between them.
#[derive(Debug)]
pub struct LinkProblem {
    /// The problem, with its facts.
    pub problem: Problem,
    /// How bad it is.
    pub severity: Severity,
    /// The place of the problem.
    pub at: Spot,
    /// Other places that it speaks of, and what each has to do with it.
    pub others: Vec<(Spot, String)>,
}

/// A place in an object of a host.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The position of the object.
    pub object: usize,
    /// The place in it.
    pub place: ObjectPlace,
}

impl HostObjects {
    /// The objects of a kind, with their positions.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = (usize, &Object)> {
        self.objects.iter().enumerate().filter(move |(_, object)| object.facts.kind.name == kind)
    }

    /// Whether the names of all objects of a kind are known.
    pub(super) fn knows_names(&self, kind: &str) -> bool {
        !self.open.contains(kind) && self.of_kind(kind).all(|(_, object)| object.facts.name.is_some())
    }

    /// Whether there is no object of a kind of which something is not known, nor may be one more.
    pub(super) fn knows_all(&self, kind: &str) -> bool {
        !self.open.contains(kind) && self.of_kind(kind).all(|(_, object)| object.facts.known)
    }
}

/// The problems that were found so far, and the objects that they are about.
pub(super) struct LinkProblems<'h> {
    pub(super) host: &'h HostObjects,
    pub(super) found: Vec<LinkProblem>,
}

impl LinkProblems<'_> {
    /// Adds what is wrong at a place, unless one of the objects that it speaks of says that it is not to be said.
    pub(super) fn add(
        &mut self,
        code: &'static Code,
        message: String,
        help: Option<String>,
        at: Spot,
        others: Vec<(Spot, String)>,
    ) {
        let concerned = || std::iter::once(at.object).chain(others.iter().map(|(spot, _)| spot.object));
        let fixed = codes::FIXED.iter().any(|fixed| fixed.name == code.name);
        let mut severity = code.severity;
        for object in concerned().filter(|_| !fixed) {
            match self.host.objects[object].facts.levels.severity(code, code.severity) {
                Some(found) => severity = severity.max(found),
                None => return,
            }
        }
        let problem = Problem::Rule { code, message, help, fix: None };
        self.found.push(LinkProblem { problem, severity, at, others });
    }
}

/// A place in an object.
pub(super) fn spot(object: usize, place: &ObjectPlace) -> Spot {
    Spot { object, place: place.clone() }
}

/// The plural of a kind, for messages.
pub(super) fn plural(kind: &Kind) -> &'static str {
    match kind.plural {
        "nwfilters" => "network filters",
        other => other,
    }
}

/// An address that an entry keeps for a domain.
#[derive(Clone, Debug)]
pub struct ReservedAddress {
    /// The name of the domain.
    pub domain: String,
    /// The address, as it is written.
    pub address: String,
    /// Where it is written, from the entry on.
    pub way: Vec<PathStep>,
}
