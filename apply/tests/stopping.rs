//! How machines are stopped, and how a run ends that is asked to: with guests that have an operating system.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, system, writes};
use virt::sys;

fn console(place: &Place, number: u32) -> PathBuf {
    place.path().join(format!("console{number}"))
}

/// Waits until a guest has come up as often as that.
fn wait_for_boots(place: &Place, number: u32, boots: usize) {
    let started = Instant::now();
    let up = || fs::read_to_string(console(place, number)).unwrap_or_default().matches("guest is up").count();
    while up() < boots {
        assert!(started.elapsed() < Duration::from_secs(180), "guest{number} does not boot");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn bundle(place: &Place, guests: &[&Guest], shutdown: Value) -> Value {
    let entries = guests.iter().map(|guest| {
        place.write(&format!("{}.xml", guest.name), &guest.xml());
        json!({ "definition": format!("{}.xml", guest.name), "active": true })
    });
    let mut bundle = json!({ "domains": entries.collect::<Vec<_>>() });
    if !shutdown.is_null() {
        bundle["shutdown"] = shutdown;
    }
    // As it stands: nothing is said for the guests here.
    place.write("bundle.json", &bundle.to_string());
    bundle
}

fn send(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
}

fn more_memory(guest: &mut Guest) {
    guest.memory = guest.memory.replace(">160<", ">170<");
}

#[test]
fn a_guest_is_asked_and_one_that_does_not_answer_goes_on() {
    let (Some(daemon), Some(system)) = (Daemon::start(), system()) else { return };
    let place = Place::new(&daemon.uri());
    let hearing = |number, words| Guest::with_system(number, &system, &console(&place, number), words);
    let (mut hears, mut deaf) = (hearing(1, ""), hearing(2, "deaf"));
    bundle(&place, &[&hears, &deaf], Value::Null);
    place.run("apply", &[]).expect(0);
    wait_for_boots(&place, 1, 1);
    wait_for_boots(&place, 2, 1);
    let ids = (daemon.domain(1).id(), daemon.domain(2).id());
    more_memory(&mut hears);
    more_memory(&mut deaf);
    // By itself, a bundle asks, and gives up.
    bundle(&place, &[&hears, &deaf], json!({ "timeout": 12 }));
    let ran = place.run("apply", &["-v"]).expect(1);
    assert!(ran.stderr.contains("domain `guest1`: updated, restarted"), "{}", ran.all());
    assert!(!ran.stderr.contains("destroyed"), "{}", ran.all());
    assert!(ran.stderr.contains("domain `guest2`: it has not stopped within 12 seconds"), "{}", ran.all());
    assert!(ran.stderr.contains("`shutdown.then = \"destroy\"` would cut its power"), "{}", ran.all());
    assert!(ran.stderr.contains("[still-runs]"), "{}", ran.all());
    assert_ne!(daemon.domain(1).id(), ids.0);
    assert_eq!(daemon.domain(2).id(), ids.1);
    assert!(daemon.domain(2).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap().contains("174080"));
    // What waits is known, and tried again by the next run.
    let plan = place.run("plan", &["--format", "json"]).expect(0).json();
    assert!(plan["objects"][1]["waits"].to_string().contains("memory"), "{plan:#}");
    assert_eq!(actions(&plan, "guest2"), ["restart"]);
    bundle(&place, &[&hears, &deaf], json!({ "timeout": 1, "then": "destroy" }));
    place.run("apply", &[]).expect(0);
    assert_ne!(daemon.domain(2).id(), ids.1);
    let again = place.run("apply", &["--format", "json"]).expect(0).json();
    assert_eq!(writes(&again), 0);
    // What is no longer declared is stopped as the bundle says.
    wait_for_boots(&place, 2, 2);
    bundle(&place, &[&hears], json!({ "timeout": 2 }));
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("has not stopped within 2 seconds"), "{}", ran.all());
    assert!(daemon.domain(2).is_active().unwrap());
}

#[test]
fn a_run_that_is_asked_to_end_ends_what_it_has_begun() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (mut first, mut second) = (Guest::new(1), Guest::new(2));
    let shutdown = json!({ "timeout": 5, "then": "destroy" });
    bundle(&place, &[&first, &second], shutdown.clone());
    place.run("apply", &[]).expect(0);
    for signal in [Signal::TERM, Signal::INT] {
        let ids = (daemon.domain(1).id(), daemon.domain(2).id());
        for guest in [&mut first, &mut second] {
            let (from, to) = if guest.memory.contains(">32<") { (">32<", ">40<") } else { (">40<", ">32<") };
            guest.memory = guest.memory.replace(from, to);
        }
        bundle(&place, &[&first, &second], shutdown.clone());
        let mut command = place.command("apply", &["-v"]);
        let run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(2));
        send(&run, signal);
        let output = run.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("domain `guest1`: updated, restarted"), "{said}");
        assert!(
            said.contains("domain `guest2`: it was not begun: the run was asked to end [not-begun]"),
            "{said}"
        );
        assert_ne!(daemon.domain(1).id(), ids.0);
        assert_eq!(daemon.domain(2).id(), ids.1);
        place.run("apply", &[]).expect(0);
        assert_ne!(daemon.domain(2).id(), ids.1);
    }
    // A second one ends it at once; what was to run is started by the next run.
    first.memory = first.memory.replace(">32<", ">48<");
    bundle(&place, &[&first, &second], json!({ "timeout": 60 }));
    let mut run = place.command("apply", &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let begun = Instant::now();
    send(&run, Signal::TERM);
    std::thread::sleep(Duration::from_millis(300));
    assert!(run.try_wait().unwrap().is_none(), "the first signal ends nothing that was begun");
    send(&run, Signal::TERM);
    assert!(run.wait().unwrap().code().is_none());
    assert!(begun.elapsed() < Duration::from_secs(20));
    bundle(&place, &[&first, &second], shutdown);
    place.run("apply", &[]).expect(0);
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains("<memory unit='KiB'>49152</memory>"));
}
