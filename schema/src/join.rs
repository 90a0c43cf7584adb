//! Joining lists of entries at compile time, so that what several elements share is written once and each list
//! stays one flat slice in printing order.

/// The number of entries in all the parts.
pub const fn total<T>(parts: &[&[T]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

/// The entries of all the parts, one after the other.
pub const fn flatten<T: Copy, const N: usize>(parts: &[&[T]], filler: T) -> [T; N] {
    let mut all = [filler; N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut entry = 0;
        while entry < parts[part].len() {
            all[at] = parts[part][entry];
            at += 1;
            entry += 1;
        }
        part += 1;
    }
    all
}

/// Joins slices of attributes into one: `attributes![SHARED, &[attr(..)]]`.
#[macro_export]
macro_rules! attributes {
    ($($part:expr),+ $(,)?) => {{
        const PARTS: &[&[$crate::Attribute]] = &[$($part),+];
        const ALL: [$crate::Attribute; $crate::join::total(PARTS)] =
            $crate::join::flatten(PARTS, $crate::attr("", $crate::Format::YesNo, ""));
        &ALL
    }};
}

/// Joins the meanings of words: `words![SHARED, &[("word", "meaning")]]`.
#[macro_export]
macro_rules! words {
    ($($part:expr),+ $(,)?) => {{
        const PARTS: &[$crate::Words] = &[$($part),+];
        const ALL: [(&str, &str); $crate::join::total(PARTS)] = $crate::join::flatten(PARTS, ("", ""));
        &ALL
    }};
}

/// Joins slices of children into one: `children![SHARED, &[child(..)]]`.
#[macro_export]
macro_rules! children {
    ($($part:expr),+ $(,)?) => {{
        const FILLER: &$crate::Element = &$crate::element("", "");
        const PARTS: &[&[$crate::Child]] = &[$($part),+];
        const ALL: [$crate::Child; $crate::join::total(PARTS)] =
            $crate::join::flatten(PARTS, $crate::child(FILLER));
        &ALL
    }};
}
