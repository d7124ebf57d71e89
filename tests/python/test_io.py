"""caffe.io: images, the transformer, blobs and datums."""

from __future__ import annotations

import io as streams
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import io
from caffe.proto import caffe_pb2
from PIL import Image

# ---- images


def write(path: Path, mode: str, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels, mode).save(path)
    return path


def test_load_colour_and_grey(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
    path = write(tmp_path / "a.png", "RGB", pixels)
    image = io.load_image(path)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, pixels / 255, rtol=1e-6)
    grey = io.load_image(path, color=False)
    assert grey.shape == (2, 4, 1)
    assert grey[0, 0, 0] == pytest.approx((0.7154 * 10 + 0.0721 * 20) / 255, rel=1e-5)


def test_load_grey_transparent_and_deep(tmp_path: Path) -> None:
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    image = io.load_image(write(tmp_path / "g.png", "L", grey))
    assert image.shape == (2, 3, 3)
    np.testing.assert_allclose(image[..., 2], grey / 255, rtol=1e-6)
    clear = np.dstack([grey, grey, grey, np.zeros_like(grey)])
    np.testing.assert_allclose(io.load_image(write(tmp_path / "t.png", "RGBA", clear)), image)
    deep = (grey.astype(np.uint16) * 257).astype(np.uint16)
    path = tmp_path / "d.png"
    Image.fromarray(deep).save(path)
    np.testing.assert_allclose(io.load_image(path), image, rtol=1e-4)


def test_images_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(caffe.FileError, match="none"):
        io.load_image(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(caffe.ParseError, match=r"text\.png"):
        io.load_image(tmp_path / "text.png")
    whole = write(
        tmp_path / "w.png", "L", np.random.RandomState(0).randint(0, 255, (50, 50)).astype(np.uint8)
    )
    (tmp_path / "half.png").write_bytes(whole.read_bytes()[:900])
    with pytest.raises(caffe.ParseError, match=r"half\.png"):
        io.load_image(tmp_path / "half.png")


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_resize_keeps_what_it_should(order: int, channels: int) -> None:
    image = np.random.RandomState(0).rand(9, 7, channels).astype(np.float32)
    np.testing.assert_array_equal(io.resize_image(image, (9, 7), order), image)
    constant = np.full((9, 7, channels), 0.3, np.float32)
    np.testing.assert_allclose(io.resize_image(constant, (5, 20), order), 0.3, rtol=1e-5)
    assert io.resize_image(image, (3, 4), order).dtype == np.float32


def test_resize_of_a_ramp_is_a_ramp() -> None:
    ramp = np.tile(np.arange(8.0)[np.newaxis, :, np.newaxis], (4, 1, 1))
    found = io.resize_image(ramp, (4, 16))[0, :, 0]
    np.testing.assert_allclose(np.diff(found[2:-2]), 0.5, rtol=1e-4)


def test_damaged_images_are_parse_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ppm").write_bytes(b"P6\n2x 2\n255\n" + bytes(12))
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[11] = 5  # the length of IHDR
    (tmp_path / "b.png").write_bytes(data)
    for name in ("a.ppm", "b.png"):
        with pytest.raises(caffe.ParseError, match=name):
            io.load_image(tmp_path / name)
        datum = caffe_pb2.Datum(encoded=True, data=(tmp_path / name).read_bytes())
        with pytest.raises(caffe.ParseError, match="Datum"):
            io.datum_to_array(datum)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(caffe.ParseError, match="exceeds limit"):
        io.load_image(tmp_path / "a.png")


def test_resize_refuses() -> None:
    with pytest.raises(caffe.ShapeError):
        io.resize_image(np.zeros((4, 4)), (2, 2))
    with pytest.raises(caffe.ShapeError):
        io.resize_image(np.zeros((4, 4, 1)), (0, 2))
    with pytest.raises(caffe.InvalidArgumentError):
        io.resize_image(np.zeros((4, 4, 1)), (2, 2), 7)


def test_oversample_refuses_larger_crops() -> None:
    with pytest.raises(caffe.ShapeError, match="5 x 5 from images of 4 x 4"):
        io.oversample([np.zeros((4, 4, 3))], (5, 5))


# ---- the transformer


def test_transformer_way_back() -> None:
    image = np.random.RandomState(0).rand(6, 5, 3).astype(np.float32)
    transformer = io.Transformer({"data": (1, 3, 6, 5)})
    transformer.set_transpose("data", (2, 0, 1))
    transformer.set_channel_swap("data", (2, 0, 1))
    transformer.set_raw_scale("data", 255)
    transformer.set_mean("data", np.array([104, 117, 123]))
    transformer.set_input_scale("data", 0.017)
    found = transformer.preprocess("data", image)
    assert found.shape == (3, 6, 5)
    assert found[0, 2, 1] == pytest.approx((image[2, 1, 2] * 255 - 104) * 0.017, rel=1e-4)
    np.testing.assert_allclose(transformer.deprocess("data", found[np.newaxis]), image, atol=1e-5)


def test_mean_of_another_size_is_resized() -> None:
    transformer = io.Transformer({"data": (1, 3, 6, 5)})
    transformer.set_mean("data", np.full((3, 12, 10), 7.0))
    np.testing.assert_allclose(transformer.mean["data"], np.full((3, 6, 5), 7.0))
    transformer.set_mean("data", np.full((6, 5), 2.0))
    assert transformer.mean["data"].shape == (1, 6, 5)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mean", np.zeros(2)),
        ("mean", np.zeros((2, 6, 5))),
        ("mean", np.zeros((2, 3, 6, 5))),
        ("mean", np.zeros(())),
        ("transpose", (0, 1)),
        ("transpose", (0, 1, 1)),
        ("channel_swap", (0, 1)),
        ("channel_swap", (0, 1, 3)),
    ],
)
def test_transformer_settings_that_do_not_fit(setting: str, value: object) -> None:
    transformer = io.Transformer({"data": (1, 3, 6, 5)})
    with pytest.raises(caffe.ShapeError, match="data"):
        getattr(transformer, "set_" + setting)("data", value)
    assert getattr(transformer, setting) == {}


