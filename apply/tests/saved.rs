//! Saved states, names, and what a domain has beside its definition.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, Ran, actions, continued, memory, uuid, writes};
use virt::domain::Domain;
use virt::sys;

fn live(daemon: &Daemon) -> String {
    daemon.domain(1).xml_desc(0).unwrap()
}

fn one(guest: &Guest, place: &Place, more: Value) -> Value {
    place.write("vm.xml", &guest.xml());
    let mut entry = json!({ "definition": "vm.xml", "active": true });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "domains": [entry] })
}

fn notes(run: &Value) -> String {
    run["objects"][0]["notes"].to_string()
}

#[test]
fn a_saved_state_goes_on_as_it_was_and_the_plan_says_so() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    place.apply(&one(&guest, &place, json!({})));
    daemon.domain(1).managed_save(0).unwrap();
    guest.memory = memory(64);
    let bundle = one(&guest, &place, json!({}));
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update", "start"]);
    assert!(notes(&plan).contains("it has a saved state: it goes on with that"), "{plan:#}");
    assert!(notes(&plan).contains("what changes is in force at a start after that one"), "{plan:#}");
    place.apply(&bundle);
    assert!(live(&daemon).contains("<memory unit='KiB'>32768</memory>"));
    let plan = place.plan(&bundle);
    assert!(plan["objects"][0]["waits"].to_string().contains("memory"), "{plan:#}");
    // It is allowed to restart.
    assert_eq!(actions(&plan, "guest1"), ["restart"]);
    place.apply(&bundle);
    assert!(live(&daemon).contains("<memory unit='KiB'>65536</memory>"));
    assert_eq!(writes(&place.apply(&bundle)), 0);

    // It is given up where that is asked for, and not before.
    daemon.domain(1).managed_save(0).unwrap();
    guest.memory = memory(48);
    let bundle = one(&guest, &place, json!({ "saved": "discard" }));
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update", "discard the saved state", "start"]);
    place.apply(&bundle);
    assert!(live(&daemon).contains("<memory unit='KiB'>49152</memory>"));
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // A removal names it.
    daemon.domain(1).managed_save(0).unwrap();
    let plan = place.plan(&json!({ "domains": [] }));
    assert!(notes(&plan).contains("its saved state is removed with it"), "{plan:#}");
}

#[test]
fn a_saved_state_follows_the_path_of_its_emulator_while_that_is_there() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices = place.emulator("qemu-1");
    place.apply(&one(&guest, &place, json!({})));
    daemon.domain(1).managed_save(0).unwrap();
    guest.devices = place.emulator("qemu-2");
    let bundle = one(&guest, &place, json!({ "active": null }));
    let plan = place.plan(&bundle);
    assert!(notes(&plan).contains("its saved state is brought to the new paths"), "{plan:#}");
    place.apply(&bundle);
    assert_eq!(writes(&place.apply(&bundle)), 0);
    fs::remove_file(place.path().join("qemu-1")).unwrap();
    place.apply(&one(&guest, &place, json!({})));
    assert!(live(&daemon).contains("qemu-2"));
    // With the old one gone, it is said what must come back, and nothing else is done.
    daemon.domain(1).managed_save(0).unwrap();
    fs::remove_file(place.path().join("qemu-2")).unwrap();
    guest.devices = place.emulator("qemu-3");
    place.bundle(&one(&guest, &place, json!({})));
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        assert!(
            ran.stderr.contains("qemu-2") && ran.stderr.contains("`saved = \"discard\"` [saved-state]"),
            "{}",
            ran.all()
        );
    }
    assert!(daemon.domain(1).has_managed_save(0).unwrap());
    place.emulator("qemu-2");
    place.apply(&one(&guest, &place, json!({})));
    assert!(daemon.domain(1).is_active().unwrap());
}

#[test]
fn a_new_name_waits_until_the_machine_is_off_and_takes_everything_along() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let image = place.path().join("disk.img");
    let made = Command::new("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&image).arg("1M").status();
    assert!(made.unwrap().success());
    let (code, variables) =
        (place.write("code.fd", &"\0".repeat(1 << 18)), place.write("vars.fd", &"\0".repeat(1 << 18)));
    let mut guest = Guest::new(1);
    guest.system = format!(
        "<loader readonly='yes' type='pflash'>{}</loader><nvram template='{}'/>",
        code.display(),
        variables.display()
    );
    guest.devices = format!(
        "<disk type='file'><driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>",
        image.display()
    );
    place.apply(&one(&guest, &place, json!({ "autostart": true })));
    let id = daemon.domain(1).id();
    let nvram = |daemon: &Daemon| {
        let xml = daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
        let at = xml.find("guest1_VARS").unwrap_or_else(|| panic!("no variables of guest1 in {xml}"));
        xml[at..].split('<').next().unwrap().to_owned()
    };
    assert_eq!(nvram(&daemon), "guest1_VARS.fd");
    guest.name = "renamed".into();
    guest.top = "<title>new</title>".into();
    let bundle = one(&guest, &place, json!({ "autostart": true }));
    let plan = place.plan(&bundle);
    assert!(notes(&plan).contains("its new name waits until it is off"), "{plan:#}");
    place.apply(&bundle);
    assert_eq!((daemon.domain(1).id(), &*daemon.domain(1).name().unwrap()), (id, "guest1"));
    assert!(live(&daemon).contains("<title>new</title>"));
    let again = place.apply(&bundle);
    assert_eq!(writes(&again), 0, "{again:#}");
    // A saved state keeps its name, too.
    daemon.domain(1).managed_save(0).unwrap();
    let off = one(&guest, &place, json!({ "active": false, "autostart": true }));
    assert!(notes(&place.plan(&off)).contains("its new name waits until its saved state is gone"));
    place.apply(&off);
    daemon.domain(1).managed_save_remove(0).unwrap();
    daemon.domain(1).create_snapshot_xml("<domainsnapshot><name>first</name></domainsnapshot>", 0).unwrap();
    place.apply(&off);
    assert_eq!(daemon.domain(1).name().unwrap(), "renamed");
    assert_eq!(nvram(&daemon), "guest1_VARS.fd");
    assert!(daemon.domain(1).autostart().unwrap());
    assert_eq!(daemon.domain(1).num_snapshots(0).unwrap(), 1);
    assert_eq!(writes(&place.apply(&off)), 0);
    // With the next change as well.
    guest.top = "<title>other</title>".into();
    place.apply(&one(&guest, &place, json!({ "active": true })));
    assert_eq!(nvram(&daemon), "guest1_VARS.fd");
    assert!(daemon.domain(1).is_active().unwrap());
    // A removal that libvirt would refuse stops nothing, and says what stays.
    let none = json!({ "domains": [] });
    place.bundle(&none);
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        assert!(ran.stderr.contains("it has snapshots (first)"), "{}", ran.all());
    }
    assert!(daemon.domain(1).is_active().unwrap());
    Domain::lookup_snapshot_by_name(&daemon.domain(1), "first", 0).unwrap().delete(0).unwrap();
    let plan = place.plan(&none);
    assert!(notes(&plan).contains("its UEFI variables stay in /"), "{plan:#}");
    place.apply(&none);
    assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
}

