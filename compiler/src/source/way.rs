//! The way along a path through a tree whose parts know where they stand: a value in JSON, in printed Nix, in evaluated Nix.
//! Whoever turns a path into a place asks this function, so that all agree where a path ends.

use crate::document::path::Path;

/// A handle on a value whose parts know where they stand.
pub trait PlacedValue: Copy {
    /// The place of a key in a set, or another fact of the key.
    type Entry: Copy;

    /// An entry of a set, with its value.
    fn entry(self, key: &str) -> Option<(Self::Entry, Self)>;

    /// An element of a list.
    fn item(self, index: usize) -> Option<Self>;
}

/// The values that a path leads through, as far as they exist.
pub struct Way<V: PlacedValue> {
    /// The entries, one for each step that was found.
    pub entries: Vec<V::Entry>,
    /// The values: the whole, and after each step the value of its entry or, if the step has an index, the element.
    pub values: Vec<V>,
    /// Whether this is the whole path.
    pub whole: bool,
}

/// Follows a path into a value, as far as it leads. A path need not say that something stands alone in a list, and it may
/// say `[0]` of what stands in no list.
pub fn way<V: PlacedValue>(value: V, path: &Path) -> Way<V> {
    let mut way = Way { entries: Vec::new(), values: vec![value], whole: true };
    let mut here = value;
    for step in &path.0 {
        let holder = here.item(0).unwrap_or(here);
        let Some((entry, below)) = holder.entry(&step.key) else {
            way.whole = false;
            break;
        };
        let item = step.index.and_then(|index| below.item(index));
        here = item.unwrap_or(below);
        way.entries.push(entry);
        way.values.push(here);
        if item.is_none() && step.index.is_some_and(|index| index > 0) {
            way.whole = false;
            break;
        }
    }
    way
}

#[cfg(test)]
mod tests {
    use super::way;
    use crate::document::path::{Path, PathStep};
    use crate::source::locate::in_json;

    #[test]
    fn a_path_leads_as_far_as_there_are_parts() {
        let text = r#"{"a": [{"b": 1}, {"b": 2, "c": {"d": 3}}]}"#;
        let places = in_json(text);
        let find = |steps: &[(&str, Option<usize>)]| {
            let step =
                |(key, index): &(&str, Option<usize>)| PathStep { key: (*key).to_owned(), index: *index };
            let way = way(&places, &Path(steps.iter().map(step).collect()));
            let last = way.values.last().expect("the whole");
            (way.whole, way.entries.len(), &text[last.value.clone()])
        };
        assert_eq!(find(&[]), (true, 0, text));
        assert_eq!(find(&[("a", Some(1)), ("c", Some(0)), ("d", None)]), (true, 3, "3"));
        assert_eq!(find(&[("a", None), ("b", None)]), (true, 2, "1"));
        assert_eq!(
            find(&[("a", Some(1)), ("x", None), ("y", None)]),
            (false, 1, r#"{"b": 2, "c": {"d": 3}}"#)
        );
        assert_eq!(
            find(&[("a", Some(2)), ("b", None)]),
            (false, 1, r#"[{"b": 1}, {"b": 2, "c": {"d": 3}}]"#)
        );
    }
}
