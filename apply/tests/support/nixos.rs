//! Guests of the template `nixos`, with systems out of a store of their own. Debian's kernel and a small initrd stand in for nixpkgs' own.

#![allow(dead_code, reason = "each suite uses its own part of it")]
#![allow(unreachable_pub, reason = "its files are those of a library")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{self, Daemon, Place, Ran, uuid};

/// The program of a system, which runs once its store is mounted: it says what it finds, and tries to write where it must not.
const INIT: &str = r#"#!/bin/busybox sh
system=${0%/init}
store=${system%/*}
say() { echo "$*" > /dev/ttyS0; }
say "system $(cat "$system/mark")"
say "paths $(ls "$store" | wc -l)"
say "sees $(ls -a "$store" | grep -v '^[.]*$' | tr '\n' ' ')"
mount -o remount,rw "$store" 2> /dev/null
for path in "$store/new" "$system/mark"; do
    if echo written 2> /dev/null > "$path"; then say "written $path"; else say "refused $path"; fi
done
if [ -x /usr/sbin/qemu-ga ]; then
    mkdir -p /run /var/run
    qemu-ga -m virtio-serial -p /dev/$(basename /dev/vport*p1) -t /run -f /run/agent.pid -d 2> /dev/ttyS0
fi
sync
say "guest is up"
while :; do sleep 1000; done
"#;

/// The program by which a system is switched to: it says so, and fails where its mark begins with `bad`.
const SWITCH: &str = r#"#!/bin/busybox sh
system=${0%/bin/*}
{ [ ! -e "$system/needs" ] || echo "with $(cat "$(cat "$system/needs")")"; echo "switched to $(cat "$system/mark") by $1"; } > /dev/ttyS0
! grep -q '^bad' "$system/mark"
"#;

/// Makes the folder of a system, which says this word when it runs.
fn folder(place: &Place, (kernel, initrd): &(PathBuf, PathBuf), mark: &str) -> PathBuf {
    let folder = place.path().join("nixos-system-web");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::copy(kernel, folder.join("kernel")).unwrap();
    fs::copy(initrd, folder.join("initrd")).unwrap();
    fs::write(folder.join("kernel-params"), "console=ttyS0 quiet mitigations=off").unwrap();
    fs::write(folder.join("mark"), mark).unwrap();
    fs::write(folder.join("init"), INIT).unwrap();
    fs::write(folder.join("bin/switch-to-configuration"), SWITCH).unwrap();
    for program in ["init", "bin/switch-to-configuration"] {
        fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// Adds a system to a store, which says this word when it runs. The answer is its path.
pub fn system(place: &Place, store: &Store, debian: &(PathBuf, PathBuf), mark: &str) -> String {
    store.nix(&["--add", folder(place, debian, mark).to_str().unwrap()])
}

/// The same with a path that it needs, whose own content is the word. The answer is both paths.
pub fn system_with_need(
    place: &Place,
    store: &Store,
    debian: &(PathBuf, PathBuf),
    mark: &str,
) -> (String, String) {
    let folder = folder(place, debian, mark);
    let need = store.nix(&["--add", place.write(&format!("need-{mark}"), mark).to_str().unwrap()]);
    let system = store.build(&format!(
        "derivation {{ name = \"nixos-system-web\"; system = builtins.currentSystem; builder = \"/bin/sh\"; PATH = \"/usr/bin:/bin\";
           args = [ \"-c\" \"cp -r ${{{}}} $out; chmod u+w $out; echo ${{builtins.storePath {need}}} > $out/needs\" ]; }}",
        folder.display()
    ));
    (system, need)
}

/// The bundle with a machine that boots this system, emulated and with its console in a file.
pub fn bundle(place: &Place, system: &str, more: &Value, entry: &Value) -> Value {
    let console = place.path().join("console");
    let mut args = json!({
        "name": "web", "uuid": uuid(1), "nixos": system, "type": "qemu", "cpu": null, "net_type": "user",
        "memory": { "count": 256, "unit": "MiB" }, "vcpu": 1, "without": "devices.serial",
        "devices": { "serial": { "type": "file", "source": { "path": console, "append": true } } },
    });
    args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut domain = json!({ "template": "nixos", "args": args, "active": true });
    domain.as_object_mut().unwrap().extend(entry.as_object().unwrap().clone());
    json!({ "domains": [domain] })
}

/// The lines on the guest's console, once it is up.
pub fn console(place: &Place) -> String {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(place.path().join("console")).unwrap_or_default();
        if text.contains("guest is up") {
            return text;
        }
        assert!(started.elapsed() < Duration::from_secs(240), "the guest does not come up: {text}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The kernel and the initrd of guests whose store is shared by this driver.
pub fn debian(driver: &str) -> Option<(PathBuf, PathBuf)> {
    if driver == "9p" { support::system_of("linux-image-amd64") } else { support::system() }
}

/// Waits for the guest, as [`is_up`] does. The next one writes its console anew.
pub fn boots(place: &Place, system: &str, mark: &str, paths: usize) {
    is_up(place, system, mark, paths);
    fs::remove_file(place.path().join("console")).unwrap();
}

/// Waits for the guest, which boots this system; it must read it, see so many paths, and be unable to write.
pub fn is_up(place: &Place, system: &str, mark: &str, paths: usize) {
    let text = console(place);
    let folder = Path::new(system).parent().unwrap().display();
    for line in [
        format!("system {mark}"),
        format!("paths {paths}"),
        format!("refused {folder}/new"),
        format!("refused {system}/mark"),
    ] {
        assert!(text.lines().any(|said| said.trim_end() == line), "it does not say `{line}`: {text}");
    }
    assert_eq!(fs::read_to_string(Path::new(system).join("mark")).unwrap(), mark);
    assert!(!Path::new(system).with_file_name("new").exists());
}

/// How many paths the store has that this one is in; what Nix hides there is none.
pub fn paths_of(path: &str) -> usize {
    let entries = fs::read_dir(Path::new(path).parent().unwrap()).unwrap().flatten();
    entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).count()
}

/// Waits until the console has this line.
pub fn says(place: &Place, line: &str) {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(place.path().join("console")).unwrap_or_default();
        if text.lines().any(|said| said.trim_end() == line) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "it does not say `{line}`: {text}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until the agent in the guest answers.
pub fn connected(daemon: &Daemon) {
    let started = Instant::now();
    while !daemon.domain(1).xml_desc(0).unwrap().contains("state='connected'") {
        assert!(started.elapsed() < Duration::from_secs(60), "the agent does not come up");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The folder of the views of a store.
pub fn views(place: &Place) -> PathBuf {
    place.path().join("nix/var/nixvirt/guests")
}

/// The names in a folder; none where there is no such folder.
pub fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Holds the view of the guest `web` to these paths of the store.
#[track_caller]
pub fn has(place: &Place, paths: &[&String]) {
    let name = |path: &&String| path.rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(names(&views(place).join("web/store")), paths.iter().map(name).collect());
    assert!(names(&views(place).join("web/new")).is_empty());
}

/// Runs a command with the variables of a store.
pub fn run(place: &Place, store: &Store, command: &str, bundle: &Value) -> Ran {
    place.bundle(bundle);
    Ran::of(place.command(command, &["--format", "json"]).envs(store.variables()).output().unwrap())
}
