//! Variations of definitions, judged by libvirt's daemon and by `check`: what `define` refuses, we refuse, and what it takes, we take.
//!
//! Verdicts that only the emulator or the host can give are not compared: see [`OF_THE_HOST`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use nixvirt_compiler::check::{Rule, rules};
use nixvirt_compiler::codes::Example;
use nixvirt_compiler::{CompileOptions, Severity, Target, check_xml, codes};
use nixvirt_schema::Version;
use regex::Regex;

use crate::amount::{how_many, nightly};
use crate::command::Dir;
use crate::daemon::{JUDGED, Judge};
use crate::markup::{Markup, Namespaces};
use crate::random::Random;
use crate::vary::Variations;
use crate::{corpus, place, skip};

/// The input of the comparison for one kind.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// The name of the kind.
    pub kind: &'static str,
    /// How many variations a usual run and a nightly run take.
    pub many: (usize, usize),
    /// How many in a hundred of what libvirt refuses we refuse at least.
    pub caught: f64,
    /// Whether variations that the grammar refuses are judged as well: of filters and secrets, libvirt refuses hardly anything
    /// else, and without them nothing would show that it is asked at all.
    pub grammar: bool,
}

/// The aims for the libvirt that is installed. [`compare`] says what a small sample leaves to chance.
pub const AIMS: &[Aim] = &[
    Aim { kind: "domain", many: (500, 5000), caught: 95.0, grammar: false },
    Aim { kind: "network", many: (200, 1000), caught: 95.0, grammar: false },
    Aim { kind: "pool", many: (100, 1000), caught: 95.0, grammar: false },
    Aim { kind: "volume", many: (100, 1000), caught: 95.0, grammar: false },
    Aim { kind: "nwfilter", many: (100, 1000), caught: 95.0, grammar: true },
    Aim { kind: "secret", many: (50, 1000), caught: 95.0, grammar: true },
];

/// Messages of libvirt's that speak of the emulator or the host, and not of the definition alone.
pub static OF_THE_HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        "Unable to find .* firmware|by this QEMU binary|with this QEMU binary|this QEMU|QEMU binary|",
        "emulator .* (does not support|not found)|does not support (virttype|arch|machine)|host doesn't support|",
        "host CPU|host NUMA|Cannot find suitable CPU model|unknown CPU model|Unable to find any emulator|",
        "TPM version .* is not supported|swtpm|The QEMU executable|TLS is disabled in qemu.conf|does not support virt type|",
        "is not an SR-IOV Virtual Function|does not support video model|",
        // A volume goes by its pool, which the definition does not name, and by the images there and their programs.
        "Failed to probe capabilities|Secret not found|backing storage not supported for|inaccessible backing store|\
         unknown volume format type|No space left on device|Not enough free space|backing file|backing store|qemu-img|chown|chmod|File too large",
    ))
    .expect("a regular expression")
});

/// Codes of errors that libvirt does not make: it takes what is refused here for the sake of the host.
const OURS_ALONE: &[&str] = &["store-share-writable"];

/// A small definition from a public bug report, and what libvirt 11.3 was recorded to say of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of its file.
    pub name: String,
    /// The definition, in libvirt's XML.
    pub xml: String,
    /// Whether libvirt refuses it.
    pub refused: bool,
}

/// The definitions in `tests/cases`, with the verdicts of `verdicts.tsv` there.
pub fn cases() -> Vec<Case> {
    let folder = place::root().join("tests/cases");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file of the cases");
    let case = |line: &str| {
        let mut columns = line.split('\t');
        let (name, verdict) = (columns.next().expect("a name"), columns.next().expect("a verdict"));
        let refused = match verdict {
            "refused" => true,
            "ok" => false,
            other => panic!("{name}: `{other}` is no verdict"),
        };
        Case { name: name.to_owned(), xml: read(name), refused }
    };
    read("verdicts.tsv").lines().skip(1).map(case).collect()
}

/// Definitions of ours: the templates, and the right examples of the rules.
pub fn own(kind: &str, namespaces: &mut Namespaces) -> Vec<Markup> {
    let dir = Dir::new();
    let rules = rules::all().filter(|rule| rule.kind == kind);
    let mut found: Vec<String> = rules.filter_map(|rule| example_xml(&dir, rule, rule.code.right)).collect();
    if kind == "domain" {
        for template in ["linux", "nixos", "windows", "pc", "q35"] {
            let mut spec = serde_json::json!({ "template": template, "name": "web", "memory": 4194304 });
            match template {
                "windows" => spec["nvram_path"] = "/var/lib/libvirt/qemu/nvram/web.fd".into(),
                "nixos" => {
                    spec["nixos"] =
                        "/nix/store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-nixos-system-web-26.05".into();
                    spec["kernel_params"] = "console=ttyS0".into();
                    // libvirt 9.0 has no read-only virtiofs.
                    spec["share"] = "store".into();
                    spec["driver"] = "9p".into();
                }
                _ => {}
            }
            dir.write("template.json", spec.to_string());
            found.push(dir.run(["template.json"]).succeeds().stdout);
        }
    }
    found.iter().map(|xml| Markup::read(xml, namespaces).expect("our own XML")).collect()
}

