//! How fast it reads, checks and prints XML: libvirt's own test files, beside what it cannot beat (quick-xml's events of
//! the same files), what a user would take otherwise (lxml's parser and RELAX NG, the schema kept in memory), and for one
//! process `/bin/true`. Aims: within 5 times of quick-xml, 20 times faster than lxml, within 3 ms of `/bin/true`.
//!
//! `cargo bench -p nixvirt-tests --bench corpus [-- PART-OF-A-NAME]`

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::env;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nixvirt_compiler::{Policy, Report, Target, format_xml, read_xml, validate};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::corpus::{self, File};
use nixvirt_tests::libvirt;
use nixvirt_tests::timing::{in_turns, ratio, shown};
use quick_xml::Reader;
use quick_xml::events::Event;

fn main() {
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let files: Vec<File> = corpus::files().into_iter().filter(|file| file.valid).collect();
    if files.is_empty() {
        return;
    }
    if "files".contains(&wanted) {
        println!("\nfiles");
        all_files(&files);
    }
    if "start".contains(&wanted) {
        println!("\nstart");
        start(&files);
    }
}

/// Nothing but the events.
fn events(xml: &str) -> usize {
    let mut reader = Reader::from_str(xml);
    let mut count = 0;
    loop {
        match reader.read_event().expect("XML") {
            Event::Eof => return count,
            event => {
                black_box(event);
                count += 1;
            }
        }
    }
}

/// The events, and the values of attributes.
fn events_and_attributes(xml: &str) -> usize {
    let mut reader = Reader::from_str(xml);
    let mut count = 0;
    loop {
        match reader.read_event().expect("XML") {
            Event::Eof => return count,
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes().with_checks(false) {
                    black_box(attribute.expect("an attribute"));
                    count += 1;
                }
            }
            event => {
                black_box(event);
                count += 1;
            }
        }
    }
}

fn check(xml: &[u8]) -> bool {
    let mut report = Report::new(Policy::Libvirt);
    let document = read_xml(xml, None, &mut report);
    document.and_then(|document| validate(document, &mut report)).is_some()
}

fn all_files(files: &[File]) {
    let sources: Vec<&str> =
        files.iter().map(|file| std::str::from_utf8(&file.xml).expect("UTF-8")).collect();
    let count = u32::try_from(sources.len()).unwrap_or(1);
    let bytes: usize = sources.iter().map(|source| source.len()).sum();
    println!(" {count} files, {} bytes each on average; times are per file", bytes / sources.len());
    let each = |work: &mut dyn FnMut(&str)| sources.iter().for_each(|source| work(black_box(source)));
    let [floor, attributes, check, format] = in_turns(
        60,
        [
            ("quick-xml: events", &mut || each(&mut |xml| assert!(events(xml) > 0))),
            ("quick-xml: events and attributes", &mut || {
                each(&mut |xml| assert!(events_and_attributes(xml) > 0));
            }),
            ("nixvirt: check", &mut || each(&mut |xml| assert!(check(xml.as_bytes())))),
            ("nixvirt: fmt", &mut || {
                each(&mut |xml| {
                    drop(black_box(
                        format_xml(xml.as_bytes(), None, Target::NEWEST).xml.expect("it should be valid"),
                    ))
                });
            }),
        ],
    )
    .map(|time| time / count);
    for (what, time) in [("check", check), ("fmt", format)] {
        println!("  {:<44} {:>12}", format!("{what}, per file"), shown(time));
        ratio(&format!("{what} / quick-xml: events"), time, floor, "5 at most");
        ratio(&format!("{what} / quick-xml: events and attributes"), time, attributes, "-");
    }
    match lxml(files) {
        Some(theirs) => {
            println!("  {:<44} {:>12}", "lxml: parse and RELAX NG, per file", shown(theirs / count));
            ratio("lxml / check", theirs / count, check, "20 at least");
            ratio("lxml / fmt", theirs / count, format, "20 at least");
        }
        None => println!("  there is no lxml here"),
    }
}

/// The time that lxml takes to parse and validate all of the files, as it measures itself, its start and the reading of schemas
/// aside. Nothing where there is no lxml.
fn lxml(files: &[File]) -> Option<Duration> {
    const SCRIPT: &str = "
import sys, time
from lxml import etree
schemas, work = {}, []
for line in sys.stdin:
    schema, path = line.rstrip('\\n').split('\\t')
    if schema not in schemas:
        schemas[schema] = etree.RelaxNG(etree.parse(schema))
    with open(path, 'rb') as file:
        work.append((schemas[schema], file.read()))
times = []
for _ in range(5):
    begin = time.perf_counter()
    for schema, text in work:
        assert schema.validate(etree.fromstring(text))
    times.append(time.perf_counter() - begin)
print(sorted(times)[2])
";
    let folder = nixvirt_tests::place::corpus()?;
    let mut lines = String::new();
    for file in files {
        let path = folder.join(&file.name);
        lines += &format!("{}\t{}\n", libvirt::schema(file.kind)?.display(), path.display());
    }
    // The distribution's Python has the distribution's lxml.
    let python = ["/usr/bin/python3", "python3"].into_iter().find(|python| {
        let mut probe = Command::new(python);
        probe.args(["-c", "import lxml.etree"]).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    })?;
    let dir = Dir::new();
    let input = std::fs::File::open(dir.write("files", lines)).ok()?;
    let output = Command::new(python).args(["-c", SCRIPT]).stdin(input).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().parse().ok().map(Duration::from_secs_f64)
}

/// One process on one file of middling size.
fn start(files: &[File]) {
    let mut sizes: Vec<&File> = files.iter().filter(|file| file.kind == "domain").collect();
    sizes.sort_by_key(|file| file.xml.len());
    let file = sizes[sizes.len() / 2];
    let dir = Dir::new();
    dir.write("guest.xml", &file.xml);
    println!(" {}, {} bytes", file.name, file.xml.len());
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        let status = command.args(arguments).current_dir(dir.path()).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()));
    };
    let [nothing, check, format, import] = in_turns(
        200,
        [
            ("/bin/true", &mut || run(Path::new("/bin/true"), &[])),
            ("nixvirt-compile check", &mut || run(binary(), &["check", "guest.xml"])),
            ("nixvirt-compile fmt", &mut || run(binary(), &["fmt", "guest.xml"])),
            ("nixvirt-compile import", &mut || run(binary(), &["import", "guest.xml"])),
        ],
    );
    for (what, time) in [("check", check), ("fmt", format), ("import", import)] {
        let more = shown(time.saturating_sub(nothing));
        println!("  {:<44} {more:>12}   (aim: 3 ms at most)", format!("{what} beyond /bin/true"));
    }
}
