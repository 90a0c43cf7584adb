//! Discs that were made for domains and that no declaration has any more.

use virt::enumutil::Enum;
use virt::error::ErrorNumber;
use virt::storage_pool::StoragePool;
use virt::sys;

use super::definition::WantedVolume;
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::source::Filled;

/// The recorded discs that are not declared.
pub(super) fn idle(wanted: &[WantedVolume<'_>], contents: &[Filled]) -> Vec<String> {
    let discs = contents.iter().filter(|content| content.disc);
    let idle = discs.filter(|disc| !wanted.iter().any(|volume| volume.name == disc.volume));
    idle.map(|disc| disc.volume.clone()).collect()
}

/// Whether the definition of a domain, or what runs of it, names a disc: its name is like no other.
pub fn names_disc(handle: &Handle, name: &str) -> bool {
    let Handle::Domain(domain) = handle else { return false };
    let texts = [0, sys::VIR_DOMAIN_XML_INACTIVE].map(|flags| domain.xml_desc(flags));
    // One that is gone meanwhile names nothing.
    texts.into_iter().flatten().any(|text| text.contains(name))
}

/// Removes a disc, unless the definition of a domain or what runs of it names it: its name is like no other. Gives whether
/// it is gone.
///
/// # Errors
/// An error of libvirt.
pub fn remove(host: &Host, handle: &Handle, name: &str) -> Result<bool, Error> {
    let Handle::Pool(pool) = handle else { return Ok(false) };
    if host.list(ObjectKind::Domain, 0)?.iter().any(|domain| names_disc(domain, name)) {
        return Ok(false);
    }
    delete(host, pool, name).map(|()| true)
}

fn delete(host: &Host, pool: &StoragePool, name: &str) -> Result<(), Error> {
    let tried = format!("remove the disc `{name}`");
    match pool.lookup_storage_vol_by_name(name) {
        Ok(volume) => host.write(|| volume.delete(0)),
        // Somebody else may have removed it.
        Err(error) if error.code() == Enum::Known(ErrorNumber::NoStorageVolume) => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, &tried))
}
