//! The volumes of a pool: made where they are missing, grown, never shrunk, removed only where that is asked for.

use nixvirt_compiler::{Document, Node, Policy, Report, read_xml};
use virt::domain::Domain;
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;
use virt::sys;

use crate::bundle::VolumeEntry;
use crate::declared::{child, child_text, read_document, title};
use crate::error::{Problems, libvirt};
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
                problems.add(format!("{}: the volume `{}` is declared twice", entry.place, volume.name));
            }
            Ok(volume) => found.push(volume),
            Err(problem) => problems.add(format!("{}: {problem}", entry.place)),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn read(entry: &VolumeEntry) -> Result<Wanted<'_>, String> {
    let Some(definition) = &entry.definition else {
        let name = entry.name.clone().ok_or("it has neither a name nor a definition")?;
        return Ok(Wanted { entry, name, xml: String::new() });
    };
    let xml = definition.read().map_err(|error| format!("{}: {error}", definition.path.display()))?;
    let name = volume_name(&document(&xml)?).ok_or("its definition has no name")?;
    match &entry.name {
        Some(other) if *other != name => {
            Err(format!("its `name` is `{other}`, but its definition's is `{name}`; leave `name` out"))
        }
        _ => Ok(Wanted { entry, name, xml }),
    }
}

fn document(xml: &str) -> Result<Document<'_>, String> {
    let mut report = Report::new(Policy::Lenient);
    read_xml(xml.as_bytes(), nixvirt_schema::kind("volume"), &mut report).ok_or_else(|| {
        report.finish().iter().map(|found| found.problem.to_string()).collect::<Vec<_>>().join(", ")
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
    pub problems: Vec<String>,
}

/// Decides about the volumes of an active pool.
///
/// # Errors
/// Everything that is wrong with their definitions.
pub fn decide(host: &Host, handle: &Handle, entries: &[VolumeEntry]) -> Result<Decided, Problems> {
    let mut decided = Decided::default();
    let Handle::Pool(pool) = handle else { return Ok(decided) };
    let wanted = wanted(entries)?;
    let there = pool.list_all_volumes(0).map_err(libvirt("list its volumes"))?;
    for volume in wanted {
        let found = there.iter().find(|found| found.name().is_ok_and(|name| name == volume.name));
        let action = match (found, volume.entry.present) {
            (None, true) => Some(VolumeAction::Create { xml: volume.xml.clone() }),
            (None, false) => None,
            (Some(_), false) => Some(VolumeAction::Delete),
            (Some(found), true) => {
                let said = |what: &String| format!("its volume `{}`: {what}", volume.name);
                let compared = compare(pool, found, &volume.xml)?;
                decided.notes.extend(compared.notes.iter().map(said));
                decided.problems.extend(compared.problems.iter().map(said));
                compared.action.filter(|_| compared.problems.is_empty())
            }
        };
        let users = match (found, &action) {
            (Some(found), Some(VolumeAction::Grow { .. } | VolumeAction::Delete)) => {
                users(host, pool, found)?
            }
            _ => Vec::new(),
        };
        let by = users.first().map(|(user, _)| title(Kind::Domain, &user.name().unwrap_or_default()));
        let step = match (action, by) {
            (Some(VolumeAction::Delete), Some(user)) => {
                let why = format!("its volume `{}` is not deleted while {user} runs with it", volume.name);
                decided.problems.push(why);
                None
            }
            (action, user) => {
                decided.notes.extend(user.map(|user| {
                    format!("its volume `{}` is grown through {user}, which runs with it", volume.name)
                }));
                action
            }
        };
        decided.steps.extend(step.map(|action| VolumeStep { name: volume.name, action }));
    }
    Ok(decided)
}

/// The running domains with a volume, each with the disk that it is.
fn users(host: &Host, pool: &StoragePool, volume: &StorageVol) -> Result<Vec<(Domain, String)>, String> {
    let path = volume.path().map_err(libvirt("ask for a volume's path"))?;
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
    notes: Vec<String>,
    problems: Vec<String>,
}

/// Holds a volume that exists against its definition. Its owner and mode are libvirt's to change when a guest uses it,
/// so that they are not looked at.
///
/// What libvirt says of a format is what it finds in the volume. In one that is declared `raw`, whatever is found was put
/// there: a disc, or what a guest has written.
fn compare(pool: &StoragePool, found: &StorageVol, xml: &str) -> Result<Compared, Problems> {
    let current = found.xml_desc(0).map_err(libvirt("read the volume"))?;
    let (wanted, current) = (document(xml)?, document(&current)?);
    let mut compared = Compared::default();
    let format = |document: &Document<'_>| {
        let target = child(&document.root, "target")?;
        child(target, "format")?.get("type").map(str::to_owned)
    };
    let backing = |document: &Document<'_>| {
        child_text(child(&document.root, "backingStore")?, "path").map(str::to_owned)
    };
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
            compared.problems.push(format!(
                "its {what} is {current} and is to be `{wanted}`, which cannot be changed in place; declare it as it is, or \
                 give the new one another name"
            ));
        }
    }
    let to = capacity(&wanted);
    let from = capacity(&current).unwrap_or_default();
    // A volume group gives whole extents, of 4 MiB unless it was told otherwise.
    let logical = pool.xml_desc(0).is_ok_and(|xml| xml.starts_with("<pool type='logical'"));
    let slack = if logical { 4 << 20 } else { 512 };
    match to {
        Some(to) if to > from => compared.action = Some(VolumeAction::Grow { from, to }),
        Some(to) if to > 0 && from - to >= slack => compared.problems.push(format!(
            "it has {from} bytes and is to have {to}; a volume is never shrunk: declare its size, or give the new one \
             another name"
        )),
        _ => {}
    }
    Ok(compared)
}

