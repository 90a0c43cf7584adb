//! Telling files that are libvirt's from others, for whoever checks all files of a repository at once.

use nixvirt_compiler::{Json, is_bundle, keys, parse_json};
use nixvirt_schema::{KINDS, all_kinds, kind};

use crate::evaluate::{TEMPLATE_KINDS, evaluator, template_names};
use crate::files::Nowhere;
use crate::source::{Language, Source};

/// Whether a file has nothing to do with libvirt: XML with another root; JSON that is no bundle, names neither a kind nor a
/// template, and has little that a domain has. Nix is never foreign: only what is libvirt's is looked for in it.
pub fn is_foreign(source: &Source) -> bool {
    match source.language {
        Language::Nix => false,
        Language::Xml => {
            let text = String::from_utf8_lossy(&source.bytes);
            !is_libvirts(&text)
        }
        // What cannot be read is somebody's JSON with comments, say.
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
    let Json::Set(entries) = value else { return false };
    if let Some(Json::Str(name)) = value.get("kind") {
        return kind(name).is_some();
    }
    if let Some(Json::Str(name)) = value.get("template") {
        let mut evaluator = evaluator(Nowhere, None, false);
        let known = |kind: &&str| template_names(&mut evaluator, kind).iter().any(|known| known == name);
        return TEMPLATE_KINDS.iter().any(known);
    }
    if is_bundle(value) {
        let list_of_sets = |value: &Json<'_>| match value {
            Json::List(items) => items.iter().all(|item| matches!(item, Json::Set(_))),
            _ => false,
        };
        return KINDS.iter().filter_map(|kind| value.get(kind.plural)).all(list_of_sets);
    }
    let Some(domain) = KINDS.first() else { return false };
    let known = keys(domain.root);
    let typical = ["devices", "memory", "os", "vcpu"].iter().any(|key| value.get(key).is_some());
    typical && entries.iter().filter(|(key, _)| known.contains(key)).count() * 2 > entries.len()
}
