//! The discs that domains get for their first boot: seeds for cloud-init, configurations for Ignition, answer files, scripts.
//!
//! A bundle says what is on them; here they become volumes of a declared pool and cdroms in the definitions of their domains.
//! The name of a volume has the hash of its content. So a disc that has changed is another volume, and a running machine
//! gets it as another medium. A configuration for Ignition is a volume, too, which QEMU reads as a file.

mod consequence;
mod hashed;
mod ignition;
mod place;

use std::collections::BTreeMap;
use std::path::Path;

use nixvirt_compiler::bundle_format::{CLOUD_INIT_KEY, IGNITION_KEY};
use nixvirt_compiler::seed::{self, SeedDisc, SeedMachine, SeedProblems};
use nixvirt_compiler::{Document, Policy, Report, Severity};
use nixvirt_schema::pool::OF_FILES;
use sha2::{Digest, Sha256};

pub use self::consequence::{of_changed_ignition, of_changed_seed};
use self::hashed::{CONFIG, ISO, volume_name};
pub use self::ignition::is_ignition;
use self::place::CdromPlaces;
use crate::bundle::{DiscEntry, Entry, VolumeEntry};
use crate::declared::complete;
use crate::definition::Definition;
use crate::document::{child, child_text, read_document};
use crate::edits::{Edits, escape};
use crate::error::{self, Error, Problems, codes};
use crate::files;
use crate::kind::ObjectKind;
use crate::names;
use crate::source::{DiscContent, DiscSource, SeedStamp, Source};

/// Makes the discs of all domains: each becomes a volume of its pool, and a part of its domain. What is wrong with one keeps only
/// its domain from being applied.
pub fn make(entries: &mut [Entry], salt: Option<&str>) {
    if entries.iter().all(|entry| entry.discs.is_empty()) {
        return;
    }
    let pools = pools(entries, salt);
    let mut volumes: Vec<(usize, VolumeEntry)> = Vec::new();
    for entry in entries.iter_mut().filter(|entry| !entry.discs.is_empty()) {
        match with_discs(entry, salt, &pools) {
            Ok(made) => {
                entry.definition = entry.definition.with_text(made.definition);
                entry.seed = made.seed;
                volumes.extend(made.volumes);
            }
            Err(problems) => entry.problems.extend(problems.0),
        }
    }
    for (pool, volume) in volumes {
        entries[pool].volumes.push(volume);
    }
}

/// The pools of a bundle that discs may come into, by their names.
type Pools = BTreeMap<String, DeclaredPool>;

/// A declared pool that takes discs.
struct DeclaredPool {
    /// Its place among the entries.
    at: usize,
    /// The folder of its volumes, where these are files.
    folder: Option<String>,
}

/// The declared pools. One that cannot be read is told of in its own place.
fn pools(entries: &[Entry], salt: Option<&str>) -> Pools {
    let read = |at: usize, entry: &Entry| {
        let text = complete(entry.kind, entry.definition.read().ok()?, salt).ok()?;
        let mut report = Report::new(Policy::Lenient);
        let document = read_document(entry.kind, &text, &mut report).ok()?;
        let of_files = document.root.get(names::TYPE).is_some_and(|kind| OF_FILES.contains(&kind));
        let path = || child_text(child(&document.root, names::TARGET)?, names::PATH);
        let folder = of_files.then(path).flatten().map(|path| path.trim_end_matches('/').to_owned());
        Some((document.name()?.to_owned(), DeclaredPool { at, folder }))
    };
    let pools = entries.iter().enumerate().filter(|(_, entry)| entry.kind == ObjectKind::Pool);
    pools.filter_map(|(at, entry)| read(at, entry)).collect()
}

/// A domain with its discs.
struct WithDiscs {
    /// Its definition with the discs.
    definition: String,
    /// The discs, each as a volume of the pool at that place among the entries.
    volumes: Vec<(usize, VolumeEntry)>,
    /// The seed for cloud-init among them.
    seed: Option<SeedStamp>,
}

fn with_discs(entry: &Entry, salt: Option<&str>, pools: &Pools) -> Result<WithDiscs, Problems> {
    let text = complete(entry.kind, entry.definition.read()?, salt)?;
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(entry.kind, &text, &mut report)?;
    let mut places = CdromPlaces::of(&document);
    let mut problems = Problems::default();
    let (mut devices, mut beside) = (String::new(), String::new());
    let (mut volumes, mut seed) = (Vec::new(), None);
    for disc in &entry.discs {
        match attached((entry, disc), &document, &mut places, pools) {
            Ok(made) => {
                match made.part {
                    Part::Device(xml) => devices.push_str(&xml),
                    Part::Beside(xml) => beside.push_str(&xml),
                }
                seed = seed.or(made.seed);
                volumes.push((made.pool, made.volume));
            }
            Err(found) => problems.0.extend(found.0.into_iter().map(|problem| problem.at(&disc.place))),
        }
    }
    match problems.is_empty() {
        true => {
            let definition = with_parts(&text, &format!("{}{devices}", places.added), &beside)?;
            Ok(WithDiscs { definition, volumes, seed })
        }
        false => Err(problems),
    }
}

/// A disc of a domain.
struct Attached {
    /// The place of its pool among the entries.
    pool: usize,
    /// The volume that it becomes.
    volume: VolumeEntry,
    /// The part of the definition by which the domain has it.
    part: Part,
    /// The stamp of a seed.
    seed: Option<SeedStamp>,
}

/// A part of a definition, as XML.
enum Part {
    /// One of the devices.
    Device(String),
    /// A part beside the devices.
    Beside(String),
}

