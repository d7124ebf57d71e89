"""The README's Python works as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import convert

ROOT = Path(__file__).resolve().parents[2]


def test_the_readmes_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(code.splitlines()) <= 20
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    out = tmp_path / "out/digits"
    (out / "pgm").mkdir(parents=True)
    (out / "pgm/000.pgm").write_bytes(b"P5 28 28 255\n" + bytes(784))
    images = np.random.RandomState(0).randint(0, 255, (80, 1, 32, 32)).astype(np.uint8)
    for part in ("train", "test"):
        convert.write_lmdb(out / f"{part}_lmdb", images, np.arange(80) % 10)
    monkeypatch.chdir(tmp_path)
    caffe.Net("examples/digits/deploy.prototxt").save(out / "lenet_iter_1200.caffemodel")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"it is a \d with probability 0\.\d+", printed[0])
    assert [line.split()[0] for line in printed[1:]] == [str(i) for i in range(1, 11)]
    assert (out / "ten.caffemodel").exists()
