//! The objects of one host together: what no single one of them can show.
//!
//! Each object leaves a few facts behind (`facts.rs`), with which the finders here work: what two objects have that only one
//! can have (`claims.rs`), which objects are named (`references.rs`), the addresses of networks (`addresses.rs`), those that
//! a network keeps for domains (`reserved.rs`), and what a domain takes a volume for (`formats.rs`).
//!
//! Only what libvirt refuses for certain is an error, with one exception: a disk that is read as another format than its
//! volume has. An object that is not declared says nothing, for it may be the host's own. Time and memory are near linear in
//! the number of objects.

mod addresses;
mod at;
mod claims;
pub mod codes;
mod domain;
mod facts;
mod formats;
mod gather;
mod lookup;
mod mentions;
mod near;
mod network;
mod nodedev;
mod parts;
mod pool;
mod problem;
mod references;
mod reserved;

pub use self::facts::{Facts, ObjectPlace, ObjectReference, Resource};
pub use self::mentions::{mac_addresses, references};
pub use self::problem::{HostObjects, LinkProblem, Object, ReservedAddress, Spot};
pub use self::reserved::{DhcpHost, dhcp_hosts};
use crate::link::problem::LinkProblems;

/// Says what is wrong with the objects of a host together.
pub fn link(host: &HostObjects) -> Vec<LinkProblem> {
    let mut link_problems = LinkProblems { host, found: Vec::new() };
    claims::check(host, &mut link_problems);
    references::check(host, &mut link_problems);
    addresses::check(host, &mut link_problems);
    formats::check(host, &mut link_problems);
    nodedev::check(host, &mut link_problems);
    reserved::check(host, &mut link_problems);
    link_problems.found
}
