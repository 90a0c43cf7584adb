//! The volumes of a pool: made where they are missing, filled from an image where they have one, grown, never shrunk, made
//! anew or removed only where that is asked for.

mod content;
pub mod fill;

use nixvirt_compiler::{Document, Node, Policy, Report, read_xml};
use uuid::Uuid;
use virt::domain::Domain;
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;
use virt::sys;

use self::content::{compare_content, filling, unneeded_bases};
use self::fill::Fill;
use crate::bundle::VolumeEntry;
use crate::content::Filled;
use crate::declared::{Declared, child, child_text, read_document, title};
use crate::error::{Error, Problems, codes, libvirt};
use crate::host::Host;
use crate::object::{Handle, Kind};
use crate::references::volume_name;

/// What is done about a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeAction {
    /// It is made.
    Create {
        /// Its definition.
        xml: String,
        /// What it gets into it.
        fill: Option<Fill>,
    },
    /// It is removed with what is in it, and made anew.
    Replace {
        /// Its definition.
        xml: String,
        /// What it gets into it.
        fill: Fill,
        /// Why.
        why: &'static str,
        /// The running domains that are stopped for it and started again.
        users: Vec<Uuid>,
    },
    /// It is grown.
    Grow {
        /// The bytes that it has.
        from: u64,
        /// The bytes that it gets.
        to: u64,
    },
    /// It is removed, with what is in it.
    Delete,
}

impl VolumeAction {
    /// Whether what is in the volume is gone afterwards.
    pub fn loses_data(&self) -> bool {
        matches!(self, VolumeAction::Delete | VolumeAction::Replace { .. })
    }
}

/// What is done about a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeStep {
    /// Its name.
    pub name: String,
    /// What is done.
    pub action: VolumeAction,
}

/// A volume as it is declared.
struct Wanted<'e> {
    entry: &'e VolumeEntry,
    name: String,
    xml: String,
}

/// Reads the definitions, to say what is wrong with them.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read_all(entries: &[VolumeEntry]) -> Result<(), Problems> {
    wanted(entries).map(drop)
}

/// The name of a declared volume, where it can be told.
pub fn name_of(entry: &VolumeEntry) -> Option<String> {
    read(entry).ok().map(|volume| volume.name)
}

fn wanted(entries: &[VolumeEntry]) -> Result<Vec<Wanted<'_>>, Problems> {
    let mut problems = Problems::default();
    let mut found: Vec<Wanted<'_>> = Vec::new();
    for entry in entries {
        match read(entry) {
            Ok(volume) if found.iter().any(|other| other.name == volume.name) => {
                let what = format!("the volume `{}` is declared twice", volume.name);
                problems.add(Error::new(&codes::DECLARED_TWICE, what).at(&entry.place));
            }
            Ok(volume) => found.push(volume),
            Err(problem) => problems.add(problem.at(&entry.place)),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn read(entry: &VolumeEntry) -> Result<Wanted<'_>, Error> {
    let Some(definition) = &entry.definition else {
        let nothing = || Error::new(&codes::NO_DEFINITION, "it has neither a name nor a definition");
        let name = entry.name.clone().ok_or_else(nothing)?;
        return Ok(Wanted { entry, name, xml: String::new() });
    };
    let xml = definition.read().map_err(|error| error.at(definition.path.display()))?;
    let name = volume_name(&document(&xml)?)
        .ok_or_else(|| Error::new(&codes::NO_DEFINITION, "its definition has no name"))?;
    match &entry.name {
        Some(other) if *other != name => {
            let message = format!("its `name` is `{other}`, but its definition's is `{name}`");
            Err(Error::new(&codes::NAME_CONFLICT, message).help("leave `name` out"))
        }
        _ => Ok(Wanted { entry, name, xml }),
    }
}

fn document(xml: &str) -> Result<Document<'_>, Error> {
    let mut report = Report::new(Policy::Lenient);
    read_xml(xml.as_bytes(), nixvirt_schema::kind("volume"), &mut report).ok_or_else(|| {
        let found = report.finish();
        Problems(found.iter().map(|found| Error::of_problem(&found.problem)).collect()).into()
    })
}

/// What is decided about the volumes of a pool.
#[derive(Debug, Default)]
pub struct Decided {
    /// What is done.
    pub steps: Vec<VolumeStep>,
    /// What is to be said of them.
    pub notes: Vec<String>,
    /// What cannot be done about some of them.
    pub problems: Vec<Error>,
    /// What is to be remembered of images that have moved or changed.
    pub moved: Vec<Filled>,
}

/// Why a volume is made anew.
const INTERRUPTED: &str = "the run that filled it was ended before all was in it";
const CHANGED: &str = "its image has changed; what was written to the volume since is lost";

/// What is known where it is decided about volumes.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    /// The declared objects.
    pub declared: &'k [Declared],
    /// What is in the volumes, as far as it came from images.
    pub contents: &'k [Filled],
}

