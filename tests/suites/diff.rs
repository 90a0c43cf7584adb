//! Changes between two documents: which differences count, and their texts.

use nixvirt_compiler::{Policy, Report, View, diff, read_xml};

#[track_caller]
fn check(view: View, old: &str, new: &str, expected: &[&str]) {
    let read = |xml| read_xml(xml, None, &mut Report::new(Policy::Lenient)).expect("it should be a document");
    let (old, new) = (read(old.as_bytes()), read(new.as_bytes()));
    let shown = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
    let found = diff(&old, &new, view);
    let found: Vec<String> = found
        .iter()
        .map(|change| format!("{}: {} -> {}", change.path, shown(&change.old), shown(&change.new)))
        .collect();
    assert_eq!(found, expected);
}

fn domain(parts: &str) -> String {
    format!("<domain type='kvm'><name>vm</name>{parts}</domain>")
}

fn devices(parts: &str) -> String {
    domain(&format!("<devices>{parts}</devices>"))
}

#[test]
fn what_libvirt_sets_at_a_start_is_as_good_as_nothing() {
    let resource = |parts: &str| domain(&format!("<resource>{parts}</resource>"));
    let (usual, other) = (resource("<partition>/machine</partition>"), resource("<partition>/x</partition>"));
    for view in [View::Exact, View::Given] {
        check(view, &usual, &domain(""), &[]);
        check(view, &domain(""), &usual, &[]);
        check(view, &usual, &other, &["resource.partition: /machine -> /x"]);
    }
    check(View::Exact, &other, &domain(""), &["resource.partition: /x -> nothing"]);
}

#[test]
fn amounts_count_by_value() {
    let same = [("MiB'>1024", "G'>1"), ("b'>1073741823", "KiB'>1048576"), ("KB'>1", "KiB'>1")];
    for (one, other) in same {
        let memory = |amount| domain(&format!("<memory unit='{amount}</memory>"));
        check(View::Exact, &memory(one), &memory(other), &[]);
    }
    let old = domain("<memory>1048576</memory><currentMemory unit='GiB'>1</currentMemory>");
    let new = domain("<memory unit='GiB'>1</memory><currentMemory unit='MiB'>512</currentMemory>");
    check(View::Exact, &old, &new, &["currentMemory: 1 GiB -> 512 MiB"]);
    let volume = |capacity| format!("<volume><name>v</name><capacity{capacity}</capacity></volume>");
    check(View::Exact, &volume(">2048"), &volume(" unit='KiB'>2"), &[]);
    check(View::Exact, &volume(">2"), &volume(" unit='KiB'>2"), &["capacity: 2 -> 2 KiB"]);
    // Not every amount of a domain is in KiB where it has no unit.
    let shared = |size| devices(&format!("<shmem name='s'><size{size}</size></shmem>"));
    check(View::Exact, &shared(">4194304"), &shared(" unit='M'>4"), &[]);
    let tseg = |size| domain(&format!("<features><smm state='on'><tseg{size}</tseg></smm></features>"));
    check(View::Exact, &tseg(">48"), &tseg(" unit='MiB'>48"), &[]);
}

#[test]
fn the_order_of_different_kinds_means_nothing() {
    let disk =
        |dev: &str| format!("<disk type='file' device='disk'><target dev='{dev}' bus='virtio'/></disk>");
    let nic = |mac: &str| format!("<interface type='user'><mac address='52:54:00:00:00:{mac}'/></interface>");
    let (old, new) = (disk("vda") + &nic("01") + &disk("vdb"), nic("01") + &disk("vdb") + &disk("vda"));
    check(View::Exact, &devices(&old), &devices(&new), &[]);
    // Among interfaces it decides on their addresses.
    let (old, new) = (nic("01") + &nic("02"), nic("02") + &nic("01"));
    let moved = ["devices.interface[1]: place 1 -> another place"];
    check(View::Exact, &devices(&old), &devices(&new), &moved);
    check(View::Given, &devices(&old), &devices(&new), &[]);
}

#[test]
fn a_device_is_known_by_what_names_it() {
    let disk = |dev: &str, cache: &str| {
        format!(
            "<disk type='file'><driver name='qemu' cache='{cache}'/><target dev='{dev}' bus='virtio'/></disk>"
        )
    };
    let old = devices(&(disk("vda", "none") + &disk("vdb", "none")));
    let new = devices(&disk("vdb", "writeback"));
    let expected = [
        "devices.disk[0].driver.cache: none -> writeback",
        "devices.disk[0].type: file -> nothing",
        "devices.disk[0].driver.name: qemu -> nothing",
        "devices.disk[0].driver.cache: none -> nothing",
        "devices.disk[0].target.dev: vda -> nothing",
        "devices.disk[0].target.bus: virtio -> nothing",
    ];
    check(View::Exact, &old, &new, &expected);
}

#[test]
fn what_libvirt_fills_in_is_no_change_of_what_was_given() {
    let made = "<domain type='kvm' id='3'><name>vm</name><uuid>11111111-2222-3333-4444-555555555555</uuid>\
        <memory unit='KiB'>32768</memory><currentMemory unit='KiB'>32768</currentMemory>\
        <vcpu placement='static'>1</vcpu><os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type><boot dev='hd'/></os>\
        <clock offset='utc'/><on_poweroff>destroy</on_poweroff><devices><emulator>/usr/bin/qemu</emulator>\
        <controller type='usb' index='0'/><interface type='user'><mac address='52:54:00:00:00:01'/>\
        <target dev='vnet3'/><model type='virtio'/><alias name='net0'/>\
        <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></interface>\
        <memballoon model='virtio'/></devices></domain>";
    let given = |memory: &str, model: &str| {
        domain(&format!(
            "<memory unit='MiB'>{memory}</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>\
             <devices><interface type='user'><model type='{model}'/></interface></devices>"
        ))
    };
    check(View::Given, made, &given("32", "virtio"), &[]);
    let changed = ["memory: 32768 KiB -> 64 MiB", "devices.interface[0].model.type: virtio -> e1000"];
    check(View::Given, made, &given("64", "e1000"), &changed);
    // A device that nobody asked for is one too many.
    let more = made.replace("<memballoon", "<rng model='virtio'/><memballoon");
    check(View::Given, &more, &given("32", "virtio"), &["devices.rng[0].model: virtio -> nothing"]);
}

#[test]
fn secrets_are_not_shown() {
    let old = devices("<graphics type='vnc' passwd='one'/>");
    let new = devices("<graphics type='vnc' passwd='two'/>");
    check(View::Exact, &old, &new, &["devices.graphics[0].passwd: (secret) -> (secret)"]);
    check(
        View::Exact,
        &devices("<graphics type='vnc'/>"),
        &new,
        &["devices.graphics[0].passwd: nothing -> (secret)"],
    );
}

#[test]
fn rules_of_a_filter_are_in_an_order() {
    let rule = |action: &str| format!("<rule action='{action}' direction='in' priority='1'/>");
    let filter = |rules: String| format!("<filter name='f'>{rules}</filter>");
    let (old, new) = (filter(rule("drop") + &rule("accept")), filter(rule("accept") + &rule("drop")));
    let expected = ["rule[0].action: drop -> accept", "rule[1].action: accept -> drop"];
    check(View::Exact, &old, &new, &expected);
}
