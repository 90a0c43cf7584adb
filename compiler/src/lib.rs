//! Reads, checks and writes libvirt objects: specs (JSON of Nix sets) and XML, all of it an interpreter of the schema.
//!
//! Invariants: no I/O, no clock, no network, no processes; nothing depends on hashing order; only a [`Valid`] document
//! can be written as XML.

mod amount;
mod bundle;
pub mod check;
pub mod codes;
mod comments;
mod compile;
mod declaration;
mod derive;
mod diagnostic;
mod diff;
mod diff_match;
mod document;
mod filled_in;
mod foreign;
mod foreign_spec;
pub mod index;
mod json;
mod keys;
mod kinds;
mod limits;
mod live;
pub mod locate;
mod names;
pub mod nix;
mod offer;
mod path;
mod places;
pub mod printable;
mod read;
mod remark;
mod report;
mod scope;
mod secrets;
pub mod settings;
mod shape;
mod spec;
mod suggest;
mod to_spec;
mod validate;
mod write;
mod xml;
mod xml_document;

pub use amount::bytes_of_unit;
pub use bundle::{Around, Bundle, File, compile_bundle, is_bundle};
pub use codes::{Code, Example};
pub use comments::Comments;
pub use compile::{
    Import, Options, Outcome, check_definition, check_xml, compile_spec, format_xml, import_xml,
};
pub use derive::{NAMESPACE, derive};
pub use diagnostic::{Diagnostic, FilePlace, Fix, Hint, Problem, Related, Severity};
pub use diff::{Change, HIDDEN, Unit, View, diff, units};
pub use document::{AttributeNode, Document, Node, Valid, Value};
pub use foreign::{Foreign, ForeignElement};
pub use json::{
    Json, Parsed, parse as parse_json, parse_as_written as parse_json_as_written,
    parse_within as parse_json_within,
};
pub use keys::{child_key, keys};
pub use limits::{MAX_DEPTH, MAX_JSON_DEPTH};
pub use offer::{Fit, Offer, Part, meanings, offers, page_of};
pub use path::{Path, Step};
pub use places::{Lines, Places};
pub use remark::{Remark, Remarks};
pub use report::{Policy, Report};
pub use secrets::{SECRETS, SecretFile, secret_files};
pub use spec::read as read_spec;
pub use suggest::{suggest_key, word as suggest_word};
pub use to_spec::{to_spec, to_spec_with_comments};
pub use validate::validate;
pub use write::{fragment, to_xml};
pub use xml_document::read as read_xml;
