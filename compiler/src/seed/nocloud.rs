//! The files of a seed for cloud-init.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::cloud_config;
use super::codes;
use super::content::{ReadHostFile, host_file, text_of, with_texts};
use super::image::{CIDATA, SeedDisc, SeedForm};
use super::problems::{SeedFiles, SeedProblems, below, step};
use super::yaml::{self, LineOf, ReadYaml};
use crate::diagnostics::{Problem, codes as common};
use crate::document::path::{Path, PathStep};
use crate::source::json::Json;

/// The machine that a seed is for, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeedMachine<'i> {
    /// Its uuid, which is its instance-id unless the seed says another.
    pub uuid: Option<&'i str>,
    /// Its name, which is its host name unless the seed says another.
    pub name: Option<&'i str>,
}

/// The word for an instance-id that changes with the content of the seed.
const CONTENT: &str = "content";

/// The first lines by which cloud-init knows what user data is; a script begins with `#!` and its interpreter.
const HEADERS: [&str; 9] = [
    "#cloud-config",
    "#cloud-config-archive",
    "#cloud-config-jsonp",
    "#cloud-boothook",
    "#include",
    "#include-once",
    "#part-handler",
    "## template: jinja",
    "#upstart-job",
];

/// The disc of a seed for cloud-init, and what is probably wrong with it.
///
/// # Errors
/// All that keeps them from being made, and what is probably wrong beside it.
pub(super) fn cloud_init(
    seed: &Json<'_>,
    machine: SeedMachine<'_>,
    read: &ReadHostFile<'_>,
) -> Result<(SeedDisc, SeedProblems), SeedProblems> {
    let mut making = Making { seed, read, problems: Vec::new(), is_unreadable: false, instance: None };
    let mut files = SeedFiles::new();
    let user = making.document("userData", true).unwrap_or_else(|| "#cloud-config\n".to_owned());
    files.insert("user-data".to_owned(), user.into_bytes());
    for (key, name, is_config) in
        [("vendorData", "vendor-data", true), ("networkConfig", "network-config", false)]
    {
        if let Some(text) = making.document(key, is_config) {
            files.insert(name.to_owned(), text.into_bytes());
        }
    }
    let meta = making.meta_data(machine, &files);
    files.insert("meta-data".to_owned(), meta.into_bytes());
    let is_error =
        |(_, problem): &(Path, Problem)| !matches!(problem, Problem::Rule { code, .. } if is_checked(code));
    match making.is_unreadable || making.problems.iter().any(is_error) {
        true => Err(making.problems),
        false => {
            let (label, instance) = (CIDATA.to_owned(), making.instance);
            let disc = SeedDisc { label, files, instance, form: SeedForm::Iso };
            Ok((disc, making.problems))
        }
    }
}

/// Whether a code speaks of what cloud-init makes of a seed; the files of the seed can be made all the same.
fn is_checked(code: &codes::Code) -> bool {
    codes::ALL.iter().any(|checked| checked.name == code.name)
}

struct Making<'m> {
    seed: &'m Json<'m>,
    read: &'m ReadHostFile<'m>,
    problems: SeedProblems,
    is_unreadable: bool,
    /// The instance-id, once the metadata is made.
    instance: Option<String>,
}

