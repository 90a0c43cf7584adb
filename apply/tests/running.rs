//! Running machines are not harmed: disks that the host has moved, restarts that nobody announced, machines without a
//! definition.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, changes, memory, writes};
use virt::sys;

fn live(daemon: &Daemon) -> String {
    daemon.domain(1).xml_desc(0).unwrap()
}

fn defined(daemon: &Daemon) -> String {
    daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap()
}

/// A bundle of one machine, which is not asked before it is stopped: nothing in it could answer.
fn one(guest: &Guest, place: &Place, more: Value) -> Value {
    place.write("vm.xml", &guest.xml());
    let mut entry = json!({ "definition": "vm.xml", "active": true });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "domains": [entry], "shutdown": { "method": "destroy" } })
}

fn image(place: &Place, name: &str) -> String {
    let path = place.path().join(name);
    let made = Command::new("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&path).arg("1M").status();
    assert!(made.unwrap().success());
    path.display().to_string()
}

fn disk(file: &str) -> String {
    format!(
        "<disk type='file'><driver name='qemu' type='qcow2'/><source file='{file}'/><target dev='vda' bus='virtio'/></disk>"
    )
}

fn snapshot(daemon: &Daemon, name: &str) {
    let xml = format!("<domainsnapshot><name>{name}</name></domainsnapshot>");
    let flags = sys::VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | sys::VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA;
    daemon.domain(1).create_snapshot_xml(&xml, flags).unwrap();
}

fn virsh(daemon: &Daemon, arguments: &[&str]) {
    let output = Command::new("virsh").args(["-c", &daemon.uri(), "-q"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn notes(plan: &Value) -> String {
    plan["objects"][0]["notes"].to_string()
}

#[test]
fn a_machine_stays_on_its_snapshot_and_on_its_copy() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let base = image(&place, "base.img");
    let mut guest = Guest::new(1);
    guest.devices = disk(&base);
    place.apply(&one(&guest, &place, json!({})));
    let source = |file: &str| format!("<source file='{file}'");
    let base_name = base.trim_end_matches(".img").to_owned();
    snapshot(&daemon, "first");
    let on_snapshot = format!("{base_name}.first");
    assert!(live(&daemon).contains(&source(&on_snapshot)), "{}", live(&daemon));
    let id = daemon.domain(1).id();

    // Nothing is done about it, and it is said each time.
    for round in 0..2 {
        let plan = place.plan(&one(&guest, &place, json!({})));
        assert_eq!(actions(&plan, "guest1"), ["unchanged"], "round {round}: {plan:#}");
        assert!(notes(&plan).contains(&on_snapshot) && notes(&plan).contains(&base), "{plan:#}");
        assert_eq!(writes(&place.apply(&one(&guest, &place, json!({})))), 0);
    }
    assert_eq!(daemon.domain(1).id(), id);

    // Another change takes it along, through a restart.
    guest.memory = memory(40);
    let bundle = one(&guest, &place, json!({}));
    let plan = place.plan(&bundle);
    assert_eq!(changes(&plan, "guest1"), ["memory: 32 MiB -> 40 MiB (restart)"]);
    place.apply(&bundle);
    assert_ne!(daemon.domain(1).id(), id);
    for xml in [live(&daemon), defined(&daemon)] {
        assert!(xml.contains(&source(&on_snapshot)), "{xml}");
    }
    assert_eq!(writes(&place.apply(&bundle)), 0);

    // After a copy, nothing of its chain names the declared image.
    let copy = place.path().join("copy.img").display().to_string();
    virsh(
        &daemon,
        &[
            "blockcopy",
            "guest1",
            "vda",
            "--dest",
            &copy,
            "--format",
            "qcow2",
            "--wait",
            "--pivot",
            "--transient-job",
        ],
    );
    assert!(live(&daemon).contains(&source(&copy)));
    guest.memory = memory(48);
    place.apply(&one(&guest, &place, json!({})));
    assert!(live(&daemon).contains(&source(&copy)), "{}", live(&daemon));

    // A state that is lost takes nothing from it: what it is on cannot be shown to be something else.
    fs::remove_dir_all(place.path().join("state")).unwrap();
    snapshot(&daemon, "second");
    let second = place.path().join("copy.second").display().to_string();
    guest.devices = disk(&copy);
    guest.memory = memory(56);
    place.apply(&one(&guest, &place, json!({})));
    assert!(live(&daemon).contains(&source(&second)), "{}", live(&daemon));

    // Only a declaration of this source that moves moves it, and the plan says so.
    let other = image(&place, "other.img");
    guest.devices = disk(&other);
    let bundle = one(&guest, &place, json!({}));
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update", "restart"]);
    assert!(changes(&plan, "guest1")[0].contains(&other), "{plan:#}");
    place.apply(&bundle);
    assert!(live(&daemon).contains(&source(&other)), "{}", live(&daemon));
    assert!(Path::new(&second).exists());
    assert_eq!(writes(&place.apply(&bundle)), 0);

    // Undefined while it was off: what it was on is remembered.
    snapshot(&daemon, "third");
    let third = place.path().join("other.third").display().to_string();
    place.apply(&bundle);
    daemon.domain(1).destroy().unwrap();
    daemon.domain(1).undefine().unwrap();
    place.apply(&bundle);
    assert!(live(&daemon).contains(&source(&third)), "{}", live(&daemon));
}

#[test]
fn a_path_of_a_package_is_no_reason_to_restart() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices = place.emulator("qemu-1");
    place.apply(&one(&guest, &place, json!({})));
    let id = daemon.domain(1).id();
    guest.devices = place.emulator("qemu-2");
    let bundle = one(&guest, &place, json!({}));
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update"], "{plan:#}");
    assert_eq!(plan["objects"][0]["changes"][0]["effect"], "next start");
    place.apply(&bundle);
    assert_eq!(daemon.domain(1).id(), id);
    assert!(defined(&daemon).contains("qemu-2") && live(&daemon).contains("qemu-1"));
    let plan = place.plan(&bundle);
    assert!(notes(&plan).contains("waits for a restart: devices.emulator, since"), "{plan:#}");
    assert_eq!(actions(&plan, "guest1"), ["unchanged"]);
    // With the next start it is in force, and forgotten.
    daemon.domain(1).destroy().unwrap();
    place.apply(&bundle);
    assert!(live(&daemon).contains("qemu-2"));
    let plan = place.plan(&bundle);
    assert!(!notes(&plan).contains("waits"), "{plan:#}");
}

#[test]
fn what_waits_for_a_restart_is_remembered_and_had_when_allowed() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    place.apply(&one(&guest, &place, json!({})));
    let id = daemon.domain(1).id();
    guest.memory = memory(40);
    let never = one(&guest, &place, json!({ "restart": false }));
    assert_eq!(actions(&place.apply(&never), "guest1"), ["update"]);
    guest.top = "<title>two</title>".into();
    let never = {
        place.apply(&never);
        one(&guest, &place, json!({ "restart": false }))
    };
    place.apply(&never);
    let plan = place.plan(&never);
    assert!(plan["objects"][0]["waits"].as_array().unwrap().contains(&json!("memory")), "{plan:#}");
    assert_eq!(daemon.domain(1).id(), id);
    assert_eq!(writes(&place.apply(&never)), 0);
    let allowed = one(&guest, &place, json!({}));
    let plan = place.plan(&allowed);
    assert_eq!(actions(&plan, "guest1"), ["restart"], "{plan:#}");
    place.apply(&allowed);
    assert_ne!(daemon.domain(1).id(), id);
    assert!(live(&daemon).contains("<memory unit='KiB'>40960</memory>"));
    assert_eq!(writes(&place.apply(&allowed)), 0);
    assert!(!notes(&place.plan(&allowed)).contains("waits"));
}

#[test]
fn what_the_guest_refuses_waits_and_is_no_restart() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let extra = image(&place, "extra.img");
    let plain = "<controller type='pci' model='pcie-root'/><controller type='pci' model='pcie-root-port'/>\
                 <controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/>";
    let mut guest = Guest::new(1);
    guest.devices = format!("{plain}{}", disk(&extra));
    place.apply(&one(&guest, &place, json!({})));
    let id = daemon.domain(1).id();
    // There is no system in the guest that would let go of it.
    guest.devices = plain.into();
    let bundle = one(&guest, &place, json!({}));
    assert_eq!(actions(&place.plan(&bundle), "guest1"), ["update"]);
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("`devices.disk[vda]` cannot be changed while it runs"), "{}", ran.all());
    assert!(ran.stderr.contains("has it at its next start [live-refused]"), "{}", ran.all());
    assert_eq!(daemon.domain(1).id(), id);
    assert!(live(&daemon).contains(&extra) && !defined(&daemon).contains(&extra));
    // It waits, and is no reason to stop anything later.
    let plan = place.plan(&bundle);
    assert!(notes(&plan).contains("waits for a restart"), "{plan:#}");
    assert_eq!(actions(&plan, "guest1"), ["unchanged"]);
    assert_eq!(writes(&place.apply(&bundle)), 0);
    assert_eq!(daemon.domain(1).id(), id);
}

