//! Where results go: nothing of others is replaced or removed, inputs least of all, links stay links, files keep what is
//! theirs, and a standard output that takes nothing is an error.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use nixvirt_tests::command::{Dir, Done, binary, domain};
use nixvirt_tests::skip;
use serde_json::{Value, json};

const NIX: &str =
    r#"{ name = "vm"; type = "kvm"; memory = 1048576; os = { type = "hvm"; }; title = import ./title.nix; }"#;

fn spec(name: &str) -> Value {
    json!({ "spec": domain(name, json!({})) })
}

fn bundle(names: &[&str]) -> String {
    json!({ "domains": names.iter().map(|name| spec(name)).collect::<Vec<_>>() }).to_string()
}

/// Every file of a directory with what is in it.
fn contents(dir: &Dir) -> BTreeMap<String, Vec<u8>> {
    let read = |file: String| {
        let path = dir.path().join(&file);
        let bytes = if path.is_file() { fs::read(&path).unwrap_or_default() } else { Vec::new() };
        (file, bytes)
    };
    dir.files().into_iter().map(read).collect()
}

/// A run that is refused, and changes nothing.
#[track_caller]
fn refused(dir: &Dir, arguments: &[&str], said: &str) -> Done {
    let before = contents(dir);
    let done = dir.run(arguments.iter().copied()).fails(2).says(said).says("nothing was written");
    assert!(contents(dir) == before, "it changed something\n{done}");
    done
}

/// A directory with a bundle that was compiled into `host`.
fn compiled(names: &[&str]) -> Dir {
    let dir = Dir::new();
    dir.write("host.json", bundle(names));
    dir.run(["-o", "host", "host.json"]).succeeds().silent();
    dir
}

#[test]
fn a_folder_written_by_hand_is_no_output() {
    let dir = Dir::new();
    dir.write("own/domains/mine.xml", "<domain/>");
    let entries = json!({ "domains": [{ "definition": "domains/mine.xml" }, spec("web")] });
    dir.write("own/bundle.json", entries.to_string());
    dir.write("own/.git/HEAD", "ref");
    refused(&dir, &["-o", "own", "own/bundle.json"], "own/bundle.json was not written by");
    // Whatever way it comes in.
    for script in ["cd own && \"$0\" -o . bundle.json", "\"$0\" -o own - < own/bundle.json"] {
        let before = contents(&dir);
        dir.shell(script).fails(2).says("nothing was written");
        assert!(contents(&dir) == before, "{script}");
    }
}

#[test]
fn no_input_is_replaced() {
    let dir = compiled(&["web", "db"]);
    let index = "host/bundle.json is the input host/bundle.json: it would be lost";
    refused(&dir, &["-o", "host", "host/bundle.json"], index);
    let before = contents(&dir);
    dir.shell("\"$0\" -o host - < host/bundle.json").fails(2).says("is what is read from standard input");
    assert!(contents(&dir) == before);
    // Files of a run before are ours to replace, but not where the new input names them: by any name.
    symlink("host/domains/db.xml", dir.path().join("link.xml")).expect("a link");
    for named in ["host/domains/db.xml", "domains/db.xml", "link.xml"] {
        let entries = json!({ "domains": [{ "definition": named }, spec("web")] });
        dir.write("host.json", entries.to_string());
        refused(
            &dir,
            &["-o", "host", "host.json"],
            &format!("host/domains/db.xml is {named}, which the input"),
        );
    }
    // A spec's disk, and the value of a secret.
    let disk = dir.path().join("host/domains/db.xml");
    let device = json!({ "disk": { "source": { "file": disk }, "target": { "dev": "vda" } } });
    let entries = json!({ "domains": [{ "spec": domain("web", device) }] });
    dir.write("host.json", entries.to_string());
    refused(&dir, &["-o", "host", "host.json"], "which the input names");
}

