//! The language server in real editors, set up as `docs/editors.md` says: what the page has is what is run.

use std::fs;
use std::process::{Command, Stdio};

use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::{place, skip};
use serde_json::Value;

const TEXT: &str = "{ inputs, ... }:\n{\n  a = inputs.nixvirt.lib.domain.writeXML {\n    name = \"vm\";\n    type = \"kvm\";\n    \
                    memory = 1024;\n    os.type = \"hvm\";\n    devices.disk = { # 😀\n      device = \"cdrom\"; driver.cach = \"none\";\n      \
                    target.dev = \"sda\";\n    };\n  };\n}\n";

/// The code block of a language below a heading of the page on editors.
fn block(heading: &str, language: &str) -> String {
    let page = fs::read_to_string(place::root().join("docs/editors.md")).expect("the page");
    let below = page.split(&format!("## {heading}\n")).nth(1).expect("the heading");
    let section = below.split("\n## ").next().expect("the section");
    let opening = format!("```{language}\n");
    let block = section.split(&opening).nth(1).and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("a block of {language} below {heading}")).to_owned()
}

/// A directory with the file, in a repository of its own, and a folder to look for programs in that has ours.
fn place_to_edit() -> Dir {
    let dir = Dir::new();
    dir.write("vm.nix", TEXT);
    dir.write("flake.nix", "{ outputs = _: { }; }");
    fs::create_dir_all(dir.path().join(".git")).expect("a repository");
    fs::create_dir_all(dir.path().join("bin")).expect("a folder for programs");
    std::os::unix::fs::symlink(binary(), dir.path().join("bin/nixvirt-compile")).expect("our program in it");
    dir
}

fn in_editor(dir: &Dir, program: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    // An editor that waits for somebody ends all the same.
    let mut command = Command::new("timeout");
    command
        .args(["60", program])
        .current_dir(dir.path())
        .env("PATH", format!("{}:{path}", dir.path().join("bin").display()))
        .env("HOME", dir.path())
        .env("XDG_CACHE_HOME", dir.path().join("cache"))
        .env("XDG_CONFIG_HOME", dir.path().join("config"))
        .env("XDG_DATA_HOME", dir.path().join("data"))
        .env("XDG_STATE_HOME", dir.path().join("state"))
        .stdin(Stdio::null());
    command
}

#[track_caller]
fn expect(dir: &Dir, mut command: Command) {
    let done = command.output().expect("the editor runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    let result =
        fs::read_to_string(dir.path().join("result.json")).unwrap_or_else(|_| panic!("a result: {said}"));
    let result: Value =
        serde_json::from_str(&result).unwrap_or_else(|error| panic!("{error}: {result}\n{said}"));
    let diagnostics = result["diagnostics"].as_array().expect("diagnostics");
    assert_eq!(diagnostics.len(), 1, "{result:#}");
    assert!(diagnostics[0].as_str().is_some_and(|it| it.contains("did you mean `cache`?")), "{result:#}");
    let offered = result["completion"].as_array().expect("completion");
    assert!(
        offered.iter().any(|it| it == "source") && !offered.iter().any(|it| it == "target"),
        "{result:#}"
    );
    assert!(result["hover"].as_str().is_some_and(|it| it.contains("devices.disk.target")), "{result:#}");
}

#[test]
fn neovim() {
    if !skip::have("nvim", "--version") {
        return;
    }
    let dir = place_to_edit();
    let asked = r#"
        vim.cmd('edit vm.nix')
        vim.bo.filetype = 'nix'
        local result = { diagnostics = {}, completion = {} }
        vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 20)
        for _, it in ipairs(vim.diagnostic.get(0)) do table.insert(result.diagnostics, it.message) end
        local function ask(method, line, column)
          local params = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line, character = column } }
          local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
          for _, answer in pairs(answers) do return answer.result end
        end
        -- On an empty line of the disk.
        vim.api.nvim_buf_set_lines(0, 9, 9, false, { '      ' })
        local offered = ask('textDocument/completion', 9, 6)
        for _, it in ipairs(offered and offered.items or {}) do table.insert(result.completion, it.label) end
        local shown = ask('textDocument/hover', 10, 8)
        result.hover = shown and shown.contents.value
        local file = io.open('result.json', 'w')
        file:write(vim.fn.json_encode(result))
        file:close()
        vim.cmd('quitall!')
    "#;
    let setup = block("Neovim", "lua");
    dir.write("setup.lua", format!("{setup}\n"));
    dir.write("asked.lua", asked);
    let mut command = in_editor(&dir, "nvim");
    command.args([
        "--headless",
        "-i",
        "NONE",
        "-u",
        "setup.lua",
        "-c",
        "luafile asked.lua",
        "-c",
        "quitall!",
    ]);
    expect(&dir, command);
}

#[test]
fn emacs() {
    if !skip::have("emacs", "--version") {
        return;
    }
    let mut probe = Command::new("emacs");
    probe.args(["--batch", "-q", "--eval", "(require 'eglot)"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return skip::say("this Emacs has no eglot; it comes with Emacs 29, and as a package before");
    }
    let dir = place_to_edit();
    let asked = r#"
        (require 'eglot)
        (setq eglot-sync-connect t eglot-connect-timeout 30)
        (define-derived-mode nix-mode prog-mode "Nix")
        (find-file "vm.nix")
        (nix-mode)
        (apply #'eglot (eglot--guess-contact))
        (let ((tries 0))
          (while (and (null (flymake-diagnostics)) (< tries 400))
            (accept-process-output nil 0.05)
            (flymake-start)
            (setq tries (1+ tries))))
        (let* ((server (eglot-current-server))
               (ask (lambda (method line column)
                      (jsonrpc-request server method
                        (list :textDocument (eglot--TextDocumentIdentifier)
                              :position (list :line line :character column)))))
               (diagnostics (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))
               offered shown)
          (goto-char (point-min)) (forward-line 9) (insert "      \n")
          (eglot--signal-textDocument/didChange)
          (setq offered (funcall ask :textDocument/completion 9 6))
          (setq shown (funcall ask :textDocument/hover 10 8))
          (with-temp-file "result.json"
            (insert (json-encode
              (list (cons 'diagnostics (vconcat diagnostics))
                    (cons 'completion (vconcat (mapcar (lambda (it) (plist-get it :label)) (plist-get offered :items))))
                    (cons 'hover (plist-get (plist-get shown :contents) :value)))))))
        (kill-emacs 0)
    "#;
    dir.write("setup.el", block("Emacs", "elisp"));
    dir.write("asked.el", asked);
    let mut command = in_editor(&dir, "emacs");
    command.args(["--batch", "-q", "-l", "setup.el", "-l", "asked.el"]);
    expect(&dir, command);
}
