//! Leases: the addresses that the DHCP server of a network has given out.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use virt::error::Error;
use virt::network::Network;
use virt::sys;

use crate::checked;

/// An address that a network's DHCP server has given to a network card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The IPv4 or IPv6 address, as a text.
    pub address: String,
    /// The length of the prefix of its subnet.
    pub prefix: u32,
    /// The family of the address: `VIR_IP_ADDR_TYPE_IPV4` or `VIR_IP_ADDR_TYPE_IPV6`.
    pub family: i32,
}

/// The leases that a network card with this MAC address has of a network, expired ones left out.
///
/// See <https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkGetDHCPLeases>
///
/// # Errors
///
/// The network does not run, or the MAC address is none.
pub fn dhcp_leases(network: &Network, mac: &str) -> Result<Vec<Lease>, Error> {
    // A text with a zero byte is no MAC address either: libvirt refuses an empty one.
    let mac = CString::new(mac).unwrap_or_default();
    // SAFETY: the pointer is only used for the call, during which `network` is borrowed.
    let network = unsafe { network.as_ptr() };
    let mut list: *mut sys::virNetworkDHCPLeasePtr = ptr::null_mut();
    // SAFETY: libvirt reads `mac` up to its zero and writes a list of its own into `list`.
    let count = checked(unsafe { sys::virNetworkGetDHCPLeases(network, mac.as_ptr(), &mut list, 0) })?;
    let mut leases = Vec::new();
    for number in 0..usize::try_from(count).unwrap_or_default() {
        // SAFETY: the list has `count` elements.
        let place = unsafe { list.add(number) };
        // SAFETY: the element was set by libvirt.
        let pointer = unsafe { *place };
        // SAFETY: the element points at a lease that libvirt has filled in and that nobody else holds.
        let lease = unsafe { &*pointer };
        if let Some(address) = text(lease.ipaddr) {
            leases.push(Lease { address, prefix: lease.prefix, family: lease.type_ });
        }
        // SAFETY: the lease is the caller's, with its texts; nothing refers to it any more.
        unsafe { sys::virNetworkDHCPLeaseFree(pointer) };
    }
    // SAFETY: libvirt allocates the list by `malloc` and leaves it to the caller, or it is null.
    unsafe { libc::free(list.cast()) };
    Ok(leases)
}

/// A copy of a text of libvirt's; nothing for a null pointer.
fn text(pointer: *mut c_char) -> Option<String> {
    // SAFETY: a text of libvirt's ends with a zero and is not changed while it is copied.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}
