//! The objects of a host, listed with a few calls whatever their number, and without reading XML.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::error::Error;
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::object::Handle;

/// An object that a host has.
#[derive(Clone, Debug)]
pub struct Found {
    /// The object in libvirt.
    pub handle: Handle,
    /// The name in libvirt.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// Whether it starts with the host.
    pub autostart: bool,
    /// Whether it has no definition that outlives it.
    pub transient: bool,
    /// Whether it has a saved state, which its next start goes on with.
    pub saved: bool,
    /// Whether it has checkpoints.
    pub checkpoints: bool,
    /// Whether it is active and does not go on.
    pub paused: bool,
}

/// The objects of a host at the time of planning.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The objects by kind and UUID.
    pub objects: BTreeMap<(ObjectKind, Uuid), Found>,
    /// The kinds whose daemon does not answer, so that nothing is known of their objects, and what libvirt says of it.
    pub unseen: BTreeMap<ObjectKind, Error>,
    names: BTreeMap<(ObjectKind, String), Uuid>,
}

impl Observed {
    /// Lists the objects of every kind whose daemon answers.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn of(host: &Host) -> Result<Observed, Error> {
        let mut observed = Observed::default();
        for kind in ObjectKind::ALL {
            let all = match host.list(kind, 0) {
                Ok(all) => all,
                Err(unlisted) if unlisted.no_daemon => {
                    observed.unseen.insert(kind, unlisted.why);
                    continue;
                }
                Err(unlisted) => return Err(unlisted.why),
            };
            let uuids = |flags| -> Result<BTreeSet<Uuid>, Error> {
                host.list(kind, flags)?.iter().map(Handle::uuid).collect()
            };
            let some = |flag: Option<u32>| flag.map(uuids).transpose().map(Option::unwrap_or_default);
            let flags = Host::list_flags(kind);
            let (active, autostart) = (some(flags.active)?, some(flags.autostart)?);
            let (transient, saved) = (some(flags.transient)?, some(flags.saved)?);
            let (checkpoints, paused) = (some(flags.checkpoints)?, some(flags.paused)?);
            for handle in all {
                let (uuid, name) = (handle.uuid()?, handle.name());
                observed.names.insert((kind, name.clone()), uuid);
                let (active, autostart) = (active.contains(&uuid), autostart.contains(&uuid));
                let (transient, saved) = (transient.contains(&uuid), saved.contains(&uuid));
                let (active, autostart, transient) = match kind {
                    ObjectKind::NodeDevice => {
                        let transient = !handle.is_persistent();
                        (handle.is_active()?, !transient && handle.autostart()?, transient)
                    }
                    _ => (active, autostart, transient),
                };
                let (checkpoints, paused) = (checkpoints.contains(&uuid), paused.contains(&uuid));
                let found = Found { handle, name, active, autostart, transient, saved, checkpoints, paused };
                observed.objects.insert((kind, uuid), found);
            }
        }
        Ok(observed)
    }

    /// Whether there is an object of that name.
    pub fn has(&self, kind: ObjectKind, name: &str) -> bool {
        self.names.contains_key(&(kind, name.to_owned()))
    }

    /// The object of that name.
    pub fn named(&self, kind: ObjectKind, name: &str) -> Option<(&Uuid, &Found)> {
        let uuid = self.names.get(&(kind, name.to_owned()))?;
        Some((uuid, self.objects.get(&(kind, *uuid))?))
    }
}
