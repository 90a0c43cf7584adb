//! The apply step: puts libvirt objects on a host, idempotently and without surprises. It takes XML and bundles. Of Nix,
//! it evaluates only nixvirt's own templates, in bundles that were not compiled.
//!
//! One run over one host: read the bundle ([`bundle`], [`declared`]), see what the host has ([`observed`]), decide
//! ([`plan`]) and, unless only the plan is wanted, do it ([`execute`]). [`state`] remembers what was done.

mod abilities;
pub mod addresses;
pub mod bundle;
pub mod carry;
pub mod content;
pub mod declared;
pub mod definition;
pub mod discs;
pub mod document;
mod drift;
mod dropped;
mod edits;
pub mod error;
pub mod execute;
pub mod files;
pub mod guest;
pub mod hooks;
pub mod host;
pub mod images;
pub mod import;
pub mod interrupt;
pub mod inventory;
mod json_reader;
pub mod key;
pub mod kind;
pub mod lacking;
pub mod live;
pub mod lock;
pub mod macs;
mod names;
pub mod object;
pub mod observed;
mod order;
pub mod outline;
pub mod output;
pub mod plan;
pub mod plan_words;
pub mod preflight;
pub mod references;
pub mod roots;
pub mod run;
pub mod saved;
pub mod secrets;
pub mod source;
pub mod state;
pub mod status;
pub mod stop;
mod uncompiled;
mod upload;
pub mod views;
pub mod volumes;
