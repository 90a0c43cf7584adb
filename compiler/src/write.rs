//! A document as text: canonical XML, a spec, and a spec as Nix.

pub(crate) mod comments;
mod foreign;
pub mod nix;
pub(crate) mod spec;
pub(crate) mod xml;
