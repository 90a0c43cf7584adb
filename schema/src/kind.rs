//! The kinds of object: one line each is all that registers a format.

use crate::{Element, domain, network, nwfilter, pool, secret, volume};

/// A kind of libvirt object.
#[derive(Debug)]
pub struct Kind {
    /// What `kind` says in a spec, and `--kind` on the command line.
    pub name: &'static str,
    /// The key of its list in a bundle, and the folder of its files in a compiled one.
    pub plural: &'static str,
    /// The root element.
    pub root: &'static Element,
    /// Where an object has its name.
    pub named: Named,
    /// The kind of the object that holds objects of this kind (a volume is in a pool); none for what a host holds.
    pub parent: Option<&'static str>,
    /// Whether an object can be started and stopped, and can start with the host.
    pub starts: bool,
    /// The place among the kinds when a host is set up: what is referred to comes before what refers to it.
    pub order: u8,
}

/// Where an object has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// In the text of a child of the root.
    Child(&'static str),
    /// In an attribute of the root.
    Attribute(&'static str),
    /// Nowhere: it goes by the UUID in the text of this child.
    Uuid(&'static str),
}

/// Begins a [`Kind`] whose objects have a `<name>`, are held by a host and do not run.
const fn named(name: &'static str, plural: &'static str, root: &'static Element, order: u8) -> Kind {
    Kind { name, plural, root, named: Named::Child("name"), parent: None, starts: false, order }
}

/// Begins a [`Kind`] whose objects can be started as well.
const fn started(name: &'static str, plural: &'static str, root: &'static Element, order: u8) -> Kind {
    Kind { starts: true, ..named(name, plural, root, order) }
}

/// Every kind, the one that a spec has by default first.
pub static KINDS: &[Kind] = &[
    started("domain", "domains", &domain::DOMAIN, 5),
    started("network", "networks", &network::NETWORK, 2),
    started("pool", "pools", &pool::POOL, 3),
    Kind { parent: Some("pool"), ..named("volume", "volumes", &volume::VOLUME, 4) },
    Kind { named: Named::Attribute("name"), ..named("nwfilter", "nwfilters", &nwfilter::FILTER, 1) },
    Kind { named: Named::Uuid("uuid"), ..named("secret", "secrets", &secret::SECRET, 0) },
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The kind whose root is the element; an object may hold another one.
pub fn kind_of(root: &Element) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| std::ptr::eq(kind.root, root))
}
