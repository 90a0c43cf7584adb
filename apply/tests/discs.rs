//! Discs of domains: made for a machine, read by a real guest, exchanged while it runs, removed with it.

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
use support::{Daemon, Guest, Place, actions, system, uuid, writes};

/// A bundle of a pool and a domain with an entry's keys.
fn bundle(place: &Place, guest: &Guest, keys: &Value) -> Value {
    place.write("guest.xml", &guest.xml());
    let mut entry = json!({ "definition": "guest.xml" });
    entry.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    json!({ "pools": [pool(place, "images", UUID, &[])], "domains": [entry] })
}

/// The discs that are in the pool.
fn discs(place: &Place) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(place.path().join("images"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    found
}

/// Waits until a guest has written a text to its console.
fn wait_for(console: &Path, text: &str) {
    let begun = Instant::now();
    loop {
        let said = fs::read_to_string(console).unwrap_or_default();
        if said.contains(text) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(240), "the guest does not say {text:?}: {said}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_guest_reads_its_seed_and_another_one_while_it_runs() {
    let (Some(daemon), Some(system)) = (Daemon::start(), system()) else { return };
    let place = Place::new(&daemon.uri());
    let console = place.path().join("console");
    fs::write(&console, "").unwrap();
    let guest = Guest::with_system(1, &system, &console, "seed");
    let with = |package: &str, active: bool| {
        let seed = json!({ "userData": { "packages": [package] }, "pool": "images" });
        bundle(&place, &guest, &json!({ "cloudInit": seed, "active": active }))
    };
    let plan = place.plan(&with("curl", true));
    assert_eq!(actions(&plan, "guest1"), ["create", "start"]);
    place.apply(&with("curl", true));
    wait_for(&console, "seed ends");
    let said = fs::read_to_string(&console).unwrap();
    let identity = format!(
        "instance-id: \"{}\"\nlocal-hostname: guest1\n#cloud-config\npackages:\n  - curl\nseed ends",
        uuid(1)
    );
    assert!(said.replace('\r', "").contains(&identity), "{said}");
    assert_eq!(writes(&place.apply(&with("curl", true))), 0);
    let first = discs(&place);
    assert!(matches!(&first[..], [name] if name.starts_with("guest1-cidata-")), "{first:?}");
    // Another seed: the same machine, which goes on, with another medium.
    let domain = daemon.domain(1);
    let id = domain.id();
    place.bundle(&with("git", true));
    let said = place.run("plan", &[]).expect(0).all();
    assert!(said.contains("does not run again") && said.contains("once no domain has it"), "{said}");
    place.apply(&with("git", true));
    assert_eq!(domain.id(), id, "the machine was restarted");
    wait_for(&console, "- git");
    let second = discs(&place);
    assert!(second.len() == 1 && second != first, "{first:?} {second:?}");
    assert_eq!(writes(&place.apply(&with("git", true))), 0);
    // Without the domain, its disc goes.
    place.apply(&json!({ "pools": [pool(&place, "images", UUID, &[])], "domains": [] }));
    assert_eq!(discs(&place), Vec::<String>::new());
}

#[test]
fn what_is_wrong_with_a_disc_keeps_its_domain_alone() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    for (keys, expected) in [
        (json!({ "cloudInit": {} }), "[no-pool-for-disc]"),
        (json!({ "cloudInit": { "pool": "elsewhere" } }), "[no-pool-for-disc]"),
        (
            json!({ "cloudInit": { "pool": "images", "userData": { "file": "nowhere" } } }),
            "cannot read nowhere",
        ),
        (
            json!({ "discs": { "a": { "pool": "images", "files": { "b": { "file": "nowhere" } } } } }),
            "cannot read nowhere",
        ),
    ] {
        place.bundle(&bundle(&place, &guest, &keys));
        let said = place.run("apply", &[]).expect(1).all();
        assert!(said.contains(expected), "{keys}: {said}");
        assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
    }
    let disk = |at: char| {
        format!("<disk type='file' device='cdrom'><target dev='sd{at}' bus='scsi'/><readonly/></disk>")
    };
    guest.devices = "abcdefg".chars().map(disk).collect();
    guest.devices.push_str("<controller type='scsi' index='0' model='virtio-scsi'/>");
    place.bundle(&bundle(&place, &guest, &json!({ "cloudInit": { "pool": "images" } })));
    assert!(place.run("apply", &[]).expect(1).all().contains("[no-place-for-disc]"));
}

#[test]
fn secrets_of_a_seed_stay_on_the_host() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let guest = Guest::new(1);
    place.write("password", "sesame-of-the-host\n");
    let keys = json!({
        "cloudInit": { "pool": "images", "userData": { "password": { "file": "password" } } },
        "discs": { "answers": { "pool": "images", "files": { "autounattend.xml": "<unattend/>" } } },
    });
    let run = place.apply(&bundle(&place, &guest, &keys));
    assert!(!run.to_string().contains("sesame"), "{run}");
    let names = discs(&place);
    assert_eq!(names.len(), 2, "{names:?}");
    let seed = fs::read(
        place.path().join("images").join(names.iter().find(|name| name.contains("cidata")).unwrap()),
    );
    assert!(String::from_utf8_lossy(&seed.unwrap()).contains("password: sesame-of-the-host"));
    // grep's exit status is 1 where it finds nothing, and 2 where there is no such folder.
    let found =
        Command::new("grep").args(["-rF", "sesame"]).arg(place.path().join("state")).status().unwrap();
    assert_eq!(found.code(), Some(1), "the state has the secret");
    // A new secret is a new disc.
    place.write("password", "other\n");
    place.apply(&bundle(&place, &guest, &keys));
    assert_ne!(discs(&place), names);
    assert_eq!(discs(&place).len(), 2);
}

