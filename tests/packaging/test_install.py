"""What an installation holds, and that it works where it is: the caffe command, the examples, CMake's package.
Programs that use it as theirs are in tests/embed."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def test_what_is_installed(prefix: Path) -> None:
    for name in ("include/caffe.h", "include/caffe.hpp", "lib/libcaffe.so.2", "lib/libcaffe.so", "bin/caffe",
                 "lib/pkgconfig/caffe.pc", "lib/cmake/Caffe/CaffeConfig.cmake"):
        assert (prefix / name).exists(), name


def test_the_c_examples_compile(root: Path, with_pkg_config, compile_against, run, tmp_path: Path) -> None:
    """As the README says it, and without Python anywhere near."""
    examples = sorted((root / "examples").glob("c/*.c"))
    if not examples:
        pytest.skip("there is no C example")
    for source in examples:
        program = tmp_path / source.stem
        compile_against(program, source, options="-Wall -Wextra -Werror")
        linked = run("ldd", program, env=with_pkg_config)
        assert "not found" not in linked and "python" not in linked.lower().replace(str(root), "")


def test_cmake_refuses_another_major_version(prefix: Path, require, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(other C)\nfind_package(Caffe 3.0 REQUIRED)\n")
    done = subprocess.run([require("cmake"), "-S", tmp_path, "-B", tmp_path / "b", "-G", "Unix Makefiles"],
                          env={**os.environ, "Caffe_ROOT": str(prefix)}, capture_output=True, text=True)
    assert done.returncode != 0
    assert "requested version" in done.stderr


def test_the_command_runs_where_it_is_installed(prefix: Path, clean_environment) -> None:
    # The loader says which files it takes: the command opens the library itself.
    done = subprocess.run([prefix / "bin/caffe", "-version"], env={**clean_environment, "LD_DEBUG": "files"},
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    opened = [line for line in done.stderr.splitlines() if "calling init:" in line and "libcaffe.so.2" in line]
    assert len(opened) == 1 and str(prefix) in opened[0], opened
