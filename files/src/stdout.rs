//! Standard output, and whether the program was started with one.
//!
//! A program whose standard output is closed (`>&-`) gets `/dev/null` in its place from Rust's runtime, so that all that it
//! prints is lost and nothing fails. Only before the runtime begins can that be seen.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit status of a program whose reader has gone away: that of one that SIGPIPE ends, 128 + 13, as shells show it.
pub const READER_GONE: u8 = 141;

static CLOSED: AtomicBool = AtomicBool::new(false);

// It runs before `main`: one system call and one store, neither of which needs Rust's runtime.
#[ctor::ctor(unsafe)]
fn look() {
    CLOSED.store(rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err(), Ordering::Relaxed);
}

/// Whether the program was started without a standard output.
pub fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Prints to standard output, to the end.
///
/// # Errors
/// Where standard output is closed or cannot be written to. `BrokenPipe` says that its reader has gone away.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::BrokenPipe => error,
        kind => io::Error::new(kind, format!("cannot write to standard output: {error}")),
    };
    if is_closed() {
        return Err(failed(io::Error::other("it is closed")));
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(failed)
}
