//! The volumes of a pool: made where they are missing, grown, never shrunk, removed only where that is asked for.

use nixvirt_compiler::{Document, Policy, Report, read_xml};
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use crate::bundle::VolumeEntry;
use crate::declared::{child, child_text};
use crate::error::{Problems, libvirt};
use crate::host::Host;
use crate::object::Handle;
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

/// Decides about the volumes of an active pool.
///
/// # Errors
/// Everything that is wrong with them, what cannot be changed in place included.
pub fn decide(handle: &Handle, entries: &[VolumeEntry]) -> Result<Vec<VolumeStep>, Problems> {
    let Handle::Pool(pool) = handle else { return Ok(Vec::new()) };
    let wanted = wanted(entries)?;
    let mut problems = Problems::default();
    let mut steps = Vec::new();
    let there = pool.list_all_volumes(0).map_err(libvirt("list its volumes"))?;
    for volume in wanted {
        let found = there.iter().find(|found| found.name().is_ok_and(|name| name == volume.name));
        let action = match (found, volume.entry.present) {
            (None, true) => Some(VolumeAction::Create { xml: volume.xml.clone() }),
            (None, false) => None,
            (Some(_), false) => Some(VolumeAction::Delete),
            (Some(found), true) => match compare(pool, found, &volume.xml) {
                Ok(action) => action,
                Err(why) => {
                    why.0.iter().for_each(|why| {
                        problems.add(format!("{}: the volume `{}`: {why}", volume.entry.place, volume.name));
                    });
                    None
                }
            },
        };
        steps.extend(action.map(|action| VolumeStep { name: volume.name, action }));
    }
    if problems.is_empty() { Ok(steps) } else { Err(problems) }
}

/// Holds a volume that exists against its definition. Its owner and mode are libvirt's to change when a guest uses it,
/// so that they are not looked at.
fn compare(pool: &StoragePool, found: &StorageVol, xml: &str) -> Result<Option<VolumeAction>, Problems> {
    let current = found.xml_desc(0).map_err(libvirt("read the volume"))?;
    let (wanted, current) = (document(xml)?, document(&current)?);
    let mut problems = Problems::default();
    let format = |document: &Document<'_>| {
        let target = child(&document.root, "target")?;
        child(target, "format")?.get("type").map(str::to_owned)
    };
    let backing = |document: &Document<'_>| {
        child_text(child(&document.root, "backingStore")?, "path").map(str::to_owned)
    };
    let differ = [
        ("format", format(&wanted), format(&current)),
        ("backing store", backing(&wanted), backing(&current)),
    ];
    for (what, wanted, current) in differ {
        if let Some(wanted) = wanted
            && current.as_ref() != Some(&wanted)
        {
            let current = current.map_or("none".to_owned(), |current| format!("`{current}`"));
            problems.add(format!(
                "its {what} is {current} and is to be `{wanted}`, which cannot be changed in place; remove it with \
                 `present = false` first, or give the new one another name"
            ));
        }
    }
    let to = capacity(&wanted);
    let from = capacity(&current).unwrap_or_default();
    // A volume group gives whole extents, of 4 MiB unless it was told otherwise.
    let logical = pool.xml_desc(0).is_ok_and(|xml| xml.starts_with("<pool type='logical'"));
    let slack = if logical { 4 << 20 } else { 512 };
    let mut action = None;
    match to {
        Some(to) if to > from => action = Some(VolumeAction::Grow { from, to }),
        Some(to) if to > 0 && from - to >= slack => problems.add(format!(
            "it has {from} bytes and is to have {to}; a volume is never shrunk: declare its size, or replace it by \
             another one"
        )),
        _ => {}
    }
    if problems.is_empty() { Ok(action) } else { Err(problems) }
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
    match &step.action {
        VolumeAction::Create { xml } => host.write(|| StorageVol::create_xml(pool, xml, 0)).map(drop),
        VolumeAction::Grow { to, .. } => {
            find().and_then(|volume| host.write(|| volume.resize(*to, 0))).map(drop)
        }
        VolumeAction::Delete => find().and_then(|volume| host.write(|| volume.delete(0))).map(drop),
    }
    .map_err(libvirt(&tried))
}
