"""What tests of several folders share: where the build is, a staged installation, and running a command."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def build() -> Path:
    """The folder meson built in; scripts/run_in names it."""
    folder = Path(os.environ.get("CAFFE_BUILD", ROOT / "build"))
    if not (folder / "build.ninja").exists():
        pytest.skip("nothing is built")
    return folder


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a command that has to succeed; its standard output."""

    def run_command(*command: object, **options: object) -> str:
        done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **options)
        assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}"
        return done.stdout

    return run_command


@pytest.fixture(scope="session")
def prefix(build: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in a folder other than the one configured: it has to work there too."""
    stage = tmp_path_factory.mktemp("stage")
    run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", stage)
    (pc_file,) = stage.rglob("caffe.pc")
    return pc_file.parents[2]


@pytest.fixture(scope="session")
def foreign_run_paths(run: Run) -> Callable[[Path], list[str]]:
    """Of all shared objects and programs below a folder the run paths that lead elsewhere than beside the file: who can
    write there could have his own code run."""

    def look(folder: Path) -> list[str]:
        files = [path for path in sorted(folder.rglob("*"))
                 if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF"]
        assert files
        found = []
        for path in files:
            for paths in re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", run("readelf", "-d", path)):
                found += [f"{path.name}: {part}" for part in paths.split(":") if not re.match(r"\$ORIGIN(/|$)", part)]
        return found

    return look


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment without what points into the build folder."""
    return {key: value for key, value in os.environ.items()
            if not re.match(r"CAFFE_|PYTHONPATH$|LD_LIBRARY_PATH$", key)}


@pytest.fixture(scope="session")
def require() -> Callable[[str], str]:
    """The path of a program; skips the test when it is not there."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            pytest.skip(f"{program} is not installed")
        return path

    return find


@pytest.fixture(scope="session")
def with_pkg_config(prefix: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    """The environment in which programs are compiled against the installation, and run."""
    return {**clean_environment, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"),
            "LD_LIBRARY_PATH": str(prefix / "lib")}


@pytest.fixture(scope="session")
def compile_against(with_pkg_config: dict[str, str], run: Run) -> Callable[..., None]:
    """Compiles a program of somebody else's that uses the installation."""

    def compile_program(program: Path, *sources: Path, compiler: str = "cc", options: str = "",
                        libraries: str = "") -> None:
        run("sh", "-c", f'{compiler} {options} -o "$0" "$@" $(pkg-config --cflags --libs caffe) {libraries}', program,
            *sources, env=with_pkg_config)

    return compile_program
