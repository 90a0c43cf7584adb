//! The language server: what the compiler knows, in an editor, while the user types.
//!
//! Three threads share the work (`work.rs`): the one that speaks with the editor (`server.rs`), one that checks
//! (`checker.rs`), and one that answers requests (`nixvirt-ide`). Tests do all of it in one thread (`session.rs`).

mod checker;
mod pending;
mod server;
pub mod session;
mod transport;
mod work;

pub use server::serve;
