//! Finds and checks specs in Nix, JSON and XML, and answers the questions of editors about them.
//!
//! Invariants: no I/O but through [`files::Machine`], no threads, no arguments of a command line. Paths of files are as
//! the caller gives them.

pub mod analysis;
pub mod catalogue;
pub mod check;
mod checking;
pub mod describe;
pub mod files;
pub mod json_advice;
pub mod located;
pub mod located_problem;
pub mod lsp;
pub mod module_options;
pub mod places;
pub mod recognise;
pub mod source;
mod spec_file;
pub mod spec_reader;
mod text_places;
