//! Reads a bundle from its JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use nixvirt_compiler::bundle_format::{CLOUD_INIT_KEY, DISCS, IGNITION_KEY};
use nixvirt_compiler::index::{Mark, Marked};
use nixvirt_compiler::seed::CIDATA;
use nixvirt_compiler::{Diagnostic, Json, Parsed, bundle_format, parse_json};
use nixvirt_schema::Kind;

use crate::bundle::{Bundle, DiscEntry, Entry, Method, Prune, Shutdown, VolumeEntry, Warning};
use crate::definition::Definition;
use crate::error::{Error, Problems, codes};
use crate::hooks::{self};
use crate::json_reader::Fields;
use crate::kind::{Left, ObjectKind};
use crate::source::{ImageSource, OnChange, Source, VolumeSource};
use crate::uncompiled::{InMemory, compile, is_uncompiled};
use nixvirt_compiler::index::MARK;

/// Reads a bundle. `folder` is what relative paths in it are relative to.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(source: &[u8], folder: &Path) -> Result<Bundle, Problems> {
    let Parsed { value: json, duplicates } = parse_json(source).map_err(|wrong| {
        let before = &source[..wrong.offset.unwrap_or(0).min(source.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Problems::from(Error::of_problem(&wrong.problem).within(format!("line {line}")).fact("line", line))
    })?;
    let mut problems = Problems::default();
    duplicates.iter().for_each(|twice| problems.add(Error::of_diagnostic(twice)));
    let mark = read_mark(&json, &mut problems);
    let InMemory { bundle: json, definitions } = compiled(json, folder, &mut problems);
    let fields = Fields(&json);
    let words = [
        ("owned", Prune::Owned),
        ("declared", Prune::Declared),
        ("all", Prune::All),
        ("none", Prune::Nothing),
    ];
    let shutdown = fields.get("shutdown").map(|value| read_shutdown(Fields(value), None));
    let whence = Whence { folder, mark: mark.as_ref(), definitions: &definitions };
    let mut bundle = Bundle {
        entries: Vec::new(),
        kinds: Vec::new(),
        unset: Vec::new(),
        prune: fields.word("prune", &words).unwrap_or_default(),
        owner: fields.text("owner").map(str::to_owned),
        shutdown: shutdown.unwrap_or(Shutdown::GRACEFUL),
        salt: fields.text("salt").map(str::to_owned),
        warnings: fields.list("warnings").unwrap_or_default().iter().map(read_warning).collect(),
    };
    let unset = fields.list("unset").unwrap_or_default();
    let named =
        |item: &Json<'_>| ObjectKind::ALL.into_iter().find(|kind| item.as_str() == Some(kind.plural()));
    bundle.unset = unset.iter().filter_map(named).collect();
    if fields.get("unset").is_some() && (fields.list("unset").is_none() || bundle.unset.len() != unset.len())
    {
        let message = "expected a list of the keys of kinds, such as [\"domains\"]";
        problems.add(Error::new(&nixvirt_compiler::codes::BAD_VALUE, message).at("unset"));
    }
    for kind in ObjectKind::ALL {
        let Some(items) = fields.list(kind.plural()) else { continue };
        bundle.kinds.push(kind);
        for (index, item) in items.iter().enumerate() {
            let place = format!("{}[{index}]", kind.plural());
            bundle.entries.extend(read_entry(kind, Fields(item), place, &whence, shutdown, &mut problems));
        }
    }
    if problems.is_empty() { Ok(bundle) } else { Err(problems) }
}

/// A bundle that names only definitions: its specs and templates are compiled.
fn compiled<'j>(json: Json<'j>, folder: &Path, problems: &mut Problems) -> InMemory<'j> {
    let mut say = |found: Vec<Diagnostic>| {
        for found in found {
            let error = Error::new(found.problem.code(), found.problem.with_help().to_string());
            problems.add(error.at(&found.path));
        }
    };
    if !is_uncompiled(&json) {
        say(bundle_format::problems(&json));
        return InMemory { bundle: json, definitions: BTreeMap::new() };
    }
    match compile(json, folder) {
        Ok(Ok(compiled)) => return compiled,
        Ok(Err(found)) => say(found),
        Err(error) => {
            problems
                .add(Error::new(&codes::CANNOT_READ, "cannot compile the bundle").system(error.to_string()));
        }
    }
    InMemory { bundle: Json::Set(Vec::new()), definitions: BTreeMap::new() }
}

/// Where a bundle is, what its mark says of its files, and the definitions that are in memory.
struct Whence<'b> {
    folder: &'b Path,
    mark: Option<&'b Mark>,
    definitions: &'b BTreeMap<String, String>,
}

impl Whence<'_> {
    fn definition(&self, given: &str) -> Definition {
        match self.definitions.get(given) {
            Some(xml) => Definition::in_memory(xml),
            None => Definition::of(given, self.folder, self.mark),
        }
    }
}

