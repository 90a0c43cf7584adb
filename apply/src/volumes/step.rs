//! The steps for volumes, and the facts that decide about them.

use uuid::Uuid;

use super::fill::Fill;
use crate::declared::Declared;
use crate::error::Error;
use crate::source::Filled;

/// The action on a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeAction {
    /// The volume is made.
    Create {
        /// The XML of its definition.
        xml: String,
        /// The content that it gets; nothing leaves it empty.
        fill: Option<Fill>,
    },
    /// It is removed with what is in it, and made anew.
    Replace {
        /// The XML of its definition.
        xml: String,
        /// The content that it gets.
        fill: Fill,
        /// The reason, in words.
        why: &'static str,
        /// The running domains that are stopped for it and started again.
        users: Vec<Uuid>,
    },
    /// The volume is grown in place.
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
    /// The content that the volume gets.
    pub fn fill(&self) -> Option<&Fill> {
        match self {
            VolumeAction::Create { fill, .. } => fill.as_ref(),
            VolumeAction::Replace { fill, .. } => Some(fill),
            VolumeAction::Grow { .. } | VolumeAction::Delete => None,
        }
    }

    /// Whether what is in the volume is gone afterwards.
    pub fn loses_data(&self) -> bool {
        matches!(self, VolumeAction::Delete | VolumeAction::Replace { .. })
    }
}

/// The plan for one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeStep {
    /// The name of the volume.
    pub name: String,
    /// The action on it.
    pub action: VolumeAction,
}

/// The plan for the volumes of a pool.
#[derive(Debug, Default)]
pub struct Decided {
    /// The steps, one for each volume that changes.
    pub steps: Vec<VolumeStep>,
    /// Notes on the volumes, a sentence each.
    pub notes: Vec<String>,
    /// The errors of volumes that cannot be as declared.
    pub problems: Vec<Error>,
    /// The new records of volumes whose images have moved or changed.
    pub moved: Vec<Filled>,
    /// The discs of an earlier declaration, which are removed once no domain names them.
    pub later: Vec<String>,
}

/// Why a volume is made anew.
pub(super) const INTERRUPTED: &str = "the run that filled it was ended before all was in it";

pub(super) const CHANGED: &str = "its image has changed; what was written to the volume since is lost";

/// The facts that decide about volumes.
#[derive(Clone, Copy)]
pub struct KnownContents<'k> {
    /// The objects that are declared.
    pub declared: &'k [Declared],
    /// The records of volumes' content that came from images.
    pub contents: &'k [Filled],
}

/// The result of comparing a volume with its declaration.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub action: Option<VolumeAction>,
    pub moved: Vec<Filled>,
    /// The volume beside it that gets the new image.
    pub beside: Option<VolumeStep>,
    pub notes: Vec<String>,
    pub problems: Vec<Error>,
}
