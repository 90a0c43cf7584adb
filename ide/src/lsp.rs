//! The answers to an editor in the terms of the Language Server Protocol: diagnostics, completion, hover, definitions
//! and actions.
//!
//! A document is never changed in place, so that several threads of a server see one state of it.

mod action;
pub mod answers;
mod at_cursor;
mod completion;
mod completion_item;
mod context;
mod cursor;
mod definition;
pub mod diagnostics;
pub mod documents;
mod hover;
mod json;
mod marked;
mod option_help;
pub mod position;
mod question;
mod symbols;
mod syntax;
mod templates;
pub mod thread_analyser;
mod told;
mod xml;
mod xml_cursor;
mod xml_help;
mod xml_tree;
