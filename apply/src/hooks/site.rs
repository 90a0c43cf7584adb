//! The hooks on this machine: the scripts in our state, the dispatcher among libvirt's hooks, and the roots that keep
//! programs in the Nix store from its garbage collector.

use std::fs::{self, DirBuilder};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Hook, Hooks, dispatcher, script};
use crate::error::{Error, Problems, codes, file};
use crate::files;
use crate::object::Kind;

/// The first lines of each dispatcher of ours, of any version.
const MARK: &str = "# The hook of nixvirt.";
/// The file in the folder of an object's hooks that says whose they are. No operation is called so.
const OWNER: &str = ".owner";

/// The hooks of one connection to this machine's own daemon.
#[derive(Clone, Debug)]
pub struct Site {
    pub(super) libvirt: PathBuf,
    pub(super) state: PathBuf,
    driver: &'static str,
    uri: String,
    /// Nix's store.
    store: PathBuf,
    /// The roots of Nix's garbage collector.
    roots: PathBuf,
}

/// Hooks of an object that is gone, or has another name now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The object's kind.
    pub kind: Kind,
    /// Its uuid.
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
        // As Nix itself finds them.
        let nix = |name, usual: &str| PathBuf::from(std::env::var_os(name).unwrap_or_else(|| usual.into()));
        let (store, roots) = (nix("NIX_STORE_DIR", "/nix/store"), nix("NIX_STATE_DIR", "/nix/var/nix"));
        Ok(Some(Site { libvirt, state, driver, uri, store, roots: roots.join("gcroots") }))
    }

    /// The name that libvirt has for the hook of a kind.
    fn hook(&self, kind: Kind) -> &'static str {
        if kind == Kind::Network { "network" } else { self.driver }
    }

    /// The name of what is ours in folders of others. The default folder of the state has the plain one.
    pub(super) fn ours(&self) -> String {
        match self.state.to_str() {
            Some("/var/lib/nixvirt") => "nixvirt".to_owned(),
            _ => {
                let hash = crate::declared::hash(&[self.state.as_os_str().as_encoded_bytes()]) as u32;
                format!("nixvirt-{hash:08x}")
            }
        }
    }

    pub(super) fn all_of(&self, kind: Kind) -> PathBuf {
        self.state.join("hooks").join(self.hook(kind))
    }

    /// The folder of an object's hooks; nothing for a name that is no name of a folder.
    fn folder(&self, kind: Kind, name: &str) -> Option<PathBuf> {
        let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']);
        plain.then(|| self.all_of(kind).join(name))
    }

    fn dispatcher_path(&self, kind: Kind) -> PathBuf {
        self.libvirt.join(format!("{}.d", self.hook(kind))).join(self.ours())
    }

    /// Where an earlier release of ours has put a domain's hooks.
    fn old_path(&self, kind: Kind, uuid: Uuid) -> Option<PathBuf> {
        let qemu = kind == Kind::Domain && self.driver == "qemu";
        qemu.then(|| self.libvirt.join("qemu.d").join(format!("nixvirt-{uuid}")))
    }

    fn root_path(&self, kind: Kind, name: &str) -> PathBuf {
        self.roots.join(self.ours()).join("hooks").join(self.hook(kind)).join(name)
    }

    fn owner(&self, uuid: Uuid) -> String {
        format!("{uuid} {}\n", self.uri)
    }

    /// Whether libvirt has not found any hook of a kind when it started, so that it will not call the first one.
    pub fn is_first(&self, kind: Kind) -> bool {
        let hook = self.libvirt.join(self.hook(kind));
        let executable = |path: &Path| {
            fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        };
        let folder = self.libvirt.join(format!("{}.d", self.hook(kind)));
        let mut others = fs::read_dir(folder).into_iter().flatten().flatten();
        !executable(&hook) && !others.any(|other| executable(&other.path()))
    }

    /// Whether what is there differs from what is to be.
    pub fn differ(&self, kind: Kind, uuid: Uuid, name: &str, hooks: &Hooks) -> bool {
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

    /// What is wrong with programs of hooks, so that they could not be run.
    pub fn wrong(hooks: &Hooks) -> Vec<Error> {
        let wrong = |(operation, hook): &(&str, Hook)| {
            let Hook::Program(program) = hook else { return None };
            let why = match fs::metadata(program) {
                Err(error) => error.to_string(),
                Ok(found) if !found.is_file() => "it is no file".to_owned(),
                Ok(found) if found.permissions().mode() & 0o111 == 0 => "it is not executable".to_owned(),
                Ok(found) if found.permissions().mode() & 0o002 != 0 => {
                    "everybody can write to it; libvirt runs it as root".to_owned()
                }
                Ok(_) => open_folder(program).or_else(|| no_interpreter(program))?,
            };
            let message = format!("its hook `{operation}` cannot be run: {}: {why}", program.display());
            Some(Error::new(&codes::BAD_HOOK, message).fact("operation", operation))
        };
        hooks.iter().filter_map(wrong).collect()
    }

    /// Installs an object's hooks, or removes them where there are none. Gives what is to be said about it.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn install(&self, kind: Kind, uuid: Uuid, name: &str, hooks: &Hooks) -> Result<Vec<String>, Error> {
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
    pub fn remove(&self, kind: Kind, uuid: Uuid, name: &str) -> Result<(), Error> {
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
    pub fn strays(&self, known: impl Fn(Kind, Uuid) -> Option<String>) -> Vec<Stray> {
        let mut strays = Vec::new();
        for kind in [Kind::Network, Kind::Domain] {
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
    fn remove_folder(&self, kind: Kind, name: &str, folder: &Path) -> Result<(), Error> {
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

    /// Whether the dispatcher is to be written.
    fn dispatcher_wanted(&self, kind: Kind) -> Result<bool, Error> {
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
        // A link is of whoever manages this machine; the interpreter there may be another one.
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

    fn install_dispatcher(&self, kind: Kind) -> Result<(), Error> {
        if !self.dispatcher_wanted(kind)? {
            return Ok(());
        }
        let path = self.dispatcher_path(kind);
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder).map_err(said("make", folder))?;
        files::replace(&path, dispatcher(&self.state).as_bytes(), 0o755).map_err(said("write", &path))
    }

    /// The roots that hooks need, and what each one keeps.
    fn roots_wanted<'h>(&self, kind: Kind, name: &str, hooks: &'h Hooks) -> Vec<(PathBuf, &'h Path)> {
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
    fn can_root(&self) -> bool {
        use rustix::fs::{Access, access};
        access(&self.roots, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    }

    /// Keeps programs in the Nix store from its garbage collector.
    fn root(&self, kind: Kind, name: &str, hooks: &Hooks) -> Result<(), Error> {
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
    fn unroot(&self, kind: Kind, name: &str, hooks: &Hooks) {
        let wanted = self.roots_wanted(kind, name, hooks);
        for found in fs::read_dir(self.root_path(kind, name)).into_iter().flatten().flatten() {
            if !wanted.iter().any(|(root, _)| *root == found.path()) {
                let _ = fs::remove_file(found.path());
            }
        }
    }
}

/// A folder on the way to a program where everybody could put another one.
fn open_folder(program: &Path) -> Option<String> {
    let program = fs::canonicalize(program).ok()?;
    let is_open = |(depth, folder): &(usize, &Path)| {
        let mode = fs::metadata(folder).map_or(0, |found| found.permissions().mode());
        // In a folder such as /tmp, only what is there by now is safe from others.
        mode & 0o002 != 0 && (*depth == 0 || mode & 0o1000 == 0)
    };
    let (_, folder) = program.ancestors().skip(1).enumerate().find(is_open)?;
    Some(format!("everybody can write to the folder {}; libvirt runs it as root", folder.display()))
}

/// What a script is for and is not there.
fn no_interpreter(program: &Path) -> Option<String> {
    let mut head = [0; 256];
    let read = fs::File::open(program).and_then(|mut file| file.read(&mut head)).ok()?;
    let line = head[..read].strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let interpreter = line.split_whitespace().next()?;
    (!Path::new(interpreter).exists()).then(|| format!("its interpreter {interpreter} does not exist"))
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
