//! Addresses: kept for the MAC address that a domain gets, given to a real guest, and told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, Ran, changes, writes};

const CARD: &str = "<interface type='network'><source network='lan'/><model type='virtio'/></interface>";

/// A network that keeps addresses, as a spec: the bundle is compiled by the run.
fn lan(reservations: Value) -> Value {
    json!({
        "spec": { "name": "lan", "bridge": { "name": "virbr74" }, "ip": {
            "address": "10.74.0.1", "prefix": 24, "dhcp": { "range": { "start": "10.74.0.100", "end": "10.74.0.150" } } } },
        "active": true,
        "reservations": reservations,
    })
}

/// Runs `nixvirt-apply addresses` with these arguments.
fn addresses(place: &Place, arguments: &[&str]) -> Ran {
    let mut run = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
    run.args(["addresses", "--connect", &place.uri]).args(arguments).stdin(Stdio::null());
    run.env("NO_COLOR", "1").env_remove("JOURNAL_STREAM").env("LC_ALL", "C");
    Ran::of(run.output().unwrap())
}

#[test]
fn a_guest_gets_the_address_that_is_kept_for_it() {
    let Some(daemon) = Daemon::start() else { return };
    let Some(system) = support::system() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::with_system(1, &system, &place.path().join("console"), "dhcp");
    guest.devices.push_str(CARD);
    place.write("1.xml", &guest.xml());
    let declared = |address: &str| {
        json!({
            "networks": [lan(json!({ "guest1": address }))],
            "domains": [{ "definition": "1.xml", "active": true, "waitForAddress": 240 }],
            "salt": "lab",
        })
    };
    let bundle = declared("10.74.0.10");
    place.apply(&bundle);
    let network = daemon.connect().lookup_network_by_name("lan").unwrap();
    let xml = daemon.domain(1).xml_desc(0).unwrap();
    let mac = xml.split("<mac address='").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let kept = format!("<host mac='{mac}' name='guest1' ip='10.74.0.10'/>");
    assert!(network.xml_desc(0).unwrap().contains(&kept), "{kept}");
    // The run has waited for it.
    let found = addresses(&place, &["guest1", "--format", "json"]).expect(0).json();
    let one = &found["domains"][0];
    assert_eq!(one["domain"], "guest1", "{found:#}");
    let expected = json!({ "interface": one["addresses"][0]["interface"], "mac": mac, "address": "10.74.0.10",
        "prefix": 24, "source": "lease" });
    assert_eq!(one["addresses"], json!([expected]), "{found:#}");
    let said = addresses(&place, &[]).expect(0).stdout;
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["DOMAIN", "INTERFACE", "MAC", "ADDRESS", "FROM"], "{said}");
    assert_eq!((lines[1][0], lines[1][3], lines[1][4]), ("guest1", "10.74.0.10/24", "lease"), "{said}");
    // One that has its address is not waited for.
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // A running network takes another one.
    let id = daemon.domain(1).id();
    let other = declared("10.74.0.11");
    let changed = changes(&place.plan(&other), "lan");
    assert!(changed.iter().all(|change| !change.contains("(restart)")) && !changed.is_empty(), "{changed:?}");
    place.apply(&other);
    assert!(network.xml_desc(0).unwrap().contains("ip='10.74.0.11'/>"));
    assert_eq!(daemon.domain(1).id(), id);
    assert_eq!(writes(&place.apply(&other)), 0);
}

/// The machines of our templates name the bridge, and libvirt asks no network for the addresses of such a card.
#[test]
fn a_card_on_the_bridge_of_a_network_has_its_lease() {
    let Some(daemon) = Daemon::start() else { return };
    let Some(system) = support::system() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::with_system(1, &system, &place.path().join("console"), "dhcp");
    let mac = "52:54:00:00:00:17";
    guest.devices.push_str(&format!(
        "<interface type='bridge'><mac address='{mac}'/><source bridge='virbr74'/><model type='virtio'/></interface>"
    ));
    place.write("1.xml", &guest.xml());
    place.apply(&json!({
        "networks": [lan(json!({}))],
        "domains": [{ "definition": "1.xml", "active": true, "waitForAddress": 240 }],
    }));
    let found = addresses(&place, &["guest1", "--format", "json"]).expect(0).json();
    let one = &found["domains"][0]["addresses"][0];
    assert_eq!(
        (&one["source"], &one["mac"], &one["prefix"]),
        (&json!("lease"), &json!(mac), &json!(24)),
        "{found:#}"
    );
    assert!(one["address"].as_str().unwrap().starts_with("10.74.0.1"), "{found:#}");
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains(one["interface"].as_str().unwrap()), "{found:#}");
}

#[test]
fn who_has_no_address_is_said_with_who_was_asked() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices.push_str(CARD);
    place.write("1.xml", &guest.xml());
    let mut bundle = json!({
        "networks": [lan(json!({ "guest1": "10.74.0.10" }))],
        "domains": [{ "definition": "1.xml", "active": true, "waitForAddress": 1 }],
    });
    place.bundle(&bundle);
    place.run("plan", &[]).expect(0);
    for _ in 0..2 {
        let said = place.run("apply", &[]).expect(1).all();
        for expected in [
            "domain `guest1`",
            "it has no address: the leases of libvirt's networks: no address; its guest agent: ",
            "the host's table of neighbours: ",
            "it was waited for 1 seconds",
            "[no-address]",
        ] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(daemon.domain(1).is_active().unwrap());
    }
    let said = addresses(&place, &["guest1"]).expect(1).all();
    assert!(said.contains("domain `guest1`: it has no address") && said.contains("[no-address]"), "{said}");
    let said = addresses(&place, &[]).expect(0).stdout;
    assert!(said.lines().nth(1).unwrap().split_whitespace().eq(["guest1", "-", "-", "-", "-"]), "{said}");
    let said = addresses(&place, &["gust1", "--wait", "5"]).expect(1).all();
    assert!(said.contains("there is no domain `gust1`") && said.contains("[no-such-object]"), "{said}");
    // What does not run is not waited for.
    bundle["domains"][0]["active"] = json!(false);
    place.apply(&bundle);
    let said = addresses(&place, &["guest1"]).expect(1).all();
    assert!(said.contains("it does not run"), "{said}");
    // An address for nobody is refused before anything is touched.
    bundle["networks"] = json!([lan(json!({ "gust1": "10.74.0.10" }))]);
    place.bundle(&bundle);
    let said = place.run("apply", &[]).expect(1).all();
    assert!(said.contains("networks[0].reservations.gust1: no domain `gust1` is declared"), "{said}");
    assert!(said.contains("did you mean `guest1`?") && said.contains("[reserved-for-unknown]"), "{said}");
}
