//! Rules on storage pools and volumes.

use nixvirt_schema::pool::source::SOURCE;
use nixvirt_schema::pool::{FEATURES, POOL};
use nixvirt_schema::shared::encryption::ENCRYPTION;
use nixvirt_schema::volume::{BACKING_STORE, VOLUME};
use nixvirt_schema::{Versions, attribute, child_name, way};

use super::code::refused;
use crate::check::{Holds, Rule, child, lacks, reach, text_of};
use crate::document::Node;
use crate::document::amount::amount;

pub(super) const RULES: &[&Rule] = &[
    &POOL_COPY_ON_WRITE,
    &POOL_NAME,
    &VOLUME_AMOUNT,
    &VOLUME_CAPACITY,
    &VOLUME_ENCRYPTION,
    &VOLUME_FEATURES,
];

static POOL_NAME: Rule = Rule {
    code: refused(
        "pool-name",
        "A pool has no name, and no source that it could be called after.",
        "A pool of the types `logical`, `rbd`, `sheepdog`, `gluster`, `zfs` and `vstorage` is called after its source where it has \
         no name of its own. One of the two is needed.",
        "{ kind = \"pool\"; type = \"logical\"; source.device.path = \"/dev/sdb\"; target.path = \"/dev/vg\"; }",
        "{ kind = \"pool\"; type = \"logical\"; name = \"vg\"; source.device.path = \"/dev/sdb\"; target.path = \"/dev/vg\"; }",
    ),
    kind: "pool",
    mirrors: "virStoragePoolDefParseXML in src/conf/storage_conf.c",
    holds: Holds::Always,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let is_known = root.get(attribute!(POOL, "type")).is_some_and(|kind| {
            matches!(kind, "logical" | "rbd" | "sheepdog" | "gluster" | "zfs" | "vstorage")
        });
        let source_lacks = match child(root, child_name!(POOL, "source")) {
            None => lacks(root, child_name!(POOL, "source")),
            Some(source) => lacks(source, child_name!(SOURCE, "name")),
        };
        if is_known && source_lacks && lacks(root, child_name!(POOL, "name")) {
            check.rule_problem(root, None, "the pool needs a name".to_owned()).help("write `name`").add();
        }
    },
};

static POOL_COPY_ON_WRITE: Rule = Rule {
    code: refused(
        "pool-cow",
        "A pool that is no folder says whether its files are copied on write.",
        "`features.cow` is there for the pools of the types `dir` and `fs`, on btrfs.",
        "{ kind = \"pool\"; type = \"netfs\"; name = \"p\"; features.cow.state = false;
  source = { host.name = \"nas\"; dir.path = \"/srv\"; }; target.path = \"/mnt\"; }",
        "{ kind = \"pool\"; type = \"dir\"; name = \"p\"; features.cow.state = false; target.path = \"/mnt\"; }",
    ),
    kind: "pool",
    mirrors: "virStoragePoolDefParseFeatures in src/conf/storage_conf.c",
    holds: Holds::Always,
    with: &[child_name!(FEATURES, "cow")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some(kind) = root.get(attribute!(POOL, "type")) else { return };
        let cow = child(root, child_name!(POOL, "features"))
            .and_then(|features| child(features, child_name!(FEATURES, "cow")));
        if let (Some(cow), false) = (cow, matches!(kind, "dir" | "fs")) {
            let message = format!("a pool of the type `{kind}` has no such feature");
            check.rule_problem(cow, None, message).help("leave out `features.cow`").add();
        }
    },
};

static VOLUME_CAPACITY: Rule = Rule {
    code: refused(
        "volume-capacity",
        "A volume has no size, and no image below it that has one.",
        "`capacity` is the size that a machine sees. Only a volume with a `backingStore` may go without.",
        "{ kind = \"volume\"; name = \"v\"; target.format.type = \"qcow2\"; }",
        "{ kind = \"volume\"; name = \"v\"; capacity = { count = 10; unit = \"GiB\"; }; target.format.type = \"qcow2\"; }",
    ),
    kind: "volume",
    mirrors: "virStorageVolDefParseXML in src/conf/storage_conf.c",
    holds: Holds::Always,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let based = match child(root, child_name!(VOLUME, "backingStore")) {
            None => !lacks(root, child_name!(VOLUME, "backingStore")),
            Some(store) => !lacks(store, child_name!(BACKING_STORE, "path")),
        };
        if lacks(root, child_name!(VOLUME, "capacity")) && !based {
            let help = "write `capacity = { count = 10; unit = \"GiB\"; }`";
            check.rule_problem(root, None, "the volume needs a capacity".to_owned()).help(help).add();
        }
    },
};

