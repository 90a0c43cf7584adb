//! A host of the test's own: a virtual machine with systemd and libvirt, out of the image of `tests/host/image`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::skip;

/// How long a script or a boot may take with KVM; without, all takes longer. Only a machine that hangs reaches these.
const LIMIT: Duration = Duration::from_secs(120);
const SLOW: u32 = 5;
/// How long a kernel takes at most to its first words. Where KVM is itself emulated, some never come.
const SILENCE: Duration = Duration::from_secs(15);
/// The longest first boot with which the tests go on. They boot about six times, and CI has no hours for them.
const PATIENCE: Duration = Duration::from_secs(240);
/// The kernel's command line. Emulated, a service may take minutes, which is no failure; and modules of devices that
/// no test needs only take time.
const KERNEL: &str = "root=/dev/vda rw console=ttyS0 panic=-1 mitigations=off systemd.service_watchdogs=no \
                      systemd.default_timeout_start_sec=900 systemd.default_device_timeout_sec=900 \
                      module_blacklist=ahci,libata,aesni_intel,cryptd,psmouse";

/// Whether KVM is of use here, as far as it was tried.
static KVM: AtomicBool = AtomicBool::new(true);

/// A machine with a disk of its own, which is gone with it.
pub struct Vm {
    folder: TempDir,
    process: Option<(Child, BufReader<UnixStream>)>,
}

/// How a script ended, and all that it printed.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub text: String,
}

fn limit() -> Duration {
    LIMIT * if KVM.load(Ordering::Relaxed) { 1 } else { SLOW }
}

fn place(variable: &str) -> PathBuf {
    let place = std::env::var_os(variable);
    PathBuf::from(place.unwrap_or_else(|| panic!("{variable} is missing: tests/run host runs this test")))
}

