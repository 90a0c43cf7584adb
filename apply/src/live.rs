//! What a running domain can be given without a restart, and giving it.
//!
//! Which changes those are is said once, in [`effect`], for the plan as for the run; [`Room`] says what this domain has no
//! room for. Where libvirt refuses one all the same, or the guest does not let go of a device, the change waits for the
//! next start: nothing is stopped that the plan did not say.

mod network;
mod room;

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nixvirt_compiler::{
    Change, Document, Foreign, ForeignElement, Node, Policy, Report, Unit, View, fragment, units,
};
use virt::domain::Domain;
use virt::sys;

pub use self::room::Room;
use crate::declared::{child, read_document};
use crate::error::libvirt;
use crate::host::Host;
use crate::object::{Handle, Kind};
use crate::state::{Wait, Why};

/// How long a guest may take to let go of a device.
const DETACHING: Duration = Duration::from_secs(5);

/// When what is defined is what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// At once.
    Live,
    /// At the next start, for which nothing is stopped: it is another path to what is there already.
    NextStart,
    /// At a restart.
    Restart,
}

/// When a change of a part of an active object is in force.
pub fn effect(kind: Kind, unit: &Unit<'_, '_>) -> Effect {
    let live = match kind {
        Kind::Secret | Kind::Nwfilter => true,
        Kind::Pool => false,
        Kind::Network => network::is_live(unit),
        Kind::Domain if unit.name == "emulator" || is_firmware_path(unit) => return Effect::NextStart,
        Kind::Domain if unit.device => device_is_live(unit),
        Kind::Domain => match unit.name {
            "title" | "description" | "metadata" | "currentMemory" => true,
            "vcpu" => only(unit, &["current"]),
            _ => false,
        },
    };
    if live { Effect::Live } else { Effect::Restart }
}

/// Whether nothing but the paths of the firmware changes, as with every update of its package.
fn is_firmware_path(unit: &Unit<'_, '_>) -> bool {
    let is_path = |change: &Change| {
        let keys: Vec<&str> = change.path.0.iter().skip(1).map(|step| &*step.key).collect();
        change.old.is_some()
            && change.new.is_some()
            && matches!(*keys, ["loader", "path"] | ["nvram", "template"])
    };
    unit.name == "os" && unit.changes.iter().all(is_path)
}

/// Whether every change is below one of the keys.
fn only(unit: &Unit<'_, '_>, keys: &[&str]) -> bool {
    let depth = if unit.device { 2 } else { 1 };
    unit.changes.iter().all(|change| {
        change
            .path
            .0
            .get(depth)
            .is_some_and(|step| keys.contains(&&*step.key) || is_placement(unit, &step.key))
    })
}

/// Where libvirt puts a device on a bus follows from the other devices. A running one stays where it is.
fn is_placement(unit: &Unit<'_, '_>, key: &str) -> bool {
    unit.device && key == "address"
}

fn device_is_live(unit: &Unit<'_, '_>) -> bool {
    let get = |node: &Node<'_>, name: &str| node.get(name).unwrap_or_default().to_owned();
    let Some(node) = unit.new.or(unit.old) else { return false };
    let whole = unit.new.is_none() || unit.old.is_none();
    let bus = || child(node, "target").map(|target| get(target, "bus")).unwrap_or_default();
    match unit.name {
        "disk" if whole => {
            matches!(&*bus(), "virtio" | "scsi" | "usb") && !matches!(&*get(node, "device"), "floppy")
        }
        "disk" => {
            let removable = matches!(&*get(node, "device"), "cdrom" | "floppy");
            removable && only(unit, &["source", "type", "driver", "readonly"])
        }
        "interface" if whole => true,
        "interface" => only(unit, &["link", "bandwidth", "filterref", "source"]),
        "hostdev" | "redirdev" | "rng" | "shmem" | "memory" | "vsock" | "channel" => whole,
        "input" => whole && matches!(&*get(node, "bus"), "usb" | "virtio"),
        // What libvirt adds beside other devices comes with them, or is there at the next start.
        "controller" => whole && matches!(&*get(node, "type"), "pci" | "usb" | "virtio-serial" | "scsi"),
        _ => false,
    }
}

