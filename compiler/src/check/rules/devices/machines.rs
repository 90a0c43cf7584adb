//! Parts that go with some machines only, and a machine's name and end.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::clock::{ON_POWEROFF, ON_REBOOT};
use nixvirt_schema::domain::devices::iommu::IOMMU;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::feature::{FEATURES as FEATURE_TABLE, Machines};
use nixvirt_schema::{Versions, attribute, child_name};

use crate::check::rules::boot::has_acpi;
use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, child};
use crate::document::Node;

pub(super) static IOMMU_ON_MACHINE: Rule = Rule {
    code: refused(
        "iommu-on-machine",
        "The machine type does not have this IOMMU, or lacks what it needs.",
        "Intel's IOMMU is there for q35 machines, ARM's (`smmuv3`) for `virt` machines of ARM, and virtio's for both, where it needs \
         `features.acpi`.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\"; };",
            "devices.iommu.model = \"intel\";"
        ),
        machine!("devices.iommu.model = \"intel\";"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefIOMMU in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[IOMMU.name],
    versions: Versions::ALL,
    check: |check| {
        let (Some(arch), true) = (check.arch(), check.machine().is_some()) else { return };
        let is_q35 = check.family() == Some(Family::Q35);
        let is_arm = Machines::ArmVirt.contain(arch, check.family());
        for iommu in check.devices_of(&IOMMU) {
            let model = attribute!(IOMMU, "model");
            let (message, help) = match iommu.get(model) {
                Some("intel") if !is_q35 => {
                    ("Intel's IOMMU is there for q35 machines only", "write `os.machine = \"q35\"`")
                }
                Some("smmuv3") if !is_arm => {
                    ("`smmuv3` is there for `virt` machines of ARM only", "write another model")
                }
                Some("virtio") if !is_q35 && !is_arm => (
                    "virtio's IOMMU is there for q35 machines and `virt` machines of ARM only",
                    "write `os.machine = \"q35\"`",
                ),
                Some("virtio") if has_acpi(check) == Some(false) => {
                    ("virtio's IOMMU needs ACPI", "write `features.acpi = true`")
                }
                _ => continue,
            };
            check.rule_problem(iommu, Some(model), message.to_owned()).help(help).add();
        }
    },
};

pub(super) static FEATURE_ON_MACHINE: Rule = Rule {
    code: refused(
        "feature-on-machine",
        "A feature is one of other machines.",
        "`ioapic`, `pvspinlock`, `vmport` and `smm` are x86 features, `hyperv` is there on `virt` machines of ARM as well, which have \
         `gic` and `ras`. `aia` is one of RISC-V's `virt` machines; `hpt`, `htm`, `nested-hv`, `ccf-assist`, `cfpc`, `sbbc` and `ibs` are \
         features of `pseries` machines.",
        machine!("features.gic.version = 3;"),
        machine!("features.hyperv.relaxed.state = true;"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefFeatures in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DOMAIN, "features")],
    versions: Versions::ALL,
    check: |check| {
        let (Some(arch), true, Some(features)) =
            (check.arch(), check.machine().is_some(), child(check.root(), child_name!(DOMAIN, "features")))
        else {
            return;
        };
        for feature in &features.children {
            let Some(known) = FEATURE_TABLE.iter().find(|known| known.name == feature.element.name) else {
                continue;
            };
            let off = known.may_be_off && feature.attributes.iter().any(|it| it.value.text == "off");
            if !off && !known.machines.contain(arch, check.family()) {
                let message =
                    format!("only {} have the feature `{}`", known.machines.described(), known.name);
                check.rule_problem(feature, None, message).help("leave it out").add();
            }
        }
    },
};

pub(super) static LIFECYCLE_PRESERVE: Rule = Rule {
    code: refused(
        "lifecycle-preserve",
        "A machine that powers off or reboots is to be preserved.",
        "QEMU preserves a machine only where it crashed: `on_crash = \"preserve\"`.",
        machine!("on_poweroff = \"preserve\";"),
        machine!("on_poweroff = \"destroy\";"),
    ),
    kind: "domain",
    mirrors: "qemuValidateLifecycleAction in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[ON_POWEROFF.name, ON_REBOOT.name],
    versions: Versions::ALL,
    check: |check| {
        let names = [ON_POWEROFF.name, ON_REBOOT.name];
        let is = |node: &&Node<'_>| {
            let text = node.text.as_ref().map(|text| &*text.text);
            names.contains(&node.element.name) && text == Some("preserve")
        };
        let found: Vec<_> = check.root().children.iter().filter(is).collect();
        for action in found {
            let message = format!("QEMU has no `preserve` for `{}`", action.element.name);
            check.rule_problem(action, None, message).help("write \"destroy\" or \"restart\"").add();
        }
    },
};

pub(super) static NAME_SLASH: Rule = Rule {
    code: refused(
        "name-slash",
        "The name of the machine has a slash.",
        "The name is part of file names on the host.",
        "{
  type = \"kvm\"; name = \"lab/web\"; memory = 1048576;
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
        "{
  type = \"kvm\"; name = \"lab-web\"; memory = 1048576;
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
    ),
    kind: "domain",
    mirrors: "virDomainDefPostParseCheckFeatures in src/conf/domain_postparse.c",
    holds: Holds::Qemu,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let Some(name) = child(check.root(), child_name!(DOMAIN, "name")) else { return };
        if name.text.as_ref().is_some_and(|text| text.text.contains('/')) {
            check.say(name, None, "the name of a machine cannot have a slash".to_owned());
        }
    },
};
