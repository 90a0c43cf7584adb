//! `check` against libvirt's own daemon: what `define` refuses, we refuse, and what it takes, we take. The definitions are
//! variations of libvirt's test files and of our own documents, and the examples of the rules.
//!
//! What only the emulator or the host can know is no fault of ours: see [`OF_THE_HOST`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use nixvirt_compiler::check::rules;
use nixvirt_compiler::{CompileOptions, Severity, Target, check_xml, codes, format_xml};
use nixvirt_tests::amount::{how_many, nightly, seed};
use nixvirt_tests::command::Dir;
use nixvirt_tests::corpus;
use nixvirt_tests::daemon::{JUDGED, Judge};
use nixvirt_tests::libvirt;
use nixvirt_tests::markup::{Markup, Namespaces};
use nixvirt_tests::random::Random;
use nixvirt_tests::skip;
use nixvirt_tests::tree::Tree;
use nixvirt_tests::vary::Variations;
use regex::Regex;

/// What one kind is held to.
struct Aim {
    kind: &'static str,
    /// How many variations a usual run and a nightly run take.
    many: (usize, usize),
    /// How many in a hundred of what libvirt refuses we refuse at least.
    caught: f64,
    /// Whether variations that the grammar refuses are judged as well: of filters and secrets, libvirt refuses hardly anything
    /// else, and without them nothing would show that it is asked at all.
    grammar: bool,
}

/// The share that is caught may not fall. Of the small number that a usual run has, one more may be missed.
const AIMS: &[Aim] = &[
    Aim { kind: "domain", many: (500, 5000), caught: 95.0, grammar: false },
    Aim { kind: "network", many: (200, 1000), caught: 95.0, grammar: false },
    Aim { kind: "pool", many: (100, 1000), caught: 95.0, grammar: false },
    Aim { kind: "volume", many: (100, 1000), caught: 95.0, grammar: false },
    Aim { kind: "nwfilter", many: (100, 1000), caught: 95.0, grammar: true },
    Aim { kind: "secret", many: (50, 1000), caught: 95.0, grammar: true },
];

/// Messages of libvirt's that speak of the emulator or the host, and not of the definition alone.
static OF_THE_HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        "Unable to find .* firmware|by this QEMU binary|with this QEMU binary|this QEMU|QEMU binary|",
        "emulator .* (does not support|not found)|does not support (virttype|arch|machine)|host doesn't support|",
        "host CPU|host NUMA|Cannot find suitable CPU model|unknown CPU model|Unable to find any emulator|",
        "TPM version .* is not supported|swtpm|The QEMU executable|TLS is disabled in qemu.conf|does not support virt type|",
        "is not an SR-IOV Virtual Function|does not support video model|",
        // A volume goes by its pool, which the definition does not name, and by the images there and their programs.
        "Secret not found|backing storage not supported for|inaccessible backing store|\
         unknown volume format type|No space left on device|Not enough free space|backing file|backing store|qemu-img|chown|chmod|File too large",
    ))
    .expect("a regular expression")
});

/// Definitions of ours: the templates, and the right examples of the rules.
fn own(kind: &str) -> Vec<Markup> {
    let dir = Dir::new();
    let mut found = Vec::new();
    let mut keep = |file: &str| {
        let done = dir.run([file]).done();
        if done.stdout.starts_with('<') {
            found.push(done.stdout);
        }
    };
    for (index, rule) in rules::all().filter(|rule| rule.kind == kind).enumerate() {
        if let Some((text, language)) = rule.code.right.text() {
            let file = format!("{index}.{language}");
            dir.write(&file, text);
            keep(&file);
        }
    }
    if kind == "domain" {
        for template in ["linux", "windows", "pc", "q35"] {
            let spec =
                serde_json::json!({ "template": template, "args": { "name": "web", "memory": 4194304 } });
            dir.write("template.json", spec.to_string());
            keep("template.json");
        }
    }
    let mut namespaces = Namespaces::new();
    found.iter().map(|xml| Markup::read(xml, &mut namespaces).expect("our own XML")).collect()
}

/// The definitions that are varied.
fn bases(kind: &str, namespaces: &mut Namespaces) -> Vec<Markup> {
    let files = corpus::files().into_iter().filter(|file| {
        // The tests of other drivers than QEMU's are judged by libvirt's test driver, which looks at little.
        file.kind == kind
            && file.valid
            && !file.refused
            && (kind != "domain" || file.name.contains("qemuxml"))
    });
    let read = |file: corpus::File| Markup::read(&String::from_utf8(file.xml).ok()?, namespaces).ok();
    let mut found: Vec<Markup> = files.filter_map(read).collect();
    found.extend(own(kind));
    found
}

/// The libvirt that is installed here.
static TARGET: LazyLock<Target> =
    LazyLock::new(|| libvirt::installed().map_or(Target::NEWEST, |version| Target::of(version).0));

/// The codes of the errors that we have of XML, and whether the grammar has some among them.
fn ours(xml: &str) -> (BTreeSet<&'static str>, bool) {
    let found =
        check_xml(xml.as_bytes(), CompileOptions { target: *TARGET, ..CompileOptions::DEFAULT }).diagnostics;
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    let codes: BTreeSet<&str> = errors.map(|found| found.problem.code().name).collect();
    let grammar = codes.iter().any(|code| !rules::codes().contains(code));
    (codes, grammar)
}

