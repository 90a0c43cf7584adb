//! Images on this machine: what they are on top of.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::host::Host;

/// No chain is longer.
const MOST: usize = 200;

/// The images below one, nearest first; nothing where one of them cannot be read, as on another machine.
pub fn below(host: &Host, image: &str) -> Option<Vec<String>> {
    if !host.is_local() {
        return None;
    }
    let mut chain = Vec::new();
    let mut image = PathBuf::from(image);
    while chain.len() < MOST {
        let Some(next) = backing(&image)? else { return Some(chain) };
        // A relative path is relative to the image that names it.
        image = image.parent().unwrap_or(Path::new("/")).join(next);
        chain.push(image.to_str()?.to_owned());
    }
    None
}

/// The backing file of an image; the outer nothing where it cannot be told, the inner one where there is none.
pub(crate) fn backing(image: &Path) -> Option<Option<String>> {
    // Anything else, such as a FIFO, would not be read but waited for.
    if !std::fs::metadata(image).ok()?.is_file() {
        return None;
    }
    let file = File::open(image).ok()?;
    let mut head = [0; 20];
    match file.read_exact_at(&mut head, 0) {
        Ok(()) => {}
        Err(_) => return Some(None),
    }
    match &head[..4] {
        b"QFI\xfb" => {}
        // Other formats with something below them.
        b"QED\0" | b"KDMV" | b"cowd" => return None,
        _ => return Some(None),
    }
    let number = |at: usize, length: usize| {
        head[at..at + length].iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte))
    };
    let (offset, length) = (number(8, 8), number(16, 4));
    if offset == 0 || length == 0 {
        return Some(None);
    }
    // The format allows no more.
    if length > 1023 {
        return None;
    }
    let mut name = vec![0; usize::try_from(length).ok()?];
    file.read_exact_at(&mut name, offset).ok()?;
    let name = String::from_utf8(name).ok()?;
    // A backing store that is not a file has a protocol (`nbd://...`, `json:{...}`).
    let name = name.strip_prefix("file:").unwrap_or(&name);
    if name.split_once('/').map_or(name, |(first, _)| first).contains(':') {
        None
    } else {
        Some(Some(name.to_owned()))
    }
}