#[test]
fn no_input_is_replaced_by_one_file() {
    let dir = Dir::new();
    dir.write("vm.json", domain("vm", json!({})).to_string());
    dir.write("vm.nix", NIX);
    dir.write("title.nix", "\"x\"");
    let xml = dir.run(["vm.json"]).succeeds().stdout;
    dir.write("vm.xml", xml);
    symlink("vm.json", dir.path().join("link")).expect("a link");
    dir.write("disk.img", "data");
    let image = dir.path().join("disk.img");
    let device = json!({ "disk": { "source": { "file": image }, "target": { "dev": "vda" } } });
    dir.write("disk.json", domain("vm", device).to_string());
    let before = contents(&dir);
    for arguments in [
        ["-o", "vm.json", "vm.json"],
        ["-o", "link", "vm.json"],
        ["-o", "vm.nix", "vm.nix"],
        ["-o", "title.nix", "vm.nix"],
        ["-o", "disk.img", "disk.json"],
    ] {
        dir.run(arguments).fails(2).says("which would be lost").says("input");
    }
    dir.run(["import", "-o", "vm.xml", "vm.xml"]).fails(2).says("vm.xml: it is the input vm.xml");
    assert!(contents(&dir) == before);
}

#[test]
fn what_others_put_into_a_folder_stays() {
    let dir = compiled(&["web", "db", "mail"]);
    let others =
        ["disk.qcow2", ".git/HEAD", "notes", "domains/other.xml", "volumes/a/b.xml", ".nixvirt-mine"];
    for other in others {
        dir.write(&format!("host/{other}"), other);
    }
    for names in [&["web"][..], &["web", "db"], &["new"], &[]] {
        dir.write("host.json", bundle(names));
        let mut expected: Vec<String> = others.iter().map(|other| format!("host/{other}")).collect();
        expected.extend(names.iter().map(|name| format!("host/domains/{name}.xml")));
        expected.extend(["host.json".to_owned(), "host/bundle.json".to_owned()]);
        expected.sort();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        dir.run(["-o", "host", "host.json"]).succeeds().silent().leaves(&expected);
        others.iter().for_each(|other| assert_eq!(dir.read(&format!("host/{other}")), *other));
    }
}

#[test]
fn what_was_edited_is_not_lost() {
    let dir = compiled(&["web", "db"]);
    dir.write("host/domains/web.xml", "<mine/>");
    dir.write("host.json", bundle(&["web", "db", "new"]));
    refused(&dir, &["-o", "host", "host.json"], "host/domains/web.xml was edited since");
    // What is no longer declared is not written, so that it can stay; what was not edited goes.
    dir.write("host.json", bundle(&["new"]));
    let files = ["host.json", "host/bundle.json", "host/domains/new.xml", "host/domains/web.xml"];
    let done = dir.run(["-o", "host", "host.json"]).succeeds().leaves(&files);
    done.says("host/domains/web.xml is no longer declared, but was edited: it stays");
    assert_eq!(dir.read("host/domains/web.xml"), "<mine/>");
    // From then on it is not ours.
    dir.write("host.json", bundle(&["web"]));
    refused(&dir, &["-o", "host", "host.json"], "host/domains/web.xml was not written by");
    // The index as well, however little of it.
    let index = dir.read("host/bundle.json");
    dir.write("host/bundle.json", index.replace("\"domains\": [", "\"prune\": \"all\",\n  \"domains\": ["));
    dir.write("host.json", bundle(&["new"]));
    refused(&dir, &["-o", "host", "host.json"], "host/bundle.json was edited since");
    dir.write("host/bundle.json", index.replace("\"format\": 1", "\"format\": 7"));
    refused(&dir, &["-o", "host", "host.json"], "host/bundle.json was edited since");
}

#[test]
fn everything_in_the_way_is_said_at_once() {
    let dir = compiled(&["a", "b", "c", "d"]);
    for (name, content) in [("a", Some("edited")), ("b", None), ("c", None), ("d", None)] {
        let path = dir.path().join(format!("host/domains/{name}.xml"));
        fs::remove_file(&path).expect("a file of ours");
        match (name, content) {
            (_, Some(content)) => fs::write(&path, content).expect("an edit"),
            ("b", _) => fs::create_dir(&path).expect("a folder"),
            ("c", _) => symlink("/etc/hostname", &path).expect("a link"),
            _ => {
                let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
                assert!(made.success());
            }
        }
    }
    let done = refused(&dir, &["-o", "host", "host.json"], "host/domains/a.xml was edited since");
    done.says("host/domains/b.xml is a folder:")
        .says("host/domains/c.xml is a symbolic link:")
        .says("host/domains/d.xml is no ordinary file:");
}

