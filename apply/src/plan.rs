//! Deciding what is to be done, without doing anything.

mod compare;
mod renames;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nixvirt_compiler::{Policy, Report};
use rayon::prelude::*;
use uuid::Uuid;

use self::compare::Comparison;
pub(crate) use self::compare::carried;
pub use self::step::{Action, HookStep, Planned, Step};
use crate::bundle::{Left, Prune};
use crate::declared::{Broken, Declared, Key, child, child_text, hash, read_document};
use crate::error::Problems;
use crate::hooks::{self, Site, Stray};
use crate::host::Host;
use crate::live::Effect;
use crate::object::{Handle, Kind};
use crate::observed::{Found, Observed};
use crate::preflight::{self, Coming};
use crate::references;
use crate::roots::Roots;
use crate::saved::Saved;
use crate::state::{State, Texts, Why};
use crate::volumes;

/// What a run may do.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which objects that are not declared are removed.
    pub prune: Prune,
    /// The bundle's name among others for the host.
    pub owner: Option<String>,
    /// Whether what can be changed in a running domain is.
    pub live: bool,
    /// The hooks, where they can be installed.
    pub hooks: Option<Site>,
    /// The roots of Nix's garbage collector, where there are any.
    pub roots: Option<Roots>,
    /// Whether a network that is restarted takes domains along that are not declared.
    pub takes_along: bool,
}

/// What is declared.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The objects.
    pub declared: &'w [Declared],
    /// The entries of which it is not known which objects they are.
    pub broken: &'w [Broken],
    /// The kinds whose list is there.
    pub kinds: &'w [Kind],
    /// The kinds that nobody says anything of any more.
    pub unset: &'w [Kind],
}

impl Wanted<'_> {
    /// The kinds of which all that is declared is known.
    pub fn whole(&self) -> Vec<Kind> {
        let is_whole = |kind: &Kind| !self.broken.iter().any(|broken| broken.kind == *kind);
        self.kinds.iter().copied().filter(is_whole).collect()
    }
}

/// Decides about every object: first the removals, then the declared ones in the order of defining. What is wrong with one
/// keeps only it, and what needs it, from being done.
pub fn make(
    host: &Host,
    wanted: &Wanted<'_>,
    observed: &Observed,
    state: &State,
    rules: &Rules,
) -> Vec<Step> {
    let declared = wanted.declared;
    let keys: BTreeSet<Key> = declared.iter().map(Declared::key).collect();
    let mut steps = removals(observed, state, &keys, wanted, rules);
    let removed: BTreeSet<Key> = steps
        .iter()
        .filter(|step| step.action == Action::Remove && step.blocked.is_empty())
        .map(|step| (step.kind, step.uuid))
        .collect();
    steps.extend(wanted.broken.iter().map(|broken| {
        let mut step = Step::new(broken.kind, Uuid::nil(), &broken.place, Action::Unchanged);
        step.blocked.clone_from(&broken.problems);
        let kind = broken.kind.plural();
        step.notes.push(format!("as it is not known what it is to be, none of the {kind} is removed"));
        step
    }));
    let volumes = coming_volumes(declared, state);
    let coming = Coming { declared, volumes: Some(&volumes) };
    // Most of the time goes into waiting for the daemon, which can do several things at once.
    let decide = |object: &Declared| {
        if !object.problems.is_empty() {
            return Err(Problems(object.problems.clone()));
        }
        decide(host, coming, object, observed.objects.get(&object.key()), state, rules)
    };
    let all: Vec<_> = declared.par_iter().map(decide).collect();
    let first = steps.len();
    for ((index, object), decided) in declared.iter().enumerate().zip(all) {
        let key = object.key();
        let mut step = decided.unwrap_or_else(|problems| {
            let mut step = Step::new(key.0, key.1, &object.name, Action::Unchanged);
            step.blocked = problems.0;
            step
        });
        if let Some((other, _)) = observed.named(object.entry.kind, &object.name)
            && *other != object.uuid
            && !removed.contains(&(object.entry.kind, *other))
            && !keys.contains(&(object.entry.kind, *other))
        {
            step.blocked.push(format!(
                "there is already a {} of that name on the host, with the uuid {other}, which was not declared here; give \
                 the definition that uuid to take it over, or remove it",
                object.entry.kind.name(),
            ));
        }
        step.declared = Some(index);
        steps.push(step);
    }
    for (index, why) in references::missing(declared, observed) {
        steps[first + index].blocked.push(why);
    }
    for step in &mut steps[first..] {
        if !step.blocked.is_empty() {
            let place = step.declared.map(|index| &*declared[index].entry.place).unwrap_or_default();
            step.notes.push(format!("it stands at {place}"));
        }
    }
    let mut steps = renames::ordered(steps, observed);
    resumptions(observed, state, &keys, &removed, &mut steps);
    strays(declared, observed, rules, &mut steps);
    steps
}

