//! The changes that a running network gets in place: reservations of addresses, DNS entries, and groups of ports.

use nixvirt_compiler::{Node, Unit, fragment};
use virt::network::Network;
use virt::sys;

use super::refused::{no_call, refused};
use crate::document::child;
use crate::error::{Error, codes};
use crate::host::Host;
use crate::names;

/// The parts of a network that libvirt adds and removes one by one: the part that holds them, their name, and libvirt's.
const SECTIONS: [(&str, &str, u32); 5] = [
    (names::DHCP, names::RANGE, sys::VIR_NETWORK_SECTION_IP_DHCP_RANGE),
    (names::DHCP, names::HOST, sys::VIR_NETWORK_SECTION_IP_DHCP_HOST),
    (names::DNS, names::TXT, sys::VIR_NETWORK_SECTION_DNS_TXT),
    (names::DNS, names::HOST, sys::VIR_NETWORK_SECTION_DNS_HOST),
    (names::DNS, names::SRV, sys::VIR_NETWORK_SECTION_DNS_SRV),
];

/// Whether a change of a part is one that libvirt makes in place.
pub(super) fn is_live(unit: &Unit<'_, '_>) -> bool {
    let below = |holder: &str, depth: usize| {
        unit.changes.iter().all(|change| {
            let is_part = |key: &str| SECTIONS.iter().any(|(of, name, _)| *of == holder && *name == key);
            change.path.0.get(depth).is_some_and(|step| is_part(&step.key))
        })
    };
    let both =
        |find: &dyn Fn(&Node<'_>) -> bool| [unit.old, unit.new].iter().all(|node| node.is_some_and(find));
    match unit.name {
        names::TITLE | names::DESCRIPTION | names::METADATA | names::PORTGROUP => true,
        // Where there was no DHCP, no server for it runs.
        names::IP => both(&|ip| child(ip, names::DHCP).is_some()) && below(names::DHCP, 2),
        names::DNS => both(&|_| true) && below(names::DNS, 1),
        _ => false,
    }
}

/// Gives a running network one changed part.
pub(super) fn give(host: &Host, network: &Network, unit: &Unit<'_, '_>) -> Result<(), Error> {
    let update = |command, section, place: i32, node: &Node<'_>| {
        let xml = fragment(node);
        let flags = sys::VIR_NETWORK_UPDATE_AFFECT_LIVE;
        let done = host.write(|| network.update(command, section, place, &xml, flags));
        done.map_err(|error| refused(&error))
    };
    let (add, remove) = (sys::VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, sys::VIR_NETWORK_UPDATE_COMMAND_DELETE);
    let place = unit.new.and_then(|node| node.index).unwrap_or_default();
    let place = i32::try_from(place).map_err(|error| Error::new(&codes::LIVE_REFUSED, "").system(error))?;
    let (holder, old, new) = match (unit.name, unit.old, unit.new) {
        (names::PORTGROUP, old, new) => {
            let section = sys::VIR_NETWORK_SECTION_PORTGROUP;
            return match (old, new) {
                (Some(_), Some(new)) => update(sys::VIR_NETWORK_UPDATE_COMMAND_MODIFY, section, -1, new),
                (None, Some(new)) => update(add, section, -1, new),
                (Some(old), None) => update(remove, section, -1, old),
                (None, None) => Ok(()),
            };
        }
        (names::IP, Some(old), Some(new)) => match (child(old, names::DHCP), child(new, names::DHCP)) {
            (Some(old), Some(new)) => (names::DHCP, old, new),
            _ => return Err(no_call()),
        },
        (names::DNS, Some(old), Some(new)) => (names::DNS, old, new),
        // The definition is all that has them.
        _ => return Ok(()),
    };
    for (_, name, section) in SECTIONS.iter().filter(|(of, _, _)| *of == holder) {
        let texts = |node: &Node<'_>| node.children_named(name).map(fragment).collect::<Vec<_>>();
        let (before, after) = (texts(old), texts(new));
        for gone in old.children_named(name).filter(|node| !after.contains(&fragment(node))) {
            update(remove, *section, place, gone)?;
        }
        for come in new.children_named(name).filter(|node| !before.contains(&fragment(node))) {
            update(add, *section, place, come)?;
        }
    }
    Ok(())
}
