"""What nets are in numbers, and what they make of images: net.summary(), caffe.time, caffe.features."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import caffe
import numpy as np
import pytest

WEIGHTS = 3 * 2 * 9 + 3 + 5 * 27 + 5


def test_summary(net: caffe.Net) -> None:
    summary = net.summary()
    conv = summary.layers[1]
    assert (conv.name, conv.type, conv.bottoms, conv.tops) == (
        "conv",
        "Convolution",
        ["data"],
        ["conv"],
    )
    assert conv.shapes == [(4, 3, 6, 6)]
    assert conv.parameters == 57
    assert conv.macs == pytest.approx(4 * 3 * 36 * 18, rel=0.1)  # and the bias
    assert conv.bytes == 4 * 4 * 3 * 36
    assert summary.layers[2].bytes == 0  # in place
    assert summary.parameters == WEIGHTS
    assert summary.parameter_bytes == 4 * WEIGHTS
    assert summary.macs == sum(one.macs for one in summary.layers)
    assert summary.blob_bytes == sum(4 * blob.count for blob in net.blobs.values())
    text = str(summary)
    assert "conv   Convolution   4 x 3 x 6 x 6" in text
    assert text.endswith(
        f"net 'small', phase TEST: 6 layers, {WEIGHTS} parameters (788 B), "
        f"{summary.macs:,} multiply-adds, blobs of 4.3 KiB"
    )


def test_summary_follows_a_reshape(net: caffe.Net) -> None:
    before = net.summary()
    net.blobs["data"].reshape(8, 2, 8, 8)
    net.reshape()
    after = net.summary()
    assert after.macs == 2 * before.macs
    assert after.parameters == before.parameters


def test_summary_counts_what_is_shared_once() -> None:
    net = caffe.Net.from_text(
        """
        layer { name: "a" type: "Input" top: "a" input_param { shape { dim: 2 dim: 3 } } }
        layer { name: "one" type: "InnerProduct" bottom: "a" top: "b" param { name: "w" }
                param { name: "b" } inner_product_param { num_output: 3 } }
        layer { name: "two" type: "InnerProduct" bottom: "b" top: "c" param { name: "w" }
                param { name: "b" } inner_product_param { num_output: 3 } }
        layer { name: "sum" type: "Eltwise" bottom: "b" bottom: "c" top: "s" }
        """
    )
    summary = net.summary()
    assert [one.parameters for one in summary.layers if one.parameters] == [12, 12]
    assert summary.parameters == 12
    splits = [one for one in summary.layers if one.type == "Split"]
    assert splits
    assert [one.bytes for one in splits] == [0] * len(splits)  # it copies nothing


def test_summary_of_layers_with_one_name() -> None:
    net = caffe.Net.from_text(
        """
        layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
        layer { name: "a" type: "InnerProduct" bottom: "data" top: "a"
                inner_product_param { num_output: 4 } }
        layer { name: "a" type: "ReLU" bottom: "a" top: "b" }
        layer { name: "z" type: "InnerProduct" bottom: "b" top: "z"
                inner_product_param { num_output: 2 } }
        """
    )
    layers = net.summary().layers
    assert [(one.name, one.type, one.parameters, one.macs) for one in layers] == [
        ("data", "Input", 0, 0),
        ("a", "InnerProduct", 16, 28),
        ("a", "ReLU", 0, layers[2].macs),
        ("z", "InnerProduct", 10, 18),
    ]
    assert [one.tops for one in layers] == [["data"], ["a"], ["b"], ["z"]]


def test_a_notebook_shows_picture_and_summary(net: caffe.Net) -> None:
    html = net._repr_html_()
    assert html.startswith("<svg")
    assert "<table>" in html
    assert html.count("<tr>") == 7
    assert "6 layers" in html
    odd = caffe.Net.from_text(
        'name: "<b>" layer { name: "<i>" type: "Input" top: "x" input_param { shape { dim: 1 } } }'
    )
    assert "<i>" not in odd.summary()._repr_html_()
    assert "&lt;i&gt;" in odd.summary()._repr_html_()


def test_time(net: caffe.Net, small: Path) -> None:
    times = caffe.time(net, 2)
    assert times.layers == ["data", "conv", "relu", "pool", "ip", "prob"]
    assert times.types[1] == "Convolution"
    assert len(times.forward) == 6
    assert all(one >= 0 for one in times.forward)
    assert times.total_forward > 0
    assert times.backward is None
    assert times.total_backward is None
    trained = caffe.time(small, iterations=1)
    assert trained.backward is not None
    assert len(trained.backward) == 6
    assert trained.total_backward is not None
    lines = str(trained).splitlines()
    assert lines[0].split() == ["layer", "type", "forward", "ms", "backward", "ms", "share"]
    assert lines[-1].startswith("all")
    assert len(lines) == 8
    assert trained._repr_html_().count("<tr>") == 8
    learning = caffe.Net(small, caffe.TRAIN)
    learning.blobs["prob"].diff[...] = np.arange(5)
    caffe.time(learning, 1)
    assert not any(blob.diff.any() for blobs in learning.params.values() for blob in blobs)
    for slip, words in (
        (lambda: caffe.time(net, 0), "one iteration"),
        (lambda: caffe.time(3), "int"),
    ):
        with pytest.raises(caffe.InvalidArgumentError, match=words):
            slip()


COLOURS = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } }
} layer { name: "twice" type: "Power" bottom: "data" top: "twice" power_param { scale: 2 } }
"""


