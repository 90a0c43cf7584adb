#!/usr/bin/env python3
"""Holds one build of nixvirt-compile against another: the instructions (by valgrind) that the same work takes in each.

  tests/benches/against.py OLD NEW

OLD and NEW are optimised binaries. With OLD = NEW, the last column alone says something: what the rules take, by a run that
allows all of them. What a start takes is not counted. Needs valgrind.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VALGRIND = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--main-stacksize=8388608"]


def count(said):
    found = re.search(r"I\s+refs:\s+([\d,]+)", said)
    if not found:
        sys.exit(f"valgrind counts nothing: {said}")
    return int(found[1].replace(",", ""))


def run(binary, *arguments, folder):
    done = subprocess.run([*VALGRIND, binary, *arguments], cwd=folder, capture_output=True, text=True)
    return count(done.stderr)


class Editor:
    """A session with the language server."""

    def __init__(self, binary):
        self.server = subprocess.Popen([*VALGRIND, binary, "lsp"], stdin=-1, stdout=-1, stderr=-1)
        self.request("initialize", {"capabilities": {}, "processId": None, "rootUri": None})
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def read(self):
        length = 0
        while (line := self.server.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.server.stdout.read(length))

    def request(self, method, params):
        self.send({"id": 1, "method": method, "params": params})
        while self.read().get("id") != 1:
            pass

    def told(self, version):
        while True:
            said = self.read()
            if said.get("method") == "textDocument/publishDiagnostics" and said["params"].get("version", version) == version:
                return

    def end(self):
        self.request("shutdown", None)
        self.send({"method": "exit"})
        return count(self.server.communicate()[1].decode())


def typed(binary, folder, keys):
    """The instructions of a session in which so many keys are typed."""
    file = pathlib.Path(folder, "main.nix")
    texts = [file.read_text(), file.read_text().replace("memory = gib 8;", "memory = gib 9;")]
    editor = Editor(binary)
    document = {"uri": file.as_uri(), "languageId": "nix", "version": 1, "text": texts[0]}
    editor.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
    editor.told(1)
    for version in range(2, keys + 2):
        change = {"textDocument": {"uri": file.as_uri(), "version": version}, "contentChanges": [{"text": texts[version % 2]}]}
        editor.send({"method": "textDocument/didChange", "params": change})
        editor.told(version)
    return editor.end()


def sources(folder):
    """Files to work on, by name."""
    spec = json.loads((ROOT / "examples/linux.json").read_text())
    small = {"type": "kvm", "memory": 1048576, "vcpu": 2, "os": {"type": "hvm", "arch": "x86_64", "machine": "q35"}, "devices": {
        "disk": {"source": {"file": "/a.img"}, "target": {"dev": "vda", "bus": "virtio"}},
        "interface": {"type": "network", "source": {"network": "default"}}}}
    network = {"ip": {"address": "10.0.0.1", "prefix": 24, "dhcp": {"range": {"start": "10.0.0.2", "end": "10.0.0.9"}}}}
    several = lambda spec, times: [{"spec": {**spec, "name": f"m{at}", "uuid": None}} for at in range(times)]
    networks = [{"spec": {**network, "name": f"n{at}", "ip": {**network["ip"], "address": f"10.0.{at % 250}.1",
        "dhcp": {"range": {"start": f"10.0.{at % 250}.2", "end": f"10.0.{at % 250}.9"}}}}} for at in range(200)]
    bundles = {"linux": {"domains": several(spec, 100)}, "small": {"domains": several(small, 300)}, "networks": {"networks": networks}}
    text = (ROOT / "tests/nixvirt/domain-template-windows-1.json").read_text()
    for stand_in, path in [("OVMFFull_FD_PATH", "/OVMF"), ("QEMU_PATH", "/QEMU"), ("BUILD virtio", "/BUILD/virtio")]:
        text = text.replace(stand_in, path)
    bundles["windows"] = {"domains": several(json.loads(text), 100)}
    for name, bundle in bundles.items():
        pathlib.Path(folder, f"{name}.json").write_text(json.dumps(bundle))
    for name in ["main.nix", "guests.nix"]:
        pathlib.Path(folder, name).write_text((ROOT / "tests/fixtures/ok/host" / name).read_text())
    return list(bundles)


def table(old, new, folder):
    """Each kind of work: its name, and what counts it for a binary."""
    names = sources(folder)
    pathlib.Path(folder, "empty.json").write_text("{}")
    codes = set()
    for file in (ROOT / "compiler/src/check/rules").glob("*.rs"):
        codes.update(re.findall(r"(?:refused|warned)\(\s*\"([a-z0-9-]+)\"", file.read_text()))
    allow = [word for code in sorted(codes) for word in ("--allow", code)]
    start = {binary: run(binary, "--version", folder=folder) for binary in {old, new}}
    once = lambda *arguments: lambda binary: run(binary, *arguments, folder=folder) - start[binary]
    for name in names:
        subprocess.run([new, "-o", f"{name}.xml.d", f"{name}.json"], cwd=folder, check=True, capture_output=True)
    files = [str(file) for file in sorted(pathlib.Path(folder).glob("*.xml.d/*/*.xml"))][::2]
    one = next(file for file in files if "linux" in file)
    pathlib.Path(folder, "one.json").write_text((ROOT / "examples/linux.json").read_text())
    rows = [("compile one.json", ["one.json"], None)] + [(f"check {name}.json", ["check", f"{name}.json"], allow) for name in names]
    rows += [("check main.nix", ["check", "main.nix"], None), ("check of XML", ["check", *files], allow)]
    rows += [("fmt", ["fmt", "--check", *files], None), ("import", ["import", one], None)]
    for name, arguments, silent in rows:
        work = once(*arguments)
        bare = None
        if silent:
            # What it takes to read so many options is not counted.
            nothing = run(new, "check", *silent, "empty.json", folder=folder) - run(new, "check", "empty.json", folder=folder)
            bare = once("check", *silent, *arguments[1:])(new) - nothing
        yield name, work(old), work(new), bare
    keystroke = lambda binary: (typed(binary, folder, 12) - typed(binary, folder, 2)) // 10
    yield "a keystroke in main.nix", keystroke(old), keystroke(new), None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    old, new = map(os.path.abspath, sys.argv[1:])
    print(f"{'million instructions':<28} {'old':>9} {'new':>9} {'new/old':>8} {'no rules':>9} {'new/no rules':>13} {'no rules/old':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for name, before, after, bare in table(old, new, folder):
            line = f"{name:<28} {before / 1e6:>9.2f} {after / 1e6:>9.2f} {after / before:>8.2f}"
            if bare:
                line += f" {bare / 1e6:>9.2f} {after / bare:>13.2f} {bare / before:>13.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
