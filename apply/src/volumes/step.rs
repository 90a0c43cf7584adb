//! What is done about volumes, and what that is decided by.

use uuid::Uuid;

use super::fill::Fill;
use crate::content::Filled;
use crate::declared::Declared;
use crate::error::Error;

/// What is done about a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeAction {
    /// It is made.
    Create {
        /// Its definition.
        xml: String,
        /// What it gets into it.
        fill: Option<Fill>,
    },
    /// It is removed with what is in it, and made anew.
    Replace {
        /// Its definition.
        xml: String,
        /// What it gets into it.
        fill: Fill,
        /// Why.
        why: &'static str,
        /// The running domains that are stopped for it and started again.
        users: Vec<Uuid>,
    },
    /// It is grown.
    Grow {
        /// The bytes that it has.
        from: u64,
        /// The bytes that it gets.
        to: u64,
    },
    /// It is removed, with what is in it.
    Delete,
}

impl VolumeAction {
    /// Whether what is in the volume is gone afterwards.
    pub fn loses_data(&self) -> bool {
        matches!(self, VolumeAction::Delete | VolumeAction::Replace { .. })
    }
}

/// What is done about a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeStep {
    /// Its name.
    pub name: String,
    /// What is done.
    pub action: VolumeAction,
}

/// What is decided about the volumes of a pool.
#[derive(Debug, Default)]
pub struct Decided {
    /// What is done.
    pub steps: Vec<VolumeStep>,
    /// What is to be said of them.
    pub notes: Vec<String>,
    /// What cannot be done about some of them.
    pub problems: Vec<Error>,
    /// What is to be remembered of images that have moved or changed.
    pub moved: Vec<Filled>,
}

/// Why a volume is made anew.
pub(super) const INTERRUPTED: &str = "the run that filled it was ended before all was in it";

pub(super) const CHANGED: &str = "its image has changed; what was written to the volume since is lost";

/// What is known where it is decided about volumes.
#[derive(Clone, Copy)]
pub struct KnownContents<'k> {
    /// The declared objects.
    pub declared: &'k [Declared],
    /// What is in the volumes, as far as it came from images.
    pub contents: &'k [Filled],
}

/// What a volume that exists comes to.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub action: Option<VolumeAction>,
    pub moved: Option<Filled>,
    pub notes: Vec<String>,
    pub problems: Vec<Error>,
}