/// What became of a running domain.
#[derive(Debug, Default)]
pub struct Brought {
    /// What it has at its next start only.
    pub waits: Vec<Wait>,
    /// What it could have been given and was refused, with why.
    pub refused: Vec<String>,
}

/// What is held against a running domain.
pub struct Aim<'b> {
    /// The definitions that it may have been started with.
    pub before: &'b [String],
    /// The definition that libvirt has now.
    pub made: &'b str,
    /// What the plan said of the parts.
    pub planned: &'b BTreeMap<String, Effect>,
    /// Whether anything is changed while it runs.
    pub live: bool,
    /// What waited before.
    pub waited: &'b [Wait],
}

/// Brings what runs to its new definition, as far as that goes without a restart.
///
/// # Errors
/// Where it cannot be seen what it runs with.
pub fn bring_up(
    host: &Host,
    handle: &Handle,
    aim: &Aim<'_>,
    say: &mut dyn FnMut(String),
) -> Result<Brought, String> {
    let kind = handle.kind();
    let running = handle.running_xml()?;
    let (made, running) = (read(kind, aim.made)?, read(kind, &running)?);
    let before = aim.before.iter().map(|text| read(kind, text)).collect::<Result<Vec<_>, _>>()?;
    let mut brought = Brought::default();
    let mut room = Room::of(&running);
    for unit in outstanding(&before, &made, &running, aim.waited) {
        let planned = aim.planned.get(&unit.key).copied();
        let effect = match effect(kind, &unit) {
            Effect::Live if aim.live && planned.unwrap_or(Effect::Live) == Effect::Live => {
                match room.take(&unit) {
                    None => Effect::Live,
                    Some(_) => Effect::NextStart,
                }
            }
            // What the plan does not list is libvirt's own doing.
            _ => planned.filter(|effect| *effect != Effect::Live).unwrap_or(Effect::NextStart),
        };
        let waited = aim.waited.iter().any(|wait| wait.unit == unit.key);
        let why = match effect {
            // libvirt adds them beside other devices. They come with these, or are there at the next start.
            Effect::Live if is_bus(&unit) => continue,
            Effect::Live if !waited => match give_to(host, handle, &unit) {
                Ok(()) => {
                    say(format!("`{}` changed while it runs", unit.key));
                    continue;
                }
                Err(why) => {
                    brought.refused.push(format!("`{}` cannot be changed while it runs: {why}", unit.key));
                    Why::NextStart
                }
            },
            Effect::Live | Effect::NextStart => Why::NextStart,
            Effect::Restart => Why::Restart,
        };
        let since = now();
        brought.waits.extend(unit.changes.into_iter().map(|Change { path, old, .. }| {
            let path = path.to_string();
            let before = aim.waited.iter().find(|wait| wait.path == path);
            let unit = unit.key.clone();
            Wait {
                path,
                unit,
                old,
                since: before.map_or(since, |wait| wait.since),
                why: before.map_or(why, |wait| wait.why),
            }
        }));
    }
    Ok(brought)
}

/// The seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Those of the changes that what runs still waits for.
///
/// # Errors
/// Where it cannot be seen what it runs with.
pub fn still_waiting(handle: &Handle, defined: &str, waits: &[Wait]) -> Result<Vec<Wait>, String> {
    let running = handle.running_xml()?;
    let (defined, running) = (read(handle.kind(), defined)?, read(handle.kind(), &running)?);
    let changes: Vec<Change> =
        units(&running, &defined, View::Exact).into_iter().flat_map(|unit| unit.changes).collect();
    // Where another value runs, it was started since, and libvirt has made something of the definition.
    let waits = waits.iter().filter(|wait| {
        changes.iter().any(|change| change.path.to_string() == wait.path && change.old == wait.old)
    });
    Ok(waits.cloned().collect())
}

