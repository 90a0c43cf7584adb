//! The facts of single kinds: the disks of a domain, the addresses of a network, the folder of a pool.

use std::net::IpAddr;

use crate::link::at::ObjectPlace;

/// The parts of a domain that matter to other objects.
#[derive(Clone, Debug, Default)]
pub struct DomainParts {
    /// The disks, in the order of the domain.
    pub disks: Vec<Disk>,
    /// The cards on networks of libvirt's, in the order of the domain.
    pub cards: Vec<Card>,
}

/// A network card of a domain that is on a network of libvirt's.
#[derive(Clone, Debug)]
pub struct Card {
    /// The name of the network.
    pub network: String,
    /// Its MAC address; nothing where that cannot be known.
    pub mac: Option<String>,
}

/// A disk of a domain, as far as it matters to the volume that it is on.
#[derive(Clone, Debug)]
pub struct Disk {
    /// The place of the image.
    pub on: ImageLocation,
    /// The format that the domain takes it for; nothing where that cannot be known.
    pub format: Option<String>,
    /// Where that is said, or the disk.
    pub place: ObjectPlace,
}

/// Where a disk's content is on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageLocation {
    /// A file or device.
    Path(String),
    /// A volume of a pool.
    Volume {
        /// The name of its pool.
        pool: String,
        /// The name of the volume in its pool.
        volume: String,
    },
}

/// The addresses of a network.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// The subnets that the network has.
    pub subnets: Vec<Subnet>,
}

/// A subnet that a network's bridge has an address of.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// The addresses of it.
    pub span: AddressRange,
    /// The length of its prefix.
    pub prefix: u32,
    /// The address of the bridge.
    pub own: IpAddr,
    /// Where it is said.
    pub place: ObjectPlace,
    /// The ranges of addresses that are given out.
    pub ranges: Vec<(AddressRange, ObjectPlace)>,
    /// The reservations: addresses for one host each.
    pub reservations: Vec<Reservation>,
}

/// An address that is reserved for one host.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// For which MAC address, in lower case.
    pub mac: Option<String>,
    /// The address that is reserved.
    pub address: IpAddr,
    /// Where it is said.
    pub place: ObjectPlace,
}

/// Addresses of one family, from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    /// Whether they are of IPv6.
    pub six: bool,
    /// The first address, as a number.
    pub first: u128,
    /// The last address, as a number.
    pub last: u128,
}

impl AddressRange {
    /// The range of one address.
    pub fn of(address: IpAddr) -> AddressRange {
        let (six, bits) = match address {
            IpAddr::V4(address) => (false, u128::from(address.to_bits())),
            IpAddr::V6(address) => (true, address.to_bits()),
        };
        AddressRange { six, first: bits, last: bits }
    }

    /// The subnet of an address with a prefix of that length.
    pub(super) fn subnet(address: IpAddr, prefix: u32) -> Option<AddressRange> {
        let AddressRange { six, first, .. } = AddressRange::of(address);
        let width: u32 = if six { 128 } else { 32 };
        let free = width.checked_sub(prefix)?;
        let hosts = if free == 128 { u128::MAX } else { (1u128 << free) - 1 };
        Some(AddressRange { six, first: first & !hosts, last: first | hosts })
    }

    /// Whether all of other addresses are among these.
    pub fn holds(&self, other: AddressRange) -> bool {
        self.six == other.six && self.first <= other.first && other.last <= self.last
    }
}

/// Where the volumes of a pool are.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The folder, where its volumes are files in one.
    pub folder: Option<String>,
}

/// The format of a volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its format; nothing where that cannot be known.
    pub format: Option<String>,
    /// Where that is said, or the volume.
    pub place: ObjectPlace,
}

/// The type of a node device: libvirt defines only mediated devices.
#[derive(Clone, Debug)]
pub struct NodeDevice {
    /// Its type, where it is another than that of a mediated device.
    pub other: Option<String>,
    /// Where that is said.
    pub place: ObjectPlace,
}
