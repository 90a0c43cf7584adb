//! The schema in words: what `explain` prints, what editors show beside the cursor and beside what they offer.

use nixvirt_compiler::{Code, Offer, keys};
use nixvirt_schema::{Default, Format, Guard, Need, Subject, Test, Versions, Words};

use crate::catalogue::page_of;

/// Whether an entry must be there, behind its name.
pub fn needed(need: Need) -> &'static str {
    if need.is_required() { " (required)" } else { "" }
}

/// Which versions of libvirt have an entry, behind its name; nothing where all have it.
pub fn dated(versions: Versions) -> String {
    if versions == Versions::ALL { String::new() } else { format!(" ({versions})") }
}

/// Where an entry may stand, behind its format.
pub fn when(guard: &Guard) -> String {
    match conditions(guard) {
        conditions if conditions.is_empty() => String::new(),
        conditions => format!("; where {conditions}"),
    }
}

/// The lines that say what words mean, each or all, and what libvirt takes where the entry is missing; each line behind some spaces.
pub fn meanings(words: Words, each: &str, default: Option<Default>, indent: &str) -> String {
    let mut lines: String =
        words.iter().map(|(word, meaning)| format!("{indent}{word}: {meaning}\n")).collect();
    if !each.is_empty() {
        lines.push_str(&format!("{indent}each: {each}\n"));
    }
    if let Some(Default { value, source, .. }) = default {
        lines.push_str(&format!("{indent}where it is missing: {value} ({source})\n"));
    }
    lines
}

/// Where libvirt documents an entry.
pub fn address(page: &str) -> String {
    format!("https://libvirt.org/{page}")
}

/// The page of a diagnostic code, as Markdown.
pub fn code_page(code: &Code) -> String {
    let mut page =
        format!("# {}\n\n{} ({})\n\n{}\n", code.name, code.summary, code.severity.name(), code.explanation);
    for (title, example) in [("Wrong", code.wrong), ("Right", code.right)] {
        if let Some((text, language)) = example.text() {
            page.push_str(&format!("\n## {title}\n\n```{language}\n{}\n```\n", text.trim_end()));
        }
    }
    page
}

/// The conditions under which an entry applies, in words; empty if it always applies.
pub fn conditions(guard: &Guard) -> String {
    let conditions: Vec<String> = guard
        .conditions()
        .map(|condition| {
            let subject = match condition.subject {
                Subject::Attribute(0, name) => format!("`{name}`"),
                Subject::Attribute(levels, name) => format!("`{}{name}`", "../".repeat(levels)),
                Subject::Text => "the text".to_owned(),
                Subject::ChildText(child) => format!("`{child}`"),
                Subject::ChildAttribute(child, name) => format!("`{child}.{name}`"),
                Subject::BesideAttribute(sibling, name) => format!("`../{sibling}.{name}`"),
            };
            let listed = |values: &[&str]| values.join(", ");
            match condition.test {
                Test::In([only]) => format!("{subject} is {only}"),
                Test::In(values) => format!("{subject} is one of {}", listed(values)),
                Test::NotIn(values) => format!("{subject} is not {}", listed(values)),
                Test::Present => format!("there is {subject}"),
                Test::Absent => format!("there is no {subject}"),
                Test::Begins(starts) => format!("{subject} begins with {}", listed(starts)),
                Test::BeginsNot(starts) => format!("{subject} does not begin with {}", listed(starts)),
            }
        })
        .collect();
    conditions.join(" and ")
}

/// The description of a format, in a line.
pub fn format(offer: &Offer) -> String {
    let plain = offer.format().map(|format| format.describe());
    let format = offer.element().filter(|_| !offer.is_plain()).map(|element| {
        let set = if offer.is_many() { "a set or a list of sets" } else { "a set" };
        if element.is_flag() { format!("`true` or {set}") } else { set.to_owned() }
    });
    match (format, plain) {
        (Some(format), Some(plain)) => format!("{format}, or {plain}"),
        (Some(format), None) => format,
        (None, plain) => plain.unwrap_or_default(),
    }
}

