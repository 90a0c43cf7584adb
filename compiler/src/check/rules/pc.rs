//! The hardware of PCs: PS/2, the date of the BIOS, and the memory for system management.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::features::FEATURES;
use nixvirt_schema::domain::os::SYSINFO;
use nixvirt_schema::machine::Family;
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use super::code::{machine, refused};
use crate::check::{Holds, Rule, child, reach, text_of};
use crate::document::Node;
use crate::document::amount::amount;

pub(super) const RULES: &[&Rule] = &[&BIOS_DATE, &PS2_OFF, &TSEG];

static PS2_OFF: Rule = Rule {
    code: refused(
        "ps2-off",
        "PS/2 is switched off, and something needs it.",
        "With `features.ps2.state = false`, the machine has no PS/2 bus for mouse and keyboard, and no `vmport`.",
        machine!("features.ps2.state = false; devices.input = { type = \"keyboard\"; bus = \"ps2\"; };"),
        machine!("devices.input = { type = \"keyboard\"; bus = \"ps2\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefPostParseCommon in src/conf/domain_postparse.c; qemuValidateDomainDefFeatures",
    holds: Holds::Qemu,
    with: &[below!(FEATURES, "ps2", "state").0],
    versions: Versions::ALL,
    check: |check| {
        let Some(features) = child(check.root(), child_name!(DOMAIN, "features")) else { return };
        let (name, state) = below!(FEATURES, "ps2", "state");
        let Some(off) = child(features, name).filter(|ps2| ps2.get(state) == Some("off")) else { return };
        let vmport = child(features, below!(FEATURES, "vmport", "state").0)
            .filter(|vmport| vmport.get(state).is_none_or(|state| state == "on"))
            .map(|vmport| vmport as &Node<'_>);
        let on_ps2 = |input: &&Node<'_>| input.get(attribute!(INPUT, "bus")) == Some("ps2");
        let inputs = check.devices_of(&INPUT).map(|input| input as &Node<'_>).filter(on_ps2);
        let found: Vec<&Node<'_>> = vmport.into_iter().chain(inputs).collect();
        for needing in found {
            let related = check.related(off, "PS/2 is switched off here");
            let message = "this needs PS/2, which the machine does not have".to_owned();
            check.rule_problem(needing, None, message).with(related).add();
        }
    },
};

/// Whether a text is a date as a BIOS has it: month, day and year, of two digits for the 20th century.
fn is_bios_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('/').map(|part| part.parse().ok()).collect();
    matches!(parts[..], [Some(1..=12), Some(1..=31), Some(0..=99 | 1900..)])
}

static BIOS_DATE: Rule = Rule {
    code: refused(
        "bios-date",
        "The date of the BIOS is none.",
        "It goes by month, day and year, such as `02/28/2020`. A year of two digits is one of the 20th century.",
        machine!(
            "sysinfo = { type = \"smbios\"; bios.entry = { name = \"date\"; value = \"2020-02-28\"; }; };"
        ),
        machine!(
            "sysinfo = { type = \"smbios\"; bios.entry = { name = \"date\"; value = \"02/28/2020\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virSysinfoBIOSParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "sysinfo")],
    versions: Versions::ALL,
    check: |check| {
        let [bios, entry, name] = way!(SYSINFO, "bios", "entry", "name")[..] else { return };
        let tables = check.root().children_named(child_name!(DOMAIN, "sysinfo"));
        let entries =
            tables.flat_map(|table| table.children_named(bios)).flat_map(|bios| bios.children_named(entry));
        let dates: Vec<_> = entries.filter(|entry| entry.get(name) == Some("date")).collect();
        // libvirt reads the first one.
        if let Some((date, text)) = dates.first().and_then(|date| Some((date, text_of(date)?)))
            && !is_bios_date(text)
        {
            let message = "this is no date as a BIOS has it".to_owned();
            check.rule_problem(date, None, message).help("write it as \"02/28/2020\"").add();
        }
    },
};

static TSEG: Rule = Rule {
    code: refused(
        "tseg",
        "Memory is set aside for system management in a machine that cannot do that, or it is no number of MiB.",
        "`features.smm.tseg` is there for q35 machines. Its size is a whole number of MiB.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\"; };",
            "features.smm = { state = true; tseg = { count = 48; unit = \"MiB\"; }; };"
        ),
        machine!("features.smm = { state = true; tseg = { count = 48; unit = \"MiB\"; }; };"),
    ),
    kind: "domain",
    mirrors: "qemuDomainDefTsegPostParse in src/qemu/qemu_postparse.c",
    holds: Holds::Qemu,
    with: &[way!(DOMAIN, "features", "smm", "tseg")[2]],
    versions: Versions::ALL,
    check: |check| {
        let [features, smm, tseg] = way!(DOMAIN, "features", "smm", "tseg")[..] else { return };
        let smm = reach(check.root(), &[features, smm]);
        let state = below!(FEATURES, "smm", "state").1;
        let Some(size) = smm.filter(|smm| smm.get(state) != Some("off")).and_then(|smm| child(smm, tseg))
        else {
            return;
        };
        let message = match (check.family(), amount(size)) {
            _ if check.machine().is_some() && check.family() != Some(Family::Q35) => {
                "only a q35 machine sets memory aside for system management"
            }
            (_, Some(bytes)) if bytes % (1 << 20) != 0 => "this is no whole number of MiB",
            _ => return,
        };
        check.say(size, None, message.to_owned());
    },
};
