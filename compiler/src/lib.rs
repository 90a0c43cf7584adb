//! Reads, checks and writes libvirt objects: specs (JSON of Nix sets) and XML, all of it an interpreter of the schema.
//!
//! Invariants: no I/O, no clock, no network, no processes; nothing depends on hashing order; only a [`Valid`] document
//! can be written as XML.
//!
//! ```
//! use nixvirt_compiler::{CompileOptions, compile_spec, parse_json};
//!
//! let spec = br#"{ "type": "kvm", "name": "web", "memory": 65536, "os": { "type": "hvm" } }"#;
//! let parsed = parse_json(spec).expect("the spec is JSON");
//! let outcome = compile_spec(parsed.value, CompileOptions::DEFAULT);
//! for problem in &outcome.diagnostics {
//!     println!("{}: {}", problem.path, problem.problem);
//! }
//! assert!(outcome.xml.is_some_and(|xml| xml.contains("<name>web</name>")));
//! ```

pub mod apply_codes;
mod assist;
mod bundle;
pub mod check;
mod compile;
mod derive;
mod diagnostics;
mod diff;
mod document;
mod host;
pub mod index;
mod json_schema;
pub mod link;
mod minimal;
mod read;
mod recognise;
mod registry;
mod secrets;
pub mod seed;
mod source;
mod target;
mod write;

pub use assist::offer::{meanings, offers, page_of};
pub use assist::offer_xml::{TEXT, offers_in_xml};
pub use assist::part::{Fit, Offer, Part};
pub use bundle::around::Around;
pub use bundle::format as bundle_format;
pub use bundle::{CompiledBundle, DISC_KEYS, File, compile_bundle, disc_problems};
pub use bundle::{External, external, name_others, reserved_addresses};
pub use check::structure::validate;
pub use compile::{
    CompileOptions, CompileOutcome, Import, check_definition, check_xml, compile_for_link, compile_spec,
    format_xml, import_minimal, import_xml,
};
pub use derive::{NAMESPACE, derive};
pub use diagnostics::codes::{Code, Example};
pub use diagnostics::levels::Levels;
pub use diagnostics::printable;
pub use diagnostics::report::{Policy, Report};
pub use diagnostics::suggest::{suggest_key, word as suggest_word};
pub use diagnostics::{Diagnostic, FilePlace, Fix, Hint, Instead, Problem, Related, Severity};
pub use diff::{Change, HIDDEN, Unit, View, diff, units};
pub use document::amount::bytes_of_unit;
pub use document::foreign::{Foreign, ForeignElement};
pub use document::keys::{child_key, keys};
pub use document::path::{Path, PathStep};
pub use document::remark::{Remark, Remarks};
pub use document::{AttributeNode, Document, Node, NodeValue, Valid};
pub use host::HostDescription;
pub use json_schema::json_schema;
pub use read::settings;
pub use read::spec::read as read_spec;
pub use read::xml::read as read_xml;
pub use recognise::{Recognised, is_bundle, recognise};
pub use secrets::{SECRETS, SecretFile, secret_files};
pub use source::json::{
    Json, Parsed, parse as parse_json, parse_as_written as parse_json_as_written,
    parse_within as parse_json_within,
};
pub use source::limits::{MAX_DEPTH, MAX_JSON_DEPTH};
pub use source::locate;
pub use source::places::{Lines, Places};
pub use source::way::{PlacedValue, Way, way};
pub use target::{KnownVersion, Target, parse_version};
pub use write::comments::Comments;
pub use write::nix;
pub use write::spec::{to_spec, to_spec_with_comments};
pub use write::xml::{fragment, to_xml};

/// The codes of diagnostics: each with its severity, a summary, an explanation, and a wrong and a right example.
pub mod codes {
    pub use crate::diagnostics::codes::*;
    pub use crate::registry::{all, code, of_rules};
}
