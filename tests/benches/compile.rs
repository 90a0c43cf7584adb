//! How fast it compiles, beside what it cannot beat: `serde_json` reading the same bytes into a `Value` and printing that
//! again, `/bin/true`, and NixVirt's generator. Aims: one spec within 4 times the floor, a process within 3 ms of
//! `/bin/true`, a thousand domains a hundred times faster than NixVirt.
//!
//! `cargo bench -p nixvirt-tests [-- PART-OF-A-NAME]`

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use nixvirt_compiler::link::{Facts, HostObjects, Object, link};
use nixvirt_compiler::{
    Around, CompileOptions, Json, Levels, Target, check_xml, compile_bundle, compile_for_link, compile_spec,
    format_xml, parse_json,
};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::place;
use nixvirt_tests::timing::{in_turns, ratio, shown};
use serde_json::{Value, json};

/// The time of NixVirt's generator for a domain of 270 leaves on this kind of machine.
const NIXVIRT: Duration = Duration::from_micros(3100);

const HOST: Around<'static> = Around { folder: "/host", ..Around::NOTHING };
fn main() {
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let benchmarks: [(&str, fn()); 4] =
        [("spec", specs), ("bundle", bundles), ("link", links), ("start", start)];
    for (name, benchmark) in benchmarks.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        println!("\n{name}");
        benchmark();
    }
}

/// The specs to compile, with what they are.
fn sources() -> Vec<(String, Vec<u8>)> {
    let example = fs::read(place::root().join("examples/linux.json")).expect("an example");
    let mut sources = vec![("examples/linux.json".to_owned(), minified(&example))];
    let files = fs::read_dir(place::checks()).into_iter().flatten().flatten();
    let specs = files.filter_map(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        let spec = name.starts_with("domain-") && name.ends_with(".json");
        spec.then(|| fs::read(file.path()).ok()).flatten().map(|source| (name, minified(&source)))
    });
    sources.extend(specs.max_by_key(|(_, source)| source.len()));
    sources
}

/// As Nix's `toJSON` prints it, on one line, with the stand-ins made what they stand for: nobody's paths are relative,
/// and a warning for each would be half of the work.
fn minified(source: &[u8]) -> Vec<u8> {
    let value: Value = serde_json::from_slice(source).expect("a spec");
    let real = [("OVMFFull_FD_PATH", "/OVMF"), ("QEMU_PATH", "/QEMU"), ("BUILD virtio", "/BUILD/virtio")];
    real.iter().fold(value.to_string(), |spec, (stand_in, path)| spec.replace(stand_in, path)).into_bytes()
}

fn specs() {
    for (name, source) in sources() {
        println!(" {name}, {} bytes", source.len());
        let [floor, _, compile] = in_turns(
            200,
            [
                ("serde_json: from_slice, to_string", &mut || {
                    let value: Value = serde_json::from_slice(black_box(&source)).expect("JSON");
                    black_box(value.to_string());
                }),
                ("nixvirt: parse", &mut || {
                    black_box(parse_json(black_box(&source)).expect("JSON").value);
                }),
                ("nixvirt: compile", &mut || {
                    let spec = parse_json(black_box(&source)).expect("JSON").value;
                    black_box(compile_spec(spec, CompileOptions::DEFAULT).xml.expect("it should compile"));
                }),
            ],
        );
        ratio("compile / serde_json", compile, floor, "4 at most");
        let spec = parse_json(&source).expect("JSON").value.into_owned();
        rules_and_facts(&[spec], Duration::ZERO);
    }
}

