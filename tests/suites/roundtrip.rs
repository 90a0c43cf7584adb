//! Every valid file of libvirt's there and back: imported as a spec, in JSON and in Nix, and compiled again, it is the
//! same document; what libvirt's formatter wrote is the same to the byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use nixvirt_compiler::{
    CompileOptions, Json, Problem, Target, compile_spec, format_xml, import_xml, nix, parse_json,
};
use nixvirt_schema::{Format, KINDS, Spelling, TableEntry, visit_entries};
use nixvirt_tests::command::Dir;
use nixvirt_tests::corpus::{self, File};
use nixvirt_tests::grammar::Grammar;
use nixvirt_tests::libvirt::{self, Verdict};
use nixvirt_tests::markup::Namespaces;
use nixvirt_tests::nix as real_nix;
use nixvirt_tests::random::Random;
use nixvirt_tests::tree::{Difference, Tree};
use nixvirt_tests::{amount, skip};

/// Files that `fmt` changes although the manifest says that libvirt's formatter wrote them.
const NOT_CANONICAL: &[(&str, &str)] = &[(
    "volume/storagevolxml2xmlin/vol-qcow2-0.10-lazy.xml",
    "it has double quotes and an empty element with an end tag, so that no formatter wrote it",
)];

/// How many files went right and how many there are, by what is tried.
#[derive(Clone, Copy, Default)]
struct Row {
    files: usize,
    json: usize,
    nix: usize,
    canonical: usize,
    formatted: usize,
    compiled: usize,
}

fn valid_files() -> Vec<File> {
    corpus::files().into_iter().filter(|file| file.valid).collect()
}

/// A network filter with references behind its rules, and with some between them as well: the order counts, and Nix sorts
/// keys.
fn with_references(file: &File) -> Vec<File> {
    let text = String::from_utf8_lossy(&file.xml);
    let Some((head, tail)) = text.rsplit_once("</filter>").filter(|_| file.kind == "nwfilter") else {
        return Vec::new();
    };
    let interleaved = |name: &str, between: &str| {
        let head = head.replace("<rule", &format!("{between}<rule"));
        let xml = format!("{head}<filterref filter='last'/></filter>{tail}").into_bytes();
        File { name: format!("{} with references {name}", file.name), canonical: false, xml, ..file.clone() }
    };
    vec![interleaved("behind", ""), interleaved("between", "<filterref filter='between'/>")]
}

fn imported(file: &File) -> Result<Json<'_>, String> {
    let import = import_xml(&file.xml, None, true, Target::NEWEST);
    import.spec.ok_or_else(|| format!("it cannot be imported: {:?}", import.diagnostics))
}

/// Compiles a spec given as JSON, which must give the file back: as `fmt` has it, and the same tree but for `tolerated`.
fn gives_back(file: &File, json: &[u8], tolerated: fn(&Difference) -> bool) -> Result<(), String> {
    let spec = parse_json(json).map_err(|wrong| wrong.problem.to_string())?.value;
    let outcome = compile_spec(
        spec,
        CompileOptions { exact: true, allow: nixvirt_compiler::codes::of_rules(), ..CompileOptions::DEFAULT },
    );
    let Some(xml) = outcome.xml else {
        return Err(format!("it cannot be compiled: {:?}", outcome.diagnostics));
    };
    let theirs = Tree::read(&String::from_utf8_lossy(&file.xml))?;
    let mut differences = Tree::read(&xml)?.differences(&theirs);
    differences.retain(|difference| !tolerated(difference));
    if let Some(difference) = differences.first() {
        return Err(format!("{} differences, the first at {difference}", differences.len()));
    }
    let bare = without_comments(&String::from_utf8_lossy(&file.xml));
    let formatted = format_xml(bare.as_bytes(), None, Target::NEWEST).xml.ok_or("it cannot be formatted")?;
    (formatted == xml).then_some(()).ok_or_else(|| "compiling gives another order or layout than fmt".into())
}

/// XML without the comments that a spec cannot have: all but those in `metadata`.
fn without_comments(xml: &str) -> String {
    let mut out = String::new();
    let mut rest = xml;
    while let Some(at) =
        rest.find("<!--").filter(|at| rest.find("<metadata").is_none_or(|foreign| *at < foreign))
    {
        out.push_str(&rest[..at]);
        rest = rest[at..].find("-->").map_or("", |end| &rest[at + end + 3..]);
    }
    match rest.split_once("</metadata>") {
        Some((foreign, rest)) => out + foreign + "</metadata>" + &without_comments(rest),
        None => out + rest,
    }
}

/// Whether libvirt itself spells the value otherwise.
fn another_spelling(difference: &Difference) -> bool {
    let values = difference.first.as_ref().zip(difference.second.as_ref());
    values.is_some_and(|(ours, theirs)| respelt(ours, theirs))
}

