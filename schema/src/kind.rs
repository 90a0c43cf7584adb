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
pub static KINDS: &[Kind] = &[Kind { name: "domain", plural: "domains", root: &domain::DOMAIN }];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
