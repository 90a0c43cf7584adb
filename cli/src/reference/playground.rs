//! The files of a built playground, which become part of the site.

use std::fs;
use std::io;
use std::path::Path;

use nixvirt_reference::SiteFile;

/// The longest file that can be ours.
pub(super) const LONGEST: u64 = 64 << 20;
/// The page of the playground.
const PAGE: &str = "index.html";

/// Reads the files of a folder that `playground/build` made for a site.
pub(super) fn files(folder: &Path) -> io::Result<Vec<SiteFile>> {
    let failed = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot read the playground {}: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        files.push(file(&entry.map_err(failed)?).map_err(failed)?);
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let built = "make it by `playground/build FOLDER ..`, or all of the site by `reference/build FOLDER`";
    let shown = folder.display();
    match files.iter().find(|file| file.path == PAGE) {
        None => Err(io::Error::other(format!("{shown} is no playground, for it has no {PAGE}: {built}"))),
        // A visitor of a page without a way back is lost.
        Some(page) if !String::from_utf8_lossy(&page.bytes).contains("href=\"../index.html\"") => {
            let why = format!("{shown} is a playground that stands alone, and links no reference: {built}");
            Err(io::Error::other(why))
        }
        Some(_) => Ok(files),
    }
}

fn file(entry: &fs::DirEntry) -> io::Result<SiteFile> {
    let name = entry.file_name();
    let unfit = |why: &str| io::Error::other(format!("{} {why}", name.display()));
    let path = name.to_str().ok_or_else(|| unfit("has a name that is no UTF-8"))?.to_owned();
    let metadata = fs::metadata(entry.path())?;
    match metadata.is_file() {
        false => Err(unfit("is no file, and a playground has nothing but files")),
        true if path.starts_with('.') => Err(unfit("is hidden, and a playground has no such file")),
        true if metadata.len() > LONGEST => Err(unfit("is longer than any file of a playground")),
        true => Ok(SiteFile { path, bytes: fs::read(entry.path())? }),
    }
}
