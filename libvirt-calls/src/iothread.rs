//! Threads of an emulator that serve disks.

use std::{ptr, slice};

use virt::domain::Domain;
use virt::error::Error;
use virt::sys;

use crate::checked;
use crate::parameters::{ParameterList, ParameterValue};

/// An I/O thread of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoThread {
    /// Its number, which `driver.iothread` of a disk names.
    pub id: u32,
    /// The host's processors that it may run on, in ascending order.
    pub cpus: Vec<u32>,
}

/// The I/O threads of the running domain, or of its definition with `VIR_DOMAIN_AFFECT_CONFIG`.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainGetIOThreadInfo>
///
/// # Errors
///
/// The domain does not run, where the running one is asked for; the driver has no such threads.
pub fn iothreads(domain: &Domain, flags: u32) -> Result<Vec<IoThread>, Error> {
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    let mut list: *mut sys::virDomainIOThreadInfoPtr = ptr::null_mut();
    // SAFETY: libvirt writes a list of its own into `list`.
    let count = checked(unsafe { sys::virDomainGetIOThreadInfo(domain, &mut list, flags) })?;
    let mut threads = Vec::new();
    for number in 0..usize::try_from(count).unwrap_or_default() {
        // SAFETY: the list has `count` elements.
        let place = unsafe { list.add(number) };
        // SAFETY: the element was set by libvirt.
        let info = unsafe { *place };
        // SAFETY: the element points at a description that libvirt has filled in and that nobody else holds.
        let thread = unsafe { &*info };
        let bytes = usize::try_from(thread.cpumaplen).unwrap_or_default();
        let map: &[u8] = if thread.cpumap.is_null() {
            &[]
        } else {
            // SAFETY: libvirt says how many bytes the map has, and they live as long as the description.
            unsafe { slice::from_raw_parts(thread.cpumap, bytes) }
        };
        let bits = map.iter().enumerate().flat_map(|(byte, bits)| {
            (0..8u32).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| byte as u32 * 8 + bit)
        });
        threads.push(IoThread { id: thread.iothread_id, cpus: bits.collect() });
        // SAFETY: the description is the caller's, with its map; nothing refers to it any more.
        unsafe { sys::virDomainIOThreadInfoFree(info) };
    }
    // SAFETY: libvirt allocates the list by `malloc` and leaves it to the caller, or it is null.
    unsafe { libc::free(list.cast()) };
    Ok(threads)
}

/// Adds an I/O thread.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainAddIOThread>
///
/// # Errors
///
/// There is one of that number, or the emulator refuses.
pub fn add_iothread(domain: &Domain, id: u32, flags: u32) -> Result<(), Error> {
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: the pointer is that of a living domain.
    checked(unsafe { sys::virDomainAddIOThread(domain, id, flags) })?;
    Ok(())
}

/// Removes an I/O thread.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDelIOThread>
///
/// # Errors
///
/// There is none of that number, or a disk or controller uses it.
pub fn delete_iothread(domain: &Domain, id: u32, flags: u32) -> Result<(), Error> {
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: the pointer is that of a living domain.
    checked(unsafe { sys::virDomainDelIOThread(domain, id, flags) })?;
    Ok(())
}

/// Lets an I/O thread run on these processors of the host only; [`cpu_map`] makes the map.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainPinIOThread>
///
/// # Errors
///
/// There is no thread of that number, or the map names no processor that the host has.
pub fn pin_iothread(domain: &Domain, id: u32, map: &[u8], flags: u32) -> Result<(), Error> {
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // A map of more bytes than an `int` counts names no processor; libvirt refuses a length of 0.
    let length = map.len().try_into().unwrap_or(0);
    // SAFETY: libvirt reads `length` bytes of the map, which has these, and writes none.
    checked(unsafe { sys::virDomainPinIOThread(domain, id, map.as_ptr().cast_mut(), length, flags) })?;
    Ok(())
}

/// Sets how an I/O thread of the running domain polls and how many workers it has, by libvirt's names: `poll_max_ns`,
/// `poll_grow`, `poll_shrink`, `thread_pool_min`, `thread_pool_max`.
///
/// See <https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainSetIOThreadParams>
///
/// # Errors
///
/// There is no thread of that number, a parameter is unknown, of the wrong type or out of range, or the emulator refuses.
pub fn set_iothread_parameters(
    domain: &Domain,
    id: u32,
    parameters: &[(&str, ParameterValue)],
    flags: u32,
) -> Result<(), Error> {
    let list = ParameterList::new(parameters)?;
    // SAFETY: the pointer is only used for the call, during which `domain` is borrowed.
    let domain = unsafe { domain.as_ptr() };
    // SAFETY: the list has as many parameters as it says and lives through the call.
    checked(unsafe { sys::virDomainSetIOThreadParams(domain, id, list.start(), list.count(), flags) })?;
    Ok(())
}

/// The processors as libvirt's map: a bit each, the lowest of the first byte for processor 0.
pub fn cpu_map(cpus: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut map = Vec::new();
    for cpu in cpus {
        let byte = cpu as usize / 8;
        if map.len() <= byte {
            map.resize(byte + 1, 0);
        }
        map[byte] |= 1 << (cpu % 8);
    }
    map
}
