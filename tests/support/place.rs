//! Where things are: the repository, and the folders that only our own machines have.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// The folder of NixVirt's recorded results.
pub fn checks() -> PathBuf {
    root().join("tests/nixvirt")
}

/// libvirt's own test files: `NIXVIRT_CORPUS`, by default what `tests/libvirt/fetch` brought.
pub fn corpus() -> Option<PathBuf> {
    if let Some(place) = named("NIXVIRT_CORPUS") {
        return Some(place);
    }
    let found = fetched("corpus").or_else(|| beside("corpus"));
    if found.is_none() {
        crate::skip::say("libvirt's test files are not here: `tests/libvirt/fetch` brings them");
    }
    found
}

/// Folders that have libvirt's schemas, a folder for each version: `NIXVIRT_LIBVIRT`, or what `tests/libvirt/fetch` brought.
pub fn schemas() -> Vec<PathBuf> {
    match named("NIXVIRT_LIBVIRT") {
        Some(place) => vec![place],
        None => fetched("schemas").into_iter().chain(beside("libvirt")).collect(),
    }
}

/// The folder that a variable names, which must be there.
fn named(variable: &str) -> Option<PathBuf> {
    let place = PathBuf::from(env::var_os(variable)?);
    assert!(place.is_dir(), "{variable} names {}, which is no folder", place.display());
    Some(place)
}

/// A file that `tests/libvirt/fetch` keeps outside the checkout.
fn fetched(name: &str) -> Option<PathBuf> {
    kept(&format!("libvirt/{name}"))
}

/// The packages of npm that drive a browser, which `tests/run` keeps outside the checkout.
pub fn browser() -> Option<PathBuf> {
    kept("browser/node_modules")
}

/// A folder that the tests keep outside the checkout.
fn kept(name: &str) -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("nixvirt-tests").join(name)).filter(|place| place.is_dir())
}

/// A folder in `shared` beside the checkout. A work tree of git may stand a level deeper than a clone.
fn beside(name: &str) -> Option<PathBuf> {
    let places = ["..", "../.."].map(|up| root().join(up).join("shared").join(name));
    places.into_iter().find(|place| place.is_dir())
}
