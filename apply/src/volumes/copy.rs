//! Volumes that are made of other volumes of the host: finding these, and the order that follows.

use std::collections::BTreeMap;

use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use super::definition::{WantedVolume, name_of};
use super::fill::Fill;
use super::step::{KnownContents, VolumeAction, VolumeStep};
use super::users::writer;
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::key::title;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::order::{after_needed, reordered};
use crate::source::{Filled, VolumeSource};

/// How a new volume is filled from another one: it holds that it can be.
///
/// # Errors
/// Where the other one neither is there nor will be, or a running domain writes to it.
pub(super) fn copying(
    host: &Host,
    pool: &StoragePool,
    source: &VolumeSource,
    (name, wanted): (&str, &[WantedVolume<'_>]),
    known: KnownContents<'_>,
) -> Result<Fill, Error> {
    let own = pool.name().unwrap_or_default();
    let source = VolumeSource { pool: source.pool.clone().filter(|other| *other != own), ..source.clone() };
    let comes = match &source.pool {
        None => wanted
            .iter()
            .any(|other| other.entry.present && other.name == source.volume && other.name != name),
        Some(other) => known.declared.iter().any(|object| {
            let volumes = &object.entry.volumes;
            let is_it = |name: String| name == source.volume;
            object.entry.kind == ObjectKind::Pool
                && object.name == *other
                && volumes.iter().any(|volume| volume.present && name_of(volume).is_some_and(is_it))
        }),
    };
    match find(host, pool, &source) {
        Ok(_) => Ok(Fill::Copy(source)),
        Err(why) if comes && why.code.name == codes::SOURCE_MISSING.name => Ok(Fill::Copy(source)),
        Err(why) => Err(why),
    }
}

/// The volume that another one is made of.
///
/// # Errors
/// Where it is not there, or a running domain writes to it.
pub(super) fn find(host: &Host, own: &StoragePool, source: &VolumeSource) -> Result<StorageVol, Error> {
    let missing = |what: String| {
        Error::new(&codes::SOURCE_MISSING, what)
            .fact("volume", &source.volume)
            .help("declare it, or name one that is there")
    };
    let other;
    let (pool, within) = match &source.pool {
        None => (own, "its pool".to_owned()),
        Some(name) => {
            let Some(Handle::Pool(found)) = host.lookup_name(ObjectKind::Pool, name) else {
                return Err(missing(format!("there is no pool `{name}` with its source")));
            };
            other = found;
            (&other, format!("the pool `{name}`"))
        }
    };
    if !pool.is_active().map_err(libvirt(&codes::CANNOT_ASK, "ask whether a pool is active"))? {
        return Err(missing(format!("{within}, which has its source, is not active")));
    }
    let Ok(volume) = pool.lookup_storage_vol_by_name(&source.volume) else {
        return Err(missing(format!("{within} has no volume `{}`, which is its source", source.volume)));
    };
    if let Some(domain) = writer(host, pool, &volume)? {
        let user = title(ObjectKind::Domain, &domain.name().unwrap_or_default());
        let message = format!("{user} runs with its source `{}` and writes to it", source.volume);
        return Err(Error::new(&codes::VOLUME_IN_USE, message)
            .fact("domain", user)
            .help("stop it, and apply again: what is copied meanwhile would not be whole"));
    }
    Ok(volume)
}

/// Puts the steps into an order in which each volume comes after the one that it is made of. Where some are made of each
/// other, no order is right for all of them.
pub(super) fn order(steps: &mut Vec<VolumeStep>) {
    let mut makers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, step) in steps.iter().enumerate() {
        makers.entry(&step.name).or_default().push(place);
        if let Some(Fill::Beside { of, .. }) = step.action.fill() {
            makers.entry(of).or_default().push(place);
        }
    }
    let needs = |place: usize| match steps[place].action.fill() {
        Some(Fill::Copy(VolumeSource { volume, pool: None, .. })) => {
            let found = makers.get(&**volume).into_iter().flatten().copied();
            found.filter(|other| *other != place).collect()
        }
        _ => Vec::new(),
    };
    let order = after_needed(steps.len(), &needs);
    *steps = reordered(std::mem::take(steps), order);
}

/// The step with the volume that has the newest image in the place of its source; nothing where that is the source itself.
/// `contents` gives what is known of the volumes of a pool, by its name.
pub fn of_newest(step: &VolumeStep, contents: &dyn Fn(Option<&str>) -> Vec<Filled>) -> Option<VolumeStep> {
    let mut step = step.clone();
    let (VolumeAction::Create { fill: Some(Fill::Copy(source)), .. }
    | VolumeAction::Replace { fill: Fill::Copy(source), .. }) = &mut step.action
    else {
        return None;
    };
    let known = contents(source.pool.as_deref());
    source.volume = known.into_iter().find(|content| content.volume == source.volume)?.newest?;
    Some(step)
}
