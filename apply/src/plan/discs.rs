//! Decides about the discs of domains in pools that cannot take them or give them up as usual: pools that are removed, that
//! are no longer managed, or that are not active.

use std::collections::BTreeSet;

use super::{Action, Step};
use crate::declared::Declared;
use crate::error::{Error, codes};
use crate::key::{Key, title};
use crate::kind::ObjectKind;
use crate::observed::{Found, Observed};
use crate::source::Source;
use crate::state::{Record, State};
use crate::volumes;

/// Decides about the discs in the pools that are removed. `declared` are the objects that are declared, and `steps` and `later`
/// the removals, of domains among the first.
pub(super) fn of_removals(
    observed: &Observed,
    state: &State,
    declared: &BTreeSet<Key>,
    (steps, later): (&mut [Step], &mut [Step]),
) {
    let gone = |step: &&Step| step.action == Action::Remove && step.blocked.is_empty();
    let removed: BTreeSet<Key> = steps.iter().filter(gone).map(|step| (step.kind, step.uuid)).collect();
    let domains = observed.objects.iter().filter(|(key, _)| key.0 == ObjectKind::Domain);
    let strangers: Vec<&Found> = domains
        .filter(|(key, _)| !declared.contains(key) && !removed.contains(key))
        .map(|(_, found)| found)
        .collect();
    for step in steps.iter_mut().chain(later).filter(|step| step.action == Action::Remove) {
        let key = (step.kind, step.uuid);
        if let (ObjectKind::Pool, Some(found)) = (step.kind, observed.objects.get(&key)) {
            of_removed(state.get(key), found, &strangers, step);
        }
    }
}

/// Decides about the discs in a pool that is removed. `strangers` are the domains of the host that the run leaves alone.
fn of_removed(record: Option<&Record>, found: &Found, strangers: &[&Found], step: &mut Step) {
    for disc in record.into_iter().flat_map(Record::discs) {
        let used_by = || strangers.iter().find(|domain| volumes::names_disc(&domain.handle, disc));
        let why = match found.active {
            false => "the pool is not active".to_owned(),
            true => match used_by() {
                None => {
                    step.discs.push(disc.to_owned());
                    continue;
                }
                Some(user) => format!("{} has it", title(ObjectKind::Domain, &user.name)),
            },
        };
        let then = "once the pool is gone, nothing here knows of it";
        step.left.push(format!("its disc `{disc}` stays, for {why}; {then}"));
    }
}

/// Decides about the discs in a pool that is no longer managed, and stays.
pub(super) fn of_left(record: Option<&Record>, step: &mut Step) {
    let discs = record.into_iter().flat_map(Record::discs);
    step.left.extend(discs.map(|disc| format!("its disc `{disc}` stays, for the pool is no longer managed")));
}

/// Says that the discs that would be removed stay until their pool is active.
pub(super) fn leave(step: &mut Step) {
    let discs = std::mem::take(&mut step.discs);
    let said =
        |disc| format!("its disc `{disc}`, which is no longer declared, stays until the pool is active");
    step.left.extend(discs.into_iter().map(said));
}

/// The errors for domains whose discs cannot be put into their pools, by the index of the domain. `steps` are those of the
/// declared objects.
pub(super) fn without_pool(
    declared: &[Declared],
    steps: &[Step],
    observed: &Observed,
    state: &State,
) -> Vec<(usize, Error)> {
    let mut found = Vec::new();
    for (pool, step) in declared.iter().zip(steps) {
        let is_inactive = observed.objects.get(&pool.key()).is_some_and(|found| !found.active);
        // A pool that is defined anew is started for its volumes, and stopped again.
        let is_touched = step.start || !matches!(step.action, Action::Unchanged | Action::Record);
        if pool.entry.kind != ObjectKind::Pool || !is_inactive || is_touched {
            continue;
        }
        let known = state.get(pool.key()).map(|record| &*record.contents).unwrap_or_default();
        for volume in &pool.entry.volumes {
            let (Some(Source::Disc(disc)), Some(name)) = (&volume.source, volumes::name_of(volume)) else {
                continue;
            };
            let is_there = known.iter().any(|content| content.volume == name && content.whole);
            let owner = declared.iter().position(|domain| {
                let below = volume.place.strip_prefix(&*domain.entry.place);
                domain.entry.kind == ObjectKind::Domain && below.is_some_and(|below| below.starts_with('.'))
            });
            if let (false, Some(owner)) = (is_there, owner) {
                let pool = pool.title();
                let message =
                    format!("its disc `{}` cannot be put into the {pool}, which is not active", disc.of);
                let why = Error::new(&codes::POOL_OF_DISC_INACTIVE, message).fact("pool", pool);
                found.push((owner, why.help("declare the pool with `active = true`, or start it")));
            }
        }
    }
    found
}
