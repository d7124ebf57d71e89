"""Somebody else's programs use an installation: through pkg-config, through CMake, opened by hand; in C99 and C++17,
and without Python anywhere near."""
from __future__ import annotations

from pathlib import Path

import pytest

CONSUMER = Path(__file__).parent / "consumer"
WARNINGS = "-pedantic -Wall -Wextra -Werror"
ANSWER = "0 2 3\n"


@pytest.mark.parametrize("standard", ["c99", "c17", "gnu89"])
def test_a_c_program_through_pkg_config(standard: str, prefix, with_pkg_config, compile_against, run, require,
                                        tmp_path: Path) -> None:
    require("pkg-config")
    program = tmp_path / "net"
    # C89 has neither long long nor stdint.h: that much of C99 is needed.
    compile_against(program, CONSUMER / "net.c", options=f"-std={standard} {WARNINGS} -Wno-long-long")
    assert run(program, env=with_pkg_config) == ANSWER
    linked = run("ldd", program, env=with_pkg_config)
    assert str(prefix) in linked and "not found" not in linked and "python" not in linked


@pytest.mark.parametrize("standard", ["c++17", "c++20"])
def test_a_cpp_program_through_pkg_config(standard: str, with_pkg_config, compile_against, run, require,
                                          tmp_path: Path) -> None:
    require("pkg-config")
    program = tmp_path / "net"
    compile_against(program, CONSUMER / "net.cpp", compiler="c++", options=f"-std={standard} {WARNINGS}")
    assert run(program, env=with_pkg_config) == ANSWER


def test_cmake_finds_it(prefix: Path, run, require, clean_environment, tmp_path: Path) -> None:
    cmake = require("cmake")
    environment = {**clean_environment, "Caffe_ROOT": str(prefix)}
    environment.pop("LDFLAGS", None)
    run(cmake, "-S", CONSUMER, "-B", tmp_path, "-G", "Unix Makefiles", env=environment)
    run(cmake, "--build", tmp_path, env=environment)
    # CMake writes the library's place into a program it builds: nothing has to say where it is.
    assert run(tmp_path / "consumer", env=environment) == ANSWER