def test_transformer_knows_its_inputs() -> None:
    transformer = io.Transformer({"data": (1, 3, 6, 5)})
    for call in (
        lambda: transformer.preprocess("dat", np.zeros((6, 5, 3))),
        lambda: transformer.deprocess("dat", np.zeros((3, 6, 5))),
        lambda: transformer.set_raw_scale("dat", 1),
    ):
        with pytest.raises(caffe.NotFoundError, match=r"'dat'.*data"):
            call()


def test_means_as_files_have_them(tmp_path: Path) -> None:
    transformer = io.Transformer({"data": (1, 3, 6, 5)})
    mean = np.arange(90, dtype=np.float32).reshape(1, 3, 6, 5)
    transformer.set_mean("data", mean)
    np.testing.assert_array_equal(transformer.mean["data"], mean[0])
    blob = caffe.Blob(*mean.shape)
    blob.data[...] = mean
    blob.save(tmp_path / "mean.binaryproto")
    np.save(tmp_path / "mean.npy", mean)
    np.save(tmp_path / "channels.npy", [1.0, 2.0, 3.0])
    for name in ("mean.binaryproto", "mean.npy"):
        for form in (str, Path):
            np.testing.assert_array_equal(io.read_mean(form(tmp_path / name)), mean[0])
    assert io.read_mean(tmp_path / "channels.npy").tolist() == [1, 2, 3]


def test_means_that_cannot_be_read(tmp_path: Path) -> None:
    for name in ("none.npy", "none.binaryproto"):
        with pytest.raises(caffe.FileError, match=name):
            io.read_mean(tmp_path / name)
    for name in ("bad.npy", "bad.binaryproto"):
        (tmp_path / name).write_bytes(b"\xff\xffnothing")
        with pytest.raises(caffe.ParseError, match=name):
            io.read_mean(tmp_path / name)
    (tmp_path / "empty.npy").write_bytes(b"")
    with pytest.raises(caffe.ParseError, match=r"empty\.npy"):
        io.read_mean(tmp_path / "empty.npy")
    (tmp_path / "zip.npy").write_bytes(b"PK\x03\x04none")
    with pytest.raises(caffe.ParseError, match=r"zip\.npy"):
        io.read_mean(tmp_path / "zip.npy")
    np.save(tmp_path / "flat.npy", np.zeros((2, 2)))
    with pytest.raises(caffe.ShapeError, match=r"flat\.npy: expected a mean K x H x W, it is 2 x 2"):
        io.read_mean(tmp_path / "flat.npy")


def test_transformer_says_shapes() -> None:
    transformer = io.Transformer({"data": (1, 3, 6, 5)})
    for call, words in (
        (lambda: transformer.set_mean("data", "mean.npy"), "caffe.io.read_mean reads it"),
        (lambda: transformer.set_mean("data", [1, 2]), "3 numbers.*1 x 3 x 6 x 5, got 2"),
        (
            lambda: transformer.set_mean("data", np.zeros((2, 6, 5))),
            "3 values, or an array of 3 channels such as 3 x 6 x 5, got 2 x 6 x 5",
        ),
        (lambda: transformer.set_mean("date", [1]), "did you mean 'data'"),
    ):
        with pytest.raises(caffe.Error, match=words):
            call()
    transformer.set_mean("data", [1, 2, 3])
    with pytest.raises(caffe.ShapeError, match=r"mean is 3 x 1 x 1.*6 x 5 x 4; set_transpose"):
        io.Transformer.preprocess(transformer, "data", np.zeros((6, 5, 4)).reshape(6, 5, 4))
    transformer.set_transpose("data", (2, 0, 1))
    with pytest.raises(caffe.ShapeError, match="one image H x W x K, got 6 x 5; the input is 1 x 3"):
        transformer.preprocess("data", np.zeros((6, 5)))


