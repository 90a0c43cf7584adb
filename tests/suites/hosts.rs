//! Machines for hosts: what a host says that it can do, and what users ask for that it cannot; and for a version of libvirt.

use std::process::Command;

use nixvirt_tests::command::{Dir, domain};
use nixvirt_tests::skip;
use serde_json::{Value, json};

/// The output of `virsh capabilities` of a host with these machine types, shortened.
fn capabilities(machines: &[(&str, &str)], iommu: &str) -> String {
    let machines: String = machines
        .iter()
        .map(|(name, canonical)| format!("<machine maxCpus='255' canonical='{canonical}'>{name}</machine>"))
        .collect();
    format!(
        "<capabilities><host><cpu><arch>x86_64</arch><pages unit='KiB' size='4'/><pages unit='KiB' size='2048'/></cpu>
<iommu support='{iommu}'/><topology><cells num='1'><cell id='0'/></cells></topology></host>
<guest><os_type>hvm</os_type><arch name='x86_64'><wordsize>64</wordsize><emulator>/usr/bin/qemu-system-x86_64</emulator>
{machines}<domain type='qemu'/><domain type='kvm'/></arch></guest></capabilities>\n"
    )
}

/// The output of `virsh domcapabilities --machine q35`, shortened.
const DOMAIN_CAPABILITIES: &str = "<?xml version='1.0'?>
<domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><machine>pc-q35-10.0</machine><arch>x86_64</arch>
<vcpu max='8'/><iothreads supported='yes'/>
<os supported='yes'><enum name='firmware'><value>bios</value></enum></os>
<cpu><mode name='host-passthrough' supported='yes'/><mode name='host-model' supported='no'/>
<mode name='custom' supported='yes'><model usable='yes' vendor='Intel'>Nehalem</model>
<model usable='no' vendor='AMD'>EPYC</model><blockers model='EPYC'><feature name='sse4a'/><feature name='svm'/></blockers></mode></cpu>
<devices><disk supported='yes'><enum name='bus'><value>virtio</value><value>sata</value></enum></disk>
<graphics supported='yes'><enum name='type'><value>vnc</value></enum></graphics>
<tpm supported='no'/></devices>
<features><hyperv supported='yes'><enum name='features'><value>relaxed</value></enum></hyperv><launchSecurity supported='no'/></features>
</domainCapabilities>\n";

fn machine(name: &str, more: Value) -> Value {
    let mut spec = json!({
        "name": name, "type": "kvm", "memory": 1048576, "vcpu": 2,
        "os": { "type": "hvm", "arch": "x86_64", "machine": "q35" },
    });
    let fields = more.as_object().expect("a set").clone();
    spec.as_object_mut().expect("a set").extend(fields);
    spec
}

