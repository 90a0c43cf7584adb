//! The same specs with NixVirt: every row of its templates and every case recorded from its own checks gives
//! the same content here, is accepted by libvirt's schema and can be defined in libvirt's test driver. Where that is
//! not so, this file says which, why, and fails once it is no longer needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nixvirt_compiler::{
    CompileOptions, CompileOutcome, Diagnostic, Policy, Severity, Target, compile_spec, parse_json,
};
use nixvirt_tests::libvirt;
use nixvirt_tests::place::checks;
use nixvirt_tests::tree::Tree;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A spec, and what NixVirt makes of it.
struct Case {
    /// `template[3]`, or the name of the files.
    name: String,
    kind: &'static str,
    spec: String,
    theirs: String,
}

/// Why NixVirt takes a spec that is refused here.
struct Refusal {
    cases: &'static [&'static str],
    /// The codes and paths of all errors, in order.
    errors: &'static [(&'static str, &'static str)],
    why: &'static str,
}

const REFUSED: &[Refusal] = &[
    Refusal {
        cases: &[
            "linux[0]",
            "linux[4]",
            "linux[19]",
            "pc[0]",
            "pc[4]",
            "pc[19]",
            "q35[0]",
            "q35[4]",
            "q35[19]",
            "windows[0]",
            "windows[4]",
            "windows[19]",
        ],
        errors: &[
            ("unknown-attribute", "devices.disk[0].backingStore.pool"),
            ("unknown-attribute", "devices.disk[0].backingStore.volume"),
        ],
        why: "NixVirt's templates put the volume of a backing store where libvirt has only a source",
    },
    Refusal {
        cases: &["domain-empty"],
        errors: &[("missing", ""), ("missing", "")],
        why: "libvirt demands a domain's type and os",
    },
    Refusal { cases: &["pool-empty"], errors: &[("missing", "")], why: "libvirt demands a pool's type" },
    Refusal {
        cases: &["domain-issues"],
        errors: &[
            ("missing", ""),
            ("missing", ""),
            ("missing", "devices.interface[1]"),
            ("unknown-attribute", "devices.interface[1].driver.mode"),
        ],
        why: "a piece of a domain, which NixVirt's own check only prints; it drops driver.mode",
    },
    Refusal {
        cases: &["domain-template-lxc"],
        errors: &[
            ("missing", ""),
            ("unknown-attribute", "features.capabilities.audit_read"),
            ("unknown-attribute", "features.capabilities.bpf"),
            ("unknown-attribute", "features.capabilities.checkpoint_restore"),
            ("unknown-attribute", "features.capabilities.perfmon"),
        ],
        why: "a domain without its type, and four capabilities that libvirt's parser does not know",
    },
];

/// Where NixVirt prints something else: case, place, and why ours is right.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("domain-template-lxc", "domain/features/capabilities/audit_read", "libvirt knows no such capability"),
    ("domain-template-lxc", "domain/features/capabilities/bpf", "libvirt knows no such capability"),
    (
        "domain-template-lxc",
        "domain/features/capabilities/checkpoint_restore",
        "libvirt knows no such capability",
    ),
    ("domain-template-lxc", "domain/features/capabilities/perfmon", "libvirt knows no such capability"),
];

/// Cases that libvirt's schema cannot accept, because NixVirt's input is only a piece of an object.
const PIECES: &[(&str, &str)] = &[
    ("domain-empty", "it has no type, no memory and no os"),
    ("domain-issues", "it has no type, no memory and no os"),
    ("domain-template-lxc", "it has no type and no memory"),
    ("pool-empty", "it has no type and no target"),
    ("volume-typical", "libvirt's schema demands a target, its parser does not"),
];

/// Cases that cannot be defined in libvirt's test driver, with the message of virsh.
const UNDEFINED: &[(&str, &str, &str)] = &[
    ("domain-empty", "missing domain type attribute", "a piece of a domain"),
    ("domain-issues", "missing domain type attribute", "a piece of a domain"),
    ("domain-template-lxc", "missing domain type attribute", "a piece of a domain"),
    ("pool-empty", "Missing required attribute 'type'", "a piece of a pool"),
    ("bridge[0]", "network 'default' already exists", "the test driver has a network of that name"),
];

/// All cases; none where NixVirt's results are not here.
fn cases() -> Vec<Case> {
    let checks = checks();
    let read = |name: &str| fs::read_to_string(checks.join(name)).expect("NixVirt's results should be text");
    let rows: Value = serde_json::from_str(&read("templates.json")).expect("templates.json should be JSON");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    for row in rows.as_array().expect("templates.json should be a list") {
        let template = row["template"].as_str().expect("a template").to_owned();
        let count = counts.entry(template.clone()).or_default();
        cases.push(Case {
            name: format!("{template}[{count}]"),
            kind: if template == "bridge" { "network" } else { "domain" },
            spec: row["spec"].to_string(),
            theirs: row["xml"].as_str().expect("XML").to_owned(),
        });
        *count += 1;
    }
    assert_eq!(cases.len(), 84, "the rows of templates.json");
    let files = fs::read_dir(&checks).expect("NixVirt's results").flatten();
    let mut files: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    for name in files.iter().filter_map(|name| name.strip_suffix(".json")) {
        let kinds = ["domain", "network", "pool", "volume"];
        if let Some(kind) = kinds.into_iter().find(|kind| name.starts_with(&format!("{kind}-"))) {
            let (spec, theirs) = (read(&format!("{name}.json")), read(&format!("{name}.xml")));
            cases.push(Case { name: name.to_owned(), kind, spec, theirs });
        }
    }
    assert!(cases.len() >= 84 + 14, "the cases of NixVirt's own checks should be there");
    cases
}

