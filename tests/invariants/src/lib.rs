//! The invariants of any input whatsoever. For each kind of input, a function takes bytes, does with them what the program does,
//! and panics where something does not hold. Tests replay kept inputs through these, and fuzzers look for new ones.
//!
//! What holds everywhere: no panic; two runs give the same; what compiles is XML for a parser of other people's and can
//! be read again to the same; what is printed of problems does nothing to a terminal and is bounded.

mod bundle;
mod lsp;
mod nix;
mod printed;
mod returns;
mod spec;
pub mod words;
mod xml;

/// A kind of input, and its invariants.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The name of the kind; the folder of its kept inputs has this name, too.
    pub name: &'static str,
    /// Panics where something does not hold of an input. It takes a stack as
    /// [`with_stack`](nixvirt_evaluator::with_stack) gives it.
    pub hold: fn(&[u8]),
}

/// Every kind of input.
pub const INPUTS: &[Input] = &[
    Input { name: "spec", hold: spec::hold },
    Input { name: "xml", hold: xml::hold },
    Input { name: "nix", hold: nix::hold },
    Input { name: "bundle", hold: bundle::hold },
    Input { name: "lsp", hold: lsp::hold },
];

/// The kind of input of a name.
pub fn input(name: &str) -> Option<&'static Input> {
    INPUTS.iter().find(|input| input.name == name)
}
