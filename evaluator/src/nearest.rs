//! The name that was meant where one does not exist.

/// A longer name than this is no slip of the finger.
const LONGEST: usize = 100;

/// The name that is one slip of the finger away, where it is found with so many comparisons.
pub(crate) fn nearest<'n>(
    names: impl ExactSizeIterator<Item = &'n str>,
    wanted: &str,
    comparisons: &mut u64,
) -> Option<String> {
    if wanted.len() > LONGEST {
        return None;
    }
    *comparisons = comparisons.checked_sub(names.len() as u64)?;
    let slip = |name: &&str| {
        // A character has up to four bytes.
        if name.len().abs_diff(wanted.len()) > 4 {
            return false;
        }
        // The common beginning, in whole characters, and the common end of the rest.
        let same = |(one, other): &(u8, u8)| one == other;
        let front = name.bytes().zip(wanted.bytes()).take_while(same).count();
        let front = (0..=front).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        let (one, other) = (&name[front..], &wanted[front..]);
        let back = one.bytes().rev().zip(other.bytes().rev()).take_while(same).count();
        let back = (0..=back).rev().find(|at| one.is_char_boundary(one.len() - at)).unwrap_or(0);
        let (one, other) = (&one[..one.len() - back], &other[..other.len() - back]);
        // No more than two characters are left.
        if one.len().max(other.len()) > 8 {
            return false;
        }
        let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
        let swapped = one.len() == 2 && other.len() == 2 && one[0] == other[1] && one[1] == other[0];
        wanted.len() > 2 && (one.len().max(other.len()) <= 1 || swapped)
    };
    // The first by name, whatever order they come in.
    names.filter(slip).min().map(str::to_owned)
}
