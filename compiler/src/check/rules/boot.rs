//! Rules on booting: boot devices and firmware.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::features::FEATURES;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::Family;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks, may_have, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &ACPI_WITHOUT_UEFI,
    &BOOT_ORDER_AND_OS_BOOT,
    &BOOT_ORDER_TWICE,
    &SECURE_BOOT_ON_MACHINE,
    &SECURE_BOOT_WITHOUT_SMM,
    &UEFI_WITHOUT_ACPI,
];

/// The devices that have a place in the boot order, with the place.
fn orders<'c>(check: &Check<'c, '_>) -> Vec<(&'c str, &'c Node<'c>)> {
    let order = below!(DISK, "boot", "order");
    check.devices().filter_map(|device| Some((at(device, order)?, device))).collect()
}

static BOOT_ORDER_AND_OS_BOOT: Rule = Rule {
    code: refused(
        "boot-order-and-os-boot",
        "A device has a `boot.order`, and `os.boot` says what to boot from as well.",
        "libvirt takes one of the two ways only. `boot.order` of the devices is the finer one: leave out `os.boot`, or \
         remove every order. The templates set `os.boot`, so that with a template the orders have to go.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; boot = { dev = \"hd\"; }; };",
            "devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; boot.order = 1; };"
        ),
        machine!("devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; boot.order = 1; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefBootOrderPostParse in src/conf/domain_postparse.c",
    holds: Holds::Always,
    with: &[below!(DISK, "boot", "order").1],
    versions: Versions::ALL,
    check: |check| {
        let Some(os) = child(check.root(), child_name!(DOMAIN, "os")) else { return };
        let Some(boot) = child(os, child_name!(OS, "boot")) else { return };
        if let Some(&(order, device)) = orders(check).first() {
            let message = format!("`os.boot` cannot stand beside the `boot.order` {order} of a device");
            let other = check.related(device, "this device has a `boot.order`");
            check
                .rule_problem(boot, None, message)
                .help("leave out `os.boot`, or the `boot.order` of every device")
                .with(other)
                .add();
        }
    },
};

static BOOT_ORDER_TWICE: Rule = Rule {
    code: refused(
        "boot-order-twice",
        "Two devices have the same place in the boot order.",
        "Each `boot.order` may be used once.",
        machine!(
            "devices.disk = [
    { source.file = \"/a.img\"; target.dev = \"vda\"; boot.order = 1; }
    { source.file = \"/b.img\"; target.dev = \"vdb\"; boot.order = 1; }
  ];"
        ),
        machine!(
            "devices.disk = [
    { source.file = \"/a.img\"; target.dev = \"vda\"; boot.order = 1; }
    { source.file = \"/b.img\"; target.dev = \"vdb\"; boot.order = 2; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefCollectBootOrder in src/conf/domain_postparse.c",
    holds: Holds::Always,
    with: &[below!(DISK, "boot", "order").1],
    versions: Versions::ALL,
    check: |check| {
        for (order, device, other) in repeats(orders(check)) {
            let related = check.related(other, "the other device is here");
            let message = format!("the boot order {order} is used by two devices");
            check.rule_problem(device, Some("boot"), message).with(related).add();
        }
    },
};

/// The loader, if it is one for secure boot.
fn secure_loader<'c, 'a>(check: &Check<'c, 'a>) -> Option<&'c Node<'a>> {
    let os = child(check.root(), child_name!(DOMAIN, "os"))?;
    let secure = at(os, below!(OS, "loader", "secure")) == Some("yes");
    child(os, child_name!(OS, "loader")).filter(|_| secure)
}

static SECURE_BOOT_WITHOUT_SMM: Rule = Rule {
    code: refused(
        "secure-boot-without-smm",
        "Secure boot needs system management mode.",
        "The firmware keeps its variables safe from the guest by system management mode: switch it on by \
         `features.smm.state = true`.",
        machine!(
            "os = {
    type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\";
    loader = { path = \"/OVMF_CODE.fd\"; readonly = true; type = \"pflash\"; secure = true; };
  };",
            "features.acpi = true;"
        ),
        machine!(
            "os = {
    type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\";
    loader = { path = \"/OVMF_CODE.fd\"; readonly = true; type = \"pflash\"; secure = true; };
  };",
            "features = { acpi = true; smm.state = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefBoot in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(OS, "loader")],
    versions: Versions::ALL,
    check: |check| {
        let Some(loader) = secure_loader(check).filter(|_| check.family() == Some(Family::Q35)) else {
            return;
        };
        let features = child(check.root(), child_name!(DOMAIN, "features"));
        let off = match features {
            None => lacks(check.root(), child_name!(DOMAIN, "features")),
            Some(features) => match child(features, child_name!(FEATURES, "smm")) {
                None => lacks(features, child_name!(FEATURES, "smm")),
                Some(_) => at(features, below!(FEATURES, "smm", "state")) == Some("off"),
            },
        };
        if off {
            let message = "secure boot needs system management mode".to_owned();
            check
                .rule_problem(loader, Some("secure"), message)
                .help("write `features.smm.state = true`")
                .add();
        }
    },
};

static SECURE_BOOT_ON_MACHINE: Rule = Rule {
    code: refused(
        "secure-boot-on-machine",
        "Secure boot is there for q35 machines only.",
        "Other machine types have no system management mode that the firmware could use.",
        machine!(
            "os = {
    type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\";
    loader = { path = \"/OVMF_CODE.fd\"; readonly = true; type = \"pflash\"; secure = true; };
  };",
            "features = { acpi = true; smm.state = true; };"
        ),
        machine!(
            "os = {
    type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\";
    loader = { path = \"/OVMF_CODE.fd\"; readonly = true; type = \"pflash\"; secure = true; };
  };",
            "features = { acpi = true; smm.state = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefBoot in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(OS, "loader")],
    versions: Versions::ALL,
    check: |check| {
        let Some(loader) = secure_loader(check) else { return };
        if check.family().is_some_and(|family| family != Family::Q35) {
            let message = "secure boot is there for q35 machines only".to_owned();
            check.rule_problem(loader, Some("secure"), message).help("write `os.machine = \"q35\"`").add();
        }
    },
};

/// Whether a machine has UEFI firmware; nothing where that cannot be known.
fn has_uefi(check: &Check<'_, '_>) -> Option<bool> {
    let os = child(check.root(), child_name!(DOMAIN, "os"))?;
    let firmware = attribute!(OS, "firmware");
    let (loader, kind) = below!(OS, "loader", "type");
    if os.get(firmware) == Some("efi") || at(os, (loader, kind)) == Some("pflash") {
        return Some(true);
    }
    let unknown = may_have(os, firmware) || may_have(os, loader);
    let untold = child(os, loader).is_some_and(|loader| !lacks(loader, kind) && loader.get(kind).is_none());
    (!unknown && !untold).then_some(false)
}

/// Whether a machine has ACPI; nothing where that cannot be known.
pub(super) fn has_acpi(check: &Check<'_, '_>) -> Option<bool> {
    let features = child_name!(DOMAIN, "features");
    match child(check.root(), features) {
        None => lacks(check.root(), features).then_some(false),
        Some(features) if child(features, child_name!(FEATURES, "acpi")).is_some() => Some(true),
        Some(features) => lacks(features, child_name!(FEATURES, "acpi")).then_some(false),
    }
}

static UEFI_WITHOUT_ACPI: Rule = Rule {
    code: refused(
        "uefi-without-acpi",
        "An x86 machine has UEFI firmware, and no ACPI.",
        "UEFI firmware needs ACPI on x86: `features.acpi = true`.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; loader = { path = \"/OVMF_CODE.fd\"; readonly = true; type = \"pflash\"; }; };",
            ""
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; loader = { path = \"/OVMF_CODE.fd\"; readonly = true; type = \"pflash\"; }; };",
            "features.acpi = true;"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(OS, "loader"), attribute!(OS, "firmware")],
    versions: Versions::ALL,
    check: |check| {
        if let (Some(true), Some(true), Some(false), Some(os)) =
            (check.is_x86(), has_uefi(check), has_acpi(check), child(check.root(), child_name!(DOMAIN, "os")))
        {
            let message = "UEFI firmware needs ACPI".to_owned();
            check.rule_problem(os, None, message).help("write `features.acpi = true`").add();
        }
    },
};

static ACPI_WITHOUT_UEFI: Rule = Rule {
    code: refused(
        "acpi-without-uefi",
        "An AArch64 machine has ACPI, and no UEFI firmware.",
        "On AArch64 it is the UEFI firmware that gives the guest its ACPI tables: `os.firmware = \"efi\"`, or leave out \
         `features.acpi`.",
        machine!(
            "os = { type = \"hvm\"; arch = \"aarch64\"; machine = \"virt\"; };",
            "features.acpi = true;"
        ),
        machine!("os = { type = \"hvm\"; arch = \"aarch64\"; machine = \"virt\"; };", ""),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(FEATURES, "acpi")],
    versions: Versions::ALL,
    check: |check| {
        let features = child(check.root(), child_name!(DOMAIN, "features"));
        if let (Some("aarch64"), Some(false), Some(true), Some(features)) =
            (check.arch(), has_uefi(check), has_acpi(check), features)
        {
            let message = "ACPI needs UEFI firmware on AArch64".to_owned();
            let help = "write `os.firmware = \"efi\"`, or leave out `features.acpi`";
            check.rule_problem(features, Some("acpi"), message).help(help).add();
        }
    },
};
