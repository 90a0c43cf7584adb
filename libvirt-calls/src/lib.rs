//! Calls of libvirt's library that the crate `virt` does not have.
//!
//! This is the only crate of the workspace with `unsafe` code. Each function is one call of libvirt, takes the types of `virt`, and
//! gives libvirt's own error. `flags` are libvirt's constants in [`virt::sys`]; 0 is libvirt's default.
//!
//! The calls exist since libvirt 7.8 or earlier. A driver that lacks one gives the error `NoSupport`.

mod capabilities;
mod checkpoint;
mod iothread;
mod leases;
mod managed_save;
mod node_device;
mod parameters;
mod stream;

use std::ffi::c_int;

use virt::error::Error;

pub use capabilities::storage_pool_capabilities;
pub use checkpoint::checkpoint_names;
pub use iothread::{
    IoThread, add_iothread, cpu_map, delete_iothread, iothreads, pin_iothread, set_iothread_parameters,
};
pub use leases::{Lease, dhcp_leases};
pub use managed_save::{managed_save_define_xml, managed_save_xml};
pub use node_device::{
    create_node_device, define_node_device, node_device_autostart, node_device_is_active,
    node_device_is_persistent, set_node_device_autostart, undefine_node_device,
};
pub use parameters::{ParameterValue, block_io_tune, set_blkio_parameters, set_block_io_tune};
pub use stream::{Received, receive_sparse, send_hole};

/// The result of a call, or libvirt's error where it is negative.
fn checked(result: c_int) -> Result<c_int, Error> {
    if result < 0 { Err(Error::last_error()) } else { Ok(result) }
}

/// The object that a call returned, or libvirt's error where it is null.
fn present<T>(pointer: *mut T) -> Result<*mut T, Error> {
    if pointer.is_null() { Err(Error::last_error()) } else { Ok(pointer) }
}
