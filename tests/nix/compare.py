#!/usr/bin/env python3
"""Prints `ok NAME` or `FAIL NAME` for every check of a list of { name, actual, expected } on stdin.

What differs is shown by its path, first difference only: a whole guest is too long to read.
"""

import json
import sys


def same_type(a, b):
    # Python takes 1 for True, and the compiler does not.
    return type(a) is type(b)


def difference(actual, expected, path="result"):
    if same_type(actual, expected):
        if isinstance(actual, dict):
            for key in sorted(actual.keys() | expected.keys()):
                here = f"{path}.{key}"
                if key not in actual:
                    return f"{here} is missing"
                if key not in expected:
                    return f"{here} is not expected"
                found = difference(actual[key], expected[key], here)
                if found:
                    return found
            return None
        if isinstance(actual, list) and len(actual) == len(expected):
            for i, (a, e) in enumerate(zip(actual, expected)):
                found = difference(a, e, f"{path}[{i}]")
                if found:
                    return found
            return None
        if actual == expected:
            return None
    return f"{path} is {json.dumps(actual)} instead of {json.dumps(expected)}"


for check in json.load(sys.stdin):
    found = difference(check["actual"], check["expected"])
    print(f"FAIL {check['name']}\n    {found}" if found else f"ok {check['name']}")
