//! Recognises a file: a kind of libvirt's object, a bundle, or a file of another program. Compiling, `check`, `fmt`,
//! hooks and editors all ask here; the kinds' own tables decide.

use std::borrow::Cow;

use nixvirt_compiler::{Json, Recognised, parse_json, recognise};
use nixvirt_evaluator::{Evaluator, Thunk, Value};
use nixvirt_schema::all_kinds;

use crate::files::Nowhere;
use crate::source::{Language, SourceText};
use nixvirt_expand::evaluate::{TEMPLATE_KINDS, evaluator, template_names};

/// Whether a file has nothing to do with libvirt: XML with another root; JSON that is no bundle, names neither a kind nor a
/// template, and has not the keys of any kind. Nix is never foreign: only what is libvirt's is looked for in it.
pub fn is_foreign(source: &SourceText) -> bool {
    match source.language {
        Language::Nix => false,
        Language::Xml => {
            let text = String::from_utf8_lossy(&source.bytes);
            !is_libvirts(&text)
        }
        // Unreadable JSON belongs to another program, which may allow comments in it.
        Language::Json => parse_json(&source.bytes).map_or(true, |parsed| !is_ours(&parsed.value)),
    }
}

/// Whether XML is libvirt's, by its root, and by its kind's sign where others have such a root, too.
pub fn is_libvirts(text: &str) -> bool {
    let Some(root) = root(text) else { return false };
    all_kinds().any(|kind| kind.root.name == root && kind.sign.is_none_or(|sign| text.contains(sign)))
}

/// The name of the root element, which may have a lot before it.
fn root(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<!") => ">",
            _ => break,
        };
        rest = rest.get(rest.find(end)? + end.len()..)?.trim_start();
    }
    let tag = rest.strip_prefix('<')?;
    tag.split(|end: char| end.is_whitespace() || matches!(end, '>' | '/')).next()
}

/// Whether JSON is a spec or a bundle.
pub fn is_ours(value: &Json<'_>) -> bool {
    match recognise(value) {
        Recognised::Bundle | Recognised::Named(_) | Recognised::ByKeys(_) => true,
        Recognised::Template(name) => {
            let mut evaluator = evaluator(Nowhere, None, false);
            let known = |kind: &&str| template_names(&mut evaluator, kind).iter().any(|known| known == name);
            TEMPLATE_KINDS.iter().any(known)
        }
        Recognised::Other => false,
    }
}

/// How deep values are evaluated to tell what they are: a bundle's entries are two levels down.
const DEPTH: usize = 2;
/// How many elements of a list are looked at.
const BEGINNING: usize = 16;

/// A value, evaluated as far as recognising it needs; deeper values are opaque. What a file holds may be all of nixpkgs, so
/// the values of a set are evaluated only where its keys could be an object's.
pub fn shallow_value(evaluator: &mut Evaluator, value: Thunk) -> Json<'static> {
    match recognise(&shallow(evaluator, value, 0)) {
        Recognised::Other => Json::Opaque,
        _ => shallow(evaluator, value, DEPTH),
    }
}

/// A value evaluated to a depth; of a long list, its beginning.
pub(crate) fn shallow(evaluator: &mut Evaluator, value: Thunk, depth: usize) -> Json<'static> {
    let text = |text: &str| Json::Str(Cow::Owned(text.to_owned()));
    match evaluator.force(value) {
        Ok(Value::Null) => Json::Null,
        Ok(Value::Bool(value)) => Json::Bool(value),
        Ok(Value::Int(value)) => Json::Int(value.into()),
        Ok(Value::Str(value) | Value::Path(value)) => text(&value),
        Ok(Value::List(list)) if depth > 0 => {
            let items = list.items.iter().take(BEGINNING);
            Json::List(items.map(|item| shallow(evaluator, *item, depth - 1)).collect())
        }
        Ok(Value::Set(set)) => {
            let mut entries = Vec::with_capacity(set.entries.len());
            for (name, attribute) in &set.entries {
                let name = evaluator.symbols.name(*name).to_string();
                // These two say themselves what the set is.
                let says = matches!(&*name, "kind" | "template");
                let value = match depth {
                    0 if !says => Json::Opaque,
                    0 => shallow(evaluator, attribute.value, 0),
                    _ => shallow(evaluator, attribute.value, depth - 1),
                };
                entries.push((Cow::Owned(name), value));
            }
            Json::Set(entries)
        }
        _ => Json::Opaque,
    }
}