/// A message without what is particular to one definition.
fn shape(message: &str) -> String {
    static PARTICULAR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"'[^']*'|[0-9a-fA-F]*\d[0-9a-fA-F:.]*").expect("a regular expression"));
    PARTICULAR.replace_all(message, "_").chars().take(100).collect()
}

/// Varies one kind and compares. The answer is what is wrong.
fn compare(judge: &Judge, aim: &Aim, seed: u64) -> Vec<String> {
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
        let (found, grammar) = ours(&xml);
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
            (None, false) if found.contains(codes::REPEATED.name) => {}
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
        "{}: of {wanted} variations (seed {seed}), libvirt refuses {refused}, and {host} for what the host has; we refuse \
         {caught} of them ({share:.1} %; {by_parser_caught} of {by_parser} that its parser refuses), and {} that it takes",
        aim.kind,
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
    // Of few, a single one is a large share.
    if share < aim.caught && refused - caught > 2 {
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
            std::fs::write(file, format!("<!-- {message} -->\n{xml}")).expect("a file in NIXVIRT_KEEP");
        }
    }
}

/// Holds the variations of a kind against what is aimed at.
fn hold(kind: &str) {
    let aim = AIMS.iter().find(|aim| aim.kind == kind).expect("an aim for each kind");
    let (Some(judge), false) = (Judge::new(), corpus::files().is_empty()) else { return };
    let faults = compare(&judge, aim, seed());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn variations_of_domains_are_judged_as_the_daemon_does() {
    hold("domain");
}

#[test]
fn variations_of_networks_are_judged_as_the_daemon_does() {
    hold("network");
}

#[test]
fn variations_of_pools_are_judged_as_the_daemon_does() {
    hold("pool");
}

#[test]
fn variations_of_volumes_are_judged_as_the_daemon_does() {
    hold("volume");
}

#[test]
fn variations_of_filters_are_judged_as_the_daemon_does() {
    hold("nwfilter");
}

#[test]
fn variations_of_secrets_are_judged_as_the_daemon_does() {
    hold("secret");
}

#[test]
fn the_examples_of_each_rule_are_judged_as_the_daemon_does() {
    let Some(judge) = Judge::new() else { return };
    let dir = Dir::new();
    let mut definitions = Vec::new();
    for rule in rules::all() {
        for (which, example) in [("wrong", rule.code.wrong), ("right", rule.code.right)] {
            let Some((text, language)) = example.text() else { continue };
            let file = format!("{which}.{language}");
            let xml = match language {
                "xml" => text.to_owned(),
                _ => {
                    dir.write(&file, text);
                    dir.run(["--allow", rule.code.name, &file]).succeeds().stdout
                }
            };
            definitions.push((format!("{} {which}", rule.code.name), xml));
        }
    }
    let mut faults = Vec::new();
    // What a rule only warns of is taken when it is defined.
    let warns = |name: &str| {
        rules::all().any(|rule| rule.code.severity != Severity::Error && name.starts_with(rule.code.name))
    };
    for (name, verdict) in judge.verdicts(&definitions) {
        let wrong = name.ends_with("wrong") && !warns(&name);
        match verdict {
            None if wrong => faults.push(format!("{name}: libvirt takes it")),
            Some(message) if !wrong && !OF_THE_HOST.is_match(&message) => {
                faults.push(format!("{name}: libvirt refuses it: {message}"))
            }
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Places of values that we print otherwise than libvirt's daemon, each with the reason.
const PRINTED_OTHERWISE: &str = include_str!("printed-otherwise.tsv");

#[test]
fn values_are_printed_as_libvirt_prints_them() {
    let Some(judge) = Judge::new() else { return };
    let mut files: Vec<corpus::File> = corpus::files()
        .into_iter()
        .filter(|file| file.valid && file.kind != "volume" && JUDGED.contains(&file.kind))
        .collect();
    if files.is_empty() {
        return;
    }
    let mut random = Random::new(seed());
    let wanted = how_many(200, files.len());
    while files.len() > wanted {
        files.swap_remove(random.below(files.len()));
    }
    let text = |file: &corpus::File| String::from_utf8(file.xml.clone()).ok();
    let definitions: Vec<(String, String)> =
        files.iter().filter_map(|file| Some((file.name.clone(), text(file)?))).collect();
    let printed = judge.prints(&definitions);
    let reasons: BTreeMap<&str, &str> = PRINTED_OTHERWISE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("a place and a reason"))
        .collect();
    let (mut values, mut wrong, mut met) = (0, Vec::new(), BTreeSet::new());
    for (name, xml) in &definitions {
        let Some(theirs) = printed.get(name).and_then(Option::as_deref) else { continue };
        let Some(ours) = format_xml(xml.as_bytes(), None, *TARGET).xml else { continue };
        let (Ok(ours), Ok(theirs)) = (Tree::read(&ours), Tree::read(theirs)) else { continue };
        ours.values_beside(&theirs, &mut |place, ours, theirs| {
            values += 1;
            match (ours == theirs, reasons.get_key_value(place)) {
                (true, _) => {}
                (false, Some((listed, _))) => drop(met.insert(*listed)),
                (false, None) => wrong.push(format!("{name}: {place}: {ours:?}, libvirt prints {theirs:?}")),
            }
        });
    }
    assert!(values > definitions.len(), "only {values} values of {} definitions", definitions.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if nightly() {
        let idle: Vec<_> = reasons.keys().filter(|listed| !met.contains(*listed)).collect();
        assert!(idle.is_empty(), "these are printed as libvirt prints them by now: {idle:?}");
    }
}
