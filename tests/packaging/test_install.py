"""An installation is usable by others: pkg-config, CMake, the caffe command, C without Python."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

CONSUMER = Path(__file__).parent / "consumer"
ANSWER = "0 2 3\n"


@pytest.fixture
def with_pkg_config(prefix: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    return {**clean_environment, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"),
            "LD_LIBRARY_PATH": str(prefix / "lib")}


def compile_against(sources: list[Path], program: Path, environment: dict[str, str], run, compiler: str = "cc",
                    options: str = "") -> None:
    run("sh", "-c", f'{compiler} {options} -o "$0" "$@" $(pkg-config --cflags --libs caffe)', program, *sources,
        env=environment)


def test_what_is_installed(prefix: Path) -> None:
    for name in ("include/caffe.h", "include/caffe.hpp", "lib/libcaffe.so.2", "lib/libcaffe.so", "bin/caffe",
                 "lib/pkgconfig/caffe.pc", "lib/cmake/Caffe/CaffeConfig.cmake"):
        assert (prefix / name).exists(), name


def test_a_c_program_through_pkg_config(prefix, with_pkg_config, run, tmp_path: Path) -> None:
    program = tmp_path / "net"
    compile_against([CONSUMER / "net.c"], program, with_pkg_config, run, options="-std=c99 -Wall -Werror")
    assert run(program, env=with_pkg_config) == ANSWER
    linked = run("ldd", program, env=with_pkg_config)
    assert str(prefix) in linked and "not found" not in linked and "python" not in linked


def test_a_cpp_program_through_pkg_config(with_pkg_config, run, tmp_path: Path) -> None:
    program = tmp_path / "net"
    compile_against([CONSUMER / "net.cpp"], program, with_pkg_config, run, compiler="c++", options="-std=c++17")
    assert run(program, env=with_pkg_config) == ANSWER


def test_the_c_examples_compile(root: Path, with_pkg_config, run, tmp_path: Path) -> None:
    """As the README says it, and without Python anywhere near."""
    examples = sorted((root / "examples").glob("c/*.c"))
    if not examples:
        pytest.skip("there is no C example")
    for source in examples:
        program = tmp_path / source.stem
        compile_against([source], program, with_pkg_config, run, options="-Wall -Wextra -Werror")
        linked = run("ldd", program, env=with_pkg_config)
        assert "not found" not in linked and "python" not in linked.lower().replace(str(root), "")


def test_cmake_finds_it(prefix: Path, run, require, clean_environment, tmp_path: Path) -> None:
    cmake = require("cmake")
    environment = {**clean_environment, "Caffe_ROOT": str(prefix)}
    environment.pop("LDFLAGS", None)
    run(cmake, "-S", CONSUMER, "-B", tmp_path, "-G", "Unix Makefiles", env=environment)
    run(cmake, "--build", tmp_path, env=environment)
    # CMake writes the library's place into a program it builds: nothing has to say where it is.
    assert run(tmp_path / "consumer", env=environment) == ANSWER


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
