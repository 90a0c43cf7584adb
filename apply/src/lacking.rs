//! The declared elements and attributes that the host's libvirt is too old for. It refuses such words in places, and
//! ignores elements and attributes that it does not know.

use nixvirt_compiler::{Target, check_definition, codes};
use nixvirt_schema::Version;

use crate::declared::Declared;

/// The declared parts that a libvirt of that version, in libvirt's own numbers, lacks, in definitions that are new or
/// changed.
pub fn lacking(version: u32, declared: &[Declared]) -> Vec<String> {
    let Some(version) = Version::from_number(version.into()) else { return Vec::new() };
    let (target, _) = Target::of(version);
    // The newest has everything.
    if target == Target::NEWEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    for object in declared {
        // An object that was applied before and has not changed was reported then.
        let Some(text) = &object.text else { continue };
        let checked = check_definition(text.as_bytes(), object.entry.kind.schema(), target);
        let lacking = checked.diagnostics.into_iter();
        let lacking = lacking.filter(|found| *found.problem.code() == codes::LIBVIRT_VERSION);
        found.extend(lacking.map(|found| {
            format!(
                "the host's libvirt {version} lacks something of {}: {}: {}",
                object.title(),
                found.path,
                found.problem
            )
        }));
    }
    found
}
