//! `nixvirt-apply status`: what is known of the objects, and how they are.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place};
use virt::sys;

fn status(place: &Place, format: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
    command.args(["status", "--connect", &place.uri, "--format", format]);
    let output = command.arg("--state-dir").arg(place.path().join("state")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn of(place: &Place, name: &str) -> Value {
    let all: Value = serde_json::from_str(&status(place, "json")).unwrap();
    let found = all[0]["objects"].as_array().unwrap().iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {all:#}")).clone()
}

#[test]
fn it_says_what_runs_what_drifted_what_waits_and_what_failed() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let guest = |number: u32, memory: u32| {
        let mut guest = Guest::new(number);
        guest.memory = guest.memory.replace(">32<", &format!(">{memory}<"));
        guest.devices =
            "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>"
                .into();
        guest
    };
    let bundle = |memory: u32, third: &str| {
        place.write("1.xml", &guest(1, memory).xml());
        place.write("2.xml", &guest(2, 32).xml());
        place.write("3.xml", third);
        json!({ "domains": [
            { "definition": "1.xml", "active": true, "restart": false },
            { "definition": "2.xml", "active": false },
            { "definition": "3.xml", "active": true },
        ] })
    };
    let broken = Guest::new(3).xml().replace("machine='q35'", "machine='no-such-board'");
    place.apply(&bundle(32, &Guest::new(3).xml()));
    for name in ["guest1", "guest2", "guest3"] {
        let one = of(&place, name);
        assert_eq!((&one["present"], &one["owned"]), (&json!(true), &json!(true)));
        assert_eq!(
            (&one["drift"], &one["waits"], one.get("failed")),
            (&json!([]), &json!([]), None),
            "{one:#}"
        );
    }
    assert!(status(&place, "human").contains("domain `guest1`: active\ndomain `guest2`: inactive\n"));

    place.bundle(&bundle(40, &broken));
    place.run("apply", &[]).expect(1);
    let failed = of(&place, "guest3")["failed"].as_str().unwrap().to_owned();
    assert!(failed.contains("could not be started again"), "{failed}");
    assert!(of(&place, "guest1")["waits"].as_array().unwrap().contains(&json!("memory")));
    assert!(of(&place, "guest1")["waits_since"].as_u64().unwrap() > 1_000_000_000);

    // What hands do.
    daemon.domain(1).suspend().unwrap();
    let link = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><link state='down'/></interface>";
    daemon.domain(1).update_device_flags(link, sys::VIR_DOMAIN_AFFECT_LIVE).unwrap();
    let edited = guest(2, 32).xml().replace("<vcpu>1<", "<vcpu>2<");
    daemon.connect().define_domain_xml(&edited).unwrap();
    let drift = of(&place, "guest1")["drift"].to_string();
    assert!(drift.contains("it is paused") && drift.contains("link.state is down while it runs"), "{drift}");
    assert!(of(&place, "guest2")["drift"].to_string().contains("changed by hand"));
    daemon.domain(2).undefine().unwrap();
    assert_eq!(of(&place, "guest2")["present"], json!(false));

    let text = status(&place, "human");
    assert!(text.contains("domain `guest2`: missing"), "{text}");
    assert!(text.contains("waits for a restart: memory"), "{text}");
    assert!(text.contains("failed last time: ") && text.contains("[would-not-start]"), "{text}");
    assert_eq!(of(&place, "guest3")["failed_codes"], json!(["would-not-start", "host-lacks"]));
    let text = status(&place, "prometheus");
    for line in [
        "# TYPE nixvirt_object_active gauge".to_owned(),
        format!("nixvirt_object_active{{connection=\"{}\",kind=\"domain\",name=\"guest1\"}} 1", place.uri),
        format!("nixvirt_object_present{{connection=\"{}\",kind=\"domain\",name=\"guest2\"}} 0", place.uri),
        format!("nixvirt_object_failed{{connection=\"{}\",kind=\"domain\",name=\"guest3\"}} 1", place.uri),
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in {text}");
    }

    // Once it is right, nothing has failed.
    daemon.domain(1).resume().unwrap();
    place.apply(&bundle(40, &Guest::new(3).xml()));
    assert_eq!(of(&place, "guest3").get("failed"), None);
    assert_eq!(of(&place, "guest2")["present"], json!(true));
}

#[test]
fn a_host_that_cannot_be_asked_is_an_error() {
    let place = Place::new("nosuch:///driver");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
    command.args(["status", "--connect", &place.uri, "--state-dir"]).arg(place.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect to `nosuch:///driver`"));
}
