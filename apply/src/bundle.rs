//! A bundle: what one host is to have. NixVirt's module hands one over, and `nixvirt-compile -o DIR` writes one.

mod read;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use nixvirt_compiler::Json;
use serde::Serialize;

use crate::definition::Definition;
use crate::error::Error;
use crate::hooks::Hooks;
use crate::kind::{Left, ObjectKind};
use crate::source::{SeedStamp, Source};

pub use self::read::read;

/// The declarations for one host.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The objects, in the order of [`ObjectKind::ALL`] and of the lists.
    pub entries: Vec<Entry>,
    /// The kinds whose list is there. A kind without one is left alone altogether.
    pub kinds: Vec<ObjectKind>,
    /// The kinds that are no longer declared at all: of these, only objects that are ours are removed.
    pub unset: Vec<ObjectKind>,
    /// Which objects that are not declared are removed.
    pub prune: Prune,
    /// A name that tells the bundle from others for the same host.
    pub owner: Option<String>,
    /// How domains are stopped where they do not say it themselves.
    pub shutdown: Shutdown,
    /// A text that tells the host from others: it goes into derived UUIDs and MAC addresses.
    pub salt: Option<String>,
    /// The compiler's warnings, from when the bundle was made.
    pub warnings: Vec<Warning>,
}

/// A warning of the compiler from when it made the bundle. It has no file and no line: a bundle does not change where
/// a spec moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The object, e.g. "domain `web`".
    pub object: String,
    /// The place in it; empty for the whole of it.
    pub path: String,
    /// The code by which tools know the kind of problem.
    pub code: String,
    /// The message and the advice in one text.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Warning { object, path, text, .. } = self;
        match path.is_empty() {
            true => write!(out, "{object}: {text}"),
            false => write!(out, "{object}: {path}: {text}"),
        }
    }
}

/// Which objects that are not declared are removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// No object is removed.
    Nothing,
    /// Objects that were declared once and that a run has made.
    #[default]
    Owned,
    /// Objects that were declared once, also where they existed before.
    Declared,
    /// All that are not declared, even those that were never ours.
    All,
}

/// One object of a bundle.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The kind of the object.
    pub kind: ObjectKind,
    /// Where it stands in the bundle, e.g. `domains[3]`.
    pub place: String,
    /// The file of its XML.
    pub definition: Definition,
    /// Whether it is to be active; nothing: as it is.
    pub active: Option<bool>,
    /// Whether it is restarted: always, never, or where a change cannot be had otherwise.
    pub restart: Option<bool>,
    /// Whether it starts with the host; nothing: as it is.
    pub autostart: Option<bool>,
    /// How it is stopped.
    pub shutdown: Shutdown,
    /// Whether what can be changed while it runs is.
    pub live: bool,
    /// Whether a running guest is switched to a changed system of NixOS by its agent, and not restarted for it.
    pub switch: bool,
    /// The hooks of a domain or network.
    pub hooks: Hooks,
    /// The file of a secret's value.
    pub value: Option<PathBuf>,
    /// The discs that a domain gets as cdroms.
    pub discs: Vec<DiscEntry>,
    /// The seed for cloud-init among them, once it is made.
    pub seed: Option<SeedStamp>,
    /// The errors that keep it from being applied, known before its definition is read.
    pub problems: Vec<Error>,
    /// The volumes of a pool.
    pub volumes: Vec<VolumeEntry>,
    /// The objects that it comes after where they are declared, for parts of it are made of theirs: each as `KIND NAME`.
    pub after: Vec<String>,
    /// Whether the folder of a new pool of type `dir` is made where it is missing.
    pub build: bool,
    /// How long a run waits until a domain has an address; nothing where it does not wait.
    pub wait_for_address: Option<Duration>,
    /// Whether a domain's saved state is given up.
    pub discard: bool,
    /// Whether it is kept from being removed.
    pub protect: bool,
    /// The files of a domain that are deleted with it, beside its definition.
    pub on_remove: Vec<Left>,
}

/// A volume of a pool.
#[derive(Clone, Debug)]
pub struct VolumeEntry {
    /// Where it stands in the bundle.
    pub place: String,
    /// The file of its XML.
    pub definition: Option<Definition>,
    /// The name of the volume.
    pub name: Option<String>,
    /// Whether it is to exist.
    pub present: bool,
    /// The content that a new volume gets.
    pub source: Option<Source>,
}

/// A disc of a domain, as a bundle says it.
#[derive(Clone, Debug)]
pub struct DiscEntry {
    /// The name of the disc, unique for its domain.
    pub name: String,
    /// Where it stands in the bundle, from the entry on.
    pub place: String,
    /// The content, as the bundle has it.
    pub value: Json<'static>,
    /// The name of the pool that it comes into; nothing: that of the first disk of the domain that is a volume.
    pub pool: Option<String>,
    /// The folder that relative paths in it are relative to.
    pub folder: PathBuf,
}

/// How a domain is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// The way to stop the domain.
    pub method: Method,
    /// How long the guest may take.
    pub timeout: Duration,
    /// Whether it is destroyed when that time is over; otherwise it is an error.
    pub force: bool,
}

/// A way to stop a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As by its power button: the guest shuts itself down.
    Acpi,
    /// The agent in the guest.
    Agent,
    /// Without the guest, as by pulling the plug.
    Destroy,
}

impl Shutdown {
    /// NixVirt's way, which `virtdeclare` keeps: the plug is pulled.
    pub const DESTROY: Shutdown =
        Shutdown { method: Method::Destroy, timeout: Duration::from_secs(60), force: true };
    /// A bundle's way, where it does not say another: a guest that does not hear the power button goes on.
    pub const GRACEFUL: Shutdown =
        Shutdown { method: Method::Acpi, timeout: Duration::from_secs(60), force: false };
}
