//! The reference site: it is the same in each run, its links lead somewhere, its index is small, its folder is safe; and in a real
//! browser (`tests/browser/`): nothing fails, the search answers, and axe-core finds nothing wrong with any kind of page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nixvirt_tests::command::Dir;
use nixvirt_tests::{place, skip};

/// The longest that the index of the search may be, in bytes.
const LONGEST_INDEX: usize = 1 << 20;

/// Makes the site in a folder of its own.
fn site() -> Dir {
    let dir = Dir::new();
    dir.run(["reference", "-o", "site"]).succeeds().silent();
    dir
}

/// The files below a folder, by their paths from it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn gather(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.path() {
                path if path.is_dir() => gather(&path, &format!("{name}/"), found),
                path => drop(found.insert(name, fs::read(path).expect("a file"))),
            }
        }
    }
    let mut found = BTreeMap::new();
    gather(folder, "", &mut found);
    found
}

/// The values of an attribute in HTML of ours, which has `&amp;` and its like in them.
fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let opening = format!(" {attribute}=\"");
    text.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// A link of a page as a path from the root of the site, and the part of the page.
fn target(page: &str, href: &str) -> (String, String) {
    let (path, anchor) = href.split_once('#').unwrap_or((href, ""));
    if path.is_empty() {
        return (page.to_owned(), anchor.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (parts.join("/"), anchor.to_owned())
}

#[test]
fn links_lead_somewhere_pages_are_well_formed_and_two_runs_give_the_same() {
    let dir = site();
    let first = files(&dir.path().join("site"));
    links_lead_somewhere(&first);
    pages_are_well_formed(&first);
    // In place of the same, the same: nothing is written anew.
    let written = |dir: &Dir| {
        fs::metadata(dir.path().join("site/index.html")).and_then(|it| it.modified()).expect("a time")
    };
    let before = written(&dir);
    dir.run(["reference", "-o", "site"]).succeeds().silent();
    assert_eq!((written(&dir), files(&dir.path().join("site"))), (before, first.clone()));
    dir.run(["reference", "-o", "other"]).succeeds().silent();
    assert_eq!(files(&dir.path().join("other")), first);
}

/// Every link of a page leads to a page or a part of one, and nothing is loaded from others.
fn links_lead_somewhere(files: &BTreeMap<String, Vec<u8>>) {
    let pages: BTreeMap<&str, &str> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".html"))
        .map(|(name, bytes)| (name.as_str(), std::str::from_utf8(bytes).expect("UTF-8")))
        .collect();
    assert!(pages.len() > 1000, "only {} pages", pages.len());
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(name, text)| (*name, values(text, "id").into_iter().collect())).collect();
    let mut wrong = Vec::new();
    for (page, text) in &pages {
        if values(text, "id").len() != ids[page].len() {
            wrong.push(format!("{page}: an id stands twice"));
        }
        for href in values(text, "href") {
            // Whoever follows a link to libvirt's pages wants to go there; nothing is loaded from them.
            if href.starts_with("https://libvirt.org/") || href == "data:," {
                continue;
            }
            let (path, anchor) = target(page, href);
            match (files.contains_key(&path), ids.get(path.as_str())) {
                (false, _) => wrong.push(format!("{page}: {href}: there is no {path}")),
                (true, Some(ids)) if !anchor.is_empty() && !ids.contains(anchor.as_str()) => {
                    wrong.push(format!("{page}: {href}: there is no such part"));
                }
                _ => {}
            }
        }
        for source in values(text, "src") {
            if !files.contains_key(&target(page, source).0) {
                wrong.push(format!("{page}: it loads {source}"));
            }
        }
    }
    // What the search finds.
    let index = std::str::from_utf8(&files["search-index.js"]).expect("UTF-8");
    assert!(index.len() < LONGEST_INDEX, "the index has {} bytes", index.len());
    let index = index.trim().strip_prefix("window.nixvirtIndex = ").and_then(|rest| rest.strip_suffix(';'));
    let index: serde_json::Value = serde_json::from_str(index.expect("one assignment")).expect("JSON");
    let mut tasks = 0;
    for line in index["lines"].as_array().expect("lines") {
        let page = index["pages"][line[3].as_u64().expect("a number") as usize].as_str().expect("a page");
        let anchor = line[4].as_str().expect("an anchor");
        if !ids.get(page).is_some_and(|ids| anchor.is_empty() || ids.contains(anchor)) {
            wrong.push(format!("the index: {page}#{anchor}"));
        }
        tasks += usize::from(line[7].as_str().is_some_and(|asked| !asked.is_empty()));
    }
    // Each task of the start page is a line of the index, so that its words find it.
    let listed = pages["index.html"].split("class=\"tasks\"").nth(1).expect("tasks");
    assert_eq!(tasks, values(listed.split("</ul>").next().expect("a list"), "href").len());
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every page is closed and escaped, and has one heading.
fn pages_are_well_formed(files: &BTreeMap<String, Vec<u8>>) {
    // With its void elements closed and its bare attributes given values, the page is XML: everything is closed and escaped.
    let void =
        regex::Regex::new(r"<(meta|link|input|br)((?: [a-z-]+(?:=\x22[^\x22]*\x22)?)*)>").expect("a pattern");
    let bare = regex::Regex::new(r" (hidden|defer|disabled)([ >/])").expect("a pattern");
    let script = regex::Regex::new(r"<script>[^<]*</script>").expect("a pattern");
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        assert!(text.starts_with("<!doctype html>\n<html lang=\"en\">"), "{name}");
        assert_eq!(text.matches("<h1").count(), 1, "{name}");
        let xml = script.replace(text.trim_start_matches("<!doctype html>"), "");
        let xml = void.replace_all(&xml, "<$1$2/>");
        let xml = bare.replace_all(&xml, " $1='$1'$2");
        if let Err(error) = roxmltree::Document::parse(xml.trim()) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn nothing_of_others_is_overwritten() {
    let dir = Dir::new();
    dir.write("home/index.html", "mine");
    dir.run(["reference", "-o", "home"]).fails(2).says("home has files in it, and is no site");
    dir.write("file", "mine");
    dir.run(["reference", "-o", "file"]).fails(2).says("it is no folder");
    dir.run(["reference", "-o", "no/folder"]).fails(2).says("cannot write no/folder");
    dir.write("marked/nixvirt-reference.json", "[]");
    dir.run(["reference", "-o", "marked"]).fails(2).says("did not write");
    assert_eq!(fs::read_to_string(dir.path().join("home/index.html")).expect("a file"), "mine");
    dir.run(["reference", "-o", "site"]).succeeds();
    let before = files(&dir.path().join("site"));
    // A page that somebody has edited, one that is no page any more, and a file beside the pages.
    dir.write("site/kinds.html", "edited");
    dir.write("site/notes.txt", "mine");
    dir.run(["reference", "-o", "site"])
        .fails(2)
        .says("site/kinds.html was edited since")
        .says("nothing was written");
    fs::write(dir.path().join("site/kinds.html"), &before["kinds.html"]).expect("the page");
    let mark = fs::read_to_string(dir.path().join("site/nixvirt-reference.json")).expect("the mark");
    // SHA-256 of "old".
    let hash = "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4";
    let more = format!("{{ \"files\": {{\n    \"gone/old.html\": [\"{hash}\"], \"../file\": [\"{hash}\"],");
    dir.write("site/nixvirt-reference.json", mark.replacen("{\n  \"files\": {", &more, 1));
    dir.write("site/gone/old.html", "old");
    dir.write("file", "old");
    dir.run(["reference", "-o", "site"]).succeeds().silent();
    let mut after = files(&dir.path().join("site"));
    assert_eq!(after.remove("notes.txt").as_deref(), Some(b"mine".as_slice()));
    assert!(!dir.path().join("site/gone").exists() && dir.path().join("file").exists());
    assert_eq!(after, before);
    // No link is followed.
    fs::remove_dir_all(dir.path().join("site/pool")).expect("a folder of pages");
    fs::create_dir(dir.path().join("elsewhere")).expect("a folder");
    std::os::unix::fs::symlink("../elsewhere", dir.path().join("site/pool")).expect("a link");
    dir.run(["reference", "-o", "site"]).fails(2).says("symbolic link");
    assert!(files(&dir.path().join("elsewhere")).is_empty());
}

/// The real playground is built and tried by `tests/playground/run`; here, what the command takes for one.
#[test]
fn a_playground_is_part_of_the_site_only_where_it_is_given() {
    let dir = Dir::new();
    let make = |playground: &str| dir.run(["reference", "-o", "site", "--playground", playground]);
    make("none").fails(2).says("cannot read the playground none");
    dir.write("built/engine.js", "");
    make("built").fails(2).says("built is no playground, for it has no index.html").says("playground/build");
    dir.write("built/index.html", "<h1>alone</h1>");
    make("built").fails(2).says("stands alone").says("reference/build");
    dir.write("built/index.html", "<a href=\"../index.html\">Reference</a>");
    dir.write("built/.hidden", "");
    make("built").fails(2).says(".hidden is hidden");
    fs::remove_file(dir.path().join("built/.hidden")).expect("a file");
    fs::create_dir(dir.path().join("built/folder")).expect("a folder");
    make("built").fails(2).says("folder is no file");
    assert!(!dir.path().join("site").exists(), "nothing is written before all of it is known");
    fs::remove_dir(dir.path().join("built/folder")).expect("a folder");
    make("built").succeeds().silent();
    let with = files(&dir.path().join("site"));
    links_lead_somewhere(&with);
    assert!(with.contains_key("playground/engine.js"));
    let linked = |files: &BTreeMap<String, Vec<u8>>, page: &str| {
        let text = String::from_utf8(files[page].clone()).expect("UTF-8");
        values(&text, "href").iter().any(|href| target(page, href).0 == "playground/index.html")
    };
    for page in ["index.html", "domain/devices.disk.html", "messages/missing.html"] {
        assert!(linked(&with, page), "{page}");
    }
    // Without it, the same folder has no trace of it.
    dir.run(["reference", "-o", "site"]).succeeds().silent();
    let without = files(&dir.path().join("site"));
    assert!(without.keys().all(|name| !name.contains("playground")), "{:?}", without.keys());
    assert!(!linked(&without, "index.html"));
    links_lead_somewhere(&without);
}

/// The folder that has the packages of npm; `tests/run` installs them.
fn packages() -> Option<PathBuf> {
    let found = place::browser();
    if found.is_none() {
        assert!(!skip::in_ci(), "the packages for the browser are not here; CI must have them");
        skip::say("the packages for the browser are not here: `tests/run reference` installs them");
    }
    found
}

#[test]
fn in_a_browser() {
    if !skip::have("node", "--version") || !skip::have("chromium", "--version") {
        return;
    }
    let Some(packages) = packages() else { return };
    let dir = site();
    let done = Command::new("timeout")
        .args(["300", "node"])
        .arg(place::root().join("tests/browser/reference.mjs"))
        .args([&packages, &dir.path().join("site"), &place::root().join("docs/ten-questions.md")])
        .env("HOME", dir.path())
        .output()
        .expect("node runs");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
    skip::print(&said);
}
