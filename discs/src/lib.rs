//! Small discs: ISO 9660 images of a few files, with their names in Rock Ridge (Linux) and in Joliet (Windows).
//!
//! Invariant: an image is a function of its label and its files. No clock, no random number, no file of the host goes
//! into it. The libraries that exist put the time of the run into each image, so this is our own.

mod error;
mod iso9660;
mod limits;
mod names;
mod records;
mod tree;

pub use self::error::DiscError;
pub use self::limits::{DiscFiles, MOST_BYTES, MOST_FILES};

/// The ISO 9660 image of some files, a whole number of sectors of 2048 bytes.
///
/// # Errors
/// All labels, paths and sizes that a disc cannot have.
pub fn image(label: &str, files: &DiscFiles) -> Result<Vec<u8>, Vec<DiscError>> {
    let mut errors = check_sizes(label, files);
    match tree::tree(files) {
        Ok(tree) if errors.is_empty() => Ok(iso9660::write(label, &tree)),
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            Err(errors)
        }
    }
}

/// All labels, paths and sizes that a disc cannot have, without making it.
pub fn check(label: &str, files: &DiscFiles) -> Vec<DiscError> {
    let mut errors = check_sizes(label, files);
    errors.extend(tree::tree(files).err().unwrap_or_default());
    errors
}

/// The label and sizes that a disc cannot have.
fn check_sizes(label: &str, files: &DiscFiles) -> Vec<DiscError> {
    let mut errors = names::check_label(label);
    let total = files.values().map(Vec::len).fold(0, usize::saturating_add);
    if total > MOST_BYTES {
        errors.push(DiscError::TooLarge { bytes: total });
    }
    if files.len() > MOST_FILES {
        errors.push(DiscError::TooMany { files: files.len() });
    }
    errors
}
