//! Keeps the programs of hooks in the Nix store from its garbage collector.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::Hook;
use super::site::Site;
use crate::error::{Error, codes};
use crate::files;
use crate::hooks::Hooks;
use crate::kind::ObjectKind;

impl Site {
    pub(super) fn root_path(&self, kind: ObjectKind, name: &str) -> PathBuf {
        self.roots.join(self.ours()).join("hooks").join(self.hook(kind)).join(name)
    }

    /// The roots that hooks need, and what each one keeps.
    pub(super) fn roots_wanted<'h>(
        &self,
        kind: ObjectKind,
        name: &str,
        hooks: &'h Hooks,
    ) -> Vec<(PathBuf, &'h Path)> {
        let folder = self.root_path(kind, name);
        let of_store = |(operation, hook): &'h (&'static str, Hook)| match hook {
            Hook::Program(program) if program.starts_with(&self.store) => {
                Some((folder.join(operation), &**program))
            }
            _ => None,
        };
        if self.can_root() { hooks.iter().filter_map(of_store).collect() } else { Vec::new() }
    }

    /// Whether roots can be made: not where there is no Nix, or where it is another machine's.
    pub(super) fn can_root(&self) -> bool {
        use rustix::fs::{Access, access};
        access(&self.roots, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    }

    /// Keeps programs in the Nix store from its garbage collector.
    pub(super) fn root(&self, kind: ObjectKind, name: &str, hooks: &Hooks) -> Result<(), Error> {
        let of_store =
            |hook: &Hook| matches!(hook, Hook::Program(program) if program.starts_with(&self.store));
        if self.roots.is_dir() && !self.can_root() && hooks.iter().any(|(_, hook)| of_store(hook)) {
            let roots = self.roots.display();
            let message = format!("Nix's garbage collector may take its hooks: {roots} cannot be written to");
            return Err(Error::new(&codes::NOT_ROOTED, message).fact("path", roots));
        }
        for (root, program) in self.roots_wanted(kind, name, hooks) {
            let make = || -> io::Result<()> {
                fs::create_dir_all(self.root_path(kind, name))?;
                let new = self.root_path(kind, name).join(".new");
                files::remove(&new)?;
                symlink(program, &new)?;
                fs::rename(&new, &root)
            };
            make().map_err(|error| {
                let (root, program) = (root.display(), program.display());
                let message =
                    format!("Nix's garbage collector may take {program}: cannot make the root {root}");
                Error::new(&codes::NOT_ROOTED, message).fact("path", root).system(error)
            })?;
        }
        Ok(())
    }

    /// Drops the roots that hooks no longer need. One that is left does no harm.
    pub(super) fn unroot(&self, kind: ObjectKind, name: &str, hooks: &Hooks) {
        let wanted = self.roots_wanted(kind, name, hooks);
        for found in fs::read_dir(self.root_path(kind, name)).into_iter().flatten().flatten() {
            if !wanted.iter().any(|(root, _)| *root == found.path()) {
                let _ = fs::remove_file(found.path());
            }
        }
    }
}
