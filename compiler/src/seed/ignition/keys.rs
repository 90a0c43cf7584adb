//! The keys of a configuration for Ignition, of the versions 3.0 to 3.6 of its specification.

use crate::seed::shapes::Shape::{Any, AnySet, Bool, Number, Set, Sets, Text, Texts};
use crate::seed::shapes::{Entries, ShapedKey, key};

/// The keys of the whole.
pub(crate) static IGNITION_CONFIG: &[ShapedKey] = &[
    key("ignition", Set(IGNITION)),
    key("kernelArguments", Set(&[key("shouldExist", Texts), key("shouldNotExist", Texts)])),
    key("passwd", Set(PASSWD)),
    key("storage", Set(STORAGE)),
    key("systemd", Set(&[key("units", Sets(Entries { keys: UNIT, one_of: &["name"] }))])),
];

static IGNITION: &[ShapedKey] = &[
    key(
        "config",
        Set(&[
            key("merge", Sets(Entries { keys: RESOURCE, one_of: &["source"] })),
            key("replace", Set(RESOURCE)),
        ]),
    ),
    key("proxy", Set(&[key("httpProxy", Text), key("httpsProxy", Text), key("noProxy", Texts)])),
    key("security", AnySet),
    key("timeouts", Set(&[key("httpResponseHeaders", Number), key("httpTotal", Number)])),
    // It is looked at by itself.
    key("version", Any),
];

/// A thing that is fetched.
static RESOURCE: &[ShapedKey] = &[
    key("compression", Text),
    key("httpHeaders", Sets(Entries { keys: &[key("name", Text), key("value", Text)], one_of: &["name"] })),
    key("source", Text),
    key("verification", Set(&[key("hash", Text)])),
];

static PASSWD: &[ShapedKey] = &[
    key("groups", Sets(Entries { keys: GROUP, one_of: &["name"] })),
    key("users", Sets(Entries { keys: USER, one_of: &["name"] })),
];

static GROUP: &[ShapedKey] = &[
    key("gid", Number),
    key("name", Text),
    key("passwordHash", Text),
    key("shouldExist", Bool),
    key("system", Bool),
];

static USER: &[ShapedKey] = &[
    key("gecos", Text),
    key("groups", Texts),
    key("homeDir", Text),
    key("name", Text),
    key("noCreateHome", Bool),
    key("noLogInit", Bool),
    key("noUserGroup", Bool),
    key("passwordHash", Text),
    key("primaryGroup", Text),
    key("shell", Text),
    key("shouldExist", Bool),
    key("sshAuthorizedKeys", Texts),
    key("system", Bool),
    key("uid", Number),
];

static STORAGE: &[ShapedKey] = &[
    key("directories", Sets(Entries { keys: DIRECTORY, one_of: &["path"] })),
    key("disks", Sets(Entries { keys: DISK, one_of: &["device"] })),
    key("files", Sets(Entries { keys: FILE, one_of: &["path"] })),
    key("filesystems", Sets(Entries { keys: FILE_SYSTEM, one_of: &["device"] })),
    key("links", Sets(Entries { keys: LINK, one_of: &["path"] })),
    key("luks", Sets(Entries { keys: LUKS, one_of: &["name"] })),
    key("raid", Sets(Entries { keys: RAID, one_of: &["name"] })),
];

static DIRECTORY: &[ShapedKey] = &[
    key("group", AnySet),
    key("mode", Number),
    key("overwrite", Bool),
    key("path", Text),
    key("user", AnySet),
];

static DISK: &[ShapedKey] = &[key("device", Text), key("partitions", Any), key("wipeTable", Bool)];

static FILE: &[ShapedKey] = &[
    key("append", Any),
    key("contents", Set(RESOURCE)),
    key("group", AnySet),
    key("mode", Number),
    key("overwrite", Bool),
    key("path", Text),
    key("user", AnySet),
];

static FILE_SYSTEM: &[ShapedKey] = &[
    key("device", Text),
    key("format", Text),
    key("label", Text),
    key("mountOptions", Texts),
    key("options", Texts),
    key("path", Text),
    key("uuid", Text),
    key("wipeFilesystem", Bool),
];

static LINK: &[ShapedKey] = &[
    key("group", AnySet),
    key("hard", Bool),
    key("overwrite", Bool),
    key("path", Text),
    key("target", Text),
    key("user", AnySet),
];

static LUKS: &[ShapedKey] = &[
    key("cex", AnySet),
    key("clevis", AnySet),
    key("device", Text),
    key("discard", Bool),
    key("keyFile", Set(RESOURCE)),
    key("label", Text),
    key("name", Text),
    key("openOptions", Texts),
    key("options", Texts),
    key("uuid", Text),
    key("wipeVolume", Bool),
];

static RAID: &[ShapedKey] = &[
    key("devices", Texts),
    key("level", Text),
    key("name", Text),
    key("options", Texts),
    key("spares", Number),
];

static UNIT: &[ShapedKey] = &[
    key("contents", Text),
    key("dropins", Sets(Entries { keys: &[key("contents", Text), key("name", Text)], one_of: &["name"] })),
    key("enabled", Bool),
    key("mask", Bool),
    key("name", Text),
];