impl Vm {
    /// A machine that runs and has the payload unpacked.
    ///
    /// # Errors
    /// Why there can be none here: nothing boots, or so slowly that the tests would take hours. What was measured is in
    /// the reason.
    pub fn start() -> Result<Vm, String> {
        let folder = tempfile::Builder::new().prefix("nixvirt-vm-").tempdir().unwrap();
        let mut create = Command::new("qemu-img");
        create.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]);
        create.arg(place("NIXVIRT_HOST_IMAGE").join("disk")).arg(folder.path().join("disk"));
        assert!(create.status().unwrap().success());
        let mut vm = Vm { folder, process: None };
        let took = vm.try_any_boot()?;
        if took > PATIENCE {
            let (took, patience) = (took.as_secs(), PATIENCE.as_secs());
            return Err(format!(
                "a boot takes {took} s here without KVM; the tests boot about six times, and take no more than {patience} s for each"
            ));
        }
        vm.expect("tar -C / -xf /dev/vdb");
        Ok(vm)
    }

    /// Boots a machine that has booted before.
    #[track_caller]
    pub fn boot(&mut self) {
        self.try_any_boot().unwrap_or_else(|error| panic!("the machine does not boot: {error}"));
    }

    /// Boots with KVM, and without where the machine does not come up with it. Tells how long it took.
    fn try_any_boot(&mut self) -> Result<Duration, String> {
        if KVM.load(Ordering::Relaxed)
            && fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok()
        {
            let begin = Instant::now();
            let Err(error) = self.try_boot("kvm") else { return Ok(begin.elapsed()) };
            skip::print(&format!("the machine does not boot with KVM, so it does without: {error}"));
        }
        KVM.store(false, Ordering::Relaxed);
        let begin = Instant::now();
        self.try_boot("tcg")?;
        let took = begin.elapsed();
        skip::print(&format!("a boot without KVM: {} s", took.as_secs()));
        Ok(took)
    }

    fn try_boot(&mut self, accelerator: &str) -> Result<(), String> {
        self.cut();
        let (image, own) = (place("NIXVIRT_HOST_IMAGE"), self.folder.path());
        let (socket, console) = (own.join("port"), own.join("console"));
        let _ = fs::remove_file(&socket);
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args([
            "-machine",
            &format!("q35,accel={accelerator}"),
            "-cpu",
            "max",
            "-smp",
            "2",
            "-m",
            "1536",
        ]);
        qemu.args(["-nodefaults", "-display", "none", "-kernel"]).arg(image.join("vmlinuz"));
        qemu.arg("-initrd").arg(image.join("initrd"));
        qemu.args(["-append", KERNEL]);
        qemu.arg("-drive").arg(format!("file={},format=qcow2,if=virtio", own.join("disk").display()));
        let payload = place("NIXVIRT_HOST_PAYLOAD");
        qemu.arg("-drive").arg(format!("file={},format=raw,if=virtio,readonly=on", payload.display()));
        qemu.arg("-serial").arg(format!("file:{}", console.display()));
        qemu.arg("-chardev").arg(format!("socket,id=port,path={},server=on,wait=off", socket.display()));
        qemu.args(["-device", "virtio-serial", "-device", "virtserialport,chardev=port,name=nixvirt"]);
        qemu.stdin(Stdio::null()).stdout(Stdio::null());
        let child = qemu.stderr(fs::File::create(own.join("qemu")).unwrap()).spawn().unwrap();
        let started = Instant::now();
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(error) => assert!(started.elapsed() < LIMIT, "QEMU has no port: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        stream.set_read_timeout(Some(limit())).unwrap();
        self.process = Some((child, BufReader::new(stream)));
        while accelerator == "kvm" && fs::metadata(&console).map_or(0, |file| file.len()) < 1000 {
            if started.elapsed() > SILENCE {
                return Err("its kernel says nothing".to_owned());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.ready()
    }

    /// Waits until the machine says that it can be spoken to, and until its boot is over: meanwhile, systemd may take
    /// minutes to answer. Otherwise what its console shows is the error.
    fn ready(&mut self) -> Result<(), String> {
        // What comes before may be the answer to the script that made it reboot.
        while self.part()? != "ready" {}
        self.begin("systemctl is-system-running --wait || true");
        self.part().and(self.part()).map(drop)
    }

    /// The bytes from the port, up to a NUL.
    fn part(&mut self) -> Result<String, String> {
        let (_, port) = self.process.as_mut().expect("the machine should run");
        let mut bytes = Vec::new();
        match port.read_until(0, &mut bytes) {
            Ok(_) if bytes.last() == Some(&0) => {
                bytes.pop();
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
            other => {
                let text = String::from_utf8_lossy(&bytes);
                Err(format!("{other:?}, {text:?}, and on its console:\n{}", self.console()))
            }
        }
    }

    fn console(&self) -> String {
        let read = |name: &str| fs::read(self.folder.path().join(name)).unwrap_or_default();
        let bytes = [read("qemu"), read("console")].concat();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Starts a script of bash's and does not wait for it.
    pub fn begin(&mut self, script: &str) {
        let (_, port) = self.process.as_mut().expect("the machine should run");
        port.get_ref().set_read_timeout(Some(limit())).unwrap();
        port.get_mut().write_all(format!("export SYSTEMD_BUS_TIMEOUT=900\n{script}\0").as_bytes()).unwrap();
    }

    /// Runs a script of bash's, which ends at the first command that fails.
    #[track_caller]
    pub fn run(&mut self, script: &str) -> Said {
        self.begin(script);
        let mut part = || self.part().unwrap_or_else(|error| panic!("no answer to {script:?}: {error}"));
        let text = part();
        Said { status: part().parse().unwrap(), text }
    }

    /// Runs a script that must work, and returns what it printed without empty lines: virsh ends some lists with one.
    #[track_caller]
    pub fn expect(&mut self, script: &str) -> String {
        let said = self.run(script);
        if said.status != 0 {
            let journal = self.run("journalctl -b --no-pager -n 60; systemctl --no-pager --failed");
            panic!("{script}\nended with {}:\n{}\n--- the journal\n{}", said.status, said.text, journal.text);
        }
        said.text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Lets the machine reboot by itself.
    pub fn reboot(&mut self) {
        self.begin("systemctl reboot");
        self.ready().unwrap_or_else(|error| panic!("the machine does not reboot: {error}"));
    }

    /// Ends the machine as a power cut does.
    fn cut(&mut self) {
        if let Some((mut child, _)) = self.process.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.cut();
    }
}

/// The names of the configurations are folders here and in the machine.
pub fn configuration(name: &str) -> String {
    let folder = place("NIXVIRT_HOST_CONFIGURATIONS").join(name);
    assert!(Path::new(&folder).exists(), "there is no configuration {name}");
    folder.to_string_lossy().into_owned()
}
