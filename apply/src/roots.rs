//! Keeps the files of the Nix store that machines need. Its garbage collector does not know of them: it looks at
//! running processes, and at the current configuration. A machine also needs the files that it was defined, started
//! or saved with.
//!
//! Below Nix's roots there is a folder for each connection, in it one for each domain that was applied, and in that a link
//! to each path. What a hook needs is rooted with the hook.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Policy, Report};
use roxmltree::Document;
use rustix::fs::{Access, access};
use uuid::Uuid;

use crate::document::read_document;
use crate::error::{Error, codes, file};
use crate::guest;
use crate::host::Host;
use crate::images;
use crate::kind::ObjectKind;
use crate::names;
use crate::object::Handle;
use crate::saved::Saved;
use crate::state;

/// The roots for the domains of one connection.
#[derive(Clone, Debug)]
pub struct Roots {
    folder: PathBuf,
    store: PathBuf,
}

/// The names of the store's folders that something needs.
pub type Stored = BTreeSet<String>;

/// The folder of the Nix store of this machine.
pub fn nix_store() -> PathBuf {
    folder_of_nix("NIX_STORE_DIR", "/nix/store")
}

/// The folder of Nix's state on this machine.
pub fn nix_state() -> PathBuf {
    folder_of_nix("NIX_STATE_DIR", "/nix/var/nix")
}

/// A folder of Nix, as it finds it itself.
fn folder_of_nix(variable: &str, usual: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| usual.into(), PathBuf::from)
}

impl Roots {
    /// The roots of a connection to this machine; nothing where there is no Nix, or its roots are not ours to make.
    pub fn of(host: &Host) -> Option<Roots> {
        if !host.is_local() {
            return None;
        }
        let (store, all) = (nix_store(), nix_state().join("gcroots"));
        let writable = |folder: &Path| access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok();
        let own = std::env::var_os("USER").map(|user| all.join("per-user").join(user));
        let roots = [Some(all), own].into_iter().flatten().find(|folder| writable(folder))?;
        let connection = state::path_of(Path::new("nixvirt/domains"), &host.uri, "roots");
        Some(Roots { folder: roots.join(connection), store })
    }

    /// The folders of the store that a text names.
    pub fn named_in(&self, text: &str) -> Stored {
        let store = format!("{}/", self.store.display());
        let name = |rest: &str| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-._?=".contains(c));
            rest[..end.unwrap_or(rest.len())].to_owned()
        };
        let found = text.match_indices(&store).map(|(at, _)| name(&text[at + store.len()..]));
        found.filter(|name| !name.is_empty() && !name.starts_with('.')).collect()
    }

    /// Whether the roots of a domain need a look, given what its definition names.
    pub fn may_differ(&self, uuid: Uuid, defined: &Stored) -> bool {
        self.there(uuid) != *defined
    }

    fn there(&self, uuid: Uuid) -> Stored {
        let found = fs::read_dir(self.folder.join(uuid.to_string())).into_iter().flatten().flatten();
        found.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Keeps what a domain needs now, and nothing else of it.
    ///
    /// # Errors
    /// The paths that the garbage collector may delete, and the reason why they cannot be kept.
    pub fn keep(&self, host: &Host, uuid: Uuid, handle: &Handle) -> Result<(), Error> {
        let definition = handle.inactive_xml()?;
        let mut needed = self.named_in(&definition);
        for image in images_of(&definition) {
            let below = images::below(host, &image).unwrap_or_default();
            needed.extend(below.iter().flat_map(|image| self.named_in(image)));
        }
        if handle.is_active()? {
            let running = self.named_in(&handle.running_xml()?);
            // A guest may have been switched to what its definitions do not name any more. Until its next start, all stays.
            if boots_system(&definition) && running != self.named_in(&definition) {
                needed.extend(self.there(uuid));
            }
            needed.extend(running);
        } else if let Handle::Domain(domain) = handle
            && domain.has_managed_save(0).unwrap_or_default()
        {
            match Saved::read(host, handle) {
                Ok(saved) => needed.extend(saved.iter().flat_map(|saved| self.named_in(&saved.xml))),
                // Its needs are not known: the paths that were kept for it stay.
                Err(_) => needed.extend(self.there(uuid)),
            }
        }
        let folder = self.folder.join(uuid.to_string());
        let write = || -> io::Result<()> {
            let there = self.there(uuid);
            if !needed.is_empty() {
                fs::create_dir_all(&folder)?;
            }
            for name in needed.difference(&there) {
                symlink(self.store.join(name), folder.join(name))?;
            }
            for name in there.difference(&needed) {
                fs::remove_file(folder.join(name))?;
            }
            if needed.is_empty() && !there.is_empty() { fs::remove_dir(&folder) } else { Ok(()) }
        };
        let wrong = file(&codes::NOT_ROOTED, "write", &folder);
        write().map_err(|error| wrong(error).within("Nix's garbage collector may take what it needs"))
    }

    /// Drops what is kept for domains that are gone. What is left does no harm.
    pub fn forget_others(&self, stays: impl Fn(Uuid) -> bool) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let uuid = entry.file_name().to_str().and_then(|name| Uuid::parse_str(name).ok());
            if uuid.is_some_and(|uuid| !stays(uuid)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Whether a domain boots a system of NixOS.
fn boots_system(definition: &str) -> bool {
    let document = read_document(ObjectKind::Domain, definition, &mut Report::new(Policy::Lenient));
    document.is_ok_and(|document| guest::system_in(&document).is_some())
}

/// The images of a domain's disks that are files.
fn images_of(definition: &str) -> Vec<String> {
    let Ok(document) = Document::parse(definition) else { return Vec::new() };
    let sources = document.descendants().filter(|node| {
        node.has_tag_name(names::SOURCE)
            && node.parent().is_some_and(|parent| parent.has_tag_name(names::DISK))
    });
    sources.filter_map(|source| source.attribute("file").map(str::to_owned)).collect()
}