#[test]
fn no_link_leads_out_of_the_folder() {
    let dir = Dir::new();
    dir.write("host.json", bundle(&["web"]));
    dir.write("elsewhere/mine", "x");
    fs::create_dir(dir.path().join("host")).expect("a folder");
    symlink("../elsewhere", dir.path().join("host/domains")).expect("a link");
    refused(&dir, &["-o", "host", "host.json"], "host/domains is a symbolic link: move it away");
    // A mark that somebody else wrote must not have a run remove what is outside.
    let dir = compiled(&["web"]);
    let mark = dir.read("host/bundle.json");
    dir.write("mine.xml", "<mine/>");
    dir.write("host/bundle.json", mark.replace("domains/web.xml\":", "../mine.xml\":"));
    refused(&dir, &["-o", "host", "host.json"], "host/bundle.json was edited since");
}

#[test]
fn links_stay_links() {
    let dir = Dir::new();
    dir.write("host.json", bundle(&["web"]));
    dir.write("vm.json", domain("vm", json!({})).to_string());
    dir.write("real/file", "x");
    dir.write("real.xml", "old");
    for (name, target) in [("folder", "real"), ("file", "real.xml"), ("gone", "nowhere"), ("loop", "loop")] {
        symlink(target, dir.path().join(name)).expect("a link");
    }
    for _ in 0..2 {
        dir.run(["-o", "folder", "host.json"]).succeeds().silent();
        dir.run(["-o", "file", "vm.json"]).succeeds().silent();
    }
    assert!(dir.read("real/domains/web.xml").contains("<name>web</name>"));
    assert!(dir.read("real.xml").contains("<name>vm</name>"));
    for source in ["host.json", "vm.json"] {
        let done = dir.run(["-o", "gone", source]).fails(2);
        done.says("cannot write gone: it is a symbolic link to nowhere, and there is nothing there");
        dir.run(["-o", "loop", source]).fails(2).says("cannot write loop");
    }
    for name in ["folder", "file", "gone", "loop"] {
        assert!(fs::read_link(dir.path().join(name)).is_ok(), "{name} is no link any more");
    }
}

#[test]
fn a_device_or_a_pipe_is_written_to() {
    let dir = Dir::new();
    dir.write("vm.json", domain("vm", json!({})).to_string());
    let xml = dir.run(["vm.json"]).succeeds().stdout;
    dir.shell("mkfifo pipe && { cat pipe > got & \"$0\" -o pipe vm.json; wait; }").succeeds().silent();
    assert_eq!(dir.read("got"), xml);
    dir.shell("[ -p pipe ]").succeeds();
    dir.run(["-o", "/dev/stdout", "vm.json"]).succeeds().prints(&xml);
    // What a shell's redirection holds already stays.
    dir.shell("{ echo before; \"$0\" -o /dev/stdout vm.json; echo after; } > all").succeeds();
    assert_eq!(dir.read("all"), format!("before\n{xml}after\n"));
    dir.run(["-o", "/dev/null", "vm.json"]).succeeds();
    dir.shell("[ -c /dev/null ]").succeeds();
    dir.run(["-o", "/dev/full", "vm.json"]).fails(2).says("cannot write /dev/full: No space left on device");
    dir.write("host.json", bundle(&["web"]));
    dir.run(["-o", "/dev/null", "host.json"])
        .fails(2)
        .says("it is a device or a pipe, and a bundle makes a folder");
}

/// The ownership and permissions of a file, as text: mode, owner, group, attributes.
fn dress(path: &Path) -> String {
    let file = fs::metadata(path).expect("a file");
    let attributes = Command::new("getfattr").arg("-d").arg(path).output();
    let attributes = attributes.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    format!("{:o} {} {} {}", file.mode(), file.uid(), file.gid(), attributes.unwrap_or_default())
}

