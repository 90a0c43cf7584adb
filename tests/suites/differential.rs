//! Our verdict against libxml2's on libvirt's RELAX NG, over documents that are almost right.
//!
//! They are made by a seeded generator out of libvirt's own test files and of documents that its grammar describes.
//! `NIXVIRT_MUTANTS` gives another number of them, `NIXVIRT_SEED` the seed; `NIXVIRT_DISAGREEMENTS` names a folder
//! for those over which there is disagreement.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, thread};

use nixvirt_compiler::{Diagnostic, Problem, Target, format_xml};
use nixvirt_schema::{Need, kind};
use nixvirt_tests::grammar::Grammar;
use nixvirt_tests::libvirt::{self, Schemas, Verdict};
use nixvirt_tests::markup::{Content, Markup, Namespaces};
use nixvirt_tests::mutate::{Base, Mutant, Vocabulary, add_foreign};
use nixvirt_tests::random::Random;
use nixvirt_tests::{amount, corpus, skip};

/// The kinds, each with its share of the mutants in percent.
const KINDS: &[(&str, usize)] =
    &[("domain", 60), ("network", 12), ("pool", 8), ("volume", 7), ("nwfilter", 10), ("secret", 3)];

/// How many documents a run of xmllint gets.
const BATCH: usize = 100;

/// How many seconds a run of xmllint gets.
const SECONDS: u32 = 8;

/// A document, and the two verdicts.
struct Case {
    kind: &'static str,
    target: Target,
    mutant: Mutant,
    xml: String,
    ours: Vec<Diagnostic>,
    theirs: Verdict,
}

impl Case {
    fn accepted(&self) -> bool {
        self.ours.is_empty()
    }

    fn disagrees(&self) -> bool {
        match self.theirs {
            Verdict::Accepts => !self.accepted(),
            Verdict::Refuses(_) => self.accepted(),
            Verdict::Unknown => false,
        }
    }

    /// The document, and in a comment behind it what was done to it and what either side says.
    fn describe(&self) -> String {
        let mut text = format!("{}\n<!-- {}\n", self.xml, self.mutant.base);
        for change in &self.mutant.changes {
            let _ = writeln!(text, "{}", change.replace("--", "- -"));
        }
        for error in &self.ours {
            let _ = writeln!(text, "OURS {}: {}: {}", error.problem.code().name, error.path, error.problem);
        }
        if let Verdict::Refuses(why) = &self.theirs {
            let _ = writeln!(text, "THEIRS {}", why.replace("--", "- -"));
        }
        text + "-->\n"
    }
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} should be a number")))
}

fn errors(kind_name: &str, xml: &str, target: Target) -> Vec<Diagnostic> {
    let outcome = format_xml(xml.as_bytes(), kind(kind_name), target);
    // What its parser alone demands, the schema does not.
    let by_schema = |one: &Diagnostic| !matches!(one.problem, Problem::Missing { need: Need::ByParser, .. });
    outcome.diagnostics.into_iter().filter(by_schema).collect()
}

/// The documents of a kind to begin with: valid files, and as many out of the grammar.
fn bases(kind: &str, files: &[corpus::File], grammar: &Path, random: &mut Random) -> (Vec<Base>, Namespaces) {
    let mut namespaces = Namespaces::new();
    let mut bases = Vec::new();
    for file in files.iter().filter(|file| file.valid && file.kind == kind) {
        let xml = String::from_utf8_lossy(&file.xml);
        let root =
            Markup::read(&xml, &mut namespaces).unwrap_or_else(|error| panic!("{}: {error}", file.name));
        bases.push(Base { name: file.name.clone(), root });
    }
    let grammar = Grammar::read(grammar, &namespaces);
    let wanted = bases.len().max(300);
    for number in 0..wanted {
        let root = grammar.document(random);
        bases.extend(root.map(|root| Base { name: format!("grammar-{number}"), root }));
    }
    namespaces = grammar.namespaces;
    add_foreign(&mut namespaces);
    (bases, namespaces)
}

