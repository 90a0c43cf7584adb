//! Objects that the host cannot run are reported before anything is touched, as its own libvirt describes it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, Ran, actions, writes};

/// A guest of another machine type, architecture and so on.
fn changed(number: u32, from: &str, to: &str) -> String {
    let xml = Guest::new(number).xml();
    assert!(xml.contains(from), "{from} is not in {xml}");
    xml.replace(from, to)
}

/// The text of the error of an object that is not applied, with the codes.
#[track_caller]
fn refused(ran: &Ran, name: &str) -> String {
    let run = ran.json();
    let objects = run["objects"].as_array().unwrap().clone();
    let object = objects.into_iter().find(|object| object["name"] == name);
    let object: Value = object.unwrap_or_else(|| panic!("nothing of {name}: {}", ran.all()));
    assert!(object["errors"].to_string().contains("\"code\":\"host-lacks\""), "{object:#}");
    object["errors"].to_string()
}

#[test]
fn what_a_host_cannot_do_is_said_before_anything_is_touched() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let name = daemon.connect().hostname().unwrap();
    let before = json!({ "domains": [{ "definition": "1.xml", "active": true }] });
    place.write("1.xml", &Guest::new(1).xml());
    place.apply(&before);
    let id = daemon.domain(1).id();

    // What runs is to become what the host cannot run; the rest is new.
    place.write("1.xml", &changed(1, "machine='q35'", "machine='pc-q35-99.0'"));
    place.write("2.xml", &changed(2, "arch='x86_64' machine='q35'", "arch='alpha' machine='clipper'"));
    place.write("3.xml", &changed(3, "<features>", "<cpu mode='custom'><model>Z80</model></cpu><features>"));
    let mut own = Guest::new(4);
    own.devices = place.emulator("own-qemu");
    place.write("4.xml", &own.xml().replace("machine='q35'", "machine='pc-q35-99.0'"));
    own = Guest::new(5);
    own.devices = place.emulator("own-qemu");
    place.write("5.xml", &own.xml());
    place.write("6.xml", &Guest::new(6).xml());
    place.write(
        "pool.xml",
        "<pool type='vstorage'><name>cluster</name><source><name>c</name></source><target><path>/mnt/c</path></target></pool>",
    );
    let mut on_pool = Guest::new(7);
    on_pool.devices =
        "<disk type='volume'><source pool='cluster' volume='a'/><target dev='vda' bus='virtio'/></disk>"
            .to_owned();
    place.write("7.xml", &on_pool.xml());
    let active = |number: u32| json!({ "definition": format!("{number}.xml"), "active": number < 5 });
    place.bundle(&json!({
        "domains": (1..8).map(active).collect::<Vec<_>>(),
        "pools": [{ "definition": "pool.xml" }],
    }));
    let lacks = [
        ("guest1", format!("os.machine: the host `{name}` has no machine type `pc-q35-99.0`")),
        ("guest2", format!("os.arch: the host `{name}` has no emulator for `alpha`")),
        ("guest3", format!("the host `{name}` knows no CPU model `Z80`")),
        ("guest4", format!("the host `{name}` cannot run it")),
        ("cluster", format!("type: the host `{name}` has no pools of the type `vstorage`")),
    ];
    let planned = place.run("plan", &["--format", "json"]).expect(1);
    for (object, why) in &lacks {
        let said = refused(&planned, object);
        assert!(said.contains(why), "{object}: {said}");
    }
    assert_eq!(writes(&planned.json()), 0);
    assert_eq!(daemon.connect().list_all_domains(0).unwrap().len(), 1);
    // What the host can do is done; what needs what it cannot is not.
    let applied = place.run("apply", &["--format", "json"]).expect(1);
    for (object, why) in &lacks {
        let said = refused(&applied, object);
        assert!(said.contains(why), "{object}: {said}");
    }
    let made = daemon.connect().list_all_domains(0).unwrap();
    let mut made: Vec<_> = made.iter().map(|domain| domain.name().unwrap()).collect();
    made.sort();
    assert_eq!(made, ["guest1", "guest5", "guest6"], "{}", applied.all());
    assert!(daemon.connect().list_all_storage_pools(0).unwrap().is_empty());
    // What ran goes on as it was.
    assert_eq!(daemon.domain(1).id(), id);
    assert!(!daemon.domain(1).xml_desc(0).unwrap().contains("99.0"));

    place.write("1.xml", &Guest::new(1).xml());
    let again = place.apply(&before);
    assert_eq!(actions(&again, "guest1"), ["unchanged"]);
    assert_eq!(daemon.domain(1).id(), id);
}
