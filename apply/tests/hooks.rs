//! Hooks: which are called for what, and that they last as long as what they are for.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, uuid, writes};

/// The log that the hooks of a test have written.
fn read(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = found.map(|one| one.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A hook that writes what it is called for into a log.
fn logger(place: &Place) -> (PathBuf, PathBuf) {
    let log = place.path().join("log");
    (place.script("hook", &format!("echo \"$1 $2\" >> '{}'\n", log.display())), log)
}

#[test]
fn hooks_are_called_for_their_domain_and_go_with_it() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (hook, log) = logger(&place);
    place.write("1.xml", &Guest::new(1).xml());
    place.write("2.xml", &Guest::new(2).xml());
    let hooks = json!({ "prepare": hook, "started": hook, "release": hook });
    let bundle = |active: bool| {
        json!({ "domains": [
            { "definition": "1.xml", "active": active, "hooks": hooks },
            { "definition": "2.xml", "active": active },
        ] })
    };
    // libvirt has not seen any hook yet, which the plan says. Nothing starts without its hooks.
    let said = place.plan(&bundle(true)).to_string();
    assert!(said.contains("there was none; to have them called, run `systemctl reload libvirtd`"), "{said}");
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("domain `guest1`: it is not started without its hooks"), "{}", ran.all());
    // Nor does another run start it: libvirt still does not call what is there now.
    let said = place.plan(&bundle(true)).to_string();
    assert!(said.contains("there was none; to have them called, run `systemctl reload libvirtd`"), "{said}");
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("domain `guest1`: it is not started without its hooks"), "{}", ran.all());
    let active = |number| daemon.connect().lookup_domain_by_uuid_string(&uuid(number)).unwrap().is_active();
    assert!(!active(1).unwrap() && active(2).unwrap());
    daemon.reload();
    let marks = place.path().join("state/hooks/qemu.unseen");
    for _ in 0..100 {
        if !marks.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(!marks.exists(), "the witness should have been called");
    place.apply(&bundle(true));
    assert_eq!(read(&log), "guest1 prepare\nguest1 started\n");
    assert_eq!(writes(&place.apply(&bundle(true))), 0);
    place.apply(&bundle(false));
    assert_eq!(read(&log), "guest1 prepare\nguest1 started\nguest1 release\n");
    // One more and one less.
    let mut other = bundle(false);
    other["domains"][0]["hooks"] = json!({ "prepare": hook, "stopped": hook });
    assert_eq!(actions(&place.plan(&other), "guest1"), ["hooks"]);
    place.apply(&other);
    let state = place.path().join("state/hooks/qemu");
    assert_eq!(names(&state.join("guest1")), [".owner", "prepare", "stopped"]);
    assert_eq!(names(&daemon.hooks().join("qemu.d")).len(), 1);
    // The domain goes on without them, and then goes.
    other["domains"][0]["hooks"] = Value::Null;
    assert_eq!(actions(&place.plan(&other), "guest1"), ["hooks off"]);
    place.apply(&other);
    assert!(!state.exists() && names(&daemon.hooks().join("qemu.d")).is_empty());
    assert!(names(&daemon.hooks().join("daemon.d")).is_empty());
    place.apply(&bundle(false));
    place.apply(&json!({ "domains": [] }));
    assert!(!state.exists() && names(&daemon.hooks().join("qemu.d")).is_empty());
}

#[test]
fn hooks_last_where_libvirts_folder_is_emptied_at_each_start() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (hook, log) = logger(&place);
    place.write("1.xml", &Guest::new(1).xml());
    // What the NixOS module does.
    let state = place.path().join("state");
    let mut print = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
    let script = print.args(["hook-script", "--state-dir"]).arg(&state).output().unwrap();
    let text = String::from_utf8(script.stdout).unwrap();
    let dispatcher = place.script("static", text.strip_prefix("#!/bin/sh\n").unwrap());
    let folder = daemon.hooks().join("qemu.d");
    let install = || {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        // The name is the one for this state, so that nothing else is installed beside it.
        std::os::unix::fs::symlink(&dispatcher, folder.join(name_of(&state))).unwrap();
    };
    install();
    daemon.restart();
    let bundle = json!({ "domains": [{ "definition": "1.xml", "active": true, "hooks": { "started": hook, "stopped": hook } }] });
    place.apply(&bundle);
    install();
    daemon.restart();
    let domain = daemon.connect().lookup_domain_by_uuid_string(&uuid(1)).unwrap();
    // This waits until the daemon has reconnected to the domain.
    domain.memory_stats(0).unwrap();
    domain.destroy().unwrap();
    domain.create().unwrap();
    assert_eq!(read(&log), "guest1 started\nguest1 stopped\nguest1 started\n");
    assert_eq!(writes(&place.apply(&bundle)), 0);
    assert_eq!(names(&folder), [name_of(&state)]);
    // What somebody else has installed stays when the last hook goes; one that would not work is said.
    place.apply(&json!({ "domains": [] }));
    assert_eq!(names(&folder), [name_of(&state)]);
    fs::write(&dispatcher, "#!/bin/sh\nexit 0\n").unwrap();
    place.bundle(&bundle);
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("is not nixvirt's; move it away [foreign-hook]"), "{}", ran.all());
}