#[test]
fn a_file_that_is_written_anew_keeps_what_is_its_own() {
    let dir = Dir::new();
    dir.write("vm.json", domain("vm", json!({})).to_string());
    dir.write("host.json", bundle(&["web"]));
    let xml = dir.run(["vm.json"]).succeeds().stdout;
    dir.write("vm.xml", xml.replace("  ", " "));
    dir.run(["-o", "host", "host.json"]).succeeds();
    symlink("vm.xml", dir.path().join("link.xml")).expect("a link");
    let files = ["vm.xml", "host/domains/web.xml", "host/bundle.json"].map(|file| dir.path().join(file));
    let mut before = Vec::new();
    for file in &files {
        let owned = chown(file, Some(1), Some(2));
        if let Err(error) = owned {
            skip::say(&format!("no other owner can be given to a file: {error}"));
        }
        fs::set_permissions(file, Permissions::from_mode(0o640)).expect("permissions");
        let _ = Command::new("setfattr").args(["-n", "user.note", "-v", "mine"]).arg(file).status();
        before.push(dress(file));
    }
    dir.run(["fmt", "--write", "link.xml"]).succeeds().silent();
    assert_eq!(dir.read("vm.xml"), xml);
    assert!(fs::read_link(dir.path().join("link.xml")).is_ok());
    dir.write("vm.json", domain("other", json!({})).to_string());
    dir.run(["-o", "vm.xml", "vm.json"]).succeeds().silent();
    let mut changed = spec("web");
    changed["spec"]["title"] = "new".into();
    dir.write("host.json", json!({ "domains": [changed] }).to_string());
    dir.run(["-o", "host", "host.json"]).succeeds().silent();
    assert!(dir.read("host/domains/web.xml").contains("<title>new</title>"));
    assert_eq!(files.iter().map(|file| dress(file)).collect::<Vec<_>>(), before);
}

#[test]
fn names_of_one_file_stay_together_or_are_said() {
    let dir = Dir::new();
    dir.write("vm.json", domain("vm", json!({})).to_string());
    let ugly = dir.run(["vm.json"]).succeeds().stdout.replace("  ", " ");
    dir.write("vm.xml", &ugly);
    fs::hard_link(dir.path().join("vm.xml"), dir.path().join("same.xml")).expect("a hard link");
    dir.run(["fmt", "--write", "vm.xml"])
        .fails(2)
        .says("vm.xml: it has 2 names (hard links), which would part");
    assert_eq!((dir.read("vm.xml"), dir.read("same.xml")), (ugly.clone(), ugly));
}

#[test]
fn a_standard_output_that_takes_nothing_is_an_error() {
    let dir = Dir::new();
    dir.write("vm.json", domain("vm", json!({})).to_string());
    let xml = dir.run(["vm.json"]).succeeds().stdout;
    dir.write("vm.xml", xml);
    for arguments in [
        "vm.json",
        "import vm.xml",
        "fmt vm.xml",
        "explain os",
        "man",
        "completions bash",
        "--help",
        "--version",
    ] {
        let closed = dir.shell(&format!("\"$0\" {arguments} >&-")).fails(2);
        closed.says("cannot write to standard output: it is closed");
        let full = dir.shell(&format!("\"$0\" {arguments} > /dev/full")).fails(2);
        full.says("No space left on device");
        // A reader that has enough, as `head` does, ends the program as it ends others: without a word.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut run = Command::new(binary());
        run.args(arguments.split(' ')).current_dir(dir.path()).stdout(writer);
        let ended = run.output().expect("it should end");
        assert_eq!(ended.status.code(), Some(141), "{arguments}: {ended:?}");
        assert!(ended.stderr.is_empty(), "{arguments}: {ended:?}");
    }
    dir.shell("\"$0\" lsp >&- < /dev/null").fails(2).says("cannot write to standard output: it is closed");
    // Somebody who wants none of it says so.
    for nothing in ["> /dev/null", "2>&-", "<&-"] {
        dir.shell(&format!("\"$0\" vm.json {nothing}")).succeeds();
    }
    // What is not printed needs no standard output.
    dir.shell("\"$0\" -o out.xml vm.json >&- && \"$0\" check vm.json >&- && \"$0\" -o /dev/null vm.json >&-")
        .succeeds();
}
