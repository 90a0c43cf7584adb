//! Where states are: the folder, and the file of a connection in it.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::file;
use crate::error::{Error, codes};
use crate::files;
use crate::key::hash;

/// The folder of the state: the system's for root, the user's own otherwise.
///
/// # Errors
/// Where there is no home to put it into.
pub fn default_folder() -> Result<PathBuf, Error> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from(OF_ROOT));
    }
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map(|home| home.join("nixvirt"))
        .ok_or_else(|| {
            Error::new(&codes::NO_STATE_FOLDER, "there is nowhere to keep the state")
                .help("set XDG_STATE_HOME, or give --state-dir")
        })
}

/// The folder that root's runs remember things in.
const OF_ROOT: &str = "/var/lib/nixvirt";

/// The folder of the state for these connections, where nobody names one.
///
/// # Errors
/// Where there is no home to put it into, or where what root remembers of one of the hosts cannot be read.
pub fn folder_for<'u>(uris: impl IntoIterator<Item = &'u str>) -> Result<PathBuf, Error> {
    let folder = default_folder()?;
    if folder == Path::new(OF_ROOT) {
        return Ok(folder);
    }
    let of_root = |uri: &str| {
        let rest = uri.split(['?', '#']).next().unwrap_or_default();
        let is_local = rest.split_once("://").is_some_and(|(_, path)| path.starts_with('/'));
        is_local && !rest.ends_with("/session") && !rest.starts_with("test:")
    };
    for uri in uris.into_iter().filter(|uri| of_root(uri)) {
        // A state of the user's own is what the user's own runs go by.
        if Path::new(OF_ROOT).exists() && !path_of(&folder, uri, "state").exists() {
            let message = format!(
                "what root's runs remember of `{uri}` in {OF_ROOT} cannot be read, and without it nothing can be said of what \
                 is ours there"
            );
            return Err(Error::new(&codes::STATE_OF_ROOT, message)
                .help("run this as root, or give the folder of another state with --state-dir"));
        }
    }
    Ok(folder)
}

/// Makes the folder of the state, for nobody else to read.
///
/// # Errors
/// Where it cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let made = files::target(folder).and_then(|folder| builder.create(folder));
    made.map_err(file(&codes::CANNOT_WRITE, "make the folder", folder))
}

/// The path of a connection's file of that ending.
pub fn path_of(folder: &Path, uri: &str, ending: &str) -> PathBuf {
    let plain: String =
        uri.chars().map(|part| if part.is_ascii_alphanumeric() { part } else { '-' }).take(60).collect();
    let hash = hash(&[uri.as_bytes()]) as u32;
    folder.join(format!("{plain}-{hash:08x}.{ending}"))
}
