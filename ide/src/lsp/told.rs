//! A set that says itself which object it is: by `kind`, by `template`, or by its place in a bundle. The compiler goes by the same
//! keys; whoever has just begun to write has nothing else yet.

use nixvirt_compiler::{Path as Place, PathStep};
use nixvirt_evaluator::{Content, Tree};
use nixvirt_expand::evaluate::to_json;
use nixvirt_schema::{KINDS, Kind};
use nixvirt_templates::arguments::Template;

use crate::lsp::marked::{Context, clean};
use crate::lsp::templates;

/// The object that a set says it is.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// The template whose arguments the set has.
    pub template: Option<&'static Template>,
}

impl Told {
    /// The object that the set at a path says it is; nothing where it does not say.
    pub(super) fn of(root: &Tree, path: &[PathStep]) -> Option<Told> {
        let set = below(root, path)?;
        if let ([above @ .., args], Some(entry)) = (path, above(root, path))
            && args.key == "args"
        {
            let template = template_of(entry, listed(above))?;
            return Some(Told { kind: nixvirt_schema::kind(template.kind)?, template: Some(template) });
        }
        // Beside the template of a bundle's entry are the keys of the entry, of which one is `args`.
        if listed(path).is_some() || set.get("template").and(set.get("args")).is_some() {
            return None;
        }
        let kind = match word(set, "kind") {
            Some(name) => Some(nixvirt_schema::kind(name)?),
            None => in_bundle(path),
        };
        match (template_of(set, kind), kind) {
            // A template says its kind, too.
            (Some(template), _) => {
                Some(Told { kind: nixvirt_schema::kind(template.kind)?, template: Some(template) })
            }
            (None, Some(kind)) => Some(Told { kind, template: None }),
            (None, None) => None,
        }
    }

    /// The contexts of a place in such a set: the arguments of its template, and the keys of its kind.
    pub(super) fn contexts(self, set: &Tree, path: &Place) -> Vec<Context> {
        let json = to_json(&clean(set));
        let context = |arguments| Context {
            kind: self.kind,
            arguments,
            json: json.clone(),
            path: path.clone(),
            others: Vec::new(),
        };
        let of_template = self.template.map(|template| context(Some(template.arguments)));
        of_template.into_iter().chain([context(None)]).collect()
    }
}

/// A word under a key of a set.
fn word<'t>(set: &'t Tree, key: &str) -> Option<&'t str> {
    match &set.get(key)?.content {
        Content::Str(word) => Some(word),
        _ => None,
    }
}

/// The template that a set names, among those of a kind where one is known.
fn template_of(set: &Tree, kind: Option<&'static Kind>) -> Option<&'static Template> {
    let name = word(set, "template")?;
    templates::all(kind).into_iter().find(|template| template.name == name)
}

/// The kind of the spec at a path, where the path is one of a bundle: `networks[0].spec`, `networks.lan.spec`.
fn in_bundle(path: &[PathStep]) -> Option<&'static Kind> {
    match path {
        [above @ .., spec] if spec.key == "spec" => listed(above),
        _ => None,
    }
}

/// The kind of the entries that a path leads to one of: `networks[0]`, `networks.lan`.
fn listed(path: &[PathStep]) -> Option<&'static Kind> {
    let of_list = |step: &PathStep| KINDS.iter().find(|kind| kind.plural == step.key);
    match path {
        [.., list] if list.index.is_some() => of_list(list),
        [.., set, name] if set.index.is_none() && name.index.is_none() => of_list(set),
        _ => None,
    }
}

/// The set that holds the one at a path.
fn above<'t>(root: &'t Tree, path: &[PathStep]) -> Option<&'t Tree> {
    below(root, path.split_last()?.1)
}

/// The value at a path.
pub(super) fn below<'t>(tree: &'t Tree, path: &[PathStep]) -> Option<&'t Tree> {
    path.iter().try_fold(tree, |tree, step| match (&tree.get(&step.key)?.content, step.index) {
        (Content::List(items, _), Some(index)) => items.get(index).map(|item| &**item),
        _ => tree.get(&step.key).map(|value| &**value),
    })
}