/// Links to the pages that describe the parts, as Markdown, where there is a reference site at an address.
pub fn pages(reference: Option<&str>, offers: &[&Offer]) -> String {
    let Some(root) = reference else { return String::new() };
    let mut pages: Vec<String> = offers.iter().filter_map(|offer| page_of(offer)).collect();
    pages.dedup();
    let link = |page: &String| format!("[{}]({root}/{page})", page.replace(".html", ""));
    let links: Vec<String> = pages.iter().map(link).collect();
    if links.is_empty() { String::new() } else { format!("\n\nIn the reference: {}", links.join(", ")) }
}

/// Describes the parts that a key may stand for, as Markdown: more than one where that depends on something unknown.
pub fn markdown(offers: &[&Offer]) -> String {
    sections(offers.iter().map(|offer| one(offer, Notation::Spec)).collect())
}

/// Describes the parts that a name of XML may stand for, as Markdown; more than one as in [`markdown`].
pub fn markdown_in_xml(offers: &[&Offer]) -> String {
    sections(offers.iter().map(|offer| one(offer, Notation::Xml)).collect())
}

/// The description of the value of an attribute, or of the text of an element, as XML has it, in a line; nothing of an element
/// without text.
pub fn format_in_xml(offer: &Offer) -> String {
    let Some(format) = offer.format() else { return String::new() };
    match format {
        Format::YesNo | Format::OnOff => format.words().join(" or "),
        format => format.describe(),
    }
}

/// In which language a description speaks of values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Spec,
    Xml,
}

/// The sections of a description, each once.
fn sections(described: Vec<String>) -> String {
    let mut sections: Vec<&str> = Vec::new();
    for section in described.iter().map(String::as_str) {
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    sections.join("\n\n---\n\n")
}

fn one(offer: &Offer, notation: Notation) -> String {
    let mut parts = vec![offer.doc().to_owned()];
    let format = match notation {
        Notation::Spec => format(offer),
        Notation::Xml => format_in_xml(offer),
    };
    if !format.is_empty() {
        parts.push(format!("Expected {format}."));
    }
    if !offer.words().is_empty() {
        let meanings: Vec<String> =
            offer.words().iter().map(|(word, meaning)| format!("* `{word}`: {meaning}")).collect();
        parts.push(meanings.join("\n"));
    }
    if !offer.each().is_empty() {
        parts.push(format!("Each is {}.", offer.each()));
    }
    if let Some(default) = offer.default() {
        parts.push(match default.always {
            true => format!("Where it is missing, libvirt takes `{}`.", default.value),
            false => format!("Where it is missing, libvirt takes this: {}.", default.value),
        });
    }
    if !needed(offer.need()).is_empty() {
        parts.push("It must be there.".to_owned());
    }
    if offer.versions() != Versions::ALL {
        parts.push(format!("It exists {}.", offer.versions()));
    }
    let conditions = conditions(&offer.guard());
    if !conditions.is_empty() {
        parts.push(format!("Only where {conditions}."));
    }
    let listed = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if let (Some(element), Notation::Xml) = (offer.element(), notation) {
        let attributes: Vec<&str> = element.attributes.iter().map(|attribute| attribute.name).collect();
        let mut children: Vec<&str> = element.children.iter().map(|child| child.element.name).collect();
        children.dedup();
        for (what, names) in [("Attributes", attributes), ("Elements", children)] {
            if !names.is_empty() {
                parts.push(format!("{what}: {}", listed(&names)));
            }
        }
    } else if let Some(element) = offer.element().filter(|element| !element.is_leaf()) {
        let keys = keys(element);
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        if !keys.is_empty() {
            parts.push(format!("Keys: {}", listed(&keys)));
        }
    }
    if !offer.page.is_empty() {
        parts.push(format!("[libvirt's page]({})", address(offer.page)));
    }
    parts.join("\n\n")
}
