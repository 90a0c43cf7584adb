//! Builtins on strings and paths.

use std::io::ErrorKind;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::builtins::entry::{Builtin, builtin};
use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::nix_string::NixString;
use crate::value::{Thunk, Value, wrong_type};

/// The bytes that an automaton takes for each byte that it seeks, about.
const AUTOMATON: usize = 32;
/// Texts are sought one by one where that takes no more comparisons than this: an automaton takes longer to build.
const FEW_COMPARISONS: usize = 1 << 12;
/// Seeking takes longer than copying.
const STEPS_PER_SOUGHT: usize = 4;
/// Hashing takes longer than copying.
const STEPS_PER_HASHED: usize = 4;

pub(super) const TABLE: &[Builtin] = &[
    builtin("toString", 1, |it, given| {
        let value = it.force(given[0])?;
        let origin = it.current.origin;
        let text = it.coerce(&value, true)?;
        it.current.origin = origin;
        Ok(Value::Str(text))
    }),
    builtin("stringLength", 1, |it, given| {
        let value = it.force(given[0])?;
        Ok(Value::Int(it.coerce(&value, false)?.len() as i64))
    }),
    builtin("substring", 3, |it, given| {
        let (start, length) = (it.int(given[0])?, it.int(given[1])?);
        let value = it.force(given[2])?;
        let text = it.coerce(&value, false)?;
        let Ok(start) = usize::try_from(start) else {
            return Err(Stop::evaluation("a substring cannot begin before the string"));
        };
        let start = start.min(text.len());
        let end = match usize::try_from(length) {
            Ok(length) => start.saturating_add(length).min(text.len()),
            Err(_) => text.len(),
        };
        // Nix counts bytes, and half a character is not text here.
        let part = text.get(start..end).ok_or(Stop::Opaque)?;
        it.string_value(part)
    }),
    builtin("concatStringsSep", 2, |it, given| {
        let separator = it.string(given[0])?;
        let list = it.closed_list(given[1])?;
        let mut text = String::new();
        for (at, item) in list.items.iter().enumerate() {
            if at > 0 {
                it.append(&separator, &mut text)?;
            }
            let item = it.force(*item)?;
            it.coerce_into(&item, false, &mut text)?;
        }
        it.string_value(text)
    }),
    builtin("replaceStrings", 3, |it, given| {
        let (from, to) = (it.closed_list(given[0])?, it.closed_list(given[1])?);
        if from.items.len() != to.items.len() {
            return Err(Stop::evaluation("there must be as many strings to replace as replacements"));
        }
        let from = from.items.iter().map(|item| it.string(*item)).collect::<Result<Vec<_>, _>>()?;
        let text = it.string(given[2])?;
        it.replaced(&text, &from, &to.items)
    }),
    builtin("hashString", 2, |it, given| {
        let (kind, text) = (it.string(given[0])?, it.string(given[1])?);
        it.work(text.len() * STEPS_PER_HASHED);
        let digest = match &*kind {
            "md5" => hex(&Md5::digest(text.as_bytes())),
            "sha1" => hex(&Sha1::digest(text.as_bytes())),
            "sha256" => hex(&Sha256::digest(text.as_bytes())),
            "sha512" => hex(&Sha512::digest(text.as_bytes())),
            other => {
                let message = format!("there is no hash {other:?}; expected md5, sha1, sha256 or sha512");
                return Err(Stop::evaluation(message));
            }
        };
        it.string_value(digest)
    }),
    builtin("baseNameOf", 1, |it, given| {
        let value = it.force(given[0])?;
        let text = it.coerce_path_part(&value)?;
        let text = text.strip_suffix('/').unwrap_or(&text);
        it.string_value(text.rsplit('/').next().unwrap_or(""))
    }),
    builtin("dirOf", 1, |it, given| {
        let value = it.force(given[0])?;
        let text = it.coerce_path_part(&value)?;
        let folder = match text.rfind('/') {
            None => ".",
            Some(0) => "/",
            Some(at) => &text[..at],
        };
        let folder = it.text(folder)?;
        Ok(match value {
            Value::Path(_) => Value::Path(folder),
            _ => Value::Str(folder),
        })
    }),
    builtin("toPath", 1, |it, given| {
        let value = it.force(given[0])?;
        let text = it.coerce_path_part(&value)?;
        match text.starts_with('/') {
            true => it.string_value(crate::paths::normal_path(&text)),
            false => Err(Stop::evaluation(format!("{text:?} is not an absolute path"))),
        }
    }),
    builtin("readFile", 1, |it, given| {
        let value = it.force(given[0])?;
        let path = it.coerce_path_part(&value)?;
        // The target of an absolute path in a string depends on the machine, not on the configuration.
        if !matches!(value, Value::Path(_)) {
            return Err(Stop::Opaque);
        }
        match it.read(std::path::Path::new(&*path)) {
            Ok(text) => it.string_value(text),
            // Nix reads what is too long to be read here, and what is no text.
            Err(error) if matches!(error.kind(), ErrorKind::FileTooLarge | ErrorKind::InvalidData) => {
                Err(Stop::Opaque)
            }
            Err(error) => Err(Stop::evaluation(format!("cannot read {path}: {error}"))),
        }
    }),
    builtin("pathExists", 1, |it, given| {
        let value = it.force(given[0])?;
        match value {
            Value::Path(path) if it.exists(std::path::Path::new(&*path)) => Ok(Value::Bool(true)),
            Value::Path(_) | Value::Str(_) => Err(Stop::Opaque),
            other => Err(wrong_type(&other, "a path")),
        }
    }),
    builtin("unsafeDiscardStringContext", 1, |it, given| {
        let value = it.force(given[0])?;
        it.coerce(&value, false).map(Value::Str)
    }),
    builtin("splitVersion", 1, |it, given| {
        let text = it.string(given[0])?;
        let mut parts = Vec::new();
        for part in version_parts(&text) {
            let part = it.string_value(part)?;
            parts.push(it.done(part));
        }
        it.list_value(parts, false)
    }),
    builtin("compareVersions", 2, |it, given| {
        let (one, other) = (it.string(given[0])?, it.string(given[1])?);
        Ok(Value::Int(compare_versions(&one, &other)))
    }),
    builtin("parseDrvName", 1, |it, given| {
        let text = it.string(given[0])?;
        let dash = text
            .match_indices('-')
            .map(|(at, _)| at)
            .find(|at| text[at + 1..].chars().next().is_some_and(|next| !next.is_ascii_alphabetic()));
        let (name, version) = dash.map_or((&*text, ""), |at| (&text[..at], &text[at + 1..]));
        let (name, version) = (it.string_value(name)?, it.string_value(version)?);
        let (name, version) = (it.done(name), it.done(version));
        it.set_from([("name", name), ("version", version)])
    }),
];

