//! Changes of a running domain that have a call of their own: the CPUs of its threads, the actions at its end, the
//! period of its memory statistics.

use std::collections::BTreeSet;

use nixvirt_compiler::{Node, Policy, Report, Unit};
use nixvirt_libvirt_calls as calls;
use virt::domain::Domain;
use virt::sys;

use super::refused::{refused, unknown};
use crate::document::{child, read_document};
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;

/// The parts of `cputune` that can be changed while a domain runs, with the attribute that names the thread.
const THREADS: [(&str, Option<&str>); 3] = [
    (names::VCPUPIN, Some(names::VCPU)),
    (names::EMULATORPIN, None),
    (names::IOTHREADPIN, Some(names::IOTHREAD)),
];
/// The names of these.
pub(super) const PINS: &[&str] = &[THREADS[0].0, THREADS[1].0, THREADS[2].0];

/// The elements that say what the end of a guest means, and libvirt's numbers for the ends.
pub(super) const LIFECYCLE: [(&str, sys::virDomainLifecycle); 3] = [
    (names::ON_POWEROFF, sys::VIR_DOMAIN_LIFECYCLE_POWEROFF),
    (names::ON_REBOOT, sys::VIR_DOMAIN_LIFECYCLE_REBOOT),
    (names::ON_CRASH, sys::VIR_DOMAIN_LIFECYCLE_CRASH),
];

/// The actions that libvirt can take at such an end.
const ACTIONS: [(&str, sys::virDomainLifecycleAction); 6] = [
    ("destroy", sys::VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY),
    ("restart", sys::VIR_DOMAIN_LIFECYCLE_ACTION_RESTART),
    ("rename-restart", sys::VIR_DOMAIN_LIFECYCLE_ACTION_RESTART_RENAME),
    ("preserve", sys::VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE),
    ("coredump-destroy", sys::VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_DESTROY),
    ("coredump-restart", sys::VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_RESTART),
];

/// Says what an end of the guest means from now on.
pub(super) fn lifecycle(
    host: &Host,
    domain: &Domain,
    unit: &Unit<'_, '_>,
    event: sys::virDomainLifecycle,
) -> Result<(), Error> {
    let word = unit.new.and_then(|node| node.text.as_ref()).map(|text| &*text.text);
    let action = ACTIONS.iter().find(|(name, _)| Some(*name) == word);
    let (_, action) = action.ok_or_else(|| unknown("what it is to do"))?;
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    host.write(|| domain.set_lifecycle_action(event, *action, live)).map_err(|error| refused(&error))
}

/// Sets how often the guest counts its memory, in seconds; 0 is never.
pub(super) fn balloon_period(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), Error> {
    let stats = unit.new.and_then(|node| child(node, names::STATS));
    let period = stats.and_then(|stats| stats.get(names::PERIOD)).unwrap_or("0");
    let period = period
        .parse()
        .map_err(|_| Error::new(&codes::LIVE_REFUSED, format!("`{period}` is no number of seconds")))?;
    host.write(|| domain.set_memory_stats_period(period, sys::VIR_DOMAIN_AFFECT_LIVE))
        .map_err(|error| refused(&error))
}

