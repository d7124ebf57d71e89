"""Blobs: views that stay live, shapes, numpy's protocols."""

from __future__ import annotations

import gc
from pathlib import Path

import caffe
import numpy as np
import pytest


def test_own_blob() -> None:
    blob = caffe.Blob(2, 3)
    assert blob.shape == (2, 3)
    assert blob.count == 6
    assert blob.data.dtype == np.float32
    assert not blob.data.any()
    blob.data[1, 2] = 5
    assert blob.data.sum() == 5


@pytest.mark.parametrize("shape", [(), (0, 3), (2,), (1, 2, 3, 4, 5)])
def test_shapes(shape: tuple[int, ...]) -> None:
    blob = caffe.Blob(*shape)
    assert blob.shape == shape
    assert blob.data.shape == shape
    assert blob.diff.shape == shape
    assert blob.count == int(np.prod(shape))


def test_shapes_that_cannot_be() -> None:
    with pytest.raises(caffe.Error):
        caffe.Blob(2, -3)
    with pytest.raises(caffe.Error):
        caffe.Blob(2**40, 2**40)


def test_old_names_of_axes() -> None:
    blob = caffe.Blob(2, 3)
    assert (blob.num, blob.channels, blob.height, blob.width) == (2, 3, 1, 1)
    with pytest.raises(caffe.InvalidArgumentError, match="1 x 2 x 3 x 4 x 5"):
        _ = caffe.Blob(1, 2, 3, 4, 5).num


def test_reshape_takes_numbers_or_a_shape() -> None:
    blob = caffe.Blob(2, 3)
    blob.reshape(4, 5)
    assert blob.data.shape == (4, 5)
    blob.reshape((6,))
    assert blob.data.shape == (6,)
    with pytest.raises(caffe.Error):
        blob.reshape(-1)


def test_view_is_kept_while_somebody_holds_it() -> None:
    blob = caffe.Blob(3)
    view = blob.data
    assert blob.data is view
    assert blob.data is not blob.diff


def test_shapes_are_whole_numbers() -> None:
    with pytest.raises(TypeError, match="float"):
        caffe.Blob(2.7)  # type: ignore[arg-type]
    blob = caffe.Blob(np.int64(2))
    with pytest.raises(TypeError, match="float"):
        blob.reshape(3, 5 / 2)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="float"):
        blob.reshape((3, 2.0))  # type: ignore[arg-type]
    assert blob.shape == (2,)


def test_view_outlives_blob_and_reshape() -> None:
    blob = caffe.Blob(1000)
    view = blob.data
    view[...] = 7
    blob.reshape(100000)
    blob.data[...] = 1
    del blob
    gc.collect()
    assert (view == 7).all()


def test_numpy_protocols() -> None:
    blob = caffe.Blob(2, 2)
    blob.data[...] = [[1, 2], [3, 4]]
    assert np.asarray(blob) is blob.data or np.shares_memory(np.asarray(blob), blob.data)
    assert np.asarray(blob, np.float64).dtype == np.float64
    copied = np.array(blob)
    copied[...] = 0
    assert np.sum(blob) == 10
    assert np.allclose(np.matmul(blob.data, np.eye(2)), blob)
    assert memoryview(blob.data).nbytes == 16


def test_numpy_2_asks_for_no_copy() -> None:
    with pytest.raises(ValueError, match="float64"):
        caffe.Blob(2).__array__(np.float64, copy=False)


def test_view_in_another_shape_does_not_disturb() -> None:
    blob = caffe.Blob(2, 3)
    view = blob.data
    view.shape = (6,)
    assert blob.data.shape == (2, 3)
    view[5] = 1
    assert blob.data[1, 2] == 1


def test_binaryproto(tmp_path: Path) -> None:
    blob = caffe.Blob(1, 2, 3)
    blob.data[...] = np.arange(6).reshape(1, 2, 3)
    blob.save(tmp_path / "mean.binaryproto")
    again = caffe.Blob.load(tmp_path / "mean.binaryproto")
    np.testing.assert_array_equal(again.data, blob.data)
    with pytest.raises(caffe.FileError):
        caffe.Blob.load(tmp_path / "none.binaryproto")


