//! The daemons of other releases of libvirt: the oldest that is known, 9.0 (Debian 12), and that of Debian sid. What one takes,
//! `check --libvirt` takes for it; what it prints, `fmt` leaves as it is, and it comes back through a spec.

use std::collections::BTreeMap;

use nixvirt_compiler::{CompileOptions, Target, codes, compile_spec, format_xml, import_xml, parse_json};
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::corpus;
use nixvirt_tests::daemon::{JUDGED, Judge};
use nixvirt_tests::markup::Namespaces;
use nixvirt_tests::random::Random;
use nixvirt_tests::skip;
use nixvirt_tests::verdicts::{AIMS, Aim, OF_THE_HOST, compare, examples, is_judged, ours, own};

/// The releases of Debian's that are asked beside the libvirt that is installed.
const RELEASES: [&str; 2] = ["bookworm", "sid"];

/// Definitions of all kinds: libvirt's test files and our own, a sample of them in a usual run.
fn definitions() -> Vec<(String, String)> {
    let files = corpus::files().into_iter().filter(is_judged);
    let text = |file: corpus::File| Some((file.name.clone(), String::from_utf8(file.xml).ok()?));
    let mut found: Vec<(String, String)> = files.filter_map(text).collect();
    if found.is_empty() {
        return found;
    }
    let mut random = Random::new(seed());
    let wanted = how_many(250, found.len());
    while found.len() > wanted {
        found.swap_remove(random.below(found.len()));
    }
    for kind in JUDGED {
        let mut namespaces = Namespaces::new();
        let ours = own(kind, &mut namespaces).into_iter().enumerate();
        found.extend(ours.map(|(at, root)| (format!("our {kind} {at}"), root.write(&namespaces))));
    }
    found
}

/// Whether what a release's libvirt prints of an object is the same after `fmt`, and after import and compile.
fn comes_back(printed: &str, target: Target) -> Result<(), String> {
    let formatted = format_xml(printed.as_bytes(), None, target);
    // It may keep what it cannot use yet, as more than one secret of an encryption.
    if formatted.diagnostics.iter().any(|found| found.problem.code() == &codes::LIBVIRT_VERSION) {
        return Ok(());
    }
    if formatted.xml.as_deref() != Some(printed) {
        let why: Vec<String> = formatted.diagnostics.iter().map(|found| found.problem.to_string()).collect();
        let xml = formatted.xml.unwrap_or_default();
        let first = printed.lines().zip(xml.lines()).find(|(theirs, ours)| theirs != ours);
        return Err(format!("fmt changes it: {first:?} {}", why.join("; ")));
    }
    let import = import_xml(printed.as_bytes(), None, true, target);
    let spec = import.spec.ok_or("it cannot be imported")?;
    let json = serde_json::to_vec(&spec).map_err(|error| error.to_string())?;
    let value = parse_json(&json).map_err(|_| "its spec is no JSON".to_owned())?.value;
    let options = CompileOptions { exact: true, target, allow: codes::of_rules(), ..CompileOptions::DEFAULT };
    match compile_spec(value, options).xml {
        Some(xml) if xml.as_str() == printed => Ok(()),
        _ => Err("import and compile change it".to_owned()),
    }
}

/// Holds one release against the definitions. The answer is a line of the table and what is wrong.
fn hold(release: &'static str, definitions: &[(String, String)]) -> Vec<String> {
    let Some(judge) = Judge::of_release(release) else { return Vec::new() };
    let target = judge.target();
    let (mut taken, mut refused, mut caught, mut back) = (0, 0, 0, 0);
    let (mut wrong, mut missed) = (Vec::new(), BTreeMap::new());
    let answers = judge.answers(definitions);
    for (name, xml) in definitions {
        let (errors, _) = ours(xml, target);
        match &answers[name] {
            Ok(printed) => {
                taken += 1;
                // Of what it does not know, an older libvirt says nothing.
                if !errors.is_empty() && !errors.contains(codes::LIBVIRT_VERSION.name) {
                    wrong.push(format!("{release} {name}: libvirt takes it; we: {errors:?}"));
                }
                let Some(printed) = printed else { continue };
                match comes_back(printed, target) {
                    Ok(()) => back += 1,
                    Err(why) => wrong.push(format!("{release} {name}: as libvirt prints it, {why}")),
                }
            }
            Err(message) if errors.is_empty() && OF_THE_HOST.is_match(message) => {}
            Err(message) => {
                refused += 1;
                caught += usize::from(!errors.is_empty());
                if errors.is_empty() {
                    missed.insert(name, message);
                }
            }
        }
    }
    skip::print(&format!(
        "libvirt {} ({release}): of {} definitions it takes {taken}, of whose prints {back} come back byte for byte; it refuses \
         {refused}, and we {caught} of them",
        target.libvirt,
        definitions.len(),
    ));
    for (name, message) in missed {
        skip::print(&format!("  {name}: {message}"));
    }
    wrong
}

#[test]
fn the_daemons_of_other_releases_take_what_we_take() {
    let definitions = definitions();
    if definitions.is_empty() {
        return;
    }
    let wrong: Vec<String> = RELEASES.iter().flat_map(|release| hold(release, &definitions)).collect();
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
}

/// Holds variations of each kind against a release, fewer than against the libvirt that is installed, by whose rules the others
/// are judged, so that more of what only they refuse may be missed.
fn vary(release: &'static str) {
    let (Some(judge), false) = (Judge::of_release(release), corpus::files().is_empty()) else { return };
    let fewer = |aim: &Aim| Aim { many: (aim.many.0 / 5, aim.many.1 / 5), caught: aim.caught - 5.0, ..*aim };
    let seed = seed();
    let faults: Vec<String> = AIMS.iter().flat_map(|aim| compare(&judge, &fewer(aim), seed)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn variations_are_judged_as_the_oldest_release_does() {
    vary(RELEASES[0]);
}

#[test]
fn variations_are_judged_as_the_newest_release_does() {
    vary(RELEASES[1]);
}

#[test]
fn each_rule_holds_for_the_releases_that_it_names() {
    let judges = RELEASES.into_iter().filter_map(Judge::of_release);
    let fault = |judge: Judge| {
        let version = judge.target().libvirt;
        examples(&judge).into_iter().map(move |fault| format!("libvirt {version}: {fault}"))
    };
    let faults: Vec<String> = judges.flat_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
