//! Bandwidth: how fast an interface, a network or a port group may be.
//!
//! <https://libvirt.org/formatnetwork.html#quality-of-service>; `bandwidth` in networkcommon.rng;
//! `virNetDevBandwidthFormat` in `src/conf/netdev_bandwidth_conf.c`.

use super::values::POSITIVE_INTEGER;
use crate::Format::{self, AnyOf, Integer};
use crate::{Attribute, Element, attr, child, element, since};

/// Kibibytes a second (`speed`).
const SPEED: Format =
    AnyOf(&[Integer { min: 1, max: u32::MAX as i128 }, since("11.3.0", &Integer { min: 1, max: 1 << 54 })]);
/// Kibibytes (`BurstSize`; libvirt's parser stops at 4194303).
const BURST_SIZE: Format = Integer { min: 1, max: u32::MAX as i128 };

/// The limits of one direction (`bandwidth-attributes`). libvirt's parser wants `average` or `floor`, and takes
/// `floor` in `inbound` alone, of an interface that is on a network.
const LIMITS: &[Attribute] = &[
    attr("average", SPEED, "The rate that is kept to on average, in KiB a second."),
    attr("peak", SPEED, "The greatest rate of a burst, in KiB a second."),
    attr("floor", SPEED, "The rate that is guaranteed, in KiB a second."),
    attr("burst", BURST_SIZE, "How much may be sent at the greatest rate, in KiB."),
];

static INBOUND: Element = element("inbound", "Limits on what the guest receives.").attributes(LIMITS);
static OUTBOUND: Element = element("outbound", "Limits on what the guest sends.").attributes(LIMITS);

/// How fast traffic may be.
pub static BANDWIDTH: Element = element("bandwidth", "Limits on how fast traffic may be.")
    .page("formatnetwork.html#quality-of-service")
    .attributes(&[
        // libvirt has it in the private state of running machines; its parser refuses it in a definition.
        attr("classID", POSITIVE_INTEGER, "The number of the traffic class that libvirt assigned.").live(),
    ])
    .children(&[child(&INBOUND), child(&OUTBOUND)]);
