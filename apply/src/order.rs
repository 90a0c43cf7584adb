//! Things in an order in which each comes after what it needs.

/// The positions of `count` things, each after those that it needs; otherwise in their own order. Where things need each other,
/// the first of them comes last of these.
pub(crate) fn after_needed(count: usize, needs: &dyn Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut ordered = Vec::with_capacity(count);
    let mut seen = vec![false; count];
    for first in 0..count {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        let mut open = vec![(first, needs(first).into_iter())];
        while let Some((thing, needed)) = open.last_mut() {
            match needed.next() {
                Some(next) if std::mem::replace(&mut seen[next], true) => {}
                Some(next) => open.push((next, needs(next).into_iter())),
                None => {
                    ordered.push(*thing);
                    open.pop();
                }
            }
        }
    }
    ordered
}

/// Puts things into an order of their positions.
pub(crate) fn reordered<T>(things: Vec<T>, order: Vec<usize>) -> Vec<T> {
    let mut things: Vec<Option<T>> = things.into_iter().map(Some).collect();
    order.into_iter().filter_map(|position| things[position].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::{after_needed, reordered};

    #[test]
    fn each_comes_after_what_it_needs() {
        let check = |needs: &[&[usize]], expected: &[usize]| {
            let order = after_needed(needs.len(), &|thing| needs[thing].to_vec());
            assert_eq!(order, expected);
        };
        check(&[&[], &[], &[]], &[0, 1, 2]);
        check(&[&[2], &[], &[]], &[2, 0, 1]);
        check(&[&[1], &[3], &[0], &[]], &[3, 1, 0, 2]);
        check(&[&[1], &[0], &[1]], &[1, 0, 2]);
        let long: Vec<usize> =
            after_needed(100_000, &|thing| if thing < 99_999 { vec![thing + 1] } else { vec![] });
        assert_eq!(long.first(), Some(&99_999));
        assert_eq!(reordered(vec!["a", "b", "c"], vec![2, 0, 1]), ["c", "a", "b"]);
    }
}
