//! Expands templates in specs and bundles: `template = "linux"` becomes the spec that the Nix function of that name makes.
//!
//! Everything that takes a spec uses this crate, so that a template means the same for `nixvirt-compile`, for editors and for
//! `nixvirt-apply`. Invariants: no I/O but through the files that the caller hands in, no threads.
//!
//! ```
//! use nixvirt_compiler::{CompileOptions, compile_spec, parse_json};
//! use nixvirt_expand::template::{HostPackages, expand};
//!
//! let spec = br#"{ "template": "linux", "name": "web", "uuid": "c9f5a1a2-5a86-4a39-8d20-3f0a8a1a3f33" }"#;
//! let parsed = parse_json(spec).expect("the spec is JSON");
//! let xml = nixvirt_evaluator::with_stack(|| {
//!     let mut expanded = expand(parsed.value, false, Some("domain"), &HostPackages::default(), None);
//!     compile_spec(expanded.take(), CompileOptions::DEFAULT).xml
//! });
//! assert!(xml.expect("a stack").is_some_and(|xml| xml.contains("<name>web</name>")));
//! ```

pub mod arguments;
pub mod evaluate;
pub mod files;
mod host;
pub mod systems;
pub mod template;
