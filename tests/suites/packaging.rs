//! Each crate builds of its own package: it holds whatever it embeds, and says which versions of the others it takes.
//! The unit of the Debian package is what the module says. tests/package/run builds and installs that package.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nixvirt_evaluator::{Evaluator, Files, Limits, with_stack};
use nixvirt_tests::command::Dir;
use nixvirt_tests::{place, skip};
use serde_json::{Value, json};

/// The first minor version of Cargo 1 that packages crates of one workspace that depend on each other.
const PACKAGES_WORKSPACES: u32 = 90;

/// Runs Cargo, which the test's own Cargo has told things that are not for this one.
fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("cargo");
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST") {
            command.env_remove(&*name);
        }
    }
    command.current_dir(folder).args(arguments).output().expect("cargo")
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) {
    let done = cargo(folder, arguments);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "cargo {}:\n{said}", arguments.join(" "));
}

fn minor_version() -> u32 {
    let said = cargo(place::root(), &["--version"]).stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    said.split('.').nth(1).and_then(|minor| minor.parse().ok()).expect("a version")
}

/// The names of the crates of the workspace that may be published, or of those that may not.
fn crates(publishable: bool) -> Vec<String> {
    let metadata =
        cargo(place::root(), &["metadata", "--no-deps", "--offline", "--format-version", "1"]).stdout;
    let metadata: Value = serde_json::from_slice(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let mut names: Vec<String> = packages
        .filter(|package| (package["publish"] != json!([])) == publishable)
        .filter_map(|package| Some(package["name"].as_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The folders that the packages in a folder are extracted to.
fn extracted(packages: &Path, to: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(packages).expect("the packages").flatten().map(|file| file.path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "crate")).collect();
    files.sort();
    for file in &files {
        // With the time of now: Cargo gives all files in packages one time of long ago, and would take what it built of
        // another version of them for fresh.
        let mut tar = Command::new("tar");
        assert!(tar.arg("-xmzf").arg(file).arg("-C").arg(to).status().expect("tar").success(), "{file:?}");
    }
    files.iter().map(|file| to.join(file.file_stem().expect("a name"))).collect()
}

#[test]
fn every_crate_builds_of_its_package() {
    if minor_version() < PACKAGES_WORKSPACES {
        return skip::say("this Cargo packages no crates that depend on crates of the same workspace");
    }
    let dir = Dir::new();
    let target = dir.path().join("target");
    let target = target.to_str().expect("a path in UTF-8");
    let tests = crates(false);
    let exclude: Vec<&str> = tests.iter().flat_map(|name| ["--exclude", name]).collect();
    let package =
        ["package", "--workspace", "--offline", "--no-verify", "--allow-dirty", "--target-dir", target];
    succeeds(place::root(), &[&package[..], &exclude].concat());

    let folders = extracted(&Path::new(target).join("package"), dir.path());
    let named: Vec<String> = folders
        .iter()
        .filter_map(|folder| Some(folder.file_name()?.to_str()?.rsplit_once('-')?.0.to_owned()))
        .collect();
    assert_eq!(named, crates(true));

    // Together they stand for a registry: none of them sees the checkout. What they take of others is locked.
    let list = |line: &dyn Fn(&str, &Path) -> String| -> String {
        named.iter().zip(&folders).map(|(name, folder)| line(name, folder)).collect()
    };
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n[profile.dev]\ndebug = \"line-tables-only\"\n[patch.crates-io]\n{}",
        list(&|_, folder| format!("{:?},", folder.file_name().expect("a name"))),
        list(&|name, folder| format!("{name} = {{ path = {:?} }}\n", folder.file_name().expect("a name"))),
    );
    dir.write("Cargo.toml", manifest);
    dir.write("Cargo.lock", fs::read(place::root().join("Cargo.lock")).expect("the lock file"));
    // The crates of others have been built there before.
    let built = place::root().join(env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned()));
    let built = built.to_str().expect("a path in UTF-8");
    for name in &named {
        if ["nixvirt-apply", "nixvirt-libvirt-calls"].contains(&name.as_str())
            && !skip::have("pkg-config", "--version")
        {
            continue;
        }
        succeeds(dir.path(), &["build", "--offline", "--package", name, "--target-dir", built]);
    }
}

#[test]
fn the_lock_file_of_the_fuzzers_fits() {
    let text = fs::read_to_string(place::root().join("fuzz/Cargo.lock")).expect("the lock file");
    let metadata =
        cargo(place::root(), &["metadata", "--no-deps", "--offline", "--format-version", "1"]).stdout;
    let metadata: Value = serde_json::from_slice(&metadata).expect("JSON");
    let mut locked = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let begin = format!("name = \"{name}\"\n");
        let Some(own) = text.split("[[package]]\n").find(|locked| locked.starts_with(&begin)) else {
            continue;
        };
        locked += 1;
        // What only its tests take, the fuzzers do not.
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        for other in dependencies.filter(|other| other["kind"].is_null()).filter_map(|it| it["name"].as_str())
        {
            // Where there are several versions, the name has one behind it.
            let is_there =
                [format!(" \"{other}\","), format!(" \"{other} ")].iter().any(|line| own.contains(line));
            let help =
                "run `cargo metadata --manifest-path fuzz/Cargo.toml` to bring fuzz/Cargo.lock up to date";
            assert!(is_there, "{name} takes {other}: {help}");
        }
    }
    assert!(locked > 5, "the fuzzers take more of this workspace than {locked} crates");
}

/// The files of the checkout, for the evaluator.
struct Checkout;

impl Files for Checkout {
    fn read(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// The Debian package's unit is what the NixOS module's service is. `NIXVIRT_UPDATE=1` writes the file.
#[test]
fn the_unit_is_that_of_the_modules() {
    let source = place::root().join("packaging/unit.nix");
    let text = fs::read_to_string(&source).expect("packaging/unit.nix");
    let json = with_stack(|| {
        Evaluator::new(Box::new(Checkout), Limits::default(), false)
            .json_of(&source, &text)
            .map(|json| json.to_string())
            .map_err(|error| error.to_string())
    });
    let json = json.expect("a stack").expect("a value");
    let unit: String = serde_json::from_str(&json).expect("a string");
    let file = place::root().join("packaging/nixvirt.service");
    let expected = format!("# Generated from packaging/unit.nix.\n{unit}");
    if env::var_os("NIXVIRT_UPDATE").is_some() {
        fs::write(&file, &expected).expect("written");
    }
    assert_eq!(fs::read_to_string(&file).expect("the unit"), expected);
}
