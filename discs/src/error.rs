//! The errors of a disc that cannot be made.

use std::fmt;

use crate::limits::{MOST_BYTES, MOST_FILES};

/// A part of a disc that an image cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscError {
    /// The label is empty, too long or not of ASCII letters, digits, `_`, `-` and `.`.
    Label {
        /// The label as it was given.
        label: String,
    },
    /// The path of a file has a part that no disc can have.
    Path {
        /// The path as it was given.
        path: String,
        /// The fault in it, to follow the path in a sentence.
        why: &'static str,
    },
    /// A file has the path of a folder that another file is in, or one that differs in capital letters only.
    Twice {
        /// The path that was given second.
        path: String,
    },
    /// The files have more bytes together than [`MOST_BYTES`].
    TooLarge {
        /// The bytes of all files.
        bytes: usize,
    },
    /// There are more files than [`MOST_FILES`].
    TooMany {
        /// The number of files.
        files: usize,
    },
}

impl fmt::Display for DiscError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscError::Label { label } => write!(
                out,
                "{label:?} cannot be the label of a disc: expected 1 to 32 of A-Z, a-z, 0-9, `_`, `-` and `.`"
            ),
            DiscError::Path { path, why } => {
                write!(out, "{path:?} cannot be the path of a file on a disc: {why}")
            }
            DiscError::Twice { path } => {
                write!(
                    out,
                    "{path:?} is on the disc twice, as a file and a folder or in other capital letters"
                )
            }
            DiscError::TooLarge { bytes } => {
                write!(out, "the files have {bytes} bytes together, and a disc takes {} at most", MOST_BYTES)
            }
            DiscError::TooMany { files } => {
                write!(out, "there are {files} files, and a disc takes {} at most", MOST_FILES)
            }
        }
    }
}
