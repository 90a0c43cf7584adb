//! Decides about the content of volumes.

use std::collections::BTreeSet;

use virt::storage_vol::StorageVol;

use super::definition::{backing, document, renamed};
use super::fill::{Fill, base_name, beside_name};
use super::step::{CHANGED, Compared, INTERRUPTED, VolumeAction, VolumeStep};
use crate::content::Image;
use crate::error::{Error, Problems, codes, libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::source::{Filled, ImageSource, ImageStamp, OnChange};

/// The volumes that images are put into for others to lie on top of them, by name.
pub(super) type Bases = Vec<(String, Fill)>;

/// How a new volume is filled from an image.
///
/// # Errors
/// Where the image cannot be read.
pub(super) fn filling(source: &ImageSource, bases: &mut Bases) -> Result<Fill, Error> {
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

/// Holds what is known of the content of a volume against its image. `there` are the names of the volumes of its pool.
pub(super) fn compare_content(
    compared: &mut Compared,
    source: &ImageSource,
    content: &Filled,
    (xml, there): (&str, &BTreeSet<String>),
    (contents, bases): (&[Filled], &mut Bases),
) {
    let why = match now(source, content) {
        Now::Unfinished => INTERRUPTED,
        Now::Same if content.newest.is_some() => {
            compared.moved.push(Filled { other: None, newest: None, ..content.clone() });
            return;
        }
        Now::Same => return,
        Now::Moved(stamp) => {
            let stamp = Some(stamp);
            compared.moved.push(Filled { stamp, other: None, newest: None, ..content.clone() });
            return;
        }
        Now::Other(_) if source.on_change == OnChange::Replace => CHANGED,
        Now::Other(stamp) if source.on_change == OnChange::New => {
            if let Err(why) = put_beside(compared, source, content, (xml, there), contents, stamp) {
                compared.problems.push(why);
            }
            return;
        }
        Now::Other(stamp) => {
            compared.notes.push(format!(
                "its image is another one now ({}); it keeps what it has, for `onChange` is \"keep\"",
                source.image.display()
            ));
            // Its content is read once, and not by every plan.
            let seen = Filled { other: Some(stamp), ..content.clone() };
            compared.moved.extend(Some(seen).filter(|seen| seen != content));
            return;
        }
        Now::Unreadable(why) => {
            // It is in the volume already.
            compared.notes.push(format!("its image cannot be looked at: {why}"));
            return;
        }
    };
    match filling(source, bases) {
        Ok(fill) => {
            let xml = xml.to_owned();
            compared.action = Some(VolumeAction::Replace { xml, fill, why, users: Vec::new() });
        }
        Err(why) => compared.problems.push(why),
    }
}

/// Decides about the volume beside another one, which gets the new image of that one.
///
/// # Errors
/// Where the image cannot be read, or somebody else's volume has the name.
fn put_beside(
    compared: &mut Compared,
    source: &ImageSource,
    content: &Filled,
    (xml, there): (&str, &BTreeSet<String>),
    contents: &[Filled],
    stamp: ImageStamp,
) -> Result<(), Error> {
    let of_name = |name: &str| contents.iter().find(|other| other.volume == name);
    let newest = content.newest.as_deref().and_then(of_name);
    let name = match newest.filter(|newest| newest.stamp.as_ref() == Some(&stamp)) {
        Some(newest) => newest.volume.clone(),
        None => beside_name(&content.volume, &Image::open(&source.image)?.hash()?),
    };
    let known = of_name(&name);
    if let Some(known) = known.filter(|known| known.whole && there.contains(&name)) {
        let seen = Filled { other: Some(stamp.clone()), newest: Some(name), ..content.clone() };
        compared.moved.extend(Some(seen).filter(|seen| seen != content));
        let moved = Filled { stamp: Some(stamp), ..known.clone() };
        compared.moved.extend(Some(moved).filter(|moved| moved != known));
        return Ok(());
    }
    let hash = match known.map(|known| known.hash.clone()) {
        Some(hash) => hash,
        None => Image::open(&source.image)?.hash()?,
    };
    let fill = Fill::Beside { source: source.clone(), hash, of: content.volume.clone() };
    let xml = renamed(xml, &name)?;
    let action = match (known, there.contains(&name)) {
        (_, false) => VolumeAction::Create { xml, fill: Some(fill) },
        (Some(_), true) => VolumeAction::Replace { xml, fill, why: INTERRUPTED, users: Vec::new() },
        (None, true) => {
            let message = format!(
                "its new image is to come into the volume `{name}`, and there is one that was not made here"
            );
            return Err(Error::new(&codes::NAME_TAKEN, message).help("remove or rename it"));
        }
    };
    compared.beside = Some(VolumeStep { name, action });
    Ok(())
}

/// The state of an image, compared with the content that a volume got.
enum Now {
    /// Not all of it is in the volume.
    Unfinished,
    /// The image that it was.
    Same,
    /// An image of the same content, elsewhere or of another time.
    Moved(ImageStamp),
    /// An image of another content.
    Other(ImageStamp),
    /// Nothing that can be looked at.
    Unreadable(Error),
}

fn now(source: &ImageSource, content: &Filled) -> Now {
    if !content.whole {
        return Now::Unfinished;
    }
    let hashed = |image: Image| image.hash().map(|hash| (image.stamp, hash));
    let image = match Image::open(&source.image) {
        Ok(image) if Some(&image.stamp) == content.stamp.as_ref() => return Now::Same,
        Ok(image) if content.other.as_ref() == Some(&image.stamp) => return Now::Other(image.stamp),
        image => image,
    };
    match image.and_then(hashed) {
        Ok((stamp, hash)) if hash == content.hash => Now::Moved(stamp),
        Ok((stamp, _)) => Now::Other(stamp),
        Err(why) => Now::Unreadable(why),
    }
}

/// The volumes with images that no other volume needs any more.
///
/// # Errors
/// An error of libvirt.
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
        let path = volume.path().map_err(libvirt(&codes::CANNOT_ASK, "ask for a volume's path"))?;
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
fn below_volumes(host: &Host) -> Result<BTreeSet<String>, Error> {
    let mut below = BTreeSet::new();
    for handle in
        host.list(ObjectKind::Pool, Host::list_flags(ObjectKind::Pool).active.unwrap_or_default())?
    {
        let Handle::Pool(pool) = handle else { continue };
        for volume in
            pool.list_all_volumes(0).map_err(libvirt(&codes::CANNOT_ASK, "list the volumes of a pool"))?
        {
            // One that is gone meanwhile lies on top of nothing.
            let Ok(xml) = volume.xml_desc(0) else { continue };
            below.extend(backing(&document(&xml)?));
        }
    }
    Ok(below)
}
