//! Volumes that are made of an image or of another volume: making them, and what is known of those that are there.

use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use super::copy;
use super::definition::{CAPACITY, capacity, document, format};
use crate::content::{Image, Ready};
use crate::edits::{Edits, escape};
use crate::error::{self, Error, codes, libvirt};
use crate::host::Host;
use crate::names;
use crate::source::{Filled, ImageSource, VolumeSource};
use crate::upload::upload;

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
    /// What is in another volume of the host: a copy of it, or nothing of its own on top of it.
    Copy(VolumeSource),
}

impl Fill {
    /// The image that it comes from.
    pub fn image(&self) -> Option<&ImageSource> {
        match self {
            Fill::Image(source)
            | Fill::Beside { source, .. }
            | Fill::Base { source, .. }
            | Fill::OnTop { source, .. } => Some(source),
            Fill::Copy(_) => None,
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
        }
    }

    /// The record of the volume before its hash is known, and the image if it is still to be read for that.
    ///
    /// # Errors
    /// Where the image cannot be opened.
    pub fn begin(&self, volume: &str) -> Result<(Filled, Option<Image>), Error> {
        let Some(source) = self.image() else { return Ok((Filled::of(volume, None, "", false), None)) };
        let image = Image::open(&source.image)?;
        let record = |hash: &str, base| Filled::of(volume, Some(image.stamp.clone()), hash, base);
        Ok(match self {
            Fill::Image(_) | Fill::Copy(_) => (record("", false), Some(image)),
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

/// A definition under another name.
///
/// # Errors
/// Where it is not XML, or has no name.
pub(super) fn renamed(xml: &str, name: &str) -> Result<String, Error> {
    let tree = parsed(xml)?;
    let mut edits = Edits::default();
    let found = tree.root_element().children().find(|child| child.has_tag_name(names::NAME));
    let found =
        found.ok_or_else(|| Error::new(&codes::NO_DEFINITION, "the definition of a volume has no name"))?;
    edits.replace(found.range(), format!("<{0}>{1}</{0}>", names::NAME, escape(name)));
    Ok(edits.apply(xml))
}

/// Makes a volume and fills it. Where it cannot be filled, it is removed again.
///
/// # Errors
/// An unusable image, or an error of libvirt.
pub fn make(
    host: &Host,
    pool: &StoragePool,
    (name, xml): (&str, &str),
    fill: &Fill,
    tell: &mut dyn FnMut(String),
) -> Result<(), Error> {
    let ready = |source: &ImageSource, wanted: Option<&str>| {
        Image::open(&source.image)?.ready(source.format.as_deref(), wanted)
    };
    match fill {
        Fill::Base { source, .. } => {
            let ready = ready(source, None)?;
            let xml = format!(
                "<volume><name>{}</name><capacity>{}</capacity><target><format type='{}'/></target></volume>",
                escape(name),
                ready.size,
                escape(&ready.format)
            );
            create(host, pool, &xml, Some(&ready), tell)
        }
        Fill::Image(source) | Fill::Beside { source, .. } => {
            let wanted = document(xml)?;
            let ready = ready(source, Some(format(&wanted).as_deref().unwrap_or("raw")))?;
            let xml = with_capacity(xml, capacity(&wanted), ready.size, "its image")?;
            create(host, pool, &xml, Some(&ready), tell)
        }
        Fill::OnTop { base, .. } => {
            let below = pool
                .lookup_storage_vol_by_name(base)
                .map_err(libvirt(&codes::CANNOT_ASK, "find the volume below it"))?;
            create(host, pool, &on_top(xml, &below, "the image below it")?, None, tell)
        }
        Fill::Copy(source) => {
            let other = copy::find(host, pool, source)?;
            if source.overlay {
                return create(host, pool, &on_top(xml, &other, "the volume below it")?, None, tell);
            }
            let size = other.info().map_err(libvirt(&codes::CANNOT_ASK, "ask for the size of its source"))?;
            let xml = with_capacity(xml, capacity(&document(xml)?), size.capacity, "its source")?;
            let copied = host
                .write(|| StorageVol::create_xml_from(pool, &xml, &other, 0))
                .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, "copy the volume"))?;
            or_none(host, &copied, grow(host, &copied, &xml))
        }
    }
}

/// The definition of a volume on top of another one.
fn on_top(xml: &str, below: &StorageVol, what: &str) -> Result<String, Error> {
    let path =
        below.path().map_err(libvirt(&codes::CANNOT_ASK, "ask for the path of the volume below it"))?;
    let found = below.xml_desc(0).map_err(libvirt(&codes::CANNOT_ASK, "read the volume below it"))?;
    let found = document(&found)?;
    let size = capacity(&found).unwrap_or_default();
    let xml = with_capacity(xml, capacity(&document(xml)?), size, what)?;
    let mut edits = Edits::default();
    edits.insert(
        end_tag(&xml, &parsed(&xml)?)?,
        format!(
            "<backingStore><path>{}</path><format type='{}'/></backingStore>",
            escape(&path),
            escape(format(&found).as_deref().unwrap_or("raw"))
        ),
    );
    Ok(edits.apply(&xml))
}

fn parsed(xml: &str) -> Result<roxmltree::Document<'_>, Error> {
    roxmltree::Document::parse(xml).map_err(|error| error::unparsed(&error))
}

/// Where the end tag of a definition begins. Comments may stand behind it.
fn end_tag(xml: &str, tree: &roxmltree::Document<'_>) -> Result<usize, Error> {
    let root = tree.root_element().range();
    let end = xml[root.clone()]
        .rfind("</")
        .ok_or_else(|| Error::new(&codes::INTERNAL, "its definition has no end tag"))?;
    Ok(root.start + end)
}

/// A definition with at least the capacity of what comes into it, where it says none (or 0).
fn with_capacity(xml: &str, wanted: Option<u64>, least: u64, what: &str) -> Result<String, Error> {
    match wanted {
        Some(wanted) if wanted >= least => return Ok(xml.to_owned()),
        Some(wanted) if wanted > 0 => {
            let message = format!("its capacity is {wanted} bytes, and {what} has {least}");
            return Err(Error::new(&codes::CAPACITY_TOO_SMALL, message)
                .fact(names::CAPACITY, wanted)
                .fact("least", least)
                .help("write as much at least, or 0 for just as much"));
        }
        _ => {}
    }
    let tree = parsed(xml)?;
    let mut edits = Edits::default();
    let new = format!("<capacity>{least}</capacity>");
    match tree.root_element().children().find(|child| child.has_tag_name(CAPACITY)) {
        Some(there) => edits.replace(there.range(), new),
        None => edits.insert(end_tag(xml, &tree)?, new),
    }
    Ok(edits.apply(xml))
}

fn create(
    host: &Host,
    pool: &StoragePool,
    xml: &str,
    content: Option<&Ready>,
    tell: &mut dyn FnMut(String),
) -> Result<(), Error> {
    let volume = host
        .write(|| StorageVol::create_xml(pool, xml, 0))
        .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, "create the volume"))?;
    let Some(content) = content else { return Ok(()) };
    let filled =
        host.write(|| upload(host, &volume, &content.file, tell)).and_then(|()| grow(host, &volume, xml));
    or_none(host, &volume, filled)
}

/// Grows a volume to the capacity of its definition.
fn grow(host: &Host, volume: &StorageVol, xml: &str) -> Result<(), Error> {
    let wanted = capacity(&document(xml)?).unwrap_or_default();
    let has = volume.info().map_err(libvirt(&codes::CANNOT_ASK, "ask for the volume's size"))?;
    if has.capacity < wanted {
        host.write(|| volume.resize(wanted, 0))
            .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, "grow the volume"))?;
    }
    Ok(())
}

/// Removes a volume that could not be filled.
fn or_none(host: &Host, volume: &StorageVol, filled: Result<(), Error>) -> Result<(), Error> {
    filled.map_err(|why| match host.write(|| volume.delete(0)) {
        Ok(()) => why.note("the volume is removed again"),
        // The next run makes it anew: it is known not to be whole.
        Err(_) => why,
    })
}
