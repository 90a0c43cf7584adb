//! Builtins on strings and paths.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::lists::whole;
use super::{Builtin, builtin};
use crate::error::Stop;
use crate::eval::wrong_type;
use crate::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    builtin("toString", 1, |it, given| {
        let value = it.force(given[0])?;
        let origin = it.origin;
        let text = it.coerce(&value, true)?;
        it.origin = origin;
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
        text.get(start..end).map(Value::string).ok_or(Stop::Opaque)
    }),
    builtin("concatStringsSep", 2, |it, given| {
        let separator = it.string(given[0])?;
        let list = it.closed_list(given[1])?;
        let mut text = String::new();
        for (at, item) in list.items.iter().enumerate() {
            if at > 0 {
                text.push_str(&separator);
            }
            let item = it.force(*item)?;
            text.push_str(&it.coerce(&item, false)?);
            it.charge(text.len() as u64 / 16)?;
        }
        it.charge(text.len() as u64)?;
        Ok(Value::string(text))
    }),
    builtin("replaceStrings", 3, |it, given| {
        let (from, to) = (it.closed_list(given[0])?, it.closed_list(given[1])?);
        if from.items.len() != to.items.len() {
            return Err(Stop::evaluation("there must be as many strings to replace as replacements"));
        }
        let text = it.string(given[2])?;
        let from = from.items.iter().map(|item| it.string(*item)).collect::<Result<Vec<_>, _>>()?;
        let mut replaced = String::new();
        let mut at = 0;
        while at <= text.len() {
            let rest = &text[at..];
            let found = from.iter().position(|from| rest.starts_with(&**from));
            let next = rest.chars().next();
            match found {
                Some(found) => {
                    // As in new Nix, a replacement that is not used is not evaluated; 2.8 evaluates all.
                    replaced.push_str(&it.string(to.items[found])?);
                    at += from[found].len();
                    // Nothing was replaced by something, so that the next character has yet to be passed.
                    if from[found].is_empty() {
                        replaced.extend(next);
                        at += next.map_or(1, char::len_utf8);
                    }
                }
                None => {
                    replaced.extend(next);
                    at += next.map_or(1, char::len_utf8);
                }
            }
            it.charge(1)?;
        }
        it.charge(replaced.len() as u64)?;
        Ok(Value::string(replaced))
    }),
    builtin("hashString", 2, |it, given| {
        let (kind, text) = (it.string(given[0])?, it.string(given[1])?);
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
        Ok(Value::string(digest))
    }),
    builtin("baseNameOf", 1, |it, given| {
        let value = it.force(given[0])?;
        let text = it.coerce_path_part(&value)?;
        let text = text.strip_suffix('/').unwrap_or(&text);
        Ok(Value::string(text.rsplit('/').next().unwrap_or("")))
    }),
    builtin("dirOf", 1, |it, given| {
        let value = it.force(given[0])?;
        let text = it.coerce_path_part(&value)?;
        let folder = match text.rfind('/') {
            None => ".",
            Some(0) => "/",
            Some(at) => &text[..at],
        };
        Ok(match value {
            Value::Path(_) => Value::Path(folder.into()),
            _ => Value::string(folder),
        })
    }),
    builtin("toPath", 1, |it, given| {
        let value = it.force(given[0])?;
        let text = it.coerce_path_part(&value)?;
        match text.starts_with('/') {
            true => Ok(Value::string(crate::coerce::normal_path(&text))),
            false => Err(Stop::evaluation(format!("{text:?} is not an absolute path"))),
        }
    }),
    builtin("readFile", 1, |it, given| {
        let value = it.force(given[0])?;
        let path = it.coerce_path_part(&value)?;
        // What an absolute string points at is a matter of the machine, not of the configuration.
        if !matches!(value, Value::Path(_)) {
            return Err(Stop::Opaque);
        }
        match it.read(std::path::Path::new(&*path)) {
            Ok(text) => {
                it.charge(text.len() as u64)?;
                Ok(Value::string(text))
            }
            Err(error) => Err(Stop::evaluation(format!("cannot read {path}: {error}"))),
        }
    }),
    builtin("pathExists", 1, |it, given| {
        let value = it.force(given[0])?;
        match value {
            Value::Path(path) if it.read(std::path::Path::new(&*path)).is_ok() => Ok(Value::Bool(true)),
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
        let parts = version_parts(&text).into_iter().map(|part| it.done(Value::string(part))).collect();
        Ok(whole(parts))
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
        let (name, version) = (it.done(Value::string(name)), it.done(Value::string(version)));
        Ok(it.set_from([("name", name), ("version", version)]))
    }),
];

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
    let number = |part: &str| part.parse::<u64>().ok();
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
