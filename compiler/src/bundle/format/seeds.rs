//! The tables of the keys of seeds and other discs, which domains and `nixvirt-compile seed` share.

use crate::bundle::format::model::{BundleKey, ValueFormat, key};

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

const POOL: &str =
    "The declared pool that the disc is put into (null: that of the machine's first disk that is a volume).";
