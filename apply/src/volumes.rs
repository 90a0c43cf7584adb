//! The volumes of a pool: made where they are missing, filled from an image where they have one, grown, never shrunk, made
//! anew or removed only where that is asked for.

mod compare;
mod content;
mod copy;
mod definition;
pub mod discs;
pub mod fill;
mod make;
mod step;
mod users;

use std::collections::BTreeSet;

use virt::domain::Domain;
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;
use virt::sys;

use self::compare::compare;
use self::content::{Bases, compare_content, filling, unneeded_bases};
pub use self::copy::of_newest;
pub use self::definition::name_of;
use self::definition::{WantedVolume, wanted};
pub use self::discs::names_disc;
use self::fill::Fill;
use self::step::INTERRUPTED;
pub use self::step::{Decided, KnownContents, VolumeAction, VolumeStep};
use self::users::users;
use crate::bundle::VolumeEntry;
use crate::error::{Error, Problems, codes, libvirt};
use crate::host::Host;
use crate::key::title;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::source::{Filled, Source};

/// Decides about the volumes of an active pool.
///
/// # Errors
/// Everything that is wrong with their definitions.
pub fn decide(
    host: &Host,
    handle: &Handle,
    entries: &[VolumeEntry],
    known: KnownContents<'_>,
) -> Result<Decided, Problems> {
    let mut decided = Decided::default();
    let Handle::Pool(pool) = handle else { return Ok(decided) };
    let wanted = wanted(entries)?;
    let there = pool.list_all_volumes(0).map_err(libvirt(&codes::CANNOT_ASK, "list its volumes"))?;
    let names = there.iter().filter_map(|found| found.name().ok()).collect();
    let find = |name: &str| there.iter().find(|found| found.name().is_ok_and(|other| other == name));
    let within = PoolVolumes { host, pool, wanted: &wanted, names, known };
    let mut bases = Vec::new();
    for volume in &wanted {
        let found = find(&volume.name);
        let action = match (found, volume.entry.present) {
            (None, true) => match within.fill(volume, &mut bases) {
                Ok(fill) => Some(VolumeAction::Create { xml: volume.xml.clone(), fill }),
                Err(why) => {
                    decided.problems.push(why.at(format!("its volume `{}`", volume.name)));
                    continue;
                }
            },
            (None, false) => None,
            (Some(_), false) => Some(VolumeAction::Delete),
            (Some(found), true) => within.existing(volume, found, &mut bases, &mut decided)?,
        };
        let users = match (found, &action) {
            (Some(found), Some(action)) if !matches!(action, VolumeAction::Create { .. }) => {
                users(host, pool, found)?
            }
            _ => Vec::new(),
        };
        let action = with_users(&volume.name, action, &users, known, &mut decided);
        let name = volume.name.clone();
        decided.steps.extend(action.map(|action| VolumeStep { name, action }));
    }
    let unneeded = unneeded_bases(host, &there, &bases, known.contents)?;
    decided.steps.extend(unneeded.into_iter().map(|name| VolumeStep { name, action: VolumeAction::Delete }));
    decided.later = discs::idle(&wanted, known.contents);
    within.put_first(bases, &mut decided.steps);
    copy::order(&mut decided.steps);
    Ok(decided)
}

/// The recorded discs in a pool that are not declared.
///
/// # Errors
/// Everything that is wrong with the definitions of the declared volumes.
pub fn idle_discs(entries: &[VolumeEntry], contents: &[Filled]) -> Result<Vec<String>, Problems> {
    Ok(discs::idle(&wanted(entries)?, contents))
}

/// The volumes of a pool, declared and there.
struct PoolVolumes<'p> {
    host: &'p Host,
    pool: &'p StoragePool,
    wanted: &'p [WantedVolume<'p>],
    /// The names of those that are there.
    names: BTreeSet<String>,
    known: KnownContents<'p>,
}

impl PoolVolumes<'_> {
    /// The content of a new volume; nothing where it is to be empty.
    fn fill(&self, volume: &WantedVolume<'_>, bases: &mut Bases) -> Result<Option<Fill>, Error> {
        let source = volume.entry.source.as_ref();
        let fill = source.map(|source| match source {
            Source::Image(image) => filling(image, bases),
            Source::Disc(disc) => Ok(Fill::Disc(disc.clone())),
            Source::Volume(source) => {
                copy::copying(self.host, self.pool, source, (&volume.name, self.wanted), self.known)
            }
        });
        fill.transpose()
    }

    /// Decides about a volume that is there.
    fn existing(
        &self,
        volume: &WantedVolume<'_>,
        found: &StorageVol,
        bases: &mut Bases,
        decided: &mut Decided,
    ) -> Result<Option<VolumeAction>, Problems> {
        let mut compared = compare(self.pool, found, &volume.xml)?;
        let content = self.known.contents.iter().find(|content| content.volume == volume.name);
        match (&volume.entry.source, content) {
            (Some(Source::Image(source)), Some(content)) => {
                let (of_volume, of_pool) = ((&*volume.xml, &self.names), (self.known.contents, bases));
                compare_content(&mut compared, source, content, of_volume, of_pool);
            }
            (Some(Source::Volume(_) | Source::Disc(_)), Some(content)) if !content.whole => {
                match self.fill(volume, bases) {
                    Ok(Some(fill)) => {
                        let (xml, why, users) = (volume.xml.clone(), INTERRUPTED, Vec::new());
                        compared.action = Some(VolumeAction::Replace { xml, fill, why, users });
                    }
                    Ok(None) => {}
                    Err(why) => compared.problems.push(why),
                }
            }
            _ => {}
        }
        let place = format!("its volume `{}`", volume.name);
        decided.notes.extend(compared.notes.iter().map(|what| format!("{place}: {what}")));
        decided.moved.extend(compared.moved);
        decided.steps.extend(compared.beside);
        let is_wrong = !compared.problems.is_empty();
        decided.problems.extend(compared.problems.into_iter().map(|problem| problem.at(&place)));
        Ok(compared.action.filter(|_| !is_wrong))
    }

    /// Puts the images that volumes lie on top of before these, where they are not in the pool.
    fn put_first(&self, bases: Bases, steps: &mut Vec<VolumeStep>) {
        for (name, fill) in bases.into_iter().rev() {
            let content = self.known.contents.iter().find(|content| content.volume == name);
            let action = match (self.names.contains(&name), content.is_none_or(|content| content.whole)) {
                (true, true) => continue,
                (true, false) => {
                    VolumeAction::Replace { xml: String::new(), fill, why: INTERRUPTED, users: Vec::new() }
                }
                (false, _) => VolumeAction::Create { xml: String::new(), fill: Some(fill) },
            };
            let is_on_top =
                |fill: Option<&Fill>| matches!(fill, Some(Fill::OnTop { base, .. }) if *base == name);
            if steps.iter().any(|step| is_on_top(step.action.fill())) {
                steps.insert(0, VolumeStep { name, action });
            }
        }
    }
}