/// What was declared once and is no longer, in the reverse order of defining.
fn removals(
    observed: &Observed,
    state: &State,
    keys: &BTreeSet<Key>,
    wanted: &Wanted<'_>,
    rules: &Rules,
) -> Vec<Step> {
    let prune = rules.prune;
    let mut steps = Vec::new();
    let kinds = wanted.whole();
    for (key, found) in observed.objects.iter().rev() {
        if keys.contains(key) {
            continue;
        }
        let record = state.get(*key);
        // What is another bundle's is no business of this one.
        if record.is_some_and(|record| record.owned && record.owner != rules.owner) {
            continue;
        }
        let owned = record.is_some_and(|record| record.owned);
        let listed = kinds.contains(&key.0);
        let ours = match prune {
            Prune::Nothing => false,
            Prune::Owned => owned && record.is_some_and(|record| record.created),
            Prune::Declared => owned,
            // What nobody speaks of is nobody's word for what is a stranger's.
            Prune::All => listed || owned,
        };
        let spoken_of = listed || wanted.unset.contains(&key.0);
        // A run over one object says nothing of the others.
        if owned && !(ours && spoken_of) && !rules.takes_along {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Unchanged);
            let why = match (spoken_of, prune) {
                (false, _) if wanted.kinds.contains(&key.0) => continue,
                (false, _) => format!("`{}` says nothing of it", key.0.plural()),
                (_, Prune::Nothing) => "`prune` is \"none\"".to_owned(),
                _ => "it was not made here; `prune = \"declared\"` removes it".to_owned(),
            };
            step.kept.push(format!("it is no longer managed, and stays: {why}"));
            steps.push(step);
        }
        if ours && spoken_of {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Remove);
            step.stop = found.active;
            if record.is_some_and(|record| record.protect) {
                step.blocked.push(
                    "it is protected, and stays: to have it removed, declare it once more with `protect = false`"
                        .to_owned(),
                );
            }
            left_behind(found, record.map(|record| &*record.on_remove).unwrap_or_default(), &mut step);
            let named = format!("{} {}", key.0.name(), found.name);
            let needs = |object: &&Declared| object.references.contains(&named);
            if let Some(object) = wanted.declared.iter().find(needs) {
                step.blocked.push(format!(
                    "it is no longer declared, but {} needs it; add it to `{}`",
                    object.title(),
                    key.0.plural()
                ));
            }
            steps.push(step);
        }
    }
    steps
}

