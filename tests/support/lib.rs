//! Code that the suites share: the places of files, skipping a test loudly, the binary as a product in an empty
//! directory, XML as trees, libvirt's own judgement, inputs that grow, and seeded random numbers.
//!
//! Invariant: nothing in here knows how the compiler works. Expectations come from other people's parsers and hashes.

pub mod amount;
pub mod command;
pub mod corpus;
pub mod daemon;
pub mod editor;
pub mod examples;
pub mod grammar;
pub mod growth;
pub mod libvirt;
pub mod markup;
pub mod mutate;
pub mod nix;
pub mod place;
pub mod random;
pub mod reach;
pub mod rust_source;
pub mod sample;
pub mod skip;
pub mod timing;
pub mod tree;
pub mod vary;
pub mod verdicts;
