//! Output on a terminal, and the exit status of a wrong command line: widths from 60 to 200 columns, `NO_COLOR`, `TERM=dumb`.

use nixvirt_tests::command::Dir;

const GOOD: &str =
    r#"{ "name": "vm", "type": "kvm", "memory": { "count": 1, "unit": "GiB" }, "os": { "type": "hvm" } }"#;
const BAD: &str =
    r#"{ "name": "vm", "type": "kmv", "memory": { "count": 1, "unit": "GiB" }, "os": { "type": "hvm" } }"#;

#[test]
fn messages_fit_the_terminal() {
    let dir = Dir::new();
    let lines = "{\n  \"name\": \"vm\",\n  \"type\": \"kmv\",\n  \"memory\": 1,\n  \"os\": { \"type\": \"hvm\" }\n}\n";
    dir.write("vm.json", lines);
    let printed = |columns: usize| {
        let command =
            format!("script -qec \"stty rows 24 cols {columns}; '$0' --color never vm.json\" /dev/null");
        dir.shell(&command).env("TERM", "xterm").fails(1).stdout.replace('\r', "")
    };
    let longest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    // The message of a wrong word lists all words, so that it fills any line.
    for (columns, most) in [(20, 60), (60, 60), (80, 80), (120, 120)] {
        let text = printed(columns);
        assert!(longest(&text) <= most, "{columns} columns:\n{text}");
        assert!(longest(&text) + 20 > most, "{columns} columns are not used:\n{text}");
    }
    // Longer lines are hard to read.
    assert_eq!(printed(200), printed(500));
}

#[test]
fn a_dumb_terminal_gets_plain_text() {
    let dir = Dir::new();
    dir.write("vm.json", BAD);
    let on_terminal = |name: &str, value: &str| {
        let run = dir.shell("script -qec \"'$0' vm.json\" /dev/null");
        run.env("TERM", "xterm").env(name, value).fails(1).stdout
    };
    let coloured = on_terminal("LANG", "C.UTF-8");
    assert!(coloured.contains("\x1b["), "{coloured:?}");
    let plain = on_terminal("NO_COLOR", "1");
    assert!(!plain.contains('\x1b') && plain.contains('\u{d7}'), "{plain:?}");
    let dumb = on_terminal("TERM", "dumb");
    assert!(dumb.is_ascii() && !dumb.contains('\x1b'), "{dumb:?}");
}

#[test]
fn what_is_no_use_of_a_command_exits_2() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    let uses: [&[&str]; 11] = [
        &["chek", "vm.json"],
        &["check", "--no-such-option", "vm.json"],
        &["check", "--format", "xml", "vm.json"],
        &["check", "--libvirt", "eleven", "vm.json"],
        &["check", "--allow", "no-such-code", "vm.json"],
        &["check", "--warn", "bad-value", "vm.json"],
        &["hosts", "vm.json"],
        &["import"],
        &["import", "--to", "yaml", "a.xml"],
        &["lsp", "--no-such-option"],
        &["completions"],
    ];
    for arguments in uses {
        dir.run(arguments.iter().copied()).fails(2).prints("");
    }
}
