//! The line ends of a source, as Nix has them.

use std::borrow::Cow;

/// A source as the parser is to have it, every byte at its place: for Nix, a carriage return alone ends a line and with it a
/// comment, for the parser it does not. A byte order mark at the beginning counts as spaces.
pub fn lines_ended(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {}", returns_ended(rest))),
        None => returns_ended(text),
    }
}

fn returns_ended(text: &str) -> Cow<'_, str> {
    use rnix::SyntaxKind as K;
    let alone = |at: usize| !text[at + 1..].starts_with('\n');
    let places: Vec<usize> = text.match_indices('\r').map(|(at, _)| at).filter(|at| alone(*at)).collect();
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let replaced = |places: &[usize]| {
        let mut ended = String::with_capacity(text.len());
        let mut passed = 0;
        for place in places {
            ended.push_str(&text[passed..*place]);
            ended.push('\n');
            passed = place + 1;
        }
        ended + &text[passed..]
    };
    // An indented string keeps it.
    let ended = replaced(&places);
    let (mut at, mut open) = (0, Vec::new());
    let mut kept = places.iter().peekable();
    let mut others = Vec::with_capacity(places.len());
    for (kind, token) in rnix::tokenize(&ended) {
        at += token.len();
        match kind {
            K::TOKEN_STRING_START => open.push(token),
            K::TOKEN_STRING_END => drop(open.pop()),
            _ => {}
        }
        let keeps = kind == K::TOKEN_STRING_CONTENT && open.last().is_some_and(|start| *start == "''");
        while let Some(place) = kept.next_if(|place| **place < at) {
            if !keeps {
                others.push(*place);
            }
        }
    }
    Cow::Owned(replaced(&others))
}
