//! The templates in words: what each makes and takes, out of the templates' own table.

use std::path::{Path, PathBuf};

use nixvirt_evaluator::{EMBEDDED, Evaluator, FormalPlace};
use nixvirt_schema::Kind;
use nixvirt_templates::arguments::{Argument, TEMPLATES as TABLE, Template};

use nixvirt_expand::arguments::templates_of;
use nixvirt_expand::evaluate::TEMPLATES;

/// The arguments of the template whose function takes these.
pub(super) fn arguments(evaluator: &Evaluator, formals: &[FormalPlace]) -> &'static [Argument] {
    templates_of(evaluator, formals).first().map_or(&[], |template| template.arguments)
}

/// The templates of a kind; of all kinds where none is given.
pub(super) fn all(kind: Option<&'static Kind>) -> Vec<&'static Template> {
    TABLE.iter().filter(|template| kind.is_none_or(|kind| kind.name == template.kind)).collect()
}

/// The file of a template, among those that are part of this program.
pub(super) fn file(template: &Template) -> PathBuf {
    Path::new(EMBEDDED).join(TEMPLATES).join(template.kind).join(format!("{}.nix", template.name))
}

/// An argument, as Markdown.
pub(super) fn markdown(argument: &Argument) -> String {
    let default = match &argument.default {
        Some(default) => format!("By default `{default}`."),
        None => "It must be given.".to_owned(),
    };
    format!("{}\n\nExpected {}. {default}", argument.doc, argument.value.expected())
}
