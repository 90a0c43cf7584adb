"""Takes the blocks of Nix out of the documents, as printed: documents.py ROOT FOLDER writes each to a file of its own and
prints a line for each: its kind, the document with the line, and the file. A block of no known kind is `unknown`."""

import pathlib
import re
import sys

root, folder = map(pathlib.Path, sys.argv[1:])
folder.mkdir(parents=True)
pages = [root / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
pages += sorted((root / "docs").glob("**/*.md"))


def kind(block, heading):
    """What a block is, by what is in it; `heading` is of its section."""
    if re.search(r"^\s*outputs = ", block, re.M):
        return "flake"
    if "import sources." in block:
        return "sources"
    if "nixvirt.flakeModules" in block:
        return "flake-parts"
    if re.match(r"virtualisation\.", block):
        return "line"
    if re.search(r"^\s*virtualisation\.", block, re.M):
        return "home" if "Home Manager" in heading else "nixos"
    if re.match(r"\{\s*type = ", block):
        return "spec"
    return "unknown"


number = 0
for page in pages:
    if not page.exists():
        continue
    text = page.read_text()
    for found in re.finditer(r"^```nix\n(.*?)^```$", text, re.M | re.S):
        headings = re.findall(r"^#+ (.*)$", text[: found.start()], re.M)
        line = text[: found.start()].count("\n") + 2
        file = folder / f"{number}.nix"
        file.write_text(found[1])
        number += 1
        print(kind(found[1], headings[-1] if headings else ""), f"{page.name}:{line}", file, sep="\t")
