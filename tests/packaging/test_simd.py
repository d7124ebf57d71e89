"""What is compiled for one instruction set keeps to itself, and oneDNN's headers keep to their folder."""
from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import Run

UNITS = ("avx2", "avx512")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_leaves_no_inline_function_to_the_linker(build: Path, run: Run, unit: str) -> None:
    """Of such a function the linker keeps one copy for the whole library: it could be the one that only newer machines
    can run."""
    archive = build / f"libcaffe/libcaffe_{unit}.a"
    if not archive.exists() or shutil.which("nm") is None:
        pytest.skip("no such unit on this machine, or no nm")
    symbols = [line.split() for line in run("nm", "--defined-only", archive).splitlines() if line.count(" ") == 2]
    assert any("simd_" + unit in name for _, _, name in symbols)
    assert [name for _, kind, name in symbols if kind in "WVu"] == []


def test_only_its_folder_sees_onednn(root: Path) -> None:
    offences = [
        str(path.relative_to(root)) for path in (root / "libcaffe").rglob("*.[chi]*")
        if re.search(r"#\s*include\s*[<\"](dnnl|oneapi)|HAVE_ONEDNN", path.read_text())
        and path.parent != root / "libcaffe/kernels/cpu/onednn"
    ]
    assert sorted(offences) == ["libcaffe/api/build_info.cpp", "libcaffe/build_config.hpp.in"]  # which name its version


def test_what_onednn_is_asked_shows_nothing_of_it(root: Path) -> None:
    """onednn.hpp is what others include."""
    folder = root / "libcaffe/kernels/cpu"
    asked = re.findall(r'#include "kernels/cpu/onednn/(\w+)\.hpp"', "\n".join(
        path.read_text() for path in folder.rglob("*.[ch]pp") if path.parent != folder / "onednn"))
    assert set(asked) == {"onednn"}
    assert "dnnl" not in re.sub(r"onednn", "", (folder / "onednn/onednn.hpp").read_text())
