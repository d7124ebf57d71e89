"""Includes inside libcaffe/ point one way, as docs/design.md draws the house."""
from __future__ import annotations

import re
from pathlib import Path

# What each folder may include besides itself.
SEES = {
    "core": set(),
    "schema": {"core"},
    "data": {"core", "schema"},
    "kernels": {"core"},
    "layers": {"core", "schema", "data", "kernels"},
    "net": {"core", "schema", "data", "kernels", "layers"},
    "solver": {"core", "schema", "data", "kernels", "layers", "net"},
    "onnx": {"core", "schema", "kernels", "layers", "net"},
    "model": {"core", "schema", "data", "kernels", "layers", "net"},
    "api": {"core", "schema", "data", "kernels", "layers", "net", "solver", "onnx", "model"},
    "tool": {"core", "schema", "data", "kernels", "layers", "net", "solver", "onnx", "model", "api"},
    "modules": {"core", "schema", "data", "model"},
    "pch": {"core", "schema"},
}
SEE_THE_PUBLIC_HEADER = {"api", "tool"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def offences(root: Path) -> list[str]:
    found = []
    for path in sorted((root / "libcaffe").rglob("*")):
        if path.suffix not in (".cpp", ".hpp", ".c", ".h", ".cu", ".cuh"):
            continue
        folder = path.relative_to(root / "libcaffe").parts[0]
        assert folder in SEES, f"{path}: a folder the design does not know"
        for name in INCLUDE.findall(path.read_text()):
            target = name.split("/")[0]
            if name in ("caffe.h", "caffe.hpp"):
                allowed = folder in SEE_THE_PUBLIC_HEADER
            elif name == "build_config.hpp":
                allowed = True
            else:
                allowed = target == folder or target in SEES[folder]
            if not allowed:
                found.append(f"{path.relative_to(root)} includes {name}")
    return found


def test_no_arrow_points_back(root: Path) -> None:
    assert offences(root) == []


def test_an_arrow_that_points_back_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "libcaffe" / "kernels" / "cpu"
    folder.mkdir(parents=True)
    (folder / "gemm.cpp").write_text('#include <vector>\n#include "core/error.hpp"\n  # include "net/net.hpp"\n')
    assert offences(tmp_path) == ["libcaffe/kernels/cpu/gemm.cpp includes net/net.hpp"]
