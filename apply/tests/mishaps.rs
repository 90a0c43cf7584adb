//! Failures: of single objects, kills, restarts of the daemon, two runs at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::plan::made_hash;
use nixvirt_apply::state::{self, State};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, uuid, writes};

fn guests(place: &Place, numbers: std::ops::Range<u32>, change: impl Fn(&mut Guest), active: bool) -> Value {
    let entries = numbers.map(|number| {
        let mut guest = Guest::new(number);
        change(&mut guest);
        place.write(&format!("{number}.xml"), &guest.xml());
        json!({ "definition": format!("{number}.xml"), "active": active })
    });
    json!({ "domains": entries.collect::<Vec<_>>() })
}

#[test]
fn one_failure_does_not_keep_the_rest_from_being_applied() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("net.xml", "<network><name>bad</name><uuid>99999999-2222-3333-4444-555555555555</uuid><forward mode='bridge'/><bridge name='x'/><ip address='10.7.0.1' netmask='255.255.255.0'/></network>");
    let mut bundle = guests(&place, 1..4, |_| {}, true);
    bundle["networks"] = json!([{ "definition": "net.xml", "active": true }]);
    let mut guest = Guest::new(1);
    guest.devices = "<interface type='network'><source network='bad'/></interface>".into();
    place.write("1.xml", &guest.xml());
    place.write("2.xml", &Guest::new(2).xml().replace("machine='q35'", "machine='no-such-board'"));
    place.bundle(&bundle);
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("domain `guest1`: skipped, for it needs the network `bad`"), "{}", ran.all());
    assert!(ran.stderr.contains("[needed-failed]"), "{}", ran.all());
    assert!(ran.stderr.contains("domain `guest3`: created, started"), "{}", ran.all());
    let last = ran.stderr.lines().last().unwrap();
    assert_eq!(last, "nixvirt-apply: 3 of 4 objects failed: network `bad`, domain `guest1`, domain `guest2`");
    // Once it is right, the rest follows.
    place.write("net.xml", "<network><name>bad</name><uuid>99999999-2222-3333-4444-555555555555</uuid><bridge name='virbr9'/></network>");
    place.write("2.xml", &Guest::new(2).xml());
    place.apply(&bundle);
    assert_eq!(writes(&place.apply(&bundle)), 0);
}