/// Whether libvirt does not keep the value as it was: the case and hyphens of a UUID, metadata without anything in it, and how a number was
/// written.
fn printed_otherwise(difference: &Difference) -> bool {
    let plain = |uuid: &Option<String>| uuid.as_ref().map(|uuid| uuid.replace('-', "").to_ascii_lowercase());
    let (ours, theirs) = (plain(&difference.first), plain(&difference.second));
    let is_uuid = |uuid: &String| uuid.len() == 32 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = |one: &Option<String>, other: &Option<String>| {
        let (one, other) = (one.as_ref().map(|text| numbers(text)), other.as_ref().map(|text| numbers(text)));
        one.zip(other).is_some_and(|(one, other)| one.iter().any(|value| other.contains(value)))
    };
    (ours == theirs && ours.as_ref().is_some_and(is_uuid))
        || is_number(&difference.first, &difference.second)
        || another_spelling(difference)
        || (difference.place.ends_with("/metadata") && difference.first.is_none())
}

/// The words of the tables that stand for others.
static WORDS: LazyLock<Vec<Spelling>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for kind in KINDS {
        visit_entries(kind.root, &mut |entry| {
            let TableEntry::Attribute(_, attribute) = entry else { return };
            words_of(&attribute.format, &mut found);
        });
    }
    found
});

fn words_of(format: &Format, found: &mut Vec<Spelling>) {
    match format {
        Format::Spelt { spelling: spelling @ Spelling::Words(_), .. } => found.push(*spelling),
        Format::AnyOf(formats) => formats.iter().for_each(|format| words_of(format, found)),
        Format::Spelt { format, .. } | Format::ByParser(format) => words_of(format, found),
        _ => {}
    }
}

/// Whether the first text is how libvirt spells the second one. Which attribute has which spelling, the suite `daemon` holds against
/// libvirt.
fn respelt(ours: &str, theirs: &str) -> bool {
    let spellings = [
        Spelling::Mac,
        Spelling::PrefixLength,
        Spelling::Variable,
        Spelling::Lower,
        Spelling::Upper,
        Spelling::Path,
    ];
    let set = set_of_numbers(ours);
    spellings.iter().chain(&*WORDS).any(|spelling| spelling.of(theirs.into()) == ours)
        || (set.is_some() && set == set_of_numbers(theirs))
}

/// The numbers of a list of these, of ranges of them, and of those to leave out: `0-3,^2`.
fn set_of_numbers(text: &str) -> Option<BTreeSet<u32>> {
    let mut set = BTreeSet::new();
    for part in text.split(',') {
        let (without, part) = part.trim().strip_prefix('^').map_or((false, part.trim()), |part| (true, part));
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        for number in first.parse().ok()?..=last.parse().ok()? {
            if without {
                set.remove(&number)
            } else {
                set.insert(number)
            };
        }
    }
    Some(set)
}

/// The numbers that a text may stand for in C: after a zero, digits are octal in some places and decimal in others.
fn numbers(text: &str) -> Vec<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let read = |digits: &str, radix| i128::from_str_radix(digits, radix).ok().map(|number| sign * number);
    match digits.strip_prefix("0x") {
        Some(hexadecimal) => read(hexadecimal, 16).into_iter().collect(),
        None if digits.starts_with('0') => {
            [read(digits, 8), read(digits, 10)].into_iter().flatten().collect()
        }
        None => read(digits, 10).into_iter().collect(),
    }
}

/// The specs in Nix, evaluated by Nix itself, as JSON; nothing where there is no Nix.
fn by_nix(specs: &[String]) -> Option<Vec<Json<'static>>> {
    if !real_nix::have() {
        return None;
    }
    let dir = Dir::new();
    let mut values = Vec::new();
    for some in specs.chunks(500) {
        dir.write("specs.nix", format!("[\n{}]\n", some.concat()));
        match parse_json(&real_nix::eval(&dir, "specs.nix")).map(|parsed| parsed.value) {
            Ok(Json::List(items)) => values.extend(items.into_iter().map(Json::into_owned)),
            other => panic!("Nix should give a list: {other:?}"),
        }
    }
    Some(values)
}

