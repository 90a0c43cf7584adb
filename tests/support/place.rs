//! Where things are: the repository, and the folders that only our own machines have.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// NixVirt's recorded results: `NIXVIRT_CHECKS`, by default `../shared/nixvirt-checks`.
pub fn checks() -> Option<PathBuf> {
    outside("NIXVIRT_CHECKS", "nixvirt-checks")
}

/// libvirt's own test files: `NIXVIRT_CORPUS`, by default `../shared/corpus`.
pub fn corpus() -> Option<PathBuf> {
    outside("NIXVIRT_CORPUS", "corpus")
}

/// libvirt's schemas, a folder for each version: `NIXVIRT_LIBVIRT`, by default `../shared/libvirt`.
pub fn schemas() -> Option<PathBuf> {
    outside("NIXVIRT_LIBVIRT", "libvirt")
}

/// Small definitions from public bug reports, with libvirt's verdicts: `NIXVIRT_CASES`, by default `../shared/cases`.
pub fn cases() -> Option<PathBuf> {
    outside("NIXVIRT_CASES", "cases")
}

/// A folder outside of the repository. One that a variable names must be there; the usual one may be missing, in CI too:
/// who has cloned only the repository has not got it.
fn outside(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(place) = env::var_os(variable) {
        let place = PathBuf::from(place);
        assert!(place.is_dir(), "{variable} names {}, which is no folder", place.display());
        return Some(place);
    }
    // A work tree of git may stand a level deeper than a clone.
    let usual = ["..", "../.."].map(|up| root().join(up).join("shared").join(name));
    let found = usual.iter().find(|place| place.is_dir()).cloned();
    if found.is_none() {
        crate::skip::say(&format!("there is no {} ({variable} says where)", usual[0].display()));
    }
    found
}
