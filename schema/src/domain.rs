//! The domain format: a machine.
//!
//! <https://libvirt.org/formatdomain.html>; domaincommon.rng; `virDomainDefFormatInternalSetRootName` in
//! `src/conf/domain_conf.c`.

pub mod clock;
pub mod cpu;
pub mod devices;
pub mod features;
pub mod general;
pub mod launch_security;
pub mod memory;
pub mod namespaces;
pub mod os;
pub mod tune;
pub mod vcpu;

use crate::Format::Choice;
use crate::{Element, attr, child, element};

/// A machine.
pub static DOMAIN: Element = element("domain", "A machine.")
    .page("formatdomain.html#general-metadata")
    .attributes(&[attr("type", Choice(&["qemu", "kvm"]), "The hypervisor.").required()])
    .children(&[child(&devices::DEVICES)]);