impl Making<'_> {
    fn given(&self, key: &str) -> Option<&Json<'_>> {
        self.seed.get(key).filter(|value| **value != Json::Null)
    }

    fn wrong(&mut self, key: &str, message: String, help: &str) {
        let help = Some(help.to_owned());
        let problem = Problem::Rule { code: &common::BAD_VALUE, message, help, fix: None };
        self.problems.push((Path(vec![step(key)]), problem));
    }

    /// The text of a part: a set as YAML, a text as it stands, or what is in a file.
    fn document(&mut self, key: &str, is_config: bool) -> Option<String> {
        let value = self.given(key)?.clone().into_owned();
        let mut failures = Vec::new();
        let text = match (&value, host_file(&value)) {
            (_, Some(path)) => text_of(path, self.read).map_err(|why| failures.push(why)).ok(),
            (Json::Str(text), _) => Some(text.clone().into_owned()),
            (Json::Set(_) | Json::Open(_), _) => {
                let checked = match is_config {
                    true => cloud_config::check(&value),
                    false => network(&value),
                };
                self.problems.extend(below(key, checked));
                let whole = with_texts(&value, self.read, &mut failures);
                self.unreadable(key, failures);
                let header = if is_config { "#cloud-config\n" } else { "" };
                return Some(format!("{header}{}", yaml::write(&whole)));
            }
            (Json::Opaque, _) => None,
            (other, _) => {
                let expected = "a set, a text or `{ file = \"/path\"; }`";
                self.problems.push((Path(vec![step(key)]), other.instead_of(expected)));
                None
            }
        };
        self.unreadable(key, failures);
        let text = text?;
        let found = if is_config { of_text(&text) } else { of_yaml(&text, network) };
        self.problems.extend(below(key, found));
        Some(text)
    }

    fn unreadable(&mut self, key: &str, failures: Vec<String>) {
        for message in failures {
            self.is_unreadable = true;
            let help = Some("expected a file that is there when the disc is made".to_owned());
            let problem = Problem::Rule { code: &common::UNREADABLE, message, help, fix: None };
            self.problems.push((Path(vec![step(key)]), problem));
        }
    }

    /// The metadata: the machine, and what the seed adds to it.
    fn meta_data(&mut self, machine: SeedMachine<'_>, files: &SeedFiles) -> String {
        let given = self.given("metaData").map(|value| value.clone().into_owned());
        let own = match &given {
            None => Vec::new(),
            Some(Json::Set(entries) | Json::Open(entries)) => entries.clone(),
            Some(Json::Opaque) => return String::new(),
            Some(other) => {
                let problem = other.instead_of("a set, such as `{ local-hostname = \"web\"; }`");
                self.problems.push((Path(vec![step("metaData")]), problem));
                return String::new();
            }
        };
        let text = |making: &Self, key: &str| making.given(key).and_then(Json::as_str).map(str::to_owned);
        let (instance, host) = (text(self, "instanceId"), text(self, "hostname"));
        let said = |key: &str| own.iter().any(|(name, value)| name == key && *value != Json::Null);
        for (key, given, name) in
            [("instanceId", &instance, INSTANCE_ID), ("hostname", &host, LOCAL_HOSTNAME)]
        {
            if given.is_some() && said(name) {
                let message = format!("`{key}` and `metaData.{name}` both say it");
                self.wrong(key, message, "leave one of them out");
            }
        }
        let host = host.or_else(|| machine.name.filter(|name| is_host_name(name)).map(str::to_owned));
        let mut all: Vec<(Cow<'static, str>, Json<'static>)> = Vec::new();
        let value = |text: String| Json::Str(Cow::Owned(text));
        if let (Some(host), false) = (host, said(LOCAL_HOSTNAME)) {
            all.push((Cow::Borrowed(LOCAL_HOSTNAME), value(host)));
        }
        let mut failures = Vec::new();
        if let Json::Set(entries) = with_texts(&Json::Set(own.clone()), self.read, &mut failures) {
            all.extend(entries);
        }
        self.unreadable("metaData", failures);
        if !said(INSTANCE_ID) {
            let instance = match instance.as_deref() {
                Some(CONTENT) => Some(hash(files, &yaml::write(&Json::Set(all.clone())))),
                Some(given) => Some(given.to_owned()),
                None => machine.uuid.map(str::to_owned),
            };
            match instance {
                Some(instance) => all.insert(0, (Cow::Borrowed(INSTANCE_ID), value(instance))),
                None => {
                    let help = "say `instanceId`, a text that is another one for each machine; with \"content\", cloud-init runs again \
                                whenever the seed has changed";
                    let message = "nothing says which machine the seed is for".to_owned();
                    self.problems.push((
                        Path::default(),
                        Problem::Rule {
                            code: &common::MISSING,
                            message,
                            help: Some(help.to_owned()),
                            fix: None,
                        },
                    ));
                }
            }
        }
        let all = Json::Set(all);
        self.instance = match all.get(INSTANCE_ID) {
            Some(Json::Str(text)) => Some(text.clone().into_owned()),
            // A number, as the guest reads it.
            Some(other) => Some(yaml::write(other).trim().to_owned()),
            None => None,
        };
        yaml::write(&all)
    }
}

const INSTANCE_ID: &str = "instance-id";
const LOCAL_HOSTNAME: &str = "local-hostname";

