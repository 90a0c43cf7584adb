//! Our verdict against libxml2's on libvirt's RELAX NG, over documents that are almost right.
//!
//! They are made by a seeded generator out of libvirt's own test files and of documents that its grammar describes.
//! `NIXVIRT_MUTANTS` asks for another number of them, `NIXVIRT_SEED` for others; `NIXVIRT_DISAGREEMENTS` names a folder
//! for those over which there is disagreement.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs, thread};

use nixvirt_compiler::{Diagnostic, Severity, format_xml};
use nixvirt_schema::kind;
use nixvirt_tests::grammar::Grammar;
use nixvirt_tests::libvirt::{self, Verdict};
use nixvirt_tests::markup::{Markup, Namespaces};
use nixvirt_tests::mutate::{Base, Mutant, Vocabulary, add_foreign};
use nixvirt_tests::random::Random;
use nixvirt_tests::{corpus, skip};

/// The kinds, each with its share of the mutants in percent.
const KINDS: &[(&str, usize)] =
    &[("domain", 60), ("network", 12), ("pool", 8), ("volume", 7), ("nwfilter", 10), ("secret", 3)];

/// How many documents a run of xmllint gets.
const BATCH: usize = 100;

/// How many seconds a run of xmllint gets.
const SECONDS: u32 = 8;

/// A document, and the two verdicts.
struct Case {
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
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} should be a number")))
}

fn errors(kind_name: &str, xml: &str) -> Vec<Diagnostic> {
    let outcome = format_xml(xml.as_bytes(), kind(kind_name));
    outcome.diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

/// The documents of a kind to begin with: valid files, and as many out of the grammar.
fn bases(kind: &str, files: &[corpus::File], random: &mut Random) -> Option<(Vec<Base>, Namespaces)> {
    let mut namespaces = Namespaces::new();
    let mut bases = Vec::new();
    for file in files.iter().filter(|file| file.valid && file.kind == kind) {
        let xml = String::from_utf8_lossy(&file.xml);
        let root = Markup::read(&xml, &mut namespaces).unwrap_or_else(|error| panic!("{}: {error}", file.name));
        bases.push(Base { name: file.name.clone(), root });
    }
    let grammar = Grammar::read(&libvirt::schema(kind)?, &namespaces);
    let wanted = bases.len().max(300);
    for number in 0..wanted {
        let root = grammar.document(random);
        bases.extend(root.map(|root| Base { name: format!("grammar-{number}"), root }));
    }
    namespaces = grammar.namespaces;
    add_foreign(&mut namespaces);
    Some((bases, namespaces))
}

/// Judges mutants, in as many threads as there are processors.
fn judge(kind: &str, mutants: Vec<(Mutant, String)>) -> Vec<Case> {
    let schema = libvirt::schema(kind).expect("a schema that was there before");
    let threads = thread::available_parallelism().map_or(2, |number| number.get());
    let mut lanes: Vec<Vec<Vec<(Mutant, String)>>> = vec![Vec::new(); threads];
    let mut mutants = mutants.into_iter().peekable();
    for lane in (0..threads).cycle() {
        if mutants.peek().is_none() {
            break;
        }
        lanes[lane].push(mutants.by_ref().take(BATCH).collect());
    }
    thread::scope(|scope| {
        let judges: Vec<_> = lanes
            .into_iter()
            .map(|batches| {
                let schema = &schema;
                scope.spawn(move || {
                    let mut cases = Vec::new();
                    for batch in batches {
                        let texts: Vec<String> = batch.iter().map(|(_, xml)| xml.clone()).collect();
                        let theirs = libvirt::verdicts(schema, &texts, SECONDS);
                        for ((mutant, xml), theirs) in batch.into_iter().zip(theirs) {
                            let ours = errors(kind, &xml);
                            cases.push(Case { mutant, xml, ours, theirs });
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
    let files = corpus::files();
    let total = setting("NIXVIRT_MUTANTS", 20_000);
    let seed = setting("NIXVIRT_SEED", 1);
    let folder = env::var_os("NIXVIRT_DISAGREEMENTS").map(PathBuf::from);
    let only = env::var("NIXVIRT_KIND").ok();
    let mut table = String::new();
    for (kind, share) in KINDS {
        if only.as_ref().is_some_and(|only| only != kind) {
            continue;
        }
        let begin = Instant::now();
        let mut random = Random::new(seed as u64);
        let Some((bases, namespaces)) = bases(kind, &files, &mut random) else { return };
        let bases_taken = bases.len();
        let vocabulary = Vocabulary::new(bases);
        let mutants: Vec<(Mutant, String)> = (0..(total * share).div_ceil(100))
            .map(|_| {
                let mutant = vocabulary.mutant(&mut random);
                let xml = mutant.root.write(&namespaces);
                (mutant, xml)
            })
            .collect();
        let cases = judge(kind, mutants);
        let unknown = cases.iter().filter(|case| case.theirs == Verdict::Unknown).count();
        let valid = cases.iter().filter(|case| case.theirs == Verdict::Accepts).count();
        let differ: Vec<&Case> = cases.iter().filter(|case| case.disagrees()).collect();
        let judged = cases.len() - unknown;
        let agreement = 100.0 * (judged - differ.len()) as f64 / judged as f64;
        let _ = writeln!(
            table,
            "{kind:<9} {bases_taken:>5} {judged:>7} {valid:>7} {unknown:>4} {:>6} {agreement:>8.3} % {:>8.1?}",
            differ.len(),
            begin.elapsed()
        );
        if let Some(folder) = &folder {
            write_out(&folder.join(kind), &differ);
        }
    }
    skip::print(&format!(
        "differential: seed {seed}\nkind       bases mutants   valid skip differ  agreement     time\n{table}"
    ));
}

fn write_out(folder: &std::path::Path, cases: &[&Case]) {
    fs::create_dir_all(folder).expect("a folder for disagreements");
    let mut grouped: BTreeMap<String, usize> = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        let mut text = format!("{}\n<!-- {}\n", case.xml, case.mutant.base);
        for change in &case.mutant.changes {
            let _ = writeln!(text, "{}", change.replace("--", "- -"));
        }
        for error in &case.ours {
            let _ = writeln!(text, "OURS {}: {}: {}", error.problem.code(), error.path, error.problem);
        }
        if let Verdict::Refuses(why) = &case.theirs {
            let _ = writeln!(text, "THEIRS {}", why.replace("--", "- -"));
        }
        text.push_str("-->\n");
        fs::write(folder.join(format!("{number}.xml")), text).expect("a disagreement");
        let what = match case.ours.first() {
            Some(error) => format!("{}: {}: {}", error.problem.code(), error.path, error.problem),
            None => "ACCEPTED".into(),
        };
        *grouped.entry(what).or_default() += 1;
    }
}
