//! The file in the folder of a view: whose the view is, and what it holds.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::refused::refused;
use crate::error::Error;
use crate::files;

/// The name of the file.
pub(super) const MARK: &str = "view.json";
/// The version of its format.
const FORMAT: u32 = 1;

/// The owner and the content of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ViewContent {
    /// The version of the format.
    pub(super) nixvirt_view: u32,
    /// The UUID of the domain whose guest sees it.
    pub(super) uuid: Uuid,
    /// The libvirt that has the domain.
    pub(super) host: String,
    /// The systems of which it has all that they need.
    pub(super) systems: BTreeSet<String>,
    /// The names of the paths in it.
    pub(super) paths: BTreeSet<String>,
    /// The number that libvirt gave the running guest which may use more than its definitions name: it may have been switched.
    pub(super) guest: Option<u32>,
}

impl ViewContent {
    /// A view of a domain that has nothing yet.
    pub(super) fn new(uuid: Uuid, host: String) -> ViewContent {
        let (systems, paths) = (BTreeSet::new(), BTreeSet::new());
        ViewContent { nixvirt_view: FORMAT, uuid, host, systems, paths, guest: None }
    }

    /// Reads the file that says whose a view is; nothing where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, or another release has written it.
    pub(super) fn read(folder: &Path) -> Result<Option<ViewContent>, Error> {
        let mark = folder.join(MARK);
        let wrong = |why| refused(format!("cannot read {}", mark.display())).system(why);
        let bytes = match files::read(&mark) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| wrong(error.to_string()))?,
        };
        let content: ViewContent =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        match content.nixvirt_view {
            FORMAT => Ok(Some(content)),
            format => Err(wrong(format!("it is of format {format}, and this release reads {FORMAT}"))),
        }
    }

    /// Writes the file, in one step.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        files::replace(&folder.join(MARK), &serde_json::to_vec(self)?, 0o644)
    }
}