#[test]
fn one_bad_object_fails_alone_with_those_that_need_it() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let net = |name: &str, number: u32| {
        format!(
            "<network><name>{name}</name><uuid>99999999-2222-3333-4444-00000000000{number}</uuid><bridge name='virbr8{number}'/></network>"
        )
    };
    place.write("kept.xml", &net("kept", 1));
    place.write("needed.xml", &net("needed", 2));
    place.apply(&json!({ "networks": [{ "definition": "kept.xml" }, { "definition": "needed.xml" }] }));
    let on = |number: u32, network: &str| {
        let mut guest = Guest::new(number);
        guest.devices = format!("<interface type='network'><source network='{network}'/></interface>");
        guest.xml()
    };
    let mut guest = Guest::new(1);
    guest.devices = "<interface type='network'><source network='nowhere'/><filterref filter='none'/></interface>\
                     <disk type='volume'><source pool='dry' volume='x'/><target dev='vda' bus='virtio'/></disk>".into();
    place.write("1.xml", &guest.xml());
    place.write("2.xml", &Guest::new(2).xml());
    place.write("3.xml", "<domain><name>guest3</name>");
    place.write("4.xml", &on(4, "needed"));
    place.write("5.xml", &Guest::new(5).xml().replace(&uuid(5), &uuid(6)));
    place.write("6.xml", &Guest::new(5).xml().replace("guest5", "guest6").replace(&uuid(5), &uuid(6)));
    place.write("7.xml", &Guest::new(7).xml());
    place.write(
        "secret.xml",
        "<secret ephemeral='no' private='no'><uuid>66666666-2222-3333-4444-555555555555</uuid></secret>",
    );
    // A stranger's.
    daemon.connect().define_domain_xml(&Guest::new(7).xml().replace(&uuid(7), &uuid(9))).unwrap();
    let domains: Vec<Value> = (1..8).map(|number| json!({ "definition": format!("{number}.xml") })).collect();
    place.bundle(&json!({
        "secrets": [{ "definition": "secret.xml", "value": { "file": "missing" } }],
        "networks": [],
        "domains": domains,
    }));
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        for what in [
            "domain `guest1`: it needs the network `nowhere`, which neither exists nor is declared",
            "it needs the nwfilter `none`, which",
            "it needs the pool `dry`, which",
            "domains[2]",
            "network `needed`: it is no longer declared, but domain `guest4` needs it",
            "domain `guest5`: it has the name or uuid of domains[5]",
            "domain `guest6`: it has the name or uuid of domains[4]",
            "domain `guest7`: there is already a domain of that name",
            "cannot read the value in",
        ] {
            assert!(ran.stderr.contains(what), "{command}: no {what}: {}", ran.all());
        }
    }
    let mut names: Vec<String> =
        daemon.connect().list_all_domains(0).unwrap().iter().map(|one| one.name().unwrap()).collect();
    names.sort();
    // What needs a network that stays has it.
    assert_eq!(names, ["guest2", "guest4", "guest7"]);
    assert!(daemon.connect().lookup_domain_by_uuid_string(&uuid(9)).is_ok());
    assert!(daemon.connect().lookup_network_by_name("kept").is_err());
    assert!(daemon.connect().lookup_network_by_name("needed").is_ok());
    // An entry of which nothing is known may be any of ours: nothing of its kind goes.
    place.bundle(&json!({ "domains": [{ "definition": "3.xml" }] }));
    let ran = place.run("apply", &[]).expect(1);
    assert!(daemon.connect().lookup_domain_by_name("guest2").is_ok(), "{}", ran.all());
    let plan = place.run("plan", &[]).expect(1);
    assert!(plan.stdout.contains("none of the domains is removed"), "{}", plan.all());
    place.apply(&json!({ "domains": [] }));
    assert!(daemon.connect().lookup_domain_by_name("guest2").is_err());
}

#[test]
fn a_killed_run_is_made_good_by_the_next() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let size = |round: u32| {
        move |guest: &mut Guest| {
            guest.memory = guest.memory.replace(">32<", &format!(">{}<", 32 + round % 2 * 8));
            guest.top = format!("<title>round {round}</title>");
        }
    };
    place.apply(&guests(&place, 1..6, size(0), true));
    let mut seed = 0x2545_f491_4f6c_dd1du64;
    let mut killed = 0;
    for round in 1..=50u32 {
        let bundle = guests(&place, 1..6, size(round), true);
        place.bundle(&bundle);
        let mut child =
            place.command("apply", &[]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        std::thread::sleep(Duration::from_millis(seed % 1200));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 2 == 1 {
            // The next kill may hit what this one has left behind.
            continue;
        }
        place.apply(&bundle);
        for number in 1..6 {
            let domain = daemon.connect().lookup_domain_by_uuid_string(&uuid(number)).unwrap();
            let kibibytes = (32 + round % 2 * 8) * 1024;
            let running = domain.xml_desc(0).unwrap();
            assert!(domain.is_active().unwrap(), "round {round}: guest {number} is down");
            let wanted = format!("<memory unit='KiB'>{kibibytes}</memory>");
            assert!(running.contains(&wanted), "round {round}: {running}");
            assert!(running.contains(&format!("round {round}<")), "round {round}: {running}");
        }
        assert_eq!(writes(&place.apply(&bundle)), 0, "round {round}");
    }
    assert!(killed >= 25, "only {killed} runs were killed before their end");
}

#[test]
fn a_restart_of_the_daemon_is_survived() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bundle = guests(&place, 1..4, |_| {}, true);
    place.apply(&bundle);
    let id = |daemon: &Daemon| daemon.connect().lookup_domain_by_uuid_string(&uuid(1)).unwrap().id();
    let before = id(&daemon);
    daemon.restart();
    assert_eq!(writes(&place.apply(&bundle)), 0);
    assert_eq!(id(&daemon), before);
    // In the middle of a run: that run fails, the next one goes on.
    let more = guests(&place, 1..30, |guest| guest.top = "<title>x</title>".into(), false);
    place.bundle(&more);
    let mut run = place.command("apply", &[]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(150));
    daemon.restart();
    run.wait().unwrap();
    place.apply(&more);
    assert_eq!(writes(&place.apply(&more)), 0);
    assert_eq!(daemon.connect().list_all_domains(0).unwrap().len(), 29);
}

