//! The kinds of object: one line each is all that registers a format.

use crate::{
    Element, backup, checkpoint, domain, interface, network, networkport, nodedev, nwfilter, nwfilterbinding,
    pool, secret, snapshot, volume,
};

/// A kind of libvirt object.
#[derive(Debug)]
pub struct Kind {
    /// The name of the kind: the value of `kind` in a spec and of `--kind` on the command line.
    pub name: &'static str,
    /// The key of its list in a bundle, and the folder of its files in a compiled one.
    pub plural: &'static str,
    /// The table of the root element.
    pub root: &'static Element,
    /// Where an object has its name.
    pub named: Named,
    /// The kind of the object that holds objects of this kind (a volume is in a pool); none for what a host holds.
    pub parent: Option<&'static str>,
    /// Whether an object can be started and stopped, and can start with the host.
    pub starts: bool,
    /// Text that its XML has and that of others with such a root has not, where the root has a name that is used elsewhere.
    pub sign: Option<&'static str>,
    /// The place among the kinds when a host is set up: what is referred to comes before what refers to it.
    pub order: u8,
}

impl Kind {
    /// The key under which a spec has the object's name; nothing of a kind whose objects have none.
    pub fn name_key(&self) -> Option<&'static str> {
        match self.named {
            Named::Child(key) | Named::Attribute(key) => Some(key),
            Named::Uuid(_) | Named::Nowhere => None,
        }
    }
}

/// Where an object has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// In the text of a child of the root.
    Child(&'static str),
    /// In an attribute of the root.
    Attribute(&'static str),
    /// It has no name, only a UUID: in the text of the last of these, each a child of the one before.
    Uuid(&'static [&'static str]),
    /// In no place: objects of the kind have neither a name nor a UUID.
    Nowhere,
}

/// Begins a [`Kind`] whose objects have a `<name>`, are held by a host and do not run.
const fn named(name: &'static str, plural: &'static str, root: &'static Element, order: u8) -> Kind {
    Kind { name, plural, root, named: Named::Child("name"), parent: None, starts: false, sign: None, order }
}

/// Begins a [`Kind`] whose objects can be started as well.
const fn started(name: &'static str, plural: &'static str, root: &'static Element, order: u8) -> Kind {
    Kind { starts: true, ..named(name, plural, root, order) }
}

/// Every kind that a host can be declared to have, the one that a spec has by default first.
pub static KINDS: &[Kind] = &[
    started("domain", "domains", &domain::DOMAIN, 6),
    started("network", "networks", &network::NETWORK, 2),
    started("pool", "pools", &pool::POOL, 3),
    Kind { parent: Some("pool"), ..named("volume", "volumes", &volume::VOLUME, 4) },
    Kind { named: Named::Attribute("name"), ..named("nwfilter", "nwfilters", &nwfilter::FILTER, 1) },
    Kind { named: Named::Uuid(&["uuid"]), ..named("secret", "secrets", &secret::SECRET, 0) },
    Kind {
        named: Named::Uuid(&["capability", "uuid"]),
        sign: Some("<capability"),
        ..started("nodedev", "nodedevs", &nodedev::NODE_DEVICE, 5)
    },
];

/// The kinds that libvirt makes by itself or takes for one call only. Their XML is read, checked and written like any other,
/// but no bundle holds them.
pub static OTHER_KINDS: &[Kind] = &[
    named("domainsnapshot", "domainsnapshots", &snapshot::SNAPSHOT, 0),
    named("domaincheckpoint", "domaincheckpoints", &checkpoint::CHECKPOINT, 0),
    Kind { named: Named::Nowhere, ..named("domainbackup", "domainbackups", &backup::BACKUP, 0) },
    Kind {
        named: Named::Attribute("name"),
        sign: Some("<interface type="),
        ..named("interface", "interfaces", &interface::INTERFACE, 0)
    },
    Kind {
        named: Named::Uuid(&["uuid"]),
        ..named("networkport", "networkports", &networkport::NETWORK_PORT, 0)
    },
    Kind {
        named: Named::Nowhere,
        ..named("nwfilterbinding", "nwfilterbindings", &nwfilterbinding::FILTER_BINDING, 0)
    },
];

/// All kinds of objects that the tables describe.
pub fn all_kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().chain(OTHER_KINDS)
}

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    all_kinds().find(|kind| kind.name == name)
}

/// The kind whose root is the element, or a variant of it: an object may hold another one.
pub fn kind_of(root: &Element) -> Option<&'static Kind> {
    all_kinds().find(|kind| std::ptr::eq(kind.root, root) || kind.name == root.object)
}
