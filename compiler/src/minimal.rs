//! A definition without what libvirt fills in by itself: what libvirt makes of it is the same.
//!
//! Attributes are left out by the defaults in the schema's tables. The devices, controllers and addresses that libvirt adds to a
//! machine of QEMU's depend on the whole machine: they are worked out as libvirt does, and left out only where the result is
//! what the definition has. What has a comment stays.

mod addresses;
mod controllers;
mod devices;
mod left;
mod machine;
mod pci;
mod pinned;
mod plug;
mod slots;
mod usb;
mod values;

use crate::diagnostics::Diagnostic;
use crate::document::Document;
use crate::minimal::left::LeftOut;
use crate::minimal::machine::QemuMachine;

/// Leaves out of a document what libvirt fills in. The answer is what a reader should know of the rest, such as paths of the Nix store.
pub(crate) fn minimal(document: &mut Document<'_>) -> Vec<Diagnostic> {
    let mut notes = pinned::notes(document);
    let mut left = LeftOut::default();
    if let Some(machine) = QemuMachine::of(document) {
        notes.extend(addresses::leave_out(&machine, &mut left));
        devices::leave_out(&machine, &mut left);
    }
    values::leave_out(document, &mut left);
    left.apply(&mut document.root);
    notes
}
