"""The tree: files stay small, and nothing but the library's few dependencies is linked."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

LONGEST = 500
# Each of the two is one file on purpose: what programs include.
PUBLIC_HEADERS = {"include/caffe.h": 700, "include/caffe.hpp": 700}
SOURCES = (".c", ".cpp", ".h", ".hpp", ".cu", ".cuh", ".py", ".m")
# The C and C++ runtimes, OpenMP and oneDNN.
LINKED = {"libc.so", "libm.so", "libdl.so", "libpthread.so", "ld-linux-x86-64.so", "libgomp.so", "libstdc++.so",
          "libgcc_s.so", "libdnnl.so", "libasan.so", "libubsan.so"}

# What each module may link besides.
MODULES = {"caffe_hdf5": re.compile(r"libhdf5(_serial)?\.so"), "caffe_codecs": re.compile(r"libjpeg\.so|libpng\d*\.so"),
           "caffe_leveldb": re.compile(r"libleveldb\.so"), "caffe_tiff": re.compile(r"libtiff\.so"),
           "caffe_webp": re.compile(r"libwebp\.so"), "caffe_yaml": re.compile(r"libyaml-0\.so")}


def tracked(root: Path) -> list[Path]:
    done = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [root / name for name in done.stdout.split("\0") if name and (root / name).exists()]


def test_no_file_is_long(root: Path) -> None:
    lengths = {path: path.read_bytes().count(b"\n") for path in tracked(root) if path.suffix in SOURCES}
    assert lengths
    limits = {root / name: lines for name, lines in PUBLIC_HEADERS.items()}
    assert {str(path): lines for path, lines in lengths.items() if lines > limits.get(path, LONGEST)} == {}


def needed(library: Path, run) -> set[str]:
    """The libraries a shared object names, without their version numbers."""
    names = re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", library))
    return {re.sub(r"(\.so)\..*", r"\1", name) for name in names}


def test_library_links_no_more_than_it_says(build: Path, run) -> None:
    names = needed(build / "libcaffe/libcaffe.so.2", run)
    assert "libc.so" in names
    assert names - LINKED == set()


def test_modules_link_what_they_are_for(build: Path, run) -> None:
    modules = list((build / "libcaffe/modules").glob("caffe_*.so"))
    if not modules:
        pytest.skip("no module is built")
    for module in modules:
        extra = needed(module, run) - LINKED
        assert all(MODULES[module.stem].fullmatch(name) for name in extra), f"{module.name}: {extra}"
