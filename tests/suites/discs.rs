//! Discs as other programs read them: `xorriso` (Rock Ridge), `7z` (Joliet), `isoinfo` and `blkid`, and the kernel where it
//! mounts them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use nixvirt_discs::{DiscError, DiscFiles, MOST_FILES, image};
use nixvirt_tests::command::Dir;
use nixvirt_tests::skip;

/// Files as they are on real discs, and names that are hard: of one short form, long, not ASCII, empty, larger than a sector.
fn hard() -> DiscFiles {
    let given: [(&str, &[u8]); 13] = [
        ("user-data", b"#cloud-config\n"),
        ("meta-data", b"instance-id: a\n"),
        ("network-config", b""),
        ("vendor-data", &[7; 5000]),
        ("vendor-data-2", b"2"),
        ("vendor-data-3", b"3"),
        ("autounattend.xml", b"<unattend/>"),
        ("combustion/script", b"#!/bin/sh\n"),
        ("$OEM$/$1/drivers/a.inf", b"a"),
        ("$OEM$/$1/drivers/b.inf", b"b"),
        ("Gr\u{fc}\u{df}e \u{65e5}\u{672c} \u{1f600}.txt", "\u{fc}".as_bytes()),
        (".hidden", b"h"),
        ("a.b.c.d", b"dots"),
    ];
    let mut all: DiscFiles =
        given.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())).collect();
    all.insert(format!("{}.xml", "n".repeat(60)), b"long".to_vec());
    for number in 0..200 {
        all.insert(format!("many/of-them-{number:04}-{}", "x".repeat(40)), number.to_string().into_bytes());
    }
    all
}

/// Runs a program in a folder.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    Command::new(program).args(arguments).current_dir(folder).output().expect(program)
}

/// Everything below a folder, by its path.
fn found(folder: &Path) -> DiscFiles {
    let mut all = DiscFiles::new();
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(&here).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
                all.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    all
}

#[track_caller]
fn is_same(found: &DiscFiles, expected: &DiscFiles, reader: &str) {
    let names = |files: &DiscFiles| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{reader}");
    assert!(found == expected, "{reader} reads other contents");
}

fn with_disc() -> (Dir, DiscFiles) {
    let (dir, all) = (Dir::new(), hard());
    dir.write("disc.iso", image("cidata", &all).expect("a disc"));
    (dir, all)
}

#[test]
fn other_programs_find_all_names_and_contents() {
    let (dir, all) = with_disc();
    let extracts: [(&str, &str, &[&str]); 2] = [
        ("xorriso", "-version", &["-osirrox", "on", "-indev", "disc.iso", "-extract", "/", "xorriso"]),
        ("7z", "i", &["x", "-y", "-o7z", "disc.iso"]),
    ];
    for (program, probe, arguments) in extracts {
        if !skip::have(program, probe) {
            continue;
        }
        let ran = run(program, arguments, dir.path());
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{program}: {said}");
        assert!(!said.contains("WARNING") && !said.contains("Damaged"), "{program}: {said}");
        is_same(&found(&dir.path().join(program)), &all, program);
    }
}

#[test]
fn isoinfo_and_blkid_know_what_it_is() {
    let (dir, _) = with_disc();
    if skip::have("isoinfo", "-version") {
        for (option, expected) in [("-R", "/combustion/script"), ("-J", "/autounattend.xml")] {
            let listed = run("isoinfo", &["-f", option, "-i", "disc.iso"], dir.path()).stdout;
            let listed = String::from_utf8_lossy(&listed).into_owned();
            assert!(listed.lines().any(|line| line == expected), "{option}: {listed}");
        }
    }
    if skip::have("blkid", "-V") {
        let said = run("blkid", &["-o", "export", "disc.iso"], dir.path()).stdout;
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("LABEL=cidata\n") && said.contains("TYPE=iso9660\n"), "{said}");
    }
}

#[test]
fn the_kernel_finds_all_names_and_contents() {
    let (dir, all) = with_disc();
    fs::create_dir(dir.path().join("mount")).expect("a folder");
    for options in ["loop,ro", "loop,ro,norock"] {
        let mounted = run("mount", &["-t", "iso9660", "-o", options, "disc.iso", "mount"], dir.path());
        if !mounted.status.success() {
            return skip::say(&format!(
                "no disc can be mounted here: {}",
                String::from_utf8_lossy(&mounted.stderr).lines().next().unwrap_or_default()
            ));
        }
        let read = found(&dir.path().join("mount"));
        assert!(run("umount", &["mount"], dir.path()).status.success());
        is_same(&read, &all, options);
    }
}

#[test]
fn one_disc_has_the_same_bytes_each_time_and_whole_sectors() {
    let all = hard();
    let one = image("cidata", &all).expect("a disc");
    assert_eq!(one, image("cidata", &all).expect("a disc"));
    assert_eq!(one.len() % 2048, 0);
    assert!(!image("x", &DiscFiles::new()).expect("an empty disc").is_empty());
}

#[test]
fn what_no_disc_can_have_is_said_all_at_once() {
    let paths = ["/a", "a//b", "..", "a/./b", "a:b", "1/2/3/4/5/6/7/8/9", "x/y", "x", "Readme", "README"];
    let mut all: DiscFiles = paths.iter().map(|path| ((*path).to_owned(), Vec::new())).collect();
    all.insert("n".repeat(65), Vec::new());
    let errors = image("my disc", &all).expect_err("errors");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for error in &errors {
        let kind = match error {
            DiscError::Label { .. } => "label",
            DiscError::Path { .. } => "path",
            DiscError::Twice { .. } => "twice",
            DiscError::TooLarge { .. } | DiscError::TooMany { .. } => "size",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    assert_eq!(kinds, BTreeMap::from([("label", 1), ("path", 7), ("twice", 2)]), "{errors:?}");
}

#[test]
fn folders_of_one_short_name_are_all_found_however_many() {
    let of = |count: usize| -> DiscFiles {
        let path = |number| format!("same-beginning/same-beginning-{number}/name");
        (0..count).map(|number| (path(number), number.to_string().into_bytes())).collect()
    };
    let dir = Dir::new();
    dir.write("disc.iso", image("many", &of(700)).expect("a disc"));
    if skip::have("xorriso", "-version") {
        let arguments = ["-osirrox", "on", "-indev", "disc.iso", "-extract", "/", "out"];
        assert!(run("xorriso", &arguments, dir.path()).status.success());
        is_same(&found(&dir.path().join("out")), &of(700), "xorriso");
    }
    assert!(image("most", &of(MOST_FILES)).is_ok());
    assert_eq!(image("x", &of(MOST_FILES + 1)), Err(vec![DiscError::TooMany { files: MOST_FILES + 1 }]));
}
