"""Callbacks around the layers of a net, and the arrays of MemoryData layers."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import caffe
import numpy as np
import pytest

MEMORY = """
layer { name: "memory" type: "MemoryData" top: "data" top: "label"
  memory_data_param { batch_size: 2 channels: 1 height: 2 width: 3 } %s }
layer { name: "power" type: "Power" bottom: "data" top: "power" power_param { scale: 2 } }
"""


# ---- callbacks


def test_callbacks_must_be_callable(net: caffe.Net) -> None:
    with pytest.raises(TypeError, match="has to be callable"):
        net.after_forward(3)  # type: ignore[arg-type]
    net.forward()


def test_callbacks_around_layers(net: caffe.Net) -> None:
    seen: list[tuple[str, int]] = []
    for name in ("before_forward", "after_forward", "before_backward", "after_backward"):
        getattr(net, name)(lambda layer, name=name: seen.append((name, layer)))
    net.forward(end="conv")
    assert seen == [(f"{when}_forward", layer) for layer in (0, 1) for when in ("before", "after")]
    net.forward()
    seen.clear()
    net.backward(start="prob", end="ip")
    assert seen == [(f"{when}_backward", layer) for layer in (5, 4) for when in ("before", "after")]


def test_callbacks_are_removed(net: caffe.Net) -> None:
    seen: list[int] = []

    @net.before_forward
    def once(layer: int) -> None:
        seen.append(layer)
        net.remove_callback(once)

    assert net.after_forward(seen.append) == seen.append
    net.forward(end="conv")
    assert seen == [0, 0, 1]
    net.remove_callback(seen.append)
    net.forward(end="conv")
    assert seen == [0, 0, 1]
    for function in (once, seen.append, print):
        with pytest.raises(caffe.NotFoundError, match="was not added"):
            net.remove_callback(function)
    net.before_forward(once)
    net.before_forward(seen.append)
    net.forward(end="conv")
    assert seen == [0, 0, 1, 0, 0, 1]


def test_without_callbacks_layers_fuse_again(net: caffe.Net, images: np.ndarray) -> None:
    plain = net.forward(data=images)["prob"].copy()
    net.before_forward(print)
    net.remove_callback(print)
    assert net._handle is None
    np.testing.assert_array_equal(net.forward(data=images)["prob"], plain)


def test_callbacks_see_and_change_blobs(net: caffe.Net, images: np.ndarray) -> None:
    plain = net.forward(data=images, blobs=["conv", "pool"])
    conv, pool = plain["conv"].copy(), plain["pool"].copy()
    view = net.blobs["conv"].data
    names = list(net._layer_names)

    def halve(layer: int) -> None:
        if names[layer] == "relu":
            np.testing.assert_allclose(view, conv, rtol=1e-5)
            view[...] /= 2
            net.params["ip"][0].data[...] = 0

    net.after_forward(halve)
    found = net.forward(data=images, blobs=["conv", "pool"])
    np.testing.assert_allclose(found["conv"], conv / 2, rtol=1e-5)
    np.testing.assert_allclose(found["pool"], pool / 2, rtol=1e-5)
    np.testing.assert_allclose(found["prob"], 0.2, rtol=1e-5)


def test_what_a_callback_raises(net: caffe.Net) -> None:
    what = KeyboardInterrupt()

    def fail(layer: int) -> None:
        if layer == 3:
            raise what

    net.before_backward(fail)
    net.forward()
    with pytest.raises(KeyboardInterrupt) as caught:
        net.backward()
    assert caught.value is what


def test_a_callback_cannot_run_its_net(net: caffe.Net) -> None:
    net.before_forward(lambda layer: net.forward())
    with pytest.raises(caffe.StateError, match="running already"):
        net.forward()


def test_callbacks_of_a_solver_s_net(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    seen: list[int] = []
    solver.net.after_forward(seen.append)
    gc.collect()
    solver.step(2)
    assert seen == [0, 1, 2, 3, 4] * 2


def test_a_net_goes_though_its_callbacks_refer_to_it(small: Path) -> None:
    net = caffe.Net(small, caffe.TEST)
    net.after_forward(lambda layer, refers_to=net: refers_to.name)
    net.forward()
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None


# ---- memory data


def arrays(count: int) -> tuple[np.ndarray, np.ndarray]:
    data = np.arange(count * 6, dtype=np.float32).reshape(count, 1, 2, 3)
    return data, np.arange(count, dtype=np.float32)


def test_arrays_in_batches() -> None:
    net = caffe.Net.from_text(MEMORY % "", caffe.TEST)
    data, labels = arrays(6)
    net.set_input_arrays(data, labels)
    expected, data[...] = data.copy(), -1
    for i in (0, 2, 4, 0):
        assert net.forward()["label"].ravel().tolist() == [i, i + 1]
        np.testing.assert_array_equal(net.blobs["data"].data, expected[i : i + 2])
        np.testing.assert_array_equal(net.blobs["power"].data, 2 * expected[i : i + 2])
    net.set_input_arrays(expected[2:4], labels[2:4].reshape(2, 1, 1, 1), layer="memory")
    for _ in range(2):
        assert net.forward()["label"].ravel().tolist() == [2, 3]


def test_arrays_through_the_transformer() -> None:
    transform = "transform_param { scale: 0.5 mean_value: 4 mirror: true }"
    net = caffe.Net.from_text(MEMORY % transform, caffe.TEST, seed=1)
    data, labels = arrays(64)
    net.set_input_arrays(data, labels)
    assert net.forward()["power"][0, 0, 0].tolist() == [0, 2, 4]
    net.set_input_arrays(data, labels, transform=True)
    mirrored = 0
    for i in range(0, 64, 2):
        found, plain = net.forward()["power"], data[i : i + 2] - 4
        for one, expected in zip(found, plain):
            if not np.array_equal(one, expected):
                mirrored += 1
                np.testing.assert_array_equal(one, expected[:, :, ::-1])
    assert 16 < mirrored < 48


def test_training_resumes_within_the_arrays(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(
        MEMORY % ""
        + """
        layer { name: "ip" type: "InnerProduct" bottom: "power" top: "ip"
          inner_product_param { num_output: 1 } }
        layer { name: "flat" type: "Flatten" bottom: "label" top: "flat" }
        layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "flat" top: "loss" }"""
    )
    text = (
        f'net: "{tmp_path}/net.prototxt" base_lr: 0.0001 lr_policy: "fixed" momentum: 0.9 '
        f'snapshot_prefix: "{tmp_path}/s"'
    )
    solver, other = (caffe.SGDSolver.from_text(text) for _ in range(2))
    for one in (solver, other):
        one.net.set_input_arrays(*arrays(8))
    solver.step(3)
    other.restore(solver.snapshot())
    for one in (solver, other):
        one.step(3)
    np.testing.assert_array_equal(other.net.blobs["data"].data, solver.net.blobs["data"].data)
    np.testing.assert_array_equal(other.net.params["ip"][0].data, solver.net.params["ip"][0].data)


def test_arrays_that_do_not_fit() -> None:
    net = caffe.Net.from_text(MEMORY % "", caffe.TEST)
    data, labels = arrays(4)
    for wrong, error, words in (
        ((data[:3], labels[:3]), caffe.ShapeError, "multiple of 2"),
        ((data, labels[:2]), caffe.ShapeError, "expected 4 x 1 x 1 x 1"),
        ((data[:, 0], labels), caffe.ShapeError, "4 axes"),
        ((data.reshape(4, 1, 3, 2), labels), caffe.ShapeError, "expected items of 1 2 3"),
        ((data.astype(np.float64), labels), caffe.InvalidArgumentError, "data has to hold float32"),
        ((data, labels.astype(int)), caffe.InvalidArgumentError, "labels has to hold float32"),
        ((data[:, :, ::-1], labels), caffe.InvalidArgumentError, "C contiguous"),
        (([[1.0]], labels), caffe.InvalidArgumentError, "numpy array"),
    ):
        with pytest.raises(error, match=words):
            net.set_input_arrays(*wrong)
    with pytest.raises(caffe.StateError, match=r"power.*not a MemoryData layer"):
        net.set_input_arrays(data, labels, layer="power")
    with pytest.raises(caffe.StateError, match="no data yet"):
        net.forward()