/// The notes on an object in a plan.
fn notes(plan: &Value, name: &str) -> String {
    let objects = plan["objects"].as_array().unwrap();
    objects.iter().find(|object| object["name"] == name).unwrap()["notes"].to_string()
}

#[test]
fn the_plan_says_whether_cloud_init_runs_again() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let guest = Guest::new(1);
    let with = |instance: Value, package: &str| {
        let seed = json!({ "userData": { "packages": [package] }, "pool": "images", "instanceId": instance });
        bundle(&place, &guest, &json!({ "cloudInit": seed }))
    };
    let again = "cloud-init runs again when the guest boots next";
    let not_again = "does not run again";
    let none = "nothing of cloud-init";
    let steps = [
        (json!("a"), "curl", none),
        (json!("a"), "git", not_again),
        (json!("b"), "git", again),
        (json!("b"), "curl", not_again),
        (json!("content"), "curl", again),
        (json!("content"), "git", again),
        // The uuid of the machine.
        (json!(null), "git", again),
        (json!(null), "curl", not_again),
        (json!(uuid(1)), "git", not_again),
    ];
    for (instance, package, expected) in steps {
        let declared = with(instance.clone(), package);
        let said = notes(&place.plan(&declared), "guest1");
        let is_said = |text: &str| said.contains(text);
        let case = format!("{instance} {package}: {said}");
        assert_eq!(
            (is_said(again), is_said(not_again)),
            (expected == again, expected == not_again),
            "{case}"
        );
        place.apply(&declared);
        let after = notes(&place.plan(&declared), "guest1");
        assert!(!after.contains("cloud-init"), "{case}: {after}");
    }
    // A state of the release before does not have the instance-id.
    let folder = place.path().join("state");
    let state = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
    let state = state.filter(|path| path.extension().is_some_and(|ending| ending == "state"));
    for path in state.collect::<Vec<_>>() {
        forget_seeds(&path);
    }
    let declared = with(json!("c"), "git");
    let said = notes(&place.plan(&declared), "guest1");
    assert!(said.contains("its instance-id is not known"), "{said}");
    // What does not change is remembered from then on, and says nothing.
    let same = with(json!(uuid(1)), "git");
    let said = notes(&place.plan(&same), "guest1");
    assert!(!said.contains("cloud-init"), "{said}");
    assert_eq!(writes(&place.apply(&same)), 0);
    let said = notes(&place.plan(&declared), "guest1");
    assert!(said.contains(again), "{said}");
}

/// Takes the seeds out of the records of a state, as the release before wrote them.
fn forget_seeds(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let (mut rest, mut old) = (&bytes[..], Vec::new());
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, behind) = rest.split_at(end + 1);
        rest = behind;
        let Ok(mut head) = serde_json::from_slice::<Value>(line) else {
            old.extend_from_slice(line);
            continue;
        };
        let head = head.as_object_mut().unwrap();
        // The oldest releases wrote no hash of the line.
        for key in ["seed", "check"] {
            head.remove(key);
        }
        old.extend(serde_json::to_vec(&head).unwrap());
        old.push(b'\n');
        let texts = usize::try_from(head["length"].as_u64().unwrap()).unwrap() + 1;
        old.extend_from_slice(&rest[..texts]);
        rest = &rest[texts..];
    }
    fs::write(path, old).unwrap();
}

/// A plan as a person reads it.
fn plan_text(place: &Place, bundle: &Value) -> String {
    place.bundle(bundle);
    place.run("plan", &[]).all()
}

/// The pool of a host.
fn pool_of(daemon: &Daemon) -> virt::storage_pool::StoragePool {
    daemon.connect().lookup_storage_pool_by_name("images").unwrap()
}

