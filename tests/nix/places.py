"""Holds what builds said of places against the comments of the files in places/.

    places.py FOLDER < LOG

A comment says `# at WORD: PATH`, `# near WORD: PATH` or `# nowhere: PATH`.
"""

import itertools
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
expected = set()
for file in folder.rglob("*.nix"):
    for number, line in enumerate(file.read_text().splitlines(), 1):
        comment = re.search(r" # (?:(at|near) (\S+?)|nowhere): (\S.*)$", line)
        if comment:
            how, word, path = comment.groups()
            place = f"{file}:{number}:{len(line[:line.index(word)].encode()) + 1}" if how else None
            expected.add((path, how, place))

actual = set()
log = sys.stdin.read().splitlines()
for number, line in enumerate(log):
    problem = re.match(r"  [×⚠] ((?:\"[^\"]*\"|[^\s:])+): ", line)
    if problem:
        # The message may be longer than a line.
        rest = itertools.takewhile(lambda line: line.startswith("  │ "), log[number + 1 :])
        said = [re.match(r"  │ (at|near) (\S+?:\d+:\d+)(?:,|$)", line) for line in rest]
        actual.add((problem[1], *next((found.groups() for found in said if found), (None, None))))

for what, found in ("not said", expected - actual), ("not expected", actual - expected):
    for entry in sorted(found, key=str):
        print(what, *entry)
sys.exit(expected != actual or not expected)
