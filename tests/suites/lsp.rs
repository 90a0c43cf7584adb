//! The language server, driven over its standard input and output by a client that other people wrote.
fn main() {}
