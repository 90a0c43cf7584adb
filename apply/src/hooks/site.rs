//! The hooks on this machine: the scripts in our state, the dispatcher among libvirt's hooks, and the roots that keep
//! programs in the Nix store from its garbage collector.

use std::fs::{self, DirBuilder};
use std::io::{self};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Hooks, script};
use crate::error::{Error, Problems, codes, file};
use crate::files;
use crate::kind::ObjectKind;
use crate::roots::{nix_state, nix_store};

/// The first lines of each dispatcher of ours, of any version.
pub(super) const MARK: &str = "# The hook of nixvirt.";
/// The file in the folder of an object's hooks that says whose they are. No operation is called so.
const OWNER: &str = ".owner";

/// The hooks of one connection to this machine's own daemon.
#[derive(Clone, Debug)]
pub struct Site {
    pub(super) libvirt: PathBuf,
    pub(super) state: PathBuf,
    driver: &'static str,
    uri: String,
    /// The folder of the Nix store.
    pub(super) store: PathBuf,
    /// The roots of Nix's garbage collector.
    pub(super) roots: PathBuf,
}

/// Hooks of an object that is gone, or has another name now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The kind of the object.
    pub kind: ObjectKind,
    /// The UUID of the object.
    pub uuid: Uuid,
    /// The name that the hooks are for.
    pub name: String,
}

impl Site {
    /// The hooks of a connection. `libvirt` is where libvirt looks for hooks, `state` the folder of the state, `driver`
    /// the driver's name as libvirt gives it. Nothing where libvirt has no hooks for the domains of that driver.
    ///
    /// # Errors
    /// Where the current folder is not known, which a relative path needs.
    pub fn new(libvirt: &Path, state: &Path, driver: &str, uri: &str) -> Result<Option<Site>, Error> {
        let driver = match driver {
            "QEMU" => "qemu",
            "LXC" => "lxc",
            "Xen" | "xenlight" => "libxl",
            "BHYVE" => "bhyve",
            _ => return Ok(None),
        };
        let state =
            std::path::absolute(state).map_err(file(&codes::CANNOT_READ, "find the state in", state))?;
        let (libvirt, uri) = (libvirt.to_owned(), uri.to_owned());
        let (store, roots) = (nix_store(), nix_state().join("gcroots"));
        Ok(Some(Site { libvirt, state, driver, uri, store, roots }))
    }

