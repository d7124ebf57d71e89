"""include/: caffe.h is C99 and C++, caffe.hpp is C++17, and the version is one number."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]


@pytest.mark.parametrize("command", [
    ["cc", "-std=c99", "-Wstrict-prototypes", "-Wc++-compat", "-x", "c"],
    ["cc", "-std=c17", "-Wstrict-prototypes", "-x", "c"],
    # C89 has no stdint.h and no integers of 64 bits; it needs nothing else of C99.
    ["cc", "-std=gnu89", "-Wno-long-long", "-Wstrict-prototypes", "-x", "c"],
    ["c++", "-std=c++11", "-x", "c++"],
    ["c++", "-std=c++17", "-x", "c++"],
    ["c++", "-std=c++20", "-x", "c++"],
], ids=lambda command: command[1])
def test_caffe_h_compiles(command: list[str], root: Path, run, tmp_path: Path) -> None:
    source = tmp_path / "includes_it"
    source.write_text('#include "caffe.h"\n#include "caffe.h"\nint main(void) { return CAFFE_OK; }\n')
    run(*command, *WARNINGS, f"-I{root}/include", source)


def test_caffe_hpp_says_which_standard_it_needs(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "includes_it.cpp"
    source.write_text('#include "caffe.hpp"\nint main() {}\n')
    done = subprocess.run(["c++", "-std=c++14", "-fsyntax-only", f"-I{root}/include", source], capture_output=True, text=True)
    assert done.returncode != 0
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert "caffe.hpp needs C++17" in errors[0]


@pytest.mark.parametrize("standard", ["c++17", "c++20"])
def test_caffe_hpp_compiles(standard: str, root: Path, run, tmp_path: Path) -> None:
    source = tmp_path / "includes_it.cpp"
    source.write_text('#include "caffe.hpp"\n#include "caffe.hpp"\nint main() {}\n')
    run("c++", f"-std={standard}", *WARNINGS, "-Wshadow", f"-I{root}/include", source)


def test_header_has_no_forbidden_types(root: Path, run) -> None:
    """No bool, no long, no va_list, no struct with members but callback tables that say their size."""
    text = run("python3", root / "python/caffe/_header.py", "cdef", root / "include/caffe.h")
    assert not re.search(r"\b(bool|_Bool|long|va_list)\b", text)
    for body in re.findall(r"struct\s+\w*\s*\{([^}]*)\}", text):
        assert re.match(r"\s*size_t\s+\w*size\w*\s*;", body), f"a struct without its size first: {body}"


def test_version_is_one_number(root: Path, build: Path) -> None:
    header = (root / "include/caffe.h").read_text()
    in_header = ".".join(re.search(rf"#define CAFFE_VERSION_{part} (\d+)", header).group(1)
                         for part in ("MAJOR", "MINOR", "PATCH"))
    in_meson = re.search(r"version : '([\d.]+)'", (root / "meson.build").read_text()).group(1)
    in_python = re.search(r'^version = "([\d.]+)"', (root / "pyproject.toml").read_text(), re.M).group(1)
    assert in_header == in_meson == in_python
    assert f'CAFFE_VERSION "{in_meson}"' in (build / "libcaffe/build_config.hpp").read_text()