def test_features_of_files_and_images(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = 200, 100  # red, green
    pillow.fromarray(pixels).save(tmp_path / "a.png")
    net = caffe.Net.from_text(COLOURS)
    image = caffe.io.load_image(tmp_path / "a.png")
    for images in (
        [tmp_path / "a.png", str(tmp_path / "a.png"), image],
        tmp_path / "a.png",
        image,
        [image[::2, ::2]] * 5,
    ):
        found = caffe.features(net, images, "twice")
        count = len(images) if isinstance(images, list) else 1
        assert found.shape == (count, 3, 4, 4)
        np.testing.assert_allclose(found[:, :, 2, 2], [[0, 200, 400]] * count, atol=1e-3)
    found = caffe.features(net, [image], "twice", mean=[0, 50, 100], input_scale=0.5)
    np.testing.assert_allclose(found[0, :, 2, 2], [0, 50, 100], atol=1e-3)
    grey = np.full((4, 4), 0.5, np.float32)
    assert caffe.features(net, [grey], "data").max() == pytest.approx(127.5)
    assert caffe.features(net, [pixels], "data").max() == pytest.approx(200)  # as its file
    assert caffe.features(net, [pixels], "data", raw_scale=1).max() == 200
    with pytest.raises(caffe.InvalidArgumentError, match="one is int64"):
        caffe.features(net, [pixels.astype(np.int64)], "data")
    deep = pixels.astype(np.uint16) * 257
    assert caffe.features(net, [deep], "data").max() == pytest.approx(200)
    transformer = caffe.io.Transformer({"data": (2, 3, 4, 4)})
    transformer.set_transpose("data", (2, 0, 1))
    own = caffe.features(net, [image], "data", transformer=transformer)
    np.testing.assert_allclose(own[0], image.transpose(2, 0, 1))


def test_features_of_arrays(net: caffe.Net) -> None:
    many = np.random.RandomState(0).randn(7, 2, 8, 8).astype(np.float32)
    found = caffe.features(net, many, "ip")
    assert found.shape == (7, 5)
    np.testing.assert_allclose(found[:4], net.forward(["ip"], data=many[:4])["ip"], rtol=1e-5)


def test_features_read_images_batch_by_batch(net: caffe.Net) -> None:
    made: list[int] = []

    def images() -> Iterator[np.ndarray]:
        for i in range(9):
            made.append(i)
            assert len(made) - len(seen) * 4 <= 4  # no more than a batch ahead
            yield np.full((8, 8, 2), i, np.float32)

    seen: list[int] = []
    net.before_forward(lambda layer: seen.append(layer) if layer == 0 else None)
    found = caffe.features(net, images(), "data", raw_scale=1)
    np.testing.assert_array_equal(found[:, 0, 0, 0], range(9))


def test_the_batch_is_the_inputs() -> None:
    net = caffe.Net.from_text(
        """
        layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 1 dim: 2 } } }
        layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: 2 } } }
        layer { name: "twice" type: "Power" bottom: "data" top: "twice" power_param { scale: 2 } }
        """
    )
    many = np.arange(12, dtype=np.float32).reshape(6, 2)
    np.testing.assert_array_equal(net.forward_all(data=many)["twice"], 2 * many)
    np.testing.assert_array_equal(caffe.features(net, many, "twice"), 2 * many)


def test_features_that_cannot_be(net: caffe.Net) -> None:
    many = np.zeros((3, 2, 8, 8))
    with pytest.raises(caffe.NotFoundError, match="did you mean 'ip'"):
        caffe.features(net, many, "ipp")
    with pytest.raises(caffe.ShapeError, match="items of 2 x 8 x 8, got 2 x 8 x 7"):
        caffe.features(net, many[:, :, :, 1:], "ip")
    with pytest.raises(caffe.ShapeError, match="images H x W x 2, one is 8 x 8 x 3"):
        caffe.features(net, [np.zeros((8, 8, 3))], "ip")
    with pytest.raises(caffe.InvalidArgumentError, match="no images"):
        caffe.features(net, [], "ip")
    alone = caffe.Net.from_text(
        COLOURS + 'layer { name: "r" type: "Reduction" bottom: "twice" top: "sum" }'
    )
    with pytest.raises(caffe.ShapeError, match="'sum' has no item for each image: it is a number"):
        caffe.features(alone, np.zeros((3, 3, 4, 4)), "sum")
    two = caffe.Net.from_text(
        'layer { name: "i" type: "Input" top: "a" top: "b" input_param { shape { dim: 1 } } }'
    )
    with pytest.raises(caffe.InvalidArgumentError, match="one input, this one has a, b"):
        caffe.features(two, many, "a")
    flat = caffe.Net.from_text(
        'layer { name: "i" type: "Input" top: "a" input_param { shape { dim: 2 dim: 3 } } }'
    )
    with pytest.raises(caffe.ShapeError, match="input 'a' is 2 x 3"):
        caffe.features(flat, [np.zeros((4, 4, 3))], "a")
    assert caffe.features(flat, np.ones((5, 3)), "a").shape == (5, 3)