/// Decides about a volume that running domains use.
fn with_users(
    name: &str,
    action: Option<VolumeAction>,
    users: &[(Domain, String)],
    known: KnownContents<'_>,
    decided: &mut Decided,
) -> Option<VolumeAction> {
    let titled = |user: &Domain| title(ObjectKind::Domain, &user.name().unwrap_or_default());
    let Some((first, _)) = users.first() else { return action };
    match action {
        Some(VolumeAction::Delete) => {
            let by = titled(first);
            let message = format!("its volume `{name}` is not deleted while {by} runs with it");
            decided.problems.push(Error::new(&codes::VOLUME_IN_USE, message).fact("domain", by));
            None
        }
        Some(VolumeAction::Replace { xml, fill, why, .. }) => {
            let mut stopped = Vec::new();
            for (user, _) in users {
                let declared = known.declared.iter().find(|object| user.uuid() == Ok(object.key().1));
                match declared {
                    Some(object) if object.entry.restart != Some(false) => stopped.push(object.key().1),
                    _ => {
                        let by = titled(user);
                        let message = format!(
                            "its volume `{name}` is not made anew while {by} runs with it, which is not ours to stop"
                        );
                        decided.problems.push(Error::new(&codes::VOLUME_IN_USE, message).fact("domain", by));
                        return None;
                    }
                }
            }
            let names: Vec<String> = users.iter().map(|(user, _)| titled(user)).collect();
            decided.notes.push(format!(
                "for its volume `{name}`, which is made anew, these are stopped and started again: {}",
                names.join(", ")
            ));
            Some(VolumeAction::Replace { xml, fill, why, users: stopped })
        }
        Some(VolumeAction::Grow { .. }) => {
            let by = titled(first);
            decided.notes.push(format!("its volume `{name}` is grown through {by}, which runs with it"));
            action
        }
        action => action,
    }
}

/// Carries out the steps. `tell` hears of the progress.
///
/// # Errors
/// An unusable image, or an error of libvirt.
pub fn run(
    host: &Host,
    handle: &Handle,
    step: &VolumeStep,
    tell: &mut dyn FnMut(String),
) -> Result<(), Error> {
    let Handle::Pool(pool) = handle else { return Ok(()) };
    let tried = format!("change the volume `{}`", step.name);
    let find = || pool.lookup_storage_vol_by_name(&step.name);
    let users = match &step.action {
        VolumeAction::Create { .. } => Vec::new(),
        _ => users(host, pool, &find().map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, &tried))?)?,
    };
    match (&step.action, users.first()) {
        // Behind its back, QEMU would not know of it, or have nothing to write to.
        (VolumeAction::Grow { to, .. }, Some((domain, disk))) => {
            let resized = host.write(|| domain.block_resize(disk, *to, sys::VIR_DOMAIN_BLOCK_RESIZE_BYTES));
            return resized.map(drop).map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, &tried));
        }
        (VolumeAction::Delete | VolumeAction::Replace { .. }, Some((domain, _))) => {
            let user = title(ObjectKind::Domain, &domain.name().unwrap_or_default());
            return Err(Error::new(&codes::VOLUME_IN_USE, format!("cannot {tried}: {user} runs with it"))
                .fact("domain", user));
        }
        _ => {}
    }
    let filled = |xml: &str, fill: &Fill, tell: &mut dyn FnMut(String)| {
        make::make(host, pool, (&step.name, xml), fill, tell)
            .map_err(|why| why.within(format!("cannot {tried}")))
    };
    match &step.action {
        VolumeAction::Create { xml, fill: Some(fill) } => return filled(xml, fill, tell),
        VolumeAction::Replace { xml, fill, .. } => {
            find()
                .and_then(|volume| host.write(|| volume.delete(0)))
                .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, &tried))?;
            return filled(xml, fill, tell);
        }
        VolumeAction::Create { xml, fill: None } => {
            host.write(|| StorageVol::create_xml(pool, xml, 0)).map(drop)
        }
        VolumeAction::Grow { to, .. } => {
            find().and_then(|volume| host.write(|| volume.resize(*to, 0))).map(drop)
        }
        VolumeAction::Delete => find().and_then(|volume| host.write(|| volume.delete(0))).map(drop),
    }
    .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, &tried))
}
