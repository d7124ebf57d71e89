"""net.backward() where no forward came before, or only a part of one: values count as they are."""

from __future__ import annotations

from pathlib import Path

import caffe
import layers_for_tests
import numpy as np
import pytest
from python_nets import inputs, layer, net_of


def dense(name: str, bottom: str) -> str:
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{name}" '
        f'inner_product_param {{ num_output: 3 weight_filler {{ type: "xavier" }} }} }}\n'
    )


def chain() -> caffe.Net:
    return net_of(
        inputs("x", shape=(2, 4)), dense("ip", "x"), dense("ip2", "ip"), phase=caffe.TRAIN
    )


def test_layers_in_python() -> None:
    net = net_of(inputs("x"), layer("Twice"), layer("Twice", bottom="y", top="z"))
    net.blobs["z"].diff[...] = 7
    net.backward()
    assert (net.blobs["x"].diff == 28).all()


def test_between_two_layers() -> None:
    net = chain()
    net.blobs["ip2"].diff[...] = 1
    assert set(net.backward(start="ip2", end="ip")) == {"x"}
    weights = net.params["ip2"][0].data
    np.testing.assert_allclose(
        net.blobs["ip"].diff, np.tile(weights.sum(axis=0), (2, 1)), rtol=1e-5
    )
    assert set(net.backward(start="ip2", end="ip2")) == {"ip"}


def test_data_and_diff_set_by_hand() -> None:
    net = net_of(inputs("x", shape=(2, 4)), dense("ip", "x"), phase=caffe.TRAIN)
    net.blobs["x"].data[...] = 2
    net.blobs["ip"].diff[...] = 1
    gradient = net.backward()["x"]
    assert (net.params["ip"][0].diff == 4).all()
    assert not net.blobs["ip"].data.any()  # it did not go forward
    np.testing.assert_allclose(gradient[0], net.params["ip"][0].data.sum(axis=0), rtol=1e-5)


def test_after_a_part_of_a_forward() -> None:
    net = chain()
    net.forward(x=np.ones((2, 4)), end="ip")
    ip = net.blobs["ip"].data.copy()
    net.blobs["ip2"].diff[...] = 1
    net.backward()
    assert net.params["ip2"][0].diff.shape == (3, 3)
    np.testing.assert_allclose(net.params["ip2"][0].diff[0], ip.sum(axis=0), rtol=1e-5)
    net = chain()
    net.blobs["ip"].data[...] = 5
    net.forward(start="ip2")
    net.blobs["ip2"].diff[...] = 1
    net.backward()
    assert (net.blobs["ip"].data == 5).all()
    assert (net.params["ip2"][0].diff == 10).all()


def test_after_a_reshape() -> None:
    net = net_of(inputs("x", shape=(2, 4)), dense("ip", "x"), phase=caffe.TRAIN)
    net.forward(x=np.ones((2, 4)))
    net.blobs["x"].reshape(3, 4)
    with pytest.raises(
        caffe.StateError, match=r'"x" has got another shape, 2 4 \(8\) before, 3 4 '
    ):
        net.backward()
    net.reshape()
    net.blobs["ip"].diff[...] = 1
    net.blobs["x"].data[...] = 1
    assert net.backward()["x"].shape == (3, 4)
    assert (net.params["ip"][0].diff == 3).all()


def test_a_forward_that_cannot_be_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers_for_tests.Raises, "what", ZeroDivisionError())
    net = net_of(inputs("x"), layer("Raises", "forward"), phase=caffe.TRAIN)
    net.blobs["y"].data[...] = 3
    with pytest.raises(ZeroDivisionError):
        net.backward()
    assert (net.blobs["y"].data == 3).all()


@pytest.mark.parametrize("phase", [caffe.TRAIN, caffe.TEST])
def test_it_is_the_gradient_of_what_lies_there(phase: int, small: Path, images: np.ndarray) -> None:
    usual, early = (caffe.Net(small, phase, seed=3) for _ in range(2))
    usual.forward(data=images)
    for name, blob in usual.blobs.items():
        early.blobs[name].data[...] = blob.data
    seed = np.random.RandomState(1).randn(4, 5).astype(np.float32)
    expected = usual.backward(prob=seed)["data"]
    assert expected.any()
    np.testing.assert_allclose(early.backward(prob=seed)["data"], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(early.blobs["prob"].data, usual.blobs["prob"].data)
