//! The tables against the schemas of several versions of libvirt: its own test files, and documents with everything that
//! one version has and another has not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use nixvirt_compiler::{Severity, Target, format_xml};
use nixvirt_schema::{Version, all_kinds, kind};
use nixvirt_tests::command::{Dir, domain};
use nixvirt_tests::libvirt::{self, Verdict};
use nixvirt_tests::{corpus, skip};
use serde_json::{Value, json};

/// A TDX guest, as 12.8 prints it.
const CONFIDENTIAL: &str = include_str!("../fixtures/versions/tdx.xml");

/// Our errors for a document and a version.
fn errors(xml: &[u8], kind_name: &str, target: Target) -> Vec<String> {
    let outcome = format_xml(xml, kind(kind_name), target);
    let errors = outcome.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|error| format!("{}: {}: {}", error.problem.code().name, error.path, error.problem)).collect()
}

/// A file that the schema of a version takes, we take for that version; what it refuses, we refuse, but for the reasons
/// that `corpus.rs` lists for the newest version.
#[test]
fn every_version_takes_the_files_that_its_schema_takes() {
    let files = corpus::files();
    let mut problems = Vec::new();
    let mut table = String::from("libvirt   kind        taken by the schema, by us    refused, by us\n");
    for schemas in libvirt::versions() {
        for kind in all_kinds() {
            let Some(schema) = schemas.of(kind.name) else { continue };
            let files: Vec<&corpus::File> = files.iter().filter(|file| file.kind == kind.name).collect();
            let texts: Vec<String> =
                files.iter().map(|file| String::from_utf8_lossy(&file.xml).into_owned()).collect();
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            let mut count = |what| *counts.entry(what).or_default() += 1;
            for (file, verdict) in files.iter().zip(libvirt::verdicts(&schema, &texts, 60)) {
                let ours = errors(&file.xml, kind.name, schemas.target());
                match verdict {
                    Verdict::Accepts if ours.is_empty() => count("both"),
                    Verdict::Accepts => {
                        count("theirs");
                        problems.push(format!("{} {}: {}", schemas.version, file.name, ours.join("\n    ")));
                    }
                    Verdict::Refuses(_) if ours.is_empty() => count("ours"),
                    Verdict::Refuses(_) => count("neither"),
                    Verdict::Unknown => {}
                }
            }
            let of = |what: &str| counts.get(what).copied().unwrap_or(0);
            let taken = of("both") + of("theirs");
            let refused = of("neither") + of("ours");
            let _ = writeln!(
                table,
                "{:<9} {:<9} {taken:>10} {:>17} {refused:>13} {:>7}",
                schemas.version.to_string(),
                kind.name,
                of("both"),
                of("neither"),
            );
        }
    }
    skip::print(&format!("versions:\n{table}"));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The story of issue reports: what a version does not have is named with the version that has it.
#[test]
fn what_a_version_lacks_is_said_with_the_version_that_has_it() {
    let tdx = CONFIDENTIAL;
    let older = Target::of(Version::parse("11.3.0").expect("a version")).0;
    assert_eq!(errors(tdx.as_bytes(), "domain", Target::NEWEST), Vec::<String>::new());
    let said = errors(tdx.as_bytes(), "domain", older).join("\n");
    assert_eq!(
        said,
        "libvirt-version: launchSecurity.type: \"tdx\" exists since libvirt 11.10.0; this is for libvirt 11.3.0"
    );
    let nvme = include_str!("../fixtures/versions/nvme.xml");
    assert_eq!(errors(nvme.as_bytes(), "domain", Target::NEWEST), Vec::<String>::new());
    let said = errors(nvme.as_bytes(), "domain", older);
    assert!(!said.is_empty() && said.iter().all(|line| line.contains("since libvirt 11.5.0")), "{said:?}");
}

/// Several of what may stand once in an old version are said to be too many for it.
#[test]
fn a_second_device_that_an_old_version_does_not_take_is_said() {
    let xml = "<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm</type></os><devices>\
               <iommu model='virtio'/><iommu model='virtio'/></devices></domain>";
    let for_version = |text| Target::of(Version::parse(text).expect("a version")).0;
    assert_eq!(errors(xml.as_bytes(), "domain", for_version("11.10.0")), Vec::<String>::new());
    assert_eq!(
        errors(xml.as_bytes(), "domain", for_version("11.9.0")),
        [
            "libvirt-version: devices.iommu[1]: more than one `iommu` in `devices` exists since libvirt 11.10.0; this is \
          for libvirt 11.9.0"
        ]
    );
}

#[test]
fn explain_says_since_which_libvirt_there_is_something() {
    let dir = Dir::new();
    let said = |place: &str| dir.run(["explain", place]).succeeds().stdout;
    assert!(said("hwuuid").contains("hwuuid (since libvirt 11.7.0): "));
    assert!(said("devices").contains("pstore (since libvirt 10.6.0): "));
    assert!(said("devices.disk.target").contains("dpofua (since libvirt 11.10.0): "));
    assert!(said("devices.disk.model").contains("`usb-bot` (since libvirt 11.5.0)"));
}

#[test]
fn what_a_libvirt_does_not_have_is_an_error() {
    let dir = Dir::new();
    dir.write("vm.xml", CONFIDENTIAL);
    let mut spec = domain("vm", json!({}));
    spec["hwuuid"] = json!("3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3");
    dir.write("vm.json", spec.to_string());
    let says = "exists since libvirt 11.7.0; this is for libvirt 11.3.0";
    dir.run(["vm.json"]).succeeds().silent();
    dir.run(["--libvirt", "11.7", "vm.json"]).succeeds().silent();
    dir.run(["--libvirt", "11.3.0", "vm.json"]).fails(1).says(says);
    dir.run(["check", "--libvirt", "11.3.0", "vm.json"]).fails(1).says(says).says("libvirt-version");
    for command in [vec!["check"], vec!["fmt"], vec!["import"]] {
        let run =
            |version: &'static str| dir.run(command.iter().copied().chain(["--libvirt", version, "vm.xml"]));
        run("12.8.0").succeeds();
        run("11.3.0").fails(1).says("\"tdx\" exists since libvirt 11.10.0; this is for libvirt 11.3.0");
    }
    dir.run(["--libvirt", "new", "vm.json"]).fails(2).says("expected a version of libvirt");
}

#[test]
fn a_libvirt_that_is_not_known_counts_as_the_nearest_one() {
    let dir = Dir::new();
    dir.write("vm.xml", CONFIDENTIAL);
    let newer = "note: libvirt 99.0.0 is newer than the newest version known here";
    dir.run(["check", "--libvirt", "99.0.0", "--deny-warnings", "vm.xml"]).succeeds().says(newer);
    let older = "warning: libvirt 8.0.0 is older than the oldest version known here, 9.0.0";
    dir.run(["check", "--libvirt", "8.0.0", "vm.xml"]).fails(1).says(older).says("this is for libvirt 9.0.0");
}

#[test]
fn a_spec_and_a_bundle_say_for_which_libvirt_they_are() {
    let dir = Dir::new();
    let mut spec = domain("vm", json!({}));
    spec["hwuuid"] = json!("3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3");
    let bundle = json!({ "libvirt": "11.3.0", "domains": [{ "spec": spec.clone() }] });
    dir.write("old.json", bundle.to_string());
    dir.run(["-o", "old", "old.json"]).fails(1).says("this is for libvirt 11.3.0");
    dir.write("new.json", bundle.to_string().replace("11.3.0", "12.8.0"));
    dir.run(["-o", "new", "new.json"]).succeeds();
    let index: Value = serde_json::from_str(&dir.read("new/bundle.json")).expect("JSON");
    assert_eq!(index["libvirt"], "12.8.0");
    spec["nixvirt"] = json!({ "libvirt": "11.3.0" });
    dir.write("vm.json", spec.to_string());
    // Its own word wins over that of the command line.
    dir.run(["--libvirt", "12.8.0", "vm.json"]).fails(1).says("this is for libvirt 11.3.0");
    for wrong in [json!(11), json!("latest")] {
        dir.write("old.json", json!({ "libvirt": wrong, "domains": [] }).to_string());
        dir.run(["check", "old.json"]).fails(1).says("libvirt: ").says("expected a version of libvirt");
    }
}
