//! The content of new volumes, and the record that it begins with.

use crate::content::Image;
use crate::error::Error;
use crate::source::{DiscSource, Filled, ImageSource, VolumeSource};

/// The content of a new volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The content of an image.
    Image(ImageSource),
    /// The new content of the image of another volume, which stays as it is.
    Beside {
        /// The image that is copied.
        source: ImageSource,
        /// The hash of its content.
        hash: String,
        /// The volume that it is the image of.
        of: String,
    },
    /// The content of an image with that hash, for others to lie on top of it.
    Base {
        /// The image that is copied.
        source: ImageSource,
        /// The hash of its content.
        hash: String,
    },
    /// Nothing of its own: it lies on top of that volume.
    OnTop {
        /// The image that is below it.
        source: ImageSource,
        /// The volume with the image.
        base: String,
        /// The hash of the image.
        hash: String,
    },
    /// The content of another volume of the host: a copy of it, or nothing of its own on top of it.
    Copy(VolumeSource),
    /// A disc that is made here.
    Disc(DiscSource),
}

impl Fill {
    /// The image that it comes from.
    pub fn image(&self) -> Option<&ImageSource> {
        match self {
            Fill::Image(source)
            | Fill::Beside { source, .. }
            | Fill::Base { source, .. }
            | Fill::OnTop { source, .. } => Some(source),
            Fill::Copy(_) | Fill::Disc(_) => None,
        }
    }

    /// The content in words that follow "create, ".
    pub fn describe(&self) -> String {
        let image = self.image().map(|source| source.image.display().to_string()).unwrap_or_default();
        match self {
            Fill::Image(_) => format!("with the content of {image}"),
            Fill::Beside { of, .. } => {
                format!(
                    "with the content of {image}; `{of}` keeps what it has, and copies of it are made of this one"
                )
            }
            Fill::Base { .. } => format!("with the content of {image}, for others to lie on top of it"),
            Fill::OnTop { base, .. } => format!("on top of {image} (volume `{base}`)"),
            Fill::Copy(source) if source.overlay => format!("on top of {}", of_host(source)),
            Fill::Copy(source) => format!("as a copy of {}", of_host(source)),
            Fill::Disc(source) => format!("with the disc `{}`", source.of),
        }
    }

    /// The record of the volume before its hash is known, and the image if it is still to be read for that.
    ///
    /// # Errors
    /// Where the image cannot be opened.
    pub fn begin(&self, volume: &str) -> Result<(Filled, Option<Image>), Error> {
        if let Fill::Disc(source) = self {
            return Ok((Filled { disc: true, ..Filled::of(volume, None, &source.hash, false) }, None));
        }
        let Some(source) = self.image() else { return Ok((Filled::of(volume, None, "", false), None)) };
        let image = Image::open(&source.image)?;
        let record = |hash: &str, base| Filled::of(volume, Some(image.stamp.clone()), hash, base);
        Ok(match self {
            Fill::Image(_) | Fill::Copy(_) | Fill::Disc(_) => (record("", false), Some(image)),
            Fill::Base { hash, .. } => (record(hash, true), None),
            Fill::OnTop { hash, .. } | Fill::Beside { hash, .. } => (record(hash, false), None),
        })
    }
}

/// The volume of the host that another one is made of, in words.
fn of_host(source: &VolumeSource) -> String {
    match &source.pool {
        Some(pool) => format!("volume `{}` of pool `{pool}`", source.volume),
        None => format!("volume `{}`", source.volume),
    }
}

/// The name of the volume that an image is put into once, for others to lie on top of it.
pub fn base_name(hash: &str) -> String {
    format!("nixvirt-base-{}", hash.get(..16).unwrap_or(hash))
}

/// The name of the volume that gets the new image of another one.
pub fn beside_name(volume: &str, hash: &str) -> String {
    let hash = hash.get(..16).unwrap_or(hash);
    match volume.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && !end.is_empty()) {
        Some((stem, end)) => format!("{stem}-{hash}.{end}"),
        None => format!("{volume}-{hash}"),
    }
}
