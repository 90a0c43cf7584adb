//! Addresses of network cards on a bridge that belongs to a network of libvirt's. A domain names the bridge alone there, as those of
//! our templates do, and libvirt asks no network for it.

use std::collections::BTreeMap;

use nixvirt_compiler::{Document, Policy, Report};
use nixvirt_libvirt_calls::{Lease, dhcp_leases};
use virt::domain::{Domain, IPAddress, Interface};
use virt::error::Error;
use virt::network::Network;
use virt::sys;

use crate::document::{child, read_document};
use crate::kind::ObjectKind;
use crate::names;

/// The addresses that networks have given to the cards on their bridges.
///
/// # Errors
/// An error of libvirt, but for those of networks: one that has no leases to tell knows no address.
pub(super) fn leases(domain: &Domain) -> Result<Vec<Interface>, Error> {
    let text = domain.xml_desc(0)?;
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(ObjectKind::Domain, &text, &mut report) else { return Ok(Vec::new()) };
    let cards = cards(&document);
    if cards.is_empty() {
        return Ok(Vec::new());
    }
    let networks = domain.connect()?.list_all_networks(sys::VIR_CONNECT_LIST_NETWORKS_ACTIVE);
    let of_bridge = |network: Network| Some((network.bridge_name().ok()?, network));
    let networks: BTreeMap<String, Network> =
        networks.unwrap_or_default().into_iter().filter_map(of_bridge).collect();
    let leases = |Card { bridge, mac, interface }: Card<'_>| {
        let leases = dhcp_leases(networks.get(bridge)?, mac).ok()?;
        let address = |lease: Lease| IPAddress {
            typed: lease.family.into(),
            addr: lease.address,
            prefix: lease.prefix.into(),
        };
        let addrs: Vec<IPAddress> = leases.into_iter().map(address).collect();
        let (name, hwaddr) = (interface.to_owned(), Some(mac.to_owned()));
        Some(Interface { name, hwaddr, naddrs: addrs.len() as u64, addrs })
    };
    Ok(cards.into_iter().filter_map(leases).collect())
}

/// A network card of a domain on a bridge of the host.
struct Card<'d> {
    bridge: &'d str,
    mac: &'d str,
    /// The name of the host's end of it.
    interface: &'d str,
}

fn cards<'d>(document: &'d Document<'_>) -> Vec<Card<'d>> {
    let devices = child(&document.root, names::DEVICES).into_iter();
    let interfaces = devices.flat_map(|devices| devices.children_named(names::INTERFACE));
    let card = |interface| {
        Some(Card {
            bridge: child(interface, names::SOURCE)?.get(names::BRIDGE)?,
            mac: child(interface, names::MAC)?.get(names::ADDRESS)?,
            interface: child(interface, names::TARGET)?.get(names::DEV)?,
        })
    };
    interfaces.filter_map(card).collect()
}