/// The name of the dispatcher for a folder of the state.
fn name_of(state: &Path) -> String {
    let hash = nixvirt_apply::key::hash(&[state.to_str().unwrap().as_bytes()]) as u32;
    format!("nixvirt-{hash:08x}")
}

#[test]
fn a_hook_has_libvirts_xml_and_its_failure_keeps_a_domain_from_starting() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let log = place.path().join("log");
    // The name of a domain is anything but a slash and a line break.
    let mut guest = Guest::new(1);
    guest.name = "it's $(touch pwned) `id` * ; exit".into();
    place.write("1.xml", &guest.xml());
    let xml = place.script("xml", &format!("cat > '{}'\n", log.display()));
    let mut bundle = json!({ "domains": [{
        "definition": "1.xml", "active": true,
        "hooks": { "prepare": "echo no >&2; exit 3", "started": xml },
    }] });
    place.bundle(&bundle);
    place.run("apply", &[]).expect(1);
    daemon.restart();
    let ran = place.run("apply", &[]).expect(1);
    assert!(
        ran.stderr.contains("cannot start it") && ran.stderr.contains("no [cannot-start]\n"),
        "{}",
        ran.all()
    );
    bundle["domains"][0]["hooks"]["prepare"] = json!("exit 0 # fine");
    place.apply(&bundle);
    assert!(read(&log).starts_with("<domain type=") && read(&log).contains(&uuid(1)), "{}", read(&log));
    // A program that is not there is said by the plan, and is that object's failure alone.
    place.write("2.xml", &Guest::new(2).xml());
    bundle["domains"][0]["hooks"]["prepare"] = json!("no/such");
    bundle["domains"].as_array_mut().unwrap().push(json!({ "definition": "2.xml", "active": true }));
    place.bundle(&bundle);
    let plan = place.run("plan", &["--format", "json"]).expect(1);
    assert!(plan.stdout.contains("its hook `prepare` cannot be run"), "{}", plan.all());
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("no/such: No such file or directory"), "{}", ran.all());
    assert!(ran.stderr.contains("[bad-hook]"), "{}", ran.all());
    assert!(ran.stderr.contains("domain `guest2`: created, started"), "{}", ran.all());
}

