//! A lazy evaluator for the pure part of Nix, whose every value and attribute knows the place that it came from.
//!
//! What it cannot know (packages, the configuration of a host, whatever is fetched) is an *opaque* value that flows on:
//! nothing is claimed about what depends on it. Invariants: it knows nothing of libvirt, builds nothing, fetches nothing,
//! reads files only through its loader; every evaluation is bounded in steps, memory and depth.

mod arena;
mod assumption;
mod attributes;
mod bindings;
mod builtins;
mod call;
mod coerce;
mod common;
mod error;
mod eval;
mod files;
mod formals;
mod ir;
mod lexical;
mod lower;
mod memory;
mod met_conditions;
mod operators;
mod parse;
mod repair;
mod scopes;
mod span;
mod strings;
mod symbol;
mod traversal;
mod tree;
mod value;

pub use assumption::{Assumption, Interrupted, UnknownCondition};
pub use builtins::builtin_names;
pub use error::{Error, ErrorKind, Stop};
pub use eval::{Evaluator, Limits};
pub use files::Files;
pub use formals::{EmbeddedCall, FormalPlace};
pub use met_conditions::MetConditions;
pub use parse::{is_parsable, lines_ended};
pub use scopes::{Call, CallKey};
pub use span::{FileId, Source, Span};
pub use strings::string_parts;
pub use symbol::{Symbol, Symbols};
pub use traversal::Option as ModuleOption;
pub use tree::{Content, Entry, Tree};
pub use value::{List, NixAttribute, NixString, Opaque, Set, Thunk, Value};

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
