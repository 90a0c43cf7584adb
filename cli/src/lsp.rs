//! The language server: what the compiler knows, in an editor, while the user types.
//!
//! Three threads share the work (`work.rs`): the one that speaks with the editor (`server.rs`), one that checks
//! (`checker.rs`), and one that answers requests (`answers.rs`). Tests do all of it in one (`session.rs`). A document is never changed in place, so that all three see one state of it.

mod action;
mod answers;
mod checker;
mod completion;
mod context;
mod cursor;
mod definition;
mod diagnostics;
mod documents;
mod embedded;
mod hits;
mod hover;
mod json;
mod position;
mod server;
pub mod session;
mod syntax;
mod templates;
mod transport;
mod work;
mod workshop;
mod xml;

pub use server::serve;