/// A thread, by the element that pins it and its number, and the set of CPUs that it may run on.
type Pin = ((&'static str, Option<u32>), String);

/// Pins threads to the host's CPUs. What is no longer pinned may run on all of them, or on those of the whole domain.
pub(super) fn pins(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), Error> {
    let every = every_cpu(host)?;
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    let pinned = |node: Option<&Node<'_>>| -> Vec<Pin> {
        let mut found = Vec::new();
        for (name, number) in THREADS {
            for pin in node.into_iter().flat_map(|node| node.children_named(name)) {
                let number = number.and_then(|number| pin.get(number)?.parse().ok());
                found.push(((name, number), pin.get("cpuset").unwrap_or_default().to_owned()));
            }
        }
        found
    };
    let (old, new) = (pinned(unit.old), pinned(unit.new));
    let gone = old.iter().filter(|(thread, _)| !new.iter().any(|(other, _)| other == thread));
    let changes = new.iter().filter(|pin| !old.contains(pin)).map(|(thread, set)| (*thread, Some(set)));
    for ((name, number), set) in gone.map(|(thread, _)| (*thread, None)).chain(changes) {
        let map = match set {
            Some(set) => bitmap(set, every.len() * 8)
                .ok_or_else(|| Error::new(&codes::LIVE_REFUSED, format!("`{set}` is no set of CPUs")))?,
            None => every.clone(),
        };
        host.write(|| match (name, number) {
            (names::VCPUPIN, Some(vcpu)) => domain.pin_vcpu_flags(vcpu, &map, live),
            (names::IOTHREADPIN, Some(thread)) => calls::pin_iothread(domain, thread, &map, live),
            _ => domain.pin_emulator(&map, live),
        })
        .map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// Sets the limits of a disk. A limit that is no longer there is none: libvirt would keep it.
pub(super) fn disk_limits(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), Error> {
    let limits = |node: Option<&Node<'_>>| -> Vec<(&'static str, String)> {
        let tune = node.and_then(|node| child(node, names::IOTUNE));
        let all = tune.map(|tune| &*tune.children).unwrap_or_default().iter();
        all.filter_map(|limit| Some((limit.element.name, limit.text.as_ref()?.text.to_string()))).collect()
    };
    let disk = unit
        .new
        .and_then(|node| child(node, names::TARGET)?.get("dev"))
        .ok_or_else(|| unknown("its target"))?;
    let (old, new) = (limits(unit.old), limits(unit.new));
    let gone = old.iter().filter(|(name, _)| !new.iter().any(|(other, _)| other == name));
    let gone = gone.map(|(name, _)| (*name, "0"));
    let value = |(name, text): (&'static str, &str)| {
        let value = match text.parse() {
            Ok(number) => calls::ParameterValue::ULong(number),
            Err(_) => calls::ParameterValue::Text(text.to_owned()),
        };
        (name, value)
    };
    let all: Vec<_> = new.iter().map(|(name, text)| (*name, &**text)).chain(gone).map(value).collect();
    host.write(|| calls::set_block_io_tune(domain, disk, &all, sys::VIR_DOMAIN_AFFECT_LIVE))
        .map_err(|error| refused(&error))
}

/// Adds and removes I/O threads until there are those of the definition.
pub(super) fn iothreads(host: &Host, domain: &Domain) -> Result<(), Error> {
    let defined = domain
        .xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)
        .map_err(libvirt(&codes::CANNOT_ASK, "read its definition"))?;
    let document = read_document(ObjectKind::Domain, &defined, &mut Report::new(Policy::Lenient));
    let document = document?;
    let ids = child(&document.root, names::IOTHREADIDS);
    let ids = ids.into_iter().flat_map(|ids| &ids.children).filter_map(|one| one.get("id")?.parse().ok());
    let mut wanted: BTreeSet<u32> = ids.collect();
    let count =
        child(&document.root, names::IOTHREADS).and_then(|count| count.text.as_ref()?.text.parse().ok());
    // libvirt gives those without a number the lowest that are free.
    let mut free = 1..;
    while wanted.len() < count.unwrap_or(0usize) {
        wanted.extend(free.find(|id| !wanted.contains(id)));
    }
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    let running =
        calls::iothreads(domain, live).map_err(libvirt(&codes::CANNOT_ASK, "ask for its I/O threads"))?;
    let running: BTreeSet<u32> = running.into_iter().map(|thread| thread.id).collect();
    for id in running.difference(&wanted) {
        host.write(|| calls::delete_iothread(domain, *id, live)).map_err(|error| refused(&error))?;
    }
    for id in wanted.difference(&running) {
        host.write(|| calls::add_iothread(domain, *id, live)).map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// A set of all CPUs of the host.
fn every_cpu(host: &Host) -> Result<Vec<u8>, Error> {
    let node = host.connect.node_info().map_err(|error| refused(&error))?;
    let count = (node.nodes * node.sockets * node.cores * node.threads) as usize;
    bitmap(&format!("0-{}", count.saturating_sub(1)), count)
        .ok_or_else(|| Error::new(&codes::LIVE_REFUSED, "the host has no CPUs"))
}

/// A set of CPUs such as `0-3,^2`, a bit for each of `count`; nothing where it is none.
fn bitmap(set: &str, count: usize) -> Option<Vec<u8>> {
    let mut map = vec![0u8; count.div_ceil(8)];
    for part in set.split(',').map(str::trim) {
        let (part, is_in) = part.strip_prefix('^').map_or((part, true), |part| (part, false));
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        for cpu in first..=last {
            let byte = map.get_mut(cpu / 8)?;
            if is_in { *byte |= 1 << (cpu % 8) } else { *byte &= !(1 << (cpu % 8)) }
        }
    }
    Some(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_cpus_is_a_bit_for_each() {
        assert_eq!(bitmap("0-3,^2", 4), Some(vec![0b1011]));
        assert_eq!(bitmap("9", 16), Some(vec![0, 2]));
        assert_eq!(bitmap("^0", 1), Some(vec![0]));
        for wrong in ["", "a", "1-", "0-99999999999"] {
            assert_eq!(bitmap(wrong, 8), None, "{wrong}");
        }
    }
}
