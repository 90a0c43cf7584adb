//! What of a running domain has a call of its own: where its threads run, what its end means, how often its memory is
//! counted.

use nixvirt_compiler::{Node, Unit};
use virt::domain::Domain;
use virt::sys;

use crate::declared::child;
use crate::error::said;
use crate::host::Host;

/// The parts of `cputune` that can be changed while a domain runs.
pub(super) const PINS: &[&str] = &["vcpupin", "emulatorpin"];

/// The elements that say what the end of a guest means, and libvirt's numbers for the ends.
pub(super) const LIFECYCLE: [(&str, sys::virDomainLifecycle); 3] = [
    ("on_poweroff", sys::VIR_DOMAIN_LIFECYCLE_POWEROFF),
    ("on_reboot", sys::VIR_DOMAIN_LIFECYCLE_REBOOT),
    ("on_crash", sys::VIR_DOMAIN_LIFECYCLE_CRASH),
];

/// What libvirt can do at such an end.
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
) -> Result<(), String> {
    let word = unit.new.and_then(|node| node.text.as_ref()).map(|text| &*text.text);
    let action = ACTIONS.iter().find(|(name, _)| Some(*name) == word);
    let (_, action) = action.ok_or("what it is to do is not known")?;
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    host.write(|| domain.set_lifecycle_action(event, *action, live)).map_err(|error| said(&error))
}

/// Sets how often the guest counts its memory, in seconds; 0 is never.
pub(super) fn balloon_period(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), String> {
    let stats = unit.new.and_then(|node| child(node, "stats"));
    let period = stats.and_then(|stats| stats.get("period")).unwrap_or("0");
    let period = period.parse().map_err(|_| format!("`{period}` is no number of seconds"))?;
    host.write(|| domain.set_memory_stats_period(period, sys::VIR_DOMAIN_AFFECT_LIVE))
        .map_err(|error| said(&error))
}

/// Pins threads to the host's CPUs. What is no longer pinned may run on all of them, or on those of the whole domain.
pub(super) fn pins(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), String> {
    let every = every_cpu(host)?;
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    let pinned = |node: Option<&Node<'_>>| -> Vec<(Option<String>, String)> {
        let pins = node.map(|node| &*node.children).unwrap_or_default().iter();
        let pins = pins.filter(|pin| PINS.contains(&pin.element.name));
        let of = |pin: &Node<'_>| pin.get("vcpu").map(str::to_owned);
        pins.map(|pin| (of(pin), pin.get("cpuset").unwrap_or_default().to_owned())).collect()
    };
    let (old, new) = (pinned(unit.old), pinned(unit.new));
    let gone = old.iter().filter(|(thread, _)| !new.iter().any(|(other, _)| other == thread));
    let changes = new.iter().filter(|pin| !old.contains(pin)).map(|(thread, set)| (thread, Some(set)));
    for (thread, set) in gone.map(|(thread, _)| (thread, None)).chain(changes) {
        let map = match set {
            Some(set) => bitmap(set, every.len() * 8).ok_or_else(|| format!("`{set}` is no set of CPUs"))?,
            None => every.clone(),
        };
        match thread {
            Some(vcpu) => {
                let vcpu = vcpu.parse().map_err(|_| format!("`{vcpu}` is no number of a vCPU"))?;
                host.write(|| domain.pin_vcpu_flags(vcpu, &map, live))
            }
            None => host.write(|| domain.pin_emulator(&map, live)),
        }
        .map_err(|error| said(&error))?;
    }
    Ok(())
}

/// A set of all CPUs of the host.
fn every_cpu(host: &Host) -> Result<Vec<u8>, String> {
    let node = host.connect.node_info().map_err(|error| said(&error))?;
    let count = (node.nodes * node.sockets * node.cores * node.threads) as usize;
    bitmap(&format!("0-{}", count.saturating_sub(1)), count).ok_or_else(|| "the host has no CPUs".to_owned())
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