/// The XML of an example of a rule; nothing where the rule has none.
fn example_xml(dir: &Dir, rule: &Rule, example: Example) -> Option<String> {
    let (text, language) = example.text()?;
    if language == "xml" {
        return Some(text.to_owned());
    }
    let file = format!("example.{language}");
    dir.write(&file, text);
    Some(dir.run(["--allow", rule.code.name, &file]).succeeds().stdout)
}

/// Whether a valid test file of libvirt's can be given to the daemon. Of domains, only the tests of QEMU's driver: those of
/// others would be judged by libvirt's test driver, which looks at little.
pub fn is_judged(file: &corpus::File) -> bool {
    file.valid && JUDGED.contains(&file.kind) && (file.kind != "domain" || file.name.contains("qemuxml"))
}

/// The definitions that are varied.
fn bases(kind: &str, namespaces: &mut Namespaces) -> Vec<Markup> {
    let files = corpus::files().into_iter();
    let files = files.filter(|file| file.kind == kind && !file.refused && is_judged(file));
    let read = |file: corpus::File| Markup::read(&String::from_utf8(file.xml).ok()?, namespaces).ok();
    let mut found: Vec<Markup> = files.filter_map(read).collect();
    found.extend(own(kind, namespaces));
    found
}

/// The codes of the errors that we have of XML for a libvirt, and whether the grammar has some among them.
pub fn ours(xml: &str, target: Target) -> (BTreeSet<&'static str>, bool) {
    let found = check_xml(xml.as_bytes(), CompileOptions { target, ..CompileOptions::DEFAULT }).diagnostics;
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    let codes: BTreeSet<&str> = errors.map(|found| found.problem.code().name).collect();
    let grammar = codes.iter().any(|code| !rules::codes().contains(code));
    (codes, grammar)
}

/// A message without what is particular to one definition.
pub fn shape(message: &str) -> String {
    static PARTICULAR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"'[^']*'|[0-9a-fA-F]*\d[0-9a-fA-F:.]*").expect("a regular expression"));
    PARTICULAR.replace_all(message, "_").chars().take(100).collect()
}

/// Varies one kind and compares for the daemon's libvirt. The answer is what is wrong.
pub fn compare(judge: &Judge, aim: &Aim, seed: u64) -> Vec<String> {
    let mut namespaces = Namespaces::new();
    let mut variations = Variations::new(bases(aim.kind, &mut namespaces));
    if aim.grammar {
        variations = variations.without_attributes();
    }
    let mut random = Random::new(seed);
    let wanted = how_many(aim.many.0, aim.many.1);
    let mut definitions = Vec::with_capacity(wanted);
    let mut said = BTreeMap::new();
    while definitions.len() < wanted {
        let xml = variations.one(&mut random).write(&namespaces);
        let (found, grammar) = ours(&xml, judge.target());
        if !grammar || aim.grammar {
            let name = format!("{:05}", definitions.len());
            said.insert(name.clone(), found);
            definitions.push((name, xml));
        }
    }
    let verdicts = judge.verdicts(&definitions);
    let (mut refused, mut caught, mut host, mut wrong) = (0_usize, 0_usize, 0_usize, Vec::new());
    let mut missed: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    // What libvirt's parser says, whatever the driver.
    let (mut by_parser, mut by_parser_caught) = (0_usize, 0_usize);
    for (name, xml) in &definitions {
        let found = &said[name];
        if verdicts[name].as_ref().is_some_and(|message| message.starts_with("XML error")) {
            by_parser += 1;
            by_parser_caught += usize::from(!found.is_empty());
        }
        match (&verdicts[name], found.is_empty()) {
            (None, true) => {}
            // libvirt takes the first of several and drops the others in silence, with whatever is wrong with them; we lose nothing of
            // what people wrote.
            (None, false)
                if found.contains(codes::REPEATED.name)
                    || found.contains(codes::LIBVIRT_VERSION.name)
                    || found.iter().all(|code| OURS_ALONE.contains(code)) => {}
            (None, false) => wrong.push((format!("{found:?}"), xml.clone())),
            (Some(_), false) => {
                refused += 1;
                caught += 1;
            }
            (Some(message), true) if OF_THE_HOST.is_match(message) => host += 1,
            (Some(message), true) => {
                refused += 1;
                missed.entry(shape(message)).or_default().push((message, xml));
            }
        }
    }
    let share = if refused == 0 { 100.0 } else { 100.0 * caught as f64 / refused as f64 };
    skip::print(&format!(
        "{}: of {wanted} variations (seed {seed}), libvirt {} refuses {refused}, and {host} for what the host has; we refuse \
         {caught} of them ({share:.1} %; {by_parser_caught} of {by_parser} that its parser refuses), and {} that it takes",
        aim.kind,
        judge.target().libvirt,
        wrong.len()
    ));
    let mut most: Vec<_> = missed.iter().collect();
    most.sort_by_key(|(shape, examples)| (std::cmp::Reverse(examples.len()), shape.as_str()));
    for (_, examples) in most.iter().take(how_many(15, 80)) {
        skip::print(&format!("  {:4} {}", examples.len(), examples[0].0));
    }
    keep(aim.kind, &most);
    let false_ones: Vec<(&str, &str)> =
        wrong.iter().map(|(codes, xml)| (codes.as_str(), xml.as_str())).collect();
    for (codes, _) in &false_ones {
        skip::print(&format!("  libvirt takes what we refuse by {codes}"));
    }
    keep(&format!("taken-{}", aim.kind), &[(&String::new(), &false_ones)]);
    let wrong: Vec<String> =
        wrong.iter().map(|(codes, xml)| format!("{codes}: libvirt takes it:\n{xml}")).collect();
    // One in a thousand is to be looked at; more is a fault, and so is a single one of a small sample.
    let too_many = wrong.len() * 1000 > wanted;
    let mut faults = if too_many { wrong } else { Vec::new() };
    // A small sample may have more of the missed ones than its share: three standard deviations are left to chance.
    let allowed = refused as f64 * (1.0 - aim.caught / 100.0);
    let chance = if nightly() { 0.0 } else { 3.0 * allowed.sqrt() };
    if (refused - caught) as f64 > allowed + chance {
        faults.push(format!(
            "{}: {share:.1} % of what libvirt refuses are refused, less than {} %",
            aim.kind, aim.caught
        ));
    }
    faults
}