    /// The name that libvirt has for the hook of a kind.
    pub(super) fn hook(&self, kind: ObjectKind) -> &'static str {
        if kind == ObjectKind::Network { "network" } else { self.driver }
    }

    /// The name of what is ours in folders of others. The default folder of the state has the plain one.
    pub(super) fn ours(&self) -> String {
        match self.state.to_str() {
            Some("/var/lib/nixvirt") => "nixvirt".to_owned(),
            _ => {
                let hash = crate::key::hash(&[self.state.as_os_str().as_encoded_bytes()]) as u32;
                format!("nixvirt-{hash:08x}")
            }
        }
    }

    pub(super) fn all_of(&self, kind: ObjectKind) -> PathBuf {
        self.state.join("hooks").join(self.hook(kind))
    }

    /// The folder of an object's hooks; nothing for a name that is no name of a folder.
    fn folder(&self, kind: ObjectKind, name: &str) -> Option<PathBuf> {
        let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']);
        plain.then(|| self.all_of(kind).join(name))
    }

    /// Where an earlier release of ours has put a domain's hooks.
    fn old_path(&self, kind: ObjectKind, uuid: Uuid) -> Option<PathBuf> {
        let qemu = kind == ObjectKind::Domain && self.driver == "qemu";
        qemu.then(|| self.libvirt.join("qemu.d").join(format!("nixvirt-{uuid}")))
    }

    fn owner(&self, uuid: Uuid) -> String {
        format!("{uuid} {}\n", self.uri)
    }

    /// Whether libvirt has not found any hook of a kind when it started, so that it will not call the first one.
    pub fn is_first(&self, kind: ObjectKind) -> bool {
        let hook = self.libvirt.join(self.hook(kind));
        let executable = |path: &Path| {
            fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        };
        let folder = self.libvirt.join(format!("{}.d", self.hook(kind)));
        let mut others = fs::read_dir(folder).into_iter().flatten().flatten();
        !executable(&hook) && !others.any(|other| executable(&other.path()))
    }

    /// Whether what is there differs from what is to be.
    pub fn differ(&self, kind: ObjectKind, uuid: Uuid, name: &str, hooks: &Hooks) -> bool {
        if self.old_path(kind, uuid).is_some_and(|path| path.exists()) {
            return true;
        }
        let Some(folder) = self.folder(kind, name) else { return !hooks.is_empty() };
        let Ok(found) = fs::read_dir(&folder) else { return !hooks.is_empty() };
        let is =
            |file: &str, text: &str| fs::read_to_string(folder.join(file)).is_ok_and(|found| found == text);
        found.count() != hooks.len() + 1
            || hooks.is_empty()
            || !is(OWNER, &self.owner(uuid))
            || hooks.iter().any(|(operation, hook)| !is(operation, &script(hook)))
            || self.dispatcher_wanted(kind) != Ok(false)
            || self
                .roots_wanted(kind, name, hooks)
                .iter()
                .any(|(root, program)| fs::read_link(root).ok().as_deref() != Some(program))
    }

    /// Installs an object's hooks, or removes them where there are none. Gives a note on it, if there is one.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn install(
        &self,
        kind: ObjectKind,
        uuid: Uuid,
        name: &str,
        hooks: &Hooks,
    ) -> Result<Vec<String>, Error> {
        let wrong = Site::wrong(hooks);
        if !wrong.is_empty() {
            return Err(Problems(wrong).into());
        }
        let mut notes = Vec::new();
        match self.folder(kind, name) {
            None if hooks.is_empty() => {}
            None => {
                let message = format!("a name like {name:?} cannot have hooks");
                return Err(Error::new(&codes::HOOK_NAME, message).help("give it another one"));
            }
            Some(folder) if hooks.is_empty() => self.remove_folder(kind, name, &folder)?,
            Some(folder) => {
                notes.extend(self.root(kind, name, hooks).err().map(|why| why.coded()));
                self.write(&folder, uuid, hooks)?;
                self.mark(kind)?;
                self.install_dispatcher(kind)?;
                self.unroot(kind, name, hooks);
            }
        }
        if let Some(path) = self.old_path(kind, uuid) {
            files::remove(&path).map_err(said("remove", &path))?;
        }
        Ok(notes)
    }

    /// Removes the hooks of an object that is gone. Those of another one that has the name now stay.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn remove(&self, kind: ObjectKind, uuid: Uuid, name: &str) -> Result<(), Error> {
        if let Some(folder) = self.folder(kind, name)
            && read_owner(&folder).is_some_and(|(owner, _)| owner == uuid)
        {
            self.remove_folder(kind, name, &folder)?;
        }
        match self.old_path(kind, uuid) {
            Some(path) => files::remove(&path).map_err(said("remove", &path)),
            None => Ok(()),
        }
    }

    /// The hooks that this connection has installed for objects that are gone, or have another name now. `known` gives
    /// the name that an object has, or is to have.
    pub fn strays(&self, known: impl Fn(ObjectKind, Uuid) -> Option<String>) -> Vec<Stray> {
        let mut strays = Vec::new();
        for kind in [ObjectKind::Network, ObjectKind::Domain] {
            for found in fs::read_dir(self.all_of(kind)).into_iter().flatten().flatten() {
                let Ok(name) = found.file_name().into_string() else { continue };
                let Some((uuid, uri)) = read_owner(&found.path()) else { continue };
                if uri == self.uri && known(kind, uuid).as_ref() != Some(&name) {
                    strays.push(Stray { kind, uuid, name });
                }
            }
        }
        strays.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
        strays
    }

    fn write(&self, folder: &Path, uuid: Uuid, hooks: &Hooks) -> Result<(), Error> {
        make_private(folder).map_err(said("make", folder))?;
        let owner = folder.join(OWNER);
        files::replace(&owner, self.owner(uuid).as_bytes(), 0o600).map_err(said("write", &owner))?;
        for (operation, hook) in hooks {
            let path = folder.join(operation);
            files::replace(&path, script(hook).as_bytes(), 0o600).map_err(said("write", &path))?;
        }
        for found in fs::read_dir(folder).map_err(said("read", folder))?.flatten() {
            let name = found.file_name();
            if name != OWNER && !hooks.iter().any(|(operation, _)| name == *operation) {
                files::remove(&found.path()).map_err(said("remove", &found.path()))?;
            }
        }
        Ok(())
    }

    /// Removes an object's hooks, and the dispatcher with the last ones.
    fn remove_folder(&self, kind: ObjectKind, name: &str, folder: &Path) -> Result<(), Error> {
        gone(fs::remove_dir_all(folder)).map_err(said("remove", folder))?;
        let root = self.root_path(kind, name);
        gone(fs::remove_dir_all(&root)).map_err(said("remove", &root))?;
        // Of the folder above only an empty one goes.
        if fs::remove_dir(self.all_of(kind)).is_ok() {
            let path = self.dispatcher_path(kind);
            let ours = fs::read_to_string(&path).is_ok_and(|text| text.contains(MARK));
            if ours && !path.is_symlink() {
                files::remove(&path).map_err(said("remove", &path))?;
            }
            self.unmark(kind)?;
        }
        Ok(())
    }
}

/// Whose hooks are in a folder: the object's uuid, and the connection.
fn read_owner(folder: &Path) -> Option<(Uuid, String)> {
    let text = fs::read_to_string(folder.join(OWNER)).ok()?;
    let (uuid, uri) = text.trim_end().split_once(' ')?;
    Some((uuid.parse().ok()?, uri.to_owned()))
}

/// Makes a folder, and what is above it, for nobody else to read.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A removal; that there was nothing to remove is no error.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(super) fn said(tried: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    file(&codes::CANNOT_WRITE, tried, path)
}
