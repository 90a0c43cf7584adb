//! Objects that are no longer declared: the order of their removal, and objects that still need them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, writes};

fn network(place: &Place, name: &str, number: u32) -> Value {
    let file = format!("{name}.xml");
    place.write(
        &file,
        &format!(
            "<network><name>{name}</name><uuid>99999999-2222-3333-4444-{number:012}</uuid><bridge name='virbr{number}'/>\
             <ip address='10.98.{number}.1' netmask='255.255.255.0'/></network>"
        ),
    );
    json!({ "definition": file, "active": true })
}

fn card(network: &str, more: &str) -> String {
    format!(
        "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='{network}'/><model type='virtio'/>{more}</interface>"
    )
}

fn blocked(plan: &Value, name: &str) -> String {
    let found = plan["objects"].as_array().unwrap().iter().find(|object| object["name"] == name).unwrap();
    found["blocked"].to_string()
}

/// A filter and a network that a machine leaves in the same run: libvirt removes neither while the machine has it.
#[test]
fn what_is_needed_until_the_end_goes_at_the_end() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write(
        "filter.xml",
        "<filter name='shut'><uuid>99999999-2222-3333-4444-000000000009</uuid></filter>",
    );
    let mut guest = Guest::new(1);
    let machine = |guest: &Guest| {
        place.write("vm.xml", &guest.xml());
        json!({ "definition": "vm.xml", "active": true })
    };
    guest.devices = card("one", "<filterref filter='shut'/>");
    place.apply(&json!({
        "nwfilters": [{ "definition": "filter.xml" }],
        "networks": [network(&place, "one", 61)],
        "domains": [machine(&guest)],
    }));
    let id = daemon.domain(1).id();
    guest.devices = card("two", "");
    let bundle = json!({
        "nwfilters": [],
        "networks": [network(&place, "two", 62)],
        "domains": [machine(&guest)],
    });
    let plan = place.plan(&bundle);
    let order: Vec<&str> =
        plan["objects"].as_array().unwrap().iter().map(|object| object["name"].as_str().unwrap()).collect();
    assert_eq!(order, ["two", "guest1", "one", "shut"], "{plan:#}");
    place.apply(&bundle);
    assert_eq!(daemon.domain(1).id(), id, "the machine went over while it ran");
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains("network='two'"));
    assert!(daemon.connect().lookup_network_by_name("one").is_err());
    assert!(daemon.connect().lookup_nwfilter_by_name("shut").is_err());
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // One that takes the addresses of another comes after it.
    place.write(
        "three.xml",
        "<network><name>three</name><uuid>99999999-2222-3333-4444-000000000063</uuid><bridge name='virbr63'/>\
         <ip address='10.98.62.1' netmask='255.255.255.0'/></network>",
    );
    let bundle = json!({ "networks": [{ "definition": "three.xml", "active": true }], "domains": [] });
    place.apply(&bundle);
    assert!(daemon.connect().lookup_network_by_name("three").unwrap().is_active().unwrap());
}

#[test]
fn a_network_that_strangers_are_on_stays() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let net = network(&place, "one", 61);
    place.apply(&json!({ "networks": [net] }));
    let mut stranger = Guest::new(2);
    stranger.devices = card("one", "");
    daemon.connect().create_domain_xml(&stranger.xml(), 0).unwrap();
    let active = || daemon.connect().lookup_network_by_name("one").is_ok_and(|one| one.is_active().unwrap());
    let mut off = net.clone();
    off["active"] = json!(false);
    for (bundle, said) in [
        (
            json!({ "networks": [] }),
            "it is not removed, for domains that are not declared here are on it: `guest2`",
        ),
        (
            json!({ "networks": [off] }),
            "it is not stopped, for domains that are not declared here are on it: `guest2`",
        ),
    ] {
        place.bundle(&bundle);
        for command in ["plan", "apply"] {
            let ran = place.run(command, &["--format", "json"]).expect(1);
            assert!(blocked(&ran.json(), "one").contains(said), "{}", ran.all());
            assert!(ran.stderr.contains("[network-in-use]"), "{}", ran.all());
        }
        assert!(active());
    }
    daemon.domain(2).destroy().unwrap();
    // Our own are named, and what was asked for is done.
    let mut guest = Guest::new(1);
    guest.devices = card("one", "");
    place.write("vm.xml", &guest.xml());
    let machine = json!({ "definition": "vm.xml", "active": true });
    place.apply(&json!({ "networks": [net], "domains": [machine] }));
    let bundle = json!({ "networks": [off], "domains": [machine] });
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "one"), ["stop"], "{plan:#}");
    assert!(plan.to_string().contains("these domains are cut off from it: `guest1`"), "{plan:#}");
    place.apply(&bundle);
    assert!(!active() && daemon.domain(1).is_active().unwrap());
    // A machine that goes with its network is on it no more.
    let plan = place.plan(&json!({ "networks": [], "domains": [] }));
    assert_eq!(blocked(&plan, "one"), "[]", "{plan:#}");
    place.apply(&json!({ "networks": [], "domains": [] }));
    assert!(daemon.connect().list_all_networks(0).unwrap().is_empty());
}

/// The state of a TPM, and checkpoints.
#[test]
fn what_goes_with_a_machine_is_named() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let disk = place.path().join("disk.img");
    let made = Command::new("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&disk).arg("1M").status();
    assert!(made.unwrap().success());
    let mut guest = Guest::new(1);
    guest.devices = format!(
        "<disk type='file'><driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>",
        disk.display()
    );
    place.write("vm.xml", &guest.xml());
    place.apply(&json!({ "domains": [{ "definition": "vm.xml", "active": true }] }));
    let checkpoint = Command::new("virsh")
        .args([
            "-c",
            &daemon.uri(),
            "-q",
            "checkpoint-create-as",
            "guest1",
            "before",
            "--diskspec",
            "vda,checkpoint=bitmap",
        ])
        .output()
        .unwrap();
    assert!(checkpoint.status.success(), "{}", String::from_utf8_lossy(&checkpoint.stderr));
    place.bundle(&json!({ "domains": [] }));
    let ran = place.run("apply", &["--format", "json"]).expect(1);
    assert!(blocked(&ran.json(), "guest1").contains("it has checkpoints (before)"), "{}", ran.all());
    assert!(ran.stderr.contains("[has-snapshots]"), "{}", ran.all());
    assert!(daemon.domain(1).is_active().unwrap());
    let deleted = Command::new("virsh")
        .args(["-c", &daemon.uri(), "-q", "checkpoint-delete", "guest1", "before"])
        .status();
    assert!(deleted.unwrap().success());
    place.apply(&json!({ "domains": [] }));
    assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
}
