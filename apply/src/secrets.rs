//! The values of secrets that this run has read. libvirt and QEMU may repeat what they were given, so that their words are
//! searched for these before anybody sees them.

use std::collections::BTreeSet;
use std::sync::Mutex;

use nixvirt_compiler::{Document, HIDDEN, Node};

use crate::edits::{escape, in_quotes};

static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Remembers a value for [`without`], in each spelling in which it may be repeated.
pub fn remember(value: &str) {
    if value.is_empty() {
        return;
    }
    let quoted = serde_json::Value::from(value).to_string();
    let quoted = quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
    if let Ok(mut known) = KNOWN.lock() {
        known.extend([value.to_owned(), escape(value), in_quotes(value), quoted]);
    }
}

/// Remembers every secret that a definition holds itself.
pub fn remember_all(document: &Document<'_>) {
    fn walk(node: &Node<'_>) {
        for attribute in node.attributes.iter().filter(|one| node.attribute_entry(one).secret) {
            remember(&attribute.value.text);
        }
        node.children.iter().for_each(walk);
    }
    walk(&document.root);
}

/// A text of somebody else's without any secret that is known here. The longest go first: one may hold another.
pub fn without(text: &str) -> String {
    let Ok(known) = KNOWN.lock() else { return HIDDEN.to_owned() };
    let mut values: Vec<&String> = known.iter().filter(|value| text.contains(&***value)).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values.into_iter().fold(text.to_owned(), |text, value| text.replace(&**value, HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_spelling() {
        remember("s3\"<cret>");
        remember("s3\"");
        for said in ["no 's3\"<cret>' here", "no 's3&quot;&lt;cret&gt;' here", "no 's3\\\"<cret>' here"] {
            assert_eq!(without(said), "no '(secret)' here", "{said}");
        }
        assert_eq!(without("nothing of it"), "nothing of it");
    }
}