impl Evaluator {
    /// A text with some texts replaced by others: from the left to the right, at each place by the first that stands there.
    /// Replacements that are not used are not evaluated.
    fn replaced(&mut self, text: &str, from: &[NixString], to: &[Thunk]) -> Result<Value, Stop> {
        // Nothing stands everywhere, so that what comes after it in the list is never found.
        let nothing = from.iter().position(|from| from.is_empty());
        let sought: Vec<&str> = from[..nothing.unwrap_or(from.len())].iter().map(|from| &**from).collect();
        let length: usize = sought.iter().map(|sought| sought.len()).sum();
        self.fits((length * AUTOMATON) as u64)?;
        self.work(length * AUTOMATON + text.len() * STEPS_PER_SOUGHT);
        let many;
        let found: &mut dyn Iterator<Item = Found> = if length * text.len() <= FEW_COMPARISONS {
            &mut one_by_one(text, &sought)
        } else {
            // It refuses more than there is memory for.
            many = automaton(&sought).map_err(|_| Stop::Opaque)?;
            &mut all_at_once(&many, text)
        };
        let nothing = nothing.map(|at| to[at]);
        let mut replaced = String::new();
        let mut passed = 0;
        for (which, place) in found {
            self.pass(&text[passed..place.start], nothing, &mut replaced)?;
            let instead = self.string(to[which])?;
            self.append(&instead, &mut replaced)?;
            passed = place.end;
        }
        self.pass(&text[passed..], nothing, &mut replaced)?;
        if let Some(nothing) = nothing {
            let instead = self.string(nothing)?;
            self.append(&instead, &mut replaced)?;
        }
        self.string_value(replaced)
    }