/// The time that rules and facts add to compiling specs, where `link` is the time of compiling them with both. XML is checked with rules and printed without, so
/// that the difference is theirs.
fn rules_and_facts(specs: &[Json<'static>], link: Duration) {
    let kind =
        |spec: &Json<'_>| nixvirt_schema::kind(if spec.get("ip").is_some() { "network" } else { "domain" });
    let options = |spec: &Json<'static>| CompileOptions { kind: kind(spec), ..CompileOptions::DEFAULT };
    let xml: Vec<(String, CompileOptions)> = specs
        .iter()
        .map(|spec| {
            (compile_spec(spec.clone(), options(spec)).xml.expect("it should compile"), options(spec))
        })
        .collect();
    let [compile, with_facts, printed, checked] = in_turns(
        40,
        [
            ("compile, without parsing", &mut || {
                for spec in specs {
                    black_box(compile_spec(spec.clone(), options(spec)));
                }
            }),
            ("compile with facts", &mut || {
                for spec in specs {
                    black_box(compile_for_link(spec.clone(), options(spec), &Levels::default()));
                }
            }),
            ("print the XML, no rules", &mut || {
                for (xml, options) in &xml {
                    black_box(format_xml(xml.as_bytes(), options.kind, Target::NEWEST));
                }
            }),
            ("check the XML, with rules", &mut || {
                for (xml, options) in &xml {
                    black_box(check_xml(xml.as_bytes(), *options));
                }
            }),
        ],
    );
    let rules = checked.saturating_sub(printed);
    let alone = compile.saturating_sub(rules);
    ratio("compile / without rules", compile, alone, "-");
    ratio("compile with facts and link / without", with_facts + link, compile, "-");
    ratio("rules, facts and link / none of them", with_facts + link, alone, "1.3 at most");
}

/// A thousand guests, each with a name of its own.
fn thousand() -> Vec<u8> {
    let (_, source) = sources().pop().expect("a source");
    let spec: Value = serde_json::from_slice(&source).expect("a spec");
    let domains: Vec<Value> = (0..1000)
        .map(|index| {
            let mut spec = spec.clone();
            spec["name"] = format!("vm{index}").into();
            spec["uuid"] = Value::Null;
            json!({ "spec": spec })
        })
        .collect();
    json!({ "domains": domains }).to_string().into_bytes()
}

fn bundles() {
    let source = thousand();
    println!(" 1000 domains, {} bytes", source.len());
    let dir = Dir::new();
    dir.write("host.json", &source);
    let [process, floor, binary] = in_turns(
        15,
        [
            ("in process", &mut || {
                let bundle = parse_json(black_box(&source)).expect("JSON").value;
                black_box(compile_bundle(bundle, CompileOptions::DEFAULT, &HOST).expect("it should compile"));
            }),
            ("serde_json: from_slice, to_string", &mut || {
                let value: Value = serde_json::from_slice(black_box(&source)).expect("JSON");
                black_box(value.to_string());
            }),
            ("the binary, files included", &mut || {
                dir.run(["-o", "host", "host.json"]).succeeds();
            }),
        ],
    );
    ratio("in process / serde_json", process, floor, "-");
    ratio("NixVirt (3.1 s) / in process", NIXVIRT * 1000, process, "100 at least");
    ratio("NixVirt (3.1 s) / the binary", NIXVIRT * 1000, binary, "100 at least");
}

/// So many guests of one host, each on a network of its own with a reservation, an image and a port.
fn host(count: usize) -> Vec<u8> {
    let (mut domains, mut networks) = (Vec::new(), Vec::new());
    for index in 0..count {
        let (high, low) = (index / 256, index % 256);
        let mac = format!("52:54:00:00:{high:02x}:{low:02x}");
        let devices = json!({
            "disk": { "source": { "file": format!("/srv/{index}.img") }, "target": { "dev": "vda" } },
            "interface": { "type": "network", "source": { "network": format!("net{index}") }, "mac": { "address": mac } },
            "graphics": { "type": "vnc", "port": 5900 + index },
        });
        let os = json!({ "type": "hvm", "arch": "x86_64", "machine": "q35" });
        let domain = json!({ "type": "kvm", "memory": 1_048_576, "os": os, "name": format!("vm{index}"), "devices": devices });
        domains.push(json!({ "active": true, "spec": domain }));
        let address = |last: u8| format!("10.{high}.{low}.{last}");
        let dhcp = json!({ "host": { "mac": mac, "ip": address(2) } });
        let ip = json!({ "address": address(1), "prefix": 24, "dhcp": dhcp });
        networks.push(json!({ "spec": { "name": format!("net{index}"), "ip": ip } }));
    }
    json!({ "domains": domains, "networks": networks }).to_string().into_bytes()
}

/// Looking at the objects of a host together, and what it adds to compiling each of them.
fn links() {
    let sources = [1000, 10_000].map(host);
    let facts = |source: &[u8]| -> Vec<(Facts, bool)> {
        let bundle = parse_json(source).expect("JSON").value;
        let lists = ["domains", "networks"].into_iter().zip(["domain", "network"]);
        let mut all = Vec::new();
        for (plural, kind) in lists {
            let Some(Json::List(items)) = bundle.get(plural) else { panic!("a list of {plural}") };
            let options = CompileOptions { kind: nixvirt_schema::kind(kind), ..CompileOptions::DEFAULT };
            for item in items {
                let spec = item.get("spec").expect("a spec").clone();
                let (_, facts) = compile_for_link(spec, options, &Levels::default());
                all.push((facts.expect("facts"), kind == "domain"));
            }
        }
        all
    };
    let hosts: Vec<HostObjects> = sources
        .iter()
        .map(|source| {
            let objects = facts(source).into_iter();
            let object = |(facts, active)| Object {
                facts,
                active: Some(active).filter(|it| *it),
                holder: None,
                reserved: Vec::new(),
            };
            HostObjects { objects: objects.map(object).collect(), ..HostObjects::default() }
        })
        .collect();
    let [small, large] = in_turns(
        15,
        [
            ("link: 1,000 domains and networks", &mut || {
                assert!(black_box(link(black_box(&hosts[0]))).is_empty());
            }),
            ("link: 10,000 domains and networks", &mut || {
                assert!(black_box(link(black_box(&hosts[1]))).is_empty());
            }),
        ],
    );
    ratio("10,000 / 1,000", large, small, "near 10");
    let source = parse_json(&sources[0]).expect("JSON").value.into_owned();
    let specs: Vec<Json<'static>> = ["domains", "networks"]
        .iter()
        .filter_map(|plural| match source.get(plural)? {
            Json::List(items) => Some(items.iter().filter_map(|item| item.get("spec").cloned())),
            _ => None,
        })
        .flatten()
        .collect();
    println!(" 1,000 domains and 1,000 networks");
    rules_and_facts(&specs, small);
}

fn start() {
    let (name, source) = sources().pop().expect("a source");
    let dir = Dir::new();
    dir.write("spec.json", source);
    println!(" {name}");
    let [nothing, compile] = in_turns(
        400,
        [
            ("/bin/true", &mut || {
                assert!(Command::new("/bin/true").status().is_ok_and(|status| status.success()));
            }),
            ("nixvirt-compile SPEC", &mut || {
                let mut command = Command::new(binary());
                command
                    .arg("spec.json")
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .current_dir(dir.path());
                assert!(command.status().is_ok_and(|status| status.success()));
            }),
        ],
    );
    println!(
        "  {:<44} {:>12}   (aim: 3 ms at most)",
        "the difference",
        shown(compile.saturating_sub(nothing))
    );
}
