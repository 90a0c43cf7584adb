//! The discs that domains get for their first boot: seeds for cloud-init, answer files, scripts.
//!
//! A bundle says what is on them; here they become volumes of a declared pool and cdroms in the definitions of their domains.
//! The name of a volume has the hash of its content. So a disc that has changed is another volume, and a running machine
//! gets it as another medium.

mod place;

use std::collections::BTreeMap;
use std::path::Path;

use nixvirt_compiler::bundle_format::CLOUD_INIT_KEY;
use nixvirt_compiler::printable::printable_line;
use nixvirt_compiler::seed::{CIDATA, SeedDisc, SeedMachine, SeedProblems, disc};
use nixvirt_compiler::{Policy, Report, Severity};
use sha2::{Digest, Sha256};

use self::place::CdromPlaces;
use crate::bundle::{DiscEntry, Entry, VolumeEntry};
use crate::declared::complete;
use crate::definition::Definition;
use crate::document::{child, read_document};
use crate::edits::{Edits, escape};
use crate::error::{self, Error, Problems, codes};
use crate::files;
use crate::kind::ObjectKind;
use crate::names;
use crate::source::{DiscContent, DiscSource, SeedStamp, Source};

/// Makes the discs of all domains: each becomes a volume of its pool and a cdrom of its domain. What is wrong with one keeps only
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

/// The consequence for the guest of a seed that is another one than the one before. `definition` is what libvirt has: where an
/// earlier release has made the seed before, it shows only there.
pub fn of_changed_seed(
    had: Option<&SeedStamp>,
    seed: Option<&SeedStamp>,
    definition: &str,
) -> Option<String> {
    let seed = seed?;
    let instance = printable_line(&seed.instance);
    match had {
        Some(had) if had.hash == seed.hash => None,
        Some(had) if had.instance == seed.instance => Some(format!(
            "its seed is another one, and the instance-id is `{instance}` as before: cloud-init has run in the guest and does not run \
             again, unless `cloudInit.instanceId` changes (with \"content\", it changes with the seed)"
        )),
        Some(had) => Some(format!(
            "its seed is another one, and the instance-id is `{instance}` instead of `{}`: cloud-init runs again when the guest boots \
             next",
            printable_line(&had.instance)
        )),
        None if has_other_seed(definition, seed) => Some(format!(
            "its seed is another one with the instance-id `{instance}`; as an earlier release has made the one before, its instance-id \
             is not known: if it is another one, cloud-init runs again when the guest boots next"
        )),
        None => None,
    }
}

/// Whether a definition has a seed that was made here, and that is not this one.
fn has_other_seed(definition: &str, seed: &SeedStamp) -> bool {
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(ObjectKind::Domain, definition, &mut report) else { return false };
    let devices = child(&document.root, names::DEVICES);
    let disks = devices.into_iter().flat_map(|devices| devices.children_named(names::DISK));
    let volumes = disks.filter_map(|disk| child(disk, names::SOURCE)?.get(names::VOLUME_OF_DISK));
    let hashes = volumes.filter_map(|volume| {
        let (_, hash) = volume.strip_suffix(".iso")?.rsplit_once(&format!("-{CIDATA}-"))?;
        Some(hash).filter(|hash| hash.len() == HASH_IN_NAME)
    });
    let mut hashes = hashes.peekable();
    hashes.peek().is_some() && hashes.all(|hash| !seed.hash.starts_with(hash))
}

/// How many digits of its hash the name of a disc has.
const HASH_IN_NAME: usize = 12;

/// The declared pools by their names. One that cannot be read is told of in its own place.
fn pools(entries: &[Entry], salt: Option<&str>) -> BTreeMap<String, usize> {
    let name = |entry: &Entry| {
        let text = complete(entry.kind, entry.definition.read().ok()?, salt).ok()?;
        let mut report = Report::new(Policy::Lenient);
        read_document(entry.kind, &text, &mut report).ok()?.name().map(str::to_owned)
    };
    let pools = entries.iter().enumerate().filter(|(_, entry)| entry.kind == ObjectKind::Pool);
    pools.filter_map(|(at, entry)| Some((name(entry)?, at))).collect()
}

/// A domain with its discs.
struct WithDiscs {
    /// Its definition with the cdroms.
    definition: String,
    /// The discs, each as a volume of the pool at that place among the entries.
    volumes: Vec<(usize, VolumeEntry)>,
    /// The seed for cloud-init among them.
    seed: Option<SeedStamp>,
}

