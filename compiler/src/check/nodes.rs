//! Questions that rules ask of single nodes.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::parse_number;

use crate::document::Node;

/// Whether a node may have a part that its source does not tell: it could not be read, is unknown, or was misspelt.
pub(crate) fn may_have(node: &Node<'_>, name: &str) -> bool {
    node.broken || node.unknown.may_have(name) || node.meant.iter().any(|meant| meant == name)
}

/// Whether a node certainly has neither an attribute nor a child of a name.
pub(crate) fn lacks(node: &Node<'_>, name: &str) -> bool {
    let has = node.attribute(name).is_some() || node.children_named(name).next().is_some();
    !has && !may_have(node, name)
}

/// Numbers of a node's attributes; what is missing is 0.
pub(crate) fn numbers<const N: usize>(node: &Node<'_>, names: [&'static str; N]) -> Option<[u64; N]> {
    let mut found = [0; N];
    for (number, name) in found.iter_mut().zip(names) {
        *number = match node.attribute(name) {
            None => 0,
            Some(attribute) => parse_number(&attribute.value.text)?,
        };
    }
    Some(found)
}

/// The numbers in a list like `0-3,^2,8`; nothing where it is none, or has numbers beyond any machine's.
pub(crate) fn number_set(list: &str) -> Option<BTreeSet<u64>> {
    const MOST: u64 = 16384;
    let mut numbers = BTreeSet::new();
    for part in list.split(',') {
        if let Some(without) = part.strip_prefix('^') {
            numbers.remove(&without.parse().ok()?);
            continue;
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if last > MOST {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

/// The value of an attribute of a child.
pub(crate) fn at<'n>(node: &'n Node<'_>, (child, name): (&'static str, &'static str)) -> Option<&'n str> {
    node.children.iter().find(|other| other.element.name == child)?.get(name)
}

/// The first child of a name.
pub(crate) fn child<'n, 'a>(node: &'n Node<'a>, name: &'static str) -> Option<&'n Node<'a>> {
    node.children.iter().find(|other| other.element.name == name)
}

/// The node at the end of a path of child names, through the first child of each name.
pub(crate) fn reach<'n, 'a>(node: &'n Node<'a>, way: &[&'static str]) -> Option<&'n Node<'a>> {
    way.iter().try_fold(node, |node, name| child(node, name))
}

/// The valid text of a node.
pub(crate) fn text_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.text.as_ref().filter(|text| text.valid).map(|text| &*text.text)
}

/// The repeated keys: the key, the later value and the first one, in the order given.
pub(crate) fn repeats<K: Ord, T: Copy>(keyed: impl IntoIterator<Item = (K, T)>) -> Vec<(K, T, T)> {
    let mut keyed = keyed.into_iter().peekable();
    let (mut first, mut found) = (BTreeMap::<K, T>::new(), Vec::new());
    while let Some((key, item)) = keyed.next() {
        // Most machines have one of a thing, or none.
        if first.is_empty() && keyed.peek().is_none() {
            break;
        }
        match first.get(&key) {
            Some(other) => found.push((key, item, *other)),
            None => {
                first.insert(key, item);
            }
        }
    }
    found
}
