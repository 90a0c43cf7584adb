//! libvirt's own judgement: its RELAX NG by way of xmllint, its parser by way of virsh and the test driver.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nixvirt_compiler::Target;
use nixvirt_schema::Version;

use crate::command::Dir;
use crate::{place, skip};

/// Where libvirt installs its schemas.
const SCHEMAS: &str = "/usr/share/libvirt/schemas";

/// libvirt's schema and virsh's command for each kind of object.
const KINDS: &[(&str, &str, &str)] = &[
    ("domain", "domain.rng", "define"),
    ("network", "network.rng", "net-define"),
    ("pool", "storagepool.rng", "pool-define"),
    ("volume", "storagevol.rng", "vol-create default-pool"),
    ("nwfilter", "nwfilter.rng", "nwfilter-define"),
    ("secret", "secret.rng", "secret-define"),
    ("nodedev", "nodedev.rng", "nodedev-define"),
    ("domainsnapshot", "domainsnapshot.rng", "snapshot-create test"),
    ("domaincheckpoint", "domaincheckpoint.rng", "checkpoint-create test"),
    ("domainbackup", "domainbackup.rng", "backup-begin test"),
    ("interface", "interface.rng", "iface-define"),
    ("networkport", "networkport.rng", "net-port-create default"),
    ("nwfilterbinding", "nwfilterbinding.rng", "nwfilter-binding-create"),
];

/// The schemas of one version of libvirt.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// The version of libvirt that the schemas are of.
    pub version: Version,
    folder: PathBuf,
}

impl Schemas {
    /// The schema of a kind; nothing for a kind that libvirt has no schema of.
    pub fn of(&self, kind: &str) -> Option<PathBuf> {
        let (_, schema, _) = KINDS.iter().find(|(name, ..)| *name == kind)?;
        Some(self.folder.join(schema)).filter(|schema| schema.is_file())
    }

    /// The target for objects that are compared with these schemas.
    pub fn target(&self) -> Target {
        Target { libvirt: self.version }
    }
}

/// The schemas of every version that is here, oldest first: the installed one, and those of `place::schemas`. None where
/// there is no xmllint or no schema, which is said aloud.
pub fn versions() -> Vec<Schemas> {
    let mut found = all_versions();
    found.retain(|known| (Version::OLDEST..=Version::NEWEST).contains(&known.version));
    found
}

/// The schemas that are newer than what the tables know, which the suite `newest` reports.
pub fn newer_than_the_tables() -> Vec<Schemas> {
    all_versions().into_iter().filter(|known| known.version > Version::NEWEST).collect()
}

fn all_versions() -> Vec<Schemas> {
    if !skip::have("xmllint", "--version") {
        return Vec::new();
    }
    let mut found: Vec<Schemas> = Vec::new();
    for folder in place::schemas().into_iter().flat_map(fs::read_dir).flatten().flatten() {
        if let Some(version) = Version::parse(&folder.file_name().to_string_lossy())
            && found.iter().all(|known| known.version != version)
        {
            found.push(Schemas { version, folder: folder.path() });
        }
    }
    match installed().filter(|_| Path::new(SCHEMAS).is_dir()) {
        Some(version) if found.iter().all(|known| known.version != version) => {
            found.push(Schemas { version, folder: PathBuf::from(SCHEMAS) });
        }
        Some(_) => {}
        None => {
            assert!(!skip::in_ci(), "there is no libvirt with schemas in {SCHEMAS}; CI must have it");
            skip::say(&format!("there is no libvirt with schemas in {SCHEMAS}"));
        }
    }
    found.sort_by_key(|known| known.version);
    found
}

/// The version of the libvirt that is installed.
pub fn installed() -> Option<Version> {
    let output = Command::new("virsh").arg("--version").output().ok()?;
    Version::parse(String::from_utf8_lossy(&output.stdout).trim())
}

/// The schemas of the newest version that is here. Nothing where there is none, which is said aloud.
pub fn newest() -> Option<Schemas> {
    versions().pop()
}

/// The newest schema of a kind. Nothing where there is none here, which is said aloud.
pub fn schema(kind: &str) -> Option<PathBuf> {
    newest()?.of(kind)
}

/// xmllint's verdict on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The document is valid.
    Accepts,
    /// It is not, and this is what xmllint says.
    Refuses(String),
    /// xmllint came to no end in time.
    Unknown,
}

