"""How tests run the programs below examples/ by their command lines: in this process, or in one of
their own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load(program: str) -> ModuleType:
    """A program, by its path below examples/, as a module."""
    path = EXAMPLES / program
    name = "_".join(("example", *path.relative_to(EXAMPLES).with_suffix("").parts))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))  # what lies beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def run(
    module: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *arguments: object,
) -> str:
    """What a program prints."""
    words = [str(module.__file__), *map(str, arguments)]
    with monkeypatch.context() as patched:
        patched.setattr(sys, "argv", words)
        patched.setattr(sys, "path", list(sys.path))
        assert module.main() == 0
    return capsys.readouterr().out


def start(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """What a program, by its path below examples/, says and how it ends, in a process of its own."""
    command = [sys.executable, EXAMPLES / program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
