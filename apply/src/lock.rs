//! One run at a time on one connection.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use crate::error::{self, Error, codes};
use crate::files;

/// A lock, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock at a path. Where another run has it, `waiting` is told who, and it is waited for.
///
/// # Errors
/// Where it cannot be had in time; the message says who holds it.
pub fn take(path: &Path, patience: Duration, waiting: impl FnOnce(&str)) -> Result<Lock, Error> {
    let failed = error::file(&codes::CANNOT_WRITE, "lock", path);
    let mut options = OpenOptions::new();
    // A FIFO is not waited for.
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let opened = files::only_ours(path).and_then(|()| options.open(path));
    let mut file = opened.map_err(&failed)?;
    let started = Instant::now();
    let mut waiting = Some(waiting);
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => break,
            Err(Errno::WOULDBLOCK) => {
                let holder = holder(&mut file);
                if let Some(waiting) = waiting.take() {
                    waiting(&holder);
                }
                if started.elapsed() >= patience {
                    let message = format!("another run is at work: {holder} holds {}", path.display());
                    return Err(Error::new(&codes::LOCK_HELD, message).fact("holder", holder));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(failed(error.into())),
        }
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(failed)?;
    Ok(Lock { _file: file })
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match (read, text.trim()) {
        (Ok(_), pid) if !pid.is_empty() => format!("process {pid}"),
        _ => "a process that has not said who it is".to_owned(),
    }
}
