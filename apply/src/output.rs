//! Printing: plans for people and for machines, progress on a terminal, log lines elsewhere.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use nixvirt_compiler::printable::{printable, printable_line};
use nixvirt_files::stdout;
use serde_json::{Value, json};

use crate::error::{Error, Problems, codes};
use crate::execute::Event;
use crate::live::Effect;
use crate::plan::{Action, Planned, Step};
use crate::plan_words::{said_of, step_json, words};
use crate::run::{News, Outcome};
use crate::volumes::VolumeAction;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const PLAIN: Style = Style::new();

/// The exit status of a command line that is wrong: 2, as with other programs, but 1 where 2 says that there are changes.
pub fn usage_status() -> ExitCode {
    let changes_are_2 = std::env::args_os().any(|argument| argument == "--detailed-exitcode");
    ExitCode::from(if changes_are_2 { 1 } else { 2 })
}

/// Prints clap's own answer to a command line: the help, the version, or the error in it. The exit status is that of
/// [`usage_status`] where it is wrong, and 1 where it cannot be printed.
pub fn parsed(program: &'static str, said: &clap::Error) -> ExitCode {
    let text = said.render().to_string();
    let printed = match said.use_stderr() {
        // clap prints arguments as they are.
        true if printable(&text) != text => writeln!(io::stderr(), "{}", printable(&text)),
        false if stdout::is_closed() => stdout::print(&[]),
        _ => said.print(),
    };
    match printed {
        Ok(()) if !said.use_stderr() => ExitCode::SUCCESS,
        Ok(()) => usage_status(),
        Err(error) => {
            Watcher::new(program, "", false, false).say(Level::Error, &error.to_string());
            ExitCode::from(1)
        }
    }
}

/// Whether a stream takes colours.
pub fn colored(stream: &impl IsTerminal) -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && stream.is_terminal()
}

fn paint(text: &str, style: Style, color: bool) -> String {
    let text = printable_line(text);
    if color { format!("{style}{text}{style:#}") } else { text.into_owned() }
}

/// A plan for people; what is unchanged is only counted, unless everything is wanted.
pub fn plan_text(steps: &[Step], all: bool, color: bool) -> String {
    let mut out = String::new();
    let to_be_said = |step: &Step| {
        let said = ![&step.kept, &step.drift, &step.left].iter().all(|said| said.is_empty());
        step.changes_something()
            || said
            || !(step.waits.is_empty() && step.blocked.is_empty() && step.unmet.is_empty())
    };
    for step in steps.iter().filter(|step| all || to_be_said(step)) {
        let (sign, style) = match step.action {
            _ if !step.blocked.is_empty() => ("!", RED),
            Action::Create => ("+", GREEN),
            Action::Remove => ("-", RED),
            _ if step.changes_something() => ("~", YELLOW),
            _ => (" ", PLAIN),
        };
        let doing = match step.blocked.is_empty() {
            true => words(step).join(", "),
            false => format!("nothing is done: {}", Error::from(Problems(step.blocked.clone())).coded()),
        };
        let mut line = format!("{sign} {}: {doing}", step.title());
        if words(step).is_empty() {
            line.push_str("volumes");
        }
        out.push_str(&paint(&line, style, color));
        out.push('\n');
        for note in said_of(step) {
            out.push_str(&format!("    ({})\n", printable_line(&note)));
        }
        for planned in &step.changes {
            out.push_str(&change_text(planned, color));
        }
        for volume in &step.volumes {
            let (line, style) = match &volume.action {
                VolumeAction::Create { fill, .. } => {
                    let with = fill.as_ref().map(|fill| format!(", {}", fill.describe())).unwrap_or_default();
                    (format!("+ volume `{}`: create{with}", volume.name), GREEN)
                }
                VolumeAction::Replace { fill, why, .. } => {
                    (format!("! volume `{}`: make anew, {}: {why}", volume.name, fill.describe()), RED)
                }
                VolumeAction::Grow { from, to } => {
                    (format!("~ volume `{}`: grow from {from} to {to} bytes", volume.name), YELLOW)
                }
                VolumeAction::Delete => (format!("- volume `{}`: delete", volume.name), RED),
            };
            out.push_str(&format!("    {}\n", paint(&line, style, color)));
        }
        for name in &step.discs {
            let line = format!("- disc `{name}`: delete, once no domain has it");
            out.push_str(&format!("    {}\n", paint(&line, RED, color)));
        }
    }
    out.push_str(&summary(steps));
    out
}

fn change_text(planned: &Planned, color: bool) -> String {
    let style = match (&planned.change.old, &planned.change.new) {
        (None, Some(_)) => GREEN,
        (Some(_), None) => RED,
        _ => YELLOW,
    };
    let restart = match planned.effect {
        Effect::Live => "",
        Effect::NextStart => "  (counts at the next start)",
        Effect::Restart => "  (needs a restart where it runs)",
    };
    format!("    {}{restart}\n", paint(&planned.to_string(), style, color))
}

