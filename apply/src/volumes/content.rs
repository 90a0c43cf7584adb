//! What is decided about the content of volumes.

use std::collections::BTreeSet;

use virt::storage_vol::StorageVol;

use super::fill::{Fill, base_name};
use super::{CHANGED, Compared, INTERRUPTED, VolumeAction, backing, document};
use crate::content::{Filled, Image, Source};
use crate::error::{Problems, libvirt};
use crate::host::Host;
use crate::object::{Handle, Kind};

/// The volumes that images are put into for others to lie on top of them, by name.
pub(super) type Bases = Vec<(String, Fill)>;

/// How a new volume is filled.
///
/// # Errors
/// Where the image cannot be read.
pub(super) fn filling(source: &Source, bases: &mut Bases) -> Result<Fill, String> {
    let image = Image::open(&source.image)?;
    if !source.backing {
        return Ok(Fill::Image(source.clone()));
    }
    let hash = image.hash()?;
    let base = base_name(&hash);
    if !bases.iter().any(|(name, _)| *name == base) {
        bases.push((base.clone(), Fill::Base { source: source.clone(), hash: hash.clone() }));
    }
    Ok(Fill::OnTop { source: source.clone(), base, hash })
}

/// Holds what is known of the content of a volume against its image.
pub(super) fn compare_content(
    compared: &mut Compared,
    source: &Source,
    content: &Filled,
    xml: &str,
    bases: &mut Bases,
) {
    let mut anew = |why| match filling(source, bases) {
        Ok(fill) => Ok(VolumeAction::Replace { xml: xml.to_owned(), fill, why, users: Vec::new() }),
        Err(why) => Err(why),
    };
    let decided = match content.whole {
        false => anew(INTERRUPTED).map(Some),
        true => match changed(source, content) {
            Ok(None) => Ok(None),
            Ok(Some(moved)) if moved.hash == content.hash => {
                compared.moved = Some(moved);
                Ok(None)
            }
            Ok(Some(_)) if source.replace => anew(CHANGED).map(Some),
            Ok(Some(_)) => {
                compared.notes.push(format!(
                    "its image is another one now ({}); it keeps what it has, for `onChange` is not \"replace\"",
                    source.image.display()
                ));
                Ok(None)
            }
            Err(why) => {
                // It is in the volume already.
                compared.notes.push(format!("its image cannot be looked at: {why}"));
                Ok(None)
            }
        },
    };
    match decided {
        Ok(Some(action)) => compared.action = Some(action),
        Ok(None) => {}
        Err(why) => compared.problems.push(why),
    }
}

/// What an image is now, where it is not by path, size and time what it was.
fn changed(source: &Source, content: &Filled) -> Result<Option<Filled>, String> {
    let image = Image::open(&source.image)?;
    if content.is_of(&image) {
        return Ok(None);
    }
    let now = Filled::of(&content.volume, &image, &image.hash()?, content.base);
    Ok(Some(Filled { whole: true, ..now }))
}

/// The volumes with images that nothing lies on top of any more.
///
/// # Errors
/// What libvirt says.
pub(super) fn unneeded_bases(
    host: &Host,
    there: &[StorageVol],
    bases: &Bases,
    contents: &[Filled],
) -> Result<Vec<String>, Problems> {
    let ours = contents
        .iter()
        .filter(|content| content.base && !bases.iter().any(|(name, _)| *name == content.volume));
    let mut unneeded = Vec::new();
    let mut below = None;
    for content in ours {
        let Some(volume) = there.iter().find(|found| found.name().is_ok_and(|name| name == content.volume))
        else {
            continue;
        };
        let path = volume.path().map_err(libvirt("ask for a volume's path"))?;
        let below = match &mut below {
            Some(below) => below,
            none => none.insert(below_volumes(host)?),
        };
        if !below.contains(&path) {
            unneeded.push(content.volume.clone());
        }
    }
    Ok(unneeded)
}

/// The paths that volumes of the host's active pools lie on top of.
fn below_volumes(host: &Host) -> Result<BTreeSet<String>, String> {
    let mut below = BTreeSet::new();
    for handle in host.list(Kind::Pool, Host::list_flags(Kind::Pool).active.unwrap_or_default())? {
        let Handle::Pool(pool) = handle else { continue };
        for volume in pool.list_all_volumes(0).map_err(libvirt("list the volumes of a pool"))? {
            // One that is gone meanwhile lies on top of nothing.
            let Ok(xml) = volume.xml_desc(0) else { continue };
            below.extend(backing(&document(&xml)?));
        }
    }
    Ok(below)
}
