"""The C tests call every function of caffe.h."""
from __future__ import annotations

import re
from pathlib import Path


def exported(root: Path) -> set[str]:
    lines = (root / "libcaffe/exports.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip().startswith("caffe_")}


def called(root: Path) -> set[str]:
    text = "\n".join(path.read_text() for path in sorted((root / "tests/c").glob("*.c")))
    return set(re.findall(r"\bcaffe_\w+", text))


def test_every_function_is_called(root: Path) -> None:
    functions = exported(root)
    assert len(functions) > 100
    # The command is tested as the program it is, in tests/cli.
    assert functions - called(root) == {"caffe_tool_main"}
