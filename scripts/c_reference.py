#!/usr/bin/env python3
"""Writes docs/c-reference.md, every function of include/caffe.h with what the header says of it.

    scripts/c_reference.py           writes the page
    scripts/c_reference.py --check   exit status 1 when the page is not what would be written

The header's form: a line `/* ---- title ---- */` begins a section; a comment at the beginning of a line describes the declarations
that follow it up to the next one.
"""
from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = ROOT / "include" / "caffe.h"
PAGE = ROOT / "docs" / "c-reference.md"
INTRODUCTION = """\
# Functions of caffe.h

Every function, from [`include/caffe.h`](../include/caffe.h); `scripts/c_reference.py` writes this page. [c-api.md](c-api.md) is the
way through them.
"""
SECTION = re.compile(r"^/\* -{3,} (.+?) -+ \*/$", re.M)


def prose(comment: str) -> str:
    """The text of a comment; lists of options, which are indented, stay as they are."""
    lines = [re.sub(r"^ \* ?", "", line) for line in comment.strip().removeprefix("/* ").removesuffix("*/").splitlines()]
    text, block = [], []
    for line in [*lines, ""]:
        if re.match(r"  +\S", line):
            block.append("  " + line)
            continue
        if block:
            text += ["", *block, ""]
            block = []
        text.append(line.strip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(text)).strip()


def code(declarations: str) -> str:
    """Declarations without the preprocessor's lines and the attribute of exported functions."""
    kept = [line for line in declarations.splitlines() if not re.match(r"#|extern|\}$", line)]
    return re.sub(r"\n{2,}", "\n", "\n".join(kept)).replace("CAFFE_API ", "").strip()


def names(declarations: str) -> list[str]:
    """The functions that are declared."""
    return re.findall(r"^[\w ]+[ *](caffe_\w+)\(", code(declarations), re.M)


def sections(header: str) -> list[tuple[str, str]]:
    """Title and text of each part of the header."""
    parts = SECTION.split(header)[1:]
    return list(zip(parts[::2], parts[1::2]))


def page(header: str) -> str:
    out = [INTRODUCTION]
    for title, text in sections(header):
        out.append(f"## {title[0].upper()}{title[1:]}\n")
        pieces = re.split(r"^(?=/\*)", text, flags=re.M)
        for piece in pieces:
            found = re.match(r"(/\*.*?\*/)?(.*)", piece, re.S)
            assert found
            comment, declarations = found[1] or "", found[2]
            if names(declarations):
                out.append("### " + ", ".join(names(declarations)) + "\n")
            if comment:
                out.append(prose(comment) + "\n")
            if code(declarations):
                out.append(f"```c\n{code(declarations)}\n```\n")
    return "\n".join(out)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--check", action="store_true")
    check = options.parse_args().check
    text = page(HEADER.read_text())
    if check and (not PAGE.exists() or PAGE.read_text() != text):
        print("docs/c-reference.md is not what include/caffe.h says: run scripts/c_reference.py", file=sys.stderr)
        return 1
    if not check:
        PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
