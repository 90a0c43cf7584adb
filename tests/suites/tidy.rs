//! The repository itself: every source opens with its purpose, no file or function grows beyond reading, descriptions say
//! something, what may panic stays in tests, what the pages name is there, and what is there they name.

#[path = "tidy/docs.rs"]
mod docs;
#[path = "tidy/sizes.rs"]
mod sizes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use nixvirt_tests::place;
use nixvirt_tests::rust_source::RustSource;

/// Folders that the pages may name before they are there.
const PLANNED: [&str; 0] = [];
/// The longest that a file may be, in lines.
const LONGEST: usize = 650;
/// Files that may be longer: tables, and lists of checks that are data.
const TABLES: [&str; 4] = ["lib-nix/keys.nix", "schema/src/", "tests/nix/modules.nix", "tests/nix/pure.nix"];

/// The files of the repository, by their paths from its root: what git has, or would take if asked to.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(place::root())
        .output();
    match listed {
        Ok(listed) if listed.status.success() => {
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            listed.lines().filter(|file| place::root().join(file).is_file()).map(str::to_owned).collect()
        }
        // A source archive has no git.
        _ => {
            let mut found = Vec::new();
            walk(place::root(), &mut found);
            found
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        match path.is_dir() {
            true if name != "target" && name != ".git" => walk(&path, found),
            true => {}
            false => {
                found.extend(path.strip_prefix(place::root()).ok().map(|path| path.to_string_lossy().into()))
            }
        }
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(place::root().join(file)).unwrap_or_default()
}

/// Every Rust source, read once for all tests: its path and its syntax.
fn sources() -> &'static [(String, RustSource)] {
    static SOURCES: LazyLock<Vec<(String, RustSource)>> = LazyLock::new(|| {
        let sources = files().into_iter().filter(|file| file.ends_with(".rs"));
        let read = |file: String| (file.clone(), RustSource::read(&file, &read(&file)));
        sources.map(read).collect()
    });
    assert!(SOURCES.len() > 100, "only {} sources", SOURCES.len());
    &SOURCES
}

#[track_caller]
fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// Sources and scripts, by name or by their first line.
fn is_source(file: &str, text: &str) -> bool {
    [".rs", ".nix", ".sh", ".py"].iter().any(|extension| file.ends_with(extension)) || text.starts_with("#!")
}

