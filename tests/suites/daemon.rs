//! `check` against libvirt's own daemon: what `define` refuses, we refuse, and what it takes, we take. The definitions are
//! variations of libvirt's test files and of our own documents, and the examples of the rules.
//!
//! What only the emulator or the host can know is no fault of ours: see [`OF_THE_HOST`]. The suite `releases` asks the daemons of
//! other versions.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_compiler::format_xml;
use nixvirt_tests::amount::{how_many, nightly, seed};
use nixvirt_tests::corpus;
use nixvirt_tests::daemon::{JUDGED, Judge};
use nixvirt_tests::random::Random;
use nixvirt_tests::tree::Tree;
use nixvirt_tests::verdicts::{AIMS, Case, OF_THE_HOST, cases, compare, examples};

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
    let faults = examples(&judge);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_recorded_verdicts_on_cases_are_the_daemons() {
    let Some(judge) = Judge::new() else { return };
    let cases = cases();
    let definitions: Vec<(String, String)> =
        cases.iter().map(|case| (case.name.clone(), case.xml.clone())).collect();
    let verdicts = judge.verdicts(&definitions);
    let mut faults = Vec::new();
    for Case { name, refused, .. } in &cases {
        let said = verdicts[name].as_deref();
        if said.is_some() != *refused && !said.is_some_and(|said| OF_THE_HOST.is_match(said)) {
            faults.push(format!("{name}: recorded as refused: {refused}; the daemon says {said:?}"));
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
        let Some(ours) = format_xml(xml.as_bytes(), None, judge.target()).xml else { continue };
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
