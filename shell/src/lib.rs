//! Completions and man pages of the programs, all of it out of their command lines.

mod describe;

use std::path::Path;
use std::{fs, io};

use clap::Command;

pub use clap_complete::Shell;

pub use self::describe::{CommandArgument, CommandLine, describe};

/// The completions of a shell for a program of that name.
pub fn completions(name: &'static str, command: &Command, shell: Shell) -> Vec<u8> {
    // Where a program takes files as well as commands, zsh would take the name of a command for a file.
    let takes_files = command.get_positionals().next().is_some() && command.has_subcommands();
    let mut command = match takes_files {
        true => without_files(name, command),
        false => command.clone(),
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let script = match shell {
        // `clap_complete` goes by one name of a program with a hyphen where it enters a command, and by another where it
        // says what the command takes.
        Shell::Bash => match name.split_once('-') {
            Some((first, second)) => {
                script.replace(&format!("{first}__subcmd__{second}"), &format!("{first}__{second}"))
            }
            None => script,
        },
        Shell::Zsh if takes_files => {
            let commands = format!("_describe -t commands '{name} commands' commands \"$@\"");
            script.replacen(&commands, &format!("{commands}\n    _files"), 1)
        }
        Shell::Fish => {
            // An option that still lacks its value is no command, and where commands may stand, so may files.
            let script = script.replacen("\n    or return\n", "\n    or return 0\n", 1);
            match takes_files {
                true => script.replace("_needs_command\" -f -a", "_needs_command\" -a"),
                false => script,
            }
        }
        _ => script,
    };
    script.into_bytes()
}

/// A program's command line without what stands at its places, such as files.
fn without_files(name: &'static str, command: &Command) -> Command {
    let options = command.get_arguments().filter(|argument| !argument.is_positional());
    Command::new(name)
        .version(env!("CARGO_PKG_VERSION"))
        .args(options.cloned())
        .subcommands(command.get_subcommands().cloned())
}

/// The man page of a program, or of one of its commands.
///
/// # Errors
/// Where there is no such command; the error lists those that there are.
pub fn man(mut program: Command, of: Option<&str>) -> io::Result<Vec<u8>> {
    program = program.disable_help_subcommand(true);
    // Gives the commands the names that their pages go by, and the options that all have.
    program.build();
    let command = match of {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
            io::Error::other(format!("there is no command `{name}`; there is {}", known.join(", ")))
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}

/// The folders of a system's programs in which man pages and completions are looked for, and the names of the latter.
const MAN_PAGES: &str = "share/man/man1";
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "share/bash-completion/completions/{}"),
    (Shell::Zsh, "share/zsh/site-functions/_{}"),
    (Shell::Fish, "share/fish/vendor_completions.d/{}.fish"),
];

/// Writes the man pages of a program and of its commands, and its completions for bash, zsh and fish, to where they are looked
/// for below a prefix such as `/usr/local`. Files that are there are replaced.
///
/// # Errors
/// Where a file cannot be written; the error names it.
pub fn install(name: &'static str, program: &Command, prefix: &Path) -> io::Result<()> {
    let mut files = vec![(format!("{MAN_PAGES}/{name}.1"), man(program.clone(), None)?)];
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        let of = command.get_name();
        files.push((format!("{MAN_PAGES}/{name}-{of}.1"), man(program.clone(), Some(of))?));
    }
    for (shell, file) in COMPLETIONS {
        files.push((file.replace("{}", name), completions(name, program, shell)));
    }
    for (file, content) in files {
        let path = prefix.join(file);
        let folder = path.parent().unwrap_or(prefix);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    Ok(())
}
