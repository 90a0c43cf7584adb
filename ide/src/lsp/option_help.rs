//! The modules' options in a configuration: what may be set at a place, and what an option is for.

use lsp_types::{CompletionItem, CompletionItemKind};
use nixvirt_compiler::nix;

use crate::lsp::completion_item::ItemWriter;
use crate::lsp::cursor::{self, Cursor, MARK};
use crate::lsp::question::Question;
use crate::lsp::syntax;
use crate::module_options::{self, GUEST, ModuleOption, ROOT};
use crate::source::Language;

/// The names below which flake-parts has the options of each host.
const HOSTS: [&str; 2] = ["libvirt", "hosts"];

/// The path of an option, or of what holds some, that a way leads to; nothing where it leads elsewhere.
fn path_of(way: &[String]) -> Option<Vec<&str>> {
    let way: Vec<&str> = way.iter().map(String::as_str).collect();
    let start_of = |root: &[&str]| way.windows(root.len()).position(|part| part == root);
    if let Some(at) = start_of(&ROOT).or_else(|| start_of(&GUEST)) {
        return Some(way[at..].to_vec());
    }
    let at = start_of(&HOSTS)?;
    let below = way.get(at + HOSTS.len() + 1..)?;
    Some(ROOT.iter().chain(below).copied().collect())
}

/// The options that may be set where a name is being written.
pub(super) fn keys(writer: &ItemWriter<'_>) -> Vec<CompletionItem> {
    let marked = &writer.written.marked;
    let way = syntax::way_to_mark(marked);
    let (_, there) = syntax::names_beside(marked);
    if way.last().is_some_and(|last| *last == ROOT[0]) && !there.iter().any(|name| *name == ROOT[1]) {
        let doc = "nixvirt: what libvirt is to have on this host.";
        return vec![item(writer, ROOT[1], "{ $1 }", doc, "")];
    }
    let Some(path) = path_of(&way) else { return Vec::new() };
    module_options::below(&path)
        .into_iter()
        // A name that the user makes up is none of the options'.
        .filter(|(name, _)| !name.starts_with('<') && !there.iter().any(|known| known == name))
        .map(|(name, option)| {
            let (doc, detail) = option.map_or(("", ""), |option| (option.doc, option.value));
            item(writer, name, &value(name, option, &path), doc, detail)
        })
        .collect()
}

fn item(writer: &ItemWriter<'_>, name: &str, value: &str, doc: &str, detail: &str) -> CompletionItem {
    let (text, snippet) = writer.binding(name, || value.to_owned());
    writer.item(name, CompletionItemKind::PROPERTY, &text, snippet, doc, detail)
}

/// The value of what stands below a path, to be filled in.
fn value(name: &str, option: Option<&ModuleOption>, path: &[&str]) -> String {
    let below: Vec<&str> = path.iter().copied().chain([name]).collect();
    let holds_more = !module_options::below(&below).is_empty();
    let kind = option.map_or("", |option| option.value);
    match option.map(ModuleOption::values).unwrap_or_default() {
        values if !values.is_empty() => format!("${{1|{}|}}", quoted(&values).join(",")),
        _ if holds_more || kind.contains("attribute set") => "{ $1 }".to_owned(),
        _ if kind.contains("list of") => "[ $1 ]".to_owned(),
        _ if kind.contains("string") => "\"$1\"".to_owned(),
        _ => "$1".to_owned(),
    }
}

/// Values as Nix writes them.
fn quoted(values: &[&str]) -> Vec<String> {
    let written = |value: &&str| match *value {
        "true" | "false" => (*value).to_owned(),
        word => nix::string(word),
    };
    values.iter().map(written).collect()
}

/// The words that the option may have whose value is being written.
pub(super) fn values(writer: &ItemWriter<'_>) -> Vec<CompletionItem> {
    let way = syntax::way_to_mark(&writer.written.marked);
    let option = path_of(&way).and_then(|path| module_options::at(&path));
    let Some(option) = option else { return Vec::new() };
    let values = quoted(&option.values()).into_iter();
    values
        .filter(|value| !writer.written.quoted || value.starts_with('"'))
        .map(|value| writer.value(&value, option.doc, ""))
        .collect()
}

/// The description of the option at a place, as Markdown.
pub(super) fn hover(question: &Question<'_>) -> Option<(String, std::ops::Range<usize>)> {
    let text = &question.document.text.text;
    if question.document.language != Language::Nix || !(text.contains(HOSTS[0]) || text.contains(GUEST[0])) {
        return None;
    }
    let (name, written) = match cursor::at(text, question.offset)? {
        Cursor::Key(written) => (Some(text.get(written.range.clone())?.to_owned()), written),
        Cursor::Value(written) | Cursor::Element(written) => (None, written),
        Cursor::Template(..) => return None,
    };
    if written.range.is_empty() || name.as_deref() == Some(MARK) {
        return None;
    }
    let way: Vec<String> = syntax::way_to_mark(&written.marked).into_iter().chain(name).collect();
    let option = module_options::at(&path_of(&way)?)?;
    Some((format!("**{}**\n\n{}", option.path.join("."), option.doc), written.range))
}
