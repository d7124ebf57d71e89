"""The examples' files: nets that load, layers that learn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import convert
from examples_for_tests import EXAMPLES, start

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("folder", "train", "deploy", "databases"),
    [
        ("digits", "train_val.prototxt", "deploy.prototxt", "out/digits/"),
        ("mnist", "lenet_train_test.prototxt", "lenet.prototxt", "examples/mnist/mnist_"),
    ],
)
def test_nets_fit_each_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    train: str,
    deploy: str,
    databases: str,
) -> None:
    side = 32 if folder == "digits" else 28
    images = np.random.RandomState(0).randint(0, 255, (9, 1, side, side)).astype(np.uint8)
    (tmp_path / databases).parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for part in ("train", "test"):
        convert.write_lmdb(f"{databases}{part}_lmdb", images, np.arange(9))
    trained = caffe.Net(ROOT / "examples" / folder / train, caffe.TRAIN)
    trained.forward()
    trained.save("w.caffemodel")
    net = caffe.Net(ROOT / "examples" / folder / deploy, caffe.TEST, weights="w.caffemodel")
    assert [blob.shape for blobs in net.params.values() for blob in blobs] == [
        blob.shape for blobs in trained.params.values() for blob in blobs
    ]
    np.testing.assert_array_equal(net.params["ip2"][0].data, trained.params["ip2"][0].data)
    found = net.forward_all(data=images[:, :, :28, :28].astype(np.float32) / 256)["prob"]
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def in_python_layer_folder(*arguments: str) -> subprocess.CompletedProcess[str]:
    folder = ROOT / "examples/python_layer"
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "CAFFE_LOG_LEVEL": "1"},
    )


def test_digits_with_data_and_loss_in_python() -> None:
    pytest.importorskip("sklearn")
    solver = "examples/python_layer/solver.prototxt"
    done = in_python_layer_folder("-m", "caffe", "train", "-solver", solver)
    assert done.returncode == 0, done.stderr
    assert float(re.findall(r"accuracy = (\S+)", done.stderr)[-1]) > 0.97


def test_focal_loss_s_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples/python_layer")
    from digit_layers import FocalLoss

    loss, x, labels, top = FocalLoss(), caffe.Blob(3, 4), caffe.Blob(3), caffe.Blob()
    x.data[...] = np.random.RandomState(0).randn(3, 4)
    labels.data[...] = [0, 3, 1]
    loss.gamma = 2
    loss.forward([x, labels], [top])
    top.diff[...] = 1
    loss.backward([top], [True, False], [x, labels])

    def loss_at(place: tuple[int, int], step: float) -> float:
        x.data[place] += step
        loss.forward([x, labels], [top])
        x.data[place] -= step
        return float(top.data)

    for place in np.ndindex(3, 4):
        slope = (loss_at(place, 0.05) - loss_at(place, -0.05)) / 0.1
        assert x.diff[place] == pytest.approx(slope, abs=1e-3)


def test_focal_loss_of_nothing_is_the_softmax_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples/python_layer")
    text = """
      force_backward: true
      layer { name: "in" type: "Input" top: "x" top: "t"
        input_param { shape { dim: 4 dim: 5 } shape { dim: 4 } } }
      layer { name: "loss" bottom: "x" bottom: "t" top: "loss" loss_weight: 3
        propagate_down: true propagate_down: false"""
    ours, theirs = (
        caffe.Net.from_text(text + kind + "}", caffe.TRAIN)
        for kind in (
            ' type: "SoftmaxWithLoss"',
            ' type: "Python" python_param { module: "digit_layers" layer: "FocalLoss" param_str: "0" }',
        )
    )
    x, t = np.random.RandomState(0).randn(4, 5), np.array([0, 4, 2, 2])
    for net in (ours, theirs):
        net.forward(x=x, t=t)
        net.backward()
    np.testing.assert_allclose(theirs.blobs["loss"].data, ours.blobs["loss"].data, rtol=1e-5)
    np.testing.assert_allclose(theirs.blobs["x"].diff, ours.blobs["x"].diff, atol=1e-6)


def test_the_demo_tells_what_it_is_before_it_runs() -> None:
    done = start("digits/demo.py", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: demo.py")


@pytest.mark.skipif(not (EXAMPLES.parent / ".venv/bin/python").exists(), reason="no set-up")
@pytest.mark.parametrize("program", ["web_demo/app.py", "finetune_flickr_style/assemble_data.py"])
def test_programs_of_2014_find_their_python(program: str) -> None:
    """Their pages type `python`: one that lacks the packages hands over to the checkout's."""
    bare = [sys.executable, "-S", EXAMPLES / program, "--help"]
    done = subprocess.run(bare, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")
