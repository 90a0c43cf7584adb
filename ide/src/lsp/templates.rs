//! The templates in words: what each makes and takes, out of its own file.

use std::path::{Path, PathBuf};

use nixvirt_evaluator::{EMBEDDED, Evaluator, FormalPlace};
use nixvirt_schema::{KINDS, Kind};

use crate::evaluate::{TEMPLATES, evaluator, kind_of_template, template, template_files, template_names};
use crate::files::Nowhere;

/// An argument of a template.
pub struct Argument {
    /// Its name.
    pub name: String,
    /// The description in the template's file.
    pub doc: String,
    /// The default value, as it is written.
    pub default: Option<String>,
}

/// The arguments of a template.
pub fn arguments(evaluator: &Evaluator, formals: &[FormalPlace]) -> Vec<Argument> {
    formals.iter().filter_map(|formal| argument(evaluator, formal)).collect()
}

fn argument(evaluator: &Evaluator, formal: &FormalPlace) -> Option<Argument> {
    let source = evaluator.sources.get(formal.span.file.0 as usize)?;
    let default = formal.default.and_then(|default| source.text.get(default.range()));
    // Templates build on each other: what one does not say of an argument, another one of its kind does.
    let siblings = kind_of_template(evaluator, formal.span).into_iter().flat_map(files_of);
    let texts = std::iter::once(&*source.text).chain(siblings.map(|(_, text)| text));
    let doc = texts.into_iter().find_map(|text| doc_of(text, &formal.name)).unwrap_or_default();
    Some(Argument {
        name: formal.name.to_string(),
        doc,
        default: default.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
    })
}

fn files_of(kind: &'static Kind) -> impl Iterator<Item = (&'static str, &'static str)> {
    template_files()
        .filter(|(name, _)| name.strip_prefix(kind.name).is_some_and(|below| below.starts_with('/')))
}

/// The comment above an argument of a function.
fn doc_of(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_argument =
        |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with([',', '?']));
    let at = lines.iter().position(|line| is_argument(line))?;
    comment(
        lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with('#'))
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
            .rev(),
    )
}

/// The text of the lines of a comment.
fn comment<'t>(lines: impl Iterator<Item = &'t str>) -> Option<String> {
    let lines: Vec<&str> = lines.map(|line| line.trim_start_matches('#').trim()).collect();
    let text = lines.join(" ");
    (!text.is_empty()).then_some(text)
}

/// A template.
pub struct Template {
    /// Its name.
    pub name: String,
    /// The kind of object that it makes.
    pub kind: &'static Kind,
    /// The description of the template in its file.
    pub doc: String,
    /// Its file.
    pub path: PathBuf,
}

/// The templates of a kind; of all kinds where none is given.
pub fn all(kind: Option<&'static Kind>) -> Vec<Template> {
    let mut evaluator = plain();
    let kinds = KINDS.iter().filter(|known| kind.is_none_or(|kind| kind.name == known.name));
    kinds
        .flat_map(|kind| {
            let names = template_names(&mut evaluator, kind.name);
            names.into_iter().map(move |name| {
                let below = format!("{}/{name}.nix", kind.name);
                let text = template_files().find(|(file, _)| *file == below).map_or("", |(_, text)| text);
                let doc = comment(text.lines().take_while(|line| line.starts_with('#') && *line != "#"));
                let path = Path::new(EMBEDDED).join(TEMPLATES).join(below);
                Template { name, kind, doc: doc.unwrap_or_default(), path }
            })
        })
        .collect()
}

/// The arguments of a template of that name.
pub fn arguments_of(kind: &Kind, name: &str) -> Vec<Argument> {
    let mut evaluator = plain();
    let Some(function) = template(&mut evaluator, kind.name, name) else { return Vec::new() };
    let formals = evaluator.formals(function);
    arguments(&evaluator, &formals)
}

/// An evaluator that reads nothing of the user's.
fn plain() -> Evaluator {
    evaluator(Nowhere, None, true)
}

/// An argument, as Markdown.
pub fn markdown(argument: &Argument) -> String {
    let mut parts = Vec::new();
    if !argument.doc.is_empty() {
        parts.push(argument.doc.clone());
    }
    parts.push(match &argument.default {
        Some(default) => format!("By default `{default}`."),
        None => "It must be given.".to_owned(),
    });
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::{all, arguments_of};

    #[test]
    fn every_template_and_argument_says_what_it_is() {
        let templates = all(None);
        assert!(templates.len() >= 5);
        for template in templates {
            assert!(template.doc.len() > 20, "{} says nothing of itself", template.name);
            let arguments = arguments_of(template.kind, &template.name);
            assert!(arguments.len() > 3, "{} takes too little", template.name);
            for argument in arguments {
                let said = argument.doc.ends_with('.');
                assert!(said, "{}: {} has no sentence above it", template.name, argument.name);
            }
        }
    }
}
