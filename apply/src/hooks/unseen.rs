//! Hooks that libvirt does not call yet. A daemon looks for hooks when it starts and when it is reloaded; where there was
//! none of a driver, it calls none until it looks again. libvirt tells nobody whether it did. So beside the first hook of
//! a driver stands a mark in our state, and a hook of the daemon's own, `witness.sh`, which removes the mark.

use std::fs;
use std::path::PathBuf;

use super::site::said;
use super::{Site, WITNESS, in_state};
use crate::error::Error;
use crate::files;
use crate::kind::ObjectKind;

/// A text of the kernel that changes with each start of the machine.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

fn this_boot() -> String {
    fs::read_to_string(BOOT).unwrap_or_default()
}

impl Site {
    fn mark_path(&self, kind: ObjectKind) -> PathBuf {
        let mut path = self.all_of(kind).into_os_string();
        path.push(".unseen");
        path.into()
    }

    fn witness_path(&self) -> PathBuf {
        self.libvirt.join("daemon.d").join(self.ours())
    }

    /// Whether libvirt does not call the hooks of a kind that are there, or will be.
    pub fn is_unseen(&self, kind: ObjectKind) -> bool {
        // A daemon of another boot is gone.
        let marked = fs::read_to_string(self.mark_path(kind)).is_ok_and(|boot| boot == this_boot());
        marked || self.is_first(kind)
    }

    /// Marks a kind whose first hook is about to be there.
    pub(super) fn mark(&self, kind: ObjectKind) -> Result<(), Error> {
        if !self.is_first(kind) {
            return Ok(());
        }
        let witness = self.witness_path();
        let folder = witness.parent().unwrap_or(&witness);
        fs::create_dir_all(folder).map_err(said("make", folder))?;
        let text = in_state(WITNESS, &self.state);
        files::replace(&witness, text.as_bytes(), 0o755).map_err(said("write", &witness))?;
        let mark = self.mark_path(kind);
        files::replace(&mark, this_boot().as_bytes(), 0o600).map_err(said("write", &mark))
    }

    /// Removes the mark of a kind whose last hook is gone, and the witness with the last mark.
    pub(super) fn unmark(&self, kind: ObjectKind) -> Result<(), Error> {
        let mark = self.mark_path(kind);
        files::remove(&mark).map_err(said("remove", &mark))?;
        let others = fs::read_dir(self.state.join("hooks")).into_iter().flatten().flatten();
        if others.count() > 0 {
            return Ok(());
        }
        let witness = self.witness_path();
        files::remove(&witness).map_err(said("remove", &witness))
    }
}