#[test]
fn a_pool_that_is_removed_says_what_becomes_of_its_discs() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let guest = Guest::new(1);
    let keys = json!({
        "cloudInit": { "pool": "images" },
        "discs": { "answers": { "pool": "images", "files": { "autounattend.xml": "<unattend/>" } } },
    });
    let declared = bundle(&place, &guest, &keys);
    let nothing = json!({ "pools": [], "domains": [] });

    // Both go with it.
    place.apply(&declared);
    let names = discs(&place);
    assert_eq!(names.len(), 2, "{names:?}");
    let said = plan_text(&place, &nothing);
    for name in &names {
        assert!(said.contains(&format!("- disc `{name}`: delete, once no domain has it")), "{said}");
    }
    place.apply(&nothing);
    assert_eq!(discs(&place), Vec::<String>::new());

    // One that a domain of somebody else's has stays, and nothing else of the pool is kept for it.
    place.apply(&declared);
    let stranger = Guest::new(2).xml().replace(
        "</devices>",
        &format!(
            "<disk type='volume' device='cdrom'><source pool='images' volume='{}'/><target dev='sda' bus='scsi'/><readonly/></disk></devices>",
            names[0]
        ),
    );
    let stranger = daemon.connect().define_domain_xml(&stranger).unwrap();
    let said = plan_text(&place, &nothing);
    assert!(said.contains(&format!("its disc `{}` stays, for domain `guest2` has it", names[0])), "{said}");
    assert!(said.contains(&format!("- disc `{}`: delete", names[1])), "{said}");
    let said = place.run("apply", &[]).expect(0).all();
    assert!(said.contains(&format!("its disc `{}` stays", names[0])), "{said}");
    assert_eq!(discs(&place), names[..1]);
    stranger.undefine().unwrap();
    fs::remove_file(place.path().join("images").join(&names[0])).unwrap();

    // Nothing is removed from a pool that is not active.
    place.apply(&declared);
    pool_of(&daemon).destroy().unwrap();
    let said = plan_text(&place, &nothing);
    for name in &names {
        assert!(said.contains(&format!("its disc `{name}` stays, for the pool is not active")), "{said}");
    }
    assert!(!said.contains("- disc"), "{said}");
    place.apply(&nothing);
    assert_eq!(discs(&place), names);
    for name in &names {
        fs::remove_file(place.path().join("images").join(name)).unwrap();
    }

    // Nor from one that is no longer managed.
    place.apply(&declared);
    let mut kept = nothing.clone();
    kept["prune"] = json!("none");
    let said = plan_text(&place, &kept);
    for name in &names {
        assert!(
            said.contains(&format!("its disc `{name}` stays, for the pool is no longer managed")),
            "{said}"
        );
    }
    place.apply(&kept);
    assert_eq!(discs(&place), names);
}

#[test]
fn discs_wait_for_a_pool_that_is_not_active() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let guest = Guest::new(1);
    let with = |package: &str, active: Value| {
        let seed = json!({ "userData": { "packages": [package] }, "pool": "images" });
        let mut bundle = bundle(&place, &guest, &json!({ "cloudInit": seed }));
        bundle["pools"][0]["active"] = active;
        bundle
    };
    place.apply(&with("curl", json!(true)));
    let first = discs(&place);
    let has = |name: &str| daemon.domain(1).xml_desc(0).unwrap().contains(name);

    // One that somebody has stopped, and one that is declared so.
    pool_of(&daemon).destroy().unwrap();
    for active in [json!(null), json!(false)] {
        assert_eq!(writes(&place.apply(&with("curl", active.clone()))), 0);
        let said = plan_text(&place, &with("git", active));
        assert!(said.contains("its disc `cidata` cannot be put into the pool `images`"), "{said}");
        let stays =
            format!("its disc `{}`, which is no longer declared, stays until the pool is active", first[0]);
        assert!(said.contains(&stays), "{said}");
        let said = place.run("apply", &[]).expect(1).all();
        assert!(said.contains("[pool-of-disc-inactive]") && said.contains(&stays), "{said}");
        assert!(has(&first[0]) && !pool_of(&daemon).is_active().unwrap());
        assert_eq!(discs(&place), first);
    }

    // It is started again, and is as it is to be after one run.
    place.apply(&with("git", json!(true)));
    let second = discs(&place);
    assert!(second.len() == 1 && second != first && has(&second[0]), "{first:?} {second:?}");
    assert_eq!(writes(&place.apply(&with("git", json!(true)))), 0);

    // One that is to be stopped takes the new disc before.
    let said = plan_text(&place, &with("curl", json!(false)));
    assert!(said.contains(&format!("+ volume `{}`: create", first[0])), "{said}");
    let stays =
        format!("its disc `{}`, which is no longer declared, stays until the pool is active", second[0]);
    assert!(said.contains(&stays) && !said.contains("- disc"), "{said}");
    place.apply(&with("curl", json!(false)));
    assert!(has(&first[0]) && !pool_of(&daemon).is_active().unwrap());
    assert_eq!(discs(&place).len(), 2);
    assert_eq!(writes(&place.apply(&with("curl", json!(false)))), 0);
    place.apply(&with("curl", json!(true)));
    assert_eq!(discs(&place), first);
}
