//! The sources of new volumes, as a bundle says them, and the records of volumes that were made so.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The thing that a new volume is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An image on this machine.
    Image(ImageSource),
    /// A volume of the host.
    Volume(VolumeSource),
    /// A disc that is made here.
    Disc(DiscSource),
}

/// A disc that is made here, for a machine to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscSource {
    /// The bytes of the disc.
    pub content: DiscContent,
    /// The hash of these bytes.
    pub hash: String,
    /// The name of the disc.
    pub of: String,
}

/// The state's record of the seed for cloud-init that a domain has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedStamp {
    /// The hash of the disc's bytes.
    pub hash: String,
    /// The instance-id in it, by which cloud-init tells whether it has run.
    pub instance: String,
}

/// The bytes of a disc. They may hold secrets, so that no message shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct DiscContent(Arc<[u8]>);

impl DiscContent {
    /// Takes the bytes of a whole image.
    pub fn new(bytes: Vec<u8>) -> DiscContent {
        DiscContent(bytes.into())
    }

    /// The bytes of the image, for nobody but the host.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DiscContent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.0.len())
    }
}

/// An image on this machine that a volume is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSource {
    /// The file of the image.
    pub image: PathBuf,
    /// Whether the volume lies on top of the image instead of holding it.
    pub backing: bool,
    /// The image's format; nothing: as its first bytes say.
    pub format: Option<String>,
    /// The consequence for the volume when the image has changed.
    pub on_change: OnChange,
}

/// A volume of the host that another one is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSource {
    /// The name of the volume.
    pub volume: String,
    /// The name of its pool; nothing: that of the new volume.
    pub pool: Option<String>,
    /// Whether the new volume lies on top of it instead of being a copy of it.
    pub overlay: bool,
}

/// The consequences for a volume when its image has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is made anew.
    Replace,
    /// It stays as it is, and the new image comes into another volume beside it.
    New,
}

impl OnChange {
    /// Each with its word in a bundle.
    pub const WORDS: [(&str, OnChange); 3] =
        [("keep", OnChange::Keep), ("replace", OnChange::Replace), ("new", OnChange::New)];
}

/// The identity of an image without reading it: images with equal stamps count as the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageStamp {
    /// The path of the image.
    pub image: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was modified, in nanoseconds since 1970.
    pub modified: u64,
}

/// The state's record of a volume's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// The name of the volume.
    pub volume: String,
    /// The image as it was when the volume was filled; nothing where it was made of another volume.
    #[serde(flatten)]
    pub stamp: Option<ImageStamp>,
    /// The hash of the image's content ([`crate::content::Image::hash`]).
    pub hash: String,
    /// Whether all of it is in the volume. A run that was ended meanwhile leaves a volume that is not whole.
    pub whole: bool,
    /// Whether the volume is there only for others to lie on top of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub base: bool,
    /// Whether it is a disc that was made for a machine, and is removed with the last use of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disc: bool,
    /// An image of another content that was declared since, and was not put into the volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<ImageStamp>,
    /// The volume beside it that has the newest image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
}

impl Filled {
    /// The record for a volume that is made; it is not whole yet.
    pub fn of(volume: &str, stamp: Option<ImageStamp>, hash: &str, base: bool) -> Filled {
        Filled {
            volume: volume.to_owned(),
            stamp,
            hash: hash.to_owned(),
            whole: false,
            base,
            disc: false,
            other: None,
            newest: None,
        }
    }
}
