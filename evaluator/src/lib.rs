//! A lazy evaluator for the pure part of Nix, whose every value and attribute knows the place that it came from.
//!
//! A value that it cannot know (packages, the configuration of a host, fetched files) is an *opaque* value that flows
//! on: nothing is claimed about what depends on it. Invariants: it knows nothing of libvirt, builds nothing, fetches
//! nothing, reads files only through its loader; every evaluation is bounded in steps, memory and depth.

mod assumption;
mod attributes;
mod bindings;
mod builtin;
mod builtins;
mod call;
mod coerce;
mod common;
mod error;
mod eval;
mod evaluator;
mod files;
mod force;
mod formals;
mod import;
mod ir;
mod lexical;
mod limits;
mod lower;
mod make;
mod memory;
mod met_conditions;
mod nearest;
mod nix_string;
mod opaque;
mod operators;
mod padding;
mod parse;
mod paths;
mod properties;
mod repair;
mod span;
mod state;
mod strings;
mod symbol;
mod to_tree;
mod traversal;
mod tree;
mod value;
mod written;

pub use assumption::Interrupted;
pub use builtins::builtin_names;
pub use error::{Error, ErrorKind, Stop};
pub use evaluator::Evaluator;
pub use files::Files;
pub use limits::Limits;
pub use met_conditions::MetConditions;
pub use nix_string::NixString;
pub use parse::{is_parsable, is_plain, lines_ended};
pub use span::{FileId, SourceFile, Span};
pub use state::branches::{Assumption, UnknownCondition};
pub use state::noticed::{Call, CallKey, EmbeddedCall, FormalPlace};
pub use strings::string_parts;
pub use symbol::{Symbol, Symbols};
pub use traversal::{ANY, Option as ModuleOption};
pub use tree::{Content, Tree, TreeEntry};
pub use value::{List, NixAttribute, Opaque, Set, Thunk, Value};

/// Where sources that are part of a program are found: a folder that no machine has.
pub const EMBEDDED: &str = "/nixvirt-embedded";

/// The part of nixpkgs' `lib` that is known, by the names that the loader is to give it by, below [`EMBEDDED`]. The first
/// is `lib` itself.
pub const LIB: &[(&str, &str)] =
    &[("lib.nix", include_str!("lib.nix")), ("lib-more.nix", include_str!("lib-more.nix"))];

/// Runs an evaluation with a stack that is deep enough for its limits.
///
/// # Errors
/// Where there is no such stack to be had.
pub fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(Limits::STACK).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| {
            let message = format!(
                "there is not enough memory for a stack of {} MiB, e.g. because of `ulimit -v`: {error}",
                Limits::STACK >> 20
            );
            std::io::Error::new(error.kind(), message)
        })?;
        worker.join().map_err(|_| {
            std::io::Error::other("the evaluation ended unexpectedly; this is a bug, please report it")
        })
    })
}
