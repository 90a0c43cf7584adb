//! Which child of one document is which of another: by what names it, then by what it holds, then by its place.

use nixvirt_schema::{Format, Identity, Occurs};

use crate::document::Node;
use crate::document::live::Kept;

/// Two children that are one, or one that is only in one document.
#[derive(Clone, Debug)]
pub(crate) struct Pair<'d, 'a> {
    /// The node of the old document; nothing where it was added.
    pub old: Option<&'d Node<'a>>,
    /// The node of the new document; nothing where it was removed.
    pub new: Option<&'d Node<'a>>,
    /// The old place, where it stands at another one among its own kind and that means something.
    pub moved: Option<String>,
}

/// Pairs the children of two nodes. Those of one name are together, in the order of the new document.
pub(crate) fn pairs<'d, 'a>(old: &'d Node<'a>, new: &'d Node<'a>, order: bool) -> Vec<Pair<'d, 'a>> {
    let kept = |node: &'d Node<'a>| {
        node.children.iter().filter(move |child| Kept::DEFINED.child(node, child)).collect::<Vec<_>>()
    };
    let (olds, news) = (kept(old), kept(new));
    let mut names: Vec<&str> = Vec::new();
    for child in olds.iter().chain(&news) {
        if !names.contains(&child.element.name) {
            names.push(child.element.name);
        }
    }
    let mut found = Vec::with_capacity(news.len());
    for name in names {
        let of_name = |nodes: &[&'d Node<'a>]| {
            nodes.iter().copied().filter(|node| node.element.name == name).collect::<Vec<_>>()
        };
        let (olds, news) = (of_name(&olds), of_name(&news));
        let entry = news.first().or(olds.first()).map_or(0, |child| child.entry);
        let entries = new.element.children;
        // A list that others may stand between keeps the order that it has.
        let interleaved = |at: usize| entries.get(at).is_some_and(|entry| entry.interleaved);
        let once = entries.get(entry).is_some_and(|entry| entry.occurs == Occurs::Once);
        let positional = once || interleaved(entry) || interleaved(entry + 1);
        let ordered = order && entries.get(entry).is_some_and(|entry| entry.ordered);
        group(&olds, &news, positional, ordered, &mut found);
    }
    found
}

/// Pairs the children of one name.
fn group<'d, 'a>(
    olds: &[&'d Node<'a>],
    news: &[&'d Node<'a>],
    positional: bool,
    ordered: bool,
    found: &mut Vec<Pair<'d, 'a>>,
) {
    let mut partner: Vec<Option<usize>> = vec![None; news.len()];
    let mut taken = vec![false; olds.len()];
    let mut settle = |same: &dyn Fn(&Node<'a>, &Node<'a>) -> bool| {
        for (at, new) in news.iter().enumerate() {
            if partner[at].is_none()
                && let Some(old) = (0..olds.len()).find(|&old| !taken[old] && same(olds[old], new))
            {
                partner[at] = Some(old);
                taken[old] = true;
            }
        }
    };
    if !positional {
        settle(&|old, new| identity(old).is_some() && identity(old) == identity(new));
        settle(&|old, new| identity(old).is_none() && is_equal(old, new));
    }
    // Two that are named differently are two, unless there can be only one.
    settle(&|old, new| positional || identity(old).is_none() || identity(new).is_none());
    let mut last = 0;
    for (new, old) in news.iter().zip(&partner) {
        let moved = old.filter(|&old| ordered && old < last).map(|old| format!("place {}", old + 1));
        last = old.map_or(last, |old| last.max(old));
        found.push(Pair { old: old.map(|old| olds[old]), new: Some(new), moved });
    }
    let gone = olds.iter().zip(&taken).filter(|(_, taken)| !**taken);
    found.extend(gone.map(|(old, _)| Pair { old: Some(old), new: None, moved: None }));
}

/// The identity of an element among its siblings of the same name, where its table has one.
pub(crate) fn identity(node: &Node<'_>) -> Option<String> {
    match node.element.identity {
        Identity::Nothing => None,
        Identity::First(names) => names.iter().find_map(|name| value(node, name)),
        Identity::All(names) => {
            let values = names.iter().map(|name| value(node, name)).collect::<Option<Vec<_>>>()?;
            Some(values.join(" "))
        }
        Identity::Child(child, name) => value(node.children_named(child).next()?, name),
    }
}

/// The value of an attribute, for a comparison: the case of a MAC address means nothing.
fn value(node: &Node<'_>, name: &str) -> Option<String> {
    let attribute = node.attribute(name).filter(|attribute| attribute.value.valid)?;
    let text = &attribute.value.text;
    Some(match node.attribute_entry(attribute).format {
        Format::Mac { .. } => text.to_ascii_lowercase(),
        _ => text.to_string(),
    })
}

/// The key of a unit among all those of its object; `holder` is the element that groups it, if any.
pub(crate) fn unit_key(node: &Node<'_>, holder: Option<&str>) -> String {
    let name = node.element.name;
    let place = holder.map_or_else(|| name.to_owned(), |holder| format!("{holder}.{name}"));
    match (identity(node), node.index) {
        (Some(identity), _) => format!("{place}[{identity}]"),
        (None, Some(index)) => format!("{place}[{index}]"),
        (None, None) => place,
    }
}

fn is_equal(old: &Node<'_>, new: &Node<'_>) -> bool {
    let values = |node: &Node<'_>| {
        let kept = node.attributes.iter().filter(|attribute| !node.attribute_entry(attribute).live);
        let kept = kept.map(|attribute| (attribute.entry, attribute.value.text.to_string()));
        (kept.collect::<Vec<_>>(), node.text.as_ref().map(|text| text.text.to_string()))
    };
    let children =
        |node: &Node<'_>| node.children.iter().filter(|child| Kept::DEFINED.child(node, child)).count();
    values(old) == values(new)
        && children(old) == children(new)
        && old
            .children
            .iter()
            .filter(|child| Kept::DEFINED.child(old, child))
            .all(|one| new.children.iter().any(|other| one.entry == other.entry && is_equal(one, other)))
}
