//! The rules beyond the grammar: what libvirt says of small definitions from public bug reports, and how a rule is
//! silenced. The examples of each rule are held by the suite `codes`.

use std::collections::BTreeMap;

use nixvirt_compiler::check::rules;
use nixvirt_compiler::{CompileOptions, Severity, Target, check_xml};
use nixvirt_schema::Version;
use nixvirt_tests::command::{Dir, domain};
use nixvirt_tests::corpus;
use nixvirt_tests::verdicts::{Case, cases};
use serde_json::json;

/// The version of libvirt whose verdicts the cases have.
const RECORDED: Version = Version::new(11, 3, 0);

/// Definitions that libvirt refuses and no rule speaks of yet. A case that leaves this list may not come back.
const NOT_YET: &[&str] = &[
    // What firmware there is says the host.
    "f-firmware-features-and-loader.xml",
];

#[test]
fn cases_from_bug_reports_are_judged_as_libvirt_does() {
    let mut faults = Vec::new();
    for Case { name, xml, refused } in cases() {
        let errors: Vec<String> = check_xml(
            xml.as_bytes(),
            CompileOptions { target: Target::of(RECORDED).0, ..CompileOptions::DEFAULT },
        )
        .diagnostics
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| format!("{}: {}", found.problem.code().name, found.problem))
        .collect();
        match (refused, errors.is_empty(), NOT_YET.contains(&&*name)) {
            (true, true, false) => faults.push(format!("{name}: libvirt refuses it, and we do not")),
            (true, false, true) => faults.push(format!("{name}: it is refused now; take it off the list")),
            // What only the schema refuses is an error for XML that is checked.
            (false, false, _) if errors.iter().any(|error| is_of_rule(error)) => {
                faults.push(format!("{name}: libvirt takes it, but {errors:?}"));
            }
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn is_of_rule(error: &str) -> bool {
    rules::codes().iter().any(|code| error.strip_prefix(code).is_some_and(|rest| rest.starts_with(':')))
}

/// Files that libvirt's own tests take without looking at what a rule looks at; libvirt itself refuses them.
const REFUSED_ALL_THE_SAME: &[&str] = &[
    // That it is refused is what libvirt's test of this file is about.
    "chardev-reconnect-invalid-mode.xml",
    "8021Qbh-net.xml",
    "bhyvexml2argv-bhyveload-bootorder5.xml",
    "chardev-tcp-multiple-source.xml",
    "chardev-udp-missing-connect-service.xml",
    "chardev-unix-redirdev-missing-path.xml",
    "chardev-unix-rng-missing-path.xml",
    "chardev-unix-smartcard-missing-path.xml",
    "firmware-auto-efi-rw.x86_64-latest.xml",
    "nat-network-forward-ifaces.xml",
    "openvswitch-net.xml",
    "passthrough-pf.xml",
    "qcow2-no-source.xml",
    "usb-bus-missing.x86_64-latest.xml",
    "vol-qcow2-0.10-lazy.xml",
];

#[test]
fn no_file_that_libvirt_takes_is_refused_by_a_rule() {
    let mut faults = Vec::new();
    for file in corpus::files().into_iter().filter(|file| file.valid && !file.refused) {
        if REFUSED_ALL_THE_SAME.iter().any(|name| file.name.ends_with(name)) {
            continue;
        }
        let options = CompileOptions { target: corpus::target(), ..CompileOptions::DEFAULT };
        let found = check_xml(&file.xml, options).diagnostics;
        let mut found = found.iter().filter(|found| found.severity == Severity::Error);
        let broken = found.find(|found| is_of_rule(&format!("{}:", found.problem.code().name)));
        faults.extend(broken.map(|found| format!("{}: {}", file.name, found.problem)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Our code for each of libvirt's own test files that it refuses.
const REFUSED: &str = include_str!("refused.tsv");

#[test]
fn files_that_libvirt_refuses_are_refused_with_a_code_that_fits() {
    let files: Vec<_> = corpus::files().into_iter().filter(|file| file.refused).collect();
    if files.is_empty() {
        return;
    }
    let mut listed = BTreeMap::new();
    for line in REFUSED.lines().filter(|line| !line.starts_with('#')) {
        let [file, code, note] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}")
        };
        assert!(!note.is_empty() || code != "-", "{file} needs a reason");
        assert!(listed.insert(file, (code, note)).is_none(), "{file} is listed twice");
    }
    let mut faults = Vec::new();
    for file in &files {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        let options = CompileOptions { target: corpus::target(), ..CompileOptions::DEFAULT };
        let found = check_xml(&file.xml, options).diagnostics;
        let has = |severity, code: &str| {
            found.iter().any(|it| it.severity == severity && it.problem.code().name == code)
        };
        let right = match listed.remove(name) {
            Some(("-", _)) => !found.iter().any(|it| it.severity == Severity::Error),
            Some((code, "warning")) => has(Severity::Warning, code),
            Some((code, _)) => has(Severity::Error, code),
            None => false,
        };
        if !right {
            let codes: Vec<&str> = found.iter().map(|it| it.problem.code().name).collect();
            faults.push(format!("{name}: {codes:?}"));
        }
    }
    faults.extend(listed.keys().map(|name| format!("{name} is listed, and is no file of the corpus")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_rule_can_be_silenced_by_its_code() {
    let dir = Dir::new();
    let disk = |file: &str| json!({ "source": { "file": file }, "target": { "dev": "vda" } });
    let mut spec = domain("web", json!({ "disk": [disk("/a.img"), disk("/b.img")] }));
    dir.write("vm.json", spec.to_string());
    dir.run(["vm.json"])
        .fails(1)
        .prints("")
        .says("disk-target-twice")
        .says("`vda`")
        .says("the other disk is here");
    dir.run(["--allow", "disk-target-twice", "vm.json"]).succeeds().silent();
    dir.run(["check", "--allow", "disk-target-twice", "vm.json"]).succeeds().finds_nothing();
    // The grammar is no rule.
    dir.run(["--allow", "bad-value", "vm.json"]).fails(2).says("bad-value");
    dir.run(["--allow", "disk-target-twise", "vm.json"]).fails(2).says("did you mean \"disk-target-twice\"?");
    spec["nixvirt"] = json!({ "allow": ["disk-target-twice"] });
    dir.write("vm.json", spec.to_string());
    let done = dir.run(["vm.json"]).succeeds().silent();
    assert!(!done.stdout.contains("allow"), "{done}");
    for (settings, code) in [
        (json!({ "alow": [] }), "unknown-attribute"),
        (json!({ "allow": "disk-target-twice" }), "wrong-shape"),
        (json!({ "allow": ["bad-value"] }), "bad-value"),
        (json!([]), "wrong-shape"),
    ] {
        spec["nixvirt"] = settings;
        dir.write("vm.json", spec.to_string());
        dir.run(["vm.json"]).fails(1).prints("").says(code);
    }
}

#[test]
fn the_other_place_is_shown_whatever_the_language() {
    let dir = Dir::new();
    dir.write(
        "vm.nix",
        r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; devices.disk = [
  { source.file = "/a.img"; target.dev = "vda"; }
  { source.file = "/b.img"; target.dev = "vda"; }
]; }"#,
    );
    let disk = |file: &str| json!({ "source": { "file": file }, "target": { "dev": "vda" } });
    let spec = domain("web", json!({ "disk": [disk("/a.img"), disk("/b.img")] }));
    dir.write("vm.json", serde_json::to_string_pretty(&spec).expect("JSON"));
    dir.write(
        "vm.xml",
        "<domain type='kvm'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices>
<disk type='file'><source file='/a.img'/><target dev='vda'/></disk>
<disk type='file'><source file='/b.img'/><target dev='vda'/></disk>
</devices></domain>",
    );
    for (file, first) in [("vm.nix", "/a.img"), ("vm.json", "/a.img"), ("vm.xml", "/a.img")] {
        let done = dir.run(["check", "--format", "json", file]).fails(1);
        let found: serde_json::Value = serde_json::from_str(done.for_tools()).expect("JSON");
        let related = &found[0]["related"][0];
        assert_eq!(related["message"], "the other disk is here", "{done}");
        let line = related["line"].as_u64().and_then(|line| usize::try_from(line).ok()).expect("a line");
        // The disk begins there, and its source is on the same line or soon after.
        let text = dir.read(file);
        let after: Vec<&str> = text.lines().skip(line - 1).take(4).collect();
        assert!(after.join("\n").contains(first), "{file}: line {line}\n{done}");
    }
}

/// The wrong examples of the codes whose messages speak of several places, in each language: all places are said in all formats
/// of the command line. The suite `lsp_places` holds that editors are told the same.
#[test]
fn all_places_are_said_in_all_formats() {
    let dir = Dir::new();
    let mut seen = 0;
    for (name, text) in nixvirt_tests::examples::wrong_examples(&dir) {
        dir.write(&name, &text);
        let said = |format: &str| dir.run(["check", "--format", format, &name]).done();
        let json: serde_json::Value = serde_json::from_str(said("json").for_tools()).expect("JSON");
        let sarif: serde_json::Value = serde_json::from_str(said("sarif").for_tools()).expect("SARIF");
        let (short, human) = (said("short").stderr, said("human").stderr);
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        for (found, result) in json.as_array().expect("a list").iter().zip(results) {
            let related = found["related"].as_array().expect("a list");
            let in_sarif = result["relatedLocations"].as_array().map_or(0, Vec::len);
            assert_eq!(related.len(), in_sarif, "{name}: {sarif}");
            for place in related {
                seen += 1;
                let message = place["message"].as_str().expect("a message");
                let (file, line) =
                    (place["file"].as_str().expect("a file"), place["line"].as_u64().expect("a line"));
                let column = place["column"].as_u64().expect("a column");
                assert!(short.contains(&format!("[{message}: {file}:{line}:{column}]")), "{name}: {short}");
                // Frames break long labels.
                let first = message.split(' ').next().expect("a word");
                assert!(human.contains(first), "{name}: {human}");
            }
        }
    }
    assert!(seen > 100, "only {seen} other places were said");
}

/// Definitions that the daemon takes although they look like those that it refuses.
#[test]
fn what_libvirt_does_not_look_at_is_not_refused() {
    let domain = |os: &str, devices: &str| {
        format!(
            "<domain type='qemu'><name>a</name><memory>219136</memory><os>{os}</os><devices>{devices}</devices></domain>"
        )
    };
    let pc = "<type arch='x86_64' machine='pc'>hvm</type>";
    let arm = "<type arch='armv7l' machine='vexpress-a9'>hvm</type>";
    let pseries = "<type arch='ppc64' machine='pseries'>hvm</type>";
    let seven = "<address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>";
    let at_seven = format!("<rng model='virtio'><backend model='random'>/dev/random</backend>{seven}</rng>");
    let disk = "<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><address type='drive'/></disk>";
    let pinned = |vcpu: u8| {
        format!(
            "<cputune><vcpupin vcpu='{vcpu}' cpuset='0'/><vcpupin vcpu='{vcpu}' cpuset='1'/></cputune><os><type>hvm</type></os>"
        )
    };
    let volume = |format: &str| {
        format!(
            "<volume><name>a</name><capacity>1</capacity><target><format type='{format}'/><encryption format='qcow'/></target></volume>"
        )
    };
    for (code, taken, refused) in [
        (
            // A mouse on PS/2 is dropped before anything is said of it.
            "virtio-options",
            domain(pc, "<input type='mouse' bus='ps2'><driver ats='on'/></input>"),
            domain(pc, "<input type='mouse' bus='usb'><driver ats='on'/></input>"),
        ),
        (
            // A device that is not there has no address.
            "pci-address-twice",
            domain(pc, &format!("{at_seven}<memballoon model='none'>{seven}</memballoon>")),
            domain(pc, &format!("{at_seven}<memballoon model='virtio'>{seven}</memballoon>")),
        ),
        (
            // libvirt puts the address of a port of pseries over whatever stands there.
            "ccw-on-machine",
            domain(pseries, "<console type='pty'><address type='ccw'/></console>"),
            domain(pc, "<console type='pty'><address type='ccw'/></console>"),
        ),
        (
            "serial-address",
            domain(pseries, "<serial type='pty'><address type='isa'/></serial>"),
            domain(pc, "<serial type='pty'><address type='usb' bus='0'/></serial>"),
        ),
        // Where there is no PCI, nobody looks at the address of a virtio disk.
        ("disk-address-of-bus", domain(arm, disk), domain(pc, disk)),
        // What is pinned is not there.
        (
            "vcpupin-twice",
            format!("<domain type='qemu'><name>a</name><memory>219136</memory>{}</domain>", pinned(1)),
            format!("<domain type='qemu'><name>a</name><memory>219136</memory>{}</domain>", pinned(0)),
        ),
        // A folder is made, encrypted or not.
        ("volume-encryption", volume("dir"), volume("raw")),
    ] {
        let codes = |xml: &str| -> Vec<&str> {
            let found = check_xml(xml.as_bytes(), CompileOptions::DEFAULT).diagnostics.into_iter();
            found.map(|found| found.problem.code().name).collect()
        };
        assert!(!codes(&taken).contains(&code), "{code}: {taken}");
        assert!(codes(&refused).contains(&code), "{code}: {refused}");
    }
}

#[test]
fn every_rule_names_what_it_mirrors() {
    let mut by_code = BTreeMap::new();
    for rule in rules::all() {
        // What is only likely to be a mistake is so by QEMU's ways, too.
        let prefixes = ["vir", "qemu", "network", "create", "MACHINE_VER"];
        assert!(prefixes.iter().any(|prefix| rule.mirrors.starts_with(prefix)), "{}", rule.mirrors);
        assert!(nixvirt_schema::kind(rule.kind).is_some(), "{}", rule.code.name);
        assert!(by_code.insert(rule.code.name, rule).is_none(), "{}", rule.code.name);
    }
}
