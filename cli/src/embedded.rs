//! The program's own Nix files, and its pages on diagnostic codes, as files that an editor can open: written to the user's cache
//! once for each version of them.

use std::borrow::Cow;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nixvirt_compiler::codes;
use nixvirt_evaluator::EMBEDDED;
use nixvirt_expand::evaluate::{TEMPLATES, template_files};
use nixvirt_ide::describe;
use nixvirt_ide::files::{PAGES, page_name};

/// The file of one that is part of the program, by its path in there.
pub(crate) fn file(path: &Path) -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let below = path.strip_prefix(EMBEDDED).ok()?;
    let is_template = || template_files().any(|(name, _)| Path::new(TEMPLATES).join(name) == below);
    let is_page = |page: &Path| page.file_stem()?.to_str().and_then(codes::code);
    match below.strip_prefix(PAGES) {
        Ok(page) => drop(is_page(page)?),
        Err(_) => is_template().then_some(())?,
    }
    Some(FOLDER.get_or_init(|| write().ok()).as_ref()?.join(below))
}

/// The files, by their paths below [`EMBEDDED`], and what is in them.
fn files() -> Vec<(PathBuf, Cow<'static, str>)> {
    let templates =
        template_files().map(|(name, text)| (Path::new(TEMPLATES).join(name), Cow::Borrowed(text)));
    let pages = codes::all()
        .map(|code| (Path::new(PAGES).join(page_name(code.name)), Cow::Owned(describe::code_page(code))));
    templates.chain(pages).collect()
}

/// Where the user's programs keep what they can make anew.
fn cache() -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")))
}

/// Writes the files, all of them or none, unless they are there.
fn write() -> io::Result<PathBuf> {
    let cache = cache().ok_or(io::ErrorKind::NotFound)?.join("nixvirt");
    let files = files();
    let folder = cache.join(format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), digest(&files)));
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&cache)?;
    let new = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(&cache)?;
    for (path, text) in &files {
        let file = new.path().join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, text.as_bytes())?;
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
fn digest(files: &[(PathBuf, Cow<'_, str>)]) -> u64 {
    let bytes = files.iter().flat_map(|(path, text)| {
        path.as_os_str().as_encoded_bytes().iter().copied().chain([0]).chain(text.bytes()).chain([0])
    });
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