/// The mark of a bundle that `nixvirt-compile` wrote; nothing where somebody wrote it by hand. Who changes what else is in
/// it means that, but not one whose files are on their way.
fn read_mark(json: &Json<'_>, problems: &mut Problems) -> Option<Mark> {
    let mark = match Mark::of(json) {
        Marked::No => return None,
        Marked::Whole(mark) | Marked::Edited(Some(mark)) => mark,
        Marked::Edited(None) => {
            let help = format!("run it again, or leave `{MARK}` out of a bundle of your own");
            let message = format!("`{MARK}` is not what `nixvirt-compile` wrote");
            problems.add(Error::new(&codes::DEFINITION_EDITED, message).help(help));
            return None;
        }
    };
    if mark.writing.is_some() {
        let message = "its files are being written, or a run that wrote them was ended";
        problems.add(Error::new(&codes::DEFINITION_EDITED, message).help("run `nixvirt-compile -o` again"));
    }
    Some(mark)
}

fn read_warning(item: &Json<'_>) -> Warning {
    let text = |key| Fields(item).text(key).unwrap_or_default().to_owned();
    Warning { object: text("object"), path: text("path"), code: text("code"), text: text("text") }
}

fn read_entry(
    kind: ObjectKind,
    fields: Fields<'_>,
    place: String,
    whence: &Whence<'_>,
    shutdown: Option<Shutdown>,
    problems: &mut Problems,
) -> Option<Entry> {
    let definition = fields.text("definition").map(|path| whence.definition(path));
    if fields.get("definition").is_none() {
        let error = Error::new(&codes::NO_DEFINITION, "`definition` is missing").at(&place);
        problems.add(error.help("expected the path of its XML"));
    }
    let volumes = fields.list("volumes").unwrap_or_default().iter().enumerate();
    let volumes = volumes.map(|(index, item)| {
        read_volume(Fields(item), format!("{place}.volumes[{index}]"), whence, problems)
    });
    let volumes = volumes.collect();
    let own = fields.get("shutdown").map(|found| read_shutdown(Fields(found), shutdown));
    let value = fields.get("value").and_then(|value| Fields(value).text("file"));
    Some(Entry {
        kind,
        definition: definition?,
        active: fields.boolean("active"),
        restart: fields.switch("restart"),
        autostart: fields.boolean("autostart"),
        shutdown: own.or(shutdown).unwrap_or(Shutdown::GRACEFUL),
        live: fields.boolean("live").unwrap_or(true),
        switch: fields.boolean("switch").unwrap_or_default(),
        hooks: fields
            .get("hooks")
            .map(|found| hooks::read(kind, Fields(found), whence.folder))
            .unwrap_or_default(),
        value: value.map(|file| whence.folder.join(file)),
        discs: read_discs(fields, whence.folder),
        seed: None,
        problems: Vec::new(),
        volumes,
        after: named(kind, fields),
        build: fields.boolean("build").unwrap_or(true),
        wait_for_address: fields.seconds("waitForAddress").map(Duration::from_secs),
        protect: fields.boolean("protect").unwrap_or_default(),
        discard: fields.word("saved", &[("resume", false), ("discard", true)]).unwrap_or_default(),
        on_remove: fields.get("onRemove").map(|found| read_on_remove(Fields(found))).unwrap_or_default(),
        place,
    })
}

/// The discs of a domain: the seed for cloud-init, the configuration for Ignition, and those with files.
fn read_discs(fields: Fields<'_>, folder: &Path) -> Vec<DiscEntry> {
    let entry = |name: &str, place: String, value: &Json<'_>| DiscEntry {
        name: name.to_owned(),
        place,
        value: value.clone().into_owned(),
        pool: Fields(value).text("pool").map(str::to_owned),
        folder: folder.to_owned(),
    };
    let seed = fields.get(CLOUD_INIT_KEY).map(|value| entry(CIDATA, CLOUD_INIT_KEY.to_owned(), value));
    let of_ignition = fields.get(IGNITION_KEY);
    let ignition = of_ignition.map(|value| entry(IGNITION_KEY, IGNITION_KEY.to_owned(), value));
    let others = match fields.get(DISCS) {
        Some(Json::Set(discs)) => &discs[..],
        _ => &[],
    };
    let others = others.iter().filter(|(_, value)| *value != Json::Null);
    seed.into_iter()
        .chain(ignition)
        .chain(others.map(|(name, value)| entry(name, format!("{DISCS}.{name}"), value)))
        .collect()
}

/// The objects that an entry names, and those within it.
fn named(kind: ObjectKind, fields: Fields<'_>) -> Vec<String> {
    fn add(kind: &'static Kind, fields: Fields<'_>, found: &mut BTreeSet<String>) {
        let named = bundle_format::named_objects(kind, &|key| fields.get(key));
        // What is within another object comes with that.
        let is_listed = |kind| bundle_format::listed().any(|listed| listed.name == kind);
        let named = named.into_iter().filter(|named| is_listed(named.kind));
        found.extend(named.map(|named| format!("{} {}", named.kind, named.name)));
        for held in nixvirt_schema::KINDS.iter().filter(|held| held.parent == Some(kind.name)) {
            let entries = fields.list(held.plural).unwrap_or_default();
            entries.iter().for_each(|entry| add(held, Fields(entry), found));
        }
    }
    let mut found = BTreeSet::new();
    add(kind.schema(), fields, &mut found);
    found.into_iter().collect()
}

