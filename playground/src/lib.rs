//! Answers the page of the playground: what `nixvirt-compile` prints for a text, and what its language server says to an editor.
//!
//! Invariant: nothing is read or decided here. Texts go to the functions that the command line and the server call.

pub mod answer;
mod asked;
pub mod calls;
mod compile;
mod document;
mod editor;
mod reported;
