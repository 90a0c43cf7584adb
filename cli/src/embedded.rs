//! The program's own Nix files as files that an editor can open: written to the user's cache once for each version of them.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nixvirt_evaluator::EMBEDDED;
use nixvirt_ide::evaluate::{TEMPLATES, template_files};

/// The file of one that is part of the program, by its path in there.
pub fn file(path: &Path) -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let below = path.strip_prefix(EMBEDDED).ok()?;
    template_files().find(|(name, _)| Path::new(TEMPLATES).join(name) == below)?;
    Some(FOLDER.get_or_init(|| write().ok()).as_ref()?.join(below))
}

/// Where the user's programs keep what they can make anew.
fn cache() -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")))
}

/// Writes the files, all of them or none, unless they are there.
fn write() -> io::Result<PathBuf> {
    let cache = cache().ok_or(io::ErrorKind::NotFound)?.join("nixvirt");
    let folder = cache.join(format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), digest()));
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&cache)?;
    let new = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(&cache)?;
    for (name, text) in template_files() {
        let file = new.path().join(TEMPLATES).join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, text)?;
        // They say what the program does, and changing them does not change that.
        fs::set_permissions(&file, Permissions::from_mode(0o444))?;
    }
    match fs::rename(new.path(), &folder) {
        Ok(()) => drop(new.keep()),
        // Another server was faster; what it wrote is the same.
        Err(_) if folder.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(folder)
}

/// A number that is another one where the files are others (FNV-1a).
fn digest() -> u64 {
    let bytes =
        template_files().flat_map(|(name, text)| name.bytes().chain([0]).chain(text.bytes()).chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
