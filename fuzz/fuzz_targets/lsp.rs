//! Looks for inputs of which the invariants of `lsp` do not hold.

#![no_main]

nixvirt_fuzz::fuzz!("lsp");