#[test]
fn what_a_host_cannot_do_is_an_error_that_names_it() {
    let dir = Dir::new();
    let all = capabilities(&[("q35", "pc-q35-10.0")], "no") + DOMAIN_CAPABILITIES;
    dir.write("lab.xml", all);
    for (more, said) in [
        (json!({ "vcpu": 9 }), "a machine on the host `lab` has 8 vCPUs at most"),
        (json!({ "cpu": { "mode": "host-model" } }), "the host `lab` has no `cpu.mode = \"host-model\"`"),
        (json!({ "cpu": { "mode": "custom", "model": "EPYC" } }), "it lacks sse4a, svm"),
        (json!({ "cpu": { "mode": "custom", "model": "Nehalen" } }), "did you mean \"Nehalem\"?"),
        (
            json!({ "os": { "type": "hvm", "arch": "aarch64" } }),
            "the host `lab` has no emulator for `aarch64`",
        ),
        (json!({ "type": "hvf" }), "the host `lab` has no machines of the type `hvf`"),
        (
            json!({ "os": { "type": "hvm", "arch": "x86_64", "machine": "pc" } }),
            "the host `lab` has no machine type `pc`",
        ),
        (
            json!({ "os": { "type": "hvm", "arch": "x86_64", "machine": "q35", "firmware": "efi" }, "features": { "acpi": true } }),
            "the host `lab` has no firmware `efi`",
        ),
        (json!({ "devices": { "graphics": { "type": "spice" } } }), "it has \"vnc\""),
        (
            json!({ "devices": { "tpm": { "backend": { "type": "emulator", "version": "2.0" } } } }),
            "has no backend of TPMs",
        ),
        (
            json!({ "devices": { "disk": { "source": { "file": "/a" }, "target": { "dev": "sda", "bus": "usb" } } } }),
            "no bus of disks `usb`",
        ),
        (json!({ "features": { "hyperv": { "vapic": { "state": true } } } }), "no enlightenment `vapic`"),
        (
            json!({ "memoryBacking": { "hugepages": { "page": { "size": 1, "unit": "GiB" } } } }),
            "no pages of 1048576 KiB",
        ),
        (json!({ "numatune": { "memory": { "mode": "strict", "nodeset": "1" } } }), "no NUMA node 1"),
        (
            json!({ "devices": { "hostdev": { "type": "pci", "source": { "address": { "bus": 1, "slot": 0 } } } } }),
            "has no IOMMU",
        ),
    ] {
        dir.write("vm.json", machine("web", more.clone()).to_string());
        dir.run(["--host", "lab.xml", "vm.json"]).fails(1).prints("").says("host-lacks").says(said);
        dir.run(["check", "--host", "lab.xml", "vm.json"]).fails(1).says(said);
        // Without the host, it is fine; and the code can be lowered as any other.
        dir.run(["vm.json"]).succeeds();
        dir.run(["--host", "lab.xml", "--allow", "host-lacks", "vm.json"]).succeeds();
    }
    dir.write("vm.json", machine("web", json!({})).to_string());
    dir.run(["--host", "lab.xml", "vm.json"]).succeeds().silent();
    // A machine that goes without what the CPU lacks can run.
    let without = |names: &[&str]| {
        let features: Vec<_> =
            names.iter().map(|name| json!({ "name": name, "policy": "disable" })).collect();
        machine("web", json!({ "cpu": { "mode": "custom", "model": "EPYC", "feature": features } }))
            .to_string()
    };
    dir.write("vm.json", without(&["svm", "sse4a"]));
    dir.run(["--host", "lab.xml", "vm.json"]).succeeds();
    dir.write("vm.json", without(&["svm"]));
    dir.run(["--host", "lab.xml", "vm.json"]).fails(1).says("it lacks sse4a\n");
    // A Nix file, XML and a bundle are held against it as well.
    dir.write("vm.nix", "{ type = \"kvm\"; name = \"web\"; memory = 65536; vcpu = 9; os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; }; devices.memballoon.model = \"none\"; }");
    dir.run(["check", "--host", "lab.xml", "vm.nix"]).fails(1).says("8 vCPUs at most");
    dir.write(
        "host.json",
        json!({ "domains": [{ "spec": machine("web", json!({ "vcpu": 9 })) }] }).to_string(),
    );
    dir.run(["-o", "out", "--host", "lab.xml", "host.json"]).fails(1).says("8 vCPUs at most");
}

#[test]
fn a_description_of_a_host_that_is_none_is_refused() {
    let dir = Dir::new();
    dir.write("vm.json", machine("web", json!({})).to_string());
    for (text, said) in [
        ("<domain/>", "expected what `virsh capabilities`"),
        ("", "it describes no host"),
        ("<capabilities>", "cannot read the host `lab`"),
        ("\u{0}", "cannot read the host `lab`"),
    ] {
        dir.write("lab.xml", text);
        dir.run(["--host", "lab.xml", "vm.json"]).fails(2).prints("").says(said);
    }
    dir.run(["--host", "missing.xml", "vm.json"]).fails(2).says("missing.xml");
    dir.run(["hosts", "vm.json"]).fails(2).says("--host FILE");
}

/// The description that virsh prints of the host that the tests run on; each command runs once for all tests.
fn this_host() -> Option<String> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if !root {
        assert!(!skip::in_ci(), "asking libvirt about this host needs root; CI must have it");
        skip::say("asking libvirt about this host needs root");
        return None;
    }
    if !skip::have("virsh", "--version") || !skip::have("qemu-system-x86_64", "--version") {
        return None;
    }
    let state = tempfile::tempdir().expect("a folder");
    let uri = format!("qemu:///embed?root={}", state.path().display());
    let commands: [&[&str]; 3] = [
        &["capabilities"],
        &["domcapabilities", "--virttype", "qemu", "--machine", "q35"],
        &["domcapabilities", "--virttype", "qemu", "--machine", "pc"],
    ];
    let printed = commands.map(|command| {
        let run = Command::new("virsh").args(["-c", &uri]).args(command).output().expect("virsh should run");
        assert!(run.status.success(), "{command:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).expect("virsh should print UTF-8")
    });
    Some(printed.concat())
}

