"""Arrays that go into blobs, and views that are held: what is written through an old one is seen by the next run."""

from __future__ import annotations

from typing import Callable

import caffe
import numpy as np
import pytest

Array = np.ndarray


def every_other(array: Array) -> Array:
    wide = np.repeat(array, 2, axis=3)
    return wide[..., ::2]


def read_only(array: Array) -> Array:
    array = array.copy()
    array.flags.writeable = False
    return array


FORMS: dict[str, Callable[[Array], object]] = {
    "floats": np.copy,
    "doubles": lambda array: array.astype(np.float64),
    "halves": lambda array: array.astype(np.float16),
    "bytes": lambda array: array.astype(np.uint8),
    "swapped": lambda array: array.astype(array.dtype.newbyteorder()),
    "fortran": np.asfortranarray,
    "strided": every_other,
    "reversed": lambda array: array[:, ::-1],
    "read only": read_only,
    "lists": lambda array: array.tolist(),
    "one channel": lambda array: array[:, :1],
}


@pytest.mark.parametrize("form", FORMS)
def test_inputs_of_any_form(net: caffe.Net, images: Array, form: str) -> None:
    held = net.blobs["data"].data
    images = np.round(np.abs(images))  # bytes and halves hold them too
    for given in (images, images + 1):
        whole = np.broadcast_to(np.asarray(FORMS[form](given), np.float32), images.shape)
        net.blobs["data"].data[...] = whole
        expected = net.forward()["prob"].copy()
        held[...] = -1
        found = net.forward(data=FORMS[form](given))["prob"]
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(held, whole)


def test_an_input_may_be_the_blobs_own_view(net: caffe.Net, images: Array) -> None:
    held = net.blobs["data"].data
    expected = net.forward(data=images)["prob"].copy()
    np.testing.assert_array_equal(net.forward(data=held)["prob"], expected)
    flipped = net.forward(data=images[:, ::-1])["prob"].copy()
    net.forward(data=images)
    np.testing.assert_array_equal(net.forward(data=held[:, ::-1])["prob"], flipped)


def test_inputs_follow_a_reshape(net: caffe.Net, images: Array) -> None:
    before = net.forward(data=images)["prob"].copy()
    old = net.blobs["data"].data
    net.blobs["data"].reshape(9, 2, 8, 8)
    many = np.concatenate([images, images, images[:1]])
    found = net.forward(data=many)["prob"]
    np.testing.assert_allclose(found, np.concatenate([before, before, before[:1]]), rtol=1e-5)
    old[...] = 0  # it stands alone now
    np.testing.assert_array_equal(net.forward()["prob"], found)


def test_gradients_of_outputs_go_in_the_same_way(images: Array) -> None:
    net = caffe.Net.from_text(
        'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }'
        'layer { name: "twice" type: "Power" bottom: "x" top: "y" power_param { scale: 2 } }',
        force_backward=True,
    )
    held = net.blobs["y"].diff
    net.forward(x=np.ones((2, 3), np.float32))
    for gradient in (np.ones((2, 3), np.float32), np.full((2, 3), 4.0)):
        np.testing.assert_array_equal(net.backward(y=gradient)["x"], 2 * gradient)
        np.testing.assert_array_equal(held, gradient)


def test_weights_through_views_that_are_held(net: caffe.Net, images: Array) -> None:
    """Layers keep what they make of their weights: it is made anew when those have changed, and only then."""
    views = {name: [blob.data for blob in blobs] for name, blobs in net.params.items()}
    first = net.forward(data=images)["prob"].copy()
    for name, (weights, _) in views.items():
        before = weights.copy()
        weights[...] = 0
        assert not np.array_equal(net.forward()["prob"], first), name
        weights[...] = before
        np.testing.assert_array_equal(net.forward()["prob"], first)
        np.testing.assert_array_equal(net.forward()["prob"], first)


def test_weights_through_views_that_go_at_once(net: caffe.Net, images: Array) -> None:
    first = net.forward(data=images)["prob"].copy()
    for name, blobs in net.params.items():
        assert blobs[0].data.shape == blobs[0].shape
        np.testing.assert_array_equal(net.forward()["prob"], first)
        before = blobs[0].data.copy()
        blobs[0].data[...] = 0
        assert not np.array_equal(net.forward()["prob"], first), name
        blobs[0].data[...] = before
        np.testing.assert_array_equal(net.forward()["prob"], first)


def test_clones_see_what_is_written_through_the_others_views(net: caffe.Net, images: Array) -> None:
    clone = net.clone()
    first = net.forward(data=images)["prob"].copy()
    np.testing.assert_array_equal(clone.forward(data=images)["prob"], first)
    net.params["conv"][0].data[...] *= 2
    np.testing.assert_array_equal(clone.forward()["prob"], net.forward()["prob"])
    assert not np.array_equal(clone.forward()["prob"], first)


@pytest.mark.parametrize("held", [True, False], ids=["held", "new"])
def test_a_callback_changes_weights_of_layers_to_come(net: caffe.Net, images: Array, held: bool) -> None:
    weights = net.params["ip"][0]
    view = weights.data if held else None
    before = weights.data.copy()
    first = net.forward(data=images)["prob"].copy()
    net.before_forward(lambda layer: None)
    np.testing.assert_allclose(net.forward()["prob"], first, rtol=1e-5)

    def change(layer: int) -> None:
        if net._layer_names[layer] == "conv":
            (weights.data if view is None else view)[...] = 0

    net.after_forward(change)
    np.testing.assert_allclose(net.forward()["prob"], 0.2, rtol=1e-5)
    net.remove_callback(change)
    weights.data[...] = before
    np.testing.assert_allclose(net.forward()["prob"], first, rtol=1e-5)


def test_a_callback_changes_gradients_on_their_way(images: Array) -> None:
    net = caffe.Net.from_text(
        'force_backward: true layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 4 dim: 2 dim: 8 dim: 8 } } }'
        'layer { name: "one" type: "Convolution" bottom: "x" top: "one" convolution_param { num_output: 3 kernel_size: 3'
        ' weight_filler { type: "gaussian" std: 1 } } }'
        'layer { name: "two" type: "Convolution" bottom: "one" top: "two" convolution_param { num_output: 2 kernel_size: 3'
        ' weight_filler { type: "gaussian" std: 1 } } }'
    )
    gradient = np.ones((4, 2, 4, 4), np.float32)
    net.forward(x=images)
    plain = net.backward(two=gradient)["x"].copy()
    assert np.any(plain)
    view = net.blobs["one"].diff

    @net.after_backward
    def halve(layer: int) -> None:
        if net._layer_names[layer] == "two":
            view[...] /= 2

    np.testing.assert_allclose(net.backward(two=gradient)["x"], plain / 2, rtol=1e-4, atol=1e-5)


def test_training_with_views_of_weights_held(solver_file: object) -> None:
    """The same bits as without."""
    plain, watched = caffe.get_solver(str(solver_file)), caffe.get_solver(str(solver_file))
    views = [blob.data for blobs in watched.net.params.values() for blob in blobs]
    for _ in range(5):
        plain.step(1)
        watched.step(1)
        ours = [blob.data for blobs in plain.net.params.values() for blob in blobs]
        for view, other in zip(views, ours):
            np.testing.assert_array_equal(view, other)