#[test]
fn every_valid_file_comes_back() {
    let files = valid_files();
    if files.is_empty() {
        return;
    }
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut specs = Vec::new();
    let interleaved: Vec<File> = files.iter().flat_map(with_references).collect();
    assert!(!interleaved.is_empty(), "the corpus should have filters with rules");
    for file in files.iter().chain(&interleaved) {
        let row = rows.entry(file.kind).or_default();
        row.files += 1;
        let spec = match imported(file) {
            Ok(spec) => spec,
            Err(error) => {
                problems.push(format!("{}: {error}", file.name));
                continue;
            }
        };
        let json = serde_json::to_vec(&spec).expect("a spec should be JSON");
        match gives_back(file, &json, another_spelling) {
            Ok(()) => row.json += 1,
            Err(error) => problems.push(format!("{}: through JSON: {error}", file.name)),
        }
        if file.canonical {
            row.canonical += 1;
            let same = |xml: Option<String>| xml.is_some_and(|xml| xml.as_bytes() == file.xml);
            let formatted = same(format_xml(&file.xml, None, corpus::target()).xml);
            let value = parse_json(&json).expect("a spec should be JSON").value;
            let options = CompileOptions {
                exact: true,
                target: corpus::target(),
                allow: nixvirt_compiler::codes::of_rules(),
                ..CompileOptions::DEFAULT
            };
            let compiled = same(compile_spec(value, options).xml);
            row.formatted += usize::from(formatted);
            row.compiled += usize::from(compiled);
            let excepted = NOT_CANONICAL.iter().any(|(name, _)| *name == file.name);
            if formatted == excepted || compiled == excepted {
                problems.push(format!(
                    "{}: byte for byte the same after fmt: {formatted}, after import and compile: {compiled}",
                    file.name
                ));
            }
        }
        specs.push((file, nix::print(&spec).text));
    }
    let texts: Vec<String> = specs.iter().map(|(_, text)| text.clone()).collect();
    let values = by_nix(&texts);
    for ((file, _), value) in specs.iter().zip(values.iter().flatten()) {
        let json = serde_json::to_vec(value).expect("Nix's value should be JSON");
        match gives_back(file, &json, another_spelling) {
            Ok(()) => rows.entry(file.kind).or_default().nix += 1,
            Err(error) => problems.push(format!("{}: through Nix: {error}", file.name)),
        }
    }
    let mut table = String::from("kind      files    json     nix canonical     fmt compile\n");
    for (kind, row) in &rows {
        let nix = if values.is_some() { row.nix.to_string() } else { "-".into() };
        let Row { files, json, canonical, formatted, compiled, .. } = row;
        let _ = writeln!(
            table,
            "{kind:<9} {files:>5} {json:>7} {nix:>7} {canonical:>9} {formatted:>7} {compiled:>7}"
        );
    }
    skip::print(&format!("roundtrip:\n{table}"));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Documents that libvirt's grammar describes, and that libxml2 finds valid, come back as well; and what `fmt` makes of
/// them is valid.
#[test]
fn documents_of_the_grammar_come_back() {
    let mut random = Random::new(amount::seed());
    let mut problems = Vec::new();
    let mut table = String::new();
    for kind in KINDS {
        let Some(schema) = libvirt::schema(kind.name) else { return };
        let grammar = Grammar::read(&schema, &Namespaces::new());
        let wanted = amount::how_many(1, 50) * if kind.name == "domain" { 1500 } else { 300 };
        let documents = (0..wanted).filter_map(|_| grammar.document(&mut random));
        let documents: Vec<String> = documents.map(|root| root.write(&grammar.namespaces)).collect();
        let mut formatted = Vec::new();
        let (mut right, mut refused_by_parser) = (0, 0);
        for (number, some) in documents.chunks(100).enumerate() {
            for (index, verdict) in libvirt::verdicts(&schema, some, 10).into_iter().enumerate() {
                if verdict != Verdict::Accepts {
                    continue;
                }
                let file = File {
                    name: format!("{} {}", kind.name, number * 100 + index),
                    kind: kind.name,
                    valid: true,
                    canonical: false,
                    refused: false,
                    xml: some[index].clone().into_bytes(),
                };
                // What we refuse and libxml2 does not is for the differential test; what libvirt's parser refuses and its
                // schema does not cannot be imported.
                let Some(xml) = format_xml(&file.xml, Some(kind), Target::NEWEST).xml else { continue };
                let import = import_xml(&file.xml, Some(kind), true, Target::NEWEST);
                if import.diagnostics.iter().any(|one| matches!(one.problem, Problem::Missing { .. })) {
                    refused_by_parser += 1;
                    continue;
                }
                let spec =
                    imported(&file).map(|spec| serde_json::to_vec(&spec).expect("a spec should be JSON"));
                match spec.and_then(|json| gives_back(&file, &json, printed_otherwise)) {
                    Ok(()) => right += 1,
                    Err(error) => problems.push(format!("{}: {error}\n{}", file.name, some[index])),
                }
                formatted.push((file.name, xml));
            }
        }
        let _ = writeln!(table, "{:<9} {:>5} {right:>7} {refused_by_parser:>19}", kind.name, formatted.len());
        let refused = libvirt::refused_by_schema(kind.name, &formatted).unwrap_or_default();
        // libvirt prints the numbers of a USB bus and device in decimal digits, of which its schema has at most three. Only
        // these addresses begin with the bus: of a device on a bus (`type='usb'`), and of a host device (no type).
        let usb = ["<address bus='", "<address type='usb' bus='"];
        let beyond = |xml: &str| {
            let lines =
                xml.lines().filter(|line| usb.iter().any(|start| line.trim_start().starts_with(start)));
            lines
                .flat_map(|line| line.split('\''))
                .any(|text| text.parse::<u32>().is_ok_and(|number| number > 999))
        };
        let refused_of = |(name, xml): &&(String, String)| refused.contains_key(name) && !beyond(xml);
        for (name, xml) in formatted.iter().filter(refused_of) {
            problems.push(format!("{name}: formatted, it is not valid: {}\n{xml}", refused[name]));
        }
    }
    skip::print(&format!(
        "roundtrip of what the grammar describes:\nkind      valid    back refused by libvirt's parser\n{table}"
    ));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// An element whose text is a key of the set that holds it comes back without a text, too.
#[test]
fn an_element_without_keys_of_its_own_comes_back() {
    let xml = "<device>\n  <name>a</name>\n  <capability type='scsi'>\n    <host>3</host>\n    <bus>5</bus>\n    \
               <target>6</target>\n    <lun>4</lun>\n    <type/>\n  </capability>\n</device>\n";
    let file = File {
        name: "a unit without a type".into(),
        kind: "nodedev",
        valid: true,
        canonical: true,
        refused: false,
        xml: xml.into(),
    };
    let spec = serde_json::to_vec(&imported(&file).expect("a spec")).expect("a spec should be JSON");
    assert_eq!(gives_back(&file, &spec, another_spelling), Ok(()));
}

/// Import prints as nixfmt does, as far as that can be told without it: a line for each attribute and list
/// element, indented by two spaces a level, no blanks at a line's end, `[ ]` and `{ }` with a space, and no null.
#[test]
fn imports_are_tidy_nix() {
    let mut problems = Vec::new();
    for file in valid_files() {
        let Ok(spec) = imported(&file) else { continue };
        if let Err(error) = tidy(&nix::print(&spec).text) {
            problems.push(format!("{}: {error}", file.name));
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Checks the layout line by line, with what is open on the way.
fn tidy(text: &str) -> Result<(), String> {
    let mut open: Vec<char> = Vec::new();
    let mut in_string = false;
    for (number, line) in text.lines().enumerate() {
        let wrong = |what: &str| Err(format!("line {}: {what}: {line:?}", number + 1));
        if line.ends_with([' ', '\t']) && !in_string {
            return wrong("blanks at its end");
        }
        let bare = line.trim_start_matches(' ');
        if in_string {
            // The closing quotes stand alone or behind the last line.
            let closes = bare.replace("'''", "").contains("''") && !bare.replace("'''", "").contains("''$");
            in_string = !closes;
            if closes && !bare.ends_with("'';") && !bare.ends_with("''") {
                return wrong("something stands behind a string");
            }
            continue;
        }
        if bare.starts_with(['}', ']']) && open.pop() != bare.chars().next() {
            return wrong("it closes something else");
        }
        if line.len() - bare.len() != 2 * open.len() {
            return wrong("its indentation is off");
        }
        let (value, in_set) = match (open.last(), bare.split_once(" = ")) {
            (Some('}'), Some((key, value))) if !bare.starts_with(['}', ']']) => {
                // A set of one attribute is a path.
                let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-'.".contains(&byte));
                if !plain && !key.starts_with('"') {
                    return wrong("its key is no key");
                }
                (value, true)
            }
            (Some('}'), _) if !bare.starts_with(['}', ']']) => return wrong("it is no attribute"),
            (open, _) => (bare, open == Some(&'}')),
        };
        let value = match (in_set, value.strip_suffix(';')) {
            (true, Some(value)) => value,
            (true, None) if matches!(value, "{" | "[" | "''") => value,
            (true, None) => return wrong("it does not end"),
            (false, Some(_)) => return wrong("it ends in a semicolon"),
            (false, None) => value,
        };
        match value {
            "{" => open.push('}'),
            "[" => open.push(']'),
            "''" => in_string = true,
            "}" | "]" | "{ }" | "[ ]" | "true" | "false" => {}
            value if value.starts_with('"') && value.ends_with('"') && value.len() > 1 => {}
            value if value.parse::<i64>().is_ok() => {}
            _ => return wrong("it is no value that an import has"),
        }
    }
    match open.is_empty() && !in_string && text.ends_with('\n') {
        true => Ok(()),
        false => Err("it ends early".into()),
    }
}
