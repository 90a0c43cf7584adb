//! The wrong examples of the codes that speak of several places, in each language that they can be written in.

use nixvirt_compiler::{CompileOptions, codes, compile_spec, parse_json};

use crate::command::Dir;

/// The wrong examples whose problems have other places, each as a file in Nix, in JSON and, where it is one object, in XML: the
/// names and the texts of the files.
pub fn wrong_examples(dir: &Dir) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for code in codes::all() {
        let Some((text, language @ ("nix" | "json"))) = code.wrong.text() else { continue };
        let file = format!("example.{language}");
        dir.write(&file, text);
        let checked = dir.run(["check", "--format", "json", &file]).done();
        let Ok(problems) = serde_json::from_str::<serde_json::Value>(&checked.stdout) else { continue };
        let problems = problems.as_array().cloned().unwrap_or_default();
        let speaks = |problem: &serde_json::Value| {
            problem["code"] == code.name
                && problem["related"].as_array().is_some_and(|places| !places.is_empty())
        };
        if !problems.iter().any(speaks) {
            continue;
        }
        found.push((format!("{}.{language}", code.name), text.to_owned()));
        if language == "nix"
            && let Some(json) = in_json(text)
        {
            found.push((format!("{}.json", code.name), json.clone()));
            let value = parse_json(json.as_bytes()).expect("JSON").value;
            let allow: &'static [&'static str] = Box::leak(Box::new([code.name]));
            if let Some(xml) = compile_spec(value, CompileOptions { allow, ..CompileOptions::DEFAULT }).xml {
                found.push((format!("{}.xml", code.name), xml));
            }
        }
    }
    found
}

/// A spec in Nix as JSON, by the evaluator.
fn in_json(text: &str) -> Option<String> {
    let mut evaluator = nixvirt_expand::evaluate::evaluator(nixvirt_ide::files::Nowhere, None, false);
    let (_, value) = evaluator.add(std::path::Path::new("/example.nix"), text, false);
    let tree = evaluator.tree(value, false).ok()?;
    serde_json::to_string_pretty(&nixvirt_expand::evaluate::to_json(&tree)).ok()
}
