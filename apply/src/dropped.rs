//! The parts of a definition that libvirt drops or changes without an error.

use nixvirt_compiler::{Change, Document, HIDDEN, Node, Policy, Report, View, child_key, units};
use nixvirt_schema::Generated;

use crate::document::read_document;
use crate::host::Host;
use crate::kind::ObjectKind;

/// The parts of a definition that libvirt dropped or changed, a sentence each. Another spelling of the same is no
/// change.
pub(crate) fn dropped(host: &Host, kind: ObjectKind, given: &str, made: &str) -> Vec<String> {
    // The test driver shows what runs in place of what is defined.
    if host.driver.eq_ignore_ascii_case("test") {
        return Vec::new();
    }
    let read = |text| read_document(kind, text, &mut Report::new(Policy::Lenient)).ok();
    let (Some(given), Some(made_document)) = (read(given), read(made)) else { return Vec::new() };
    let changes = units(&made_document, &given, View::Given).into_iter().flat_map(|unit| unit.changes);
    // libvirt does not show secrets.
    let sent = changes.filter(|change| change.new.is_some() && change.new.as_deref() != Some(HIDDEN));
    let mut found: Vec<String> = sent
        .map(|Change { path, old, new }| {
            let new = new.unwrap_or_default();
            match old {
                Some(old) => format!("libvirt has `{path}` as {old}, and not as {new}, as it was given"),
                None => gone(&path.to_string(), &new),
            }
        })
        .collect();
    let mut own = Vec::new();
    libvirts_own(&given, &mut own);
    let vanished = own.into_iter().filter(|(_, value)| !made.contains(&format!("'{value}'")));
    for said in vanished.map(|(path, value)| gone(&path, &value)) {
        if !found.contains(&said) {
            found.push(said);
        }
    }
    found
}

fn gone(path: &str, value: &str) -> String {
    format!("libvirt has dropped `{path}`, which was {value}")
}

/// The places of a definition that libvirt fills in itself. A comparison ignores them.
fn libvirts_own(document: &Document<'_>, found: &mut Vec<(String, String)>) {
    fn walk(node: &Node<'_>, path: &str, own: bool, found: &mut Vec<(String, String)>) {
        for attribute in node.attributes.iter().filter(|_| own) {
            let name = node.attribute_entry(attribute).name;
            found.push((format!("{path}.{name}"), attribute.value.text.to_string()));
        }
        for child in &node.children {
            let entry = node.child_entry(child);
            let own = own
                || entry.live
                || !matches!(entry.generated, Generated::Never | Generated::WhileRunning(_));
            let key = child_key(node.element, child.element);
            let index = child.index.map(|index| format!("[{index}]")).unwrap_or_default();
            let dot = if path.is_empty() { "" } else { "." };
            walk(child, &format!("{path}{dot}{key}{index}"), own, found);
        }
    }
    walk(&document.root, "", false, found);
}
