//! Making a volume of an image or of another volume.

use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use super::copy;
use super::definition::{capacity, document, format, parsed};
use super::fill::Fill;
use crate::content::{Image, Ready};
use crate::edits::{Edits, escape};
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::names;
use crate::source::ImageSource;
use crate::upload::upload;

/// Makes a volume and fills it. Where it cannot be filled, it is removed again.
///
/// # Errors
/// An unusable image, or an error of libvirt.
pub(super) fn make(
    host: &Host,
    pool: &StoragePool,
    (name, xml): (&str, &str),
    fill: &Fill,
    tell: &mut dyn FnMut(String),
) -> Result<(), Error> {
    let ready = |source: &ImageSource, wanted: Option<&str>| {
        Image::open(&source.image)?.ready(source.format.as_deref(), wanted)
    };
    let xml = &sparse(xml)?;
    match fill {
        Fill::Base { source, .. } => {
            let ready = ready(source, None)?;
            let xml = format!(
                "<volume><name>{}</name><capacity>{}</capacity><allocation>0</allocation><target><format type='{}'/></target></volume>",
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
        Fill::Disc(source) => create(host, pool, xml, Some(&Ready::of_bytes(source.content.bytes())?), tell),
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

/// A definition that says how much is allocated. libvirt would allocate all of the capacity before the holes of an image come,
/// and the host may not have that much.
fn sparse(xml: &str) -> Result<String, Error> {
    // The volume for an image that others lie on top of has no definition.
    if xml.is_empty() {
        return Ok(String::new());
    }
    let tree = parsed(xml)?;
    if tree.root_element().children().any(|child| child.has_tag_name(names::ALLOCATION)) {
        return Ok(xml.to_owned());
    }
    let mut edits = Edits::default();
    edits.insert(end_tag(xml, &tree)?, format!("<{0}>0</{0}>", names::ALLOCATION));
    Ok(edits.apply(xml))
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
    match tree.root_element().children().find(|child| child.has_tag_name(names::CAPACITY)) {
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