#[test]
fn what_there_is_no_room_for_is_a_restart_in_the_plan() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    // Its ports are all taken.
    guest.devices = "<controller type='pci' index='0' model='pcie-root'/>".into();
    place.apply(&one(&guest, &place, json!({})));
    let free = live(&daemon).matches("model='pcie-root-port'").count();
    let rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>";
    let id = daemon.domain(1).id();
    guest.devices += &rng.repeat(free + 1);
    let bundle = one(&guest, &place, json!({}));
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update", "restart"], "{plan:#}");
    assert!(notes(&plan).contains("no free PCI slot"), "{plan:#}");
    place.apply(&bundle);
    assert_ne!(daemon.domain(1).id(), id);
    assert_eq!(live(&daemon).matches("<rng ").count(), free + 1);
}

#[test]
fn what_cannot_start_is_found_out_before_anything_is_stopped() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (first, second) = (image(&place, "first.img"), image(&place, "second.img"));
    let mut guest = Guest::new(1);
    guest.devices = disk(&first);
    place.apply(&one(&guest, &place, json!({})));
    let (id, before) = (daemon.domain(1).id(), defined(&daemon));
    let fails = |guest: &Guest, why: &str| {
        place.bundle(&one(guest, &place, json!({})));
        let ran = place.run("apply", &[]).expect(1);
        assert!(ran.stderr.contains(why), "no {why}: {}", ran.all());
    };
    guest.devices = disk("/nowhere/at/all.img");
    fails(&guest, "its image /nowhere/at/all.img does not exist");
    assert_eq!((daemon.domain(1).id(), defined(&daemon)), (id, before.clone()));
    // An image that is none shows only when QEMU opens it.
    fs::write(&second, "no image").unwrap();
    guest.devices = disk(&second);
    fails(&guest, "it runs with the old one again");
    assert!(daemon.domain(1).is_active().unwrap() && live(&daemon).contains(&first));
    assert_eq!(defined(&daemon), before);
    // Once it is one, the same run does it.
    image(&place, "second.img");
    place.apply(&one(&guest, &place, json!({})));
    assert!(live(&daemon).contains(&second));
}

