//! What finds and checks specs in Nix, JSON and XML, and answers what editors ask about them.
//!
//! Invariants: no I/O but through [`files::Machine`], no threads, no arguments of a command line. Paths of files are as
//! the caller gives them.

pub mod analysis;
pub mod check;
pub mod describe;
pub mod evaluate;
pub mod files;
pub mod finding;
pub mod foreign;
pub mod located;
mod lone;
pub mod lsp;
pub mod places;
pub mod source;
pub mod template;
