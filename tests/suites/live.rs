//! Imports of what runs: what libvirt adds while a guest runs is left out, what its user said stays.

use std::fs;
use std::process::Command;

use nixvirt_compiler::{CompileOptions, Target, compile_spec, format_xml, import_xml};
use nixvirt_tests::command::Dir;
use nixvirt_tests::{libvirt, skip};

/// Imports XML as a definition and compiles it again.
#[track_caller]
fn definition(xml: &str) -> String {
    let import = import_xml(xml.as_bytes(), None, false, Target::NEWEST);
    let spec = import.spec.unwrap_or_else(|| panic!("it should be imported: {:?}", import.diagnostics));
    let outcome = compile_spec(
        spec,
        CompileOptions { exact: true, allow: nixvirt_compiler::codes::of_rules(), ..CompileOptions::DEFAULT },
    );
    outcome.xml.unwrap_or_else(|| panic!("it should compile: {:?}", outcome.diagnostics))
}

/// The devices of a running guest, imported, are these.
#[track_caller]
fn check_devices(running: &str, expected: &str) {
    let domain = |attributes: &str, devices: &str| {
        let xml = format!(
            "<domain type='kvm'{attributes}><name>x</name><os><type>hvm</type></os><devices>{devices}</devices></domain>"
        );
        format_xml(xml.as_bytes(), None, Target::NEWEST)
            .xml
            .unwrap_or_else(|| panic!("it should be valid: {xml}"))
    };
    assert_eq!(definition(&domain(" id='1'", running)), domain("", expected));
}

#[test]
fn aliases_stay_where_users_gave_them() {
    check_devices(
        "<rng model='virtio'><backend model='random'/><alias name='rng0'/></rng>",
        "<rng model='virtio'><backend model='random'/></rng>",
    );
    let own = "<rng model='virtio'><backend model='random'/><alias name='ua-mine'/></rng>";
    check_devices(own, own);
}

#[test]
fn generated_devices_of_interfaces_go() {
    let interface = |target: &str| {
        format!("<interface type='network'><source network='n'/>{target}<model type='virtio'/></interface>")
    };
    check_devices(
        &interface("<target dev='vnet12'/><alias name='net0'/>").replace(
            "network='n'",
            "network='n' portid='c7a5fdbd-cdaf-9455-926a-d65c16db1809' bridge='virbr0'",
        ),
        &interface(""),
    );
    check_devices(&interface("<target dev='dmz0'/>"), &interface("<target dev='dmz0'/>"));
}

#[test]
fn images_that_libvirt_found_go() {
    let disk = |source: &str| format!("<disk type='file' device='disk'>{source}<target dev='vda'/></disk>");
    check_devices(
        &disk(
            "<source file='/a' index='1'/><backingStore type='file' index='2'><format type='qcow2'/><source file='/b'/><backingStore/></backingStore>",
        ),
        &disk("<source file='/a'/>"),
    );
    check_devices(&disk("<source file='/a' index='1'/><backingStore/>"), &disk("<source file='/a'/>"));
    // Nothing is numbered before a start: this is the user's own.
    let own = disk(
        "<source file='/a'/><backingStore type='file'><format type='qcow2'/><source file='/b'/></backingStore>",
    );
    check_devices(&own, &own);
}

#[test]
fn paths_of_terminals_and_sockets_go() {
    check_devices(
        "<serial type='pty'><source path='/dev/pts/3'/><target port='0'/></serial>\
         <console type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/><target type='serial' port='0'/></console>",
        "<serial type='pty'><target port='0'/></serial><console type='pty'><target type='serial' port='0'/></console>",
    );
    let channel = |source: &str| {
        format!(
            "<channel type='unix'>{source}<target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
        )
    };
    for folder in ["/run/libvirt/qemu/channel/3-web", "/var/lib/libvirt/qemu/channel/target/domain-3-web"] {
        let source = format!("<source mode='bind' path='{folder}/org.qemu.guest_agent.0'/>");
        check_devices(&channel(&source), &channel(""));
    }
    let own = channel("<source mode='bind' path='/run/agent/org.qemu.guest_agent.0'/>");
    check_devices(&own, &own);
}

#[test]
fn ports_that_libvirt_picked_go() {
    check_devices(
        "<graphics type='vnc' port='5901' autoport='yes'/>",
        "<graphics type='vnc' autoport='yes'/>",
    );
    let own = "<graphics type='vnc' port='5901' autoport='no'/>";
    check_devices(own, own);
    check_devices("<vsock><cid auto='yes' address='7'/></vsock>", "<vsock><cid auto='yes'/></vsock>");
    let own = "<vsock><cid auto='no' address='7'/></vsock>";
    check_devices(own, own);
}

#[test]
fn labels_that_libvirt_made_up_go() {
    let domain = |id: &str, rest: &str| {
        let xml = format!("<domain type='kvm'{id}><name>x</name>{rest}<os><type>hvm</type></os></domain>");
        format_xml(xml.as_bytes(), None, Target::NEWEST)
            .xml
            .unwrap_or_else(|| panic!("it should be valid: {xml}"))
    };
    let made_up = "<seclabel type='dynamic' model='dac' relabel='yes'><label>+1:+1</label><imagelabel>+1:+1</imagelabel></seclabel>";
    assert_eq!(definition(&domain(" id='1'", made_up)), domain("", ""));
    let base = "<seclabel type='dynamic' model='selinux'><baselabel>a:b:c</baselabel></seclabel>";
    let filled = base.replace("<base", "<label>a:b:c:s1</label><base");
    assert_eq!(definition(&domain(" id='1'", &filled)), domain("", base));
    let own = "<seclabel type='static' model='dac'><label>+1:+1</label></seclabel>";
    assert_eq!(definition(&domain(" id='1'", own)), domain("", own));
    let partition = |name: &str| format!("<resource><partition>{name}</partition></resource>");
    assert_eq!(definition(&domain(" id='1'", &partition("/machine"))), domain("", ""));
    assert_eq!(definition(&domain(" id='1'", &partition("/web"))), domain("", &partition("/web")));
}

