//! The language server, driven over its standard input and output by a client that other people wrote: the conversation,
//! diagnostics, hover, definitions, actions. What it offers is in `lsp_completion.rs`.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use async_lsp::lsp_types::notification::{Cancel, DidSaveTextDocument};
use async_lsp::lsp_types::request::{Completion, HoverRequest};
use async_lsp::lsp_types::{
    CancelParams, CodeActionKind, Diagnostic, DiagnosticSeverity, DidSaveTextDocumentParams, NumberOrString,
    TextDocumentIdentifier, Url,
};
use async_lsp::{Error, ErrorCode};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::editor::{Editor, Marked, modern};
use serde_json::{Value, json};

/// A call of the lib, in which nothing is wrong but what the devices bring.
fn domain(devices: &str) -> String {
    format!(
        "{{ inputs, ... }}:\n{{\n  a = inputs.nixvirt.lib.domain.writeXML {{\n    name = \"vm\";\n    type = \"kvm\";\n    \
         memory = 1024;\n    os.type = \"hvm\";\n    devices = {devices};\n  }};\n}}\n"
    )
}

const XML: &str = "<domain type='kvm'>\n  <name>vm</name>\n  <memory>1024</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n</domain>\n";

fn editor() -> (Dir, Editor) {
    let dir = Dir::new();
    let editor = Editor::start(&dir, modern());
    (dir, editor)
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics
        .iter()
        .map(|diagnostic| match &diagnostic.code {
            Some(NumberOrString::String(code)) => code.as_str(),
            other => panic!("a code: {other:?}"),
        })
        .collect()
}

// --- The conversation.

/// A message as it goes over the wire.
fn framed(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// What the server answers to some bytes, after which its input ends, and its exit status.
fn answers(input: &[u8]) -> (Vec<Value>, Option<i32>) {
    let mut child = Command::new(binary())
        .args(["lsp", "--stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || {
        // It may have gone before it has read everything.
        let _ = pipe.write_all(&bytes);
    });
    let mut output = Vec::new();
    child.stdout.take().expect("a pipe").read_to_end(&mut output).expect("its answers");
    writer.join().expect("the writer");
    let status = child.wait().expect("its status").code();
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("its complaints");
    assert_eq!(errors, "", "nothing goes to standard error");
    let text = String::from_utf8(output).expect("text");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some((header, after)) = rest.split_once("\r\n\r\n") {
        let length: usize = header.trim_start_matches("Content-Length: ").parse().expect("a length");
        found.push(serde_json::from_str(&after[..length]).expect("JSON"));
        rest = &after[length..];
    }
    (found, status)
}

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
const SHUTDOWN: &str = r#"{"jsonrpc":"2.0","id":"last","method":"shutdown"}"#;
const EXIT: &str = r#"{"jsonrpc":"2.0","method":"exit"}"#;

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or(0)
}

#[test]
fn the_exit_status_says_how_it_ended() {
    let said = |messages: &[&str]| {
        answers(&messages.iter().flat_map(|message| framed(message)).collect::<Vec<u8>>())
    };
    let (answers, status) = said(&[HELLO, SHUTDOWN, EXIT]);
    assert_eq!(status, Some(0));
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["result"]["serverInfo"]["name"], "nixvirt-compile");
    assert_eq!(answers[1], json!({ "jsonrpc": "2.0", "id": "last", "result": null }));
    // Without `shutdown`, and without a word.
    assert_eq!(said(&[HELLO, EXIT]).1, Some(1));
    assert_eq!(said(&[EXIT]).1, Some(1));
    assert_eq!(said(&[HELLO]).1, Some(1));
    assert_eq!(said(&[]), (Vec::new(), Some(1)));
}