/// Decides about the volumes of an active pool.
///
/// # Errors
/// Everything that is wrong with their definitions.
pub fn decide(
    host: &Host,
    handle: &Handle,
    entries: &[VolumeEntry],
    known: Known<'_>,
) -> Result<Decided, Problems> {
    let mut decided = Decided::default();
    let Handle::Pool(pool) = handle else { return Ok(decided) };
    let wanted = wanted(entries)?;
    let there = pool.list_all_volumes(0).map_err(libvirt(&codes::CANNOT_ASK, "list its volumes"))?;
    let find = |name: &str| there.iter().find(|found| found.name().is_ok_and(|other| other == name));
    let mut bases = Vec::new();
    for volume in wanted {
        let found = find(&volume.name);
        let action = match (found, volume.entry.present) {
            (None, true) => {
                let fill = match &volume.entry.source {
                    Some(source) => match filling(source, &mut bases) {
                        Ok(fill) => Some(fill),
                        Err(why) => {
                            decided.problems.push(why.at(format!("its volume `{}`", volume.name)));
                            continue;
                        }
                    },
                    None => None,
                };
                Some(VolumeAction::Create { xml: volume.xml.clone(), fill })
            }
            (None, false) => None,
            (Some(_), false) => Some(VolumeAction::Delete),
            (Some(found), true) => {
                let said = |what: &String| format!("its volume `{}`: {what}", volume.name);
                let mut compared = compare(pool, found, &volume.xml)?;
                let content = known.contents.iter().find(|content| content.volume == volume.name);
                if let (Some(source), Some(content)) = (&volume.entry.source, content) {
                    compare_content(&mut compared, source, content, &volume.xml, &mut bases);
                }
                decided.notes.extend(compared.notes.iter().map(said));
                let problems = std::mem::take(&mut compared.problems);
                compared.action = compared.action.filter(|_| problems.is_empty());
                let place = format!("its volume `{}`", volume.name);
                decided.problems.extend(problems.into_iter().map(|problem| problem.at(&place)));
                decided.moved.extend(compared.moved);
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
        decided.steps.extend(action.map(|action| VolumeStep { name: volume.name, action }));
    }
    let unneeded = unneeded_bases(host, &there, &bases, known.contents)?;
    decided.steps.extend(unneeded.into_iter().map(|name| VolumeStep { name, action: VolumeAction::Delete }));
    // What lies on top of an image needs it first.
    for (name, fill) in bases.into_iter().rev() {
        let content = known.contents.iter().find(|content| content.volume == name);
        let action = match (find(&name), content.is_none_or(|content| content.whole)) {
            (Some(_), true) => continue,
            (Some(_), false) => {
                VolumeAction::Replace { xml: String::new(), fill, why: INTERRUPTED, users: Vec::new() }
            }
            (None, _) => VolumeAction::Create { xml: String::new(), fill: Some(fill) },
        };
        let needed = decided.steps.iter().any(|step| match &step.action {
            VolumeAction::Create { fill: Some(Fill::OnTop { base, .. }), .. }
            | VolumeAction::Replace { fill: Fill::OnTop { base, .. }, .. } => *base == name,
            _ => false,
        });
        if needed {
            decided.steps.insert(0, VolumeStep { name, action });
        }
    }
    Ok(decided)
}

/// What is done about a volume that running domains have.
fn with_users(
    name: &str,
    action: Option<VolumeAction>,
    users: &[(Domain, String)],
    known: Known<'_>,
    decided: &mut Decided,
) -> Option<VolumeAction> {
    let titled = |user: &Domain| title(Kind::Domain, &user.name().unwrap_or_default());
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

/// The running domains with a volume, each with the disk that it is.
fn users(host: &Host, pool: &StoragePool, volume: &StorageVol) -> Result<Vec<(Domain, String)>, Error> {
    let path = volume.path().map_err(libvirt(&codes::CANNOT_ASK, "ask for a volume's path"))?;
    let (pool, name) = (pool.name().unwrap_or_default(), volume.name().unwrap_or_default());
    let mut found = Vec::new();
    for handle in host.list(Kind::Domain, Host::list_flags(Kind::Domain).active.unwrap_or_default())? {
        let Handle::Domain(domain) = handle else { continue };
        // One that has ended since has no disks.
        let Ok(xml) = domain.xml_desc(0) else { continue };
        let mut report = Report::new(Policy::Lenient);
        let Ok(document) = read_document(Kind::Domain, &xml, &mut report) else { continue };
        let devices = child(&document.root, "devices").map(|devices| &*devices.children).unwrap_or_default();
        let uses = |source: &Node<'_>| {
            source.get("file") == Some(&path)
                || source.get("dev") == Some(&path)
                || (source.get("pool") == Some(&pool) && source.get("volume") == Some(&name))
        };
        for disk in devices.iter().filter(|device| device.element.name == "disk") {
            let target = child(disk, "target").and_then(|target| target.get("dev"));
            if let (true, Some(target)) = (holds(disk, &uses), target) {
                found.push((domain.clone(), target.to_owned()));
            }
        }
    }
    Ok(found)
}

/// Whether a disk or an image below it is on such a source.
fn holds(node: &Node<'_>, uses: &dyn Fn(&Node<'_>) -> bool) -> bool {
    let is_such = |child: &Node<'_>| match child.element.name {
        "source" => uses(child),
        "backingStore" => holds(child, uses),
        _ => false,
    };
    node.children.iter().any(is_such)
}