#[test]
fn the_dispatcher_runs_nothing_but_what_is_in_its_state() {
    let folder = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let state = folder.path().join("a 'state'");
    let put = |path: &str, text: &str| {
        let path = state.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("hooks/qemu/web/started", "echo \"web: $*\"; cat; exit 7\n");
    put("hooks/qemu/-n/started", "echo \"$#\"\n");
    put("hooks/lxc/web/started", "echo lxc\n");
    put("outside/started", "echo outside\n");
    put("hooks/started", "echo above\n");
    let mut print = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
    let script = print.args(["hook-script", "--state-dir"]).arg(&state).output().unwrap().stdout;
    for driver in ["qemu.d", "lxc.d"] {
        fs::create_dir(folder.path().join(driver)).unwrap();
        let path = folder.path().join(driver).join("nixvirt");
        fs::write(&path, &script).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |driver: &str, arguments: &[&str]| {
        let mut run = Command::new(folder.path().join(driver).join("nixvirt"));
        let output = run.args(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.stderr, b"");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run("qemu.d", &["web", "started", "begin", "-"]), (7, "web: web started begin -\n".into()));
    assert_eq!(run("qemu.d", &["-n", "started", "begin", "-"]), (0, "4\n".into()));
    assert_eq!(run("lxc.d", &["web", "started", "begin", "-"]), (0, "lxc\n".into()));
    for [name, operation] in [
        ["../../outside", "started"],
        ["..", "started"],
        [".", "started"],
        ["", "started"],
        ["web", "../web/started"],
        ["web", ".owner"],
        ["web", ""],
        ["web", "prepare"],
        ["web/", "started"],
        ["we*", "started"],
    ] {
        assert_eq!(run("qemu.d", &[name, operation, "begin", "-"]), (0, String::new()), "{name} {operation}");
    }
    assert_eq!(run("qemu.d", &[]), (0, String::new()));
    // The daemon of a user who may not read the state.
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    if rustix::process::geteuid().is_root() {
        let mut user = Command::new("setpriv");
        user.args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(folder.path().join("qemu.d/nixvirt"));
        let output = user.args(["web", "started", "begin", "-"]).output().unwrap();
        assert!(
            output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

#[test]
fn hooks_follow_names_and_go_with_what_somebody_removes() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let hook = place.script("hook", "");
    // The layout of an earlier release: a script for each domain among libvirt's hooks.
    let old = daemon.hooks().join("qemu.d").join(format!("nixvirt-{}", uuid(1)));
    fs::create_dir(old.parent().unwrap()).unwrap();
    fs::write(&old, "#!/bin/sh\n# Written by nixvirt-apply, and removed with the domain.\nexit 9\n").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let guest = |number: u32, name: &str| {
        let mut guest = Guest::new(number);
        guest.name = name.into();
        place.write(&format!("{number}.xml"), &guest.xml());
    };
    guest(1, "a");
    guest(2, "b");
    let mut bundle = json!({ "domains": [
        { "definition": "1.xml", "hooks": { "start": hook } }, { "definition": "2.xml", "hooks": { "stopped": hook } },
    ] });
    place.apply(&bundle);
    assert!(!old.exists());
    let hooks = place.path().join("state/hooks/qemu");
    let found = |name: &str| names(&hooks.join(name)).split_off(1);
    assert_eq!((found("a"), found("b")), (vec!["start".to_owned()], vec!["stopped".to_owned()]));
    guest(1, "b");
    guest(2, "c");
    // The name must be free when it is the other one's turn.
    bundle["domains"].as_array_mut().unwrap().reverse();
    place.apply(&bundle);
    assert_eq!((found("b"), found("c")), (vec!["start".to_owned()], vec!["stopped".to_owned()]));
    assert_eq!(names(&hooks), ["b", "c"]);
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // Somebody removes a machine that is no longer declared.
    daemon.connect().lookup_domain_by_name("b").unwrap().undefine().unwrap();
    let less = json!({ "domains": [bundle["domains"][0].clone()] });
    assert_eq!(actions(&place.plan(&less), "b"), ["hooks off"]);
    place.apply(&less);
    assert_eq!(names(&hooks), ["c"]);
}

#[test]
fn networks_have_hooks_and_pools_have_none() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let (hook, log) = logger(&place);
    place.write("net.xml", "<network><name>lan</name><uuid>99999999-2222-3333-4444-555555555555</uuid><bridge name='virbr9'/></network>");
    let mut guest = Guest::new(1);
    guest.devices = "<interface type='network'><source network='lan'/></interface>".into();
    place.write("1.xml", &guest.xml());
    let hooks = json!({ "start": hook, "started": hook, "port-created": hook, "port-deleted": hook, "stopped": hook });
    let bundle = |active: bool, guest: bool| {
        json!({
            "networks": [{ "definition": "net.xml", "active": active, "hooks": hooks }],
            "domains": [{ "definition": "1.xml", "active": guest }],
        })
    };
    place.bundle(&bundle(true, true));
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("network `lan`: it is not started without its hooks"), "{}", ran.all());
    assert!(ran.stderr.contains("[hooks-not-called]"), "{}", ran.all());
    daemon.restart();
    place.apply(&bundle(true, true));
    place.apply(&bundle(true, false));
    place.apply(&bundle(false, false));
    let called = ["start", "started", "port-created", "port-deleted", "stopped"];
    assert_eq!(read(&log), called.map(|operation| format!("lan {operation}\n")).concat());
    place.apply(&json!({ "networks": [], "domains": [] }));
    assert!(!place.path().join("state/hooks/network").exists());
    // Others have no hooks, sessions and other machines none that could be installed.
    let wrong = |uri: &str, bundle: Value, expected: &str| {
        let place = Place::new(uri);
        place.write("1.xml", &Guest::new(1).xml());
        place.bundle(&bundle);
        let ran = place.run("plan", &[]).expect(1);
        assert!(ran.stderr.contains(expected), "{}", ran.all());
    };
    let pool = json!({ "pools": [{ "definition": "1.xml", "hooks": { "start": "/x" } }] });
    wrong("test:///default", pool, "pools[0].hooks: `hooks` does not go with a pool");
    let domain = json!({ "domains": [{ "definition": "1.xml", "hooks": { "start": "x" } }] });
    wrong(
        "test:///default",
        domain,
        "its `hooks` cannot be installed: they belong to a system daemon, such as `qemu:///system`",
    );
}