/// How many objects of each fate.
pub fn summary(steps: &[Step]) -> String {
    let done = || steps.iter().filter(|step| step.blocked.is_empty());
    let count = |wanted: &dyn Fn(&Step) -> bool| done().filter(|step| wanted(step)).count();
    let counts = [
        (count(&|step| step.action == Action::Create), "to create"),
        (count(&|step| step.action == Action::Update), "to update"),
        (count(&|step| step.action == Action::Remove), "to undefine"),
        (count(&|step| step.start), "to start"),
        (count(&|step| step.stop && step.action != Action::Remove), "to stop"),
        (count(&|step| step.restart), "to restart"),
        (steps.len() - count(&|step| step.blocked.is_empty()), "that cannot be applied"),
        (count(&|step| step.blocked.is_empty() && !step.changes_something()), "unchanged"),
    ];
    let said: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if said.is_empty() { "nothing is declared\n".to_owned() } else { said.join(", ") + "\n" }
}

/// A plan, or what became of it, for machines.
pub fn as_json(uri: &str, outcome: &Outcome, failures: &[(String, Error)]) -> Value {
    let steps: Vec<Value> = outcome.steps.iter().map(step_json).collect();
    let failure = |(title, why): &(String, Error)| json!({ "object": title, "message": why.to_string(), "codes": why.codes(), "errors": why.as_json() });
    let failures: Vec<Value> = failures.iter().map(failure).collect();
    json!({ "connection": uri, "objects": steps, "failures": failures, "notes": outcome.notes, "writes": outcome.writes })
}

/// How bad a line is, as systemd has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A step that failed: an error.
    Error = 3,
    /// A warning that the user should see.
    Warning = 4,
    /// An event without a fault.
    Info = 6,
}

/// Reports a run to a person: a bar on a terminal, lines for a log.
pub struct Watcher {
    name: &'static str,
    /// Said before every line where there are several hosts.
    prefix: String,
    verbose: bool,
    /// Whether what was done is said without `-v`, too.
    tells: bool,
    journal: bool,
    bar: Option<ProgressBar>,
    /// The failures: the object's title and the error.
    pub failures: Vec<(String, Error)>,
    /// How many objects were changed.
    pub done: usize,
}

impl Watcher {
    /// Begins to watch. `bar` is whether there may be one.
    pub fn new(name: &'static str, prefix: &str, verbose: bool, bar: bool) -> Watcher {
        let bar = bar && io::stderr().is_terminal() && !verbose;
        Watcher {
            name,
            prefix: printable_line(prefix).into_owned(),
            verbose,
            tells: true,
            journal: std::env::var_os("JOURNAL_STREAM").is_some() && !io::stderr().is_terminal(),
            bar: bar.then(|| ProgressBar::new(0).with_style(style())),
            failures: Vec::new(),
            done: 0,
        }
    }

    /// Prints only failures and warnings, unless it is verbose.
    pub fn quiet(self) -> Watcher {
        Watcher { tells: self.verbose, ..self }
    }

    /// Writes a line to standard error, with its level where the journal reads it.
    pub fn say(&self, level: Level, line: &str) {
        let severity = if self.journal { format!("<{}>", level as u8) } else { String::new() };
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}: ", self.prefix) };
        let write = || {
            for line in line.lines() {
                // Nobody may be listening, which is no reason to stop.
                let line = printable_line(line);
                let _ = writeln!(io::stderr(), "{severity}{}: {prefix}{line}", self.name);
            }
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes a piece of news.
    pub fn take(&mut self, news: News) {
        match news {
            News::Waiting(holder) => {
                self.say(Level::Warning, &format!("waiting for {holder} to finish its run"))
            }
            News::Note(note) => self.say(Level::Warning, &note),
            News::Decided(count) => {
                if let Some(bar) = &self.bar {
                    bar.set_length(count as u64);
                }
            }
            News::Event(event) => self.event(event),
        }
    }

    fn event(&mut self, event: Event) {
        if let Some(bar) = &self.bar {
            match &event {
                Event::Begin(title) => bar.set_message(printable_line(title).into_owned()),
                Event::Detail(..) | Event::Warning(..) => {}
                _ => bar.inc(1),
            }
        }
        match event {
            Event::Begin(_) => {}
            Event::Detail(title, what) if self.verbose => self.say(Level::Info, &format!("{title}: {what}")),
            Event::Detail(..) => {}
            Event::Warning(title, what) => self.say(Level::Warning, &format!("{title}: {what}")),
            Event::Done(title, done) if done.is_empty() => {
                if self.verbose {
                    self.say(Level::Info, &format!("{title}: unchanged"));
                }
            }
            Event::Done(title, done) => {
                self.done += 1;
                if self.tells {
                    self.say(Level::Info, &format!("{title}: {}", done.join(", ")));
                }
            }
            Event::Failed(title, why) => {
                self.say(Level::Error, &format!("{title}: {}", why.coded()));
                self.failures.push((title, why));
            }
            Event::Skipped(title, missing) => {
                let why = format!("skipped, for it needs the {missing}, which failed");
                let why = Error::new(&codes::NEEDED_FAILED, why).fact("needs", missing);
                self.say(Level::Error, &format!("{title}: {}", why.coded()));
                self.failures.push((title, why));
            }
        }
    }

    /// Ends it: everything that failed is named once more, where it could have been lost in between.
    pub fn finish(&self, steps: usize) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !self.failures.is_empty() {
            let titles: Vec<&str> = self.failures.iter().map(|(title, _)| &**title).collect();
            let line = format!("{} of {steps} objects failed: {}", titles.len(), titles.join(", "));
            self.say(Level::Error, &line);
        }
    }
}

fn style() -> ProgressStyle {
    // The template is a literal; a bar without style is a bar all the same.
    ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