/// The description of a real emulator by a real libvirt, as users hand it on.
#[test]
fn a_real_host_can_run_the_templates_and_not_all_else() {
    let Some(printed) = this_host() else { return };
    let dir = Dir::new();
    dir.write("here.xml", printed);
    for template in ["pc", "q35", "linux"] {
        let spec = json!({ "template": template, "name": "web", "memory": 4194304 });
        dir.write("vm.json", spec.to_string());
        // A machine without KVM, which this host may not have.
        let xml = dir.run(["vm.json"]).succeeds().stdout.replace("<domain type='kvm'", "<domain type='qemu'");
        dir.write("vm.xml", xml.replace("<cpu mode='host-passthrough'", "<cpu mode='maximum'"));
        let run = dir.run(["check", "--host", "here.xml", "--format", "short", "vm.xml"]).done();
        // A small QEMU has neither SPICE nor its devices.
        let lacks =
            |line: &&str| line.contains("host-lacks: ") && !line.contains("spice") && !line.contains("qxl");
        assert_eq!(run.stderr.lines().filter(lacks).count(), 0, "{template}: {}", run.stderr);
        let others = |line: &&str| line.starts_with("vm.xml:") && !line.contains("host-lacks: ");
        assert_eq!(run.stderr.lines().filter(others).count(), 0, "{template}: {}", run.stderr);
    }
    for (more, said) in [
        (
            json!({ "type": "qemu", "os": { "type": "hvm", "arch": "x86_64", "machine": "pc-q35-99.0" } }),
            "pc-q35-99.0",
        ),
        (
            json!({ "type": "qemu", "cpu": { "mode": "custom", "model": "Nehalen" } }),
            "did you mean \"Nehalem\"?",
        ),
        (json!({ "type": "xen" }), "the host `here` has no machines of the type `xen`"),
        (
            json!({ "type": "qemu", "os": { "type": "hvm", "arch": "s390x", "machine": "s390-ccw-virtio" } }),
            "s390x",
        ),
    ] {
        dir.write("vm.json", machine("web", more).to_string());
        dir.run(["--host", "here.xml", "vm.json"]).fails(1).prints("").says("host-lacks").says(said);
    }
    dir.write("vm.json", machine("web", json!({ "type": "qemu" })).to_string());
    dir.run(["hosts", "vm.json", "--host", "here.xml"]).succeeds().prints("     here\nweb  yes\n");
}

/// A configuration for three hosts, of which one lacks the machine type.
#[test]
fn a_table_shows_which_machine_runs_on_which_host() {
    let dir = Dir::new();
    let new = [("q35", "pc-q35-10.0"), ("pc-q35-9.2", "pc-q35-9.2")];
    dir.write("lab.caps.xml", capabilities(&new, "yes"));
    dir.write("lab.dom.xml", DOMAIN_CAPABILITIES);
    dir.write("rack.xml", capabilities(&new, "yes"));
    dir.write("old.xml", capabilities(&[("q35", "pc-q35-8.2")], "yes") + DOMAIN_CAPABILITIES);
    let os = json!({ "type": "hvm", "arch": "x86_64", "machine": "pc-q35-9.2" });
    let bundle = json!({ "domains": [
        { "spec": machine("web", json!({})) },
        { "spec": machine("mail", json!({ "os": os })) },
    ], "networks": [{ "spec": { "name": "lan" } }] });
    dir.write("host.json", bundle.to_string());
    let hosts =
        ["--host", "lab.caps.xml", "--host", "lab.dom.xml", "--host", "third=rack.xml", "--host", "old.xml"];
    let table = "      lab  third  old
mail  yes  ?      no
web   yes  ?      yes

mail: os.machine: the host `old` has no machine type `pc-q35-9.2`
";
    dir.run(["hosts", "host.json"].into_iter().chain(hosts)).succeeds().prints(table);
    dir.run(["hosts", "host.json", "--host", "old.xml"]).fails(1);
    // What is wrong on any host is said first.
    dir.write(
        "host.json",
        json!({ "domains": [{ "spec": machine("web", json!({ "descripton": "x" })) }] }).to_string(),
    );
    dir.run(["hosts", "host.json", "--host", "old.xml"])
        .fails(1)
        .prints("")
        .says("did you mean `description`?");
}

#[test]
fn a_guest_with_tdx_needs_a_libvirt_that_has_it() {
    let dir = Dir::new();
    dir.write("vm.json", machine("secret", json!({ "launchSecurity": { "type": "tdx" } })).to_string());
    dir.run(["--libvirt", "12.8.0", "vm.json"]).succeeds().silent();
    let since = "11.10.0";
    dir.run(["--libvirt", "11.3.0", "vm.json"]).fails(1).prints("").says("libvirt-version").says(since);
}

#[test]
fn an_nvme_disk_is_one_of_a_newer_libvirt() {
    let dir = Dir::new();
    let devices = json!({
        "controller": { "type": "nvme", "index": 0, "serial": "abc" },
        "disk": { "source": { "file": "/a.img" }, "target": { "dev": "nvme0n1", "bus": "nvme" } },
    });
    dir.write("vm.json", domain("web", devices).to_string());
    dir.run(["--libvirt", "12.8.0", "vm.json"]).succeeds();
    dir.run(["--libvirt", "11.3.0", "vm.json"]).fails(1).says("11.5.0");
}