/// The capacity in bytes.
fn capacity(document: &Document<'_>) -> Option<u64> {
    let node = child(&document.root, "capacity")?;
    let count: u64 = node.text.as_ref()?.text.parse().ok()?;
    count.checked_mul(u64::try_from(nixvirt_compiler::bytes_of_unit(node.get("unit").unwrap_or("b"))?).ok()?)
}

/// Does what was decided.
///
/// # Errors
/// What libvirt says.
pub fn run(host: &Host, handle: &Handle, step: &VolumeStep) -> Result<(), String> {
    let Handle::Pool(pool) = handle else { return Ok(()) };
    let tried = format!("change the volume `{}`", step.name);
    let find = || pool.lookup_storage_vol_by_name(&step.name);
    let users = match &step.action {
        VolumeAction::Create { .. } => Vec::new(),
        _ => users(host, pool, &find().map_err(libvirt(&tried))?)?,
    };
    match (&step.action, users.first()) {
        // Behind its back, QEMU would not know of it, or have nothing to write to.
        (VolumeAction::Grow { to, .. }, Some((domain, disk))) => {
            let resized = host.write(|| domain.block_resize(disk, *to, sys::VIR_DOMAIN_BLOCK_RESIZE_BYTES));
            return resized.map(drop).map_err(libvirt(&tried));
        }
        (VolumeAction::Delete, Some((domain, _))) => {
            let user = title(Kind::Domain, &domain.name().unwrap_or_default());
            return Err(format!("cannot {tried}: {user} runs with it"));
        }
        _ => {}
    }
    match &step.action {
        VolumeAction::Create { xml } => host.write(|| StorageVol::create_xml(pool, xml, 0)).map(drop),
        VolumeAction::Grow { to, .. } => {
            find().and_then(|volume| host.write(|| volume.resize(*to, 0))).map(drop)
        }
        VolumeAction::Delete => find().and_then(|volume| host.write(|| volume.delete(0))).map(drop),
    }
    .map_err(libvirt(&tried))
}