def test_input_view_is_seen_by_every_forward(net: caffe.Net, images: np.ndarray) -> None:
    view = net.blobs["data"].data
    view[...] = images
    first = net.forward()["prob"].copy()
    view[...] = -images
    second = net.forward()["prob"].copy()
    assert not np.allclose(first, second)
    view[...] = images
    np.testing.assert_array_equal(net.forward()["prob"], first)


def test_output_view_shows_every_forward(net: caffe.Net, images: np.ndarray) -> None:
    views = {name: blob.data for name, blob in net.blobs.items()}
    for scale in (1, 2, -1):
        net.forward(data=images * scale)
        fresh = caffe.Net.from_text(net.prototxt, caffe.TEST)
        fresh.share_with(net)
        fresh.forward(data=images * scale)
        for name, view in views.items():
            np.testing.assert_allclose(view, fresh.blobs[name].data, rtol=1e-5, atol=1e-6)
            assert np.shares_memory(view, net.blobs[name].data)


def test_parameter_view_is_live_both_ways(net: caffe.Net, images: np.ndarray) -> None:
    weights, bias = (blob.data for blob in net.params["conv"])
    first = net.forward(data=images)["prob"].copy()
    for _ in range(3):
        weights *= 2
        bias += 1
        changed = net.forward(data=images)["prob"].copy()
        assert not np.allclose(first, changed)
    weights /= 8
    bias -= 3
    np.testing.assert_allclose(net.forward(data=images)["prob"], first, rtol=1e-4, atol=1e-6)


def test_diff_views_over_backward_passes(net: caffe.Net, images: np.ndarray) -> None:
    gradient = net.params["ip"][0].diff
    data_gradient = net.blobs["data"].diff
    net.forward(data=images)
    net.backward(prob=np.eye(4, 5, dtype=np.float32))
    first, first_data = gradient.copy(), data_gradient.copy()
    assert first.any()
    assert first_data.any()
    net.backward(prob=np.eye(4, 5, dtype=np.float32))
    np.testing.assert_allclose(gradient, 2 * first, rtol=1e-4, atol=1e-6)  # parameters add up
    np.testing.assert_allclose(data_gradient, first_data, rtol=1e-4, atol=1e-6)  # blobs do not
    net.clear_param_diffs()
    assert not gradient.any()
    gradient[...] = 1
    net.backward(prob=np.zeros((4, 5), np.float32))
    assert (gradient == 1).all()


def test_view_of_a_net_that_is_gone(small: Path, images: np.ndarray) -> None:
    net = caffe.Net(small, caffe.TEST)
    net.forward(data=images)
    view, blob = net.blobs["prob"].data, net.blobs["conv"]
    expected = view.copy()
    del net
    gc.collect()
    np.testing.assert_array_equal(view, expected)
    assert blob.shape == (4, 3, 6, 6)


def test_reshape_leaves_old_views_alone(net: caffe.Net, images: np.ndarray) -> None:
    old = net.blobs["prob"].data
    net.forward(data=images)
    net.blobs["data"].reshape(2, 2, 8, 8)
    assert net.forward(data=images[:2])["prob"].shape == (2, 5)
    assert old.shape == (4, 5)
    old[...] = 3  # still memory of its own
    assert (old == 3).all()


def test_loaded_weights_are_seen_in_old_views(net: caffe.Net, tmp_path: Path) -> None:
    view = net.params["ip"][0].data
    net.save(tmp_path / "w.caffemodel")
    saved = view.copy()
    view[...] = 0
    net.copy_from(tmp_path / "w.caffemodel")
    np.testing.assert_array_equal(view, saved)
    assert np.shares_memory(view, net.params["ip"][0].data)
    view *= 2
    np.testing.assert_array_equal(net.params["ip"][0].data, 2 * saved)