/// What a volume that exists comes to.
#[derive(Debug, Default)]
struct Compared {
    action: Option<VolumeAction>,
    moved: Option<Filled>,
    notes: Vec<String>,
    problems: Vec<Error>,
}

/// Holds a volume that exists against its definition. Its owner and mode are libvirt's to change when a guest uses it,
/// so that they are not looked at.
///
/// What libvirt says of a format is what it finds in the volume. In one that is declared `raw`, whatever is found was put
/// there: a disc, or what a guest has written.
fn compare(pool: &StoragePool, found: &StorageVol, xml: &str) -> Result<Compared, Problems> {
    let current = found.xml_desc(0).map_err(libvirt(&codes::CANNOT_ASK, "read the volume"))?;
    let (wanted, current) = (document(xml)?, document(&current)?);
    let mut compared = Compared::default();
    const PLAIN: [&str; 2] = ["raw", "iso"];
    let (wanted_format, current_format) = (format(&wanted), format(&current));
    let is_plain = |format: &Option<String>| format.as_deref().is_none_or(|format| PLAIN.contains(&format));
    if is_plain(&wanted_format) && !is_plain(&current_format) && current_format.as_deref() != Some("unknown")
    {
        let holds = current_format.unwrap_or_default();
        compared.notes.push(format!("it holds a `{holds}` image, which is its content and is left alone"));
        // Its size is that of the image in it.
        return Ok(compared);
    }
    let differ = [
        ("format", wanted_format.clone().filter(|_| !is_plain(&wanted_format)), current_format),
        ("backing store", backing(&wanted), backing(&current)),
    ];
    for (what, wanted, current) in differ {
        if let Some(wanted) = wanted
            && current.as_ref() != Some(&wanted)
        {
            let current = current.map_or("none".to_owned(), |current| format!("`{current}`"));
            let message =
                format!("its {what} is {current} and is to be `{wanted}`, which cannot be changed in place");
            compared.problems.push(
                Error::new(&codes::VOLUME_DIFFERS, message)
                    .fact("what", what)
                    .fact("wanted", wanted)
                    .help("declare it as it is, or give the new one another name"),
            );
        }
    }
    let to = capacity(&wanted);
    let from = capacity(&current).unwrap_or_default();
    // A volume group gives whole extents, of 4 MiB unless it was told otherwise.
    let logical = pool.xml_desc(0).is_ok_and(|xml| xml.starts_with("<pool type='logical'"));
    let slack = if logical { 4 << 20 } else { 512 };
    match to {
        Some(to) if to > from => compared.action = Some(VolumeAction::Grow { from, to }),
        Some(to) if to > 0 && from - to >= slack => {
            let message = format!("it has {from} bytes and is to have {to}");
            compared.problems.push(
                Error::new(&codes::VOLUME_SHRINKS, message)
                    .fact("has", from)
                    .fact("wanted", to)
                    .help("a volume is never shrunk: declare its size, or give the new one another name"),
            );
        }
        _ => {}
    }
    Ok(compared)
}

/// The format of a volume.
fn format(document: &Document<'_>) -> Option<String> {
    let target = child(&document.root, "target")?;
    child(target, "format")?.get("type").map(str::to_owned)
}

/// The path of what a volume lies on top of.
fn backing(document: &Document<'_>) -> Option<String> {
    child_text(child(&document.root, "backingStore")?, "path").map(str::to_owned)
}

/// The element with a volume's size.
const CAPACITY: &str = "capacity";

/// The capacity in bytes.
fn capacity(document: &Document<'_>) -> Option<u64> {
    let node = child(&document.root, CAPACITY)?;
    let count: u64 = node.text.as_ref()?.text.parse().ok()?;
    count.checked_mul(u64::try_from(nixvirt_compiler::bytes_of_unit(node.get("unit").unwrap_or("b"))?).ok()?)
}

/// Does what was decided. `tell` hears how far it is.
///
/// # Errors
/// What is wrong with an image, and what libvirt says.
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
            let user = title(Kind::Domain, &domain.name().unwrap_or_default());
            return Err(Error::new(&codes::VOLUME_IN_USE, format!("cannot {tried}: {user} runs with it"))
                .fact("domain", user));
        }
        _ => {}
    }
    let filled = |xml: &str, fill: &Fill, tell: &mut dyn FnMut(String)| {
        fill::make(host, pool, (&step.name, xml), fill, tell)
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
