//! The files of a system of NixOS, for templates that are given no more than its path.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use nixvirt_compiler::{Json, Problem, codes};
use nixvirt_templates::arguments::{Template, Type};

/// Reads the text of a file of the machine, for [`expand`](crate::template::expand).
pub type ReadText<'r> = &'r dyn Fn(&Path) -> io::Result<String>;

/// The argument that says what the kernel is told, and the file of a system that does.
const PARAMS: (&str, &str) = ("kernel_params", "kernel-params");

/// Adds the arguments that are in the files of the system. Where Nix evaluates the template, it reads these files itself.
///
/// # Errors
/// The file that cannot be read, with the name of the argument that named the system.
pub(crate) fn complete(
    template: &Template,
    arguments: &mut Vec<(Cow<'_, str>, Json<'_>)>,
    read: ReadText<'_>,
) -> Result<(), (&'static str, Problem)> {
    let Some(system) = template.arguments.iter().find(|argument| argument.value == Type::System) else {
        return Ok(());
    };
    let given = |name: &str| arguments.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let is_given = given(PARAMS.0).is_some_and(|value| *value != Json::Null);
    let path = match given(system.name) {
        Some(Json::Str(path)) if path.starts_with('/') && !is_given => Path::new(&**path).join(PARAMS.1),
        _ => return Ok(()),
    };
    let text = read(&path).map_err(|error| {
        let path = path.display();
        let message = format!("(argument of `{}`): cannot read {path}: {error}", template.name);
        let help = format!("build the system on this machine, or write what it holds as `{}`", PARAMS.0);
        let problem = Problem::Rule { code: &codes::TEMPLATE, message, help: Some(help), fix: None };
        (system.name, problem)
    })?;
    arguments.retain(|(key, _)| key != PARAMS.0);
    arguments.push((Cow::Borrowed(PARAMS.0), Json::Str(Cow::Owned(text.trim().to_owned()))));
    Ok(())
}
