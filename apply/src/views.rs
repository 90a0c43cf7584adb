//! A guest's view of the store: a folder of hard links to what its system needs of the host's store, and nothing else. The template
//! `nixos` shares it with the guest, read-only, and nothing is copied.
//!
//! It is beside the store, below `var/nixvirt/guests`, where each guest has a folder. In that, `store` is what the guest sees, `new` has
//! what is on its way there or away from there, and `view.json` says whose it is and what it holds. A folder without that file is
//! somebody else's.
//!
//! What a guest needs comes before anything is defined or stopped. What it does not need any more goes at its next start.

mod closure;
mod content;
mod links;
mod refused;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Document, Policy, Report};
use rustix::fs::{Access, access};
use uuid::Uuid;

use self::content::{MARK, ViewContent};
use self::links::{StoreLinks, existing, remove_folders};
use self::refused::refused;
use crate::document::read_document;
use crate::error::{Error, codes};
use crate::files;
use crate::guest::{self, VIEWS};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::roots::nix_store;

/// The folder that a guest sees.
const SHARED: &str = "store";
/// The folder of what is on its way.
const PASSING: &str = "new";

/// The view of the store that a domain shares with its guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreView {
    folder: PathBuf,
    store: PathBuf,
    /// The system that the guest boots.
    pub system: String,
    is_readonly: bool,
}

/// The domain that a view is for.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'o> {
    /// The UUID in libvirt.
    pub uuid: Uuid,
    /// The name that it is to have.
    pub name: &'o str,
}

/// The use that a guest makes of its view beside what its definition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// It does not run, or runs with its definition.
    Nothing,
    /// It runs with something else, and libvirt calls it by this number.
    Running(Option<u32>),
    /// A saved state may be of something else.
    Saved,
}

impl StoreView {
    /// The view of a definition; nothing where it shares none.
    pub fn of(document: &Document<'_>) -> Option<StoreView> {
        let share = guest::view_in(document)?;
        let (folder, store) = (share.folder.into(), share.store.into());
        Some(StoreView { folder, store, system: share.system.to_owned(), is_readonly: share.is_readonly })
    }

    /// The same of a text.
    pub fn of_text(definition: &str) -> Option<StoreView> {
        // Few machines have one, and reading takes its time.
        definition.contains(VIEWS).then_some(())?;
        let document =
            read_document(ObjectKind::Domain, definition, &mut Report::new(Policy::Lenient)).ok()?;
        StoreView::of(&document)
    }

    /// Whether something is to be done for a domain to have its view. Nothing is changed.
    ///
    /// # Errors
    /// Why it cannot have it.
    pub fn is_due(&self, host: &Host, of: Owner<'_>, handle: Option<&Handle>) -> Result<bool, Error> {
        let content = self.known(host, of)?;
        if let Some(content) = &content
            && self.is_settled(content, of.uuid, self.used(handle, Some(content))?)
        {
            return Ok(false);
        }
        let folder = existing(&self.folder);
        StoreLinks::open(&self.store, &folder)?;
        access(&folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| {
            refused(format!("cannot write to {}", folder.display())).system(io::Error::from(error))
        })?;
        Ok(true)
    }

    /// Brings the view of a domain to what its guest needs: it gets what is missing, and loses what neither the definition nor the
    /// guest can use any more. Tells whether anything was done.
    ///
    /// # Errors
    /// Why it cannot be made. What is in it then is whole, path by path.
    pub fn settle(&self, host: &Host, of: Owner<'_>, handle: Option<&Handle>) -> Result<bool, Error> {
        let content = self.known(host, of)?;
        let used = self.used(handle, content.as_ref())?;
        if content.as_ref().is_some_and(|content| self.is_settled(content, of.uuid, used)) {
            return Ok(false);
        }
        let needed = closure::of(&self.store, &self.system)?;
        let (uuid, here) = (of.uuid, identity(host));
        let content = match content {
            Some(content) => ViewContent { uuid, host: here, ..content },
            None => ViewContent::new(uuid, here),
        };
        host.write(|| self.bring(content, needed, used)).map(|()| true)
    }

    fn bring(&self, mut content: ViewContent, needed: BTreeSet<String>, used: Use) -> Result<(), Error> {
        let failed = |error| refused(format!("cannot write to {}", self.folder.display())).system(error);
        make_folder(&self.folder).map_err(failed)?;
        // Whose it is comes before anything is in it.
        content.write(&self.folder).map_err(failed)?;
        for own in [SHARED, PASSING] {
            make_folder(&self.folder.join(own)).map_err(failed)?;
        }
        let links = StoreLinks::open(&self.store, &self.folder)?;
        links.clear(PASSING).map_err(failed)?;
        let there = links.there(SHARED).map_err(failed)?;
        let mut wanted = needed;
        if used != Use::Nothing {
            wanted.extend(there.iter().cloned());
            // What somebody has taken out, as far as it is still to be had.
            wanted.extend(content.paths.into_iter().filter(|name| links.has(name)));
        }
        for name in wanted.difference(&there) {
            links.add(name, PASSING, SHARED).map_err(|error| {
                let (path, folder) = (self.store.join(name), self.folder.display());
                refused(format!("cannot make hard links to {} in {folder}", path.display())).system(error)
            })?;
        }
        for name in there.difference(&wanted) {
            links.take(name, SHARED, PASSING).map_err(failed)?;
        }
        links.like_the_store(SHARED).map_err(failed)?;
        if used == Use::Nothing {
            content.systems.clear();
        }
        content.systems.insert(self.system.clone());
        content.paths = wanted;
        content.guest = match used {
            Use::Nothing => None,
            Use::Running(number) => number,
            Use::Saved => content.guest,
        };
        content.write(&self.folder).map_err(failed)
    }