/// What becomes of what a domain has beside its definition, once that is removed; what libvirt does not remove with it
/// keeps it from being stopped.
fn left_behind(found: &Found, deleted: &[Left], step: &mut Step) {
    let Handle::Domain(domain) = &found.handle else { return };
    let snapshots = domain.list_all_snapshots(0).unwrap_or_default();
    let names: Vec<String> = snapshots.iter().filter_map(|snapshot| snapshot.name().ok()).collect();
    if !names.is_empty() {
        step.blocked.push(format!(
            "it has snapshots ({}), which libvirt does not remove with it: `virsh snapshot-delete` does, and `--metadata` \
             keeps their data",
            names.join(", ")
        ));
    }
    if found.checkpoints {
        let names = nixvirt_libvirt_calls::checkpoint_names(domain, 0).unwrap_or_default();
        step.blocked.push(format!(
            "it has checkpoints ({}), which libvirt does not remove with it: `virsh checkpoint-delete` does",
            names.join(", ")
        ));
    }
    if found.saved {
        step.notes.push("its saved state is removed with it".to_owned());
    }
    let Ok(xml) = found.handle.inactive_xml() else { return };
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(Kind::Domain, &xml, &mut report) else { return };
    if let Some(path) = child(&document.root, "os").and_then(|os| child_text(os, "nvram")) {
        step.notes.push(match deleted.contains(&Left::Nvram) {
            true => format!("its UEFI variables in {path} are deleted"),
            false => format!("its UEFI variables stay in {path}"),
        });
    }
    let devices = child(&document.root, "devices");
    if devices.is_some_and(|devices| child(devices, "tpm").is_some()) {
        let what = if deleted.contains(&Left::Tpm) { "is deleted" } else { "stays" };
        step.notes.push(format!("the state of its TPM {what}"));
    }
}

/// What a new domain begins with, because an earlier one of its name or uuid has left it.
fn inherited(host: &Host, object: &Declared, step: &mut Step) {
    let Some(text) = object.text.as_deref().filter(|_| host.is_local()) else { return };
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(Kind::Domain, text, &mut report) else { return };
    let is_system = host.uri.split(['?', '#']).next().is_some_and(|uri| uri.ends_with("/system"));
    let os = child(&document.root, "os");
    let has_firmware =
        os.is_some_and(|os| os.get("firmware") == Some("efi") || child(os, "loader").is_some());
    let named = os.and_then(|os| child_text(os, "nvram")).map(str::to_owned);
    let by_default = || format!("/var/lib/libvirt/qemu/nvram/{}_VARS.fd", object.name);
    let variables = named.or_else(|| is_system.then(by_default)).filter(|_| has_firmware);
    if let Some(path) = variables.filter(|path| Path::new(path).exists()) {
        step.notes.push(format!("it begins with the UEFI variables that are in {path} already"));
    }
    let devices = child(&document.root, "devices");
    let state = format!("/var/lib/libvirt/swtpm/{}", object.uuid);
    if is_system
        && devices.is_some_and(|devices| child(devices, "tpm").is_some())
        && Path::new(&state).exists()
    {
        step.notes.push(format!("it begins with the state of a TPM that is in {state} already"));
    }
}

/// Who is cut off by the restart of a network. What is not declared here is nobody's to stop who has not asked for it.
fn decide_network_users(
    host: &Host,
    declared: &[Declared],
    takes_along: bool,
    network: &Found,
    step: &mut Step,
) -> Result<(), Problems> {
    let (mut restarted, mut cut_off, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
    for (key, network_user) in references::network_users(host, &network.name, &network.handle)? {
        let name = format!("`{}`", network_user.name());
        match declared.iter().find(|object| object.key() == key) {
            None => strangers.push(name.clone()),
            Some(object) if object.entry.restart == Some(false) => {
                cut_off.push(name);
                continue;
            }
            Some(_) => {}
        }
        match network_user.is_persistent() {
            true => restarted.push(name),
            false => cut_off.push(name),
        }
    }
    if !strangers.is_empty() && !takes_along {
        step.restart = false;
        step.unmet.push(format!(
            "it is not restarted, for domains that are not declared here are on it: {}; what changed waits for its next \
             start, or for `restart = true`",
            strangers.join(", ")
        ));
        return Ok(());
    }
    if !restarted.is_empty() {
        step.notes.push(format!("the domains on it are restarted with it: {}", restarted.join(", ")));
    }
    if !cut_off.is_empty() {
        step.notes.push(format!(
            "these domains are not restarted, and are cut off from it until they are: {}",
            cut_off.join(", ")
        ));
    }
    Ok(())
}

/// The paths of the volumes that are there once the declared pools are as they are to be.
fn coming_volumes(declared: &[Declared], state: &State) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let pools = declared.iter().filter(|object| !object.entry.volumes.is_empty());
    for pool in pools {
        let stored = || state.texts(pool.key()).map(|texts| texts.given).unwrap_or_default();
        let Some(folder) = pool_folder(&pool.text.clone().unwrap_or_else(stored)) else { continue };
        let present = pool.entry.volumes.iter().filter(|volume| volume.present);
        for name in present.filter_map(volumes::name_of) {
            found.insert(format!("{}/{name}", folder.trim_end_matches('/')));
        }
    }
    found
}

