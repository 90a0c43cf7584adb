//! The addresses of running domains: of the leases of libvirt's networks, of the agents in the guests, and of the host's table of
//! neighbours. Nothing is changed.

mod bridges;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use nixvirt_compiler::printable::printable_line;
use serde::Serialize;
use virt::domain::{Domain, Interface};
use virt::sys;

use crate::error::{Error, codes, libvirt, said as words};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::kind::ObjectKind;
use crate::object::Handle;

/// Who can know the addresses of a domain, in the order in which they are asked.
const ASKED: [(&str, sys::virDomainInterfaceAddressesSource, &str); 3] = [
    ("lease", sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, "the leases of libvirt's networks"),
    ("agent", sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, "its guest agent"),
    ("arp", sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, "the host's table of neighbours"),
];

/// An address of a running domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The name of the interface, as whoever knows the address calls it.
    pub interface: String,
    /// Its MAC address, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// The IPv4 or IPv6 address.
    pub address: IpAddr,
    /// The length of the prefix of its subnet; 0 where that is not known.
    pub prefix: u64,
    /// Who knows it: `lease`, `agent` or `arp`.
    pub source: &'static str,
}

/// A domain and its addresses.
#[derive(Clone, Debug, Serialize)]
pub struct DomainAddresses {
    /// The name of the domain.
    pub domain: String,
    /// The UUID, as libvirt prints it.
    pub uuid: String,
    /// Its addresses, without those that only the guest itself or its own link can reach.
    pub addresses: Vec<Address>,
    /// The answers of those who were asked and gave no address.
    #[serde(skip)]
    tried: Vec<String>,
}

impl DomainAddresses {
    /// Asks for the addresses of a running domain.
    ///
    /// # Errors
    /// Where it does not run, or is not there any more.
    pub fn of(domain: &Domain) -> Result<DomainAddresses, Error> {
        let said = || libvirt(&codes::CANNOT_ASK, "ask a domain for its addresses");
        let mut found = DomainAddresses {
            domain: domain.name().map_err(said())?,
            uuid: domain.uuid_string().map_err(said())?,
            addresses: Vec::new(),
            tried: Vec::new(),
        };
        if !domain.is_active().map_err(said())? {
            let why = Error::new(&codes::NO_ADDRESS, "it does not run, so that it has no address");
            return Err(why.fact("domain", &found.domain).help("start it"));
        }
        let mut known = BTreeSet::new();
        for (source, number, whom) in ASKED {
            let mut silence = "no address".to_owned();
            let mut interfaces = domain.interface_addresses(number, 0).unwrap_or_else(|error| {
                silence = words(&error);
                Vec::new()
            });
            if number == sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE {
                interfaces.extend(bridges::leases(domain).map_err(said())?);
            }
            let answers = interfaces.into_iter().flat_map(|one| addresses_of(one, source));
            let before = found.addresses.len();
            found
                .addresses
                .extend(answers.filter(|one| is_for_others(one.address) && known.insert(one.address)));
            if found.addresses.len() == before {
                found.tried.push(format!("{whom}: {silence}"));
            }
        }
        Ok(found)
    }

    /// The error for a domain without an address, which says who was asked.
    pub fn none(&self) -> Error {
        let tried = self.tried.join("; ");
        Error::new(&codes::NO_ADDRESS, format!("it has no address: {tried}"))
            .fact("domain", &self.domain)
            .help("an address is known where libvirt's own network gives it out, an agent in the guest says it, or the host has talked to it")
    }
}

/// The addresses that libvirt says of an interface.
fn addresses_of(interface: Interface, source: &'static str) -> impl Iterator<Item = Address> {
    let Interface { name, hwaddr, addrs, .. } = interface;
    addrs.into_iter().filter_map(move |one| {
        let (interface, mac) = (name.clone(), hwaddr.clone());
        Some(Address { interface, mac, address: one.addr.parse().ok()?, prefix: one.prefix, source })
    })
}

/// Whether others can reach it by that address: it is neither of the guest itself nor of one link alone.
fn is_for_others(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !address.is_loopback() && !address.is_link_local() && !address.is_unspecified()
        }
        IpAddr::V6(address) => {
            !address.is_loopback() && !address.is_unicast_link_local() && !address.is_unspecified()
        }
    }
}

/// The running domains with these names; without names, all that run.
///
/// # Errors
/// A name that no domain of the host has, and an error of libvirt.
pub fn domains(host: &Host, names: &[String]) -> Result<Vec<Domain>, Error> {
    let of = |handle: Handle| match handle {
        Handle::Domain(domain) => Some(domain),
        _ => None,
    };
    if names.is_empty() {
        let active = Host::list_flags(ObjectKind::Domain).active.unwrap_or_default();
        let mut found: Vec<Domain> =
            host.list(ObjectKind::Domain, active)?.into_iter().filter_map(of).collect();
        // libvirt lists them in an order of its hash table's.
        found.sort_by_key(|domain| domain.name().unwrap_or_default());
        return Ok(found);
    }
    let find = |name: &String| {
        host.lookup_name(ObjectKind::Domain, name).and_then(of).ok_or_else(|| {
            let message = format!("there is no domain `{name}`");
            Error::new(&codes::NO_SUCH_OBJECT, message).help("`virsh list --all` says what is there")
        })
    };
    names.iter().map(find).collect()
}

/// How often a domain is asked while it is waited for.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits until a running domain has an address, for as long as `patience` from `begun` on.
///
/// # Errors
/// Where it has none when the time is over or the program is to end, or does not run.
pub fn wait(
    domain: &Domain,
    begun: Instant,
    patience: Duration,
    interrupt: &Interrupt,
) -> Result<DomainAddresses, Error> {
    loop {
        let found = DomainAddresses::of(domain)?;
        if !found.addresses.is_empty() {
            return Ok(found);
        }
        let left = patience.saturating_sub(begun.elapsed());
        if interrupt.asked() || left.is_zero() {
            let seconds = patience.saturating_sub(left).as_secs();
            return Err(found.none().note(format!("it was waited for {seconds} seconds")));
        }
        std::thread::sleep(PAUSE.min(left));
    }
}

/// For people: a line for each address, in columns.
pub fn text(all: &[DomainAddresses]) -> String {
    let mut rows = vec![["DOMAIN", "INTERFACE", "MAC", "ADDRESS", "FROM"].map(str::to_owned)];
    for one in all {
        for address in &one.addresses {
            rows.push([
                printable_line(&one.domain).into_owned(),
                printable_line(&address.interface).into_owned(),
                printable_line(address.mac.as_deref().unwrap_or("-")).into_owned(),
                match address.prefix {
                    0 => address.address.to_string(),
                    prefix => format!("{}/{prefix}", address.address),
                },
                address.source.to_owned(),
            ]);
        }
        if one.addresses.is_empty() {
            let nothing = || "-".to_owned();
            rows.push([printable_line(&one.domain).into_owned(), nothing(), nothing(), nothing(), nothing()]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out
}
