#!/usr/bin/env python3
"""Keeps the C ABI: writes the list of what the library exports, and holds include/caffe.h to what it was.

    scripts/c_abi.py            adds the functions that caffe.h has gained to libcaffe/exports.txt, below its version
    scripts/c_abi.py --check    exit status 1 when one is missing, or when programs built against an older caffe.h would break
    scripts/c_abi.py --freeze   writes tests/abi/MAJOR.MINOR/caffe.h, the declarations of this version: for a release

A frozen header is never changed once its version is released: the programs beside it are compiled with it and run with the
library of today.
"""
from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = ROOT / "include" / "caffe.h"
EXPORTS = ROOT / "libcaffe" / "exports.txt"
FROZEN = ROOT / "tests" / "abi"
FROZEN_HEADER = """\
/* caffe.h as programs built against version {version} have it: declarations alone, written by
 * scripts/c_abi.py --freeze. */
#ifndef CAFFE_H
#define CAFFE_H

#include <stddef.h>
#include <stdint.h>

{declarations}

#endif /* CAFFE_H */
"""


def header_module():
    """The package's reader of caffe.h, without the package, which would open the library."""
    spec = importlib.util.spec_from_file_location("header", ROOT / "python/caffe/_header.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def version(header: str) -> str:
    return ".".join(re.search(rf"#define CAFFE_VERSION_{part} (\d+)", header).group(1) for part in ("MAJOR", "MINOR"))


def with_functions(listed: str, functions: list[str], node: str) -> str:
    """The list with all of them: those that are new in alphabetical order below `node`."""
    new = sorted(set(functions) - set(re.findall(r"^\w+$", listed, re.M)))
    if not new:
        return listed
    if f"{node}:\n" not in listed:
        return f"{listed}{node}:\n" + "".join(f"{name}\n" for name in new)
    before, after = listed.split(f"{node}:\n")
    own, following = re.match(r"((?:\w+\n)*)(.*)", after, re.S).groups()
    return f"{before}{node}:\n" + "".join(f"{name}\n" for name in sorted([*own.split(), *new])) + following


def statements(declarations: str) -> list[str]:
    """Each with one space where there were several."""
    constants = re.findall(r"^#define.*", declarations, re.M)
    text = re.sub(r"^#define.*", "", declarations, flags=re.M)
    found = re.findall(r"(?:[^;{}]|\{[^{}]*\})+;", text)
    return constants + [" ".join(one.split()) for one in found]


def constants(statement: str) -> dict[str, int]:
    """What an enum defines."""
    values: dict[str, int] = {}
    for item in re.search(r"\{(.*)\}", statement).group(1).split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if name:
            values[name] = int(value) if value else max(values.values(), default=-1) + 1
    return values


def broken(then: str, now: str) -> list[str]:
    """What a program that was compiled with the declarations `then` would miss in `now`: functions and types are there
    unchanged, enumerators keep their value, tables keep their members at the front."""
    have = statements(now)
    enumerators = {name: value for one in have if one.startswith("enum") for name, value in constants(one).items()}
    missing = []
    for one in statements(then):
        if one.startswith("#define CAFFE_VERSION_"):
            continue
        if one.startswith("enum"):
            missing += [f"{name} = {value}" for name, value in constants(one).items() if enumerators.get(name) != value]
        elif "{" in one:
            members = one.rpartition("}")[0].strip()
            if not any(each.startswith(members) for each in have):
                missing.append(one)
        elif one not in have:
            missing.append(one)
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--freeze", action="store_true", help="write this version's header for the tests")
    arguments = parser.parse_args()
    reader, header = header_module(), HEADER.read_text()
    declarations = reader.declarations(header)
    if arguments.freeze:
        target = FROZEN / version(header) / "caffe.h"
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = [line.strip() for line in declarations.splitlines()]
        target.write_text(FROZEN_HEADER.format(version=version(header), declarations="\n".join(lines)))

    wrong = []
    for frozen in sorted(FROZEN.glob("*/caffe.h")):
        lost = broken(reader.declarations(frozen.read_text()), declarations)
        wrong += [f"programs built with {frozen.relative_to(ROOT)} would break, caffe.h no longer has: {one}" for one in lost]
    wanted = with_functions(EXPORTS.read_text(), reader.functions(header), f"CAFFE_{version(header)}")
    if arguments.check and wanted != EXPORTS.read_text():
        wrong.append(f"{EXPORTS.relative_to(ROOT)} lacks functions of caffe.h: run scripts/c_abi.py")
    if not arguments.check:
        EXPORTS.write_text(wanted)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
