"""The losses that authors wrote in Python: VanillaCNN's, CCNN's and the tutorial's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import caffe
import numpy as np
import pytest
from caffe.zoo import layers
from caffe.zoo.layers import python_layers
from caffe.zoo.layers.NormlizedMSE import NormlizedMSE
from caffe.zoo.layers.pyloss import EuclideanLossLayer
from caffe.zoo.layers.python_layers import WeakLoss, constrained, softmax


def blob(values: Any) -> caffe.Blob:
    values = np.asarray(values, np.float32)
    made = caffe.Blob(*values.shape)
    made.data[...] = values
    return made


def run(kind: type[caffe.Layer], *bottoms: Any) -> tuple[float, list[np.ndarray]]:
    """A loss, and twice its gradients."""
    layer, bottom, top = kind(), [blob(one) for one in bottoms], [caffe.Blob()]
    layer.name = "it"
    layer.setup(bottom, top)
    layer.reshape(bottom, top)
    layer.forward(bottom, top)
    top[0].diff[...] = 2
    layer.backward(top, [True] * len(bottom), bottom)
    return float(top[0].data.ravel()[0]), [one.diff.copy() for one in bottom]


def assert_slope(kind: type[caffe.Layer], *bottoms: np.ndarray, step: float = 0.01) -> None:
    """The gradient of the first bottom is the loss's slope."""
    gradient = run(kind, *bottoms)[1][0]
    for place in np.ndindex(bottoms[0].shape):
        ends = []
        for sign in (1, -1):
            moved = np.array(bottoms[0], float)
            moved[place] += sign * step
            ends.append(run(kind, moved, *bottoms[1:])[0])
        slope = (ends[0] - ends[1]) / (2 * step)
        assert gradient[place] == pytest.approx(2 * slope, abs=2e-3), place


def test_points_in_units_of_the_distance_between_eyes() -> None:
    true = np.zeros((2, 10))
    true[0, :4] = (-0.2, 0, 0.2, 0)  # 0.4 apart
    true[1, :4] = (0, 0, 0.3, 0.4)  # 0.5 apart
    found = true.copy()
    found[0, 6] += 0.4
    found[1, 9] -= 0.25
    loss, gradients = run(NormlizedMSE, found, true)
    assert loss == pytest.approx((1 + 0.25) / 2 / 2, rel=1e-4)
    assert gradients[0][0, 6] == pytest.approx(2 * 1 / 0.4 / 2, rel=1e-4)
    assert not gradients[1].any()
    random = np.random.RandomState(0)
    assert_slope(NormlizedMSE, random.uniform(-0.5, 0.5, (2, 10)), true)


def test_points_of_other_shapes() -> None:
    with pytest.raises(caffe.ShapeError, match=r"it compares points of shape N x 10, found"):
        run(NormlizedMSE, np.zeros((2, 10)), np.zeros((2, 8)))


