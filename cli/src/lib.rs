//! `nixvirt-compile`: the compiler's command line.
//!
//! Exit status: 0 fine, 1 the input is wrong, 2 could not run, 141 the reader of the output went away. It is a library so
//! that tests and benchmarks can call what the program calls; nothing else is meant to.

pub mod args;
mod check;
mod compile;
mod embedded;
mod explain;
pub mod files;
mod fmt;
mod folders;
mod host_files;
mod hosts;
mod import;
pub mod lsp;
mod output;
mod reference;
pub mod report;
mod sarif;
mod seed;
mod snippet;
mod source;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use nixvirt_compiler::printable::printable;
use nixvirt_files::stdout;
use nixvirt_ide::analysis::Checking;

use crate::args::{Aim, Cli, Command};

/// How a run went, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// No errors were found, and nothing failed.
    Fine,
    /// The input is wrong, and it has been said why.
    Wrong,
    /// Some of the input could not be read, or its result not be written; the rest was seen to, and all of it has been said.
    Failed,
}

/// Runs the program: reads the arguments, runs the command, returns its exit status.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return ended(parsed(&said)),
    };
    // Evaluation and deep input want more stack than a program has by itself.
    ended(nixvirt_evaluator::with_stack(|| run(cli)).and_then(|result| result))
}

/// Prints clap's own answer to the command line: the help, the version, or the error in it.
fn parsed(said: &clap::Error) -> io::Result<Status> {
    if said.use_stderr() {
        // clap prints arguments as they are.
        let text = said.render().to_string();
        match printable(&text) {
            shown if shown != text => writeln!(io::stderr(), "{shown}")?,
            _ => said.print()?,
        }
        return Ok(Status::Failed);
    }
    // clap knows whether standard output takes colours; how it went is ours to know.
    match stdout::is_closed() {
        true => output::to_stdout(&[]),
        false => said.print().map(|()| Status::Fine),
    }
}

/// The exit status of a run.
fn ended(result: io::Result<Status>) -> ExitCode {
    match result {
        Ok(Status::Fine) => ExitCode::SUCCESS,
        Ok(Status::Wrong) => ExitCode::from(1),
        Ok(Status::Failed) => ExitCode::from(2),
        // The reader has closed the pipe (`| head`): the program ends without a message.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(stdout::READER_GONE),
        Err(error) => {
            let _ = writeln!(io::stderr(), "nixvirt-compile: {}", printable(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> io::Result<Status> {
    let reporter = report::Reporter::new(&cli.report);
    if let Some(option) = cli.meaningless_option() {
        let message = format!("`{option}` says how problems are printed, and this command has none");
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    // clap's own check would refuse `--color` before a subcommand, too.
    if cli.command.is_some() && cli.compile.is_asked_for() {
        Cli::command().error(ErrorKind::ArgumentConflict, compile::BEFORE_A_COMMAND).exit();
    }
    let aim = match &cli.command {
        None => Some(&cli.compile.reading.aim),
        Some(Command::Check { reading, .. } | Command::Hosts { reading, .. }) => Some(&reading.aim),
        Some(Command::Import { aim, .. } | Command::Fmt { aim, .. } | Command::Lsp { aim, .. }) => Some(aim),
        Some(
            Command::Explain { .. }
            | Command::Schema { .. }
            | Command::Reference { .. }
            | Command::Seed { .. }
            | Command::Completions { .. }
            | Command::Man { .. }
            | Command::Extras { .. },
        ) => None,
    };
    if let Some(note) = aim.and_then(Aim::note) {
        reporter.note(&note)?;
    }
    match cli.command {
        None => match &cli.compile.specs[..] {
            [spec] => compile::compile(spec, &cli.compile, &reporter),
            [_, ..] => compile::several(&cli.compile, &reporter),
            [] => {
                Cli::command().write_help(&mut io::stderr())?;
                Err(io::Error::other("there is nothing to compile: give a SPEC, or `-` for standard input"))
            }
        },
        Some(Command::Check { files, skip_foreign, require_specs, quiet, places, reading, host }) => {
            let which = check::Which { files, skip_foreign, require_specs, quiet, places: places.as_deref() };
            check::check(&which, &reading, &host.host(), &reporter)
        }
        Some(Command::Hosts { files, reading, host }) => hosts::hosts(&files, &reading, host, &reporter),
        Some(Command::Import { file, to, live, minimal, output, aim }) => {
            let keeps = import::Keeps::of(live, minimal);
            import::import(&file, to, keeps, output.as_deref(), aim.target(), &reporter)
        }
        Some(Command::Fmt { files, skip_foreign, check, write, aim }) => match (check, write, &files[..]) {
            (false, false, _) if skip_foreign => {
                Err(io::Error::other("`--skip-foreign` goes with `--write` or `--check`"))
            }
            (false, false, [file]) => fmt::print(file, aim.target(), &reporter),
            (false, false, _) => Err(io::Error::other("several files go with `--write` or `--check`")),
            _ => fmt::in_place(&files, skip_foreign, write, aim.target(), &reporter),
        },
        Some(Command::Explain { place, kind }) => explain::explain(&place, &kind, &reporter),
        Some(Command::Lsp { aim, rules, .. }) => {
            // A server whose answers cannot be written is of no use.
            output::to_stdout(&[])?;
            let (allow, warn) = (compile::leaked(&rules.allow), compile::leaked(&rules.warn));
            lsp::serve(Checking { allow, warn, target: aim.target(), ..Checking::DEFAULT })
        }
        Some(Command::Schema { kind }) => {
            let kind = nixvirt_schema::kind(&kind).unwrap_or(&nixvirt_schema::KINDS[0]);
            let schema = serde_json::to_string_pretty(&nixvirt_compiler::json_schema(kind))?;
            output::to_stdout((schema + "\n").as_bytes())
        }
        Some(Command::Reference { output, playground }) => reference::run(&output, playground.as_deref()),
        Some(Command::Seed { file, output, deny_warnings, rules }) => {
            seed::seed(&file, &output, deny_warnings, &rules, &reporter)
        }
        Some(Command::Completions { shell }) => {
            output::to_stdout(&nixvirt_shell::completions("nixvirt-compile", &Cli::command(), shell))
        }
        Some(Command::Man { of }) => output::to_stdout(&nixvirt_shell::man(Cli::command(), of.as_deref())?),
        Some(Command::Extras { prefix }) => {
            nixvirt_shell::install("nixvirt-compile", &Cli::command(), &prefix)?;
            Ok(Status::Fine)
        }
    }
}