fn compile(case: &Case, policy: Policy, exact: bool) -> CompileOutcome {
    let spec = parse_json(case.spec.as_bytes()).unwrap_or_else(|fault| panic!("{}: {fault:?}", case.name));
    // What libvirt's schema takes, libvirt's QEMU driver may refuse.
    let allow: &[&str] = if case.name == "domain-schema-valid" { &["cpu-cache"] } else { &[] };
    compile_spec(
        spec.value,
        CompileOptions {
            kind: nixvirt_schema::kind(case.kind),
            policy,
            exact,
            allow,
            warn: &[],
            target: Target::NEWEST,
            hosts: &[],
            writes: true,
        },
    )
}

/// The XML of a case, the way a user gets it who has read why it is refused.
fn xml(case: &Case, exact: bool) -> String {
    let lenient = REFUSED.iter().any(|refusal| refusal.cases.contains(&&*case.name));
    let policy = if lenient { Policy::Lenient } else { Policy::Libvirt };
    let outcome = compile(case, policy, exact);
    outcome.xml.unwrap_or_else(|| panic!("{} should compile: {:#?}", case.name, outcome.diagnostics))
}

fn tree(name: &str, xml: &str) -> Tree {
    Tree::read(xml).unwrap_or_else(|error| panic!("{name}: {error} in\n{xml}"))
}

