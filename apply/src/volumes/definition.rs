//! The definitions of volumes, and what they say.

use nixvirt_compiler::{Document, Policy, Report, read_xml};

use crate::bundle::VolumeEntry;
use crate::document::{child, child_text};
use crate::edits::{Edits, escape};
use crate::error::{self, Error, Problems, codes};
use crate::names;
use crate::references::volume_name;

/// A volume as it is declared.
pub(super) struct WantedVolume<'e> {
    pub entry: &'e VolumeEntry,
    pub name: String,
    pub xml: String,
}

/// The name of a declared volume, where it can be told.
pub fn name_of(entry: &VolumeEntry) -> Option<String> {
    read(entry).ok().map(|volume| volume.name)
}

pub(super) fn wanted(entries: &[VolumeEntry]) -> Result<Vec<WantedVolume<'_>>, Problems> {
    let mut problems = Problems::default();
    let mut found: Vec<WantedVolume<'_>> = Vec::new();
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

fn read(entry: &VolumeEntry) -> Result<WantedVolume<'_>, Error> {
    let Some(definition) = &entry.definition else {
        let nothing = || Error::new(&codes::NO_DEFINITION, "it has neither a name nor a definition");
        let name = entry.name.clone().ok_or_else(nothing)?;
        return Ok(WantedVolume { entry, name, xml: String::new() });
    };
    let xml = definition.read().map_err(|error| error.at(definition.path.display()))?;
    let name = volume_name(&document(&xml)?)
        .ok_or_else(|| Error::new(&codes::NO_DEFINITION, "its definition has no name"))?;
    match &entry.name {
        Some(other) if *other != name => {
            let message = format!("its `name` is `{other}`, but its definition's is `{name}`");
            Err(Error::new(&codes::NAME_CONFLICT, message).help("leave `name` out"))
        }
        _ => Ok(WantedVolume { entry, name, xml }),
    }
}

pub(super) fn document(xml: &str) -> Result<Document<'_>, Error> {
    let mut report = Report::new(Policy::Lenient);
    read_xml(xml.as_bytes(), nixvirt_schema::kind("volume"), &mut report).ok_or_else(|| {
        let found = report.finish();
        Problems(found.iter().map(|found| Error::of_problem(&found.problem)).collect()).into()
    })
}

/// The format of a volume.
pub(super) fn format(document: &Document<'_>) -> Option<String> {
    let target = child(&document.root, names::TARGET)?;
    child(target, names::FORMAT)?.get(names::TYPE).map(str::to_owned)
}

/// The path of what a volume lies on top of.
pub(super) fn backing(document: &Document<'_>) -> Option<String> {
    child_text(child(&document.root, names::BACKING_STORE)?, names::PATH).map(str::to_owned)
}

/// The capacity in bytes.
pub(super) fn capacity(document: &Document<'_>) -> Option<u64> {
    let node = child(&document.root, names::CAPACITY)?;
    let count: u64 = node.text.as_ref()?.text.parse().ok()?;
    count.checked_mul(u64::try_from(nixvirt_compiler::bytes_of_unit(node.get("unit").unwrap_or("b"))?).ok()?)
}

/// The XML of a definition.
///
/// # Errors
/// Where it is none.
pub(super) fn parsed(xml: &str) -> Result<roxmltree::Document<'_>, Error> {
    roxmltree::Document::parse(xml).map_err(|error| error::unparsed(&error))
}

/// A definition under another name.
///
/// # Errors
/// Where it is not XML, or has no name.
pub(super) fn renamed(xml: &str, name: &str) -> Result<String, Error> {
    let tree = parsed(xml)?;
    let mut edits = Edits::default();
    let found = tree.root_element().children().find(|child| child.has_tag_name(names::NAME));
    let found =
        found.ok_or_else(|| Error::new(&codes::NO_DEFINITION, "the definition of a volume has no name"))?;
    edits.replace(found.range(), format!("<{0}>{1}</{0}>", names::NAME, escape(name)));
    Ok(edits.apply(xml))
}
