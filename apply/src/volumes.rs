//! The volumes of a pool: made where they are missing, filled from an image where they have one, grown, never shrunk, made
//! anew or removed only where that is asked for.

mod compare;
mod content;
mod copy;
mod definition;
pub mod fill;
mod make;
mod step;
mod users;

use virt::domain::Domain;
use virt::storage_vol::StorageVol;
use virt::sys;

use self::compare::compare;
use self::content::{compare_content, filling, unneeded_bases};
pub use self::copy::of_newest;
use self::definition::wanted;
pub use self::definition::{name_of, read_all};
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
use crate::source::Source;

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
    let find = |name: &str| there.iter().find(|found| found.name().is_ok_and(|other| other == name));
    let names = there.iter().filter_map(|found| found.name().ok()).collect();
    let mut bases = Vec::new();
    for volume in &wanted {
        let found = find(&volume.name);
        let action = match (found, volume.entry.present) {
            (None, true) => {
                let fill = volume.entry.source.as_ref().map(|source| match source {
                    Source::Image(image) => filling(image, &mut bases),
                    Source::Volume(source) => {
                        copy::copying(host, pool, source, (&volume.name, &wanted), known)
                    }
                });
                match fill.transpose() {
                    Ok(fill) => Some(VolumeAction::Create { xml: volume.xml.clone(), fill }),
                    Err(why) => {
                        decided.problems.push(why.at(format!("its volume `{}`", volume.name)));
                        continue;
                    }
                }
            }
            (None, false) => None,
            (Some(_), false) => Some(VolumeAction::Delete),
            (Some(found), true) => {
                let said = |what: &String| format!("its volume `{}`: {what}", volume.name);
                let mut compared = compare(pool, found, &volume.xml)?;
                let content = known.contents.iter().find(|content| content.volume == volume.name);
                match (&volume.entry.source, content) {
                    (Some(Source::Image(source)), Some(content)) => {
                        let (of_volume, of_pool) = ((&*volume.xml, &names), (known.contents, &mut bases));
                        compare_content(&mut compared, source, content, of_volume, of_pool);
                    }
                    (Some(Source::Volume(source)), Some(content)) if !content.whole => {
                        match copy::copying(host, pool, source, (&volume.name, &wanted), known) {
                            Ok(fill) => {
                                let xml = volume.xml.clone();
                                let (why, users) = (INTERRUPTED, Vec::new());
                                compared.action = Some(VolumeAction::Replace { xml, fill, why, users });
                            }
                            Err(why) => compared.problems.push(why),
                        }
                    }
                    _ => {}
                }
                decided.notes.extend(compared.notes.iter().map(said));
                let problems = std::mem::take(&mut compared.problems);
                compared.action = compared.action.filter(|_| problems.is_empty());
                let place = format!("its volume `{}`", volume.name);
                decided.problems.extend(problems.into_iter().map(|problem| problem.at(&place)));
                decided.moved.extend(compared.moved);
                decided.steps.extend(compared.beside);
                compared.action
            }
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
    // A volume on top of an image needs the image first.
    for (name, fill) in bases.into_iter().rev() {
        let content = known.contents.iter().find(|content| content.volume == name);
        let action = match (find(&name), content.is_none_or(|content| content.whole)) {
            (Some(_), true) => continue,
            (Some(_), false) => {
                VolumeAction::Replace { xml: String::new(), fill, why: INTERRUPTED, users: Vec::new() }
            }
            (None, _) => VolumeAction::Create { xml: String::new(), fill: Some(fill) },
        };
        let is_on_top = |fill: Option<&Fill>| matches!(fill, Some(Fill::OnTop { base, .. }) if *base == name);
        let needed = decided.steps.iter().any(|step| is_on_top(step.action.fill()));
        if needed {
            decided.steps.insert(0, VolumeStep { name, action });
        }
    }
    copy::order(&mut decided.steps);
    Ok(decided)
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
