//! Looks for inputs of which the invariants of `spec` do not hold.

#![no_main]

nixvirt_fuzz::fuzz!("spec");
