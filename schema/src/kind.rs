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
}

/// Every kind, the one that a spec has by default first.
pub static KINDS: &[Kind] = &[
    Kind { name: "domain", plural: "domains", root: &domain::DOMAIN },
    Kind { name: "network", plural: "networks", root: &network::NETWORK },
    Kind { name: "pool", plural: "pools", root: &pool::POOL },
    Kind { name: "volume", plural: "volumes", root: &volume::VOLUME },
    Kind { name: "nwfilter", plural: "nwfilters", root: &nwfilter::FILTER },
    Kind { name: "secret", plural: "secrets", root: &secret::SECRET },
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