/// What keeps an object from being started. One that runs is not stopped for such a start.
fn decide_obstacles(
    host: &Host,
    coming: Coming<'_>,
    object: &Declared,
    found: Option<&Found>,
    state: &State,
    step: &mut Step,
) -> Result<(), Problems> {
    let key = object.key();
    if !(step.restart || step.start) || !matches!(key.0, Kind::Domain | Kind::Network) {
        return Ok(());
    }
    // A saved state goes on as it was defined then.
    if step.start && found.is_some_and(|found| found.saved) {
        return Ok(());
    }
    let texts = state.texts(key)?;
    let given = object.text.as_deref().unwrap_or(&texts.given);
    let whole = match found.filter(|_| key.0 == Kind::Domain) {
        Some(found) => {
            let known = state.get(key).is_some_and(|record| record.made != 0 || record.pending);
            let unknown = Texts::default();
            carried(host, given, &found.handle.inactive_xml()?, if known { &texts } else { &unknown })?.0
        }
        None => given.to_owned(),
    };
    let old = found.filter(|_| step.restart).map(|found| found.handle.inactive_xml()).transpose()?;
    // What is only started says by itself whether it can be.
    let obstacles = match (step.restart, &*whole) {
        (_, "") => Vec::new(),
        (true, whole) => preflight::obstacles(host, key.0, whole, old.as_deref(), coming)?,
        (false, whole) => preflight::visible(host, key.0, whole)?,
    };
    if step.restart {
        step.notes.extend(preflight::unseen(host, key.0).map(str::to_owned));
    }
    match step.restart && !obstacles.is_empty() {
        true => step.blocked.push(format!("{}: {}", preflight::LEFT, obstacles.join("; "))),
        false => step.obstacles = obstacles,
    }
    Ok(())
}

/// What is done about a saved state, and what that means.
fn decide_saved(host: &Host, object: &Declared, found: &Found, step: &mut Step) -> Result<(), Problems> {
    if object.entry.discard {
        step.discard = true;
        step.notes
            .push("its saved state is given up: it boots, and what was in its memory is lost".to_owned());
        return Ok(());
    }
    let usable = Saved::read(host, &found.handle).and_then(|saved| match saved {
        Some(saved) => saved.is_usable(host).map(|()| Some(saved)),
        None => Ok(None),
    });
    let saved = match usable {
        Ok(saved) => saved,
        Err(why) if step.start => return Err(Problems::from(why)),
        Err(why) => {
            step.notes.push(why);
            return Ok(());
        }
    };
    if let Some(saved) = &saved {
        let definition = match object.text.as_deref() {
            Some(text) => text.to_owned(),
            None => found.handle.inactive_xml()?,
        };
        step.rewrite_saved = saved.with_paths_of(&definition)?.is_some();
    }
    if step.rewrite_saved {
        step.notes.push("its saved state is brought to the new paths".to_owned());
    }
    let when = if step.start { "it goes on" } else { "its next start goes on" };
    let waits =
        if step.changes.is_empty() { "" } else { "; what changes is in force at a start after that one" };
    step.notes.push(format!("it has a saved state: {when} with that, as it was defined then{waits}"));
    Ok(())
}