#[test]
fn two_runs_at_once_take_turns() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut bundle = guests(&place, 1..2, |_| {}, true);
    place.apply(&bundle);
    bundle["domains"][0]["active"] = json!(false);
    bundle["domains"][0]["shutdown"] = json!({ "method": "acpi", "timeout": 4, "then": "destroy" });
    place.bundle(&bundle);
    let mut first = place.command("apply", &[]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1000));
    let impatient = place.run("apply", &["--lock-timeout", "0"]).expect(1);
    let holder = format!("process {}", first.id());
    assert!(impatient.stderr.contains(&format!("another run is at work: {holder}")), "{}", impatient.all());
    assert!(impatient.stderr.contains("[lock-held]"), "{}", impatient.all());
    let patient = place.run("apply", &[]).expect(0);
    assert!(patient.stderr.contains(&format!("waiting for {holder}")), "{}", patient.all());
    assert!(first.wait().unwrap().success());
}

#[test]
fn several_hosts_at_once() {
    let (Some(one), Some(other)) = (Daemon::start(), Daemon::start()) else { return };
    let place = Place::new(&one.uri());
    place.write("a.json", &guests(&place, 1..3, |_| {}, false).to_string());
    place.write("b.json", &guests(&place, 3..4, |_| {}, true).to_string());
    place.write("hosts.json", &json!({ one.uri(): "a.json", other.uri(): "b.json" }).to_string());
    let run = |command: &str| {
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        run.arg(command).arg("--hosts").arg(place.path().join("hosts.json"));
        run.args(["--format", "json", "--state-dir"]).arg(place.path().join("state"));
        let output = run.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    run("apply");
    assert_eq!(one.connect().list_all_domains(0).unwrap().len(), 2);
    assert!(other.connect().lookup_domain_by_name("guest3").unwrap().is_active().unwrap());
    let again = run("apply");
    assert_eq!((writes(&again[0]), writes(&again[1])), (0, 0));
}

/// Forwards one connection after the other to a daemon, until it falls silent: connections stay, and nothing comes.
fn forward(from: &std::path::Path, to: std::path::PathBuf, silent: &Arc<AtomicBool>) {
    let listener = UnixListener::bind(from).unwrap();
    let silent = silent.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), UnixStream::connect(&to).unwrap());
            let ways = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
            for (mut from, mut to) in ways {
                let silent = silent.clone();
                std::thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    while let Ok(count @ 1..) = from.read(&mut buffer) {
                        while silent.load(Ordering::SeqCst) {
                            std::thread::sleep(Duration::from_secs(1));
                        }
                        if to.write_all(&buffer[..count]).is_err() {
                            break;
                        }
                    }
                });
            }
        }
    });
}

