//! Checkpoints of a domain: points in time since which libvirt knows the changed blocks of its disks.

use std::ffi::CStr;
use std::ptr;

use virt::domain::Domain;
use virt::error::Error;
use virt::sys;

use crate::{checked, present};

/// The names of the domain's checkpoints, sorted.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain-checkpoint.html#virDomainListAllCheckpoints>
///
/// # Errors
///
/// The driver has no checkpoints, or the domain is gone.
pub fn checkpoint_names(domain: &Domain, flags: u32) -> Result<Vec<String>, Error> {
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    let mut list: *mut sys::virDomainCheckpointPtr = ptr::null_mut();
    // SAFETY: libvirt writes a list of its own into `list`.
    let count = checked(unsafe { sys::virDomainListAllCheckpoints(domain, &mut list, flags) })?;
    let mut names = Vec::new();
    for number in 0..usize::try_from(count).unwrap_or_default() {
        // SAFETY: the list has `count` elements.
        let place = unsafe { list.add(number) };
        // SAFETY: the element was set by libvirt.
        let checkpoint = unsafe { *place };
        // SAFETY: it is a living checkpoint, which this list holds. The name belongs to it.
        let name = present(unsafe { sys::virDomainCheckpointGetName(checkpoint) }.cast_mut());
        // SAFETY: the name ends with a zero and lives as long as the checkpoint.
        names.push(name.map(|name| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()));
        // SAFETY: the list leaves its checkpoints to the caller; nothing uses this one any more.
        unsafe { sys::virDomainCheckpointFree(checkpoint) };
    }
    // SAFETY: libvirt allocates the list by `malloc` and leaves it to the caller, or it is null.
    unsafe { libc::free(list.cast()) };
    let mut names = names.into_iter().collect::<Result<Vec<_>, _>>()?;
    names.sort();
    Ok(names)
}
