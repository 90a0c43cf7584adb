//! Reading the hooks of an entry of a bundle.

use std::path::Path;

use nixvirt_compiler::{Json, is_program};

use super::{Hook, Hooks, operations};
use crate::error::Problems;
use crate::json_reader::Fields;
use crate::object::Kind;

/// Reads the hooks of an object, in the order of [`operations`]. `folder` is what relative paths are relative to.
pub fn read(kind: Kind, value: &Json<'_>, place: &str, folder: &Path, problems: &mut Problems) -> Hooks {
    if operations(kind).is_empty() {
        problems.add(format!(
            "{place}: libvirt calls no hooks for a {}; they belong to a domain or network",
            kind.name()
        ));
        return Hooks::new();
    }
    let Some(mut fields) = Fields::open(value, place, problems) else { return Hooks::new() };
    let mut hooks = Hooks::new();
    for operation in operations(kind) {
        let Some(text) = fields.text(operation) else { continue };
        if text.trim().is_empty() || text.contains('\0') {
            let place = fields.at(operation);
            let what = "expected the path of a program, or a command; `null` is none";
            fields.problems().add(format!("{place}: {text:?} is neither a path nor a command; {what}"));
            continue;
        }
        let hook =
            if is_program(text) { Hook::Program(folder.join(text)) } else { Hook::Command(text.to_owned()) };
        hooks.push((operation, hook));
    }
    fields.finish();
    hooks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, json: &str, hooks: &[(&str, Hook)], expected: &[&str]) {
        let mut problems = Problems::default();
        let json = nixvirt_compiler::parse_json(json.as_bytes()).unwrap();
        let found = read(kind, &json.value, "x.hooks", Path::new("/here"), &mut problems);
        assert_eq!(found, hooks);
        let messages: Vec<&str> = problems.0.iter().map(String::as_str).collect();
        assert_eq!(messages, expected);
    }

    #[test]
    fn a_path_alone_is_a_program_and_anything_else_a_command() {
        let program = |path: &str| Hook::Program(path.into());
        let command = Hook::Command("/bin/logger started".into());
        check(
            Kind::Domain,
            r#"{ "started": "/bin/logger started", "start": "/a", "prepare": "b/c", "release": null, "stopped": "halted" }"#,
            &[
                ("prepare", program("/here/b/c")),
                ("start", program("/a")),
                ("started", command),
                ("stopped", Hook::Command("halted".into())),
            ],
            &[],
        );
        check(Kind::Network, r#"{ "port-created": "/a" }"#, &[("port-created", program("/a"))], &[]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        check(
            Kind::Domain,
            r#"{ "start": " ", "stat": "/a" }"#,
            &[],
            &[
                "x.hooks.start: \" \" is neither a path nor a command; expected the path of a program, or a command; \
                 `null` is none",
                "x.hooks: unknown key `stat`; did you mean `start`?",
            ],
        );
        check(
            Kind::Pool,
            r#"{ "start": "/a" }"#,
            &[],
            &["x.hooks: libvirt calls no hooks for a pool; they belong to a domain or network"],
        );
    }
}
