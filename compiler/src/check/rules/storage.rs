//! Pools and volumes.

use nixvirt_schema::pool::source::SOURCE;
use nixvirt_schema::pool::{FEATURES, POOL};
use nixvirt_schema::volume::{BACKING_STORE, VOLUME};
use nixvirt_schema::{attribute, child_name};

use super::refused;
use crate::check::{Holds, Rule, child, lacks};

pub(super) const RULES: &[&Rule] = &[&POOL_COPY_ON_WRITE, &POOL_NAME, &VOLUME_CAPACITY];

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
