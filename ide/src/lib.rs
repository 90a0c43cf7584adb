//! What finds and checks specs in Nix, JSON and XML, and answers what editors ask about them.
//!
//! Invariants: no I/O but through [`files::Machine`], no threads, no arguments of a command line. Paths of files are as
//! the caller gives them.

pub mod analysis;
pub mod check;
mod checking;
pub mod describe;
pub mod evaluate;
pub mod files;
pub mod foreign;
mod host;
pub mod located;
pub mod located_problem;
pub mod lsp;
pub mod places;
pub mod source;
mod spec_file;
pub mod template;