#[test]
fn what_a_machine_leaves_is_kept_unless_it_is_to_be_deleted() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (code, variables) = (place.write("code.fd", &"\0".repeat(1 << 18)), place.path().join("own.fd"));
    let mut guest = Guest::new(1);
    guest.system = format!(
        "<loader readonly='yes' type='pflash'>{}</loader><nvram>{}</nvram>",
        code.display(),
        variables.display()
    );
    for (wanted, said) in [("keep", "stay in"), ("delete", "are deleted")] {
        place.write("own.fd", &"\0".repeat(1 << 18));
        place.apply(&one(&guest, &place, json!({ "active": false })));
        // It is remembered though nothing else changes.
        place.apply(&one(&guest, &place, json!({ "active": false, "onRemove": { "nvram": wanted } })));
        let none = json!({ "domains": [] });
        let plan = place.plan(&none);
        assert!(notes(&plan).contains(said), "{plan:#}");
        place.apply(&none);
        assert_eq!(variables.exists(), wanted == "keep");
    }
}

#[test]
fn what_an_earlier_machine_has_left_is_said() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (code, left) =
        (place.write("code.fd", &"\0".repeat(1 << 18)), place.write("left.fd", &"\0".repeat(1 << 18)));
    let mut guest = Guest::new(1);
    guest.system = format!(
        "<loader readonly='yes' type='pflash'>{}</loader><nvram>{}</nvram>",
        code.display(),
        left.display()
    );
    let bundle = one(&guest, &place, json!({ "active": false }));
    let plan = place.plan(&bundle);
    assert!(
        notes(&plan).contains(&format!("it begins with the UEFI variables that are in {}", left.display())),
        "{plan:#}"
    );
    fs::remove_file(&left).unwrap();
    assert!(!notes(&place.plan(&bundle)).contains("UEFI variables"));
}

#[test]
fn the_state_of_a_tpm_is_kept_unless_it_is_to_be_deleted() {
    if !support::has("swtpm_setup", "--version") {
        return;
    }
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>".to_owned();
    let folder = format!("/var/lib/libvirt/swtpm/{}", uuid(1));
    // The folder is the daemon's own.
    let run = |command: &[&str]| daemon.inside(command[0]).args(&command[1..]).output().unwrap();
    let state = || {
        let files = run(&["find", &folder, "-type", "f", "-name", "*.permall"]);
        let files = String::from_utf8(files.stdout).unwrap();
        files.lines().map(|file| run(&["sha256sum", file]).stdout).collect::<Vec<_>>()
    };
    let none = json!({ "domains": [] });
    let mut left = Vec::new();
    for (wanted, said) in [(None, "stays"), (Some("keep"), "stays"), (Some("delete"), "is deleted")] {
        place.apply(&one(&guest, &place, json!({ "onRemove": { "tpm": wanted } })));
        assert!(daemon.domain(1).is_active().unwrap());
        assert_eq!(state().len(), 1, "swtpm has a state while the machine runs");
        let plan = place.plan(&none);
        assert!(notes(&plan).contains(&format!("the state of its TPM {said}")), "{plan:#}");
        place.apply(&none);
        assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
        left.push(state());
        // The next one of that uuid is told what it begins with, where the state can be seen.
        place.bundle(&one(&guest, &place, json!({})));
        let plan = place.command("plan", &["--format", "json"]);
        let program = plan.get_program().to_str().unwrap().to_owned();
        let ran = Ran::of(continued(daemon.inside(&program), &plan).output().unwrap());
        let begins = format!("it begins with the state of a TPM that is in {folder} already");
        assert_eq!(ran.all().contains(&begins), wanted != Some("delete"), "{}", ran.all());
    }
    assert!(left[0].len() == 1 && left[1].len() == 1, "it was to stay: {left:?}");
    assert!(left[2].is_empty(), "it was to be deleted: {left:?}");
}
