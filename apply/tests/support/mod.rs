//! A real libvirtd of the test's own, bundles in a folder of its own, and the programs run on both.

#![allow(dead_code, reason = "each suite uses its own part of it")]
#![allow(unreachable_pub, reason = "its files are those of a library")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use virt::connect::Connect;
use virt::domain::Domain;

// One file for all tests. A dependency on the crate of the suites would bring all of its own.
#[path = "../../../tests/support/amount.rs"]
pub mod amount;

/// A daemon, and all its guests, until it is dropped.
pub struct Daemon {
    child: Child,
    folder: TempDir,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Daemon {
    /// Starts a daemon; nothing where that cannot be had here, which is said, and a failure in CI.
    pub fn start() -> Option<Daemon> {
        Daemon::start_with(None)
    }

    /// The same, with this program as its virtiofsd.
    pub fn start_with(virtiofsd: Option<&Path>) -> Option<Daemon> {
        let have = |program: &str| {
            let mut probe = Command::new(program);
            probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
            probe.status().is_ok_and(|status| status.success())
        };
        let root = rustix::process::geteuid().is_root();
        if !(root && have("libvirtd") && have("unshare") && have("qemu-system-x86_64")) {
            let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            assert!(!ci, "CI must have libvirtd, unshare and QEMU, and be root");
            let _ = writeln!(std::io::stderr().lock(), "SKIPPED: no libvirtd of its own can be started here");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("nixvirt-").tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/daemon.sh");
        let mut child = Command::new("unshare")
            .args(["--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", "bash"])
            .arg(script)
            .arg(folder.path())
            .env("VIRTIOFSD", virtiofsd.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut daemon = Daemon { child, folder, lines };
        daemon.wait();
        Some(daemon)
    }

    fn wait(&mut self) {
        assert_eq!(self.lines.next().unwrap().unwrap(), "started");
        virt::error::clear_error_callback();
        let started = Instant::now();
        while Connect::open(Some(&self.uri())).is_err() {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(60), "libvirtd does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Restarts the daemon; its guests go on.
    pub fn restart(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"restart\n").unwrap();
        self.wait();
    }

    /// Restarts the daemon with these lines in its configuration, so that it listens on its network as well.
    pub fn listen(&mut self, configuration: &str) {
        let path = self.folder.path().join("libvirtd.conf");
        let before = fs::read_to_string(&path).unwrap().replace("listen_tls = 0\n", "");
        fs::write(path, before + configuration).unwrap();
        self.child.stdin.as_mut().unwrap().write_all(b"listen\n").unwrap();
        self.wait();
    }

    /// A command that runs where the daemon does: in its network, with its files and processes. It ends with the daemon.
    pub fn inside(&self, program: &str) -> Command {
        let namespace = |name: &str| format!("/proc/{}/ns/{name}", self.child.id());
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", namespace("net"))).arg(format!("--mount={}", namespace("mnt")));
        command.arg(format!("--pid={}", namespace("pid_for_children"))).arg("--").arg(program);
        command
    }

    /// The same command in the daemon's network, where its ports are.
    pub fn in_its_network(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.arg(format!("--net={}", self.network_namespace().display())).arg("--");
        inside.arg(command.get_program());
        continued(inside, command)
    }

    /// Restarts the daemon where it hangs. libvirtd 11.3 may lock a mutex twice (in `daemonStreamEvent`) when a client is killed
    /// that sends something.
    pub fn revive(&mut self) {
        let probe =
            Command::new("timeout").args(["20", "virsh", "-q", "-c", &self.uri(), "version"]).output();
        if !probe.unwrap().status.success() {
            self.child.stdin.as_mut().unwrap().write_all(b"kill\n").unwrap();
            self.restart();
        }
    }

    /// Tells the daemon to read its configuration anew, and waits until it has.
    pub fn reload(&mut self) {
        // libvirt looks for hooks before it calls this one.
        let (hook, seen) = (self.hooks().join("daemon"), self.folder.path().join("reloaded"));
        fs::write(&hook, format!("#!/bin/sh\n[ $2 != reload ] || : > '{}'\n", seen.display())).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        self.child.stdin.as_mut().unwrap().write_all(b"reload\n").unwrap();
        let started = Instant::now();
        while !seen.exists() {
            assert!(started.elapsed() < Duration::from_secs(60), "libvirtd does not reload");
            std::thread::sleep(Duration::from_millis(20));
        }
        fs::remove_file(hook).unwrap();
    }

    /// The network that it sees.
    pub fn network_namespace(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/ns/net", self.child.id()))
    }

    /// The URI of its connection.
    pub fn uri(&self) -> String {
        format!("qemu+unix:///system?socket={}/libvirt-sock", self.folder.path().display())
    }

    /// The URI of its connection to containers.
    pub fn lxc(&self) -> String {
        self.uri().replacen("qemu", "lxc", 1)
    }

    /// The folder of its hooks.
    pub fn hooks(&self) -> PathBuf {
        self.folder.path().join("hooks")
    }

    /// A connection to it.
    pub fn connect(&self) -> Connect {
        Connect::open(Some(&self.uri())).unwrap()
    }

    /// The domain of a [`Guest`].
    pub fn domain(&self, number: u32) -> Domain {
        self.connect().lookup_domain_by_uuid_string(&uuid(number)).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A folder with definitions, a bundle and a state.
pub struct Place {
    folder: TempDir,
    pub uri: String,
}

/// How a run went.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The JSON that it printed, for the only host.
    #[track_caller]
    pub fn json(&self) -> Value {
        let all: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{}", self.all()));
        all[0].clone()
    }

    /// The standard output and the standard error together.
    pub fn all(&self) -> String {
        format!("status {}\n--- stdout\n{}\n--- stderr\n{}", self.status, self.stdout, self.stderr)
    }

    /// Holds it to its status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "{}", self.all());
        self
    }
}

impl Place {
    pub fn new(uri: &str) -> Place {
        Place { folder: tempfile::tempdir().unwrap(), uri: uri.to_owned() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes an executable script.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, &format!("#!/bin/sh\n{text}"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The part of a definition that names a path of QEMU of its own.
    pub fn emulator(&self, name: &str) -> String {
        let program = self.script(name, "exec qemu-system-x86_64 \"$@\"\n");
        format!("<emulator>{}</emulator>", program.display())
    }

    /// Writes the bundle. Most guests have no system that would hear a power button, so that they are not asked, unless the
    /// bundle says how they are stopped.
    pub fn bundle(&self, bundle: &Value) -> PathBuf {
        let mut bundle = bundle.clone();
        if let Some(set) = bundle.as_object_mut() {
            set.entry("shutdown").or_insert(json!({ "method": "destroy" }));
        }
        self.write("bundle.json", &bundle.to_string())
    }

    /// The command of a run.
    pub fn command(&self, command: &str, arguments: &[&str]) -> Command {
        let mut run = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        run.arg(command).args(["--connect", &self.uri]).arg(self.folder.path().join("bundle.json"));
        run.arg("--state-dir").arg(self.folder.path().join("state")).args(arguments);
        // The folder of the daemon's hooks is beside its socket; where there is none, there is nothing to install.
        let socket = self.uri.split_once("socket=").map(|(_, path)| PathBuf::from(path));
        let beside = socket.map(|path| path.with_file_name("hooks"));
        run.arg("--hooks-dir").arg(beside.unwrap_or_else(|| self.folder.path().join("hooks")));
        run.env("NO_COLOR", "1").env_remove("JOURNAL_STREAM").env("LC_ALL", "C").stdin(Stdio::null());
        run
    }

    /// Runs a command and waits for its end.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Ran {
        Ran::of(self.command(command, arguments).output().unwrap())
    }

    /// Applies the bundle, which must work, and tells what was done.
    #[track_caller]
    pub fn apply(&self, bundle: &Value) -> Value {
        self.bundle(bundle);
        self.run("apply", &["--format", "json"]).expect(0).json()
    }

    /// Plans the bundle, which must work.
    #[track_caller]
    pub fn plan(&self, bundle: &Value) -> Value {
        self.bundle(bundle);
        self.run("plan", &["--format", "json"]).expect(0).json()
    }

    /// Runs `virtdeclare` with these arguments.
    pub fn virtdeclare(&self, arguments: &[&str]) -> Ran {
        let mut run = Command::new(env!("CARGO_BIN_EXE_virtdeclare"));
        run.args(["--connect", &self.uri, "--state-dir"]).arg(self.folder.path().join("state"));
        run.env_remove("JOURNAL_STREAM").env("LC_ALL", "C");
        Ran::of(run.args(arguments).output().unwrap())
    }
}

/// How many calls of a run changed something.
#[track_caller]
pub fn writes(run: &Value) -> u64 {
    run["writes"].as_u64().unwrap()
}

/// The actions of a plan on an object.
#[track_caller]
pub fn actions(run: &Value, name: &str) -> Vec<String> {
    let found = run["objects"].as_array().unwrap().iter().find(|object| object["name"] == name);
    let found = found.unwrap_or_else(|| panic!("nothing about {name} in {run:#}"));
    found["actions"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The changes of an object, as `path: old -> new`.
#[track_caller]
pub fn changes(run: &Value, name: &str) -> Vec<String> {
    let found = run["objects"].as_array().unwrap().iter().find(|object| object["name"] == name);
    let found = found.unwrap_or_else(|| panic!("nothing about {name} in {run:#}"));
    let shown = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    let changes = found["changes"].as_array().unwrap().iter();
    changes
        .map(|one| {
            let restart = if one["restart"] == json!(true) { " (restart)" } else { "" };
            format!(
                "{}: {} -> {}{restart}",
                one["path"].as_str().unwrap(),
                shown(&one["old"]),
                shown(&one["new"])
            )
        })
        .collect()
}

/// A guest that needs no disk.
pub struct Guest {
    pub name: String,
    pub memory: String,
    pub top: String,
    pub devices: String,
    pub vcpu: String,
    /// The XML in its `os`, beside the type.
    pub system: String,
    /// The XML of its memory balloon.
    pub balloon: String,
}

/// Runs a script that makes what a test needs, once, in a folder. Whether that is there; where it cannot be had, that is said, and
/// a failure in CI.
fn made(script: &str, folder: &Path, arguments: &[&Path], what: &str) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(script);
    let made = Command::new("bash").arg(script).arg(folder).args(arguments).output().unwrap();
    if !made.status.success() {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        let why = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(!ci, "CI must have {what}: {why}");
        let _ = writeln!(std::io::stderr().lock(), "SKIPPED: there is no {what} here: {why}");
    }
    made.status.success()
}

/// The kernel and the initrd of a guest with an operating system, which boots in seconds without KVM; nothing where they
/// cannot be had. `support/guest.sh` makes them once, and says what its command line may ask for.
pub fn system() -> Option<(PathBuf, PathBuf)> {
    system_of("linux-image-cloud-amd64")
}

/// The same guest with the kernel of a package of Debian's.
pub fn system_of(package: &str) -> Option<(PathBuf, PathBuf)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/guest.sh");
    // Another script or another kernel makes another guest.
    let all = fs::read(&script).unwrap().into_iter().chain(package.bytes());
    let sum = all.fold(0u32, |sum, byte| sum.rotate_left(5) ^ u32::from(byte));
    let folder = cache().join(format!("guest-{sum:08x}"));
    made("guest.sh", &folder, &[Path::new(package)], "system for a guest")
        .then(|| (folder.join("vmlinuz"), folder.join("initrd")))
}

/// The same guest with the real guest agent in its initrd; nothing where that cannot be had.
pub fn with_agent((kernel, initrd): (PathBuf, PathBuf)) -> Option<(PathBuf, PathBuf)> {
    // Another guest's initrd makes another one.
    let folder = initrd.parent()?.file_name()?.to_string_lossy().replace("guest", "agent");
    let folder = cache().join(folder);
    made("agent.sh", &folder, &[&initrd], "guest agent for a guest").then(|| (kernel, folder.join("initrd")))
}

/// A virtiofsd that can share read-only; nothing where it cannot be had.
pub fn virtiofsd() -> Option<PathBuf> {
    let folder = cache().join("virtiofsd");
    made("virtiofsd.sh", &folder, &[], "virtiofsd that shares read-only").then(|| folder.join("virtiofsd"))
}

/// The uuid of the guest of that number.
pub fn uuid(number: u32) -> String {
    format!("11111111-2222-3333-4444-{number:012}")
}

/// The [`Guest::memory`] of the first guest, with other memory.
pub fn memory(megabytes: u32) -> String {
    format!("<uuid>{}</uuid><memory unit='MiB'>{megabytes}</memory>", uuid(1))
}

impl Guest {
    /// One with an operating system. It writes `guest is up` into the file once it is.
    pub fn with_system(
        number: u32,
        (kernel, initrd): &(PathBuf, PathBuf),
        console: &Path,
        words: &str,
    ) -> Guest {
        let mut guest = Guest::new(number);
        guest.memory = format!("<uuid>{}</uuid><memory unit='MiB'>160</memory>", uuid(number));
        guest.system = format!(
            "<kernel>{}</kernel><initrd>{}</initrd><cmdline>console=ttyS0 quiet mitigations=off {words}</cmdline>",
            kernel.display(),
            initrd.display()
        );
        guest.devices =
            format!("<serial type='file'><source path='{}' append='on'/></serial>", console.display());
        guest
    }

    pub fn new(number: u32) -> Guest {
        Guest {
            name: format!("guest{number}"),
            memory: format!("<uuid>{}</uuid><memory unit='MiB'>32</memory>", uuid(number)),
            top: String::new(),
            devices: String::new(),
            vcpu: "<vcpu>1</vcpu>".to_owned(),
            system: String::new(),
            balloon: "<memballoon model='virtio'/>".to_owned(),
        }
    }

    pub fn xml(&self) -> String {
        let kvm = fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
        // Debian's kernel does not boot everywhere where KVM is itself emulated.
        let kind = if kvm && self.system.is_empty() { "kvm" } else { "qemu" };
        let Guest { name, memory, top, devices, vcpu, system, balloon } = self;
        format!(
            "<domain type='{kind}'>\n  <name>{name}</name>\n  {memory}\n  {vcpu}\n  {top}\n  \
             <os><type arch='x86_64' machine='q35'>hvm</type>{system}</os>\n  <features><acpi/></features>\n  \
             <devices>\n    <video><model type='none'/></video>\n    {balloon}\n    {devices}\n  </devices>\n\
             </domain>\n"
        )
    }
}

/// A command that goes on with the arguments and the environment of another one.
pub fn continued(mut command: Command, other: &Command) -> Command {
    command.args(other.get_args());
    for (name, value) in other.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(Stdio::null());
    command
}

/// The folder of what is made once, for all runs.
pub fn cache() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).unwrap();
    cache.join("nixvirt-tests")
}

/// Whether a program is here, which one of its arguments shows; where it is not, that is said, and a failure in CI.
pub fn has(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).stdin(Stdio::null()).output().is_ok();
    if !found {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!ci, "CI must have {program}");
        let _ = writeln!(std::io::stderr().lock(), "SKIPPED: there is no {program} here");
    }
    found
}

/// Whether `mdevctl` is here, by which libvirt keeps the definitions of mediated devices.
pub fn has_mdevctl() -> bool {
    has("mdevctl", "--version")
}

/// The name of a PCI device of this host, as libvirt has it.
pub fn pci_device(connect: &Connect) -> String {
    let names = connect.list_all_node_devices(0).unwrap().into_iter().map(|device| device.name().unwrap());
    names.into_iter().find(|name| name.starts_with("pci_")).unwrap()
}
