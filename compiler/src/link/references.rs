//! The objects that others name: misspelt, unknown, or not running.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::{KINDS, Kind, Naming};

use crate::link::codes;
use crate::link::facts::{Facts, ObjectReference, canonical_uuid};
use crate::link::lookup::Lookup;
use crate::link::near::Near;
use crate::link::problem::{HostObjects, LinkProblems, Object, plural, spot};

/// Says what is wrong with the names of other objects.
pub(super) fn check(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    // Of most kinds, no object is named.
    let mut of_kinds: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for (object, declared) in host.objects.iter().enumerate() {
        for reference in &declared.facts.references {
            let Some(kind) = KINDS.iter().find(|kind| kind.name == reference.kind) else { continue };
            if reference.by == Naming::Usage {
                continue;
            }
            let known = of_kinds.entry(kind.name).or_insert_with(|| Known::of(host, kind));
            match known.find(reference) {
                Some(other) => inactive(host, object, reference, other, link_problems),
                None => missing(host, object, reference, known, link_problems),
            }
        }
    }
}

/// The objects of a kind, as others name them.
struct Known<'h> {
    kind: &'static Kind,
    by_name: Lookup<(Option<&'h str>, &'h str), usize>,
    by_uuid: Lookup<&'h str, usize>,
    external: Option<&'h BTreeSet<String>>,
    /// The names by the object that holds what has them; put together when a name is not found, for most are.
    near: OnceCell<BTreeMap<Option<&'h str>, Near<'h>>>,
    /// Whether there are no others than these.
    complete: bool,
}

impl<'h> Known<'h> {
    fn of(host: &'h HostObjects, kind: &'static Kind) -> Known<'h> {
        let name = |(at, object): (usize, &'h Object)| {
            let holder = object.holder.and_then(|holder| host.objects[holder].facts.name.as_deref());
            Some(((holder, &**object.facts.name.as_ref()?), at))
        };
        let uuid = |(at, object): (usize, &'h Object)| Some((uuid(&object.facts)?, at));
        Known {
            kind,
            by_name: Lookup::new(host.of_kind(kind.name).filter_map(name)),
            by_uuid: Lookup::new(host.of_kind(kind.name).filter_map(uuid)),
            external: host.external.get(kind.name),
            near: OnceCell::new(),
            complete: host.knows_names(kind.name),
        }
    }

    /// The name that was probably meant by another one.
    fn meant(&self, reference: &ObjectReference) -> Option<&'h str> {
        let near = self.near.get_or_init(|| {
            let mut near: BTreeMap<Option<&str>, Near<'_>> = BTreeMap::new();
            let external = self.external.into_iter().flatten().map(|name| (None, &**name));
            for (holder, name) in self.by_name.keys().copied().chain(external) {
                near.entry(holder).or_default().add(name);
            }
            near
        });
        near.get(&reference.within.as_deref())?.meant(&reference.value)
    }

    /// The declared object that is named.
    fn find(&self, reference: &ObjectReference) -> Option<usize> {
        match reference.by {
            Naming::Uuid => self.by_uuid.get(&&*canonical_uuid(&reference.value)),
            _ => self.by_name.get(&(reference.within.as_deref(), &*reference.value)),
        }
    }

    /// Whether the object that is named is said to be on the host.
    fn is_external(&self, reference: &ObjectReference) -> bool {
        let uuid = || canonical_uuid(&reference.value);
        self.external.is_some_and(|names| match reference.by {
            Naming::Uuid => names.iter().any(|name| canonical_uuid(name) == uuid()),
            _ => names.contains(&reference.value),
        })
    }
}

/// The UUID of an object.
fn uuid(facts: &Facts) -> Option<&str> {
    use crate::link::facts::Resource;
    let claim = facts.claims.iter().find(|claim| claim.what == Resource::Uuid)?;
    Some(&claim.key)
}

/// Says that an object is named that is not declared, where that must be a mistake.
fn missing(
    host: &HostObjects,
    object: usize,
    reference: &ObjectReference,
    known: &Known<'_>,
    link_problems: &mut LinkProblems<'_>,
) {
    if !known.complete || known.is_external(reference) {
        return;
    }
    let kind = known.kind.name;
    let meant = known.meant(reference);
    let help = meant.map(|name| format!("did you mean `{name}`?"));
    // The object that was meant, for its place.
    let other = meant.and_then(|name| known.by_name.get(&(reference.within.as_deref(), name)));
    let others = other.and_then(|other| {
        let facts = &host.objects[other].facts;
        Some((spot(other, &name_place(facts)?), format!("{} is declared here", facts.title())))
    });
    let others = others.into_iter().collect();
    let at = spot(object, &reference.place);
    let value = &reference.value;
    let what = match &reference.within {
        Some(holder) => format!("{kind} `{value}` in `{holder}`"),
        None => format!("{kind} `{value}`"),
    };
    if known.external.is_some() {
        let help = help.unwrap_or_else(|| {
            format!("declare it, or name it in `external.{}` if it is on the host already", known.kind.plural)
        });
        let message = format!("there is no {what}: it is neither declared nor in `external`");
        link_problems.add(&codes::UNKNOWN_REFERENCE, message, Some(help), at, others);
    } else if meant.is_some() {
        let message = format!("no {what} is declared");
        link_problems.add(&codes::MISSPELT_REFERENCE, message, help, at, others);
    }
}

/// Says that a domain is to start without what it needs.
fn inactive(
    host: &HostObjects,
    object: usize,
    reference: &ObjectReference,
    other: usize,
    link_problems: &mut LinkProblems<'_>,
) {
    let (domain, needed) = (&host.objects[object], &host.objects[other]);
    let starts = needed.facts.kind.starts && domain.facts.kind.name == "domain";
    if !starts || domain.active != Some(true) || needed.active != Some(false) {
        return;
    }
    let title = needed.facts.title();
    let message = format!("the domain is to run, and {title} is not to be active");
    let help = format!(
        "libvirt starts no domain without its {}: set `active = true` there",
        plural(needed.facts.kind)
    );
    let others =
        name_place(&needed.facts).map(|place| (spot(other, &place), format!("{title} is declared here")));
    let others = others.into_iter().collect();
    link_problems.add(
        &codes::INACTIVE_REFERENCE,
        message,
        Some(help),
        spot(object, &reference.place),
        others,
    );
}

/// Where an object has its name.
fn name_place(facts: &Facts) -> Option<crate::link::facts::ObjectPlace> {
    use crate::link::facts::Resource;
    facts.claims.iter().find(|claim| claim.what == Resource::Name).map(|claim| claim.place.clone())
}
