//! Objects that take each other's names, in whatever order they are declared.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, uuid, writes};

/// A bundle of guests with these names, in this order.
fn guests(place: &Place, named: &[(u32, &str)]) -> Value {
    let entries: Vec<Value> = named
        .iter()
        .map(|(number, name)| {
            let file = format!("{number}.xml");
            place.write(&file, &Guest { name: (*name).to_owned(), ..Guest::new(*number) }.xml());
            json!({ "definition": file })
        })
        .collect();
    json!({ "domains": entries })
}

fn name_of(daemon: &Daemon, number: u32) -> String {
    daemon.connect().lookup_domain_by_uuid_string(&uuid(number)).unwrap().name().unwrap()
}

#[test]
fn names_go_from_one_domain_to_the_next_in_any_order() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.apply(&guests(&place, &[(1, "a"), (2, "b"), (3, "c")]));
    let chains: [&[(u32, &str)]; 6] = [
        // Whoever takes a name stands before whoever gives it up, and after.
        &[(1, "b"), (2, "c"), (3, "d")],
        &[(3, "e"), (2, "d"), (1, "c")],
        // A new one takes the name of one that is renamed.
        &[(4, "c"), (1, "x"), (2, "d"), (3, "e")],
        // They go round: two, then all.
        &[(4, "c"), (1, "x"), (2, "e"), (3, "d")],
        &[(1, "c"), (2, "x"), (3, "e"), (4, "d")],
        &[(4, "x"), (3, "d"), (2, "c"), (1, "e")],
    ];
    for named in chains {
        let bundle = guests(&place, named);
        place.apply(&bundle);
        for (number, name) in named {
            assert_eq!(name_of(&daemon, *number), *name, "{named:?}");
        }
        assert_eq!(writes(&place.apply(&bundle)), 0, "{named:?}");
    }
}

#[test]
fn a_running_domain_keeps_its_name_and_whoever_waits_for_it_waits() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut bundle = guests(&place, &[(1, "a"), (2, "b")]);
    bundle["domains"][1]["active"] = true.into();
    place.apply(&bundle);
    let renamed = guests(&place, &[(1, "b"), (2, "c")]);
    let said = place.plan(&renamed).to_string();
    assert!(said.contains("its new name is taken until the domain `c` has its own"), "{said}");
    place.apply(&renamed);
    assert_eq!((name_of(&daemon, 1), name_of(&daemon, 2)), ("a".into(), "b".into()));
    daemon.connect().lookup_domain_by_uuid_string(&uuid(2)).unwrap().destroy().unwrap();
    place.apply(&renamed);
    assert_eq!((name_of(&daemon, 1), name_of(&daemon, 2)), ("b".into(), "c".into()));
}

#[test]
fn networks_pass_their_names_on_but_not_round() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let networks = |named: &[(u32, &str)]| {
        let entries: Vec<Value> = named
            .iter()
            .map(|(number, name)| {
                let file = format!("net{number}.xml");
                let uuid = uuid(*number);
                place.write(&file, &format!("<network><name>{name}</name><uuid>{uuid}</uuid><bridge name='virbr8{number}'/></network>"));
                json!({ "definition": file, "active": *number == 2 })
            })
            .collect();
        json!({ "networks": entries })
    };
    place.apply(&networks(&[(1, "a"), (2, "b")]));
    let bundle = networks(&[(1, "b"), (2, "c")]);
    place.apply(&bundle);
    assert_eq!(writes(&place.apply(&bundle)), 0);
    let connect = daemon.connect();
    let there = |name: &str| connect.lookup_network_by_name(name).unwrap();
    assert_eq!((there("b").uuid_string().unwrap(), there("c").uuid_string().unwrap()), (uuid(1), uuid(2)));
    assert!(there("c").is_active().unwrap());
    place.bundle(&networks(&[(1, "c"), (2, "b")]));
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("would take each other's names at once"), "{}", ran.all());
    assert!(ran.stderr.contains("[names-exchanged]"), "{}", ran.all());
    assert!(there("c").is_active().unwrap());
}
