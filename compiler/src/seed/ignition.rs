//! Configurations for Ignition, which Fedora CoreOS and Flatcar read once, when a machine boots for the first time.
//!
//! They are JSON (<https://coreos.github.io/ignition/specs/>). People write Butane, in YAML, and translate it: a configuration
//! that is still Butane is told of by its key `variant`.

mod keys;

use std::collections::BTreeMap;

use self::keys::IGNITION_CONFIG;
use super::codes;
use super::content::{ReadHostFile, host_file, text_of, with_texts};
use super::image::{SeedDisc, SeedForm};
use super::problems::{SeedProblems, below, step};
use super::shapes::{Reader, ShapeChecker};
use super::yaml;
use crate::diagnostics::{Problem, codes as common};
use crate::document::path::Path;
use crate::source::json::{Json, parse};

/// The key of the configuration itself.
pub const CONFIG: &str = "config";

/// The key of the name by which the guest finds the configuration.
const NAME: &str = "name";

/// The entry of fw_cfg that Ignition reads on most systems.
const OF_COREOS: &str = "opt/com.coreos/config";

/// The entry that Flatcar reads, whose Ignition knows the older versions of configurations, too.
const OF_FLATCAR: &str = "opt/org.flatcar-linux/config";

/// The beginning of all entries that users make.
const OF_USERS: &str = "opt/";

/// How many bytes a name may have in QEMU.
const LONGEST: usize = 55;

/// The entry of fw_cfg that a configuration comes into.
pub fn fw_cfg_name<'v>(value: &'v Json<'_>) -> &'v str {
    value.get(NAME).and_then(Json::as_str).unwrap_or(OF_COREOS)
}

/// A configuration as the bytes that the guest reads, and what is probably wrong with it.
///
/// # Errors
/// All that keeps it from being made, and what is probably wrong beside it.
pub fn ignition(value: &Json<'_>, read: &ReadHostFile<'_>) -> Result<(SeedDisc, SeedProblems), SeedProblems> {
    let mut problems = of_name(value);
    let is_old_known = fw_cfg_name(value) == OF_FLATCAR;
    let (bytes, found) = match value.get(CONFIG) {
        None | Some(Json::Null) => {
            let message = "there is no `config`, which Ignition is to read".to_owned();
            let help = Some(
                "write `config.ignition.version = \"3.4.0\"`, and what the machine is to get".to_owned(),
            );
            let problem = Problem::Rule { code: &common::MISSING, message, help, fix: None };
            problems.push((Path::default(), problem));
            (None, Vec::new())
        }
        Some(config) => made(config, is_old_known, read),
    };
    problems.extend(below(CONFIG, found));
    let stops = |(_, problem): &(Path, Problem)| problem.code().severity == crate::Severity::Error;
    match bytes {
        Some(bytes) if !problems.iter().any(stops) => {
            let files = BTreeMap::from([(CONFIG.to_owned(), bytes)]);
            Ok((SeedDisc { label: String::new(), files, instance: None, form: SeedForm::Plain }, problems))
        }
        _ => Err(problems),
    }
}

/// The problems of the name of the entry.
fn of_name(value: &Json<'_>) -> SeedProblems {
    let name = fw_cfg_name(value);
    let wrong = match (name.strip_prefix(OF_USERS), name.len()) {
        (None | Some(""), _) => "QEMU keeps the other names for itself",
        (_, ..=LONGEST) => return Vec::new(),
        _ => "QEMU takes no name of more than 55 bytes",
    };
    let expected = format!("a name that begins with `{OF_USERS}`, such as \"{OF_COREOS}\": {wrong}");
    let problem = Problem::BadValue { value: crate::nix::string(name), expected, hint: None };
    vec![(Path(vec![step(NAME)]), problem)]
}

/// The bytes of a configuration that is a set, a text or in a file. Without bytes, there is an error among the problems, or the
/// value cannot be known.
fn made(config: &Json<'_>, is_old_known: bool, read: &ReadHostFile<'_>) -> (Option<Vec<u8>>, SeedProblems) {
    let text = match (config, host_file(config)) {
        (_, Some(path)) => match text_of(path, read) {
            Ok(text) => text,
            Err(why) => return (None, unreadable(vec![why])),
        },
        (Json::Str(text), _) => text.clone().into_owned(),
        (Json::Set(_) | Json::Open(_), _) => {
            let mut failures = Vec::new();
            let whole = with_texts(config, read, &mut failures);
            let mut problems = of_config(config, is_old_known);
            problems.extend(unreadable(failures));
            return (serde_json::to_vec(&whole).ok(), problems);
        }
        (Json::Opaque, _) => return (None, Vec::new()),
        (other, _) => {
            return (
                None,
                vec![(Path::default(), other.instead_of("a set, a text or `{ file = \"/path\"; }`"))],
            );
        }
    };
    let problems = of_text(&text, is_old_known);
    (Some(text.into_bytes()), problems)
}

