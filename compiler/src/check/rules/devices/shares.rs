//! Shares of the host's folders that the guest must not write to.

use nixvirt_schema::domain::devices::filesystem::FILESYSTEM;
use nixvirt_schema::{Versions, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, lacks};

/// The folder of the Nix store, and that of views of it, whose files are the store's own.
const STORE: [&str; 2] = ["/nix/store", "/nix/var/nixvirt"];
/// The folders above these.
const ABOVE: [&str; 2] = ["/nix", "/nix/var"];

pub(super) static STORE_SHARE_WRITABLE: Rule = Rule {
    code: refused(
        "store-share-writable",
        "A guest may write to the Nix store of the host.",
        "What is in the store is run by the host, as root too, and by every other guest. A guest that can change it can take over the host. \
         libvirt takes such a share; this is an error because nobody can want it. Write `readonly = true`. A guest that wants to write to its \
         store lays a writable folder of its own over the share: `nixvirt.guest.writableStore`. Before 11.0, libvirt has no read-only share by virtiofs: \
         share by 9p there (`driver.type = \"path\"`), or, where the host's store is mounted read-only as on NixOS, allow this code.",
        machine!(
            "memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; };
  devices.filesystem = { driver.type = \"virtiofs\"; source.dir = \"/nix/store\"; target.dir = \"store\"; };"
        ),
        machine!(
            "memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; };
  devices.filesystem = { driver.type = \"virtiofs\"; source.dir = \"/nix/store\"; target.dir = \"store\"; readonly = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuVirtioFSBuildCommandLine in src/qemu/qemu_virtiofs.c",
    holds: Holds::Always,
    with: &[FILESYSTEM.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check
            .devices_of(&FILESYSTEM)
            .filter(|share| {
                let folder = at(share, below!(FILESYSTEM, "source", "dir"));
                folder.is_some_and(is_of_store) && lacks(share, child_name!(FILESYSTEM, "readonly"))
            })
            .collect();
        for share in found {
            let message = "the guest may write to the Nix store of the host".to_owned();
            check.rule_problem(share, Some("source"), message).help("write `readonly = true`").add();
        }
    },
};

/// Whether a folder is the store or views of it, holds them, or is in them.
fn is_of_store(folder: &str) -> bool {
    let mut parts = Vec::new();
    for part in folder.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let plain = format!("/{}", parts.join("/"));
    let is_in = |folder: &str| {
        plain.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ABOVE.contains(&&*plain) || STORE.into_iter().any(is_in)
}

pub(super) static VIRTIOFS_READONLY: Rule = Rule {
    code: refused(
        "virtiofs-readonly",
        "A read-only share by virtiofs, which this version of libvirt does not have.",
        "Since 11.0, libvirt tells virtiofsd to share a folder read-only; before, it refuses such a share. QEMU's own 9p server can: \
         `driver.type = \"path\"`, or `driver = \"9p\"` among the arguments of the template `nixos`.",
        machine!(
            "nixvirt.libvirt = \"9.0.0\";
  memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; };
  devices.filesystem = { driver.type = \"virtiofs\"; source.dir = \"/srv\"; target.dir = \"srv\"; readonly = true; };"
        ),
        machine!(
            "nixvirt.libvirt = \"9.0.0\";
  devices.filesystem = { driver.type = \"path\"; source.dir = \"/srv\"; target.dir = \"srv\"; readonly = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefFS in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(FILESYSTEM, "readonly")],
    versions: Versions::ALL.until("11.0.0"),
    check: |check| {
        for share in check.devices_of(&FILESYSTEM).collect::<Vec<_>>() {
            let virtiofs = at(share, below!(FILESYSTEM, "driver", "type")) == Some("virtiofs");
            if virtiofs && share.children_named(child_name!(FILESYSTEM, "readonly")).next().is_some() {
                let message = "libvirt shares read-only by virtiofs since 11.0.0 only".to_owned();
                let help = "write `driver.type = \"path\"`";
                check.rule_problem(share, Some("readonly"), message).help(help).add();
            }
        }
    },
};
