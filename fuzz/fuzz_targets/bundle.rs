//! Looks for inputs of which the invariants of `bundle` do not hold.

#![no_main]

nixvirt_fuzz::fuzz!("bundle");
