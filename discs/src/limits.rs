//! The files of a disc, and how many there may be.

use std::collections::BTreeMap;

/// The files of a disc: the content of each by its path, such as `combustion/script`.
pub type DiscFiles = BTreeMap<String, Vec<u8>>;

/// The most bytes that the files of a disc may have together. The image is made in memory.
pub const MOST_BYTES: usize = 512 << 20;

/// The most files of a disc. With eight parts in each path, the folders can be counted in 16 bits, as a path table does.
pub const MOST_FILES: usize = 8000;
