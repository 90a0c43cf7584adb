//! libvirt's own test files, as their manifest describes them.

use std::fs;
use std::path::Path;

use nixvirt_compiler::Target;
use nixvirt_schema::Version;

use crate::place;

/// The manifest's names of our kinds.
const KINDS: &[(&str, &str)] = &[
    ("domain", "domain"),
    ("network", "network"),
    ("pool", "pool"),
    ("volume", "volume"),
    ("filter", "nwfilter"),
    ("secret", "secret"),
    ("device", "nodedev"),
    ("domainsnapshot", "domainsnapshot"),
    ("domaincheckpoint", "domaincheckpoint"),
    ("interface", "interface"),
    ("networkport", "networkport"),
];

/// A file of the corpus.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path within the corpus.
    pub name: String,
    /// The kind of object, as we call it.
    pub kind: &'static str,
    /// Whether libvirt's schema accepts it.
    pub valid: bool,
    /// Whether libvirt's formatter wrote it.
    pub canonical: bool,
    /// Whether libvirt refuses it, be it valid or not.
    pub refused: bool,
    /// The XML of the document.
    pub xml: Vec<u8>,
}

/// The libvirt whose test files these are.
///
/// # Panics
/// Never: the version is one.
pub fn target() -> Target {
    Target::of(Version::parse("11.3.0").expect("a version")).0
}

/// The files of our kinds; none where there is no corpus, which is said aloud.
pub fn files() -> Vec<File> {
    let Some(corpus) = place::corpus() else { return Vec::new() };
    let manifest =
        fs::read_to_string(corpus.join("manifest.tsv")).expect("the corpus should have a manifest.tsv");
    manifest.lines().skip(1).filter_map(|line| file(&corpus, line)).collect()
}

fn file(corpus: &Path, line: &str) -> Option<File> {
    let mut columns = line.split('\t');
    let name = columns.next()?.to_owned();
    let kind = columns.next()?;
    let (_, kind) = KINDS.iter().find(|(theirs, _)| *theirs == kind)?;
    let (valid, canonical) = (columns.next()? == "1", columns.next()? == "1");
    let refused = columns.next().is_some_and(|error| !error.is_empty());
    let xml = fs::read(corpus.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Some(File { name, kind, valid, canonical, refused, xml })
}
