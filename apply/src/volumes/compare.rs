//! Volumes that exist against their definitions.

use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use super::definition::{backing, capacity, document, format};
use super::step::{Compared, VolumeAction};
use crate::error::{Error, Problems, codes, libvirt};

/// Holds a volume that exists against its definition. Its owner and mode are libvirt's to change when a guest uses it,
/// so that they are not looked at.
///
/// The format that libvirt reports is what it finds in the volume. In one that is declared `raw`, whatever is found
/// was put there: a disc, or what a guest has written.
pub(super) fn compare(pool: &StoragePool, found: &StorageVol, xml: &str) -> Result<Compared, Problems> {
    let current = found.xml_desc(0).map_err(libvirt(&codes::CANNOT_ASK, "read the volume"))?;
    let (wanted, current) = (document(xml)?, document(&current)?);
    let mut compared = Compared::default();
    const PLAIN: [&str; 2] = ["raw", "iso"];
    let (wanted_format, current_format) = (format(&wanted), format(&current));
    let is_plain = |format: &Option<String>| format.as_deref().is_none_or(|format| PLAIN.contains(&format));
    if is_plain(&wanted_format) && !is_plain(&current_format) && current_format.as_deref() != Some("unknown")
    {
        let holds = current_format.unwrap_or_default();
        compared.notes.push(format!("it holds a `{holds}` image, which is its content and is left alone"));
        // Its size is that of the image in it.
        return Ok(compared);
    }
    let differ = [
        ("format", wanted_format.clone().filter(|_| !is_plain(&wanted_format)), current_format),
        ("backing store", backing(&wanted), backing(&current)),
    ];
    for (what, wanted, current) in differ {
        if let Some(wanted) = wanted
            && current.as_ref() != Some(&wanted)
        {
            let current = current.map_or("none".to_owned(), |current| format!("`{current}`"));
            let message =
                format!("its {what} is {current} and is to be `{wanted}`, which cannot be changed in place");
            compared.problems.push(
                Error::new(&codes::VOLUME_DIFFERS, message)
                    .fact("what", what)
                    .fact("wanted", wanted)
                    .help("declare it as it is, or give the new one another name"),
            );
        }
    }
    let to = capacity(&wanted);
    let from = capacity(&current).unwrap_or_default();
    // A volume group gives whole extents, of 4 MiB unless it was told otherwise.
    let logical = pool.xml_desc(0).is_ok_and(|xml| xml.starts_with("<pool type='logical'"));
    let slack = if logical { 4 << 20 } else { 512 };
    match to {
        Some(to) if to > from => compared.action = Some(VolumeAction::Grow { from, to }),
        Some(to) if to > 0 && from - to >= slack => {
            let message = format!("it has {from} bytes and is to have {to}");
            compared.problems.push(
                Error::new(&codes::VOLUME_SHRINKS, message)
                    .fact("has", from)
                    .fact("wanted", to)
                    .help("a volume is never shrunk: declare its size, or give the new one another name"),
            );
        }
        _ => {}
    }
    Ok(compared)
}
