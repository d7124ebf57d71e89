"""libcaffe/exports.txt: what the header declares, what is listed and what the library exports are the same."""
from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest


def module(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def header_functions(root: Path) -> list[str]:
    return module(root / "python/caffe/_header.py").functions((root / "include/caffe.h").read_text())


def listed(root: Path) -> dict[str, str]:
    """Function to version node, as exports.txt has it."""
    functions, node = {}, ""
    for line in (root / "libcaffe/exports.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.endswith(":"):
            node = line[:-1]
        elif line:
            assert line not in functions, f"{line} is listed twice"
            functions[line] = node
    return functions


def test_list_is_the_header(root: Path) -> None:
    different = sorted(set(listed(root)) ^ set(header_functions(root)))
    assert sorted(listed(root)) == header_functions(root), (
        f"caffe.h and libcaffe/exports.txt differ in {', '.join(different)}: scripts/c_abi.py adds what is new")


def test_header_serves_programs_of_older_versions(root: Path) -> None:
    done = subprocess.run([sys.executable, root / "scripts/c_abi.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("then, now, lost", [
    ("int caffe_a(int x);", "int caffe_a(int x);\nint caffe_b(void);", None),
    ("int caffe_a(int x);", "int caffe_b(void);", "int caffe_a(int x);"),
    ("int caffe_a(int x);", "int caffe_a(long x);", "int caffe_a(int x);"),
    ("enum { A = 0, B };", "enum { A = 0, B = 1, C };", None),
    ("enum { A = 0, B };", "enum { A = 0, C, B };", "B = 1"),
    ("typedef struct t { size_t size; int a; } t;", "typedef struct t { size_t size; int a; int b; } t;", None),
    ("typedef struct t { size_t size; int a; } t;", "typedef struct t { size_t size; int b; int a; } t;", "int a;"),
    ("#define CAFFE_VERSION_MINOR 0\n#define N 1", "#define CAFFE_VERSION_MINOR 1\n#define N 1", None),
    ("#define N 1", "#define N 2", "#define N 1"),
])
def test_what_breaks_older_programs(root: Path, then: str, now: str, lost: str | None) -> None:
    found = module(root / "scripts/c_abi.py").broken(then, now)
    assert len(found) == (lost is not None) and (lost or "") in "".join(found)


def test_new_functions_are_listed_below_their_version(root: Path) -> None:
    with_functions = module(root / "scripts/c_abi.py").with_functions
    listed = "# words\nV_1:\ncaffe_b\nV_2:\ncaffe_a\n"
    assert with_functions(listed, ["caffe_a", "caffe_b"], "V_2") == listed
    assert with_functions(listed, ["caffe_0", "caffe_c"], "V_2") == "# words\nV_1:\ncaffe_b\nV_2:\ncaffe_0\ncaffe_a\ncaffe_c\n"
    assert with_functions(listed, ["caffe_c"], "V_1") == "# words\nV_1:\ncaffe_b\ncaffe_c\nV_2:\ncaffe_a\n"
    assert with_functions(listed, ["caffe_c"], "V_3") == listed + "V_3:\ncaffe_c\n"


def exported(library: Path, run) -> dict[str, str]:
    """What a library defines for others: name to version node."""
    symbols = {}
    for line in run("nm", "-D", "--defined-only", library).splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":  # the version nodes themselves
            name, _, version = name.partition("@@")
            symbols[name] = version
    return symbols


def test_library_exports_the_list(root: Path, build: Path, run) -> None:
    assert exported(build / "libcaffe/libcaffe.so.2", run) == listed(root)


def test_folded_in_runtime_stays_inside(build: Path, run) -> None:
    """No symbol of the C++ library is exported, unique ones included: they would be one with those of another C++
    library in the process. Nor does it ask for one."""
    if not (build / "tests/embed/libcaffe.so.2").exists():  # the other kind, built beside this one
        pytest.skip("the C++ runtime is not folded in")
    library = build / "libcaffe/libcaffe.so.2"
    kinds = {line.split()[-2] for line in run("nm", "-D", "--defined-only", library).splitlines()}
    assert kinds == {"A", "T"}
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", library))
    assert "libc.so.6" in needed and not [name for name in needed if re.match(r"libstdc\+\+|libgcc_s", name)]
    # What it uses of the C++ library and of the unwinder is its own.
    wanted = run("nm", "-D", "--undefined-only", library)
    assert not re.search(r"GLIBCXX_|CXXABI_|\b_Unwind_|\b_Z\w*St", wanted), wanted


def test_modules_export_their_table_alone(build: Path, run) -> None:
    modules = list((build / "libcaffe/modules").glob("caffe_*.so"))
    if not modules:
        pytest.skip("no module is built")
    for module in modules:
        names = {name for name in exported(module, run) if not name.startswith("_Z")}
        assert names == {"caffe_module_table"}, module.name