/// Panics with all problems, where there are any.
#[track_caller]
fn no_problems(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn what_is_refused_is_listed() {
    let mut problems = Vec::new();
    let cases = cases();
    for case in &cases {
        let outcome = compile(case, Policy::Libvirt, false);
        let errors = outcome.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let errors: Vec<(&str, String)> =
            errors.map(|diagnostic| (diagnostic.problem.code().name, diagnostic.path.to_string())).collect();
        let errors: Vec<(&str, &str)> = errors.iter().map(|(code, path)| (*code, &**path)).collect();
        let listed = REFUSED.iter().find(|refusal| refusal.cases.contains(&&*case.name));
        let expected = listed.map_or(&[][..], |refusal| refusal.errors);
        if errors != expected {
            let why = listed.map_or("not listed", |refusal| refusal.why);
            problems.push(format!("{} ({why}): {errors:?} instead of {expected:?}", case.name));
        }
        if outcome.xml.is_some() != errors.is_empty() {
            problems.push(format!("{}: there is XML although there are errors, or none without", case.name));
        }
    }
    if !cases.is_empty() {
        let names: BTreeSet<&str> = cases.iter().map(|case| &*case.name).collect();
        let listed = REFUSED.iter().flat_map(|refusal| refusal.cases);
        problems
            .extend(listed.filter(|name| !names.contains(**name)).map(|name| format!("there is no {name}")));
    }
    no_problems(problems);
}

/// The stand-ins for packages are no absolute paths, which libvirt's parser takes and its schema does not.
#[test]
fn stand_ins_are_warnings() {
    for case in cases().iter().filter(|case| !case.spec.contains("_PATH/") && !case.spec.contains("\"BUILD "))
    {
        let warnings = compile(case, Policy::Libvirt, false).diagnostics;
        let stand_in = |one: &&Diagnostic| one.problem.code().name == "outside-schema";
        assert_eq!(
            warnings.iter().filter(stand_in).count(),
            0,
            "{} has no stand-ins, so nothing to warn of",
            case.name
        );
    }
    for case in cases().iter().filter(|case| case.spec.contains("QEMU_PATH/")) {
        let warnings = compile(case, Policy::Libvirt, false).diagnostics;
        let emulator = warnings.iter().find(|warning| warning.path.to_string() == "devices.emulator");
        let emulator =
            emulator.unwrap_or_else(|| panic!("{} should have a warning: {warnings:#?}", case.name));
        assert_eq!((emulator.severity, emulator.problem.code().name), (Severity::Warning, "outside-schema"));
    }
}

#[test]
fn the_content_is_the_same() {
    let mut problems = Vec::new();
    let mut found = BTreeSet::new();
    let cases = cases();
    for case in &cases {
        let (ours, theirs) = (tree(&case.name, &xml(case, true)), tree(&case.name, &case.theirs));
        for difference in ours.differences(&theirs) {
            let listed =
                DIFFERENT.iter().find(|(name, place, _)| (*name, *place) == (&case.name, &difference.place));
            match listed {
                Some((name, place, _)) => _ = found.insert((*name, *place)),
                None => problems.push(format!("{}: {difference}", case.name)),
            }
        }
    }
    if !cases.is_empty() {
        let stale = DIFFERENT.iter().filter(|(name, place, _)| !found.contains(&(*name, *place)));
        problems.extend(
            stale.map(|(name, place, _)| format!("{name}: {place} is listed as different and is not")),
        );
    }
    no_problems(problems);
}

/// Without `--exact` comes what NixVirt's apply step would add: a uuid, and MAC addresses by its rule.
#[test]
fn what_is_derived_is_right() {
    let mut problems = Vec::new();
    for case in &cases() {
        let mut expected = tree(&case.name, &xml(case, true));
        add_derived(case.kind, &mut expected);
        let ours = tree(&case.name, &xml(case, false));
        problems.extend(
            ours.differences(&expected).iter().map(|difference| format!("{}: {difference}", case.name)),
        );
    }
    no_problems(problems);
}

/// The rules of the spec language on derived values, worked out by other means than the compiler's.
fn add_derived(kind: &str, object: &mut Tree) {
    if kind == "volume" {
        return;
    }
    if object.child("uuid").is_none() {
        let name = object.child("name").map_or("", |name| &*name.text);
        let namespace = Uuid::from_bytes(*b"nixvirt-objects:");
        let uuid = Uuid::new_v5(&namespace, format!("{kind}/{name}").as_bytes());
        object.children.push(Tree::leaf("uuid", &uuid.to_string()));
    }
    let uuid = object.child("uuid").map(|uuid| Uuid::parse_str(&uuid.text).expect("a uuid"));
    let uuid = uuid.expect("there is one now");
    let mac = |index: u32| {
        let mut bytes = uuid.as_bytes().to_vec();
        bytes.extend(index.to_be_bytes());
        let hash = Sha256::digest(&bytes);
        let mut mac = Tree::leaf("mac", "");
        let address = format!("52:54:00:{:02x}:{:02x}:{:02x}", hash[0], hash[1], hash[2]);
        mac.attributes.insert("address".to_owned(), address);
        mac
    };
    match kind {
        "domain" => {
            let interfaces = object.child_or_new("devices").children.iter_mut();
            let interfaces = interfaces.filter(|device| device.name == "interface");
            for (index, interface) in (0..).zip(interfaces) {
                if interface.child("mac").is_none() {
                    interface.children.push(mac(index));
                }
            }
            object.children.retain(|child| child.name != "devices" || !child.children.is_empty());
        }
        "network" if object.child("mac").is_none() => {
            let mode = object
                .child("forward")
                .map(|forward| forward.attributes.get("mode").map_or("nat", |mode| mode));
            if matches!(mode, None | Some("nat" | "route")) {
                object.children.push(mac(0));
            }
        }
        _ => {}
    }
}

/// The XML of a case with its stand-ins made what they stand for.
fn real_xml(case: &Case) -> String {
    let real = [("OVMFFull_FD_PATH", "/OVMF"), ("QEMU_PATH", "/QEMU"), ("BUILD virtio", "/BUILD/virtio")];
    let spec = real.iter().fold(case.spec.clone(), |spec, (stand_in, path)| spec.replace(stand_in, path));
    xml(&Case { name: case.name.clone(), kind: case.kind, spec, theirs: String::new() }, false)
}

#[test]
fn libvirts_schema_accepts_it() {
    let mut problems = Vec::new();
    let cases = cases();
    for kind in ["domain", "network", "pool", "volume"] {
        let ours = cases.iter().filter(|case| case.kind == kind);
        let documents: Vec<(String, String)> = ours.map(|case| (case.name.clone(), real_xml(case))).collect();
        if documents.is_empty() {
            continue;
        }
        let Some(refused) = libvirt::refused_by_schema(kind, &documents) else { return };
        for (name, _) in &documents {
            match (refused.get(name), PIECES.iter().find(|(piece, _)| piece == name)) {
                (None, None) | (Some(_), Some(_)) => {}
                (Some(said), None) => problems.push(format!("{name}: {said}")),
                (None, Some((_, why))) => problems.push(format!("{name} is listed ({why}), but accepted")),
            }
        }
    }
    no_problems(problems);
}

#[test]
fn libvirt_defines_it() {
    if !libvirt::have_virsh() {
        return;
    }
    let mut problems = Vec::new();
    for case in &cases() {
        // The test driver, unlike QEMU's, adds no USB controller for the devices that need one.
        let xml = real_xml(case).replace("</emulator>", "</emulator><controller type='usb' index='0'/>");
        let listed = UNDEFINED.iter().find(|(name, ..)| *name == case.name);
        match (libvirt::define(case.kind, &xml), listed) {
            (Ok(()), None) => {}
            (Ok(()), Some((_, _, why))) => {
                problems.push(format!("{} is listed ({why}), but defined", case.name))
            }
            (Err(said), Some((_, expected, _))) if said.contains(expected) => {}
            (Err(said), _) => problems.push(format!("{}: {said}", case.name)),
        }
    }
    no_problems(problems);
}
