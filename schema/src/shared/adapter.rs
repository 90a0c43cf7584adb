//! SCSI adapters of the host, which storage pools and host devices refer to.
//!
//! <https://libvirt.org/formatstorage.html#source-elements>; `sourceinfoadapter` in basictypes.rng;
//! `virStorageAdapterFormat` in `src/conf/storage_adapter_conf.c`.

use super::address::PCI_ADDRESS;
use super::values::{POSITIVE_INTEGER, WWN};
use crate::Format::{Choice, Text, YesNo};
use crate::{Attribute, Element, Relation, attr, child, element, rule};

static PCI_PARENT: Element =
    element("address", "The PCI address of the adapter's parent on the host.").attributes(PCI_ADDRESS);

/// The device that a SCSI adapter belongs to. libvirt's parser needs the number and prints no `multifunction`.
static PARENT_ADDRESS: Element = element("parentaddr", "The PCI device that the adapter belongs to.")
    .attributes(&[attr("unique_id", POSITIVE_INTEGER, "Which of the device's adapters it is.")])
    .children(&[child(&PCI_PARENT).required()]);

/// The types of adapter.
const ADAPTER_TYPE: Attribute = attr("type", Choice(&["scsi_host", "fc_host"]), "The kind of adapter.")
    .words(&[
        ("scsi_host", "an adapter that is there"),
        ("fc_host", "a virtual port of a Fibre Channel adapter"),
    ])
    .implied("scsi_host");

/// A SCSI adapter. Of a pool's, libvirt's parser takes `parentaddr` only where `type` is said, and `parent_wwnn` and `parent_wwpn`
/// only together.
pub static ADAPTER: Element = element("adapter", "The SCSI adapter that the storage or the device is on.")
    .attributes(&[
        ADAPTER_TYPE,
        attr("name", Text, "The name of the adapter, e.g. `scsi_host1`.").when("type", &["scsi_host"]),
        attr("parent", Text, "The adapter that the virtual one is made on.").when("type", &["fc_host"]),
        attr("parent_wwnn", WWN, "The parent's world wide node name.").when("type", &["fc_host"]),
        attr("parent_wwpn", WWN, "The parent's world wide port name.").when("type", &["fc_host"]),
        attr("parent_fabric_wwn", WWN, "The world wide name of the parent's fabric.")
            .when("type", &["fc_host"]),
        attr("managed", YesNo, "Whether libvirt removes the virtual adapter with the pool.")
            .when("type", &["fc_host"]),
        attr("wwnn", WWN, "The virtual adapter's world wide node name.")
            .required()
            .when("type", &["fc_host"]),
        attr("wwpn", WWN, "The virtual adapter's world wide port name.")
            .required()
            .when("type", &["fc_host"]),
    ])
    .children(&[child(&PARENT_ADDRESS).when("type", &["scsi_host"])])
    .rules(&[rule(Relation::ExactlyOne(&["@name", "parentaddr"])).when("type", &["scsi_host"])]);
