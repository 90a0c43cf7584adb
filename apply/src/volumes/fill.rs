//! Volumes that get their content from an image: making them, and what is known of those that are there.

use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use super::definition::{CAPACITY, capacity, document, format};
use crate::content::{Filled, Image, Ready, Source};
use crate::edits::{Edits, escape};
use crate::error::{self, Error, codes, libvirt};
use crate::host::Host;
use crate::names;
use crate::upload::upload;

/// The content of a new volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The content of an image.
    Image(Source),
    /// The content of an image with that hash, for others to lie on top of it.
    Base {
        /// The image that is copied.
        source: Source,
        /// The hash of its content.
        hash: String,
    },
    /// Nothing of its own: it lies on top of that volume.
    OnTop {
        /// The image that is below it.
        source: Source,
        /// The volume with the image.
        base: String,
        /// The hash of the image.
        hash: String,
    },
}

impl Fill {
    /// The image that it comes from.
    pub fn source(&self) -> &Source {
        match self {
            Fill::Image(source) | Fill::Base { source, .. } | Fill::OnTop { source, .. } => source,
        }
    }

    /// The content in words that follow "create, ".
    pub fn describe(&self) -> String {
        let image = self.source().image.display();
        match self {
            Fill::Image(_) => format!("with the content of {image}"),
            Fill::Base { .. } => format!("with the content of {image}, for others to lie on top of it"),
            Fill::OnTop { base, .. } => format!("on top of {image} (volume `{base}`)"),
        }
    }

    /// The record of the volume before its hash is known, and the image if it is still to be read for that.
    ///
    /// # Errors
    /// Where the image cannot be opened.
    pub fn begin(&self, volume: &str) -> Result<(Filled, Option<Image>), Error> {
        let image = Image::open(&self.source().image)?;
        Ok(match self {
            Fill::Image(_) => (Filled::of(volume, &image, "", false), Some(image)),
            Fill::Base { hash, .. } => (Filled::of(volume, &image, hash, true), None),
            Fill::OnTop { hash, .. } => (Filled::of(volume, &image, hash, false), None),
        })
    }
}

/// The name of the volume that an image is put into once, for others to lie on top of it.
pub fn base_name(hash: &str) -> String {
    format!("nixvirt-base-{}", hash.get(..16).unwrap_or(hash))
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
    let source = fill.source();
    let ready = |wanted: Option<&str>| Image::open(&source.image)?.ready(source.format.as_deref(), wanted);
    match fill {
        Fill::Base { .. } => {
            let ready = ready(None)?;
            let xml = format!(
                "<volume><name>{}</name><capacity>{}</capacity><target><format type='{}'/></target></volume>",
                escape(name),
                ready.size,
                escape(&ready.format)
            );
            create(host, pool, &xml, Some(&ready), tell)
        }
        Fill::Image(_) => {
            let wanted = document(xml)?;
            let ready = ready(Some(format(&wanted).as_deref().unwrap_or("raw")))?;
            let xml = with_capacity(xml, capacity(&wanted), ready.size, "its image")?;
            create(host, pool, &xml, Some(&ready), tell)
        }
        Fill::OnTop { base, .. } => {
            let below = pool
                .lookup_storage_vol_by_name(base)
                .map_err(libvirt(&codes::CANNOT_ASK, "find the volume below it"))?;
            let path = below
                .path()
                .map_err(libvirt(&codes::CANNOT_ASK, "ask for the path of the volume below it"))?;
            let found = below.xml_desc(0).map_err(libvirt(&codes::CANNOT_ASK, "read the volume below it"))?;
            let found = document(&found)?;
            let size = capacity(&found).unwrap_or_default();
            let xml = with_capacity(xml, capacity(&document(xml)?), size, "the image below it")?;
            let mut edits = Edits::default();
            edits.insert(
                end_tag(&xml, &parsed(&xml)?)?,
                format!(
                    "<backingStore><path>{}</path><format type='{}'/></backingStore>",
                    escape(&path),
                    escape(format(&found).as_deref().unwrap_or("raw"))
                ),
            );
            create(host, pool, &edits.apply(&xml), None, tell)
        }
    }
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
    let mut filled = || -> Result<(), Error> {
        host.write(|| upload(host, &volume, &content.file, tell))?;
        let wanted = capacity(&document(xml)?).unwrap_or_default();
        let has = || -> Result<u64, virt::error::Error> { Ok(volume.info()?.capacity) };
        if has().map_err(libvirt(&codes::CANNOT_ASK, "ask for the volume's size"))? < wanted {
            host.write(|| volume.resize(wanted, 0))
                .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, "grow the volume"))?;
        }
        Ok(())
    };
    filled().map_err(|why| match host.write(|| volume.delete(0)) {
        Ok(()) => why.note("the volume is removed again"),
        // The next run makes it anew: it is known not to be whole.
        Err(_) => why,
    })
}