fn unreadable(failures: Vec<String>) -> SeedProblems {
    let problem = |message| {
        let help = Some("expected a file that is there when objects are applied".to_owned());
        (Path::default(), Problem::Rule { code: &common::UNREADABLE, message, help, fix: None })
    };
    failures.into_iter().map(problem).collect()
}

fn rule(code: &'static codes::Code, message: &str, help: &str) -> SeedProblems {
    let (message, help) = (message.to_owned(), Some(help.to_owned()));
    vec![(Path::default(), Problem::Rule { code, message, help, fix: None })]
}

/// How a person gets from Butane to Ignition.
const RUN_BUTANE: &str = "translate it: `butane --strict core.bu > core.ign`, and name `core.ign`";

/// The problems of a configuration that is given as a text. Their places are within the text, so that the messages say them.
fn of_text(text: &str, is_old_known: bool) -> SeedProblems {
    let value = match parse(text.as_bytes()) {
        Ok(parsed) => parsed.value,
        Err(problem) => {
            let as_yaml = yaml::read(text).ok().map(|read| read.value);
            if as_yaml.as_ref().is_some_and(|value| value.get("variant").is_some()) {
                return rule(
                    &codes::IGNITION_BUTANE,
                    "the text is Butane, and Ignition reads JSON",
                    RUN_BUTANE,
                );
            }
            let message = match text.starts_with("#cloud-config") {
                true => "the text is for cloud-init, and Ignition reads JSON".to_owned(),
                false => format!("the text is no JSON: {}", problem.problem),
            };
            return rule(&codes::IGNITION_SYNTAX, &message, "expected what `butane` writes, or a set");
        }
    };
    let within = |(path, problem): (Path, Problem)| match problem {
        Problem::Rule { code, message, help, .. } => {
            let message = match path.0.is_empty() {
                true => message,
                false => format!("{path} in the text: {message}"),
            };
            (Path::default(), Problem::Rule { code, message, help, fix: None })
        }
        other => (Path::default(), other),
    };
    of_config(&value, is_old_known).into_iter().map(within).collect()
}

static IGNITION: Reader = Reader {
    name: "Ignition",
    whole: "a config for Ignition",
    key: &codes::IGNITION_KEY,
    value: &codes::IGNITION_VALUE,
    page: "Ignition's page of its specification lists the keys",
    example: "write `ignition.version = \"3.4.0\"`, and what the machine is to get",
};

/// The problems of a configuration.
fn of_config(config: &Json<'_>, is_old_known: bool) -> SeedProblems {
    if config.get("variant").is_some() {
        return rule(
            &codes::IGNITION_BUTANE,
            "the config is Butane, and Ignition reads another form",
            RUN_BUTANE,
        );
    }
    let version = config.get("ignition").and_then(|ignition| ignition.get("version"));
    let is_open = matches!(config, Json::Open(_) | Json::Opaque)
        || matches!(config.get("ignition"), Some(Json::Open(_) | Json::Opaque));
    let major =
        version.and_then(Json::as_str).and_then(|version| version.split_once('.')).map(|(major, _)| major);
    let known = "the version is a text such as \"3.4.0\", and says how the config is read";
    let mut found = match (version, major) {
        (_, Some("3")) | (Some(Json::Opaque), _) => Vec::new(),
        (_, Some("1" | "2")) if is_old_known => return Vec::new(),
        (None, _) if is_open => Vec::new(),
        (None, _) => rule(
            &codes::IGNITION_VERSION,
            "the config has no `ignition.version`, and Ignition refuses it",
            known,
        ),
        (_, Some("1" | "2")) => {
            let help = "bring it to version 3: only Flatcar reads older ones, under the name \"opt/org.flatcar-linux/config\"";
            rule(
                &codes::IGNITION_VERSION,
                "`ignition.version` is older than 3, and Ignition refuses it",
                help,
            )
        }
        _ => rule(&codes::IGNITION_VERSION, "`ignition.version` is none that Ignition knows", known),
    };
    found.extend(ShapeChecker::of(config, &IGNITION, IGNITION_CONFIG));
    found
}
