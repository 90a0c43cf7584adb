//! Looks for inputs of which the invariants of `xml` do not hold.

#![no_main]

nixvirt_fuzz::fuzz!("xml");
