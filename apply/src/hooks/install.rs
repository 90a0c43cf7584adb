//! The script among libvirt's hooks: whether it is to be written, and writing it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::dispatcher;
use super::site::MARK;
use super::site::{Site, said};
use crate::error::{Error, codes};
use crate::files;
use crate::kind::ObjectKind;

impl Site {
    pub(super) fn dispatcher_path(&self, kind: ObjectKind) -> PathBuf {
        self.libvirt.join(format!("{}.d", self.hook(kind))).join(self.ours())
    }

    /// Whether the dispatcher is to be written.
    pub(super) fn dispatcher_wanted(&self, kind: ObjectKind) -> Result<bool, Error> {
        let foreign = |what: &str, help: &str| {
            let path = self.dispatcher_path(kind);
            Error::new(&codes::FOREIGN_HOOK, format!("{} {what}", path.display())).help(help)
        };
        let path = self.dispatcher_path(kind);
        let wanted = dispatcher(&self.state);
        let found = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => return Ok(true),
            Err(error) => return Err(said("read", &path)(error)),
        };
        // A link belongs to the configuration of this machine; the interpreter there may be another one.
        let body = |text: &str| text.split_once('\n').map(|(_, body)| body.trim_end().to_owned());
        match (found.contains(MARK), path.is_symlink()) {
            (true, false) => {
                let mode = fs::metadata(&path).map_err(said("read", &path))?.permissions().mode();
                Ok(found != wanted || mode & 0o111 == 0)
            }
            (true, true) if body(&found) == body(&wanted) => Ok(false),
            (true, true) => Err(foreign(
                "is a link to a hook of another release or state of nixvirt",
                "bring whatever made it up to date",
            )),
            (false, _) => Err(foreign("is not nixvirt's", "move it away")),
        }
    }

    pub(super) fn install_dispatcher(&self, kind: ObjectKind) -> Result<(), Error> {
        if !self.dispatcher_wanted(kind)? {
            return Ok(());
        }
        let path = self.dispatcher_path(kind);
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder).map_err(said("make", folder))?;
        files::replace(&path, dispatcher(&self.state).as_bytes(), 0o755).map_err(said("write", &path))
    }
}
