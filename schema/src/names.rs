//! Names of the format for code that must speak of single elements, such as the rules: a misspelt one does not compile.

use crate::Element;

/// The name of an attribute of an element, checked when it is compiled: `attribute!(DISK, "device")`.
#[macro_export]
macro_rules! attribute {
    ($element:path, $name:literal) => {
        const { $crate::names::attribute(&$element, $name) }
    };
}

/// The name of a child of an element, checked when it is compiled: `child!(DISK, "target")`.
#[macro_export]
macro_rules! child_name {
    ($element:path, $name:literal) => {
        const { $crate::names::child(&$element, $name) }
    };
}

/// The names of a child of an element and of an attribute of that child: `below!(DISK, "target", "bus")`.
#[macro_export]
macro_rules! below {
    ($element:path, $child:literal, $attribute:literal) => {
        const { $crate::names::below(&$element, $child, $attribute) }
    };
}

/// The names of elements, each a child of the one before, and last of an attribute, or of one more child:
/// `way!(HOSTDEV, "source", "address", "bus")`. Where several children have a name, one of them will do.
#[macro_export]
macro_rules! way {
    ($element:path, $($name:literal),+ $(,)?) => {
        const { $crate::names::way(&$element, &[$($name),+]) }
    };
}

/// See [`attribute!`].
///
/// # Panics
/// Where the element has no such attribute.
pub const fn attribute(element: &Element, name: &'static str) -> &'static str {
    assert!(has_attribute(element, name), "the element has no attribute of that name");
    name
}

/// See [`child_name!`].
///
/// # Panics
/// Where the element has no such child.
pub const fn child(element: &Element, name: &'static str) -> &'static str {
    let mut at = 0;
    while at < element.children.len() {
        if same(element.children[at].element.name, name) {
            return name;
        }
        at += 1;
    }
    panic!("the element has no child of that name")
}

/// See [`below!`].
///
/// # Panics
/// Where the element has no such child, or none of them such an attribute.
pub const fn below(
    element: &Element,
    child: &'static str,
    name: &'static str,
) -> (&'static str, &'static str) {
    let mut at = 0;
    while at < element.children.len() {
        let below = element.children[at].element;
        if same(below.name, child) && has_attribute(below, name) {
            return (child, name);
        }
        at += 1;
    }
    panic!("the element has no child of that name with such an attribute")
}

/// See [`way!`].
///
/// # Panics
/// Where no such way leads from the element.
pub const fn way(element: &Element, names: &'static [&'static str]) -> &'static [&'static str] {
    assert!(leads(element, names, 0), "no such way leads from the element");
    names
}

const fn leads(element: &Element, names: &[&str], from: usize) -> bool {
    let last = from + 1 == names.len();
    if last && has_attribute(element, names[from]) {
        return true;
    }
    let mut at = 0;
    while at < element.children.len() {
        let below = element.children[at].element;
        if same(below.name, names[from]) && (last || leads(below, names, from + 1)) {
            return true;
        }
        at += 1;
    }
    false
}

const fn has_attribute(element: &Element, name: &str) -> bool {
    let mut at = 0;
    while at < element.attributes.len() {
        if same(element.attributes[at].name, name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
