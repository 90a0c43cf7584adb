//! Looks for inputs of which the invariants of `nix` do not hold.

#![no_main]

nixvirt_fuzz::fuzz!("nix");