/// Two judges of documents: libvirt's schema of a kind in one version, and our tables for that version.
struct Court {
    kind: &'static str,
    schema: PathBuf,
    target: Target,
}

/// Judges mutants, in as many threads as there are processors.
fn judge(court: &Court, mutants: impl Iterator<Item = (Mutant, String)>) -> Vec<Case> {
    let Court { kind, schema, target } = court;
    let threads = thread::available_parallelism().map_or(2, |number| number.get());
    let mutants: Vec<(Mutant, String)> = mutants.collect();
    let lanes = mutants.chunks(mutants.len().div_ceil(threads).max(1));
    thread::scope(|scope| {
        let judges: Vec<_> = lanes
            .map(|lane| {
                scope.spawn(move || {
                    let mut cases = Vec::new();
                    for batch in lane.chunks(BATCH) {
                        let texts: Vec<String> = batch.iter().map(|(_, xml)| xml.clone()).collect();
                        let theirs = libvirt::verdicts(schema, &texts, SECONDS);
                        for ((mutant, xml), theirs) in batch.iter().zip(theirs) {
                            let ours = errors(kind, xml, *target);
                            cases.push(Case {
                                kind,
                                target: *target,
                                mutant: mutant.clone(),
                                xml: xml.clone(),
                                ours,
                                theirs,
                            });
                        }
                    }
                    cases
                })
            })
            .collect();
        judges.into_iter().flat_map(|judge| judge.join().expect("a judge should end")).collect()
    })
}

#[test]
fn our_verdict_is_that_of_libxml2() {
    let mut versions = libvirt::versions();
    let Some(newest) = versions.pop() else { return };
    let mut report = String::new();
    let mut shown = Vec::new();
    // The documents of all versions are made of the newest grammar, so that what an old one lacks is among them.
    for schemas in &versions {
        shown.extend(agreement(schemas, &newest, amount::how_many(3_000, 20_000), &mut report));
    }
    shown.extend(agreement(&newest, &newest, amount::how_many(14_000, 400_000), &mut report));
    if versions.is_empty() {
        skip::say("there are schemas of one version of libvirt only");
    }
    skip::print(&report);
    assert!(shown.is_empty(), "too many verdicts differ for no known reason, such as\n{}", shown.join("\n"));
}

/// Compares the verdicts for one version; gives examples of disagreements where there are too many.
fn agreement(schemas: &Schemas, grammar: &Schemas, mutants: usize, report: &mut String) -> Vec<String> {
    let files = corpus::files();
    let total = setting("NIXVIRT_MUTANTS", mutants);
    let seed = amount::seed();
    let folder = env::var_os("NIXVIRT_DISAGREEMENTS").map(PathBuf::from);
    let only = env::var("NIXVIRT_KIND").ok();
    let mut table = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut total_judged, mut total_open, mut shown) = (0, 0, Vec::new());
    for &(kind, share) in KINDS {
        if only.as_ref().is_some_and(|only| only != kind) {
            continue;
        }
        let begin = Instant::now();
        let mut random = Random::new(seed);
        let (Some(schema), Some(grammar)) = (schemas.of(kind), grammar.of(kind)) else { continue };
        let court = Court { kind, schema, target: schemas.target() };
        let (bases, namespaces) = bases(kind, &files, &grammar, &mut random);
        let bases_taken = bases.len();
        let vocabulary = Vocabulary::new(bases);
        let mutants: Vec<(Mutant, String)> = (0..(total * share).div_ceil(100))
            .map(|_| {
                let mutant = vocabulary.mutant(&mut random);
                let xml = mutant.root.write(&namespaces);
                (mutant, xml)
            })
            .collect();
        let cases = judge(&court, mutants.into_iter());
        let classes = classify(&court, &cases, &namespaces);
        for class in classes.values() {
            *counts.entry(class).or_default() += 1;
        }
        let unknown = cases.iter().filter(|case| case.theirs == Verdict::Unknown).count();
        let valid = cases.iter().filter(|case| case.theirs == Verdict::Accepts).count();
        let differ = cases.iter().enumerate().filter(|(_, case)| case.disagrees());
        let open: Vec<&Case> = differ
            .clone()
            .filter(|(number, _)| !classes.contains_key(number))
            .map(|(_, case)| case)
            .collect();
        let (judged, differ) = (cases.len() - unknown, differ.count());
        let percent = |wrong: usize| 100.0 * (judged - wrong) as f64 / judged as f64;
        let (all, unexplained) = (percent(differ), percent(open.len()));
        let _ = writeln!(
            table,
            "{kind:<9} {bases_taken:>5} {judged:>7} {valid:>7} {unknown:>7} {all:>8.3} % {unexplained:>8.3} %  {:.1?}",
            begin.elapsed()
        );
        if let Some(folder) = &folder {
            write_out(&folder.join(schemas.version.to_string()).join(kind), &open);
        }
        total_judged += judged;
        total_open += open.len();
        shown.extend(open.iter().take(5).map(|case| case.describe()));
    }
    let _ = write!(
        report,
        "differential: libvirt {}, seed {seed}\n\
         kind      bases mutants   valid skipped  agreement  explained  time\n{table}explained disagreements:\n",
        schemas.version
    );
    for class in CLASSES {
        let _ = writeln!(report, "{:>7} {}: {}", counts.get(class.name).unwrap_or(&0), class.name, class.why);
    }
    let _ = writeln!(report, "{:>7} {SEVERAL}", counts.get(SEVERAL).unwrap_or(&0));
    if total_open * 1000 <= total_judged { Vec::new() } else { shown }
}