static VOLUME_AMOUNT: Rule = Rule {
    code: refused(
        "volume-amount",
        "The size of a volume is greater than libvirt can count.",
        "libvirt counts bytes in 64 bits: up to 16 EiB.",
        "{ kind = \"volume\"; name = \"v\"; capacity = { count = 100; unit = \"EiB\"; }; target.format.type = \"qcow2\"; }",
        "{ kind = \"volume\"; name = \"v\"; capacity = { count = 100; unit = \"GiB\"; }; target.format.type = \"qcow2\"; }",
    ),
    kind: "volume",
    mirrors: "virStorageSize in src/conf/storage_conf.c",
    holds: Holds::Always,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        for name in [child_name!(VOLUME, "capacity"), child_name!(VOLUME, "allocation")] {
            let Some(size) = child(root, name) else { continue };
            if amount(size).is_some_and(|bytes| bytes > u128::from(u64::MAX)) {
                check.say(size, None, "this is more than 16 EiB, which libvirt cannot count".to_owned());
            }
        }
    },
};

/// The format of a volume; that of a pool of files where it names none.
fn format<'n>(root: &'n Node<'_>) -> Option<&'n str> {
    let [target, format, kind] = way!(VOLUME, "target", "format", "type")[..] else { return None };
    let Some(target) = child(root, target) else { return lacks(root, target).then_some("raw") };
    match child(target, format) {
        None => lacks(target, format).then_some("raw"),
        Some(format) => format.get(kind),
    }
}

static VOLUME_FEATURES: Rule = Rule {
    code: refused(
        "volume-features",
        "A qcow2 image has a feature that its version does not have.",
        "`lazy_refcounts` came with the version 1.1 of the format, which is the default: leave `target.compat` out.",
        "{ kind = \"volume\"; name = \"v\"; capacity = 1073741824;
  target = { format.type = \"qcow2\"; compat = \"0.10\"; features.lazy_refcounts = true; }; }",
        "{ kind = \"volume\"; name = \"v\"; capacity = 1073741824;
  target = { format.type = \"qcow2\"; compat = \"1.1\"; features.lazy_refcounts = true; }; }",
    ),
    kind: "volume",
    mirrors: "virStorageBackendCreateQemuImgCmdFromVol, storageBackendCreateQemuImgOpts in src/storage/storage_util.c",
    holds: Holds::Always,
    with: &[way!(VOLUME, "target", "features", "lazy_refcounts")[2]],
    versions: Versions::ALL,
    check: |check| {
        let [target, compat] = way!(VOLUME, "target", "compat")[..] else { return };
        let [_, features, lazy] = way!(VOLUME, "target", "features", "lazy_refcounts")[..] else { return };
        let root = check.root();
        let Some(target) = child(root, target) else { return };
        let old = child(target, compat).and_then(text_of) == Some("0.10");
        if let (Some(lazy), true, Some("qcow2")) = (reach(target, &[features, lazy]), old, format(root)) {
            let message = "`lazy_refcounts` needs the version 1.1 of the format".to_owned();
            check.rule_problem(lazy, None, message).help("leave `compat` out, or write \"1.1\"").add();
        }
    },
};

static VOLUME_ENCRYPTION: Rule = Rule {
    code: refused(
        "volume-encryption",
        "A volume is to be encrypted in a way that libvirt cannot do.",
        "An image of the format `raw` or `qcow2` is encrypted with `luks`, and one secret, which holds the passphrase. An image of another \
         format is not encrypted.",
        "{ kind = \"volume\"; name = \"v\"; capacity = 1073741824; target = { format.type = \"raw\"; encryption.format = \"qcow\"; }; }",
        "{ kind = \"volume\"; name = \"v\"; capacity = 1073741824;
  target = { format.type = \"raw\"; encryption = { format = \"luks\"; secret = { type = \"passphrase\"; usage = \"v\"; }; }; }; }",
    ),
    kind: "volume",
    mirrors: "virStorageBackendCreateQemuImgCmdFromVol, storageBackendCreateQemuImgCheckEncryption in src/storage/storage_util.c",
    holds: Holds::Always,
    with: &[way!(VOLUME, "target", "encryption")[1]],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some(encryption) = reach(root, way!(VOLUME, "target", "encryption")) else { return };
        let Some(image) = format(root) else { return };
        let Some(kind) = encryption.get(attribute!(ENCRYPTION, "format")) else { return };
        let (secret, cipher) = (child_name!(ENCRYPTION, "secret"), child_name!(ENCRYPTION, "cipher"));
        let message = match (image, kind) {
            ("raw" | "qcow2", "luks") if encryption.children_named(secret).count() > 1 => {
                "an image takes one secret".to_owned()
            }
            // With a cipher, the grammar asks for it.
            ("raw" | "qcow2", "luks") if lacks(encryption, secret) && lacks(encryption, cipher) => {
                "the secret with the passphrase is missing".to_owned()
            }
            ("raw" | "qcow2", "luks") => return,
            // A folder is made, and nothing in it is encrypted (virStorageBackendFileSystem's createFileDir).
            ("dir", _) => return,
            ("raw" | "qcow2", other) => format!("an image is encrypted with `luks`, not `{other}`"),
            (other, _) => format!("an image of the format `{other}` is not encrypted"),
        };
        check.say(encryption, None, message);
    },
};
