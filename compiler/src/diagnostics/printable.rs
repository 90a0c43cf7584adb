//! Text that is shown to somebody: names, values and paths of others do nothing on a terminal there, and are no longer
//! than anybody reads. Whatever is printed, in whatever format, goes through here.

use std::borrow::Cow;
use std::fmt;

/// How many characters of a name or value are shown.
const NAME: usize = 60;

/// How many characters of a message are shown.
pub const MESSAGE: usize = 2000;

/// Whether a character does something where it is shown, instead of being seen: the controls C0 and C1 and DEL, and what
/// changes the direction of text (Unicode's `Bidi_Control`) or begins a line.
pub fn acts(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}')
}

/// Whether a character is neither seen nor makes space or lines.
fn is_unseen(character: char) -> bool {
    acts(character) && !matches!(character, '\n' | '\t')
}

/// A text of one or more lines for a terminal: what would act there is spelt out (`\u{1b}`), and it is cut where it is
/// longer than [`MESSAGE`].
pub fn printable(text: &str) -> Cow<'_, str> {
    let text = cut(text, MESSAGE);
    match text.contains(is_unseen) {
        false => text,
        true => {
            let mut shown = String::with_capacity(text.len() + 16);
            for character in text.chars() {
                match is_unseen(character) {
                    true => shown.extend(character.escape_unicode()),
                    false => shown.push(character),
                }
            }
            Cow::Owned(shown)
        }
    }
}

/// The same in one line.
pub fn printable_line(text: &str) -> Cow<'_, str> {
    match printable(text) {
        text if text.contains(['\n', '\t']) => Cow::Owned(text.replace(['\n', '\t'], " ")),
        text => text,
    }
}

/// A source for a terminal: places in it stay where they are, for what stands in for a character is as long as it is.
pub fn printable_source(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // The caller may write something else behind the line than the line feed.
            '\r' if characters.peek() == Some(&'\n') => shown.push(' '),
            _ if is_unseen(character) => shown.extend(std::iter::repeat_n('?', character.len_utf8())),
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// JSON for a terminal: what JSON need not escape and would act there is escaped as well, which is the same JSON.
pub fn printable_json(json: String) -> String {
    let unseen = |character: char| acts(character) && character != '\n';
    match json.contains(unseen) {
        false => json,
        true => {
            let mut shown = String::with_capacity(json.len() + 16);
            for character in json.chars() {
                match unseen(character) {
                    true => shown.push_str(&format!("\\u{:04x}", u32::from(character))),
                    false => shown.push(character),
                }
            }
            shown
        }
    }
}

/// A text, cut where it has more characters than that.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A name or value of somebody else's in a message, cut where it is long.
pub struct Name<'n>(pub &'n str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&cut(self.0, NAME))
    }
}

#[cfg(test)]
mod tests {
    use super::{MESSAGE, Name, printable, printable_json, printable_line, printable_source};

    /// One of each kind that acts.
    const ACTING: &str = "a\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\rb";

    #[test]
    fn what_acts_is_spelt_out() {
        assert_eq!(printable(ACTING), "a\\u{1b}[31m\\u{7f}\\u{9b}\\u{202e}\\u{2066}\\u{200f}\\u{d}b");
        assert_eq!(printable("ä\n\tö 日本"), "ä\n\tö 日本");
        assert_eq!(printable_line("a\nb\tc"), "a b c");
    }

    #[test]
    fn sources_keep_their_places() {
        let shown = printable_source(ACTING);
        assert_eq!(shown.len(), ACTING.len());
        assert_eq!(shown, "a?[31m?????????????b");
        assert_eq!(printable_source("a\r\nb\rc"), "a \nb?c");
    }

    #[test]
    fn json_stays_the_same_json() {
        let json = serde_json::to_string(ACTING).expect("JSON");
        let shown = printable_json(json);
        assert!(shown.is_ascii() && !shown.contains('\u{7f}'), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), ACTING);
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(Name(&"ä".repeat(61)).to_string(), "ä".repeat(60) + "...");
        assert_eq!(Name(&"ä".repeat(60)).to_string(), "ä".repeat(60));
        assert!(printable(&"\u{1b}".repeat(1 << 20)).len() < 10 * MESSAGE);
    }
}
