//! Reading the hooks of an entry of a bundle.

use std::path::Path;

use nixvirt_compiler::bundle_format::is_program;

use super::{Hook, Hooks, operations};
use crate::json_reader::Fields;
use crate::kind::ObjectKind;

/// Reads the hooks of an object, in the order of [`operations`]. `folder` is what relative paths are relative to.
pub fn read(kind: ObjectKind, fields: Fields<'_>, folder: &Path) -> Hooks {
    let read = |operation: &'static str| {
        let text = fields.text(operation)?;
        let hook =
            if is_program(text) { Hook::Program(folder.join(text)) } else { Hook::Command(text.to_owned()) };
        Some((operation, hook))
    };
    operations(kind).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ObjectKind, json: &str, hooks: &[(&str, Hook)]) {
        let json = nixvirt_compiler::parse_json(json.as_bytes()).unwrap();
        let found = read(kind, Fields(&json.value), Path::new("/here"));
        assert_eq!(found, hooks);
    }

    #[test]
    fn a_path_alone_is_a_program_and_anything_else_a_command() {
        let program = |path: &str| Hook::Program(path.into());
        let command = Hook::Command("/bin/logger started".into());
        check(
            ObjectKind::Domain,
            r#"{ "started": "/bin/logger started", "start": "/a", "prepare": "b/c", "release": null, "stopped": "halted" }"#,
            &[
                ("prepare", program("/here/b/c")),
                ("start", program("/a")),
                ("started", command),
                ("stopped", Hook::Command("halted".into())),
            ],
        );
        check(ObjectKind::Network, r#"{ "port-created": "/a" }"#, &[("port-created", program("/a"))]);
    }
}
