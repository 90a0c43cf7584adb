//! `import --minimal`: what is left out, libvirt fills in again. Its daemon says so of its own test files.

use std::collections::BTreeMap;

use nixvirt_compiler::{
    CompileOptions, Import, Target, codes, compile_spec, import_minimal, import_xml, parse_json,
};
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::command::Dir;
use nixvirt_tests::corpus;
use nixvirt_tests::daemon::{JUDGED, Judge};
use nixvirt_tests::markup::Namespaces;
use nixvirt_tests::random::Random;
use nixvirt_tests::skip;
use nixvirt_tests::verdicts::own;
use regex::Regex;

/// The definition that the spec of an import compiles to. libvirt takes some that rules refuse.
fn compiled(import: &Import<'_>) -> Result<String, String> {
    let spec = import.spec.as_ref().ok_or("it cannot be imported")?;
    let json = serde_json::to_vec(spec).map_err(|error| error.to_string())?;
    let value = parse_json(&json).map_err(|_| "its spec is no JSON".to_owned())?.value;
    let options = CompileOptions { exact: true, allow: codes::of_rules(), ..CompileOptions::DEFAULT };
    let outcome = compile_spec(value, options);
    let said =
        || outcome.diagnostics.iter().map(|it| format!("{}: {}", it.path, it.problem)).collect::<Vec<_>>();
    outcome.xml.clone().ok_or_else(|| said().join("; "))
}

/// Definitions as the daemon prints them, without the path of the emulator: each judgement has one of its own.
fn printed(judge: &Judge, definitions: &[(String, String)]) -> BTreeMap<String, String> {
    let emulator = Regex::new("<emulator>[^<]*</emulator>").expect("a regular expression");
    let prints = judge.prints(definitions).into_iter();
    prints
        .filter_map(|(name, xml)| Some((name, emulator.replace(&xml?, "<emulator/>").into_owned())))
        .collect()
}

fn lines(xml: &str) -> usize {
    xml.lines().count()
}

