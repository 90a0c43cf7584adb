//! Node devices that libvirt keeps, such as mediated devices (vGPUs).

use std::ffi::{CString, c_int};

use virt::connect::Connect;
use virt::error::Error;
use virt::nodedev::NodeDevice;
use virt::sys;

use crate::{checked, present};

/// Defines a node device, which libvirt keeps without starting it.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceDefineXML>
///
/// # Errors
///
/// libvirt refuses the XML, the parent device is not there, or `xml` holds a zero byte.
pub fn define_node_device(connect: &Connect, xml: &str, flags: u32) -> Result<NodeDevice, Error> {
    let xml = CString::new(xml)?;
    // SAFETY: the pointer is only used for the call, during which `connect` is borrowed.
    let connect = unsafe { connect.as_ptr() };
    // SAFETY: both pointers live through the call; the text ends with a zero.
    let device = present(unsafe { sys::virNodeDeviceDefineXML(connect, xml.as_ptr(), flags) })?;
    // SAFETY: libvirt gave a new reference, which the wrapper takes over.
    Ok(unsafe { NodeDevice::from_ptr(device) })
}

/// Starts a defined node device.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceCreate>
///
/// # Errors
///
/// It is active already, or the host cannot make it.
pub fn create_node_device(device: &NodeDevice, flags: u32) -> Result<(), Error> {
    // SAFETY: the pointer is only used for the call, during which `device` is borrowed.
    let device = unsafe { device.as_ptr() };
    // SAFETY: the pointer is that of a living device.
    checked(unsafe { sys::virNodeDeviceCreate(device, flags) })?;
    Ok(())
}

/// Removes the definition of a node device. One that is active goes on.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceUndefine>
///
/// # Errors
///
/// The device has no definition.
pub fn undefine_node_device(device: &NodeDevice, flags: u32) -> Result<(), Error> {
    // SAFETY: the pointer is only used for the call, during which `device` is borrowed.
    let device = unsafe { device.as_ptr() };
    // SAFETY: the pointer is that of a living device.
    checked(unsafe { sys::virNodeDeviceUndefine(device, flags) })?;
    Ok(())
}

/// Whether the device is started with its parent.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceGetAutostart>
///
/// # Errors
///
/// The device is gone, or of a kind that libvirt does not start.
pub fn node_device_autostart(device: &NodeDevice) -> Result<bool, Error> {
    // SAFETY: the pointer is only used for the call, during which `device` is borrowed.
    let device = unsafe { device.as_ptr() };
    let mut autostart: c_int = 0;
    // SAFETY: libvirt writes one `int`, into a variable that lives through the call.
    checked(unsafe { sys::virNodeDeviceGetAutostart(device, &mut autostart) })?;
    Ok(autostart != 0)
}

/// Sets whether the device is started with its parent.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceSetAutostart>
///
/// # Errors
///
/// The device has no definition, or is of a kind that libvirt does not start.
pub fn set_node_device_autostart(device: &NodeDevice, autostart: bool) -> Result<(), Error> {
    // SAFETY: the pointer is only used for the call, during which `device` is borrowed.
    let device = unsafe { device.as_ptr() };
    // SAFETY: the pointer is that of a living device.
    checked(unsafe { sys::virNodeDeviceSetAutostart(device, c_int::from(autostart)) })?;
    Ok(())
}

/// Whether libvirt keeps a definition of the device.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceIsPersistent>
///
/// # Errors
///
/// The device is gone.
pub fn node_device_is_persistent(device: &NodeDevice) -> Result<bool, Error> {
    // SAFETY: the pointer is only used for the call, during which `device` is borrowed.
    let device = unsafe { device.as_ptr() };
    // SAFETY: the pointer is that of a living device.
    Ok(checked(unsafe { sys::virNodeDeviceIsPersistent(device) })? == 1)
}

/// Whether the device exists on the host now.
///
/// See <https://libvirt.org/html/libvirt-libvirt-nodedev.html#virNodeDeviceIsActive>
///
/// # Errors
///
/// The device is gone.
pub fn node_device_is_active(device: &NodeDevice) -> Result<bool, Error> {
    // SAFETY: the pointer is only used for the call, during which `device` is borrowed.
    let device = unsafe { device.as_ptr() };
    // SAFETY: the pointer is that of a living device.
    Ok(checked(unsafe { sys::virNodeDeviceIsActive(device) })? == 1)
}
