"""Nets made with `optimize`: the same answers, fused, and clear errors about what is not there."""

from __future__ import annotations

import threading
from pathlib import Path

import caffe
import numpy as np
import pytest

NET = """
name: "residual"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 12 dim: 12 } } }
layer { name: "a" type: "Convolution" bottom: "data" top: "a"
  convolution_param { num_output: 16 kernel_size: 3 pad: 1 weight_filler { type: "msra" } } }
layer { name: "norm" type: "BatchNorm" bottom: "a" top: "a" }
layer { name: "scale" type: "Scale" bottom: "a" top: "a" scale_param { bias_term: true } }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "b" type: "Convolution" bottom: "a" top: "b"
  convolution_param { num_output: 16 kernel_size: 3 pad: 1 weight_filler { type: "msra" } } }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" }
layer { name: "pool" type: "Pooling" bottom: "sum" top: "pool" pooling_param { pool: AVE global_pooling: true } }
layer { name: "prob" type: "Softmax" bottom: "pool" top: "prob" }
"""


def pair(**options: object) -> tuple[caffe.Net, caffe.Net]:
    """The net with statistics that are not trivial, plain and optimized, with the same weights."""
    plain = caffe.Net.from_text(NET, caffe.TEST, seed=1)
    rng = np.random.default_rng(0)
    for i, blob in enumerate(plain.params["norm"]):
        blob.data[...] = rng.uniform(0.5, 1.5, blob.data.shape) if i < 2 else 1
    optimized = caffe.Net.from_text(NET, caffe.TEST, optimize=True, **options)
    optimized.share_with(plain)
    return plain, optimized


def image(seed: int = 0, batch: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((batch, 3, 12, 12), dtype=np.float32)


@pytest.mark.parametrize("convolution", ["measured", "direct", "winograd"])
def test_same_answers(convolution: str) -> None:
    plain, optimized = pair(convolution=convolution)
    for seed in range(3):
        expected = plain.forward(data=image(seed))["prob"]
        np.testing.assert_allclose(
            optimized.forward(data=image(seed))["prob"], expected, rtol=1e-4, atol=1e-6
        )


def test_python_layers_see_what_is_hidden_from_others() -> None:
    python = '"Python" bottom: "sum" top: "twice" python_param { module: "layers_for_tests" layer: "Twice" } }'
    text = NET.replace('"Pooling" bottom: "sum"', '"Pooling" bottom: "twice"').replace(
        'layer { name: "pool"', f'layer {{ name: "twice" type: {python}\nlayer {{ name: "pool"'
    )
    plain = caffe.Net.from_text(text, caffe.TEST, seed=1)
    optimized = caffe.Net.from_text(text, caffe.TEST, seed=1, optimize=True)
    for batch in (2, 1, 5):
        for net in (plain, optimized):
            net.blobs["data"].reshape(batch, 3, 12, 12)
        for seed in range(2):
            expected = plain.forward(data=image(seed, batch))["prob"]
            np.testing.assert_allclose(
                optimized.forward(data=image(seed, batch))["prob"], expected, rtol=1e-4, atol=1e-6
            )
    with pytest.raises(caffe.StateError, match="made with `optimize`"):
        _ = optimized.blobs["twice"].data


def test_changed_weights_and_shapes_are_seen() -> None:
    plain, optimized = pair()
    optimized.forward(data=image())
    plain.params["a"][0].data[0] *= 2
    plain.params["scale"][0].data[1] = 3
    for batch in (2, 1, 5):
        for net in (plain, optimized):
            net.blobs["data"].reshape(batch, 3, 12, 12)
        data = image(7, batch)
        np.testing.assert_allclose(
            optimized.forward(data=data)["prob"],
            plain.forward(data=data)["prob"],
            rtol=1e-4,
            atol=1e-6,
        )


def test_hidden_blobs_say_so() -> None:
    _, optimized = pair()
    optimized.forward(data=image())
    with pytest.raises(caffe.Error, match='blob "a".*optimize.*keep'):
        optimized.blobs["a"].data  # noqa: B018
    with pytest.raises(caffe.Error, match="optimize"):
        optimized.blobs["b"].diff  # noqa: B018
    with pytest.raises(caffe.Error, match="optimize"):
        optimized.backward()
    with pytest.raises(caffe.Error, match="optimize"):
        optimized.forward(end="a")


def test_kept_blobs_are_shown() -> None:
    plain, optimized = pair(keep=["a"])
    data = image()
    plain.forward(data=data), optimized.forward(data=data)
    np.testing.assert_allclose(
        optimized.blobs["a"].data, plain.blobs["a"].data, rtol=1e-4, atol=1e-5
    )


def test_bad_options() -> None:
    with pytest.raises(caffe.Error, match='no blob "z"'):
        caffe.Net.from_text(NET, caffe.TEST, optimize=True, keep=["z"])
    with pytest.raises(caffe.Error, match="keep"):
        caffe.Net.from_text(NET, caffe.TEST, keep=["a"])
    with pytest.raises(caffe.Error, match="TEST"):
        caffe.Net.from_text(NET, caffe.TRAIN, optimize=True)
    with pytest.raises(caffe.Error, match="winogrand"):
        caffe.Net.from_text(NET, caffe.TEST, convolution="winogrand")


def test_clones_run_at_once() -> None:
    _, optimized = pair()
    data = [image(seed) for seed in range(4)]
    expected = [optimized.forward(data=each)["prob"].copy() for each in data]
    nets = [optimized.clone() for _ in data]
    answers: list[np.ndarray | None] = [None] * len(data)

    def run(index: int) -> None:
        for _ in range(20):
            answers[index] = nets[index].forward(data=data[index])["prob"].copy()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(data))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer, wanted in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["squeezenet_v1.1", "bvlc_googlenet", "resnet_50", "mobilenet_v1"])
def test_zoo_nets(name: str) -> None:
    model = Path(__file__).parents[2] / "models" / name / "deploy.prototxt"
    plain = caffe.Net(model, caffe.TEST, seed=1)
    rng = np.random.default_rng(1)
    for layer in plain.layers:
        for i, blob in enumerate(layer.blobs):
            if layer.type in ("BatchNorm", "Scale"):
                blob.data[...] = rng.uniform(0.5, 1.0, blob.shape) if i < 2 else 1
            elif len(blob.shape) > 1:
                size = np.prod(blob.shape[1:])
                blob.data[...] = rng.standard_normal(blob.shape, dtype=np.float32) * np.sqrt(
                    1 / size
                )
    before = list(plain.blobs)[-2]  # what softmax gets: its own values say little
    optimized = caffe.Net(model, caffe.TEST, optimize=True, keep=[before])
    optimized.share_with(plain)
    shape = (1, *plain.blobs["data"].shape[1:])
    data = rng.standard_normal(shape, dtype=np.float32)
    for net in (plain, optimized):
        net.blobs["data"].reshape(*shape)
        net.forward(data=data)
    expected = plain.blobs[before].data
    np.testing.assert_allclose(
        optimized.blobs[before].data, expected, atol=1e-3 * np.abs(expected).max()
    )
    assert np.ptp(expected) > 0
