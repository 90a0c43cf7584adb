//! A document as text: canonical XML, a spec, and a spec as Nix.

pub mod comments;
mod foreign;
pub mod nix;
pub mod spec;
pub mod xml;
