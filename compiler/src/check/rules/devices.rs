//! Other devices, and features that go with a machine.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::clock::{ON_POWEROFF, ON_REBOOT};
use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::audio::AUDIO;
use nixvirt_schema::domain::devices::chardev::CONSOLE;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::filesystem::FILESYSTEM;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::iommu::IOMMU;
use nixvirt_schema::domain::devices::sound::SOUND;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::feature::{FEATURES as FEATURE_TABLE, Machines};
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::boot::has_acpi;
use super::{machine, refused};
use crate::check::{Holds, Rule, at, child, lacks, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &ALIAS_TWICE,
    &AUDIO_TWICE,
    &AUDIO_UNKNOWN,
    &CONSOLE_SERIAL,
    &FEATURE_ON_MACHINE,
    &IOMMU_ON_MACHINE,
    &LIFECYCLE_PRESERVE,
    &NAME_SLASH,
    &SPICE_WITHOUT_GRAPHICS,
    &VIDEO_NONE_AND_OTHERS,
    &VIDEO_PRIMARY_TWICE,
    &VIRTIOFS_ACCESS_MODE,
];

static SPICE_WITHOUT_GRAPHICS: Rule = Rule {
    code: refused(
        "spice-without-graphics",
        "A device speaks by SPICE, and the machine has no SPICE screen.",
        "A channel, USB redirection or sound of SPICE's goes over the connection of a `graphics` of the type `spice`. Add \
         one, or remove the device.",
        machine!(
            "devices.channel = { type = \"spicevmc\"; target = { type = \"virtio\"; name = \"com.redhat.spice.0\"; }; };"
        ),
        machine!(
            "devices.channel = { type = \"spicevmc\"; target = { type = \"virtio\"; name = \"com.redhat.spice.0\"; }; };
  devices.graphics = { type = \"spice\"; autoport = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainChrSourceDef, qemuValidateDomainDeviceDefAudio in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DEVICES, "channel"), child_name!(DEVICES, "redirdev"), child_name!(DEVICES, "smartcard"), child_name!(DEVICES, "audio"), child_name!(DEVICES, "serial"), child_name!(DEVICES, "parallel"), child_name!(DEVICES, "console")],
    versions: Versions::ALL,
    check: |check| {
        let kind = attribute!(GRAPHICS, "type");
        let mut screens = check.devices_of(&GRAPHICS);
        let may_be_spice = |screen: &Node<'_>| screen.get(kind).is_none_or(|kind| kind == "spice");
        if screens.any(may_be_spice) || check.may_have_device(child_name!(DEVICES, "graphics")) {
            return;
        }
        let found: Vec<_> = check
            .devices()
            .filter(|device| match device.get(kind) {
                Some("spicevmc" | "spiceport") => true,
                Some("spice") => std::ptr::eq(device.element, &AUDIO),
                _ => false,
            })
            .collect();
        for device in found {
            let message = "this device speaks by SPICE, and the machine has no SPICE screen".to_owned();
            let help = "add `devices.graphics = { type = \"spice\"; autoport = true; }`, or leave it out";
            check.rule_problem(device, Some(kind), message).help(help).add();
        }
    },
};

static VIDEO_PRIMARY_TWICE: Rule = Rule {
    code: refused(
        "video-primary-twice",
        "Two video devices are the primary one.",
        "The primary video device is the one that the firmware shows its screen on.",
        machine!(
            "devices.video = [
    { model = { type = \"qxl\"; primary = true; }; }
    { model = { type = \"qxl\"; primary = true; }; }
  ];"
        ),
        machine!(
            "devices.video = [
    { model = { type = \"qxl\"; primary = true; }; }
    { model.type = \"qxl\"; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefVideoValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[below!(VIDEO, "model", "primary").1],
    versions: Versions::ALL,
    check: |check| {
        let primary = |video: &&Node<'_>| at(video, below!(VIDEO, "model", "primary")) == Some("yes");
        let found: Vec<_> = check.devices_of(&VIDEO).filter(|video| primary(&&**video)).collect();
        if let [first, others @ ..] = &found[..] {
            for other in others {
                let related = check.related(first, "the first primary one is here");
                let message = "only one video device can be the primary one".to_owned();
                check.rule_problem(other, Some("model"), message).with(related).add();
            }
        }
    },
};

static VIDEO_NONE_AND_OTHERS: Rule = Rule {
    code: refused(
        "video-none-and-others",
        "A machine that is to have no video device has others beside it.",
        "A video device of the type `none` keeps libvirt from adding one. It stands alone.",
        machine!("devices.video = [ { model.type = \"none\"; } { model.type = \"virtio\"; } ];"),
        machine!("devices.video = { model.type = \"none\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefVideoValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[VIDEO.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check.devices_of(&VIDEO).collect();
        let none = |video: &&&Node<'_>| at(video, below!(VIDEO, "model", "type")) == Some("none");
        let videos: Vec<&Node<'_>> = found.iter().map(|video| *video as &Node<'_>).collect();
        if let (Some(none), true) = (videos.iter().find(none), videos.len() > 1) {
            let message = "a video device of the type `none` must be the only one".to_owned();
            check.rule_problem(none, None, message).help("leave it out, or the others").add();
        }
    },
};

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

static AUDIO_TWICE: Rule = Rule {
    code: refused(
        "audio-id-twice",
        "Two audio backends have the same number.",
        "`id` is the number by which sound devices and screens name a backend.",
        machine!("devices.audio = [ { id = 1; type = \"none\"; } { id = 1; type = \"none\"; } ];"),
        machine!("devices.audio = [ { id = 1; type = \"none\"; } { id = 2; type = \"none\"; } ];"),
    ),
    kind: "domain",
    mirrors: "virDomainDefParseXML in src/conf/domain_conf.c (audio ID is used multiple times)",
    holds: Holds::Always,
    with: &[AUDIO.name],
    versions: Versions::ALL,
    check: |check| {
        let numbered =
            check.devices_of(&AUDIO).filter_map(|audio| Some((audio.get(attribute!(AUDIO, "id"))?, audio)));
        for (id, audio, other) in repeats(numbered) {
            let related = check.related(other, "the other backend is here");
            let message = format!("the number {id} is used by two audio backends");
            check.rule_problem(audio, Some("id"), message).with(related).add();
        }
    },
};

static AUDIO_UNKNOWN: Rule = Rule {
    code: refused(
        "audio-unknown",
        "A sound device or screen names an audio backend that does not exist.",
        "`audio.id` of a sound device or screen is the `id` of one of `devices.audio`.",
        machine!(
            "devices.audio = { id = 1; type = \"none\"; }; devices.sound = { model = \"ich9\"; audio.id = 2; };"
        ),
        machine!(
            "devices.audio = { id = 1; type = \"none\"; }; devices.sound = { model = \"ich9\"; audio.id = 1; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainEnsureAudioID in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(SOUND, "audio")],
    versions: Versions::ALL,
    check: |check| {
        if check.may_have_device(child_name!(DEVICES, "audio")) {
            return;
        }
        let ids: Option<Vec<&str>> =
            check.devices_of(&AUDIO).map(|audio| audio.get(attribute!(AUDIO, "id"))).collect();
        let Some(ids) = ids else { return };
        let found: Vec<_> = check.devices_of(&SOUND).chain(check.devices_of(&GRAPHICS)).collect();
        for sound in found {
            if let Some(id) = at(sound, below!(SOUND, "audio", "id"))
                && id != "0"
                // Where there is none, libvirt adds one with the number 1.
                && !(ids.is_empty() && id == "1")
                && !ids.contains(&id)
            {
                check.say(sound, Some("audio"), format!("there is no audio backend with the number {id}"));
            }
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

static IOMMU_ON_MACHINE: Rule = Rule {
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

static FEATURE_ON_MACHINE: Rule = Rule {
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

static LIFECYCLE_PRESERVE: Rule = Rule {
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

static NAME_SLASH: Rule = Rule {
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
