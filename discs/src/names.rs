//! Names on a disc: which there may be, and their short forms for readers that know neither Rock Ridge nor Joliet.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::DiscError;

/// The most UTF-16 units of a name: Joliet's limit.
const MOST_UNITS: usize = 64;

/// The most bytes of a name, so that its record, of 255 bytes at most, has room for all of it.
const MOST_BYTES_OF_NAME: usize = 150;

/// The most parts of a path: ISO 9660 has eight levels, and the first is the root.
const MOST_PARTS: usize = 8;

/// Checks the label of a disc.
pub(crate) fn check_label(label: &str) -> Vec<DiscError> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    match (1..=32).contains(&label.len()) && label.bytes().all(is_fine) {
        true => Vec::new(),
        false => vec![DiscError::Label { label: label.to_owned() }],
    }
}

/// The parts of a path.
///
/// # Errors
/// Where a disc cannot have the path.
pub(crate) fn parts(path: &str) -> Result<Vec<&str>, DiscError> {
    let parts: Vec<&str> = path.split('/').collect();
    let wrong = |why| DiscError::Path { path: path.to_owned(), why };
    if parts.len() > MOST_PARTS {
        return Err(wrong("it has more than eight parts"));
    }
    for part in &parts {
        if part.is_empty() {
            return Err(wrong("a part of it is empty; it is relative to the disc, as in `folder/file`"));
        }
        if [".", ".."].contains(part) {
            return Err(wrong("`.` and `..` are no names"));
        }
        if part.encode_utf16().count() > MOST_UNITS || part.len() > MOST_BYTES_OF_NAME {
            return Err(wrong("a name has 64 characters and 150 bytes at most"));
        }
        if part.chars().any(|one| one.is_control() || "*:;?\\\"<>|".contains(one)) {
            return Err(wrong("Windows has no names with control characters or one of * : ; ? \\ \" < > |"));
        }
    }
    Ok(parts)
}

/// The short names of a folder.
#[derive(Debug, Default)]
pub(crate) struct TakenNames {
    names: BTreeSet<ShortName>,
    /// The last number that was put behind a short name, for others that would have the same.
    numbers: BTreeMap<ShortName, usize>,
}

/// A name of ISO 9660: eight characters and an ending of three at most, of capital letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShortName {
    stem: String,
    ending: String,
}

impl ShortName {
    /// The short form of a name that no other one in its folder has.
    pub(crate) fn of(name: &str, is_folder: bool, taken: &mut TakenNames) -> ShortName {
        let short = |text: &str, most: usize| -> String {
            let upper = text.chars().map(|one| one.to_ascii_uppercase());
            let kept = upper.map(|one| if one.is_ascii_alphanumeric() { one } else { '_' });
            kept.take(most).collect()
        };
        let (stem, ending) = match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
            Some((stem, ending)) if !is_folder => (short(stem, 8), short(ending, 3)),
            _ => (short(name, 8), String::new()),
        };
        let wanted = ShortName { stem, ending };
        let mut found = wanted.clone();
        while !taken.names.insert(found.clone()) {
            let number = taken.numbers.entry(wanted.clone()).or_default();
            *number += 1;
            let digits = number.to_string();
            let kept: String = wanted.stem.chars().take(8_usize.saturating_sub(digits.len())).collect();
            found.stem = kept + &digits;
        }
        found
    }

    /// The name as a record of a directory has it: a file's with its version.
    pub(crate) fn identifier(&self, is_folder: bool) -> Vec<u8> {
        match is_folder {
            true => self.stem.clone().into_bytes(),
            false => format!("{}.{};1", self.stem, self.ending).into_bytes(),
        }
    }
}

/// A name in Joliet: UTF-16 with the high byte first.
pub(crate) fn joliet(name: &str) -> Vec<u8> {
    name.encode_utf16().flat_map(u16::to_be_bytes).collect()
}