#[test]
fn whatever_is_wrong_gets_an_error_answer() {
    let request = |id: u32, method: &str, params: &str| {
        framed(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#))
    };
    let input = [
        request(2, "textDocument/hover", "{}"),
        framed(r#"{"jsonrpc":"2.0","id":3,"method":"initialize","params":[1]}"#),
        framed(HELLO),
        framed(HELLO),
        framed("{ no JSON"),
        framed("[1, 2]"),
        framed(r#"{"jsonrpc":"2.0","id":4}"#),
        framed("\u{feff}"),
        b"Content-Length: 2\r\n\r\n\xff\xfe".to_vec(),
        b"Content-Type: x\r\n\r\n".to_vec(),
        b"Content-Length: -1\r\n\r\n".to_vec(),
        request(5, "textDocument/nothing", "{}"),
        request(6, "textDocument/hover", "{}"),
        request(7, "textDocument/completion", "null"),
        request(8, "textDocument/definition", r#"{"textDocument":{"uri":"no uri"},"position":{}}"#),
        // A document that nobody has opened, and one that has other positions.
        request(
            9,
            "textDocument/hover",
            r#"{"textDocument":{"uri":"file:///no"},"position":{"line":0,"character":0}}"#,
        ),
        framed(r#"{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"x":1}}"#),
        framed(r#"{"jsonrpc":"2.0","method":"$/nothing"}"#),
        framed(
            r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.nix","languageId":"nix","version":1,"text":"{"}}}"#,
        ),
        request(
            10,
            "textDocument/hover",
            r#"{"textDocument":{"uri":"file:///a.nix"},"position":{"line":4294967295,"character":4294967295}}"#,
        ),
        framed(r#"{"jsonrpc":"2.0","id":11,"result":null}"#),
    ];
    let end = [framed(SHUTDOWN), request(12, "textDocument/hover", "{}"), framed(EXIT)];
    let mut conversation = Conversation::start();
    for message in &input {
        conversation.say(message);
    }
    // Those that take work are answered when that is done, the others at once: by their ids.
    let mut by_id: Vec<(Value, i64)> = conversation.hear(17);
    for message in &end {
        conversation.say(message);
    }
    by_id.extend(conversation.hear(2));
    let find = |id: Value| -> Vec<i64> {
        by_id.iter().filter(|(known, _)| *known == id).map(|(_, code)| *code).collect()
    };
    assert_eq!(find(json!(1)), [0, -32600], "a second `initialize` is one too many");
    for (id, wanted) in
        [(2, -32002), (3, -32602), (4, -32600), (5, -32601), (6, -32602), (7, -32602), (8, -32602)]
    {
        assert_eq!(find(json!(id)), [wanted], "{id}: {by_id:?}");
    }
    for id in [9, 10] {
        assert_eq!(find(json!(id)), [0], "{id}");
    }
    assert_eq!(find(json!(12)), [-32600]);
    let nameless = find(Value::Null);
    assert_eq!(nameless, [-32700, -32600, -32700, -32700, -32700, -32700]);
    assert_eq!(conversation.child.wait().expect("a status").code(), Some(0));
}

/// A server that is spoken with by hand.
struct Conversation {
    child: std::process::Child,
}

impl Conversation {
    fn start() -> Conversation {
        // An answer that does not come ends the test, and not the patience of whoever runs it.
        let mut command = Command::new("timeout");
        let child = command
            .arg("30")
            .arg(binary())
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        Conversation { child }
    }

    fn say(&mut self, bytes: &[u8]) {
        let pipe = self.child.stdin.as_mut().expect("a pipe");
        pipe.write_all(bytes).and_then(|()| pipe.flush()).expect("it listens");
    }

    /// The ids and error codes of the next answers.
    fn hear(&mut self, count: usize) -> Vec<(Value, i64)> {
        let mut found = Vec::new();
        let output = self.child.stdout.as_mut().expect("a pipe");
        while found.len() < count {
            let mut header = Vec::new();
            while !header.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                output.read_exact(&mut byte).expect("an answer");
                header.extend(byte);
            }
            let header = String::from_utf8(header).expect("a header");
            let length = header.trim().trim_start_matches("Content-Length: ").parse().expect("a length");
            let mut body = vec![0; length];
            output.read_exact(&mut body).expect("an answer");
            let message: Value = serde_json::from_slice(&body).expect("JSON");
            if message.get("method").is_none() {
                found.push((message["id"].clone(), code(&message)));
            }
        }
        found
    }
}

#[test]
fn positions_are_counted_as_agreed() {
    let text = domain("{ disk = { /* 😀ö */ driver.cach = \"none\"; }; }");
    for (offered, chosen) in
        [(json!([]), None), (json!(["utf-16"]), Some("utf-16")), (json!(["utf-8", "utf-16"]), Some("utf-8"))]
    {
        let dir = Dir::new();
        let mut capabilities = modern();
        capabilities["general"] = json!({ "positionEncodings": offered });
        let mut editor = Editor::start(&dir, capabilities);
        let encoding = editor.initialized.capabilities.position_encoding.clone();
        assert_eq!(encoding.as_ref().map(|it| it.as_str()), chosen.or(Some("utf-16")));
        let uri = editor.open("x.nix", &text);
        let found = editor.diagnostics(&uri, 1);
        let wrong = found.iter().find(|it| editor.held(&uri, it.range) == "cach");
        assert!(wrong.is_some(), "{found:?}");
        // Behind wide characters, edits and questions count as well.
        let version = editor.replace(&uri, "ö */ driver.cach", "öö */ driver.cache");
        assert!(editor.diagnostics(&uri, version).iter().all(|it| editor.held(&uri, it.range) != "cach"));
        let at = editor.text(&uri).find("cache").expect("the key") + 2;
        assert!(editor.hover(&uri, at).is_some_and(|text| text.contains("devices.disk.driver.cache")));
    }
}

#[test]
fn what_is_cancelled_is_answered_so() {
    let (_dir, mut editor) = editor();
    let uri = editor.open("x.nix", &domain("{ }"));
    // The client numbers its requests from 0; `initialize` was the first.
    let params = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } });
    editor.notify::<Cancel>(CancelParams { id: NumberOrString::Number(77) });
    editor.notify::<Cancel>(CancelParams { id: NumberOrString::String("x".into()) });
    let answered =
        editor.try_request::<HoverRequest>(serde_json::from_value(params.clone()).expect("parameters"));
    assert!(answered.is_ok(), "what was never asked cancels nothing: {answered:?}");
    let conversation = [
        framed(HELLO),
        framed(
            &json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument":
            { "uri": uri, "languageId": "nix", "version": 1, "text": domain("{ }") } } })
            .to_string(),
        ),
        // The second waits for the first, and is cancelled meanwhile.
        framed(
            &json!({ "jsonrpc": "2.0", "id": 5, "method": "textDocument/hover", "params": params })
                .to_string(),
        ),
        framed(
            &json!({ "jsonrpc": "2.0", "id": 6, "method": "textDocument/hover", "params": params })
                .to_string(),
        ),
        framed(r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":6}}"#),
    ];
    let mut server = Conversation::start();
    server.say(&conversation.concat());
    let heard = server.hear(3);
    let code = |id: i64| heard.iter().find(|(known, _)| *known == id).expect("an answer").1;
    assert_eq!(code(5), 0);
    // Where the machine is slow enough for it, which it need not be; there is one answer either way.
    assert!(matches!(code(6), 0 | -32800), "{heard:?}");
    server.say(&[framed(SHUTDOWN), framed(EXIT)].concat());
    assert_eq!(server.hear(1), [(json!("last"), 0)]);
    let _ = server.child.wait();
}

// --- Diagnostics.

#[test]
fn diagnostics_come_and_go() {
    let (_dir, mut editor) = editor();
    let uri =
        editor.open("x.nix", &domain("{ disk = { driver.cache = \"wrteback\"; target.dev = \"vda\"; }; }"));
    let found = editor.diagnostics(&uri, 1);
    assert_eq!(codes(&found), ["bad-value"]);
    let wrong = &found[0];
    assert_eq!(editor.held(&uri, wrong.range), "\"wrteback\"");
    assert_eq!(wrong.severity, Some(DiagnosticSeverity::ERROR));
    assert_eq!(wrong.source.as_deref(), Some("nixvirt"));
    assert!(wrong.message.contains("did you mean \"writeback\"?"), "{}", wrong.message);
    let link = wrong.code_description.as_ref().expect("a link").href.as_str();
    assert!(link.starts_with("https://libvirt.org/formatdomain.html"), "{link}");
    let version = editor.replace(&uri, "wrteback", "writeback");
    assert_eq!(editor.diagnostics(&uri, version), []);
    // What does not parse is said, and only that.
    let version = editor.replace(&uri, "\"writeback\";", "\"wrteback\"");
    assert_eq!(codes(&editor.diagnostics(&uri, version)), ["syntax"]);
    let version = editor.replace(&uri, "\"wrteback\"", "\"writeback\";");
    assert_eq!(editor.diagnostics(&uri, version), []);
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn related_places_and_warnings() {
    let (_dir, mut editor) = editor();
    let uri =
        editor.open(
            "x.nix",
            &domain("{ disk = { source.file = path; target.dev = \"vda\"; driver.cache = mode; }; }")
                .replacen("{\n", "let mode = \"of\"; path = \"a\"; in {\n", 1),
        );
    let found = editor.diagnostics(&uri, 1);
    let mode = found.iter().find(|it| it.message.contains("driver.cache")).expect("a bad word");
    assert_eq!(editor.held(&uri, mode.range), "cache");
    let related = mode.related_information.as_ref().expect("another place");
    assert_eq!(editor.held(&uri, related[0].location.range), "\"of\"");
    let path = found.iter().find(|it| it.message.contains("source.file")).expect("a relative path");
    assert_eq!(path.severity, Some(DiagnosticSeverity::WARNING));
    // To a client that shows neither, neither is sent.
    let dir = Dir::new();
    let mut plain = Editor::start(&dir, json!({}));
    let text = editor.text(&uri).to_owned();
    let uri = plain.open("x.nix", &text);
    for diagnostic in plain.diagnostics(&uri, 1) {
        assert_eq!((diagnostic.related_information, diagnostic.code_description), (None, None));
    }
}

#[test]
fn the_editors_text_counts_and_not_the_disks() {
    let (dir, mut editor) = editor();
    let good = "{ name = \"vm\"; type = \"kvm\"; memory = 1; os.type = \"hvm\"; }";
    dir.write("vm.nix", good);
    let main = editor.open("flake.nix", "{ nixvirt }: nixvirt.domain.writeXML (import ./vm.nix)");
    assert_eq!(editor.diagnostics(&main, 1), []);
    // The import is opened and spoilt, without being saved: the problem goes to its file.
    let import = editor.open("vm.nix", good);
    assert_eq!(editor.diagnostics(&import, 1), []);
    let version = editor.replace(&import, "\"kvm\"", "\"kmv\"");
    let found = editor.diagnostics(&import, version);
    assert_eq!(codes(&found), ["bad-value"]);
    assert_eq!(editor.held(&import, found[0].range), "\"kmv\"");
    // Closed unsaved, the disk's text counts again.
    editor.close(&import);
    assert_eq!(editor.published(&import, None).pop().expect("an answer").diagnostics, []);
    // Spoilt on the disk, it is seen once something says so.
    dir.write("vm.nix", good.replace("kvm", "kmv"));
    let text_document = TextDocumentIdentifier { uri: import.clone() };
    editor.notify::<DidSaveTextDocument>(DidSaveTextDocumentParams { text_document, text: None });
    let found = editor.published(&import, None).pop().expect("an answer");
    assert_eq!((codes(&found.diagnostics), found.version), (vec!["bad-value"], None));
    // With the root closed, nobody claims anything about it.
    editor.close(&main);
    assert_eq!(editor.published(&import, None).pop().expect("an answer").diagnostics, []);
}

#[test]
fn a_burst_of_changes_is_one_check() {
    let (_dir, mut editor) = editor();
    let big: String =
        (0..300).map(|at| format!("{{ target.dev = \"vd{at}\"; driver.cache = \"none\"; }}\n")).collect();
    let uri = editor.open("x.nix", &domain(&format!("{{ disk = [ {big} ]; }}")));
    let _ = editor.diagnostics(&uri, 1);
    let mut version = 1;
    for at in 0..100 {
        version = editor.replace(&uri, "name = \"vm", &format!("name = \"vm{}", at % 10));
    }
    let published = editor.published(&uri, Some(version));
    assert!(published.len() < 60, "{} of 100 changes were checked", published.len());
    assert!(published.is_sorted_by_key(|it| it.version), "never an older one after a newer");
}

#[test]
fn specs_and_xml_are_checked_and_nothing_else_is() {
    let (_dir, mut editor) = editor();
    let spec = r#"{ "name": "vm", "type": "kmv", "memory": 1, "os": { "type": "hvm" }, "titel": "x" }"#;
    let uri = editor.open("vm.json", spec);
    let found = editor.diagnostics(&uri, 1);
    let held: Vec<&str> = found.iter().map(|it| editor.held(&uri, it.range)).collect();
    assert_eq!(held, ["\"titel\"", "\"kmv\""]);
    let version = editor.replace(&uri, "\"x\" }", "\"x\"");
    assert_eq!(codes(&editor.diagnostics(&uri, version)), ["syntax"]);
    let uri = editor.open("vm.xml", &XML.replace("type='kvm'", "tpye='kvm'"));
    let found = editor.diagnostics(&uri, 1);
    assert!(found.iter().any(|it| editor.held(&uri, it.range) == "tpye"), "{found:?}");
    let version = editor.replace(&uri, "tpye", "type");
    assert_eq!(editor.diagnostics(&uri, version), []);
    for (name, text) in [
        ("package.json", r#"{ "name": "a", "type": "module", "version": "1", "scripts": {} }"#),
        ("tsconfig.json", r#"{ "compilerOptions": {} }"#),
        ("list.json", "[1, 2"),
        ("pom.xml", "<?xml version='1.0'?><!-- a --><project><x/></project>"),
        ("broken.xml", "<"),
        ("empty.json", ""),
        ("any.nix", "{ pkgs, ... }: { environment.systemPackages = [ pkgs.git ]; }"),
    ] {
        let uri = editor.open(name, text);
        assert_eq!(editor.diagnostics(&uri, 1), [], "{name}");
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn a_huge_file_is_no_trouble() {
    let (_dir, mut editor) = editor();
    let huge = format!("{{ a = [ {} ]; }}", "\"0123456789\"\n".repeat(500_000));
    let uri = editor.open("huge.nix", &huge);
    assert_eq!(codes(&editor.diagnostics(&uri, 1)), ["limit"]);
    let _ = editor.request::<Completion>(
        serde_json::from_value(
            json!({ "textDocument": { "uri": uri }, "position": { "line": 3, "character": 3 } }),
        )
        .expect("parameters"),
    );
    let deep = editor.open("deep.nix", &"[".repeat(100_000));
    assert_eq!(codes(&editor.diagnostics(&deep, 1)), ["limit"]);
    let _ = editor.complete(&deep, 50_000);
    let _ = editor.hover(&deep, 50_000);
    let deep = editor.open("deep.json", &"{\"devices\":".repeat(100_000));
    let _ = editor.diagnostics(&deep, 1);
    let _ = editor.complete(&deep, 50_003);
    assert_eq!(editor.finish(), Some(0));
}

// --- What stands where, and where it comes from.

#[test]
fn hover_says_what_explain_says() {
    let (dir, mut editor) = editor();
    let Marked { text, offset } = Marked::new(&domain("{ disk = [ { driver.ca|che = mode; } ]; }"));
    let text = text.replacen("{\n", "let\n  mode = \"none\"; in {\n", 1);
    let uri = editor.open("x.nix", &text);
    let offset = offset + text.find(" in {").expect("the let") - text.find("let\n").expect("the let") + 4;
    let shown = editor.hover(&uri, offset).expect("a hover");
    let explained = dir.run(["explain", "devices.disk.driver.cache"]).succeeds().stdout.clone();
    let doc = explained.split(": ").nth(1).and_then(|rest| rest.lines().next()).expect("a sentence");
    assert!(shown.contains(doc), "{shown}");
    for part in [
        "devices.disk[0].driver.cache",
        "`writeback`",
        "https://libvirt.org/",
        "(`\"none\"`) comes from",
        "line 3",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // On the value, wherever it is written.
    let at = text.find("none").expect("the value");
    assert!(editor.hover(&uri, at).is_some_and(|shown| shown.contains("devices.disk[0].driver.cache")));
    // On what is none of ours, nothing.
    assert_eq!(editor.hover(&uri, 3), None);
    let Marked { text, offset } =
        Marked::new("{ \"name\": \"x\", \"memory\": 1, \"devices\": { \"di|sk\": { } } }");
    let uri = editor.open("x.json", &text);
    assert!(editor.hover(&uri, offset).is_some_and(|shown| shown.contains("hard drive")));
}

#[test]
fn hover_on_templates() {
    let (_dir, mut editor) = editor();
    let text = "{ x }: x.domain.writeXML (x.domain.templates.linux { name = \"a\"; storage_vol = ./a; })";
    let uri = editor.open("x.nix", text);
    let at = |what: &str| text.find(what).expect("the place") + 1;
    let template = editor.hover(&uri, at("linux")).expect("a template");
    assert!(template.contains("VirtIO") && template.contains("`storage_vol` ? `null`"), "{template}");
    let argument = editor.hover(&uri, at("storage_vol")).expect("an argument");
    assert!(argument.contains("By default `null`"), "{argument}");
    let option = "{ virtualisation.libvirt.connections.x.networks.a = { template = \"bridge\"; args.subnet_byte = 1; }; }";
    let uri = editor.open("y.nix", option);
    let place = |what: &str| option.find(what).expect("the place") + 1;
    assert!(editor.hover(&uri, place("bridge")).is_some_and(|shown| shown.contains("NAT")));
    assert!(editor.hover(&uri, place("subnet_byte")).is_some_and(|shown| shown.contains("third byte")));
}

/// What stands at a place in a file.
fn held_by(dir: &Dir, location: &async_lsp::lsp_types::Location) -> (String, String) {
    let path = location.uri.to_file_path().expect("a file");
    let text = fs::read_to_string(&path).expect("the file");
    let line = text.lines().nth(location.range.start.line as usize).unwrap_or("");
    let from = line.get(location.range.start.character as usize..).unwrap_or("");
    let path = path.strip_prefix(dir.path()).unwrap_or(&path);
    (path.display().to_string(), from.to_owned())
}

#[test]
fn definitions_lead_to_the_templates() {
    let (dir, mut editor) = editor();
    let text = "{ x }: let base = x.domain.templates.linux { name = \"a\"; arch = \"i686\"; }; in x.domain.writeXML (base // { \
                memory = { count = 1; }; devices = base.devices // { sound.model = \"ac97\"; }; })";
    let uri = editor.open("x.nix", text);
    let find = |editor: &Editor, what: &str| {
        let found = editor.definition(&uri, text.find(what).expect("the place") + 1);
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        held_by(&dir, &found[0])
    };
    let (file, held) = find(&editor, "arch =");
    assert!(file.starts_with("cache/nixvirt/") && file.ends_with("templates/domain/linux.nix"), "{file}");
    assert_eq!(held, "arch ? \"x86_64\",");
    // What `//` lays over the template's: the default, and not where it is handed on.
    assert_eq!(find(&editor, "memory =").1, "memory ? {");
    let (file, held) = find(&editor, "sound.model");
    assert!(
        file.ends_with("templates/domain/machine.nix") && held.starts_with("sound = {"),
        "{file}: {held}"
    );
    let (file, _) = find(&editor, "linux");
    assert!(file.ends_with("templates/domain/linux.nix"), "{file}");
    // The files are the program's: they cannot be written, and there is nothing else.
    let made = dir.path().join(&file);
    assert!(fs::metadata(&made).expect("the file").permissions().readonly());
    let made = fs::read_dir(dir.path().join("cache/nixvirt")).expect("the folder").count();
    assert_eq!(made, 1);
}

#[test]
fn definitions_lead_to_imports() {
    let (dir, mut editor) = editor();
    let file = dir.write("disk.nix", "# A disk.\n{ driver.cache = \"none\"; }");
    let text = "{ x }: let mode = \"file\"; in x.domain.writeXML { devices.disk = import ./disk.nix; devices.lease.key = mode; }";
    let uri = editor.open("x.nix", text);
    let at = |what: &str| text.find(what).expect("the place") + 1;
    let found = editor.definition(&uri, at("disk ="));
    assert_eq!((found.len(), &found[0].uri), (1, &Url::from_file_path(file).expect("a path")));
    assert!(held_by(&dir, &found[0]).1.starts_with("{ driver"), "{found:?}");
    let found = editor.definition(&uri, at("key ="));
    assert_eq!((found.len(), &found[0].uri), (1, &uri));
    assert_eq!(editor.held(&uri, found[0].range), "\"file\"");
    // Variables are for others.
    assert_eq!(editor.definition(&uri, at("mode =")), []);
}

// --- Actions.

#[test]
fn what_was_meant_is_one_key_away() {
    let (dir, mut editor) = editor();
    let text = domain("{ dsik = { drvier.cache = \"none\"; device = \"dsik\"; target.dev = \"vda\"; }; }");
    let uri = editor.open("x.nix", &text);
    let mut found = editor.diagnostics(&uri, 1);
    while let Some(wrong) = found.first().cloned() {
        let actions = editor.actions(&uri, 0..0, vec![wrong.clone()]);
        let action =
            actions.iter().find(|it| it.kind == Some(CodeActionKind::QUICKFIX)).expect("a quick fix");
        assert_eq!(
            (action.is_preferred, action.diagnostics.as_deref()),
            (Some(true), Some(&[wrong.clone()][..]))
        );
        let mended = editor.done(&uri, action);
        let whole = editor.text(&uri).len();
        let version = editor.edit(&uri, 0..whole, &mended);
        // What is not there any more cannot be mended.
        assert_eq!(editor.actions(&uri, 0..0, vec![wrong]), []);
        found = editor.diagnostics(&uri, version);
    }
    let mended = editor.text(&uri).to_owned();
    assert_eq!(
        mended,
        text.replace("dsik = ", "disk = ").replace("drvier", "driver").replace("\"dsik\"", "\"disk\"")
    );
    dir.write("x.nix", mended);
    dir.run(["check", "x.nix"]).succeeds();
    for (name, text, mended) in [
        (
            "x.json",
            r#"{ "name": "x", "memory": 1, "typ": "kvm", "os": { "type": "hvm" } }"#,
            r#""type": "kvm""#,
        ),
        ("x.xml", &*XML.replace("kvm", "kmv"), "<domain type='kvm'>"),
    ] {
        let uri = editor.open(name, text);
        let found = editor.diagnostics(&uri, 1);
        let actions = editor.actions(&uri, 0..0, found);
        assert!(editor.done(&uri, &actions[0]).contains(mended), "{actions:?}");
    }
}

/// The action that turns XML into a spec.
#[track_caller]
fn imported(editor: &mut Editor, name: &str, text: &str) -> (Url, String) {
    let Marked { text, offset } = Marked::new(text);
    let uri = editor.open(name, &text);
    let actions = editor.actions(&uri, offset..offset, Vec::new());
    let [action] = actions.as_slice() else { panic!("one action: {actions:?}") };
    assert_eq!(action.kind, Some(CodeActionKind::REFACTOR_REWRITE));
    let done = editor.done(&uri, action);
    (uri, done)
}

#[test]
fn xml_becomes_a_spec_where_it_stands() {
    let (dir, mut editor) = editor();
    let call =
        |what: &str| format!("{{ nixvirt }}:\n{{\n  # 😀\n  a = nixvirt.domain.writeXML {what};\n}}\n");
    let spec =
        "{\n    type = \"kvm\";\n    name = \"vm\";\n    memory.count = 1024;\n    os.type = \"hvm\";\n  }";
    dir.write("vm.xml", XML);
    // In a string, pasted as it is, in a file.
    for what in [
        format!("''{}''", XML.replacen("<name>", "<na|me>", 1)),
        format!("\"{}\"", XML.replacen("<name>", "<na|me>", 1)),
        XML.trim_end().replacen("<name>", "<na|me>", 1),
        "./vm|.xml".to_owned(),
    ] {
        let (_, done) = imported(&mut editor, "x.nix", &call(&what));
        assert_eq!(done, call(spec), "{what}");
        dir.write("x.nix", &done);
        dir.run(["check", "x.nix"]).succeeds();
    }
    // In the options of the module, the name of the option changes as well.
    let option =
        "{ virtualisation.libvirt.connections.x.domains.vm = { definition = ./v|m.xml; active = true; }; }";
    let (_, done) = imported(&mut editor, "x.nix", option);
    assert!(done.contains("{ spec = {\n") && done.contains("}; active = true; }; }"), "{done}");
    // What compiles, compiles to that XML again.
    dir.write("spec.nix", spec);
    dir.run(["--exact", "spec.nix"]).succeeds().prints(XML);
    // A selection.
    let text = call(XML.trim_end());
    let uri = editor.open("y.nix", &text);
    let start = text.find("<domain").expect("the XML");
    let actions = editor.actions(&uri, start..start + XML.trim_end().len(), Vec::new());
    assert_eq!(editor.done(&uri, &actions[0]), call(spec));
    // XML that libvirt would refuse is said to be, and nothing is offered where there is none.
    let wrong = call(&XML.trim_end().replace("1024", "much"));
    let uri = editor.open("z.nix", &wrong);
    let at = wrong.find("much").expect("the place");
    let actions = editor.actions(&uri, at..at, Vec::new());
    assert!(actions[0].disabled.as_ref().is_some_and(|it| it.reason.contains("much")), "{actions:?}");
    for text in ["{ a = |1; }", "{ a = ./none|.xml; }", "{ a = \"<ht|ml/>\"; }", "{ a = <nix|pkgs>; }", "|"] {
        let Marked { text, offset } = Marked::new(text);
        let uri = editor.open("n.nix", &text);
        assert_eq!(editor.actions(&uri, offset..offset, Vec::new()), [], "{text}");
    }
}

#[test]
fn xml_is_formatted_as_libvirt_does() {
    let (_dir, mut editor) = editor();
    let uri = editor.open("vm.xml", &XML.replace("\n  ", " ").replace('\'', "\""));
    assert_eq!(editor.formatted(&uri).as_deref(), Some(XML));
    let uri = editor.open("wrong.xml", "<domain><name>");
    assert_eq!(editor.formatted(&uri), None);
    let uri = editor.open("x.nix", "{ }");
    assert_eq!(editor.formatted(&uri), None);
    let unknown = editor.try_request::<async_lsp::lsp_types::request::Rename>(
        serde_json::from_value(json!({
            "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 }, "newName": "x"
        }))
        .expect("parameters"),
    );
    assert!(
        matches!(&unknown, Err(Error::Response(it)) if it.code == ErrorCode::METHOD_NOT_FOUND),
        "{unknown:?}"
    );
    assert_eq!(editor.leave(), Some(1), "without a `shutdown`");
}