/// Writes disagreements to files of their own, for a closer look.
fn write_out(folder: &Path, cases: &[&Case]) {
    fs::create_dir_all(folder).expect("a folder for disagreements");
    for (number, case) in cases.iter().enumerate() {
        fs::write(folder.join(format!("{number}.xml")), case.describe()).expect("a disagreement");
    }
}

/// A kind of disagreement that is understood: with its cause mended in a document, there is none.
struct Class {
    name: &'static str,
    /// Why it is so, and where that is said in the tables.
    why: &'static str,
    mend: Mend,
}

/// How to mend a document.
enum Mend {
    /// The mended form of a value that we refuse, where it is of the class.
    Refused(fn(&str) -> Option<String>),
    /// The mended form of any value, where it is of the class; its place first: `pool/source/dir/@path`, `volume/name`.
    Any(fn(&str, &str) -> Option<String>),
    /// Its parts in the order in which libvirt prints them.
    Order,
}

const CLASSES: &[Class] = &[
    Class {
        name: "white space around a value",
        why: "RELAX NG drops it from tokens and numbers; libvirt's parser compares words as they stand and takes none behind a \
              number (before one it does, though no one writes it: `decimal` in schema/src/format/lexical.rs)",
        mend: Mend::Refused(|value| {
            let trimmed = value.trim_matches([' ', '\t', '\n', '\r']);
            (trimmed != value).then(|| trimmed.to_owned())
        }),
    },
    Class {
        name: "hexadecimal or octal digits that say not so",
        why: "the schema's patterns have `0x` optional before hexadecimal digits; libvirt's parser reads C's notations, \
              so that `ff` and `08` are no numbers (`Number` in schema/src/format.rs)",
        mend: Mend::Refused(|value| {
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits.then(|| format!("0x{value}"))
        }),
    },
    Class {
        name: "sign before an unsigned number",
        why: "XML Schema's types without a pattern take `+1` and `-0`; libvirt never prints a plus, and takes no minus \
              (`decimal` in schema/src/format/lexical.rs)",
        mend: Mend::Refused(|value| {
            let digits = value.strip_prefix('+').or_else(|| value.strip_prefix("-0").map(|_| "0"))?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.to_owned())
        }),
    },
    Class {
        name: "number beyond 64 bits",
        why: "XML Schema's integers have no bound; libvirt's parser has (`POSITIVE_INTEGER` in schema/src/shared/values.rs)",
        mend: Mend::Refused(|value| {
            let number = value.parse::<i128>().ok()?;
            let most = i128::from(i64::MAX);
            (number.abs() > most).then(|| most.to_string())
        }),
    },
    Class {
        name: "text that only looks like an IP address",
        why: "the schema's pattern for an IPv6 address takes `:1.2.3.4` and more groups than there are; libvirt's \
              `virSocketAddrParse` does not (`Ipv6` in schema/src/format.rs)",
        mend: Mend::Refused(|value| {
            let digit = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
            (value.contains(':') && value.bytes().all(digit)).then(|| "fe80::1".to_owned())
        }),
    },
    Class {
        name: "order that libxml2 does not see through",
        why: "libxml2 takes the first part of an interleaved pattern that begins with an element and does not go back; \
              jing, which does RELAX NG to the letter, takes every one of these; in libvirt's own order libxml2 does, too",
        mend: Mend::Order,
    },
    Class {
        name: "NFS directory without a slash",
        why: "the schema goes by the `format` beside the directory, libvirt's parser does not mind (`DIR` in \
              schema/src/pool/source.rs)",
        mend: Mend::Any(|place, value| {
            let relative = place == "pool/source/dir/@path" && !value.starts_with('/');
            relative.then(|| format!("/{value}"))
        }),
    },
    Class {
        name: "volume called ` .`",
        why: "the schema, which has no volume called `.` or `..`, compares without white space; libvirt takes the name \
              as it stands (`VOLUME_NAME` in schema/src/shared/values.rs)",
        mend: Mend::Any(|place, text| {
            let dots = place == "volume/name" && matches!(text.trim(), "." | "..") && text.trim() != text;
            dots.then(|| "name".to_owned())
        }),
    },
];

