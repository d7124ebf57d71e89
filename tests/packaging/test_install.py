"""What an installation holds, and that it works where it is: the caffe command, the examples, CMake's package.
Programs that use it as theirs are in tests/embed."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest


def test_what_is_installed(prefix: Path) -> None:
    for name in ("include/caffe.h", "include/caffe.hpp", "lib/libcaffe.so.2", "lib/libcaffe.so", "bin/caffe",
                 "lib/pkgconfig/caffe.pc", "lib/cmake/Caffe/CaffeConfig.cmake", "share/doc/caffe/LICENSE",
                 "share/doc/caffe/THIRD-PARTY-LICENSES.txt"):
        assert (prefix / name).exists(), name


def test_run_paths_stay_within_it(prefix: Path, foreign_run_paths) -> None:
    assert foreign_run_paths(prefix) == []


def test_the_originals_programs_are_links_to_the_command(prefix: Path, clean_environment) -> None:
    for name in ("convert_imageset", "convert_annoset", "compute_image_mean", "extract_features", "device_query",
                 "upgrade_net_proto_text", "upgrade_net_proto_binary", "upgrade_solver_proto_text",
                 "convert_mnist_data", "convert_cifar_data", "convert_mnist_siamese_data",
                 "classification"):
        program = prefix / "bin" / name
        assert program.readlink() == Path("caffe")
        done = subprocess.run([program, "-help"], env=clean_environment, capture_output=True, text=True)
        assert done.stdout.startswith(f"usage: caffe {name} "), done.stderr


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


def test_it_is_removed_without_a_trace(root: Path, build: Path, tmp_path: Path) -> None:
    """What others have in the prefix stays, and so do folders that were there before."""
    if not (root / ".venv/bin/meson").exists():
        pytest.skip("the set-up has not run here")
    configured = json.loads((build / "meson-info/intro-buildoptions.json").read_text())
    prefix = Path(next(one["value"] for one in configured if one["name"] == "prefix"))
    place = tmp_path / prefix.relative_to("/")
    (place / "lib").mkdir(parents=True)
    environment = {**os.environ, "DESTDIR": str(tmp_path)}

    def script(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([root / "scripts/install", *arguments], env=environment, capture_output=True, text=True)

    for _ in range(2):  # the second time over the first
        done = script(build, prefix, "runtime", "devel")
        assert done.returncode == 0, done.stderr
    assert (place / "lib/libcaffe.so").exists() and (place / "include/caffe.h").exists()
    assert not (place / "share/caffe/matlab").exists()
    (place / "include/other.h").touch()
    done = script("--remove", prefix)
    assert done.returncode == 0, done.stderr
    left = {path for path in tmp_path.rglob("*") if path.is_file() or path.is_symlink()}
    assert left == {place / "include/other.h"}
    assert (place / "lib").is_dir() and not (place / "bin").exists()
    done = script("--remove", prefix)
    assert done.returncode == 1 and "has no libcaffe 2.0.0" in done.stderr