/// The files of a domain that are deleted with it.
fn read_on_remove(fields: Fields<'_>) -> Vec<Left> {
    let words = [("keep", false), ("delete", true)];
    let found = Left::ALL.into_iter().filter(|(key, _)| fields.word(key, &words) == Some(true));
    found.map(|(_, left)| left).collect()
}

fn read_volume(
    fields: Fields<'_>,
    place: String,
    whence: &Whence<'_>,
    problems: &mut Problems,
) -> VolumeEntry {
    let definition = fields.text("definition").map(|path| whence.definition(path));
    let name = fields.text("name").map(str::to_owned);
    let present = fields.boolean("present").unwrap_or(true);
    if fields.get("definition").is_none() && (present || name.is_none()) {
        let wanted = if present { "`definition`" } else { "`name` or `definition`" };
        problems.add(Error::new(&codes::NO_DEFINITION, format!("{wanted} is missing")).at(&place));
    }
    let source = fields.get("source").and_then(|found| read_source(Fields(found), &place, whence, problems));
    VolumeEntry { place, definition, name, present, source }
}

/// Reads what a new volume is made of.
fn read_source(
    fields: Fields<'_>,
    place: &str,
    whence: &Whence<'_>,
    problems: &mut Problems,
) -> Option<Source> {
    let mut wrong = |message: &str| {
        problems.add(Error::new(&codes::VOLUME_SOURCE, message).at(format!("{place}.source")));
    };
    let (image, backing, volume) = (fields.text("image"), fields.text("backing"), fields.text("volume"));
    if [image, backing, volume].iter().flatten().count() != 1 {
        wrong(
            "expected one of `image`, whose content the volume gets, `backing`, the image that it lies on top of, and \
             `volume`, the volume that it is a copy of",
        );
    }
    let has = |key| fields.get(key).is_some();
    let on_change = fields.word("onChange", &OnChange::WORDS).unwrap_or_default();
    if let Some(volume) = volume {
        if has("format") || on_change != OnChange::Keep {
            wrong("a volume is made of another one once: `format` and `onChange` are for images");
        }
        return Some(Source::Volume(VolumeSource {
            volume: volume.to_owned(),
            pool: fields.text("pool").map(str::to_owned),
            overlay: fields.boolean("overlay").unwrap_or_default(),
        }));
    }
    if has("pool") || fields.boolean("overlay") == Some(true) {
        wrong("`pool` and `overlay` are for a `volume`; `backing` is the image that a volume lies on top of");
    }
    if backing.is_some() && on_change == OnChange::New {
        wrong(
            "a volume with `backing` stays on its image, and new ones lie on top of the new image: `onChange = \"new\"` is for \
             `image`",
        );
    }
    Some(Source::Image(ImageSource {
        image: image.or(backing).map(|path| whence.folder.join(path))?,
        backing: backing.is_some(),
        format: fields.text("format").map(str::to_owned),
        on_change,
    }))
}

/// How something is stopped. What it leaves out is as `whole` says, which is the bundle's.
fn read_shutdown(fields: Fields<'_>, whole: Option<Shutdown>) -> Shutdown {
    let otherwise = whole.unwrap_or(Shutdown::GRACEFUL);
    let methods = [("acpi", Method::Acpi), ("agent", Method::Agent), ("destroy", Method::Destroy)];
    let after = [("destroy", true), ("fail", false)];
    Shutdown {
        method: fields.word("method", &methods).unwrap_or(otherwise.method),
        timeout: fields.seconds("timeout").map_or(otherwise.timeout, Duration::from_secs),
        force: fields.word("then", &after).unwrap_or(otherwise.force),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_domain_leaves_out_of_its_shutdown_the_bundle_says() {
        let check = |whole: &str, own: &str, expected: Shutdown| {
            let source = format!(r#"{{ {whole} "domains": [{{ "definition": "a.xml" {own} }}] }}"#);
            let bundle = read(source.as_bytes(), Path::new("/")).expect("a bundle");
            assert_eq!(bundle.entries[0].shutdown, expected, "{source}");
        };
        let shutdown =
            |method, timeout, force| Shutdown { method, timeout: Duration::from_secs(timeout), force };
        let whole = r#""shutdown": { "method": "agent", "then": "fail" },"#;
        check("", "", Shutdown::GRACEFUL);
        check("", r#", "shutdown": { "timeout": 7 }"#, shutdown(Method::Acpi, 7, false));
        check("", r#", "shutdown": { "method": "destroy" }"#, shutdown(Method::Destroy, 60, false));
        check(whole, "", shutdown(Method::Agent, 60, false));
        check(whole, r#", "shutdown": { "timeout": 7 }"#, shutdown(Method::Agent, 7, false));
        check(whole, r#", "shutdown": { "then": "destroy" }"#, shutdown(Method::Agent, 60, true));
    }
}