def test_resize_by_the_name_it_had() -> None:
    grey = np.full((4, 6), 255, np.uint8)
    assert io.resize(grey, (2, 3)).shape == (2, 3)
    np.testing.assert_allclose(io.resize(grey, (2, 3)), 1)
    np.testing.assert_allclose(io.resize(grey, (2, 3), preserve_range=True), 255)
    colour = np.random.RandomState(0).rand(8, 8, 3)
    found = io.resize(colour, (5, 4, 3), mode="reflect", anti_aliasing=True)
    np.testing.assert_array_equal(found, io.resize_image(colour, (5, 4)))
    for call in (
        lambda: io.resize(colour, (5, 4, 1)),
        lambda: io.resize(colour, (5,)),
        lambda: io.resize(colour[0, 0], (5, 4)),
    ):
        with pytest.raises(caffe.ShapeError, match="resize"):
            call()
    with pytest.raises(TypeError, match="no argument ordre"):
        io.resize(colour, (5, 4), ordre=3)


# ---- blobs and datums


def test_blobproto_there_and_back() -> None:
    array = np.random.RandomState(0).randn(2, 3, 4).astype(np.float32)
    blob = io.array_to_blobproto(array, diff=array * 2)
    assert list(blob.shape.dim) == [2, 3, 4]
    np.testing.assert_array_equal(io.blobproto_to_array(blob), array)
    np.testing.assert_array_equal(io.blobproto_to_array(blob, return_diff=True), array * 2)


def test_blobproto_with_the_old_four_dimensions() -> None:
    blob = caffe_pb2.BlobProto(num=1, channels=2, height=1, width=3, data=range(6))
    assert io.blobproto_to_array(blob).shape == (1, 2, 1, 3)
    doubles = caffe_pb2.BlobProto(double_data=[1, 2])
    doubles.shape.dim.append(2)
    assert io.blobproto_to_array(doubles).dtype == np.float64


def test_blobproto_that_lies() -> None:
    blob = caffe_pb2.BlobProto(data=[1, 2, 3])
    blob.shape.dim.extend([2, 2])
    with pytest.raises(caffe.ShapeError, match="2 x 2.*3 values"):
        io.blobproto_to_array(blob)
    with pytest.raises(caffe.ShapeError):
        io.array_to_blobproto(np.zeros(3), np.zeros(4))


def test_blobproto_vector() -> None:
    arrays = [np.arange(6.0).reshape(2, 3), np.ones(4)]
    again = io.blobprotovector_str_to_arraylist(io.arraylist_to_blobprotovector_str(arrays))
    assert [one.shape for one in again] == [(2, 3), (4,)]
    np.testing.assert_array_equal(again[0], arrays[0])


def test_blobproto_is_what_the_library_reads(tmp_path: Path) -> None:
    array = np.random.RandomState(0).randn(1, 3, 4, 5).astype(np.float32)
    path = tmp_path / "mean.binaryproto"
    path.write_bytes(io.array_to_blobproto(array).SerializeToString())
    np.testing.assert_array_equal(caffe.Blob.load(path).data, array)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_datum_there_and_back(dtype: type) -> None:
    array = np.random.RandomState(0).randint(0, 255, (3, 4, 5)).astype(dtype)
    datum = io.array_to_datum(array, label=7)
    assert (datum.channels, datum.height, datum.width, datum.label) == (3, 4, 5, 7)
    assert bool(datum.data) == (dtype is np.uint8)
    np.testing.assert_array_equal(io.datum_to_array(datum), array)


def test_the_array_of_a_datum_is_ones_own() -> None:
    array = io.datum_to_array(io.array_to_datum(np.ones((1, 2, 2), np.uint8)))
    array += 1
    assert array.sum() == 8


def test_datum_that_lies() -> None:
    datum = io.array_to_datum(np.zeros((1, 2, 2), np.uint8))
    datum.height = 3
    with pytest.raises(caffe.ShapeError, match="1 x 3 x 2.*4 values"):
        io.datum_to_array(datum)
    with pytest.raises(caffe.ShapeError):
        io.array_to_datum(np.zeros((2, 2)))


def test_encoded_datum() -> None:
    pixels = np.random.RandomState(0).randint(0, 255, (4, 5, 3)).astype(np.uint8)
    file = streams.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    datum = caffe_pb2.Datum(encoded=True, data=file.getvalue())
    np.testing.assert_array_equal(io.datum_to_array(datum), pixels[:, :, ::-1].transpose(2, 0, 1))
    datum.data = b"none"
    with pytest.raises(caffe.ParseError):
        io.datum_to_array(datum)
