//! libvirt's XML formats as static data: every element, attribute and value format, in libvirt's printing order.
//!
//! Everything else in nixvirt is an interpreter of these tables. The truth behind them is libvirt 11.3: its RELAX NG
//! (`/usr/share/libvirt/schemas`), its formatter (printing order, number formats) and its parser (what it refuses).
//!
//! Invariant: this crate does no I/O, knows neither XML nor JSON syntax, and depends on nothing.

mod condition;
mod facts;
mod format;
mod kind;
pub mod machine;
mod model;
pub mod names;
mod walk;

#[doc(hidden)]
pub mod join;

pub mod domain;
pub mod network;
pub mod nwfilter;
pub mod pool;
pub mod secret;
pub mod shared;
pub mod volume;

pub use condition::{
    Condition, Guard, Relation, Rule, Subject, Test, child_attr, child_text, no_child, own_text, rule,
};
pub use facts::{Derived, Generated, Identity, Naming, Reference};
pub use format::{Accepted, Format, Notation, Print, Refused, Scalar, number, parse_number};
pub use kind::{KINDS, Kind, Named, kind, kind_of};
pub use model::{
    Attribute, Child, Element, Namespace, Need, Occurs, Text, attr, child, element, flag, leaf, text,
};
pub use walk::{Entry, walk};
