//! `match` and `split`: regular expressions, POSIX extended ones in Nix.

use regex::Regex;

use super::lists::whole;
use super::{Builtin, builtin};
use crate::error::Stop;
use crate::eval::Evaluator;
use crate::value::{Thunk, Value};

pub(super) const TABLE: &[Builtin] = &[
    builtin("match", 2, |it, given| {
        let (pattern, text) = (it.string(given[0])?, it.string(given[1])?);
        let pattern = compile(&format!("^(?:{})$", translate(&pattern)), &pattern)?;
        match pattern.captures(&text) {
            None => Ok(Value::Null),
            Some(captures) => {
                let groups = groups(it, &captures);
                Ok(whole(groups))
            }
        }
    }),
    builtin("split", 2, |it, given| {
        let (pattern, text) = (it.string(given[0])?, it.string(given[1])?);
        let pattern = compile(&translate(&pattern), &pattern)?;
        let mut parts = Vec::new();
        let mut end = 0;
        for captures in pattern.captures_iter(&text) {
            let Some(found) = captures.get(0) else { continue };
            it.charge(2)?;
            parts.push(it.done(Value::string(&text[end..found.start()])));
            let groups = groups(it, &captures);
            parts.push(it.done(whole(groups)));
            end = found.end();
        }
        parts.push(it.done(Value::string(&text[end..])));
        Ok(whole(parts))
    }),
];

fn groups(it: &mut Evaluator, captures: &regex::Captures<'_>) -> Vec<Thunk> {
    captures
        .iter()
        .skip(1)
        .map(|group| {
            let group = group.map_or(Value::Null, |group| Value::string(group.as_str()));
            it.done(group)
        })
        .collect()
}

fn compile(pattern: &str, given: &str) -> Result<Regex, Stop> {
    regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .dot_matches_new_line(true)
        .build()
        .map_err(|_| Stop::evaluation(format!("{given:?} is not a regular expression")))
}

/// A POSIX expression as the `regex` crate spells it: within brackets, a backslash and a bracket are themselves.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        out.push(character);
        match character {
            '\\' => out.extend(rest.next()),
            '[' => {
                if rest.peek() == Some(&'^') {
                    out.extend(rest.next());
                }
                if rest.peek() == Some(&']') {
                    rest.next();
                    out.push_str("\\]");
                }
                while let Some(inner) = rest.next() {
                    match inner {
                        ']' => {
                            out.push(']');
                            break;
                        }
                        '[' if rest.peek() == Some(&':') => {
                            out.push('[');
                            for class in rest.by_ref() {
                                out.push(class);
                                if class == ']' {
                                    break;
                                }
                            }
                        }
                        '\\' | '[' | '&' | '~' => out.extend(['\\', inner]),
                        other => out.push(other),
                    }
                }
            }
            _ => {}
        }
    }
    out
}