/// libvirt prints the namespaces of metadata on the element itself, wherever they were declared.
#[test]
fn metadata_keeps_its_namespaces() {
    let network =
        |root: &str, metadata: &str| format!("<network{root}>\n  <name>x</name>\n{metadata}</network>\n");
    let kept = network("", "  <metadata xmlns:a=\"http://a\">\n    <a:b a:c=\"d\"/>\n  </metadata>\n");
    assert_eq!(format_xml(kept.as_bytes(), None, Target::NEWEST).xml.as_ref(), Some(&kept));
    assert_eq!(definition(&kept), kept);
    let outside =
        network(" xmlns:a='http://a' xmlns:unused='http://unused'", "<metadata><a:b a:c='d'/></metadata>");
    assert_eq!(definition(&outside), kept);
    let inside = network("", "  <metadata>\n    <a:b xmlns:a=\"http://a\" a:c=\"d\"/>\n  </metadata>\n");
    assert_eq!(definition(&inside), inside);
}

/// Runs virsh on a QEMU driver of its own, without a daemon, and gives what it prints for each command.
fn virsh(dir: &Dir, root: &str, commands: &[&str]) -> Result<Vec<String>, String> {
    const MARK: &str = "=== next ===";
    dir.write(
        &format!("{root}/etc/qemu.conf"),
        "stdio_handler = \"file\"\nsecurity_driver = \"none\"\nuser = \"+0\"\ngroup = \"+0\"\n",
    );
    let uri = format!("qemu:///embed?root={}", dir.path().join(root).display());
    let script = commands.join(&format!("; echo {MARK}; "));
    let mut command = Command::new("timeout");
    command.args(["120", "virsh", "--connect", &uri, &script]).env("LC_ALL", "C").current_dir(dir.path());
    let output = command.output().map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let parts: Vec<String> = printed.split(MARK).map(|part| format!("{}\n", part.trim())).collect();
    match output.status.success() && parts.len() == commands.len() {
        true => Ok(parts),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// A guest that really runs: its description, imported and compiled, defines the guest that it was.
#[test]
fn a_running_guest_is_imported_as_it_was_defined() {
    let tools = ["qemu-system-x86_64", "qemu-img"];
    let there = |tool: &&str| {
        Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    if !libvirt::have_virsh() || !tools.iter().all(there) {
        return skip::say("there is no QEMU here");
    }
    let dir = Dir::new();
    let place = |name: &str| dir.path().join(name).display().to_string();
    for arguments in [&["base.qcow2", "1M"] as &[&str], &["top.qcow2", "-b", "base.qcow2", "-F", "qcow2"]] {
        let mut image = Command::new("qemu-img");
        let made =
            image.args(["create", "-q", "-f", "qcow2"]).args(arguments).current_dir(dir.path()).status();
        assert!(made.is_ok_and(|status| status.success()), "qemu-img should make an image");
    }
    let emulator = ["/usr/bin", "/usr/local/bin", "/run/current-system/sw/bin"].iter();
    let emulator = emulator
        .map(|folder| format!("{folder}/qemu-system-x86_64"))
        .find(|path| fs::exists(path).unwrap_or(false));
    let Some(emulator) = emulator else { return skip::say("QEMU is in no usual place") };
    let guest = format!(
        "<domain type='qemu'><name>tiny</name>
           <metadata xmlns:app='http://example.org/app'><app:note app:by='me'>hello</app:note></metadata>
           <memory>65536</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
           <cpu mode='maximum' check='none'/>
           <devices><emulator>{emulator}</emulator>
             <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>
               <target dev='vda' bus='virtio'/><alias name='ua-system'/></disk>
             <interface type='user'><model type='virtio'/></interface>
             <serial type='pty'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
             <graphics type='vnc' autoport='yes' listen='127.0.0.1'/><video><model type='virtio'/></video>
             <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
           </devices></domain>",
        place("top.qcow2")
    );
    dir.write("guest.xml", guest);
    let commands =
        ["define guest.xml", "start tiny", "dumpxml tiny", "dumpxml --inactive tiny", "destroy tiny"];
    let printed = match virsh(&dir, "first", &commands) {
        Ok(printed) => printed,
        // A sandbox may well forbid what a guest needs.
        Err(error) => return skip::say(&format!("no guest can be started here: {error}")),
    };
    let (running, defined) = (&printed[2], &printed[3]);
    assert!(running.contains("id='1'") && running.contains("index='2'"), "it should have run:\n{running}");
    let compiled = definition(running);
    dir.write("again.xml", &compiled);
    let again = virsh(&dir, "second", &["define again.xml", "dumpxml --inactive tiny"]);
    let again = again.unwrap_or_else(|error| panic!("it should be defined again: {error}\n{compiled}"));
    assert_eq!(&again[1], defined, "defined again, the guest should be the same");
    // libvirt wrote both.
    for xml in [running, defined] {
        assert_eq!(
            format_xml(xml.as_bytes(), None, Target::NEWEST).xml.as_ref(),
            Some(xml),
            "fmt should leave it alone"
        );
    }
}
