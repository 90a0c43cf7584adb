//! Rules on the names of disks' targets, and on the login and key that opening a disk needs.

use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::disk_source::BACKING_STORE;
use nixvirt_schema::machine::drive;
use nixvirt_schema::shared::encryption::{DISK_AUTH as DISK_AUTH_ELEMENT, ENCRYPTION};
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use super::code::{machine, refused};
use crate::check::{ASKED, Holds, Rule, at, child, lacks, reach};

pub(super) const RULES: &[&Rule] = &[&BACKING_STORE_SOURCE, &DISK_AUTH, &DISK_ENCRYPTION, &DISK_TARGET];

static DISK_TARGET: Rule = Rule {
    code: refused(
        "disk-target",
        "The name of a disk's target is none that libvirt can read, or that of a partition.",
        "After `sd`, `vd`, `hd`, `xvd` or `fd` come small letters, counted as `a`, `b`, ..., `z`, `aa`. The guest sees whole disks: \
         it finds the partitions itself.",
        machine!("devices.disk = { source.file = \"/a.img\"; target.dev = \"vdb1\"; };"),
        machine!("devices.disk = { source.file = \"/a.img\"; target.dev = \"vdb\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDisk in src/qemu/qemu_validate.c; virDomainDiskDefAssignAddress",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        let dev = below!(DISK, "target", "dev");
        for disk in check.devices_of(&DISK) {
            let (Some(target), Some(name)) = (child(disk, dev.0), at(disk, dev)) else { continue };
            // The namespaces of an NVMe controller have names of their own.
            if name.starts_with("nvme") {
                continue;
            }
            let message = match drive::target(name) {
                // 9.0 leaves the check to the code that plugs it in.
                None if check.libvirt() < ASKED => continue,
                None => format!("libvirt cannot read the target name `{name}`"),
                Some(target) if target.is_partition => {
                    format!("`{name}` names a partition, and a target is a whole disk")
                }
                Some(_) => continue,
            };
            check
                .rule_problem(target, Some(dev.1), message)
                .help("write a name such as \"vda\" or \"sdb\"")
                .add();
        }
    },
};

static DISK_AUTH: Rule = Rule {
    code: refused(
        "disk-auth",
        "The login of a network disk stands twice, or its secret is one for another protocol.",
        "`auth` stands in the disk or in its `source`, once. A disk on `rbd` takes a secret of the type `ceph`, one on `iscsi` a secret \
         of the type `iscsi`.",
        machine!(
            "devices.disk = {
    type = \"network\"; target.dev = \"vda\"; auth = { username = \"web\"; secret = { type = \"iscsi\"; usage = \"web\"; }; };
    source = { protocol = \"rbd\"; name = \"pool/web\"; };
  };"
        ),
        machine!(
            "devices.disk = {
    type = \"network\"; target.dev = \"vda\"; auth = { username = \"web\"; secret = { type = \"ceph\"; usage = \"web\"; }; };
    source = { protocol = \"rbd\"; name = \"pool/web\"; };
  };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDiskDefValidateSourceChainOne in src/conf/domain_validate.c; virDomainDiskDefParseSourceXML",
    holds: Holds::Always,
    with: &[child_name!(DISK, "auth")],
    versions: Versions::ALL,
    check: |check| {
        for disk in check.devices_of(&DISK) {
            let auth = child(disk, child_name!(DISK, "auth"));
            let source = child(disk, child_name!(DISK, "source"));
            let inner = source.and_then(|source| reach(source, &way!(DISK, "source", "auth")[1..]));
            if let (Some(auth), Some(inner)) = (auth, inner) {
                let related = check.related(inner, "the other login is here");
                let message = "the login of a disk stands twice".to_owned();
                check.rule_problem(auth, None, message).with(related).help("leave one of them out").add();
                continue;
            }
            let Some(auth) = auth.or(inner) else { continue };
            let secret = below!(DISK_AUTH_ELEMENT, "secret", "type");
            let protocol = at(disk, below!(DISK, "source", "protocol"));
            let expected = match protocol {
                Some("iscsi") => "iscsi",
                Some("rbd") => "ceph",
                _ => continue,
            };
            if let Some(given) = at(auth, secret)
                && given != expected
            {
                let Some(secret) = child(auth, secret.0) else { continue };
                let message = format!("a secret of the type `{given}` is none for this protocol");
                check.rule_problem(secret, Some("type"), message).help(format!("write \"{expected}\"")).add();
            }
        }
    },
};

static DISK_ENCRYPTION: Rule = Rule {
    code: refused(
        "disk-encryption",
        "A disk is encrypted in a way that QEMU cannot read.",
        "QEMU reads `luks` in images of the formats `raw` and `qcow2`, with one secret. `luks2` and `luks-any` need \
         `engine = \"librbd\"`. The old encryption of qcow2 is gone. The image says itself what its `cipher` is.",
        machine!(
            "devices.disk = {
    driver = { name = \"qemu\"; type = \"vmdk\"; }; target.dev = \"vda\";
    source = { file = \"/a.img\"; encryption = { format = \"luks\"; secret = { type = \"passphrase\"; usage = \"web\"; }; }; };
  };"
        ),
        machine!(
            "devices.disk = {
    driver = { name = \"qemu\"; type = \"qcow2\"; }; target.dev = \"vda\";
    source = { file = \"/a.img\"; encryption = { format = \"luks\"; secret = { type = \"passphrase\"; usage = \"web\"; }; }; };
  };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainValidateStorageSource in src/qemu/qemu_domain.c; virDomainDiskDefValidateSourceChainOne",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "encryption")],
    versions: Versions::ALL,
    check: |check| {
        for disk in check.devices_of(&DISK) {
            let outer = child(disk, child_name!(DISK, "encryption"));
            let source = child(disk, child_name!(DISK, "source"));
            let inner = source.and_then(|source| reach(source, &way!(DISK, "source", "encryption")[1..]));
            if let (Some(outer), Some(inner)) = (outer, inner) {
                let related = check.related(inner, "the other encryption is here");
                let message = "the encryption of a disk stands twice".to_owned();
                check.rule_problem(outer, None, message).with(related).help("leave one of them out").add();
                continue;
            }
            let Some(encryption) = outer.or(inner) else { continue };
            let Some(format) = encryption.get(attribute!(ENCRYPTION, "format")) else { continue };
            let by_qemu = match encryption.attribute(attribute!(ENCRYPTION, "engine")) {
                Some(engine) => engine.value.text == "qemu",
                None => lacks(encryption, attribute!(ENCRYPTION, "engine")),
            };
            let image = at(disk, below!(DISK, "driver", "type"));
            let secrets = encryption.children_named(child_name!(ENCRYPTION, "secret")).count();
            let message = match format {
                "default" | "qcow" => "the old encryption of qcow2 is not supported any more".to_owned(),
                "luks2" | "luks-any" if by_qemu => format!("QEMU itself does not read `{format}`"),
                "luks" if child(encryption, child_name!(ENCRYPTION, "cipher")).is_some() => {
                    "a disk does not say its cipher: the image does".to_owned()
                }
                "luks" if by_qemu && image.is_some_and(|image| !matches!(image, "raw" | "qcow2")) => {
                    format!("an image of the format `{}` is not encrypted", image.unwrap_or_default())
                }
                _ if by_qemu && secrets > 1 => "QEMU takes one secret".to_owned(),
                _ => continue,
            };
            check.say(encryption, None, message);
        }
    },
};

static BACKING_STORE_SOURCE: Rule = Rule {
    code: refused(
        "backing-store-source",
        "An image that a disk is based on does not say where it is.",
        "A `backingStore` with a `type` has a `format` and a `source`. An empty one says that the chain of images ends there. libvirt finds \
         the chain by itself where there is none.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; backingStore = { type = \"file\"; format.type = \"raw\"; }; };"
        ),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; backingStore = { type = \"file\"; format.type = \"raw\"; source.file = \"/b.img\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDiskBackingStoreParse in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DISK, "backingStore")],
    versions: Versions::ALL,
    check: |check| {
        let below = child_name!(BACKING_STORE, "backingStore");
        let disks: Vec<_> = check.devices_of(&DISK).collect();
        for disk in disks {
            let mut next = child(disk, below);
            while let Some(store) = next {
                let typed = store.attribute(attribute!(BACKING_STORE, "type")).is_some();
                if typed && lacks(store, child_name!(BACKING_STORE, "source")) {
                    let message = "the image below does not say where it is".to_owned();
                    check.rule_problem(store, None, message).help("write `source`, or leave it out").add();
                }
                next = child(store, below);
            }
        }
    },
};