/// Every change between two definitions, as what the next start of a saved domain does not bring.
///
/// # Errors
/// Where one of them is not of its kind.
pub fn all_wait(before: &str, made: &str) -> Result<Vec<Wait>, String> {
    let (before, made) = (read(Kind::Domain, before)?, read(Kind::Domain, made)?);
    let mut waits = Vec::new();
    for unit in units(&before, &made, View::Exact) {
        let why =
            if effect(Kind::Domain, &unit) == Effect::NextStart { Why::NextStart } else { Why::Restart };
        waits.extend(unit.changes.into_iter().map(|Change { path, old, .. }| Wait {
            path: path.to_string(),
            unit: unit.key.clone(),
            old,
            since: now(),
            why,
        }));
    }
    Ok(waits)
}

fn read(kind: Kind, text: &str) -> Result<Document<'_>, String> {
    let mut report = Report::new(Policy::Lenient);
    read_document(kind, text, &mut report).map_err(|problems| problems.to_string())
}

/// The parts that the new definition changes and that the running domain does not have yet.
fn outstanding<'d, 'a>(
    before: &'d [Document<'a>],
    made: &'d Document<'a>,
    running: &'d Document<'a>,
    waited: &[Wait],
) -> Vec<Unit<'d, 'a>> {
    let changed: Vec<_> = before.iter().flat_map(|before| units(before, made, View::Exact)).collect();
    let mut found = Vec::new();
    for mut unit in units(running, made, View::Exact) {
        let of_unit = || changed.iter().filter(|change| change.key == unit.key);
        let old_ones: Vec<&str> =
            waited.iter().filter(|wait| wait.unit == unit.key).map(|wait| &*wait.path).collect();
        if of_unit().next().is_none() && old_ones.is_empty() {
            continue;
        }
        if unit.old.is_some() && unit.new.is_some() {
            let paths: Vec<_> = of_unit().flat_map(|change| &change.changes).map(|one| &one.path).collect();
            unit.changes
                .retain(|one| paths.contains(&&one.path) || old_ones.contains(&&*one.path.to_string()));
        }
        let moved = unit.old.is_some() && unit.new.is_some() && unit.device && only(&unit, &[]);
        if !unit.changes.is_empty() && !moved {
            found.push(unit);
        }
    }
    // What goes makes room for what comes.
    found.sort_by_key(|unit| unit.new.is_some());
    found
}

/// Gives what runs one changed part.
fn give_to(host: &Host, handle: &Handle, unit: &Unit<'_, '_>) -> Result<(), String> {
    match handle {
        Handle::Domain(domain) => give(host, domain, unit),
        Handle::Network(network) => network::give(host, network, unit),
        _ => Err("there is no call for it".to_owned()),
    }
}

/// Gives a running domain one changed part. Its definition has it already.
fn give(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), String> {
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    let text = |node: Option<&Node<'_>>| node.and_then(|node| Some(node.text.as_ref()?.text.to_string()));
    let number = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
    match (unit.name, unit.device) {
        ("title" | "description", false) => {
            let kind = match unit.name {
                "title" => sys::VIR_DOMAIN_METADATA_TITLE,
                _ => sys::VIR_DOMAIN_METADATA_DESCRIPTION,
            };
            let text = text(unit.new);
            host.write(|| domain.set_metadata(kind as i32, text.as_deref(), None, None, live))
        }
        ("metadata", false) => return metadata(host, domain, unit),
        ("currentMemory", false) => {
            let memory = number(text(unit.new)).ok_or("its amount is not known")?;
            host.write(|| domain.set_memory_flags(memory, live))
        }
        ("vcpu", false) => {
            let node = unit.new.ok_or("its number is not known")?;
            let current = node.get("current").map(str::to_owned).or_else(|| text(Some(node)));
            let current = number(current).and_then(|count| u32::try_from(count).ok());
            let current = current.ok_or("its number is not known")?;
            host.write(|| domain.set_vcpus_flags(current, live))
        }
        (_, true) => match (unit.old, unit.new) {
            (Some(old), Some(new)) => host.write(|| domain.update_device_flags(&in_place_of(old, new), live)),
            (None, Some(new)) => host.write(|| domain.attach_device_flags(&without_address(new), live)),
            (Some(old), None) => return detach(host, domain, unit, old),
            (None, None) => Ok(()),
        },
        _ => return Err("there is no call for it".to_owned()),
    }
    .map_err(|error| error.message().to_owned())
}