fn with_discs(
    entry: &Entry,
    salt: Option<&str>,
    pools: &BTreeMap<String, usize>,
) -> Result<WithDiscs, Problems> {
    let text = complete(entry.kind, entry.definition.read()?, salt)?;
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(entry.kind, &text, &mut report)?;
    let machine = SeedMachine { uuid: document.uuid(), name: document.name() };
    let domain = document.name().unwrap_or_default();
    let mut places = CdromPlaces::of(&document);
    let mut problems = Problems::default();
    let (mut disks, mut volumes, mut seed) = (String::new(), Vec::new(), None);
    for disc in &entry.discs {
        let made = content(disc, machine).and_then(|content| {
            let (pool, at) = pool_of(disc, &document, pools)?;
            let (dev, bus) = places.next(disc.place == CLOUD_INIT_KEY).ok_or_else(|| {
                let message = "there is no room for its cdrom: each place of the bus has a disk already";
                Error::new(&codes::NO_PLACE_FOR_DISC, message)
            })?;
            Ok((content, pool, at, dev, bus))
        });
        let ((content, instance), pool, at, dev, bus) = match made {
            Ok(made) => made,
            Err(found) => {
                problems.0.extend(found.0.into_iter().map(|problem| problem.at(&disc.place)));
                continue;
            }
        };
        let hash = hash(&content);
        let name = format!("{domain}-{}-{}.iso", disc.name, &hash[..HASH_IN_NAME]);
        seed = seed.or(instance.map(|instance| SeedStamp { hash: hash.clone(), instance }));
        disks.push_str(&format!(
            "<disk type='volume' device='cdrom'><driver name='qemu' type='raw'/><source pool='{}' volume='{}'/>\
             <target dev='{dev}' bus='{bus}'/><readonly/></disk>",
            escape(&pool),
            escape(&name),
        ));
        let definition = format!(
            "<volume><name>{}</name><capacity>{}</capacity><target><format type='raw'/></target></volume>",
            escape(&name),
            content.len()
        );
        let source = DiscSource { content: DiscContent::new(content), hash, of: disc.name.clone() };
        volumes.push((
            at,
            VolumeEntry {
                place: format!("{}.{}", entry.place, disc.place),
                definition: Some(Definition::in_memory(&definition)),
                name: None,
                present: true,
                source: Some(Source::Disc(source)),
            },
        ));
    }
    match problems.is_empty() {
        true => {
            let definition = with_devices(&text, &format!("{}{disks}", places.added))?;
            Ok(WithDiscs { definition, volumes, seed })
        }
        false => Err(problems),
    }
}

/// The bytes of a disc, and the instance-id where it is a seed. Files of the host are read now.
fn content(entry: &DiscEntry, machine: SeedMachine<'_>) -> Result<(Vec<u8>, Option<String>), Problems> {
    let read =
        |path: &str| files::read(&entry.folder.join(Path::new(path))).map_err(|error| error.to_string());
    // What is probably wrong with it has been said when the bundle was compiled.
    let made = disc(&entry.value, &entry.name, machine, &read);
    let whole = |(disc, _): (SeedDisc, SeedProblems)| Ok((disc.image()?, disc.instance));
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

/// The pool of a disc, by its name and its place among the entries.
fn pool_of(
    disc: &DiscEntry,
    domain: &nixvirt_compiler::Document<'_>,
    pools: &BTreeMap<String, usize>,
) -> Result<(String, usize), Problems> {
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
    match pools.get(&name) {
        Some(at) => Ok((name, *at)),
        None => {
            let message = format!("the disc is to come into the pool `{name}`, which is not declared");
            let help = "declare the pool in the same bundle, or name one that is with `pool`";
            Err(Error::new(&codes::NO_POOL_FOR_DISC, message).fact("pool", name).help(help).into())
        }
    }
}

/// A definition with more devices.
fn with_devices(text: &str, disks: &str) -> Result<String, Error> {
    let tree = roxmltree::Document::parse(text).map_err(|error| error::unparsed(&error))?;
    let root = tree.root_element();
    let mut edits = Edits::default();
    match root.children().find(|child| child.has_tag_name(names::DEVICES)) {
        Some(devices) if devices.has_children() => {
            let end = text[devices.range()].rfind("</").map(|end| devices.range().start + end);
            edits.insert(end.unwrap_or(devices.range().end), disks.to_owned());
        }
        Some(devices) => edits.replace(devices.range(), format!("<{0}>{disks}</{0}>", names::DEVICES)),
        None => {
            let end = text[root.range()].rfind("</").map(|end| root.range().start + end);
            let end = end.ok_or_else(|| Error::new(&codes::INTERNAL, "its definition has no end tag"))?;
            edits.insert(end, format!("<{0}>{disks}</{0}>", names::DEVICES));
        }
    }
    Ok(edits.apply(text))
}
