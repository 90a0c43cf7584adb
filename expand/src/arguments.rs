//! Arguments of templates, held against the templates' own table of them.

use std::path::Path;

use nixvirt_compiler::printable::Name;
use nixvirt_compiler::{Json, Problem, codes, keys, suggest_word};
use nixvirt_evaluator::{EMBEDDED, Evaluator, FormalPlace};
use nixvirt_schema::kind;
use nixvirt_templates::FILES;
use nixvirt_templates::arguments::{GivenArgument, TEMPLATES, Template, wrong};

use crate::evaluate::TEMPLATES as FOLDER;

/// The problems of the arguments that a template is called with, each with the argument's name. A value that cannot
/// be known is not wrong.
pub fn problems(template: &Template, arguments: &Json<'_>) -> Vec<(&'static str, Problem)> {
    let (Json::Set(entries) | Json::Open(entries)) = arguments else { return Vec::new() };
    let found = entries.iter().filter_map(|(name, value)| {
        let argument = template.argument(name)?;
        let given = given(value)?;
        if argument.value.takes(given) {
            return None;
        }
        let message = wrong(template.name, &argument.value.expected(), &shown(value));
        Some((argument.name, Problem::Evaluation { code: &codes::TEMPLATE, message }))
    });
    found.collect()
}

/// The arguments that a template cannot do without and is not given, each with what it is, and with the name that was perhaps
/// written for it.
pub fn absent(template: &Template, given: &[&str]) -> Vec<Problem> {
    let root = kind(template.kind).map(|kind| kind.root);
    let is_known = |name: &str| {
        template.argument(name).is_some() || root.is_some_and(|root| keys(root).iter().any(|key| key == name))
    };
    let strays = || given.iter().copied().filter(|name| !is_known(name));
    let needed = template.arguments.iter().filter(|argument| argument.default.is_none());
    let absent = needed.filter(|argument| !given.contains(&argument.name));
    absent
        .map(|argument| {
            let near = |stray: &&str| {
                argument.name.split('_').any(|part| part == *stray)
                    || suggest_word(&[argument.name], stray).is_some()
            };
            let help = match strays().find(near) {
                Some(stray) => format!("write `{}` for `{}`: {}", argument.name, Name(stray), argument.doc),
                None => format!("write `{}`: {}", argument.name, argument.doc),
            };
            let message = format!("{} (argument of `{}`): it must be given", argument.name, template.name);
            Problem::Rule { code: &codes::TEMPLATE, message, help: Some(help), fix: None }
        })
        .collect()
}

/// A value as types of arguments see it; nothing where it cannot be known.
fn given<'a>(value: &'a Json<'_>) -> Option<GivenArgument<'a>> {
    let is_set = |value: &Json<'_>| matches!(value, Json::Set(_) | Json::Open(_) | Json::Opaque);
    Some(match value {
        Json::Opaque => return None,
        Json::Null => GivenArgument::Null,
        Json::Bool(_) => GivenArgument::Bool,
        Json::Int(value) => GivenArgument::Whole(*value),
        Json::Float(_) => GivenArgument::Fraction,
        Json::Str(text) => GivenArgument::Text(text),
        Json::List(items) => GivenArgument::List(items.iter().all(is_set)),
        // A package stands for its path.
        Json::Set(_) | Json::Open(_) if value.get("outPath").is_some() => GivenArgument::Text(""),
        // It may have further attributes, which are unknown: it may be a package.
        Json::Open(_) => return None,
        Json::Set(_) => GivenArgument::Set,
    })
}

/// A value in a message.
fn shown(value: &Json<'_>) -> String {
    match value {
        Json::Str(text) => format!("{:?}", Name(text).to_string()),
        Json::Int(value) => value.to_string(),
        Json::Float(value) => value.to_string(),
        Json::Bool(value) => value.to_string(),
        Json::Null => "null".to_owned(),
        Json::List(_) => "a list".to_owned(),
        _ => "a set".to_owned(),
    }
}

/// The templates whose function has these arguments: one, or those that are made by one function. Nothing where it is no
/// template's.
pub fn templates_of(evaluator: &Evaluator, formals: &[FormalPlace]) -> Vec<&'static Template> {
    let Some(formal) = formals.first() else { return Vec::new() };
    let Some(source) = evaluator.source(formal.span.file) else { return Vec::new() };
    let Ok(below) = source.path.strip_prefix(Path::new(EMBEDDED).join(FOLDER)) else { return Vec::new() };
    let is_of = |template: &&Template| {
        let own = format!("{}/{}.nix", template.kind, template.name);
        let Some((_, text)) = FILES.iter().find(|(name, _)| *name == own) else { return false };
        let imported = below.strip_prefix(template.kind).ok();
        let imports = |file: &Path| text.contains(&format!("\nimport ./{} ", file.display()));
        below == Path::new(&own) || imported.is_some_and(imports)
    };
    TEMPLATES.iter().filter(is_of).collect()
}
