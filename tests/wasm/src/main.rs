//! Evaluates, checks and compiles where there are no files, no threads and one megabyte of stack. `tests/wasm/run` builds
//! this for WebAssembly and runs it there; its status is the number of the first part that failed, or 0. On this machine,
//! `cargo test --package nixvirt-wasm` runs the same and says what failed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use lsp_server::Request;
use lsp_types::{InitializeParams, TextDocumentItem, Uri};
use nixvirt_compiler::{
    Around, CompileOptions, Target, check_xml, compile_bundle, compile_spec, import_xml, parse_json,
};
use nixvirt_evaluator::{Files, Limits};
use nixvirt_expand::template::{HostPackages, expand};
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::files::Nowhere;
use nixvirt_ide::located_problem::LocatedProblem;
use nixvirt_ide::lsp::answers::{Client, answer};
use nixvirt_ide::lsp::documents::Documents;
use nixvirt_ide::lsp::thread_analyser::ThreadAnalyser;
use serde_json::json;

/// How a part went: nothing, or what is wrong.
type Checked = Result<(), String>;

const SPEC: &str = include_str!("../../../snapshots/ok/disk-volume.json");
/// The XML that it compiles to, below the notes of the suite `snapshots`.
const XML: &str = include_str!("../../../snapshots/ok/disk-volume.snap");

/// Every part, in the order of their numbers.
const PARTS: &[fn() -> Checked] = &[
    a_spec_compiles,
    a_bundle_compiles,
    a_template_is_expanded,
    nix_is_checked,
    an_editor_is_answered,
    depth_is_bounded,
];

fn main() -> ExitCode {
    let failed = PARTS.iter().position(|part| part().is_err());
    failed.map_or(ExitCode::SUCCESS, |number| ExitCode::from(u8::try_from(number + 1).unwrap_or(u8::MAX)))
}

fn equal(found: &str, expected: &str) -> Checked {
    if found == expected { Ok(()) } else { Err(format!("found:\n{found}\nexpected:\n{expected}")) }
}

/// Holds that a text has a part.
fn has(found: &str, part: &str) -> Checked {
    if found.contains(part) { Ok(()) } else { Err(format!("there is no {part:?} in:\n{found}")) }
}

/// The XML of a spec, or its problems.
fn compiled(spec: &str) -> String {
    let outcome = match parse_json(spec.as_bytes()) {
        Ok(parsed) => compile_spec(parsed.value, CompileOptions::DEFAULT),
        Err(problem) => return problem.problem.to_string(),
    };
    let problems = outcome.diagnostics.iter().map(|found| format!("{}: {}", found.path, found.problem));
    outcome.xml.unwrap_or_else(|| problems.collect::<Vec<_>>().join("\n"))
}

fn a_spec_compiles() -> Checked {
    let expected = XML.splitn(3, "---\n").nth(2).unwrap_or_default();
    let xml = compiled(SPEC);
    equal(xml.trim_end(), expected.trim_end())?;
    let diagnostics = check_xml(xml.as_bytes(), CompileOptions::DEFAULT).diagnostics;
    if !diagnostics.is_empty() {
        return Err(format!("{diagnostics:?}"));
    }
    has(&compiled(&SPEC.replace("target", "targt")), "devices.disk.targt")
}

/// Natively, objects compile on all processors.
fn a_bundle_compiles() -> Checked {
    let bundle = include_str!("../../../examples/bundle.json");
    let parsed = parse_json(bundle.as_bytes()).map_err(|problem| problem.problem.to_string())?;
    let mut expanded = expand(parsed.value, true, None, &HostPackages::default(), None);
    let (bundle, _) = compile_bundle(expanded.take(), CompileOptions::DEFAULT, &Around::NOTHING)
        .map_err(|diagnostics| format!("{diagnostics:?}"))?;
    let files: Vec<&str> = bundle.files.iter().map(|file| file.path.as_str()).collect();
    has(&files.join("\n"), ".xml")
}

fn a_template_is_expanded() -> Checked {
    let spec = r#"{ "template": "linux", "name": "web", "memory": { "count": 2, "unit": "GiB" } }"#;
    let parsed = parse_json(spec.as_bytes()).map_err(|problem| problem.problem.to_string())?;
    let mut expanded = expand(parsed.value, false, Some("domain"), &HostPackages::default(), None);
    let outcome = compile_spec(expanded.take(), CompileOptions::DEFAULT);
    has(&format!("{:?}{:?}", expanded.problems, outcome.xml), "<memory unit='GiB'>2</memory>")
}