/// Holds documents against a schema. xmllint reads the schema once for all of them, and one after another of the
/// documents: where it comes to no end, the first without a verdict is to blame, and the others get another run.
pub fn verdicts(schema: &Path, documents: &[String], seconds: u32) -> Vec<Verdict> {
    let dir = Dir::new();
    for (index, xml) in documents.iter().enumerate() {
        dir.write(&format!("{index}.xml"), xml);
    }
    let mut verdicts = Vec::with_capacity(documents.len());
    while verdicts.len() < documents.len() {
        let begin = verdicts.len();
        let mut command = Command::new("timeout");
        command.args([&seconds.to_string(), "xmllint", "--noout", "--relaxng"]).arg(schema);
        command.args((begin..documents.len()).map(|index| format!("{index}.xml"))).current_dir(dir.path());
        let output = command.output().expect("xmllint should run");
        let said = String::from_utf8_lossy(&output.stderr);
        let mut about: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for line in said.lines() {
            let index = line.split_once(".xml").and_then(|(index, _)| index.parse().ok());
            if let Some(index) = index {
                about.entry(index).or_default().push(line);
            }
        }
        // xmllint's own exit statuses; anything else is an end that somebody else made.
        let ended = output.status.code().is_some_and(|status| status < 10);
        for index in begin..documents.len() {
            let lines = about.remove(&index).unwrap_or_default();
            if lines.contains(&&*format!("{index}.xml validates")) {
                verdicts.push(Verdict::Accepts);
            } else if lines.contains(&&*format!("{index}.xml fails to validate"))
                || !about.is_empty()
                || ended
            {
                let prefix = format!("{index}.xml:");
                let lines = lines.iter().map(|line| line.strip_prefix(&prefix).unwrap_or(line));
                verdicts.push(Verdict::Refuses(lines.collect::<Vec<_>>().join("\n")));
            } else {
                verdicts.push(Verdict::Unknown);
                break;
            }
        }
    }
    verdicts
}

/// The error of libxml2 for each of these texts as XML with namespaces; nothing where it takes it. A name of a namespace
/// that is no URI does not count, for whether it is one is nobody's to check (Namespaces in XML 1.0, section 3).
pub fn no_xml(texts: &[String]) -> Vec<Option<String>> {
    let dir = Dir::new();
    let mut said = vec![None; texts.len()];
    for (index, text) in texts.iter().enumerate() {
        dir.write(&format!("{index}.xml"), text);
    }
    let all: Vec<String> = (0..texts.len()).map(|index| format!("{index}.xml")).collect();
    for some in all.chunks(1000) {
        let mut command = Command::new("xmllint");
        let output = command.args(["--noout", "--nonet"]).args(some).current_dir(dir.path()).output();
        let output = output.expect("xmllint should run");
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            let Some((name, rest)) = line.split_once(".xml:") else { continue };
            let Some((_, message)) = rest.split_once(": ") else { continue };
            let error = ["parser error", "namespace error", "I/O error", "encoding error"]
                .iter()
                .any(|kind| message.trim_start().starts_with(kind));
            if let (true, false, Ok(index)) =
                (error, rest.contains("is not a valid URI"), name.parse::<usize>())
            {
                said[index].get_or_insert_with(|| message.trim().to_owned());
            }
        }
    }
    said
}

/// Holds documents of a kind against libvirt's schema: those that it refuses, by their names, with what it says.
/// Nothing where there is no xmllint or no schema here.
pub fn refused_by_schema(kind: &str, documents: &[(String, String)]) -> Option<BTreeMap<String, String>> {
    let schema = schema(kind)?;
    let mut refused = BTreeMap::new();
    for some in documents.chunks(100) {
        let texts: Vec<String> = some.iter().map(|(_, xml)| xml.clone()).collect();
        for ((name, _), verdict) in some.iter().zip(verdicts(&schema, &texts, 120)) {
            match verdict {
                Verdict::Accepts => {}
                Verdict::Refuses(why) => drop(refused.insert(name.clone(), why)),
                Verdict::Unknown => panic!("xmllint comes to no end with {name}"),
            }
        }
    }
    Some(refused)
}

/// Defines an object in libvirt's test driver, which is a new one each time.
///
/// # Errors
/// libvirt's message.
pub fn define(kind: &str, xml: &str) -> Result<(), String> {
    let dir = Dir::new();
    dir.write("object.xml", xml);
    let command = KINDS.iter().find(|(name, ..)| *name == kind).map_or("define", |(_, _, command)| command);
    let mut virsh = Command::new("virsh");
    virsh.args(["--connect", "test:///default"]).args(command.split(' ')).arg("object.xml");
    let output = virsh.env("LC_ALL", "C").current_dir(dir.path()).output().expect("virsh should run");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// Whether virsh is here.
pub fn have_virsh() -> bool {
    skip::have("virsh", "--version")
}
