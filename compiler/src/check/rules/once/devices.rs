//! Devices that a machine has once.

use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::{HOSTDEV, MDEV_SOURCE_ADDRESS, SOURCE, USB_SOURCE_ADDRESS};
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::tpm::TPM;
use nixvirt_schema::domain::devices::watchdog::WATCHDOG;
use nixvirt_schema::machine::Family;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Element, Versions, attribute, below, child_name, parse_number, way};

use crate::check::rules::code::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks, numbers, repeats};
use crate::document::Node;

/// Says which of the devices of an element stand for the same thing.
fn say_repeats<'c, K: Ord>(
    check: &mut Check<'c, '_>,
    element: &'static Element,
    key: impl Fn(&Check<'c, '_>, &'c Node<'c>) -> Option<K>,
    message: impl Fn(&K) -> String,
) {
    let devices = check.devices_of(element).map(|device| device as &Node<'_>);
    let keyed: Vec<_> = devices.filter_map(|device| Some((key(check, device)?, device))).collect();
    for (key, device, other) in repeats(keyed) {
        let related = check.related(other, "the other one is here");
        check.rule_problem(device, None, message(&key)).with(related).add();
    }
}

pub(super) static PANIC_TWICE: Rule = Rule {
    code: refused(
        "panic-twice",
        "Two panic devices have the same model.",
        "A machine has one panic device of each model. On mainframes and pseries machines libvirt adds it by itself.",
        machine!("devices.panic = [ { model = \"hyperv\"; } { model = \"hyperv\"; } ];"),
        machine!("devices.panic = { model = \"hyperv\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefRejectDuplicatePanics in src/conf/domain_postparse.c",
    holds: Holds::Qemu,
    with: &[PANIC.name],
    versions: Versions::ALL,
    check: |check| {
        let model = |check: &Check<'_, '_>, panic: &'_ Node<'_>| {
            let usual = || match check.family()? {
                Family::Pseries => Some("pseries"),
                Family::S390 => Some("s390"),
                Family::I440fx | Family::Q35 => Some("isa"),
                Family::Virt => None,
            };
            match panic.get(attribute!(PANIC, "model")) {
                Some(model) => Some(model.to_owned()),
                None => lacks(panic, attribute!(PANIC, "model")).then(usual)?.map(str::to_owned),
            }
        };
        say_repeats(check, &PANIC, model, |model| format!("there are two panic devices `{model}`"));
    },
};

pub(super) static WATCHDOG_TWICE: Rule = Rule {
    code: refused(
        "watchdog-twice",
        "Two watchdogs have the same model, or watchdogs do different things.",
        "A machine has one watchdog of each model; only of `i6300esb` may there be more. All of them have the same action.",
        machine!(
            "devices.watchdog = [ { model = \"itco\"; action = \"reset\"; } { model = \"itco\"; action = \"reset\"; } ];"
        ),
        machine!(
            "devices.watchdog = [ { model = \"itco\"; action = \"reset\"; } { model = \"i6300esb\"; action = \"reset\"; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefWatchdogs, qemuValidateDomainWatchdogDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[WATCHDOG.name],
    versions: Versions::ALL,
    check: |check| {
        let model = |_: &Check<'_, '_>, watchdog: &Node<'_>| {
            let model = watchdog.get(attribute!(WATCHDOG, "model"))?;
            (model != "i6300esb").then(|| model.to_owned())
        };
        say_repeats(check, &WATCHDOG, model, |model| format!("there are two watchdogs `{model}`"));
        let action = |watchdog: &Node<'_>| match watchdog.get(attribute!(WATCHDOG, "action")) {
            Some(action) => Some(action.to_owned()),
            None => lacks(watchdog, attribute!(WATCHDOG, "action")).then(|| "reset".to_owned()),
        };
        let found: Vec<_> = check.devices_of(&WATCHDOG).collect();
        let Some((first, others)) = found.split_first() else { return };
        let Some(expected) = action(first) else { return };
        for watchdog in others {
            if let Some(given) = action(watchdog)
                && given != expected
            {
                let related = check.related(first, "the first one is here");
                let message = format!("this watchdog has the action `{given}`, the first one `{expected}`");
                check.rule_problem(watchdog, Some("action"), message).with(related).add();
            }
        }
    },
};

pub(super) static TPM_TWICE: Rule = Rule {
    code: refused(
        "tpm-twice",
        "The machine has two TPMs.",
        "A machine has one TPM. A pseries machine may have a `spapr-tpm-proxy` beside it.",
        machine!(
            "devices.tpm = [
    { model = \"tpm-crb\"; backend = { type = \"passthrough\"; device.path = \"/dev/tpm0\"; }; }
    { model = \"tpm-tis\"; backend = { type = \"passthrough\"; device.path = \"/dev/tpm1\"; }; }
  ];"
        ),
        machine!(
            "devices.tpm = { model = \"tpm-crb\"; backend = { type = \"passthrough\"; device.path = \"/dev/tpm0\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefTPMs in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[TPM.name],
    versions: Versions::ALL,
    check: |check| {
        let is_proxy = |_: &Check<'_, '_>, tpm: &Node<'_>| match tpm.get(attribute!(TPM, "model")) {
            Some(model) => Some(model == "spapr-tpm-proxy"),
            None => lacks(tpm, attribute!(TPM, "model")).then_some(false),
        };
        say_repeats(check, &TPM, is_proxy, |_| "a machine has one TPM".to_owned());
    },
};

pub(super) static HOSTDEV_TWICE: Rule = Rule {
    code: refused(
        "hostdev-twice",
        "A device of the host is passed through twice.",
        "Each device can be given to the machine once.",
        machine!(
            "devices.hostdev = [
    { mode = \"subsystem\"; type = \"pci\"; source.address = { bus = 1; slot = 0; }; }
    { mode = \"subsystem\"; type = \"pci\"; source.address = { bus = 1; slot = 0; }; }
  ];"
        ),
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"pci\"; source.address = { bus = 1; slot = 0; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefHostdevValidate, virDomainHostdevMatch in src/conf",
    holds: Holds::Always,
    with: &[HOSTDEV.name],
    versions: Versions::ALL,
    check: |check| {
        say_repeats(
            check,
            &HOSTDEV,
            |_, device| host_device(device),
            |_| "the device is passed through twice".to_owned(),
        );
    },
};

/// The identity of a device of the host: its kind, its adapter or UUID, and the numbers of its address.
fn host_device<'n>(device: &'n Node<'_>) -> Option<(&'n str, &'n str, Vec<u64>)> {
    let kind = device.get(attribute!(HOSTDEV, "type"))?;
    let source = child(device, child_name!(HOSTDEV, "source"))?;
    let address = child(source, child_name!(DISK, "address"));
    match kind {
        "pci" => {
            let names = [
                attribute!(ADDRESS, "domain"),
                attribute!(ADDRESS, "bus"),
                attribute!(ADDRESS, "slot"),
                attribute!(ADDRESS, "function"),
            ];
            Some((kind, "", numbers(address?, names)?.to_vec()))
        }
        "mdev" => Some((kind, address?.get(attribute!(MDEV_SOURCE_ADDRESS, "uuid"))?, Vec::new())),
        "scsi" => {
            let adapter =
                at(source, (way!(SOURCE, "adapter", "name")[0], way!(SOURCE, "adapter", "name")[1]))?;
            let names =
                [attribute!(ADDRESS, "bus"), attribute!(ADDRESS, "target"), attribute!(ADDRESS, "unit")];
            Some((kind, adapter, numbers(address?, names)?.to_vec()))
        }
        // Two devices of one make are told apart by their addresses.
        "usb" if lacks(source, child_name!(SOURCE, "address")) => {
            let number = |(child, id)| parse_number(at(source, (child, id))?);
            let vendor = number(below!(SOURCE, "vendor", "id"))?;
            Some((kind, "make", vec![vendor, number(below!(SOURCE, "product", "id"))?]))
        }
        "usb" => {
            let names = [attribute!(USB_SOURCE_ADDRESS, "bus"), attribute!(USB_SOURCE_ADDRESS, "device")];
            let place = numbers(address?, names)?;
            (place[0] != 0 && place[1] != 0).then(|| (kind, "", place.to_vec()))
        }
        _ => None,
    }
}
