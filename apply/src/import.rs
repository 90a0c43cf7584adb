//! A whole host as a folder of specs: a file for each object, and a bundle that has them all.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Target, import_minimal, import_xml, nix};
use virt::storage_pool::StoragePool;

use crate::error::{self, Error, codes, file, joined, libvirt};
use crate::files;
use crate::host::Host;
use crate::key::title;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::observed::{Found, Observed};
use crate::plan::without_volatile;

/// The result of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// How many files were written, without the bundle.
    pub files: usize,
    /// Notes on some of the objects, a sentence each.
    pub notes: Vec<String>,
    /// The objects that could not be written as specs: the title and the error.
    pub failures: Vec<(String, Error)>,
}

/// Writes everything that a host has into a folder that is empty or is not there yet; with `minimal`, without what libvirt fills in by
/// itself.
///
/// # Errors
/// Where the folder is not empty or cannot be written, or the host cannot be asked.
pub fn import(host: &Host, folder: &Path, minimal: bool) -> Result<Imported, Error> {
    make_empty(folder)?;
    let observed = Observed::of(host)?;
    let mut writing = Writing { folder, minimal, taken: BTreeSet::new(), done: Imported::default() };
    writing.done.notes.extend(observed.unseen.values().map(|why| format!("{why}: none of these is here")));
    let mut bundle = String::from("# What this host had when `nixvirt-apply import` looked.\n{\n");
    for kind in ObjectKind::ALL {
        let of_kind = observed.objects.iter().filter(|((other, _), _)| *other == kind);
        let mut found: Vec<&Found> = of_kind.map(|(_, found)| found).collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        let entries: Vec<String> =
            found.into_iter().filter_map(|found| writing.object(kind, found)).collect();
        if !entries.is_empty() {
            let _ = writeln!(bundle, "  {} = [", kind.plural());
            entries.iter().for_each(|entry| bundle.push_str(entry));
            bundle.push_str("  ];\n");
        }
    }
    bundle.push_str("}\n");
    write(&folder.join("bundle.nix"), &bundle)?;
    Ok(writing.done)
}

fn make_empty(folder: &Path) -> Result<(), Error> {
    let said = file(&codes::CANNOT_WRITE, "write to", folder);
    fs::create_dir_all(folder).map_err(&said)?;
    match fs::read_dir(folder).map_err(said)?.next() {
        None => Ok(()),
        Some(_) => {
            let message = format!("{} is not empty", folder.display());
            Err(Error::new(&codes::FOLDER_NOT_EMPTY, message)
                .help("name a folder that is, or that is not there yet"))
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(parent).and_then(|()| files::replace(path, text.as_bytes(), 0o644));
    written.map_err(file(&codes::CANNOT_WRITE, "write", path))
}

struct Writing<'w> {
    folder: &'w Path,
    minimal: bool,
    taken: BTreeSet<PathBuf>,
    done: Imported,
}

impl Writing<'_> {
    /// Writes one object. Gives its entry of the bundle.
    fn object(&mut self, kind: ObjectKind, found: &Found) -> Option<String> {
        let title = title(kind, &found.name);
        // How much is in a pool now is no part of what it is to be.
        let xml = found.handle.inactive_xml().map(|xml| without_volatile(kind, xml));
        let path = xml.and_then(|xml| self.spec(kind.schema(), kind.plural(), &found.name, &title, &xml));
        let path = match path {
            Ok(path) => path,
            Err(why) => {
                self.done.failures.push((title, why));
                return None;
            }
        };
        let mut entry = format!("    {{\n      spec = import ./{path};\n");
        if kind.runs() {
            let _ = writeln!(entry, "      active = {};", found.active);
            let _ = writeln!(entry, "      autostart = {};", found.autostart);
        }
        if let Handle::Pool(pool) = &found.handle
            && found.active
        {
            entry.push_str(&self.volumes(pool, &found.name));
        }
        if found.transient {
            self.done.notes.push(format!("{title} runs without a definition; with this bundle, it gets one"));
        }
        if kind == ObjectKind::Secret {
            self.done
                .notes
                .push(format!("{title}: its value is not here; `value.file` names a file that holds it"));
        }
        entry.push_str("    }\n");
        Some(entry)
    }

    fn volumes(&mut self, pool: &StoragePool, name: &str) -> String {
        let schema = nixvirt_schema::kind("volume");
        let mut entries = String::new();
        let all = pool.list_all_volumes(0).map_err(libvirt(&codes::CANNOT_ASK, "list its volumes"));
        let mut all = match all {
            Ok(all) => all,
            Err(why) => {
                self.done.failures.push((title(ObjectKind::Pool, name), why));
                return entries;
            }
        };
        all.sort_by_key(|volume| volume.name().unwrap_or_default());
        for volume in all {
            let own = volume.name().unwrap_or_default();
            let title = format!("volume `{own}` of {}", title(ObjectKind::Pool, name));
            let xml = volume.xml_desc(0).map_err(libvirt(&codes::CANNOT_ASK, "read its definition"));
            let folder = format!("volumes/{}", file_name(name));
            let path = xml.and_then(|xml| match schema {
                Some(schema) => self.spec(schema, &folder, &own, &title, &xml),
                None => Err(error::internal()),
            });
            match path {
                Ok(path) => entries.push_str(&format!("        {{ spec = import ./{path}; }}\n")),
                Err(why) => self.done.failures.push((title, why)),
            }
        }
        if entries.is_empty() { entries } else { format!("      volumes = [\n{entries}      ];\n") }
    }

    /// Writes a definition as a spec. Gives the path of the file in the folder.
    fn spec(
        &mut self,
        kind: &'static nixvirt_schema::Kind,
        folder: &str,
        name: &str,
        title: &str,
        xml: &str,
    ) -> Result<String, Error> {
        let imported = match self.minimal {
            true => import_minimal(xml.as_bytes(), Some(kind), Target::NEWEST),
            false => import_xml(xml.as_bytes(), Some(kind), false, Target::NEWEST),
        };
        let Some(spec) = imported.spec else {
            let found = imported.diagnostics.iter().map(Error::of_diagnostic);
            return Err(joined(found).unwrap_or_else(error::internal));
        };
        let plain = file_name(name);
        let mut path = PathBuf::from(format!("{folder}/{plain}.nix"));
        // Names may differ in what no file name has.
        let mut number = 2;
        while !self.taken.insert(path.clone()) {
            path = PathBuf::from(format!("{folder}/{plain}-{number}.nix"));
            number += 1;
        }
        let text = nix::text_with_comments(&spec, &imported.comments);
        write(&self.folder.join(&path), &text)?;
        self.done.files += 1;
        for diagnostic in imported.diagnostics {
            self.done.notes.push(format!("{title}: {}: {}", diagnostic.path, diagnostic.problem.with_help()));
        }
        Ok(path.display().to_string())
    }
}

/// A name as that of a file, and as a path in Nix.
fn file_name(name: &str) -> String {
    let plain = |part: char| part.is_ascii_alphanumeric() || matches!(part, '.' | '_' | '-' | '+');
    let text: String = name.chars().map(|part| if plain(part) { part } else { '-' }).take(100).collect();
    match text.starts_with(['.', '-']) || text.is_empty() {
        true => format!("x{text}"),
        false => text,
    }
}
