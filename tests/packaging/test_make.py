"""The targets that the original's pages have people type exist, and do what they are called after."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def planned(root: Path, *targets: str) -> str:
    """What make would do."""
    done = subprocess.run(["make", "-n", *targets], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("target, command", [
    ("all", "scripts/build build all "), ("pycaffe", "scripts/build build runtime "),
    ("matcaffe", "scripts/bootstrap octave"), ("runtest", "run_tests.py build --only programs"),
    ("pytest", "run_tests.py build --only python"), ("mattest", "run_tests.py build --only matlab"),
    ("test", "run_tests.py build\n"),
])
def test_classical_targets(root: Path, target: str, command: str) -> None:
    assert command in planned(root, target)


def test_several_at_once_are_built_one_after_another(root: Path) -> None:
    """make -j8 all pycaffe: two builds of one folder would be in each other's way."""
    assert planned(root, "-j8", "all", "pycaffe").count("scripts/build build") == 2
    assert "\n.NOTPARALLEL:\n" in (root / "Makefile").read_text()