    /// The known owner and content of the view; nothing where there is none.
    fn known(&self, host: &Host, of: Owner<'_>) -> Result<Option<ViewContent>, Error> {
        if !host.is_local() {
            let message = format!(
                "a view of the store is made on the machine that applies, and `{}` is another one",
                host.uri
            );
            return Err(refused(message));
        }
        if !self.is_readonly {
            let message = "its guest could write to the host's store through the view of it";
            return Err(Error::new(&codes::NO_STORE_VIEW, message)
                .help("write `readonly = true` in its `filesystem`"));
        }
        let folder = self.folder.display();
        let Some(content) = ViewContent::read(&self.folder)? else {
            let is_ours = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".nixvirt-");
            let mut entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
            let message = format!("{folder} is there already, and was not made here");
            return match entries.all(is_ours) {
                true => Ok(None),
                false => Err(refused(message).help("move it away")),
            };
        };
        let other = content.uuid;
        if other != of.uuid && content.host != identity(host) {
            let message = format!("{folder} is the view of the domain {other} of another libvirt");
            return Err(refused(message).fact("by", other));
        }
        let found = Some(other).filter(|other| *other != of.uuid);
        // One of the same name is to go, or this one cannot be defined.
        if let Some(found) = found.and_then(|other| host.lookup(ObjectKind::Domain, other))
            && found.name() != of.name
            && names_view(&found, &self.folder)
        {
            return Err(
                refused(format!("{folder} is the view of the domain `{}`", found.name())).fact("by", other)
            );
        }
        Ok(Some(content))
    }

    /// The use that the guest makes of it beside what its definition says.
    fn used(&self, handle: Option<&Handle>, content: Option<&ViewContent>) -> Result<Use, Error> {
        let Some((handle, domain)) = handle.and_then(|handle| match handle {
            Handle::Domain(domain) => Some((handle, domain)),
            _ => None,
        }) else {
            return Ok(Use::Nothing);
        };
        if !handle.is_active()? {
            let is_saved = domain.has_managed_save(0).unwrap_or(true);
            return Ok(if is_saved { Use::Saved } else { Use::Nothing });
        }
        let number = domain.id();
        let switched = number.is_some() && content.is_some_and(|content| content.guest == number);
        let running =
            StoreView::of_text(&handle.running_xml()?).filter(|running| running.folder == self.folder);
        Ok(match running {
            Some(running) if switched || running.system != self.system => Use::Running(number),
            _ => Use::Nothing,
        })
    }

    /// Whether a view has what it is to have, and nothing else.
    fn is_settled(&self, content: &ViewContent, uuid: Uuid, used: Use) -> bool {
        let there = |of| {
            let found = fs::read_dir(self.folder.join(of))
                .ok()?
                .map(|entry| entry.ok()?.file_name().into_string().ok());
            found.collect::<Option<BTreeSet<String>>>()
        };
        let fits = match used {
            Use::Nothing => content.systems.len() == 1 && content.guest.is_none(),
            Use::Running(number) => content.guest == number,
            Use::Saved => true,
        };
        fits && content.uuid == uuid
            && content.systems.contains(&self.system)
            && there(PASSING).is_some_and(|passing| passing.is_empty())
            && there(SHARED).is_some_and(|shared| shared == content.paths)
    }
}

/// Removes the views of a libvirt that no domain of it has any more. `stays` tells of a domain whether it is there to have one.
/// What cannot be removed is tried again by the next run.
pub fn forget_others(host: &Host, stays: impl Fn(Uuid) -> bool) {
    let store = nix_store();
    let Some(above) = store.parent().filter(|_| host.is_local()) else { return };
    let all = above.join(VIEWS.trim_matches('/'));
    let folders = fs::read_dir(all).into_iter().flatten().flatten();
    let folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    if folders.is_empty() {
        return;
    }
    let here = identity(host);
    for folder in folders {
        let Ok(Some(content)) = ViewContent::read(&folder) else { continue };
        let is_used = || {
            let found = host.lookup(ObjectKind::Domain, content.uuid);
            stays(content.uuid) && found.is_none_or(|handle| names_view(&handle, &folder))
        };
        if content.host == here && !is_used() && remove_folders(&folder, &[SHARED, PASSING]).is_ok() {
            let _ = files::remove(&folder.join(MARK)).and_then(|()| fs::remove_dir(&folder));
        }
    }
}

/// Whether a definition of a domain names a view, or may.
fn names_view(handle: &Handle, folder: &Path) -> bool {
    let names = |definition: Result<String, Error>| {
        definition.map_or(true, |text| StoreView::of_text(&text).is_some_and(|view| view.folder == folder))
    };
    let is_saved = matches!(handle, Handle::Domain(domain) if domain.has_managed_save(0).unwrap_or(true));
    is_saved
        || names(handle.inactive_xml())
        || (handle.is_active().unwrap_or(true) && names(handle.running_xml()))
}

/// The name by which the views of a libvirt are known.
fn identity(host: &Host) -> String {
    host.identity().unwrap_or_else(|| host.uri.clone())
}

/// Makes a folder and those above it that are missing. Whoever runs the guest must be able to reach it, whatever the umask is.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), make_folder)?;
    DirBuilder::new().mode(0o755).create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o755))
}
