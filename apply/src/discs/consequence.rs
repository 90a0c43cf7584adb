//! The consequences for a guest whose seed, or whose configuration for Ignition, is another one.

use nixvirt_compiler::printable::printable_line;
use nixvirt_compiler::seed::CIDATA;
use nixvirt_compiler::{Policy, Report};

use super::hashed::{ISO, hash_in};
use super::ignition::files_of;
use crate::document::{child, read_document};
use crate::kind::ObjectKind;
use crate::names;
use crate::source::SeedStamp;

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
    let hashes = volumes.filter_map(|volume| hash_in(volume, CIDATA, ISO));
    let mut hashes = hashes.peekable();
    hashes.peek().is_some() && hashes.all(|hash| !seed.hash.starts_with(hash))
}

/// The consequence of another configuration for Ignition. The definitions are the declared one and what libvirt has.
pub fn of_changed_ignition(declared: &str, definition: &str) -> Option<String> {
    let (new, old) = (files_of(declared), files_of(definition));
    let is_new = !new.is_empty() && new != old;
    is_new.then(|| {
        "its config for Ignition is another one. It is for a new machine: Ignition runs at the first boot only, so that the guest does \
         not read it again, and is not restarted for it"
            .to_owned()
    })
}
