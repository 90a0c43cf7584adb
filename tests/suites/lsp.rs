//! The language server, driven over its standard input and output by a client that other people wrote: the conversation,
//! diagnostics. What it offers is in `lsp_completion.rs`, what it shows and does in `lsp_places.rs`.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use async_lsp::lsp_types::notification::{Cancel, DidSaveTextDocument};
use async_lsp::lsp_types::request::{Completion, HoverRequest};
use async_lsp::lsp_types::{
    CancelParams, Diagnostic, DiagnosticSeverity, DidSaveTextDocumentParams, NumberOrString,
    TextDocumentIdentifier,
};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::editor::{Editor, XML, domain, labels, modern, start};
use serde_json::{Value, json};

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

/// The server's answers to some bytes, after which its input ends, and its exit status.
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
    let (_dir, mut editor) = start();
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
    let (_dir, mut editor) = start();
    let uri = editor.open(
        "x.nix",
        &domain(
            "{ disk = { driver.cache = \"wrteback\"; source.file = \"/a.img\"; target.dev = \"vda\"; }; }",
        ),
    );
    let found = editor.diagnostics(&uri, 1);
    assert_eq!(codes(&found), ["bad-value"]);
    let wrong = &found[0];
    assert_eq!(editor.held(&uri, wrong.range), "\"wrteback\"");
    assert_eq!(wrong.severity, Some(DiagnosticSeverity::ERROR));
    assert_eq!(wrong.source.as_deref(), Some("nixvirt"));
    assert!(wrong.message.contains("did you mean \"writeback\"?"), "{}", wrong.message);
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
    let (_dir, mut editor) = start();
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
    let (dir, mut editor) = start();
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
fn what_is_imported_is_checked_where_it_is_imported() {
    let (dir, mut editor) = start();
    let good = "{ name = \"vm\"; type = \"kvm\"; memory = 1; os.type = \"hvm\"; }";
    dir.write("hosts/vm.nix", good);
    dir.write("other.nix", "{ nixvirt }: nixvirt.domain.writeXML { typ = 1; }");
    let flake = "{ outputs = { nixvirt, ... }: { a = nixvirt.lib.domain.writeXML (import ./hosts/vm.nix); b = import ./other.nix; }; }";
    dir.write("flake.nix", flake);
    // The flake is not open, and nobody asks about `other.nix`.
    let uri = editor.open("hosts/vm.nix", &good.replace("kvm", "kmv"));
    let mut found = editor.diagnostics(&uri, 1);
    while found.is_empty() {
        found = editor.diagnostics(&uri, 1);
    }
    assert_eq!(editor.held(&uri, found[0].range), "\"kmv\"");
    let version = editor.replace(&uri, "kmv", "kvm");
    assert_eq!(editor.diagnostics(&uri, version), []);
    // There, the flake tells what may stand where.
    let at = editor.text(&uri).find("memory").expect("the place");
    assert!(labels(&editor.complete(&uri, at)).contains(&"devices"));
    // Once the flake no longer imports it, what its keys do not tell is nothing that is known.
    dir.write("flake.nix", "{ outputs = _: { }; }");
    let version = editor.replace(&uri, "memory = 1; os.type", "memroy = 1; o.type");
    let text_document = TextDocumentIdentifier { uri: editor.url("flake.nix") };
    editor.notify::<DidSaveTextDocument>(DidSaveTextDocumentParams { text_document, text: None });
    let mut found = editor.diagnostics(&uri, version);
    while !found.is_empty() {
        found = editor.diagnostics(&uri, version);
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn a_burst_of_changes_is_one_check() {
    let (_dir, mut editor) = start();
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
    let (_dir, mut editor) = start();
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
    // A machine that whoever imports it makes one of: nothing is missing, but what is there may be wrong.
    let alone = "{ pkgs, ... }: { type = \"kvm\"; os.type = \"hvm\"; devices.vido = { }; }";
    let uri = editor.open("web.nix", alone);
    let found = editor.diagnostics(&uri, 1);
    assert_eq!(found.iter().map(|it| editor.held(&uri, it.range)).collect::<Vec<_>>(), ["vido"]);
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
    let (_dir, mut editor) = start();
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
