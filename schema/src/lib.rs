//! libvirt's XML formats as static data: every element, attribute and value format, in libvirt's printing order.
//!
//! Everything else in nixvirt is an interpreter of these tables. The truth behind them is libvirt itself, from 9.0 to 12.8:
//! its RELAX NG (`/usr/share/libvirt/schemas`), its formatter (printing order, number formats) and its parser (what it
//! refuses). What came or went in between says so.
//!
//! Invariant: this crate does no I/O, knows neither XML nor JSON syntax, and depends on nothing.

mod condition;
mod entries;
mod facts;
mod format;
mod kind;
pub mod machine;
mod model;
pub mod names;
mod version;

#[doc(hidden)]
pub mod join;

pub mod backup;
pub mod checkpoint;
pub mod domain;
pub mod host;
pub mod interface;
pub mod network;
pub mod networkport;
pub mod nodedev;
pub mod nwfilter;
pub mod nwfilterbinding;
pub mod pool;
pub mod secret;
pub mod shared;
pub mod snapshot;
pub mod volume;

pub use condition::{
    Condition, Guard, Relation, RelationRule, Subject, Test, child_attr, child_text, no_child, own_text, rule,
};
pub use entries::{TableEntry, visit_entries};
pub use facts::{Derived, Generated, Identity, Naming, Reference};
pub use format::{Accepted, Format, Notation, Print, Refused, Scalar, Spelling, number, parse_number, since};
pub use kind::{KINDS, Kind, Named, OTHER_KINDS, all_kinds, kind, kind_of};
pub use model::{
    Attribute, Child, Default, Element, FilledWhere, Namespace, Need, Occurs, Text, Words, attr, child,
    element, flag, leaf, text,
};
pub use version::{Version, Versions};
