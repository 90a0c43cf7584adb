//! The documents: every block of code in them is run, as printed. Nix goes through the real Nix (tests/nix/documents.sh),
//! editors' set-ups through the editors (lsp_editors.rs), the rest is run here. A block that no test sees to is a failure.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::{place, skip};
use serde_json::Value;

/// A block of a document.
struct Block {
    /// The document and the line of its first line.
    place: String,
    language: String,
    text: String,
}

/// Who sees to a block.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Shell,
    /// Commands that need the internet or another host, which a test does not have, or that install something: a shell parses them, and
    /// does not run them. What installs nixvirt, tests/package/run does.
    Internet,
    Json,
    /// The command lines of `nixvirt-compile`, with words on each.
    Usage,
    /// The example at the top: its XML, and the message for a mistake in it.
    ExampleXml,
    ExampleMessage,
    /// tests/nix/documents.sh, which knows each block of Nix or fails.
    Nix,
    /// lsp_editors.rs, as far as the editors are packaged: Neovim and Emacs with eglot.
    Editor,
    /// The command lines of `nixvirt-apply`: each wants a host, and the apply step's own tests have one.
    Apply,
    /// A drawing, which nothing runs.
    Drawing,
    /// For pre-commit: the hooks that it names are in `.pre-commit-hooks.yaml`.
    Hooks,
}

fn kind(block: &Block) -> Option<Kind> {
    let first = block.text.lines().next().unwrap_or("");
    Some(match &*block.language {
        "sh" | "bash" | "shell"
            if ["nix ", "ssh ", "cargo install ", "sudo apt install "]
                .iter()
                .any(|begin| first.starts_with(begin)) =>
        {
            Kind::Internet
        }
        "sh" | "bash" | "shell" => Kind::Shell,
        "json" => Kind::Json,
        "nix" => Kind::Nix,
        "xml" if first.starts_with("<domain") => Kind::ExampleXml,
        "lua" | "vim" | "toml" | "elisp" => Kind::Editor,
        "yaml" if first == "repos:" => Kind::Hooks,
        "" if first.starts_with("nixvirt-compile ") => Kind::Usage,
        "" if first.starts_with("nixvirt-apply ") => Kind::Apply,
        "" if first.starts_with("(lsp-register-client") => Kind::Editor,
        "" if first.contains(": unknown attribute") => Kind::ExampleMessage,
        "" if block.text.contains("──") => Kind::Drawing,
        _ => return None,
    })
}

/// Every block of the documents.
fn blocks() -> Vec<Block> {
    let docs = fs::read_dir(place::root().join("docs")).into_iter().flatten().flatten();
    let docs = docs.map(|file| format!("docs/{}", file.file_name().to_string_lossy()));
    let mut pages: Vec<String> = docs.filter(|name| name.ends_with(".md")).collect();
    pages.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(str::to_owned));
    pages.sort();
    let mut blocks = Vec::new();
    for page in pages {
        let Ok(text) = fs::read_to_string(place::root().join(&page)) else { continue };
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match (line.strip_prefix("```"), open.take()) {
                (Some(language), None) => {
                    let place = format!("{page}:{}", number + 2);
                    open = Some(Block { place, language: language.to_owned(), text: String::new() });
                }
                (Some(_), Some(block)) => blocks.push(block),
                (None, Some(mut block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                    open = Some(block);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page}: its last block does not end");
    }
    blocks
}

fn of(wanted: Kind) -> Vec<Block> {
    let found: Vec<Block> =
        blocks().into_iter().filter(|block| kind(block).as_ref() == Some(&wanted)).collect();
    assert!(!found.is_empty(), "there is no block of the kind {wanted:?}");
    found
}

#[test]
fn every_block_is_seen_to() {
    let all = blocks();
    let unknown: Vec<&str> =
        all.iter().filter(|block| kind(block).is_none()).map(|block| &*block.place).collect();
    assert!(unknown.is_empty(), "no test knows what to do with the blocks at {unknown:?}");
    assert!(all.len() > 15, "only {} blocks", all.len());
}

/// The spec at the top of README.md, as printed.
fn example() -> String {
    let spec =
        blocks().into_iter().find(|block| block.language == "nix" && block.text.contains("type = \"kvm\""));
    spec.expect("an example").text
}

#[test]
fn the_example_compiles_to_what_is_printed() {
    let dir = Dir::new();
    dir.write("web.nix", example());
    for block in of(Kind::ExampleXml) {
        dir.run(["web.nix"]).succeeds().silent().prints(&block.text);
    }
    dir.write("web.nix", example().replace("discard", "discrd"));
    for block in of(Kind::ExampleMessage) {
        let done = dir.run(["check", "--color", "never", "web.nix"]).fails(1);
        let printed = block.text.lines().all(|line| done.stderr.lines().any(|said| said.trim_end() == line));
        assert!(printed, "{}: it should say\n{}\n{done}", block.place, block.text);
    }
}

#[test]
fn nothing_is_wrong_with_the_recipes() {
    let recipes: Vec<Block> = of(Kind::Nix)
        .into_iter()
        .filter(|block| {
            let page =
                block.place.starts_with("docs/recipes.md") || block.place.starts_with("docs/moving.md");
            page && block.text.contains("template = \"")
        })
        .collect();
    assert!(recipes.len() > 10, "only {} recipes", recipes.len());
    for block in recipes {
        let dir = Dir::new();
        dir.write("recipe.nix", &block.text);
        let done = dir.run(["check", "--deny-warnings", "recipe.nix"]).done();
        assert!(done.status == 0, "{}: {done}", block.place);
        // A mistake in it is seen, so that what is fine was looked at.
        dir.write("recipe.nix", block.text.replacen("template = \"", "template = \"my-", 1));
        dir.run(["check", "recipe.nix"]).fails(1).says("my-");
    }
}

/// A folder with the programs under their names, and a machine `web` that libvirt's test driver has.
fn host() -> (Dir, String) {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("bin")).expect("a folder");
    symlink(binary(), dir.path().join("bin/nixvirt-compile")).expect("a link");
    dir.write("web.nix", example());
    let xml = dir.run(["web.nix"]).succeeds().stdout.replace("type='kvm'", "type='test'");
    fs::remove_file(dir.path().join("web.nix")).expect("a file");
    let node = dir.write("node.xml", format!("<node>\n{xml}</node>\n"));
    (dir, format!("test://{}", node.display()))
}

