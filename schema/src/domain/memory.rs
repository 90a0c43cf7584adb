//! Memory and its backing.