/// What a run that was cut off has stopped and not started again, and what is not declared.
fn resumptions(
    observed: &Observed,
    state: &State,
    keys: &BTreeSet<Key>,
    removed: &BTreeSet<Key>,
    steps: &mut Vec<Step>,
) {
    for (key, record) in state.records() {
        let waits = record.resume && !keys.contains(&key) && !removed.contains(&key);
        if let (true, Some(found)) = (waits, observed.objects.get(&key)) {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Resume);
            step.start = !found.active;
            step.notes.push("it was stopped by a run that did not end".to_owned());
            steps.push(step);
        }
    }
}

/// Hooks of ours for objects that somebody has removed or renamed. They go last: what is renamed may be stopped before.
fn strays(declared: &[Declared], observed: &Observed, rules: &Rules, steps: &mut Vec<Step>) {
    let Some(site) = &rules.hooks else { return };
    let names: BTreeMap<Key, &str> = declared.iter().map(|object| (object.key(), &*object.name)).collect();
    let known = |kind, uuid| {
        let found = || observed.objects.get(&(kind, uuid)).map(|found| &*found.name);
        names.get(&(kind, uuid)).copied().or_else(found).map(str::to_owned)
    };
    // Where something declared has the name, its own step sees to the hooks.
    let taken =
        |stray: &Stray| declared.iter().any(|one| one.entry.kind == stray.kind && one.name == stray.name);
    for stray in site.strays(known).into_iter().filter(|stray| !taken(stray)) {
        let mut step = Step::new(stray.kind, stray.uuid, &stray.name, Action::Unchanged);
        step.hooks = Some(HookStep::Remove);
        step.notes.push("nothing has that name and uuid any more".to_owned());
        steps.push(step);
    }
}

/// The folder of a pool of type `dir`. Pools of other types have something else to be made: a file system, a volume
/// group.
pub(crate) fn pool_folder(definition: &str) -> Option<String> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(Kind::Pool, definition, &mut report).ok()?;
    let target = child(&document.root, "target")?;
    let is_dir = document.root.get("type") == Some("dir");
    child_text(target, "path").filter(|_| is_dir).map(str::to_owned)
}

/// What is done about the hooks of a declared object.
fn decide_hooks(object: &Declared, host: &Host, rules: &Rules, step: &mut Step) -> Result<(), Problems> {
    let (key, hooks) = (object.key(), &object.entry.hooks);
    let Some(site) = &rules.hooks else {
        if hooks.is_empty() {
            return Ok(());
        }
        let why = hooks::why_not(&host.uri).unwrap_or("libvirt has none for this driver");
        return Err(Problems::from(format!("its `hooks` cannot be installed: {why}")));
    };
    step.blocked.extend(Site::wrong(hooks));
    if site.differ(key.0, key.1, &object.name, hooks) {
        step.hooks = Some(if hooks.is_empty() { HookStep::Remove } else { HookStep::Install });
    }
    if !hooks.is_empty() && site.is_unseen(key.0) {
        step.unseen = hooks.iter().any(|(operation, _)| hooks::is_for_start(operation));
        step.notes.push(format!("{}; {}", hooks::UNSEEN, hooks::RELOAD));
    }
    Ok(())
}

/// What libvirt says of an object, without what changes by itself: what is in a pool, and who may open it.
pub fn without_volatile(kind: Kind, xml: String) -> String {
    if kind != Kind::Pool {
        return xml;
    }
    let mut kept = String::with_capacity(xml.len());
    let mut within = false;
    for line in xml.lines() {
        let tag = line.trim_start();
        within |= tag.starts_with("<permissions>");
        let varies = ["<capacity", "<allocation", "<available"].iter().any(|name| tag.starts_with(name));
        if !within && !varies {
            kept.push_str(line);
            kept.push('\n');
        }
        within &= !tag.starts_with("</permissions>");
    }
    kept
}

