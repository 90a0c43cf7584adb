//! The tables of the keys of seeds, configurations and other discs, which domains and `nixvirt-compile seed` share.

use crate::bundle::format::model::{BundleKey, ValueFormat, key};
use crate::bundle::format::{CLOUD_INIT_KEY, DISCS, IGNITION_KEY};

/// The key of a domain's entry for its seed.
pub(super) const OF_CLOUD_INIT: BundleKey = key(
    CLOUD_INIT_KEY,
    ValueFormat::Set(CLOUD_INIT),
    "The seed for cloud-init: a disc that the {kind} gets as a cdrom. It is made when objects are applied, put into a pool, exchanged while the {kind} runs where it has changed, and removed with the {kind}.",
);

/// The key of a domain's entry for its other discs.
pub(super) const OF_DISCS: BundleKey = key(
    DISCS,
    ValueFormat::Named(DISC),
    "Discs with files that the {kind} gets as cdroms, by their names: an answer file for Windows (`discs.answers.files.\"autounattend.xml\" = ./autounattend.xml`), a script for Combustion. They are made, exchanged and removed as the seed for cloud-init is.",
);

/// The key of a domain's entry for its configuration for Ignition.
pub(super) const OF_IGNITION: BundleKey = key(
    IGNITION_KEY,
    ValueFormat::Set(IGNITION),
    "The configuration for Ignition, which Fedora CoreOS and Flatcar read at their first boot, by QEMU's fw_cfg. It is put into a pool when objects are applied. A {kind} that has booted is not restarted for another one.",
);

/// The keys of a seed for cloud-init.
pub static CLOUD_INIT: &[BundleKey] = &[
    key(
        "userData",
        ValueFormat::Yaml,
        "The user data: a set, which is written as a `#cloud-config`, a text as it stands, or `{ file = \"/path\"; }`. In the set, too, `{ file = \"/run/secrets/key\"; }` stands for the text in a file of the host, which is read when objects are applied and never copied to the store.",
    ),
    key(
        "vendorData",
        ValueFormat::Yaml,
        "The vendor data, in the same forms: cloud-init merges it below the user data.",
    ),
    key(
        "metaData",
        ValueFormat::Yaml,
        "What the metadata has beside the instance-id and the host name, as a set.",
    ),
    key(
        "networkConfig",
        ValueFormat::Yaml,
        "The configuration of the guest's network, as netplan has it (version 2), or of version 1 (null: DHCP on the first card).",
    ),
    key(
        "instanceId",
        ValueFormat::Text,
        "The instance-id. cloud-init does what it does once, such as making users and SSH host keys, when it meets a new one. With `\"content\"`, it is new whenever the seed changes (null: the uuid of the machine, so that cloud-init runs once).",
    ),
    key(
        "hostname",
        ValueFormat::Text,
        "The host name of the guest (null: the name of the machine, where it can be one).",
    ),
    key("pool", ValueFormat::Name("pool"), POOL),
];

/// The keys of a disc with files.
pub static DISC: &[BundleKey] = &[
    key(
        "files",
        ValueFormat::Files,
        "The files on the disc, by their paths, such as `\"autounattend.xml\"` or `\"combustion/script\"`: each a text, or `{ file = \"/path\"; }` for what is in a file of the host.",
    ),
    key(
        "label",
        ValueFormat::Text,
        "The label by which the guest finds the disc, such as `combustion` or `ignition` (null: the name of the disc).",
    ),
    key("pool", ValueFormat::Name("pool"), POOL),
];

/// The keys of a configuration for Ignition.
pub static IGNITION: &[BundleKey] = &[
    key(
        "config",
        ValueFormat::Yaml,
        "The configuration: a set, which is written as JSON, a text as it stands, or `{ file = \"/path\"; }`. In the set, too, `{ file = \"/run/secrets/key\"; }` stands for the text in a file of the host, which is read when objects are applied and never copied to the store.",
    ),
    key(
        "name",
        ValueFormat::Text,
        "The name of the entry of fw_cfg (null: `opt/com.coreos/config`, which Fedora CoreOS reads). Flatcar reads `opt/org.flatcar-linux/config`.",
    ),
    key(
        "pool",
        ValueFormat::Name("pool"),
        "The declared pool that the configuration is put into, whose volumes are files (null: that of the machine's first disk that is a volume).",
    ),
];

const POOL: &str =
    "The declared pool that the disc is put into (null: that of the machine's first disk that is a volume).";
