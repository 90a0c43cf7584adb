//! Our own files: what cannot be written is said with the name that the user knows, before anything is touched.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use support::{Daemon, Guest, Place, uuid, writes};

/// Runs `nixvirt-apply apply` in a mount namespace where the shell has done something before.
fn apply_after(place: &Place, before: &str) -> (bool, String) {
    let apply = place.command("apply", &["--format", "json"]);
    let mut run = Command::new("unshare");
    run.args(["--mount", "sh", "-ec", &format!("{before}; exec \"$@\""), "sh"]);
    run.arg(apply.get_program()).args(apply.get_args()).env_remove("JOURNAL_STREAM").env("LC_ALL", "C");
    let output = run.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    (output.status.success(), said)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

#[test]
fn a_full_disk_is_said_with_the_file_that_the_user_knows() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("1.xml", &Guest::new(1).xml());
    let state = place.path().join("state");
    fs::create_dir(&state).unwrap();
    place.bundle(&json!({ "domains": [{ "definition": "1.xml" }] }));
    let full = format!("mount -t tmpfs -o size=8k none {0}; head -c 8k /dev/zero > {0}/full", quoted(&state));
    let (success, said) = apply_after(&place, &full);
    let file = format!("cannot lock {}/qemu", state.display());
    assert!(!success && said.contains(&file) && said.contains("No space left on device"), "{said}");
    assert!(daemon.connect().list_all_domains(0).unwrap().is_empty());
    // There is still room in the pages that the state and the lock have, and none for a hook.
    let hooks = json!({ "started": "true #" });
    place.bundle(&json!({ "domains": [{ "definition": "1.xml", "hooks": hooks }] }));
    let host = nixvirt_apply::host::Host::open(&place.uri, std::time::Duration::from_secs(60)).unwrap();
    let identity = host.identity().unwrap();
    let full = format!(
        "mount -t tmpfs -o size=16k none {0}; echo nixvirt-state 1 > {1}; echo 1 > {2}; echo 1 > {3}; \
         head -c 16k /dev/zero > {0}/full || true",
        quoted(&state),
        quoted(&nixvirt_apply::state::path_of(&state, &place.uri, "state")),
        quoted(&nixvirt_apply::state::path_of(&state, &place.uri, "lock")),
        quoted(&nixvirt_apply::state::lock_of(&state, &identity)),
    );
    let (success, said) = apply_after(&place, &full);
    let file = format!("cannot write {}/hooks/qemu/guest1/", state.display());
    assert!(!success && said.contains(&file) && said.contains("No space left"), "{said}");
    assert!(!said.contains(".nixvirt-"), "{said}");
}

#[test]
fn links_stay_and_what_is_no_file_is_said() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("1.xml", &Guest::new(1).xml());
    let bundle = json!({ "domains": [{ "definition": "1.xml", "hooks": { "started": "true #" } }] });
    let (state, elsewhere) = (place.path().join("state"), place.path().join("elsewhere"));
    std::os::unix::fs::symlink(&elsewhere, &state).unwrap();
    place.bundle(&bundle);
    let ran = place.run("apply", &[]).expect(1);
    assert!(
        ran.stderr.contains("cannot make the folder") && ran.stderr.contains("it is a link to"),
        "{}",
        ran.all()
    );
    fs::create_dir(&elsewhere).unwrap();
    place.apply(&bundle);
    assert!(state.is_symlink() && elsewhere.join("hooks/qemu/guest1/started").exists());
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // A FIFO in the place of the state is no reason to wait.
    let file = nixvirt_apply::state::path_of(&state, &place.uri, "state");
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        assert!(ran.stderr.contains(&format!("{}: it is no file", file.display())), "{}", ran.all());
    }
    assert!(daemon.connect().lookup_domain_by_uuid_string(&uuid(1)).is_ok());
    // Nor is one in the place of a definition, of a secret, or of the bundle.
    let fifo = place.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::remove_file(&file).unwrap();
    let secret = "<secret><uuid>99999999-2222-3333-4444-000000000001</uuid></secret>";
    place.write("secret.xml", secret);
    for bundle in [
        json!({ "domains": [{ "definition": "fifo" }] }),
        json!({ "secrets": [{ "definition": "secret.xml", "value": { "file": "fifo" } }] }),
    ] {
        place.bundle(&bundle);
        let ran = place.run("plan", &[]).expect(1);
        assert!(ran.stderr.contains("it is no file"), "{}", ran.all());
    }
    fs::rename(&fifo, place.path().join("bundle.json")).unwrap();
    let ran = place.run("plan", &[]).expect(1);
    assert!(ran.stderr.contains("it is no file"), "{}", ran.all());
}

#[test]
fn a_link_that_others_can_change_is_not_followed() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("1.xml", &Guest::new(1).xml());
    place.bundle(&json!({ "domains": [{ "definition": "1.xml" }] }));
    let (open, elsewhere) = (place.path().join("open"), place.path().join("elsewhere"));
    fs::create_dir(&open).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    std::os::unix::fs::symlink(open.join("state"), place.path().join("state")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, open.join("state")).unwrap();
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        assert!(ran.stderr.contains("where others can write"), "{}", ran.all());
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    // A link that is somebody else's, in a folder that is ours.
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::lchown(open.join("state"), Some(65534), None).unwrap();
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("somebody else's"), "{}", ran.all());
    std::os::unix::fs::lchown(open.join("state"), Some(0), None).unwrap();
    place.run("apply", &[]).expect(0);
}