/// The hash of what libvirt says of an object.
pub fn made_hash(without_volatile: &str) -> u128 {
    hash(&[without_volatile.as_bytes()])
}

fn decide(
    host: &Host,
    coming: Coming<'_>,
    object: &Declared,
    found: Option<&Found>,
    state: &State,
    rules: &Rules,
) -> Result<Step, Problems> {
    let key = object.key();
    let mut step = Step::new(key.0, key.1, &object.name, Action::Create);
    let record = state.get(key);
    let entry = &object.entry;
    let resume = record.is_some_and(|record| record.resume);
    let active = found.is_some_and(|found| found.active);
    let wanted = entry.active.unwrap_or(active || resume);
    if let Some(found) = found {
        let current = without_volatile(key.0, found.handle.inactive_xml()?);
        if let (Kind::Domain, Some(roots)) = (key.0, &rules.roots) {
            step.roots = roots.may_differ(key.1, &roots.named_in(&current));
        }
        let comparison = Comparison { host, object, found, record, state, rules, current: &current };
        comparison.settle(&mut step)?;
        step.autostart = entry.autostart.filter(|autostart| *autostart != found.autostart);
    } else {
        step.autostart = entry.autostart.filter(|autostart| *autostart);
        step.kept = record.map(|record| record.kept.clone()).unwrap_or_default();
    }
    if hooks::operations(key.0).next().is_some() {
        decide_hooks(object, host, rules, &mut step)?;
    }
    let because_changed = step.changes.iter().any(|change| change.effect == Effect::Restart)
        || step.waits.iter().any(|wait| wait.why == Why::Restart)
        || (key.0 != Kind::Domain && found.is_some_and(|found| found.name != object.name));
    step.restart = active && wanted && entry.restart.unwrap_or(because_changed);
    if let (Kind::Network, true, Some(found)) = (key.0, step.restart, found) {
        let may = rules.takes_along || entry.restart == Some(true);
        decide_network_users(host, coming.declared, may, found, &mut step)?;
    }
    if key.0 == Kind::Pool && entry.build && !active && record.map_or(found.is_none(), |record| record.new) {
        step.folder = match &object.text {
            Some(text) => pool_folder(text),
            None => pool_folder(&state.texts(key)?.given),
        };
        step.notes.extend(step.folder.as_ref().map(|folder| format!("{folder} is made where it is missing")));
    }
    step.start = !active && wanted;
    decide_obstacles(host, coming, object, found, state, &mut step)?;
    step.stop = active && !wanted;
    match found {
        Some(found) if found.saved && !found.active => decide_saved(host, object, found, &mut step)?,
        None if key.0 == Kind::Domain => inherited(host, object, &mut step),
        _ => {}
    }
    if key.0 == Kind::Pool && !entry.volumes.is_empty() {
        match found.filter(|found| found.active) {
            Some(found) => {
                let contents = record.map(|record| &*record.contents).unwrap_or_default();
                let known = volumes::Known { declared: coming.declared, contents };
                let decided = volumes::decide(host, &found.handle, &entry.volumes, known)?;
                step.notes.extend(decided.notes);
                step.volumes = decided.steps;
                step.contents = decided.moved;
                if entry.protect {
                    let (harmful, kept): (Vec<_>, Vec<_>) =
                        step.volumes.drain(..).partition(|volume| volume.action.loses_data());
                    step.volumes = kept;
                    step.unmet.extend(harmful.into_iter().map(|volume| {
                        format!(
                            "the volume `{}` stays as it is, for its pool has `protect = true`",
                            volume.name
                        )
                    }));
                }
                step.unmet.extend(decided.problems);
            }
            None if step.action == Action::Unchanged && !wanted => {}
            None => {
                volumes::read_all(&entry.volumes)?;
                step.notes.push("its volumes are looked at once it is active".to_owned());
            }
        }
    }
    Ok(step)
}
