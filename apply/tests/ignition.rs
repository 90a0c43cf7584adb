//! Configurations for Ignition: read by a real guest from QEMU's fw_cfg, and changed without a restart.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/images.rs"]
mod images;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use images::{UUID, pool};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, system, writes};

/// A bundle of a pool and a domain with a configuration.
fn bundle(place: &Place, guest: &Guest, ignition: &Value, active: bool) -> Value {
    place.write("guest.xml", &guest.xml());
    let domain = json!({ "definition": "guest.xml", "ignition": ignition, "active": active });
    json!({ "pools": [pool(place, "images", UUID, &[])], "domains": [domain] })
}

/// A configuration that makes a user.
fn config(user: &str) -> Value {
    let users = json!([{ "name": user, "passwordHash": { "file": "password" } }]);
    json!({ "ignition": { "version": "3.4.0" }, "passwd": { "users": users } })
}

/// The configurations that are in the pool.
fn volumes(place: &Place) -> Vec<String> {
    let found = fs::read_dir(place.path().join("images")).unwrap();
    found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The last configuration that a guest has written to its console.
fn read_by_guest(console: &Path) -> String {
    let begun = Instant::now();
    loop {
        let said = fs::read_to_string(console).unwrap_or_default().replace('\r', "");
        if let Some((before, _)) = said.rsplit_once("\nignition ends") {
            return before.rsplit_once("ignition begins\n").unwrap().1.to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(240), "the guest does not read it: {said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_guest_reads_its_config_and_is_not_restarted_for_another_one() {
    let (Some(daemon), Some(system)) = (Daemon::start(), system()) else { return };
    let place = Place::new(&daemon.uri());
    let console = place.path().join("console");
    fs::write(&console, "").unwrap();
    place.write("password", "sesame-of-the-host\n");
    let guest = Guest::with_system(1, &system, &console, "ignition");
    let with = |user: &str| {
        let ignition = json!({ "config": config(user), "pool": "images" });
        bundle(&place, &guest, &ignition, true)
    };
    place.apply(&with("core"));
    let read = read_by_guest(&console);
    let expected = "{\"ignition\":{\"version\":\"3.4.0\"},\"passwd\":{\"users\":[{\"name\":\"core\",\
                    \"passwordHash\":\"sesame-of-the-host\"}]}}";
    assert_eq!(read, expected);
    assert_eq!(writes(&place.apply(&with("core"))), 0);
    let first = volumes(&place);
    assert!(matches!(&first[..], [name] if name.starts_with("guest1-ignition-")), "{first:?}");
    // The state does not have the secret.
    let found =
        Command::new("grep").args(["-rF", "sesame"]).arg(place.path().join("state")).status().unwrap();
    assert_eq!(found.code(), Some(1), "the state has the secret");

    // Another one: the guest goes on, and reads it when it is started the next time.
    let id = daemon.domain(1).id();
    let plan = place.plan(&with("admin"));
    assert_eq!(actions(&plan, "guest1"), ["update"]);
    assert!(
        plan.to_string().contains("It is for a new machine: Ignition runs at the first boot only"),
        "{plan:#}"
    );
    place.apply(&with("admin"));
    assert_eq!(daemon.domain(1).id(), id, "the machine was restarted");
    let again = place.apply(&with("admin"));
    assert_eq!((writes(&again), daemon.domain(1).id()), (0, id), "{again:#}");
    // What the running machine was started with stays as long as that.
    assert_eq!(volumes(&place).len(), 2);
    daemon.domain(1).destroy().unwrap();
    fs::write(&console, "").unwrap();
    place.apply(&with("admin"));
    assert!(read_by_guest(&console).contains("\"admin\""));
    let second = volumes(&place);
    assert!(second.len() == 1 && second != first, "{second:?}");
    assert_eq!(writes(&place.apply(&with("admin"))), 0);

    // It goes with the machine, and comes to one that had none without a restart.
    let mut without = with("admin");
    without["domains"][0].as_object_mut().unwrap().remove("ignition");
    let id = daemon.domain(1).id();
    place.apply(&without);
    assert_eq!(daemon.domain(1).id(), id, "the machine was restarted");
    place.apply(&with("core"));
    assert_eq!(daemon.domain(1).id(), id, "the machine was restarted");
    place.apply(&json!({ "pools": [pool(&place, "images", UUID, &[])], "domains": [] }));
    assert_eq!(volumes(&place), Vec::<String>::new());
}

#[test]
fn the_name_for_flatcar_and_a_text_as_it_stands() {
    let (Some(daemon), Some(system)) = (Daemon::start(), system()) else { return };
    let place = Place::new(&daemon.uri());
    let console = place.path().join("console");
    fs::write(&console, "").unwrap();
    let guest = Guest::with_system(1, &system, &console, "ignition");
    let text = "{ \"ignition\": { \"version\": \"2.3.0\" } }\n";
    place.write("core.ign", text);
    let name = "opt/org.flatcar-linux/config";
    let ignition = json!({ "config": { "file": "core.ign" }, "name": name, "pool": "images" });
    place.apply(&bundle(&place, &guest, &ignition, true));
    assert_eq!(read_by_guest(&console), text.trim_end());
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains(&format!("<entry name='{name}' file=")));
}

#[test]
fn what_is_wrong_with_a_config_keeps_its_domain_alone() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let good = json!({ "ignition": { "version": "3.4.0" } });
    let guest = Guest::new(1);
    let mut taken = Guest::new(1);
    taken.top = "<sysinfo type='fwcfg'><entry name='opt/com.coreos/config'>{}</entry></sysinfo>".to_owned();
    for (guest, ignition, expected) in [
        (&guest, json!({ "config": good }), "[no-pool-for-disc]"),
        (&guest, json!({ "pool": "images" }), "there is no `config`"),
        (&guest, json!({ "config": {}, "pool": "images" }), "[ignition-version]"),
        (&guest, json!({ "config": { "variant": "fcos" }, "pool": "images" }), "[ignition-butane]"),
        (&guest, json!({ "config": { "file": "nowhere" }, "pool": "images" }), "cannot read nowhere"),
        (
            &taken,
            json!({ "config": good, "pool": "images" }),
            "an entry `opt/com.coreos/config` of fw_cfg already",
        ),
    ] {
        place.bundle(&bundle(&place, guest, &ignition, false));
        let said = place.run("apply", &[]).expect(1).all();
        assert!(said.contains(expected), "{ignition}: {said}");
        assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
    }
    // A machine without fw_cfg, and a pool whose volumes are no files.
    let mut declared = bundle(&place, &guest, &json!({ "config": good, "pool": "images" }), false);
    let xml = guest.xml().replace("arch='x86_64' machine='q35'", "arch='s390x' machine='s390-ccw-virtio'");
    place.write("guest.xml", &xml);
    place.bundle(&declared);
    let said = place.run("apply", &[]).expect(1).all();
    assert!(said.contains("[no-fw-cfg]"), "{said}");
    place.write("guest.xml", &guest.xml());
    place.write(
        "lvm.xml",
        "<pool type='logical'><name>lvm</name><source><name>lvm</name></source><target><path>/dev/lvm</path></target></pool>",
    );
    declared["pools"][0] = json!({ "definition": "lvm.xml", "active": false });
    declared["domains"][0]["ignition"]["pool"] = json!("lvm");
    place.bundle(&declared);
    let said = place.run("apply", &[]).expect(1).all();
    assert!(said.contains("the volumes of the pool `lvm` are none"), "{said}");
}
