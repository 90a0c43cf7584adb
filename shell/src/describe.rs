//! Command lines as data: what the man page of a program says, for readers that show it otherwise.

use clap::{Arg, ArgAction, Command};
use serde::{Deserialize, Serialize};

/// A program or one of its commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    /// The name, of a command with those of what holds it: `nixvirt-compile check`.
    pub name: String,
    /// Its purpose, in a sentence.
    pub about: String,
    /// More about it, a paragraph for each line; empty where there is no more.
    pub long_about: Vec<String>,
    /// How it is called.
    pub usage: String,
    /// Its arguments and options, in the order of its help.
    pub arguments: Vec<CommandArgument>,
    /// Its commands, in the order of its help.
    pub commands: Vec<CommandLine>,
}

/// An argument or option of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandArgument {
    /// How it is written, e.g. `-o, --output <PATH>`.
    pub spelling: String,
    /// The words for it, a paragraph for each line.
    pub help: Vec<String>,
    /// The values that it takes, each with its words; empty where they cannot be listed.
    pub values: Vec<(String, String)>,
    /// The value where it is not given; empty where there is none.
    pub default: String,
}

/// Describes a program by its command line. What is hidden from the help is left out.
pub fn describe(program: &Command) -> CommandLine {
    let mut program = program.clone().disable_help_subcommand(true);
    program.build();
    of_command(&program)
}

fn of_command(command: &Command) -> CommandLine {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let hidden = ["help", "version"];
    let arguments = command.get_arguments();
    let arguments = arguments.filter(|it| !it.is_hide_set() && !hidden.contains(&it.get_id().as_str()));
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    let usage = command.clone().render_usage().to_string();
    CommandLine {
        long_about: paragraphs(long.strip_prefix(&about).unwrap_or(&long)),
        usage: usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned(),
        arguments: arguments.map(of_argument).collect(),
        commands: commands.map(of_command).collect(),
        name,
        about,
    }
}

fn of_argument(argument: &Arg) -> CommandArgument {
    let values: Vec<&str> =
        argument.get_value_names().unwrap_or_default().iter().map(|name| &**name).collect();
    let takes = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let values = values.iter().filter(|_| takes).map(|name| format!(" <{name}>")).collect::<String>();
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let spelling = match (short, long) {
        (Some(short), Some(long)) => format!("{short}, {long}{values}"),
        (Some(one), None) | (None, Some(one)) => format!("{one}{values}"),
        (None, None) => values.trim_start().to_owned(),
    };
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let possible = argument.get_possible_values();
    let possible = possible.iter().filter(|_| takes && !argument.is_hide_possible_values_set());
    let default = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
    CommandArgument {
        spelling,
        help: paragraphs(&help),
        values: possible
            .map(|value| {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                (value.get_name().to_owned(), help)
            })
            .collect(),
        default: if takes { default.collect::<Vec<_>>().join(" ") } else { String::new() },
    }
}

/// The paragraphs of a text, each on one line.
fn paragraphs(text: &str) -> Vec<String> {
    let joined =
        text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    joined.filter(|paragraph| !paragraph.is_empty()).collect()
}
