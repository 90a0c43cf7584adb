//! The definition within a domain's saved state.

use std::ffi::{CStr, CString};

use virt::domain::Domain;
use virt::error::Error;
use virt::sys;

use crate::{checked, present};

/// The XML with which the domain's saved state will be resumed.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainManagedSaveGetXMLDesc>
///
/// # Errors
///
/// There is no saved state, or the driver cannot read it.
pub fn managed_save_xml(domain: &Domain, flags: u32) -> Result<String, Error> {
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: the pointer is that of a living domain.
    let text = present(unsafe { sys::virDomainManagedSaveGetXMLDesc(domain, flags) })?;
    // SAFETY: libvirt gave a text that ends with a zero, which nobody else holds.
    let xml = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    // SAFETY: libvirt allocates such texts by `malloc` and leaves them to the caller. It is not used any more.
    unsafe { libc::free(text.cast()) };
    Ok(xml)
}

/// Changes the XML with which the domain's saved state will be resumed. libvirt takes paths and the like, nothing that the guest could see.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainManagedSaveDefineXML>
///
/// # Errors
///
/// There is no saved state, the change is one that the guest would see, or `xml` holds a zero byte.
pub fn managed_save_define_xml(domain: &Domain, xml: &str, flags: u32) -> Result<(), Error> {
    let xml = CString::new(xml)?;
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: both pointers live through the call; the text ends with a zero.
    checked(unsafe { sys::virDomainManagedSaveDefineXML(domain, xml.as_ptr(), flags) })?;
    Ok(())
}