def test_the_tutorial_s_loss() -> None:
    random = np.random.RandomState(0)
    a, b = random.randn(3, 4), random.randn(3, 4)
    loss, gradients = run(EuclideanLossLayer, a, b)
    assert loss == pytest.approx(np.square(a - b).sum() / 6, rel=1e-5)
    np.testing.assert_allclose(gradients[0], 2 * (a - b) / 3, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(gradients[1], -gradients[0])
    with pytest.raises(caffe.ShapeError, match="two bottoms of equally many values"):
        run(EuclideanLossLayer, a, b[:2])


def test_the_tutorial_s_net_on_the_command_line(shared: Path, tmp_path: Path) -> None:
    """The original's linear regression, whose loss is a stand-in."""
    definition = shared / "zoo/models/bvlc_examples/pycaffe/linreg.prototxt"
    (tmp_path / "solver.prototxt").write_text(
        f'net: "{definition}" base_lr: 0.001 lr_policy: "fixed" max_iter: 2 display: 1 '
        f'snapshot_prefix: "{tmp_path}/linreg"'
    )
    path = os.pathsep.join([str(layers.FOLDER), os.environ["PYTHONPATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "caffe", "train", "-solver", tmp_path / "solver.prototxt"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    losses = re.findall(r"Iteration \d+.*loss = (\S+)", done.stderr)
    assert float(losses[0]) > 0
    assert (tmp_path / "linreg_iter_2.caffemodel").is_file()


# ---- CCNN


def present(*classes: int, count: int = 6) -> np.ndarray:
    found = np.zeros(count, bool)
    found[list(classes)] = True
    return found


@pytest.mark.parametrize("spread", [0.1, 1, 5, 30])
@pytest.mark.parametrize("favoured", [None, 0, 2, 5])
def test_shares_that_labels_allow(spread: float, favoured: int | None) -> None:
    scores = np.random.RandomState(0).normal(0, spread, (200, 6))
    if favoured is not None:
        scores[:, favoured] += 4 * spread
    found = constrained(scores, present(0, 2, 3))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    shares = found.mean(axis=0)
    assert (shares[[1, 4, 5]] == 0).all()
    assert 0.3 - 1e-4 <= shares[0] <= 0.7 + 1e-4
    # A class that is there has its share, or is lifted by all that its slack allows.
    few = [k for k in (2, 3) if shares[k] < 0.05 - 1e-4]
    assert len(few) < 2
    for k in few:
        lifted = np.log(found[:, [k, 5 - k]]) - scores[:, [k, 5 - k]]
        seen = np.isfinite(lifted).all(axis=1)
        np.testing.assert_allclose((lifted[:, 0] - lifted[:, 1])[seen], python_layers.SLACK, 1e-3)


def test_the_nearest_distribution_is_none_other() -> None:
    """No other that keeps the constraints is nearer, and where none is hurt nothing changes."""
    random = np.random.RandomState(1)
    scores = random.normal(0, 1, (30, 3))
    scores[:, 0] -= 3
    labels = present(0, 1, 2, count=3)
    nearest, said = constrained(scores, labels), softmax(scores)

    def divergence(p: np.ndarray) -> float:
        return float((p * (np.log(p) - np.log(said))).sum())

    assert nearest.mean(axis=0)[0] == pytest.approx(0.3, abs=1e-4)
    for _ in range(200):
        other = softmax(np.log(nearest) + random.normal(0, 0.1, scores.shape))
        shares = other.mean(axis=0)
        if 0.3 <= shares[0] <= 0.7 and (shares[1:] >= 0.05).all():
            assert divergence(other) > divergence(nearest)
    good = np.log(np.array([[0.5, 0.25, 0.25]] * 10))
    np.testing.assert_allclose(constrained(good, labels), np.exp(good), atol=1e-6)


def test_an_image_of_background_alone() -> None:
    scores = np.random.RandomState(0).normal(0, 1, (10, 6))
    assert constrained(scores, present(0))[:, 0].tolist() == [1] * 10
    assert constrained(scores, present())[:, 0].tolist() == [1] * 10


def test_weak_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.RandomState(0)
    scores = random.normal(0, 1, (2, 4, 3, 5)).astype(np.float32)
    labels = np.array([present(0, 2, count=4), present(0, 1, 3, count=4)], float)
    loss, gradients = run(WeakLoss, scores, labels.reshape(2, 4, 1, 1))
    expected = 0.0
    for image, there, gradient in zip(scores, labels > 0.5, gradients[0]):
        rows = image.reshape(4, -1).T.astype(float)
        said, nearest = softmax(rows), constrained(rows, there)
        expected += (nearest * np.log(np.maximum(nearest, 1e-10) / said)).sum() / 15
        np.testing.assert_allclose(gradient.reshape(4, -1).T, 2 * (said - nearest) / 15, atol=1e-5)
    assert loss == pytest.approx(expected, rel=1e-4)
    assert not gradients[1].any()
    # Going down the gradient, the loss goes down.
    for _ in range(20):
        scores -= 15 * run(WeakLoss, scores, labels)[1][0] / 2
    assert run(WeakLoss, scores, labels)[0] < loss / 4
    # With hard constraints the loss is the divergence's minimum, of which this is the slope.
    monkeypatch.setattr(python_layers, "SLACK", np.inf)
    assert_slope(WeakLoss, scores[:1, :, :2, :2], labels[:1])


def test_weak_loss_of_other_shapes() -> None:
    with pytest.raises(caffe.ShapeError, match="2 x 4 numbers that say which classes"):
        run(WeakLoss, np.zeros((2, 4, 3, 5)), np.zeros((2, 3)))
