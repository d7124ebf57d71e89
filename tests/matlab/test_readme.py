"""The README's MATLAB code works as it is printed, in Octave."""
from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from caffe import convert

SHARED = Path(os.environ.get("CAFFE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LENET = SHARED / "zoo/weights/lenet_pl8787_v0era"


def test_the_readmes_matlab(
    root: Path, build: Path, run: Callable[..., str], require: Callable[[str], str], tmp_path: Path
) -> None:
    if "CAFFE_SANITIZE" in os.environ:
        pytest.skip("Octave's gateway does not run under the sanitizers")
    octave = require("octave-cli")
    if not (build / "matlab/caffe_mex.mex").exists():
        pytest.skip("the gateway is not built")
    if not LENET.exists():
        pytest.skip("no shared data")
    (code,) = re.findall(r"```matlab\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    (tmp_path / "build").symlink_to(build.resolve())
    (tmp_path / "examples").symlink_to(root / "examples")
    out = tmp_path / "out/digits"
    out.mkdir(parents=True)
    images = np.random.RandomState(0).randint(0, 255, (80, 1, 32, 32)).astype(np.uint8)
    for part in ("train", "test"):
        convert.write_lmdb(out / f"{part}_lmdb", images, np.arange(80) % 10)
    shutil.copy(LENET / "lenet_iter_10000", out / "lenet_iter_1200.caffemodel")
    # The whole training, shorter.
    (tmp_path / "readme.m").write_text(code.replace("'every', 50", "'every', 600") + "\ndisp(solver.iter())\n")
    output = run(octave, "--quiet", "--no-init-file", "readme.m", cwd=tmp_path)
    (shown,) = re.findall(r"^fprintf\(.*\); +% (.*)$", code, re.M)
    assert shown in output.splitlines()
    assert re.search(r"^1200$", output, re.M)
    assert list(out.glob("lenet_iter_1200.solverstate"))
