"""What docs/conventions.md says of tools that read the sources: they find nothing."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def tool(root: Path, name: str, *arguments: object) -> None:
    """Runs one of those scripts/requirements.txt installs; what it says is the failure."""
    command = [Path(sys.executable).parent / name, *map(str, arguments)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cpp_is_laid_out_by_clang_format(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "*.cpp", "*.hpp", "*.inc"], cwd=root, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    sources = [name for name in listed.stdout.split() if (root / name).exists() and not name.startswith("tests/abi/")]
    assert sources
    tool(root, "clang-format", "--dry-run", "--Werror", *sources)


def test_ruff_finds_nothing_in_the_package(root: Path) -> None:
    tool(root, "ruff", "check", "--no-cache", "python")


def test_mypy_finds_nothing_in_the_package(root: Path, tmp_path: Path) -> None:
    tool(root, "mypy", "--cache-dir", tmp_path)