/// The document without what makes these classes; nothing where it has none of that.
fn mended(classes: &[Class], case: &Case, namespaces: &Namespaces) -> Option<String> {
    let refused = |value: &str| {
        let shown = format!("{value:?}");
        case.ours.iter().any(|error| match &error.problem {
            Problem::BadValue { value, .. } | Problem::OutsideSchema { value, .. } => *value == shown,
            _ => false,
        })
    };
    let mend = |place: &str, value: &mut String| {
        for class in classes {
            let new = match class.mend {
                Mend::Refused(mend) if refused(value) => mend(value),
                Mend::Any(mend) => mend(place, value),
                _ => None,
            };
            value.clone_from(&new.unwrap_or_else(|| value.clone()));
        }
    };
    let mut root = case.mutant.root.clone();
    for place in root.places() {
        let path = root.path(&place);
        let element = root.at_mut(&place);
        for (name, value) in &mut element.attributes {
            mend(&format!("{path}/@{name}"), value);
        }
        for piece in &mut element.content {
            if let Content::Text(text) = piece {
                mend(&path, text);
            }
        }
    }
    let xml = (root != case.mutant.root).then(|| root.write(namespaces));
    if classes.iter().any(|class| matches!(class.mend, Mend::Order)) {
        let ordered =
            format_xml(xml.as_ref().unwrap_or(&case.xml).as_bytes(), kind(case.kind), case.target).xml;
        return ordered.or(xml);
    }
    xml
}

/// The name for a document that takes several classes to mend.
const SEVERAL: &str = "several of these at once";

/// Finds the classes of disagreements: that of each, by its number among the cases.
fn classify(court: &Court, cases: &[Case], namespaces: &Namespaces) -> BTreeMap<usize, &'static str> {
    let mut found = BTreeMap::new();
    let single = CLASSES.iter().map(|class| (class.name, std::slice::from_ref(class)));
    for (name, classes) in single.chain([(SEVERAL, CLASSES)]) {
        let open =
            cases.iter().enumerate().filter(|(number, case)| case.disagrees() && !found.contains_key(number));
        let mended: Vec<(usize, String)> =
            open.filter_map(|(number, case)| Some((number, mended(classes, case, namespaces)?))).collect();
        let again =
            judge(court, mended.iter().map(|(number, xml)| (cases[*number].mutant.clone(), xml.clone())));
        for ((number, _), case) in mended.iter().zip(again) {
            if !case.disagrees() && case.theirs != Verdict::Unknown {
                found.insert(*number, name);
            }
        }
    }
    found
}
