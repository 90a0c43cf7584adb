//! Parts that devices of several kinds share: options of virtio devices, reconnecting sockets.

use super::values::UNSIGNED_INT;
use crate::Format::{OnOff, YesNo};
use crate::{Attribute, Element, Relation, attr, element, rule};

/// The options of any virtio device (`virtioOptions`; `virDomainVirtioOptionsFormat`).
pub const VIRTIO_OPTIONS: &[Attribute] = &[
    attr("iommu", OnOff, "Whether the device goes through the guest's IOMMU."),
    attr("ats", OnOff, "Whether the device caches address translations."),
    attr("packed", OnOff, "Whether the device uses packed virtqueues."),
    attr("page_per_vq", OnOff, "Whether each virtqueue has a page of its own for notifications."),
];

/// The `driver` of a device that has no options but virtio's.
pub static VIRTIO_DRIVER: Element = element("driver", "The options of the virtio device.")
    .page("formatdomain.html#virtio-related-options")
    .attributes(VIRTIO_OPTIONS);

/// How a socket reconnects (`reconnect` in storagecommon.rng).
pub static RECONNECT: Element = element("reconnect", "What happens when the connection is lost.")
    .page("formatdomain.html#network-interfaces")
    .attributes(&[
        attr("enabled", YesNo, "Whether to connect again."),
        attr("timeout", UNSIGNED_INT, "After how many seconds to connect again.").with("enabled"),
        attr("delay", UNSIGNED_INT, "After how many seconds to connect again, for a disk.")
            .without("enabled")
            .since("9.2.0"),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@enabled", "@delay"]))]);