/// Keeps an example of each message that we have nothing for, where `NIXVIRT_KEEP` names a folder for them.
fn keep(kind: &str, missed: &[(&String, &Vec<(&str, &str)>)]) {
    let Some(folder) = std::env::var_os("NIXVIRT_KEEP").map(std::path::PathBuf::from) else { return };
    for (index, (_, examples)) in missed.iter().enumerate() {
        for (number, (message, xml)) in examples.iter().take(5).enumerate() {
            let file = folder.join(format!("{kind}-{index:03}-{number}.xml"));
            let message = message.replace("--", "- -");
            fs::write(file, format!("<!-- {message} -->\n{xml}")).expect("a file in NIXVIRT_KEEP");
        }
    }
}

/// Right examples that an old libvirt refuses, with the version that certainly takes them, and why.
const RIGHT_LATER: &[(&str, &str, &str)] = &[
    ("store-share-writable right", "11.3.0", "virtiofs of 9.0 has no read-only shares"),
    (
        "max-memory-below right",
        "11.3.0",
        "9.0 wants NUMA cells for memory that is plugged in, and does not add one",
    ),
    ("port-forward right", "11.3.0", "the parser of 9.0 refuses the word `passt`, which its schema has"),
];

/// Whether the libvirt of a daemon is too old for a right example.
fn is_excepted(name: &str, judge: &Judge) -> bool {
    let later = |version| Version::parse(version).is_some_and(|version| judge.target().libvirt < version);
    RIGHT_LATER.iter().any(|(example, version, _)| *example == name && later(version))
}

/// Asks the daemon of the examples of each rule. The answer is where it says otherwise than the rule.
pub fn examples(judge: &Judge) -> Vec<String> {
    let dir = Dir::new();
    let mut definitions = Vec::new();
    for rule in rules::all() {
        for (which, example) in [("wrong", rule.code.wrong), ("right", rule.code.right)] {
            let Some(xml) = example_xml(&dir, rule, example) else { continue };
            definitions.push((format!("{} {which}", rule.code.name), xml));
        }
    }
    let fault = |((name, xml), verdict): (&(String, String), Option<String>)| {
        let (codes, _) = ours(xml, judge.target());
        match verdict {
            // Of what it does not know, an older libvirt says nothing.
            None if codes.contains(codes::LIBVIRT_VERSION.name)
                || codes.iter().all(|code| OURS_ALONE.contains(code)) && !codes.is_empty() =>
            {
                None
            }
            None if !codes.is_empty() => Some(format!("{name}: libvirt takes it; we: {codes:?}")),
            Some(message)
                if codes.is_empty() && !is_excepted(name, judge) && !OF_THE_HOST.is_match(&message) =>
            {
                Some(format!("{name}: libvirt refuses it: {message}"))
            }
            _ => None,
        }
    };
    let mut verdicts = judge.verdicts(&definitions);
    let verdict = |definition: &(String, String)| verdicts.remove(&definition.0).flatten();
    definitions.iter().zip(definitions.iter().map(verdict).collect::<Vec<_>>()).filter_map(fault).collect()
}