/// Makes a disc, and gives it a place in its domain.
fn attached(
    (of, disc): (&Entry, &DiscEntry),
    document: &Document<'_>,
    places: &mut CdromPlaces<'_>,
    pools: &Pools,
) -> Result<Attached, Problems> {
    let machine = SeedMachine { uuid: document.uuid(), name: document.name() };
    let made = content(disc, machine)?;
    let (pool, declared) = pool_of(disc, document, pools)?;
    let hash = hash(&made.bytes);
    let is_config = disc.place == IGNITION_KEY;
    let ending = if is_config { CONFIG } else { ISO };
    let name = volume_name(document.name().unwrap_or_default(), &disc.name, &hash, ending);
    let part = match is_config {
        true => Part::Beside(ignition::entry(disc, document, (pool, declared.folder.as_deref()), &name)?),
        false => {
            let (dev, bus) = places.next(disc.place == CLOUD_INIT_KEY).ok_or_else(|| {
                let message = "there is no room for its cdrom: each place of the bus has a disk already";
                Error::new(&codes::NO_PLACE_FOR_DISC, message)
            })?;
            Part::Device(format!(
                "<disk type='volume' device='cdrom'><driver name='qemu' type='raw'/><source pool='{}' volume='{}'/>\
                 <target dev='{dev}' bus='{bus}'/><readonly/></disk>",
                escape(pool),
                escape(&name),
            ))
        }
    };
    let definition = format!(
        "<volume><name>{}</name><capacity>{}</capacity><target><format type='raw'/></target></volume>",
        escape(&name),
        made.bytes.len()
    );
    let seed = made.instance.map(|instance| SeedStamp { hash: hash.clone(), instance });
    let source = DiscSource { content: DiscContent::new(made.bytes), hash, of: disc.name.clone() };
    let volume = VolumeEntry {
        place: format!("{}.{}", of.place, disc.place),
        definition: Some(Definition::in_memory(&definition)),
        name: None,
        present: true,
        source: Some(Source::Disc(source)),
    };
    Ok(Attached { pool: declared.at, volume, part, seed })
}

/// The content of a disc.
struct DiscBytes {
    bytes: Vec<u8>,
    /// The instance-id of a seed.
    instance: Option<String>,
}

/// Makes the content of a disc. Files of the host are read now.
fn content(entry: &DiscEntry, machine: SeedMachine<'_>) -> Result<DiscBytes, Problems> {
    let read =
        |path: &str| files::read(&entry.folder.join(Path::new(path))).map_err(|error| error.to_string());
    let made = match entry.place == IGNITION_KEY {
        true => seed::ignition(&entry.value, &read),
        false => seed::disc(&entry.value, &entry.name, machine, &read),
    };
    // What is probably wrong with it has been said when the bundle was compiled.
    let whole =
        |(disc, _): (SeedDisc, SeedProblems)| Ok(DiscBytes { bytes: disc.image()?, instance: disc.instance });
    made.and_then(whole).map_err(as_errors)
}

fn as_errors(problems: SeedProblems) -> Problems {
    let errors = problems.into_iter().filter(|(_, problem)| problem.code().severity == Severity::Error);
    let errors = errors.map(|(path, problem)| Error::of_problem(&problem).at(&path));
    Problems(errors.collect())
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pool of a disc, with its name.
fn pool_of<'p>(
    disc: &DiscEntry,
    domain: &Document<'_>,
    pools: &'p Pools,
) -> Result<(&'p str, &'p DeclaredPool), Problems> {
    let devices = child(&domain.root, names::DEVICES);
    let disks = devices.into_iter().flat_map(|devices| devices.children_named(names::DISK));
    let named = disks.filter_map(|disk| child(disk, names::SOURCE)?.get(names::POOL_OF_VOLUME));
    let Some(name) = disc.pool.clone().or_else(|| named.map(str::to_owned).next()) else {
        let message =
            "nothing says which pool the disc comes into, and the machine has no disk that is a volume";
        return Err(Error::new(&codes::NO_POOL_FOR_DISC, message)
            .help("name a declared pool with `pool`")
            .into());
    };
    match pools.get_key_value(&name) {
        Some((name, pool)) => Ok((name, pool)),
        None => {
            let message = format!("the disc is to come into the pool `{name}`, which is not declared");
            let help = "declare the pool in the same bundle, or name one that is with `pool`";
            Err(Error::new(&codes::NO_POOL_FOR_DISC, message).fact("pool", name).help(help).into())
        }
    }
}

/// A definition with more devices, and more parts beside them.
fn with_parts(text: &str, devices: &str, beside: &str) -> Result<String, Error> {
    let tree = roxmltree::Document::parse(text).map_err(|error| error::unparsed(&error))?;
    let root = tree.root_element();
    let end = text[root.range()].rfind("</").map(|end| root.range().start + end);
    let end = end.ok_or_else(|| Error::new(&codes::INTERNAL, "its definition has no end tag"))?;
    let whole = format!("<{0}>{devices}</{0}>", names::DEVICES);
    let mut edits = Edits::default();
    match root.children().find(|child| child.has_tag_name(names::DEVICES)) {
        _ if devices.is_empty() => {}
        Some(found) if found.has_children() => {
            let end = text[found.range()].rfind("</").map(|end| found.range().start + end);
            edits.insert(end.unwrap_or(found.range().end), devices.to_owned());
        }
        Some(found) => edits.replace(found.range(), whole),
        None => edits.insert(end, whole),
    }
    if !beside.is_empty() {
        edits.insert(end, beside.to_owned());
    }
    Ok(edits.apply(text))
}
