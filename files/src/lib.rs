//! Writing that loses nothing: files that appear whole or not at all, folders that are worked on through their
//! descriptors, and a standard output that is known to be there.
//!
//! Invariant: an error never names a temporary file. Callers add the path that their user knows.

mod dir;
pub mod stdout;
mod whole;

pub use self::dir::{Dir, EntryContent, Stamp};
pub use self::whole::{Links, write};

/// The file that standard input comes from, as device and inode; nothing where it is none, such as a pipe.
pub fn stdin_file() -> Option<(u64, u64)> {
    whole::opened(rustix::stdio::stdin())
}
