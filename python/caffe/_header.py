"""What caffe.h declares, for cffi and for the tests of the exported names.

As a program: `_header.py cdef HEADER`, `functions HEADER` or `table HEADER`. The header lies in
include/ of the installed package, or in include/ of a checkout.
"""
from __future__ import annotations

import re
import sys
from pathlib import Path


def header_path() -> Path:
    """Where caffe.h is: beside the package's modules when installed, else in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "include" / "caffe.h"
    return installed if installed.exists() else package.parents[1] / "include" / "caffe.h"


def declarations(header: str) -> str:
    """The declarations as cffi reads them: no comments, no preprocessor, no attribute macros.

    Macros that stand for an integer stay as #define lines.
    """
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", header, flags=re.DOTALL).replace("\\\n", " ")
    text = re.sub(r'#\s*ifdef __cplusplus.*?#\s*endif', "", text, flags=re.DOTALL)
    text = re.sub(r'extern\s+"C"\s*\{', "", text)

    constants, attributes = [], set()
    for name, body in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)([^\n]*)", text, re.MULTILINE):
        if re.fullmatch(r"\s+-?(0x[0-9a-fA-F]+|\d+)\s*", body):
            constants.append(f"#define {name} {body.strip()}\n")
        else:
            attributes.add(name)
    text = re.sub(r"^[ \t]*#[^\n]*", "", text, flags=re.MULTILINE)
    for name in attributes:
        text = re.sub(rf"\b{name}\b(\s*\([^()]*\))?", "", text)
    text = re.sub(r"[ \t]+", " ", text)
    return "".join(constants) + re.sub(r"\s*\n\s*\n\s*", "\n\n", text).strip() + "\n"


def functions(header: str) -> list[str]:
    """The names of the functions declared, sorted."""
    text = re.sub(r"\{[^{}]*\}", "", declarations(header))
    statements = [one for one in text.split(";") if not re.match(r"\s*typedef\b", one)]
    found = (re.search(r"\b(caffe_\w+)\s*\(", one) for one in statements)
    return sorted(one.group(1) for one in found if one)


def table(header: str) -> str:
    """A C macro that hands the name of each function, without its caffe_, to another one: for tables
    of the functions of a library that is opened while a program runs."""
    rows = "".join(f" \\\n  F({name.removeprefix('caffe_')})" for name in functions(header))
    return f"#define CAFFE_FUNCTIONS(F){rows}"


if __name__ == "__main__":
    text = Path(sys.argv[2]).read_text()
    forms = {"cdef": declarations, "functions": lambda it: "\n".join(functions(it)), "table": table}
    print(forms[sys.argv[1]](text))
