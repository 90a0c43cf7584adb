//! Discs that were made for domains and that no declaration has any more.

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

/// Removes a disc, unless the definition of a domain or what runs of it names it: its name is like no other. Gives whether
/// it is gone.
///
/// # Errors
/// An error of libvirt.
pub fn remove(host: &Host, handle: &Handle, name: &str) -> Result<bool, Error> {
    let Handle::Pool(pool) = handle else { return Ok(false) };
    for handle in host.list(ObjectKind::Domain, 0)? {
        let Handle::Domain(domain) = handle else { continue };
        let texts = [0, sys::VIR_DOMAIN_XML_INACTIVE].map(|flags| domain.xml_desc(flags));
        // One that is gone meanwhile names nothing.
        if texts.into_iter().flatten().any(|text| text.contains(name)) {
            return Ok(false);
        }
    }
    delete(host, pool, name).map(|()| true)
}

fn delete(host: &Host, pool: &StoragePool, name: &str) -> Result<(), Error> {
    // Somebody else may have removed it.
    let Ok(volume) = pool.lookup_storage_vol_by_name(name) else { return Ok(()) };
    let tried = format!("remove the disc `{name}`");
    host.write(|| volume.delete(0)).map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, &tried))
}