/// The problems of a file in Nix, by a checker with a stack of so many bytes.
fn checked(files: impl Files + 'static, stack: usize, text: &str) -> String {
    let mut analyser = Analyser::new(files, Checking::DEFAULT).limited(Limits::for_stack(stack));
    let found = analyser.check(Path::new("/spec.nix"), text);
    let line = |LocatedProblem { start, message, .. }: &LocatedProblem| {
        format!("{}:{}: {message}", start.0, start.1)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn nix_is_checked() -> Checked {
    let text = "{ nixvirt, lib, ... }:\nlet disks = lib.genList (n: {\n  source.file = \"/disk${toString n}\";\n  \
                target = { dev = \"vda\"; busx = \"virtio\"; };\n}) 1;\nin nixvirt.lib.domain.writeXML {\n  \
                type = \"kvm\"; name = \"x\"; memory = 65536; vcpu = 1;\n  os.type = \"hvm\";\n  devices.disk = disks; }\n";
    has(&checked(Nowhere, Limits::STACK, text), "4:27: ")?;
    has(&checked(Nowhere, Limits::STACK, text), "busx")
}

fn an_editor_is_answered() -> Checked {
    let uri = "file:///spec.json";
    let text = "{ \"name\": \"x\", \"memory\": 1, \"devices\": { \"disk\": { } } }".to_owned();
    let mut documents = Documents::new(Arc::new(Nowhere));
    let parsed: Uri = uri.parse().map_err(|_| "the URI is one")?;
    documents.open(TextDocumentItem { uri: parsed, language_id: "json".into(), version: 1, text });
    let client = Client::of(&InitializeParams::default(), Checking::DEFAULT);
    let params = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 45 } });
    let request = Request::new(1.into(), "textDocument/hover".to_owned(), params);
    let analyser = ThreadAnalyser::new(Arc::new(Nowhere), Checking::DEFAULT);
    let response = answer(request, &documents, &client, &analyser);
    has(&format!("{response:?}"), "hard drive")
}

/// A source that is nested too deep is refused and overflows no stack, whatever its size.
fn depth_is_bounded() -> Checked {
    for stack in [Limits::STACK, Limits::STACK / 4] {
        let nix = |text: &str| checked(Nowhere, stack, text);
        let deep = |what: &str| nix(&format!("{{ x }}: x.domain.writeXML {{ name = {what}; }}"));
        has(&deep("let f = n: 1 + f n; in f 0"), "nested more than")?;
        has(&deep("let s = { t = s // { }; }; go = s: \"${go s.t}\"; in go s"), "nested more than")?;
        has(&deep("builtins.toJSON (let s = { inherit s; }; in s)"), "nested more than")?;
        let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(499), close.repeat(499));
        // These are no specs, but the answer comes back.
        for (open, close) in
            [("(", ")"), ("[", "]"), ("{ a = ", "; }"), ("x: ", ""), ("if 1 then ", " else 1"), ("- ", "")]
        {
            nix(&nested(open, close));
            deep(&nested(open, close));
        }
        nix(&"a.".repeat(490));
        nix(&"! ".repeat(3000));
        let searched = format!("builtins.match \"(a|b)*\" \"{}\"", "ab".repeat(40_000));
        deep(&searched);
        deep(&format!("builtins.fromJSON ''{}1{}''", "[".repeat(5000), "]".repeat(5000)));
    }
    // Of JSON and XML, bounds are those of libvirt, and the stack is that of every program.
    for depth in [500, 100_000] {
        compiled(&format!("{{ \"name\": {}1{} }}", "[".repeat(depth), "]".repeat(depth)));
        compiled(&format!("{}1{}", "{ \"devices\": ".repeat(depth), "}".repeat(depth)));
    }
    let chain = |depth: usize| {
        format!(
            "<domain type='kvm'><metadata>{}{}</metadata></domain>",
            "<a xmlns='b'>".repeat(depth),
            "</a>".repeat(depth)
        )
    };
    for depth in [250, 100_000] {
        import_xml(chain(depth).as_bytes(), None, false, Target::NEWEST);
        check_xml(chain(depth).as_bytes(), CompileOptions::DEFAULT);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_part_goes_well_on_this_machine() {
        for part in super::PARTS {
            if let Err(wrong) = nixvirt_evaluator::with_stack(part).expect("a stack") {
                panic!("{wrong}");
            }
        }
    }
}