    /// Puts down what was not sought, with what stands for nothing before each character.
    fn pass(&mut self, text: &str, nothing: Option<Thunk>, out: &mut String) -> Result<(), Stop> {
        let Some(nothing) = nothing.filter(|_| !text.is_empty()) else { return self.append(text, out) };
        let nothing = self.string(nothing)?;
        for (at, character) in text.char_indices() {
            self.append(&nothing, out)?;
            self.append(&text[at..at + character.len_utf8()], out)?;
        }
        Ok(())
    }
}

/// Which of the texts that were sought was found, and where.
type Found = (usize, Range<usize>);

/// Seeks texts from the left to the right, at each place the first that stands there.
fn one_by_one(text: &str, sought: &[&str]) -> impl Iterator<Item = Found> {
    let mut passed = 0;
    text.char_indices().filter_map(move |(at, _)| {
        if at < passed {
            return None;
        }
        let which = sought.iter().position(|sought| text[at..].starts_with(sought))?;
        passed = at + sought[which].len();
        Some((which, at..passed))
    })
}

/// The same, with an automaton of the texts.
fn all_at_once(automaton: &AhoCorasick, text: &str) -> impl Iterator<Item = Found> {
    automaton.find_iter(text).map(|found| (found.pattern().as_usize(), found.range()))
}

fn automaton(sought: &[&str]) -> Result<AhoCorasick, aho_corasick::BuildError> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(sought)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn version_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(['.', '-']);
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|next: char| matches!(next, '.' | '-') || next.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(['.', '-']);
    }
    parts
}

fn compare_versions(one: &str, other: &str) -> i64 {
    let (one, other) = (version_parts(one), version_parts(other));
    for at in 0..one.len().max(other.len()) {
        let (one, other) = (one.get(at).copied().unwrap_or(""), other.get(at).copied().unwrap_or(""));
        if before(one, other) {
            return -1;
        }
        if before(other, one) {
            return 1;
        }
    }
    0
}

/// Whether one part of a version comes before another: `pre` first, then nothing, then words, then numbers.
fn before(one: &str, other: &str) -> bool {
    // For Nix, what does not fit into 32 bits is a word.
    let number = |part: &str| part.parse::<i32>().ok();
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one < other,
        _ if one.is_empty() && number(other).is_some() => true,
        _ if one == "pre" && other != "pre" => true,
        _ if other == "pre" => false,
        (_, Some(_)) => true,
        (Some(_), _) => false,
        _ => one < other,
    }
}

#[cfg(test)]
mod tests {
    use super::{all_at_once, automaton, one_by_one};

    #[test]
    fn texts_are_found_where_an_automaton_finds_them() {
        let lists: &[&[&str]] =
            &[&[], &["a"], &["ab", "a", "b"], &["a", "ab"], &["bab", "ab", "ä"], &["abä", "äb"]];
        for number in 0..3usize.pow(7) {
            let text: String = (0..7).map(|at| ['a', 'b', 'ä'][number / 3usize.pow(at) % 3]).collect();
            for sought in lists {
                let automaton = automaton(sought).expect("an automaton");
                let expected: Vec<_> = all_at_once(&automaton, &text).collect();
                assert_eq!(one_by_one(&text, sought).collect::<Vec<_>>(), expected, "{sought:?} in {text}");
            }
        }
    }
}
