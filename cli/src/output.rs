//! Writing: files and folders that appear whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nixvirt_compiler::Bundle;
use rayon::prelude::*;

use crate::Status;

/// Prints to standard output.
pub fn to_stdout(bytes: &[u8]) -> io::Result<Status> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(Status::Fine)
}

/// Writes to a file, or to standard output where none is asked for or it is called `-`.
pub fn to(target: Option<&Path>, bytes: &[u8]) -> io::Result<Status> {
    match target.filter(|target| !is_hyphen(target)) {
        Some(file) => to_file(file, bytes).map(|()| Status::Fine),
        None => to_stdout(bytes),
    }
}

/// Writes to the file that was read.
pub fn over_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match is_hyphen(path) {
        true => Err(io::Error::other("standard input cannot be written to: leave out `--write` to print it")),
        false => to_file(path, bytes),
    }
}

/// Whether a path stands for standard input or output.
pub fn is_hyphen(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes a file: a temporary one beside it, renamed once it is whole. A file that is there already keeps its permissions,
/// a symbolic link stays one, and what is no file (`/dev/stdout`, a named pipe) is written to as it is.
pub fn to_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let write = || {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_dir()) {
            return File::options().write(true).open(path)?.write_all(bytes);
        }
        if there.as_ref().is_some_and(|there| there.is_dir()) {
            return Err(io::Error::other("it is a folder, and what is to be written makes one file"));
        }
        let path = if there.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let mut file = tempfile::Builder::new()
            .prefix(".nixvirt-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder_to_write(&path)?)
            .map_err(without_path)?;
        file.write_all(bytes)?;
        if let Some(there) = there {
            file.as_file().set_permissions(there.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
    })
}

/// Writes a bundle's folder. A folder of ours that is there already is replaced, files that it no longer has included;
/// one that holds anything else is left alone.
pub fn to_folder(folder: &Path, bundle: &Bundle) -> io::Result<()> {
    let write = || {
        let old = folder.exists();
        if old && !folder.is_dir() {
            return Err(io::Error::other("it is a file, and a bundle makes a folder of files"));
        }
        if old && !is_ours(folder)? {
            let advice = "give a new folder, an empty one, or one that a bundle was written to";
            return Err(io::Error::other(format!(
                "it holds something that is not a compiled bundle: {advice}"
            )));
        }
        let new = tempfile::Builder::new()
            .prefix(".nixvirt-")
            .permissions(Permissions::from_mode(0o777))
            .tempdir_in(folder_to_write(folder)?)
            .map_err(without_path)?;
        let folders: BTreeSet<&Path> =
            bundle.files.iter().map(|file| folder_of(Path::new(&file.path))).collect();
        folders.into_iter().try_for_each(|below| fs::create_dir_all(new.path().join(below)))?;
        bundle.files.par_iter().try_for_each(|file| {
            let (before, path) = (folder.join(&file.path), new.path().join(&file.path));
            // What has not changed need not be made again, which takes a file system longer than to look.
            let same = old && fs::read(&before).is_ok_and(|before| before == file.xml.as_bytes());
            if same && fs::hard_link(before, &path).is_ok() { Ok(()) } else { fs::write(path, &file.xml) }
        })?;
        let mut index = serde_json::to_vec_pretty(&bundle.index)?;
        index.push(b'\n');
        fs::write(new.path().join("bundle.json"), index)?;
        if old {
            let aside = tempfile::Builder::new().prefix(".nixvirt-old-").tempdir_in(folder_of(folder))?;
            fs::rename(folder, aside.path().join("old"))?;
        }
        fs::rename(new.keep(), folder)
    };
    write().map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", folder.display()))
    })
}

/// A path as seen from anywhere, whether or not there is anything at it.
pub fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

fn is_ours(folder: &Path) -> io::Result<bool> {
    Ok(folder.join("bundle.json").is_file() || fs::read_dir(folder)?.next().is_none())
}

/// The folder that is to hold a file.
fn folder_to_write(path: &Path) -> io::Result<&Path> {
    let folder = folder_of(path);
    match folder.is_dir() {
        true => Ok(folder),
        false => Err(io::Error::other(format!("there is no folder {}", folder.display()))),
    }
}

/// An error without the name of the temporary file that it is about, which nobody has heard of.
fn without_path(error: io::Error) -> io::Error {
    io::Error::from(error.kind())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