/// Whether the name of a machine can be that of a host.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// The instance-id that changes with the content.
fn hash(files: &SeedFiles, meta: &str) -> String {
    let mut hash = Sha256::new();
    for (name, content) in
        files.iter().map(|(name, content)| (&**name, &**content)).chain([("", meta.as_bytes())])
    {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    let digest = hash.finalize();
    format!("nixvirt-{}", digest[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The problems of user data that is given as a text.
fn of_text(text: &str) -> SeedProblems {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let is_mime = |line: &str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-type:") || line.starts_with("mime-version:")
    };
    if first == HEADERS[0] {
        return of_yaml(text, cloud_config::check);
    }
    if first.starts_with("#!") || HEADERS.contains(&first) || is_mime(first) || first.starts_with('\u{1f}') {
        return Vec::new();
    }
    let help = match first.strip_prefix('#').map(|rest| rest.trim().to_ascii_lowercase().replace('_', "-")) {
        Some(word) if word.starts_with("cloud") => "did you mean `#cloud-config`?",
        _ => "begin it with the line `#cloud-config`, or a script with `#!/bin/sh`",
    };
    let message =
        "the text does not begin with a line that says what it is, and cloud-init would ignore it".to_owned();
    let problem =
        Problem::Rule { code: &codes::CLOUD_CONFIG_HEADER, message, help: Some(help.to_owned()), fix: None };
    vec![(Path::default(), problem)]
}

/// The problems of a text of YAML. Their places are lines of it, which the messages name.
fn of_yaml(text: &str, check: fn(&Json<'_>) -> SeedProblems) -> SeedProblems {
    let syntax = |line: usize, what: String| {
        let message = format!("line {line} of the text: {what}");
        (Path::default(), Problem::Rule { code: &codes::CLOUD_CONFIG_SYNTAX, message, help: None, fix: None })
    };
    let ReadYaml { value, lines, twice } = match yaml::read(text) {
        Ok(read) => read,
        Err((line, what)) => return vec![syntax(line, what)],
    };
    let twice =
        twice.into_iter().map(|(line, key)| syntax(line, format!("the key `{key}` stands twice in a set")));
    let of_value = check(&value).into_iter().map(|(path, problem)| {
        let line = line_of(&path, &lines);
        let problem = match problem {
            Problem::Rule { code, message, help, .. } => Problem::Rule {
                code,
                message: format!("line {line} of the text: {message}"),
                help,
                fix: None,
            },
            other => other,
        };
        (Path::default(), problem)
    });
    twice.chain(of_value).collect()
}

/// The line of a part, or of what it is in.
fn line_of(path: &Path, lines: &LineOf) -> usize {
    let mut steps: Vec<PathStep> = path.0.clone();
    loop {
        if let Some(line) = lines.get(&steps) {
            return *line;
        }
        match steps.last_mut() {
            Some(step) if step.index.is_some() => step.index = None,
            Some(_) => drop(steps.pop()),
            None => return 1,
        }
    }
}

/// The problems of a network configuration: without its version, cloud-init ignores it.
fn network(value: &Json<'_>) -> SeedProblems {
    let inner = value.get("network").unwrap_or(value);
    let wrong = |message: &str, help: &str| {
        let (message, help) = (message.to_owned(), Some(help.to_owned()));
        let problem = Problem::Rule { code: &codes::CLOUD_CONFIG_VALUE, message, help, fix: None };
        vec![(Path::default(), problem)]
    };
    let help = "write `version = 2` and `ethernets`, as netplan has them";
    match (inner, inner.get("version")) {
        (Json::Open(_) | Json::Opaque | Json::Null, None) => Vec::new(),
        (Json::Set(_), None) if inner.get("config").and_then(Json::as_str) == Some("disabled") => Vec::new(),
        (Json::Set(_), None) => {
            wrong("the network configuration has no `version`, and cloud-init would ignore it", help)
        }
        (Json::Set(_) | Json::Open(_), Some(Json::Int(1 | 2) | Json::Opaque)) => Vec::new(),
        (Json::Set(_) | Json::Open(_), Some(_)) => {
            wrong("`version` of the network configuration is 1 or 2", help)
        }
        _ => wrong("the network configuration is no set", help),
    }
}
