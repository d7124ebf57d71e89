"""The README's Python works as it is printed."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import convert

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CAFFE_SHARED", ROOT.parent / "shared"))
MNIST = SHARED / "data/mnist/t10k-images-idx3-ubyte.gz"
LENET = SHARED / "zoo/weights/lenet_pl8787_v0era"


def the_two() -> bytes:
    """The second digit of MNIST's test set; the demonstration's first one is a two as well."""
    return gzip.decompress(MNIST.read_bytes())[16 + 784 : 16 + 2 * 784]


@pytest.mark.skipif(not LENET.exists() or not MNIST.exists(), reason="no shared data")
def test_the_readmes_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(code.splitlines()) <= 20
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    out = tmp_path / "out/digits"
    (out / "pgm").mkdir(parents=True)
    (out / "pgm/000.pgm").write_bytes(b"P5 28 28 255\n" + the_two())
    images = np.random.RandomState(0).randint(0, 255, (80, 1, 32, 32)).astype(np.uint8)
    for part in ("train", "test"):
        convert.write_lmdb(out / f"{part}_lmdb", images, np.arange(80) % 10)
    monkeypatch.chdir(tmp_path)
    shutil.copy(LENET / "lenet_iter_10000", out / "lenet_iter_1200.caffemodel")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out.splitlines()
    (shown,) = re.findall(r"^print\(.*\) +# (.*)$", code, re.M)
    assert printed[0] == shown
    assert [line.split()[0] for line in printed[1:]] == [str(i) for i in range(1, 11)]
    assert (out / "ten.caffemodel").exists()