#[test]
fn a_dead_a_mute_and_a_stalled_host_keep_no_other_from_being_done() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("good.json", &guests(&place, 1..3, |_| {}, true).to_string());
    place.write("other.json", &guests(&place, 3..4, |_| {}, true).to_string());
    let at = |name: &str| format!("qemu+unix:///system?socket={}", place.path().join(name).display());
    let real = daemon.uri().split_once("socket=").unwrap().1.to_owned();
    // One does not exist, one accepts and says nothing, one falls silent in the middle.
    let _mute = UnixListener::bind(place.path().join("mute")).unwrap();
    let silent = Arc::new(AtomicBool::new(false));
    forward(&place.path().join("stalled"), real.into(), &silent);
    let mut hosts = json!({
        daemon.uri(): "good.json", at("dead"): "other.json", at("mute"): "other.json", at("stalled"): "slow.json",
    });
    // Six more, ten in all: hosts in the memory of the run, which says what it has done there.
    place.write(
        "node.json",
        &json!({ "domains": [{ "definition": "node.xml", "active": true }] }).to_string(),
    );
    place.write(
        "node.xml",
        "<domain type='test'><name>n</name><memory>8192</memory><os><type>hvm</type></os></domain>",
    );
    let nodes: Vec<String> = (0..6)
        .map(|number| format!("test://{}", place.write(&format!("node{number}.xml"), "<node/>").display()))
        .collect();
    nodes.iter().for_each(|uri| hosts[uri] = json!("node.json"));
    let mut slow = guests(&place, 4..5, |_| {}, true);
    place.write("slow.json", &slow.to_string());
    place.write("hosts.json", &hosts.to_string());
    let run = |name: &str| {
        let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        run.args(["apply", "--timeout", "3", "--hosts"]).arg(place.path().join(name));
        run.arg("--state-dir").arg(place.path().join("state"));
        run.arg("--hooks-dir").arg(place.path().join("hooks")).stderr(Stdio::piped()).stdout(Stdio::null());
        run.spawn().unwrap()
    };
    let said = |run: std::process::Child| {
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let first = said(run("hosts.json"));
    assert!(
        first.contains(&format!("cannot connect to `{}`: it has not answered within 3 seconds", at("mute"))),
        "{first}"
    );
    assert!(first.contains(&format!("cannot connect to `{}`", at("dead"))), "{first}");
    assert!(first.contains("[no-answer]") && first.contains("[cannot-connect]"), "{first}");
    for uri in &nodes {
        assert!(first.contains(&format!("{uri}: domain `n`: created, started")), "{first}");
    }
    for number in [1, 2, 4] {
        let domain = daemon.connect().lookup_domain_by_uuid_string(&uuid(number)).unwrap();
        assert!(domain.is_active().unwrap(), "{first}");
    }
    // Silent while it waits for its guest to stop, which does not.
    slow["domains"][0]["active"] = json!(false);
    slow["shutdown"] = json!({ "timeout": 600 });
    place.write("slow.json", &slow.to_string());
    place.write("one.json", &json!({ at("stalled"): "slow.json" }).to_string());
    let started = std::time::Instant::now();
    let stalled = run("one.json");
    std::thread::sleep(Duration::from_secs(3));
    silent.store(true, Ordering::SeqCst);
    let end = said(stalled);
    assert!(started.elapsed() < Duration::from_secs(120), "{end}");
    assert!(end.contains("domain `guest4`: cannot"), "{end}");
}

#[test]
fn two_hundred_domains() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bundle = guests(&place, 1..201, |_| {}, false);
    assert_eq!(writes(&place.apply(&bundle)), 200);
    let again = place.apply(&bundle);
    assert_eq!(writes(&again), 0);
    assert_eq!(actions(&again, "guest200"), ["unchanged"]);
    assert_eq!(writes(&place.apply(&json!({ "domains": [] }))), 200);
    assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
}

#[test]
fn another_libvirt_that_prints_more_changes_nothing() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bundle = guests(&place, 1..2, |_| {}, true);
    place.apply(&bundle);
    let domain = || daemon.connect().lookup_domain_by_uuid_string(&uuid(1)).unwrap();
    let id = domain().id();
    // As if the libvirt that made it had not printed one of the defaults.
    let age = |version: u32| {
        let path = state::path_of(&place.path().join("state"), &place.uri, "state");
        let mut state = State::open(path, true).unwrap();
        let key = (ObjectKind::Domain, uuid(1).parse().unwrap());
        let (mut record, mut texts) = (state.get(key).unwrap().clone(), state.texts(key).unwrap());
        let before = texts.made.len();
        texts.made = texts.made.replace("  <on_crash>destroy</on_crash>\n", "");
        assert!(texts.made.len() < before);
        record.made = made_hash(&texts.made);
        record.version -= version;
        state.put(key, &record, &texts).unwrap();
    };
    age(1);
    let run = place.apply(&bundle);
    assert_eq!((writes(&run), actions(&run, "guest1")), (0, vec!["unchanged".to_owned()]), "{run:#}");
    assert_eq!(domain().id(), id);
    // With the same libvirt it was somebody's hand.
    age(0);
    let run = place.apply(&bundle);
    assert!(run.to_string().contains("changed by hand") && writes(&run) == 1, "{run:#}");
    assert_eq!(domain().id(), id);
}
