//! The language server: what the compiler knows, in an editor, while the user types.
//!
//! Three threads share the work: the one that speaks with the editor (`server.rs`), one that checks (`checker.rs`), and one
//! that answers requests (`nixvirt-ide`).

mod checker;
mod server;
mod transport;

pub use server::serve;