#[test]
fn a_machine_without_a_definition_gets_one_beside_what_runs() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let guest = Guest::new(1);
    let bundle = one(&guest, &place, json!({}));
    place.apply(&bundle);
    let id = daemon.domain(1).id();
    daemon.domain(1).undefine().unwrap();
    assert!(!daemon.domain(1).is_persistent().unwrap());
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update"], "{plan:#}");
    assert!(notes(&plan).contains("without a definition"), "{plan:#}");
    place.apply(&bundle);
    assert!(daemon.domain(1).is_persistent().unwrap());
    assert_eq!(daemon.domain(1).id(), id);
    assert_eq!(writes(&place.apply(&bundle)), 0);

    // One that somebody has only ever started, by its own dump.
    daemon.connect().create_domain_xml(&Guest::new(2).xml(), 0).unwrap();
    let dump = daemon.domain(2).xml_desc(0).unwrap();
    place.write("dump.xml", &dump);
    let bundle = json!({ "domains": [{ "definition": "dump.xml", "active": true }] });
    let id = daemon.domain(2).id();
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest2"), ["update"], "{plan:#}");
    place.run("apply", &[]).expect(0);
    assert!(daemon.domain(2).is_persistent().unwrap());
    assert_eq!(daemon.domain(2).id(), id);

    // Networks likewise.
    let net = "<network><name>inner</name><uuid>99999999-2222-3333-4444-555555555555</uuid><bridge name='virbr77'/></network>";
    place.write("net.xml", net);
    let bundle = json!({ "networks": [{ "definition": "net.xml", "active": true }] });
    place.apply(&bundle);
    let network = || daemon.connect().lookup_network_by_name("inner").unwrap();
    network().undefine().unwrap();
    assert!(!network().is_persistent().unwrap());
    place.apply(&bundle);
    assert!(network().is_persistent().unwrap() && network().is_active().unwrap());
}
