"""Edges by HED: where they are, and how they are drawn."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from examples_for_tests import load, run
from PIL import Image
from shrunken import write_shrunken

SIZE = (60, 44)  # of the image, width and height
STEP = 25  # the first bright column


@pytest.fixture
def hed() -> ModuleType:
    return load("hed/edges.py")


@pytest.fixture
def definition(shared: Path, tmp_path: Path, quiet: None) -> Path:
    return write_shrunken(
        shared / "zoo/models/hed/deploy.prototxt", tmp_path / "hed.prototxt", 4, above=60
    )


@pytest.fixture
def image(tmp_path: Path) -> Path:
    pixels = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    pixels[:, STEP:] = 200
    Image.fromarray(pixels).save(tmp_path / "step.png")
    return tmp_path / "step.png"


def write_weights(definition: Path, file: Path) -> None:
    """Weights with which the first side output answers where it becomes brighter to the right."""
    net = caffe.Net(definition, caffe.TEST, dialect="hed")
    for blobs in net.params.values():
        blobs[0].data[...] = 0
    net.params["conv1_1"][0].data[0, :, 1] = [-1, 1, 0]
    net.params["conv1_2"][0].data[0, 0, 1, 1] = 1
    net.params["score-dsn1"][0].data[0, 0] = 0.1
    net.params["score-dsn1"][1].data[...] = -5
    net.params["new-score-weighting"][0].data[0, 0] = 1
    net.save(file)


def test_an_edge_is_where_it_is(
    hed: ModuleType,
    definition: Path,
    image: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The net pads its input, and cuts what lies over its edges off again."""
    weights, out, fused = (tmp_path / name for name in ("w.caffemodel", "out.png", "fused.png"))
    write_weights(definition, weights)
    given = ("--definition", definition, "--weights", weights)
    lines = run(
        hed, monkeypatch, capsys, image, *given, "--out", out, "--fused", fused
    ).splitlines()
    assert [line.split()[-1] for line in lines[1:7]] == [
        *(f"sigmoid-dsn{i}" for i in range(1, 6)),
        "sigmoid-fuse",
    ]
    found = np.asarray(Image.open(fused))[..., 0]
    assert found.shape == SIZE[::-1]
    assert (found[:, STEP] > 200).all()
    others = np.delete(found, [0, STEP], axis=1)  # at the left, the zeros beside the image end
    assert (others < 10).all()
    assert float(lines[1].split("%")[0]) == pytest.approx(100 / SIZE[0], abs=2)
    assert Image.open(out).size[0] > 4 * SIZE[0]


def test_without_weights(
    hed: ModuleType,
    definition: Path,
    image: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.png"
    given = ("--definition", definition, "--out", out)
    assert "sigmoid-fuse" in run(hed, monkeypatch, capsys, image, *given, "--random")
    assert out.is_file()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAFFE_ZOO", raising=False)
    with pytest.raises(caffe.NotFoundError, match="`caffe zoo download hed` fetches it"):
        run(hed, monkeypatch, capsys, image, *given)