#[test]
fn the_blocks_for_a_shell_run() {
    for block in of(Kind::Shell) {
        if block.text.contains("virsh") && !skip::have("virsh", "--version") {
            continue;
        }
        let (dir, uri) = host();
        // What is done in a checkout is done in this one.
        let here = if block.text.starts_with("cargo ") { place::root() } else { dir.path() };
        let path =
            format!("{}:{}", dir.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
        let target = binary().ancestors().nth(2).unwrap_or(Path::new("target"));
        // The run that this test is part of does not begin once more.
        let (tests, rest): (Vec<&str>, Vec<&str>) =
            block.text.lines().partition(|line| line.split_whitespace().next() == Some("tests/run"));
        assert!(tests.is_empty() || place::root().join("tests/run").is_file(), "{}", block.place);
        let mut run = Command::new("bash");
        run.args(["-euo", "pipefail", "-c", &rest.join("\n")]).current_dir(here).env("PATH", path);
        run.env("LIBVIRT_DEFAULT_URI", uri).env("CARGO_TARGET_DIR", target);
        let done = run.output().expect("bash");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{}: {}\n{said}", block.place, done.status);
        if block.text.contains("-- examples/") {
            assert!(done.stdout.starts_with(b"<domain"), "{}: no XML", block.place);
        }
        if block.text.contains("> web.nix") {
            dir.run(["web.nix"]).done().mentions("<name>web</name>");
        }
    }
}

#[test]
fn the_blocks_that_want_the_internet_are_of_a_shell() {
    for block in blocks().iter().filter(|block| kind(block) == Some(Kind::Internet)) {
        let read = Command::new("bash").args(["-n", "-c", &block.text]).status().expect("bash");
        assert!(read.success(), "{}: no shell takes it", block.place);
    }
}

#[test]
fn the_blocks_in_json_are_what_they_are_for() {
    for block in of(Kind::Json) {
        let json: Value =
            serde_json::from_str(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.place));
        // An editor's settings: the command is there, serves, and ends when the editor hangs up.
        let command = json["glspc.server.command"]
            .as_str()
            .unwrap_or_else(|| panic!("{}: of no known use", block.place));
        assert_eq!(command, "nixvirt-compile", "{}", block.place);
        let arguments = json["glspc.server.commandArguments"].as_array().expect("arguments");
        let arguments: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        let mut server = Command::new(binary());
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
        let message = format!("Content-Length: {}\r\n\r\n{request}", request.len());
        let server =
            server.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = server.spawn().expect("it should start");
        let mut stdin = server.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut stdin, message.as_bytes()).expect("a request");
        drop(stdin);
        let done = server.wait_with_output().expect("its end");
        assert!(String::from_utf8_lossy(&done.stdout).contains("capabilities"), "{}: {done:?}", block.place);
    }
}

/// Each line as printed, with files of the names that it uses.
#[test]
fn the_command_lines_run() {
    for block in of(Kind::Usage) {
        // The words begin in the same column in every line.
        let first = block.text.lines().next().unwrap_or("");
        let column = first.rfind("  ").map_or(0, |spaces| spaces + 2);
        for line in block.text.lines() {
            let (command, words) = line.split_at_checked(column).unwrap_or((line, ""));
            let command = command.trim_end();
            assert!(!words.is_empty(), "{}: `{line}` is not explained", block.place);
            let (dir, _) = host();
            dir.write("SPEC.nix", example());
            let xml = dir.run(["SPEC.nix"]).succeeds().stdout;
            dir.write("FILE.xml", &xml);
            dir.write("LAB.xml", "<capabilities><host/></capabilities>");
            dir.write("A.nix", example());
            for (name, example) in [
                ("SPEC.json", "linux.json"),
                ("FILE", "linux.json"),
                ("B.json", "network.json"),
                ("BUNDLE.json", "bundle.json"),
            ] {
                let text = fs::read(place::root().join("examples").join(example)).expect("an example");
                dir.write(name, text);
            }
            dir.write("SEED.json", r#"{ "instanceId": "web", "userData": { "packages": ["curl"] } }"#);
            dir.write("ARGS.json", r#"{ "name": "web" }"#);
            let command = command.replace("FILE...", "SPEC.json BUNDLE.json SPEC.nix FILE.xml");
            let script = command.replacen("nixvirt-compile", "\"$0\"", 1) + " < /dev/null";
            // A server whose editor is gone before it has said anything has failed, and says so.
            match command.ends_with(" lsp") {
                true => drop(dir.shell(&script).done()),
                false => drop(dir.shell(&script).succeeds()),
            }
        }
    }
}

#[test]
fn the_hooks_are_there() {
    let known = fs::read_to_string(place::root().join(".pre-commit-hooks.yaml")).expect("the hooks");
    for block in of(Kind::Hooks) {
        for id in block.text.split("id: ").skip(1).filter_map(|rest| rest.split(' ').next()) {
            assert!(known.contains(&format!("id: {id}\n")), "{}: there is no hook {id}", block.place);
        }
    }
}
