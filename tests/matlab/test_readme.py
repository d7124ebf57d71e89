"""The README's MATLAB code works as it is printed, in Octave."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import convert

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CAFFE_BUILD", ROOT / "build")).resolve()


def test_the_readmes_matlab(tmp_path: Path) -> None:
    octave = shutil.which("octave-cli")
    if octave is None or not (BUILD / "matlab/caffe_mex.mex").exists():
        pytest.skip("no Octave, or its gateway is not built")
    (code,) = re.findall(r"```matlab\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "build").symlink_to(BUILD)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    out = tmp_path / "out/digits"
    out.mkdir(parents=True)
    images = np.random.RandomState(0).randint(0, 255, (80, 1, 32, 32)).astype(np.uint8)
    for part in ("train", "test"):
        convert.write_lmdb(out / f"{part}_lmdb", images, np.arange(80) % 10)
    caffe.Net(ROOT / "examples/digits/deploy.prototxt").save(out / "lenet_iter_1200.caffemodel")
    # The whole training, shorter.
    (tmp_path / "readme.m").write_text(code.replace("'every', 50", "'every', 600") + "\ndisp(solver.iter())\n")
    done = subprocess.run([octave, "--quiet", "--no-init-file", "readme.m"], cwd=tmp_path, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^it is a \d with probability 0\.\d{4}$", done.stdout, re.M)
    assert re.search(r"^1200$", done.stdout, re.M)
    assert list(out.glob("lenet_iter_1200.solverstate"))
