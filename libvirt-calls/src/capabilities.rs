//! Calls that ask for the abilities of a host.

use std::ffi::CStr;

use virt::connect::Connect;
use virt::error::Error;
use virt::sys;

use crate::present;

/// The XML that says which types of storage pools the host has.
///
/// See <https://libvirt.org/html/libvirt-libvirt-storage.html#virConnectGetStoragePoolCapabilities>
///
/// # Errors
///
/// The driver does not say, or no daemon of storage answers.
pub fn storage_pool_capabilities(connect: &Connect, flags: u32) -> Result<String, Error> {
    // SAFETY: the pointer is only used for the call, during which `connect` is borrowed.
    let connect = unsafe { connect.as_ptr() };
    // SAFETY: the pointer is that of a living connection.
    let text = present(unsafe { sys::virConnectGetStoragePoolCapabilities(connect, flags) })?;
    // SAFETY: libvirt gave a text that ends with a zero, which nobody else holds.
    let xml = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    // SAFETY: libvirt allocates such texts by `malloc` and leaves them to the caller. It is not used any more.
    unsafe { libc::free(text.cast()) };
    Ok(xml)
}
