#!/usr/bin/python3
"""Writes down what builders make of the cases of BuildCases*.swift.

usage: builds-record.py CASES RESULTS FILE

CASES    as for builds.py
RESULTS  a directory with what builds.py wrote for `buildkit`, `classic` and `buildah`, in a directory each
FILE     what is written: for each case `== NAME: BUILDERS`, those that do as the case says, and then the result, unless
         the case has it itself
"""
import json
import pathlib
import sys

BUILDERS = ["buildkit", "classic", "buildah"]


def main():
    cases, results, out = (pathlib.Path(path) for path in sys.argv[1:])
    text = []
    for case in sorted(json.loads(cases.read_bytes()), key=lambda case: case["name"]):
        found = {name: (results / name / case["name"]).read_text() for name in BUILDERS} if case["asks"] else {}
        expected = "fails\n"
        if case["builds"]:
            order = [case["oracle"]] if case.get("oracle") else BUILDERS
            own = [case["result"].strip() + "\n"] if case.get("result") else []
            made = own + [found[name] for name in order if found[name].startswith("builds")]
            if not made:
                sys.exit(f"{case['name']}: nobody builds it")
            expected = made[0]
        agree = [name for name, result in found.items() if result == expected]
        text.append(f"== {case['name']}: {' '.join(agree)}".rstrip() + "\n")
        if case["builds"] and not case.get("result"):
            text.append(expected)
    out.write_text("".join(text))


if __name__ == "__main__":
    main()