/// Whether it is a bus for other devices. One for SCSI is asked for by itself.
fn is_bus(unit: &Unit<'_, '_>) -> bool {
    unit.name == "controller" && unit.new.or(unit.old).and_then(|node| node.get("type")) != Some("scsi")
}

/// A device with the address at which it runs: the definition may have it elsewhere.
fn in_place_of(old: &Node<'_>, new: &Node<'_>) -> String {
    let mut node = new.clone();
    let of_place = |child: &&Node<'_>| matches!(child.element.name, "address" | "alias");
    node.children.retain(|child| !of_place(&child));
    node.children.extend(old.children.iter().filter(of_place).cloned());
    fragment(&node)
}

/// A new device finds a place of its own among the running ones.
fn without_address(node: &Node<'_>) -> String {
    let mut node = node.clone();
    node.children.retain(|child| child.element.name != "address" || child.get("type") == Some("usb"));
    fragment(&node)
}

/// Takes a device away. The guest has a say in it, so that it may take its time.
fn detach(host: &Host, domain: &Domain, unit: &Unit<'_, '_>, old: &Node<'_>) -> Result<(), String> {
    let asked = host.write(|| domain.detach_device_flags(&fragment(old), sys::VIR_DOMAIN_AFFECT_LIVE));
    asked.map_err(|error| error.message().to_owned())?;
    let started = Instant::now();
    while started.elapsed() < DETACHING {
        let running = domain.xml_desc(0).map_err(libvirt("read the running domain"))?;
        let mut report = Report::new(Policy::Lenient);
        let document =
            read_document(Kind::Domain, &running, &mut report).map_err(|found| found.to_string())?;
        // Held against a domain without any device, each device is a part that differs.
        let mut bare = document.clone();
        bare.root.children.iter_mut().filter(|child| child.element.name == "devices").for_each(|devices| {
            devices.children.clear();
        });
        if !units(&document, &bare, View::Exact).iter().any(|other| other.key == unit.key) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err("the guest does not let go of it".to_owned())
}

fn metadata(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), String> {
    let (old, new) = (elements(unit.old), elements(unit.new));
    let place = |element: &ForeignElement<'_>| {
        let prefix = element.name.split_once(':').map(|(prefix, _)| prefix.to_owned());
        let name = prefix.as_ref().map_or("xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
        let uri = element.attributes.iter().find(|(key, _)| *key == name);
        uri.map(|(_, uri)| (prefix.unwrap_or_else(|| "nixvirt".to_owned()), uri.to_string()))
    };
    let give = |xml: Option<&str>, key: &str, uri: &str| {
        let kind = sys::VIR_DOMAIN_METADATA_ELEMENT as i32;
        let given =
            host.write(|| domain.set_metadata(kind, xml, Some(key), Some(uri), sys::VIR_DOMAIN_AFFECT_LIVE));
        given.map_err(|error| error.message().to_owned())
    };
    for (key, uri) in old.iter().filter_map(place) {
        if !new.iter().filter_map(place).any(|(_, other)| other == uri) {
            give(None, &key, &uri)?;
        }
    }
    for element in new.iter().filter(|element| !old.contains(element)) {
        if let Some((key, uri)) = place(element) {
            // libvirt puts the prefix and the namespace there itself.
            let mut bare = element.clone();
            let local = bare.name.rsplit(':').next().unwrap_or_default().to_owned();
            bare.name = local.into();
            bare.attributes.retain(|(name, _)| *name != "xmlns" && *name != format!("xmlns:{key}"));
            let mut xml = String::new();
            bare.write(&mut xml, 0, true);
            give(Some(&xml), &key, &uri)?;
        }
    }
    Ok(())
}

fn elements<'a>(node: Option<&Node<'a>>) -> Vec<ForeignElement<'a>> {
    let pieces = node.map(|node| &*node.foreign).unwrap_or_default().iter();
    let elements = pieces.filter_map(|piece| match piece {
        Foreign::Element(element) => Some(element.clone()),
        Foreign::Text(_) | Foreign::Remark(_) => None,
    });
    elements.collect()
}
