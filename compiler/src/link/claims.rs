//! Conflicts of two objects over one resource: for ever, or as long as both run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::diagnostics::codes::Code;
use crate::link::codes;
use crate::link::facts::{Claim, Facts, OfKind, Resource};
use crate::link::lookup::Lookup;
use crate::link::problem::{HostObjects, LinkProblems, plural, spot};

/// Says what is had twice.
pub(super) fn check(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    let folders = folders(host);
    let claims = || {
        host.objects.iter().enumerate().flat_map(|(object, declared)| {
            let counts = |claim: &&Claim| !needs_both_active(claim.what) || declared.active == Some(true);
            declared.facts.claims.iter().filter(counts).map(move |claim| (object, claim))
        })
    };
    let keyed = claims().filter(|(_, claim)| claim.what != Resource::Port).map(|(object, claim)| {
        let facts = &host.objects[object].facts;
        ((claim.what, scope(host, object), key(claim, &folders)), (object, claim, facts))
    });
    for ((what, _, key), (object, claim, facts), (first, other, other_facts)) in Lookup::new(keyed).repeats()
    {
        // A derived UUID follows from the name, so that the name is the problem to report.
        let said = *what == Resource::Uuid && facts.name.is_some() && facts.name == other_facts.name;
        if first != object && !said {
            let told = conflict_text(*what, key, facts, other_facts);
            let related = (spot(first, &other.place), told.related);
            link_problems.add(told.code, told.message, told.help, spot(object, &claim.place), vec![related]);
        }
    }
    ports(claims().filter(|(_, claim)| claim.what == Resource::Port), host, link_problems);
}

/// Whether it does no harm as long as one of the two is not active.
fn needs_both_active(what: Resource) -> bool {
    match what {
        Resource::Name | Resource::Uuid | Resource::Usage | Resource::Bridge | Resource::PoolPlace => false,
        Resource::Mac
        | Resource::Port
        | Resource::Pci
        | Resource::Usb
        | Resource::Mediated
        | Resource::Cid
        | Resource::Image => true,
    }
}

/// Within what something can be had once: names within a kind, and those of volumes within their pool.
fn scope(host: &HostObjects, object: usize) -> (&'static str, Option<usize>) {
    (host.objects[object].facts.kind.name, host.objects[object].holder)
}

/// The folders of pools, by their names.
fn folders(host: &HostObjects) -> BTreeMap<&str, &str> {
    let folder = |facts| match facts {
        &Facts { name: Some(ref name), of_kind: OfKind::Pool(ref pool), .. } => {
            Some((&**name, pool.folder.as_deref()?))
        }
        _ => None,
    };
    host.objects.iter().filter_map(|object| folder(&object.facts)).collect()
}

/// The resource that is claimed: an image by its path, which the folder of a pool gives a volume, too.
fn key<'c>(claim: &'c Claim, folders: &BTreeMap<&str, &str>) -> Cow<'c, str> {
    match (&claim.within, claim.what) {
        (Some(pool), Resource::Image) => match folders.get(&**pool) {
            Some(folder) => format!("{folder}/{}", claim.key).into(),
            None => format!("{} of the pool {pool}", claim.key).into(),
        },
        _ => Cow::Borrowed(&claim.key),
    }
}

struct ConflictText {
    code: &'static Code,
    message: String,
    help: Option<String>,
    related: String,
}

/// The problem of a resource that two objects claim.
fn conflict_text(what: Resource, key: &str, facts: &Facts, other: &Facts) -> ConflictText {
    let kinds = plural(facts.kind);
    let other = other.title();
    let (code, message, help) = match what {
        Resource::Name => {
            (&codes::NAME_TWICE, format!("two {kinds} are called `{key}`"), "give each a name of its own")
        }
        Resource::Uuid => (
            &codes::UUID_TWICE,
            format!("two {kinds} have the uuid {key}"),
            "leave `uuid` out, and it follows from the name",
        ),
        Resource::Usage => (
            &codes::SECRET_USAGE_TWICE,
            format!("two secrets are for the same use, `{key}`"),
            "libvirt finds a secret by what it is for: give each a `usage` of its own",
        ),
        Resource::Bridge => (
            &codes::NETWORK_BRIDGE_TWICE,
            format!("two networks have the bridge `{key}`"),
            "give each a `bridge.name` of its own, or leave it out for libvirt to find one",
        ),
        Resource::PoolPlace => (
            &codes::POOL_PLACE_TWICE,
            "two pools have the same storage".to_owned(),
            "libvirt keeps one pool for each folder, device or target: leave one of the two out",
        ),
        Resource::Mac => (
            &codes::MAC_IN_USE_TWICE,
            format!("the MAC address {key} is in use twice"),
            "leave `mac` out, and each machine gets an address of its own",
        ),
        Resource::Port => (
            &codes::PORT_IN_USE_TWICE,
            format!("the TCP port {key} is in use twice"),
            "only one of the machines can listen there: give the other one a port of its own",
        ),
        Resource::Pci | Resource::Usb | Resource::Mediated => (
            &codes::HOST_DEVICE_IN_USE_TWICE,
            format!("the host's {} {key} is in use twice", device(what)),
            "one machine at a time can have it: let one of the two be inactive, or leave the device out there",
        ),
        Resource::Cid => (
            &codes::VSOCK_CID_IN_USE_TWICE,
            format!("the vsock number {key} is in use twice"),
            "write `cid.auto = true`, and libvirt picks one for each machine",
        ),
        Resource::Image => (
            &codes::IMAGE_IN_USE_TWICE,
            format!("the image {key} is in use twice"),
            "two machines that write to one image destroy it; `shareable = true` is for file systems that can bear it",
        ),
    };
    ConflictText { code, message, help: Some(help.to_owned()), related: format!("{other} has it, too") }
}

fn device(what: Resource) -> &'static str {
    match what {
        Resource::Pci => "PCI device",
        Resource::Usb => "USB device",
        _ => "mediated device",
    }
}

/// Says which ports are in use twice: the same one at one address, or at all addresses.
fn ports<'h>(
    claims: impl Iterator<Item = (usize, &'h Claim)>,
    host: &HostObjects,
    link_problems: &mut LinkProblems<'_>,
) {
    let claims: Vec<(usize, &Claim)> = claims.collect();
    let address = |at: usize| claims[at].1.within.as_deref().unwrap_or_default();
    let everywhere = |at: usize| matches!(address(at), "0.0.0.0" | "::" | "*" | "");
    let port = |at: usize| &*claims[at].1.key;
    let at_any = Lookup::new((0..claims.len()).map(|at| (port(at), at)));
    let at_one = Lookup::new((0..claims.len()).map(|at| ((port(at), address(at)), at)));
    let at_all = Lookup::new((0..claims.len()).filter(|at| everywhere(*at)).map(|at| (port(at), at)));
    for (at, (object, claim)) in claims.iter().enumerate() {
        let before = |first: &usize| *first < at;
        let first = match everywhere(at) {
            true => at_any.get(&port(at)).filter(before),
            false => {
                let same = at_one.get(&(port(at), address(at))).filter(before);
                same.or_else(|| at_all.get(&port(at)).filter(before))
            }
        };
        if let Some((other, before)) = first.map(|first| claims[first]).filter(|(other, _)| other != object) {
            let facts = |object: usize| &host.objects[object].facts;
            let told = conflict_text(Resource::Port, &claim.key, facts(*object), facts(other));
            let related = (spot(other, &before.place), told.related);
            link_problems.add(told.code, told.message, told.help, spot(*object, &claim.place), vec![related]);
        }
    }
}
