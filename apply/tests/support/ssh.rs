//! A real sshd where a daemon of the test's own is, and runs that reach it.

#![allow(dead_code, reason = "each suite uses its own part of it")]
#![allow(unreachable_pub, reason = "its files are those of a library")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

use std::fs;
use std::process::{Command, Stdio};

use crate::support::{Daemon, Place, Ran, has};

/// The port of the sshd, in a network that only the daemon and its clients are in.
pub const SSH: u16 = 20_022;

/// Whether hosts can be reached by ssh here.
pub fn has_ssh() -> bool {
    has("/usr/sbin/sshd", "-V") && has("virt-ssh-helper", "--version")
}

/// Runs a command, which must work.
#[track_caller]
pub fn must(command: &mut Command) {
    let ran = command.stdin(Stdio::null()).output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// Runs the program where the daemon's ports are.
pub fn run(daemon: &Daemon, place: &Place, command: &str) -> Ran {
    let run = place.command(command, &["--format", "json", "--timeout", "30"]);
    Ran::of(daemon.in_its_network(&run).output().unwrap())
}

/// A sshd in the daemon's namespaces, which knows one key, and a client that knows the host by the file `known`. Gives the URI.
pub fn sshd(daemon: &Daemon, place: &Place) -> String {
    let file = |name: &str| place.path().join(name).display().to_string();
    for key in ["host_key", "stranger_key", "client_key"] {
        must(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &file(key)]));
    }
    fs::copy(file("client_key.pub"), file("authorized_keys")).unwrap();
    // sshd wants the folder of its distribution. Nothing else of the machine's is read.
    let configuration = format!(
        "Port {SSH}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
         UsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n",
        file("host_key"),
        file("authorized_keys")
    );
    place.write("sshd_config", &configuration);
    let program = fs::canonicalize("/usr/sbin/sshd").unwrap_or_else(|_| "/usr/bin/sshd".into());
    // The helper of libvirt's looks for the daemon's socket where it stands on a machine.
    must(daemon.inside("sh").args([
        "-c",
        "mkdir -p /run/sshd && ln -s \"$1\" /run/libvirt/libvirt-sock && exec \"$2\" -f \"$3\"",
        "sh",
        daemon.uri().split_once("socket=").unwrap().1,
        program.to_str().unwrap(),
        &file("sshd_config"),
    ]));
    let client = place.script(
        "ssh",
        &format!(
            "exec ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=none \
             -o UserKnownHostsFile={} -o IdentitiesOnly=yes \"$@\"\n",
            file("known")
        ),
    );
    format!(
        "qemu+ssh://root@127.0.0.1:{SSH}/system?command={}&keyfile={}",
        client.display(),
        file("client_key")
    )
}

/// Has the client know the host by a key.
pub fn know(place: &Place, key: &str) {
    let key = fs::read_to_string(place.path().join(format!("{key}.pub"))).unwrap();
    place.write("known", &format!("[127.0.0.1]:{SSH} {key}"));
}
