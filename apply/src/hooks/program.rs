//! Programs of hooks that could not be run.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Hook;
use super::site::Site;
use crate::error::{Error, codes};
use crate::hooks::Hooks;

impl Site {
    /// The errors of programs that libvirt could not run as hooks, or should not run as root.
    pub fn wrong(hooks: &Hooks) -> Vec<Error> {
        let wrong = |(operation, hook): &(&str, Hook)| {
            let Hook::Program(program) = hook else { return None };
            let why = match fs::metadata(program) {
                Err(error) => error.to_string(),
                Ok(found) if !found.is_file() => "it is no file".to_owned(),
                Ok(found) if found.permissions().mode() & 0o111 == 0 => "it is not executable".to_owned(),
                Ok(found) if found.permissions().mode() & 0o002 != 0 => {
                    "everybody can write to it; libvirt runs it as root".to_owned()
                }
                Ok(_) => open_folder(program).or_else(|| no_interpreter(program))?,
            };
            let message = format!("its hook `{operation}` cannot be run: {}: {why}", program.display());
            Some(Error::new(&codes::BAD_HOOK, message).fact("operation", operation))
        };
        hooks.iter().filter_map(wrong).collect()
    }
}

/// A folder on the way to a program where everybody could put another one.
fn open_folder(program: &Path) -> Option<String> {
    let program = fs::canonicalize(program).ok()?;
    let is_open = |(depth, folder): &(usize, &Path)| {
        let mode = fs::metadata(folder).map_or(0, |found| found.permissions().mode());
        // In a folder such as /tmp, only what is there by now is safe from others.
        mode & 0o002 != 0 && (*depth == 0 || mode & 0o1000 == 0)
    };
    let (_, folder) = program.ancestors().skip(1).enumerate().find(is_open)?;
    Some(format!("everybody can write to the folder {}; libvirt runs it as root", folder.display()))
}

/// The message where a script's interpreter does not exist.
fn no_interpreter(program: &Path) -> Option<String> {
    let mut head = [0; 256];
    let read = fs::File::open(program).and_then(|mut file| file.read(&mut head)).ok()?;
    let line = head[..read].strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let interpreter = line.split_whitespace().next()?;
    (!Path::new(interpreter).exists()).then(|| format!("its interpreter {interpreter} does not exist"))
}
