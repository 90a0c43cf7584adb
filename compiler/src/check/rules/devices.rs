//! Other devices, and features that go with a machine.

mod machines;
mod screens;
mod shares;

use nixvirt_schema::domain::devices::chardev::CONSOLE;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::filesystem::FILESYSTEM;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{Holds, Rule, at, child, lacks, repeats};

pub(super) const RULES: &[&Rule] = &[
    &ALIAS_TWICE,
    &screens::AUDIO_TWICE,
    &screens::AUDIO_UNKNOWN,
    &CONSOLE_SERIAL,
    &machines::FEATURE_ON_MACHINE,
    &machines::IOMMU_ON_MACHINE,
    &machines::LIFECYCLE_PRESERVE,
    &machines::NAME_SLASH,
    &screens::SPICE_WITHOUT_GRAPHICS,
    &shares::STORE_SHARE_WRITABLE,
    &screens::VIDEO_NONE_AND_OTHERS,
    &screens::VIDEO_PRIMARY_TWICE,
    &VIRTIOFS_ACCESS_MODE,
    &shares::VIRTIOFS_READONLY,
];

static ALIAS_TWICE: Rule = Rule {
    code: refused(
        "alias-twice",
        "Two devices have the same alias.",
        "An alias that begins with `ua-` is the user's name for a device, and unique in its machine.",
        machine!(
            "devices.sound = [
    { model = \"ich9\"; alias.name = \"ua-sound\"; }
    { model = \"ac97\"; alias.name = \"ua-sound\"; }
  ];"
        ),
        machine!(
            "devices.sound = [
    { model = \"ich9\"; alias.name = \"ua-sound\"; }
    { model = \"ac97\"; alias.name = \"ua-other\"; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefValidateAliases in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(DISK, "alias")],
    versions: Versions::ALL,
    check: |check| {
        let named = check.devices().filter_map(|device| {
            let alias = at(device, below!(DISK, "alias", "name"))?;
            alias.starts_with("ua-").then_some((alias, device))
        });
        for (alias, device, other) in repeats(named) {
            let related = check.related(other, "the other device is here");
            let message = format!("the alias `{alias}` is used by two devices");
            check.rule_problem(device, Some("alias"), message).with(related).add();
        }
    },
};

static CONSOLE_SERIAL: Rule = Rule {
    code: refused(
        "console-serial",
        "A console other than the first is a serial port.",
        "The first console may be the same as the first serial port. Give the others `target.type = \"virtio\"`.",
        machine!(
            "devices.console = [
    { type = \"pty\"; target = { type = \"serial\"; port = 0; }; }
    { type = \"pty\"; target = { type = \"serial\"; port = 1; }; }
  ];"
        ),
        machine!(
            "devices.console = [
    { type = \"pty\"; target = { type = \"serial\"; port = 0; }; }
    { type = \"pty\"; target = { type = \"virtio\"; port = 1; }; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefAddConsoleCompat in src/conf/domain_conf.c",
    holds: Holds::Qemu,
    with: &[CONSOLE.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check.devices_of(&CONSOLE).skip(1).collect();
        for console in found {
            let target = child(console, child_name!(CONSOLE, "target"));
            // A console that names no kind is a serial port.
            let is_serial = match target {
                None => lacks(console, child_name!(CONSOLE, "target")),
                Some(target) => match target.get(below!(CONSOLE, "target", "type").1) {
                    Some(kind) => kind == "serial",
                    None => lacks(target, below!(CONSOLE, "target", "type").1),
                },
            };
            if is_serial {
                let message = "only the first console can be a serial port".to_owned();
                check
                    .rule_problem(console, Some("target"), message)
                    .help("write `target.type = \"virtio\"`")
                    .add();
            }
        }
    },
};

static VIRTIOFS_ACCESS_MODE: Rule = Rule {
    code: refused(
        "virtiofs-access-mode",
        "A virtiofs share has an access mode that it does not know.",
        "`passthrough` is the only access mode of virtiofs, which is the default. `mapped` and `squash` are those of 9p.",
        machine!(
            "memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; };
  devices.filesystem = {
    accessmode = \"mapped\"; driver.type = \"virtiofs\"; source.dir = \"/srv\"; target.dir = \"srv\";
  };"
        ),
        machine!(
            "memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; };
  devices.filesystem = {
    accessmode = \"passthrough\"; driver.type = \"virtiofs\"; source.dir = \"/srv\"; target.dir = \"srv\";
  };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefFS in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[attribute!(FILESYSTEM, "accessmode")],
    versions: Versions::ALL,
    check: |check| {
        for share in check.devices_of(&FILESYSTEM) {
            let virtiofs = at(share, below!(FILESYSTEM, "driver", "type")) == Some("virtiofs");
            let mode = share.get(attribute!(FILESYSTEM, "accessmode"));
            if let (true, Some(mode @ ("mapped" | "squash"))) = (virtiofs, mode) {
                let message = format!("virtiofs has no access mode `{mode}`");
                check.rule_problem(share, Some("accessmode"), message).help("write \"passthrough\"").add();
            }
        }
    },
};