#[test]
fn every_source_opens_with_its_purpose() {
    let lacks = |file: &String| {
        let text = read(file);
        let mut lines = text.lines().filter(|line| !line.starts_with("#!"));
        let first = lines.next().unwrap_or("");
        let opening: &[&str] = if file.ends_with(".rs") {
            &["//! "]
        } else if file.ends_with(".py") {
            &["\"\"\"", "# "]
        } else {
            &["# "]
        };
        let said = opening.iter().find_map(|mark| first.strip_prefix(mark)).unwrap_or("");
        is_source(file, &text) && said.split_whitespace().count() < 2
    };
    none(
        "these do not open with a sentence on what they are for",
        files().into_iter().filter(lacks).collect(),
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let long = |file: String| {
        let text = read(&file);
        let lines = text.lines().count();
        let counts = is_source(&file, &text) && !TABLES.iter().any(|table| file.starts_with(table));
        (counts && lines > LONGEST).then(|| format!("{file}: {lines} lines"))
    };
    none("these are longer than anybody reads", files().into_iter().filter_map(long).collect());
}

/// Clippy warns of `unwrap` too; it does not see what is compiled only elsewhere.
#[test]
fn only_tests_unwrap() {
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| file.ends_with(".rs")) {
        let of_tests = ["/tests/", "/benches/"].iter().any(|folder| file.contains(folder));
        if of_tests || file.starts_with("tests/") || file.ends_with("/tests.rs") {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        let unwraps =
            |line: &&str| !line.trim_start().starts_with("//") && line.contains(concat!(".unwrap", "()"));
        found.extend(code.lines().filter(unwraps).map(|line| format!("{file}: {}", line.trim())));
    }
    none("these may panic on a user", found);
}

/// `unsafe` code stands in one crate. Cargo's lints forbid it elsewhere, in crates that ask for these lints. A file of the
/// playground may give functions the names that JavaScript calls by, and nothing else.
#[test]
fn only_the_calls_of_libvirt_are_unsafe() {
    let mut found = Vec::new();
    for file in files() {
        let text = read(&file);
        if file.ends_with("/Cargo.toml") && text.contains("[package]") {
            let strict = ["[lints]\nworkspace = true", "unsafe_code = \"deny\""];
            let checked = strict.iter().any(|line| text.contains(line)) || file.starts_with("fuzz/");
            found.extend((!checked && !file.starts_with("libvirt-calls/")).then(|| file.clone()));
        }
        if file.ends_with(".rs") && !file.starts_with("libvirt-calls/") {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let has_names = file == "playground/src/calls.rs";
            let allows = |line: &&str| {
                [concat!("unsafe", " {"), concat!("unsafe", " fn"), concat!("allow(unsafe", "_code")]
                    .iter()
                    .any(|word| line.contains(word))
                    && !(has_names && line.starts_with("#![allow"))
            };
            found.extend(code.filter(allows).map(|line| format!("{file}: {}", line.trim())));
        }
    }
    none("these have unsafe code, or may have", found);
}

/// The pages that people read, without what stands in code blocks: those at the top and those in `docs/`.
fn pages() -> Vec<(String, String)> {
    let is_page =
        |file: &&String| file.ends_with(".md") && (!file.contains('/') || file.starts_with("docs/"));
    // The table of files is held against the files.
    let pages = files().into_iter().filter(|file| is_page(&file) && file != "docs/files.md");
    let pages: Vec<(String, String)> = pages
        .map(|page| {
            let outside = read(&page).split("```").step_by(2).collect::<Vec<_>>().concat();
            (page, outside)
        })
        .collect();
    assert!(pages.len() > 15, "only {} pages", pages.len());
    pages
}

/// The folders at the top.
fn rooms() -> Vec<String> {
    let mut rooms: Vec<String> =
        files().iter().filter_map(|file| Some(file.split_once('/')?.0.to_owned())).collect();
    rooms.sort();
    rooms.dedup();
    rooms.retain(|room| !room.starts_with('.'));
    rooms
}

#[test]
fn the_pages_name_only_what_is_there() {
    let rooms = rooms();
    let mut missing = Vec::new();
    for (page, text) in pages() {
        let quoted =
            text.split('`').skip(1).step_by(2).filter(|quoted| !quoted.contains([' ', '*', '{', '<']));
        let named = quoted.filter(|path| {
            let first = path.split('/').next().unwrap_or("");
            path.contains('/') && rooms.iter().any(|room| room == first)
        });
        let linked = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let linked = linked.filter(|target| !target.is_empty() && !target.contains("://"));
        // A link begins at its page, a path in the text at the root.
        let folder = Path::new(&page).parent().unwrap_or(Path::new(""));
        let paths = named.map(PathBuf::from).chain(linked.map(|target| folder.join(target)));
        for path in paths.filter(|path| !place::root().join(path).exists()) {
            missing.push(format!("{page}: {}", path.display()));
        }
    }
    none("these are not there", missing);
}

#[test]
fn the_pages_name_every_room() {
    let rooms = rooms();
    for (page, text) in pages().into_iter().filter(|(page, _)| page == "ARCHITECTURE.md") {
        let unnamed = rooms.iter().filter(|room| !text.contains(&format!("`{room}/`")));
        none(&format!("{page} does not name these folders"), unnamed.cloned().collect());
        let built = PLANNED.iter().filter(|planned| rooms.iter().any(|room| room == *planned));
        none(
            "these are listed here as planned, and are there",
            built.map(|planned| (*planned).to_owned()).collect(),
        );
    }
}

/// The opening paragraph of a source, in one line and without its last period.
fn purpose(file: &str) -> String {
    let text = read(file);
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    lines.collect::<Vec<_>>().join(" ").trim_end_matches('.').replace('|', "\\|")
}

/// The table of files is what the files say of themselves. `NIXVIRT_UPDATE=1` writes it.
#[test]
fn the_table_of_files_is_what_they_say() {
    let published = |name: &String| {
        let manifest = read(&format!("{name}/Cargo.toml"));
        !manifest.is_empty() && !manifest.contains("publish = false")
    };
    let crates: Vec<String> = rooms().into_iter().filter(published).collect();
    assert!(crates.len() > 5, "only {crates:?}");
    let mut expected = String::from(
        "# Files\n\nWhat each file of each crate is for, in the words that it opens with. \
         `NIXVIRT_UPDATE=1 cargo test -p nixvirt-tests --test tidy` writes this page.\n",
    );
    let files = files();
    for name in crates {
        expected += &format!("\n## `{name}/`\n\n| file | purpose |\n|---|---|\n");
        let sources = format!("{name}/src/");
        let mut here: Vec<&str> = files
            .iter()
            .filter_map(|file| file.strip_prefix(&sources).filter(|file| file.ends_with(".rs")))
            .collect();
        here.sort_unstable();
        for file in here {
            expected += &format!("| `{file}` | {} |\n", purpose(&format!("{sources}{file}")));
        }
    }
    let page = place::root().join("docs/files.md");
    if std::env::var_os("NIXVIRT_UPDATE").is_some() {
        fs::write(&page, &expected).expect("the page should be writable");
    }
    let actual = fs::read_to_string(&page).expect("the page should be readable");
    assert!(actual == expected, "docs/files.md is not what the files say: NIXVIRT_UPDATE=1 writes it");
}

/// A package comes by way of its own client, wherever that may fetch it from. (Its lock file must say where.)
#[test]
fn no_registry_is_named() {
    let hosts = [
        concat!("static.crates", ".io"),
        concat!("index.crates", ".io"),
        concat!("deb.debian", ".org"),
        concat!("pypi", ".org"),
        concat!("registry.npmjs", ".org"),
        concat!("cache.nixos", ".org"),
    ];
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| !file.ends_with("Cargo.lock")) {
        let text = read(&file);
        found.extend(hosts.iter().filter(|host| text.contains(**host)).map(|host| format!("{file}: {host}")));
    }
    none("these name a host of a package registry", found);
}

#[cfg(unix)]
#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let still = |file: &String| {
        let mode = fs::metadata(place::root().join(file)).map(|file| file.permissions().mode());
        read(file).starts_with("#!") != mode.is_ok_and(|mode| mode & 0o111 != 0)
    };
    none(
        "these have a first line for a shell and no permission to run, or the reverse",
        files().into_iter().filter(still).collect(),
    );
}
