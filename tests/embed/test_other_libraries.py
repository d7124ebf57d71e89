"""Programs that bring their own protobuf, with messages named like Caffe's, or their own C++ library."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def compile_beside(root: Path, library_folder: Path, tmp_path: Path, run):
    """Compiles a program against caffe.h and one of the two libraries; answers how to run it."""

    def compile_program(compiler: str, *words: object):
        program = tmp_path / "program"
        run(*compiler.split(), "-o", program, f"-I{root}/include", *words, f"-L{library_folder}", "-lcaffe",
            f"-Wl,-rpath,{library_folder}", "-pthread")
        return lambda: run(program, cwd=tmp_path, env={**os.environ, "CAFFE_LOG_LEVEL": "2"})

    return compile_program


def has_library(compiler: str, header: str, *flags: str) -> bool:
    source = f"#include <{header}>\nint main() {{}}\n"
    return subprocess.run([*compiler.split(), "-x", "c++", "-o", os.devnull, "-", *flags], input=source, text=True,
                          capture_output=True).returncode == 0


@pytest.mark.parametrize("linked", ["shared", "static"])
def test_another_protobuf(linked: str, compile_beside, require, run, tmp_path: Path) -> None:
    protoc = require("protoc")
    archive = subprocess.run(["c++", "-print-file-name=libprotobuf.a"], capture_output=True, text=True).stdout.strip()
    if not has_library("c++", "google/protobuf/message.h", "-lprotobuf") or (
            linked == "static" and not Path(archive).is_absolute()):
        pytest.skip("libprotobuf-dev is not installed")
    folder = HERE / "other_protobuf"
    run(protoc, f"-I{folder}", f"--cpp_out={tmp_path}", folder / "caffe.proto")
    # Static, with its own libstdc++, and with all of it exported: as much as a program can get in the way.
    libraries = (["-lprotobuf"] if linked == "shared" else
                 [archive, "-rdynamic", "-static-libstdc++", "-static-libgcc"])
    answer = compile_beside("c++ -std=c++17", f"-I{tmp_path}", folder / "program.cpp", tmp_path / "caffe.pb.cc",
                            *libraries)()
    lines = answer.splitlines()
    # Before and after each of two layers.
    assert lines[:2] == ["4 callbacks", "theirs: 1"]
    assert re.fullmatch(r'CAFFE_PARSE: .*NetParameter has no field "revision".*', lines[2])
    assert lines[3:] == ["mine: 1"]


@pytest.mark.parametrize("compiler, runtime", [
    ("clang++ -std=c++17 -stdlib=libc++", "libc++"),
    ("c++ -std=c++17 -static-libstdc++ -static-libgcc", "libstdc++"),
    ("c++ -std=c++17 -static-libstdc++ -static-libgcc -rdynamic", "libstdc++"),
], ids=["libc++", "static", "static and exported"])
def test_another_cpp_library(compiler: str, runtime: str, compile_beside, require) -> None:
    require(compiler.split()[0])
    if not has_library(compiler, "string"):
        pytest.skip(f"{compiler} has no C++ library")
    answers = compile_beside(compiler, HERE / "other_runtime.cpp")().splitlines()
    assert answers == ["0 2 0 ", "0 2 1 ", "0 2 2 ", "0 2 3 ", runtime]