#[test]
fn libvirt_fills_in_again_what_is_left_out() {
    let Some(judge) = Judge::new() else { return };
    let is_judged = |file: &corpus::File| file.valid && file.kind != "volume" && JUDGED.contains(&file.kind);
    let mut files: Vec<corpus::File> = corpus::files().into_iter().filter(is_judged).collect();
    if files.is_empty() {
        return;
    }
    let mut random = Random::new(seed());
    let wanted = how_many(400, files.len());
    while files.len() > wanted {
        files.swap_remove(random.below(files.len()));
    }
    let text = |file: &corpus::File| String::from_utf8(file.xml.clone()).ok();
    let mut originals: Vec<(String, String)> =
        files.iter().filter_map(|file| Some((file.name.clone(), text(file)?))).collect();
    for kind in JUDGED.into_iter().filter(|kind| *kind != "volume") {
        let mut namespaces = Namespaces::new();
        let ours = own(kind, &mut namespaces).into_iter().enumerate();
        originals.extend(ours.map(|(at, root)| (format!("our {kind} {at}"), root.write(&namespaces))));
    }
    let before = judge.prints(&originals);
    let before: BTreeMap<&str, &str> =
        before.iter().filter_map(|(name, xml)| Some((&**name, xml.as_deref()?))).collect();
    let (mut plain, mut minimal, mut wrong, mut kept) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (name, xml) in &before {
        let import = import_minimal(xml.as_bytes(), None, Target::NEWEST);
        kept += usize::from(import.diagnostics.iter().any(|it| it.problem.code() == &codes::ADDRESS_KEPT));
        match (compiled(&import), compiled(&import_xml(xml.as_bytes(), None, false, Target::NEWEST))) {
            (Ok(least), Ok(all)) => {
                minimal.push(((*name).to_owned(), least));
                plain.push(((*name).to_owned(), all));
            }
            // What libvirt prints and its own parser refuses is none of this suite's.
            (Err(_), Err(_)) => {}
            (Err(why), Ok(_)) => wrong.push(format!("{name}: {why}")),
            (Ok(_), Err(why)) => wrong.push(format!("{name}: only without `--minimal`: {why}")),
        }
    }
    let (all, least) = (printed(&judge, &plain), printed(&judge, &minimal));
    for (name, xml) in &all {
        let again = least.get(name).map_or("", String::as_str);
        if again != xml {
            let first = xml.lines().zip(again.lines()).find(|(one, other)| one != other);
            wrong.push(format!("{name}: {first:?}"));
        }
    }
    let count =
        |definitions: &[(String, String)]| definitions.iter().map(|(_, xml)| lines(xml)).sum::<usize>();
    let (whole, short) = (count(&plain), count(&minimal));
    skip::print(&format!(
        "of {} definitions, {} of {whole} lines are left; {kept} keep addresses that libvirt would choose otherwise",
        minimal.len(),
        short
    ));
    assert!(
        minimal.len() > before.len() * 9 / 10,
        "only {} of {} were compared",
        minimal.len(),
        before.len()
    );
    assert!(short * 4 < whole * 3, "{short} of {whole} lines are left");
    assert!(kept * 4 < minimal.len(), "{kept} of {} keep addresses", minimal.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_machine_is_about_as_long_as_it_was_written() {
    let Some(judge) = Judge::new() else { return };
    let dir = Dir::new();
    dir.write("web.json", r#"{ "template": "linux", "name": "web", "memory": 4194304 }"#);
    let written = dir.run(["web.json"]).succeeds().stdout;
    let printed = judge.prints(&[("web".to_owned(), written.clone())]);
    let printed = printed["web"].as_deref().expect("libvirt takes the template");
    let import = import_minimal(printed.as_bytes(), None, Target::NEWEST);
    let least = compiled(&import).expect("it compiles");
    let counts = (lines(&written), lines(printed), lines(&least));
    skip::print(&format!(
        "{} lines as written, {} as printed, {} by `--minimal`",
        counts.0, counts.1, counts.2
    ));
    assert!(counts.2 <= counts.0 + 5 && counts.2 * 2 < counts.1, "{least}");
}

/// A machine as libvirt prints it: with a comment of somebody's, firmware and QEMU of Nix's, and one address of somebody's own.
const MACHINE: &str = "\
<domain type='kvm'>
  <name>web</name>
  <uuid>1ccfd97d-5eb4-478a-bbe6-88d254c16db7</uuid>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-10.0'>hvm</type>
    <loader readonly='yes' type='pflash'>/nix/store/00000000000000000000000000000000-OVMF-202411-fd/FV/OVMF_CODE.fd</loader>
    <boot dev='hd'/>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <emulator>/nix/store/00000000000000000000000000000000-qemu-10.0/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='cdrom'>
      <source file='/nix/store/00000000000000000000000000000000-virtio-win.iso'/>
      <target dev='hda' bus='ide'/>
      <readonly/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/>
    </disk>
    <controller type='usb' index='0' model='piix3-uhci'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x2'/>
    </controller>
    <controller type='pci' index='0' model='pci-root'/>
    <controller type='ide' index='0'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x1'/>
    </controller>
    <!-- the lab's switch -->
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
      <source network='default'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x0'/>
    </interface>
    <input type='mouse' bus='ps2'/>
    <input type='keyboard' bus='ps2'/>
    <audio id='1' type='none'/>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </memballoon>
  </devices>
</domain>
";

#[test]
fn what_identifies_a_machine_stays_and_what_somebody_wrote() {
    let dir = Dir::new();
    dir.write("web.xml", MACHINE);
    let run = dir.run(["import", "--minimal", "web.xml"]).succeeds();
    for kept in [
        "uuid = \"1ccfd97d-5eb4-478a-bbe6-88d254c16db7\";",
        "mac.address = \"52:54:00:00:00:01\";",
        "machine = \"pc-i440fx-10.0\";",
        "# the lab's switch",
        "slot = 9;",
        "loader = {",
    ] {
        assert!(run.stdout.contains(kept), "{kept} is not in\n{}", run.stdout);
    }
    for gone in [
        "currentMemory",
        "placement",
        "boot",
        "clock",
        "on_poweroff",
        "usb",
        "pci-root",
        "ps2",
        "audio",
        "memballoon",
        "drive",
    ] {
        assert!(!run.stdout.contains(gone), "{gone} is in\n{}", run.stdout);
    }
    let all = dir.run(["import", "web.xml"]).succeeds();
    assert!(all.stdout.contains("placement") && all.stderr.is_empty(), "{}{}", all.stdout, all.stderr);
}

#[test]
fn pinned_paths_and_kept_addresses_are_said_with_what_to_write() {
    let dir = Dir::new();
    dir.write("web.xml", MACHINE);
    let said = dir.run(["import", "--minimal", "--format", "short", "web.xml"]).succeeds().stderr;
    let expected = [
        "web.xml:9:5: warning: store-path: os.loader.path: ",
        "write `os.firmware = \"efi\";` and no `loader`, and libvirt takes the host's firmware; in Nix, \"${pkgs.OVMF.fd}/FV/OVMF_CODE.fd\" follows",
        "web.xml:15:5: warning: store-path: devices.emulator: ",
        "leave it out, and libvirt takes the host's QEMU; in Nix, \"${pkgs.qemu}/bin/qemu-system-x86_64\" follows the package",
        "web.xml:17:15: warning: store-path: devices.disk[0].source.file: ",
        "in Nix, name the package that has it: \"${pkgs.NAME}\"",
        "warning: address-kept: devices.interface[0]: libvirt would choose another address, so it is kept",
    ];
    for expected in expected {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    dir.run(["import", "--minimal", "--live", "web.xml"]).fails(2);
}
