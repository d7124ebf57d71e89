"""Images, blobs and datums as numpy arrays, and the way from an image to a net's input."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from . import _mat, _resize
from ._files import write_whole
from ._library import FilePath, as_path
from ._named import did_you_mean
from ._shapes import by
from .blob import Blob
from .errors import (
    FileError,
    InvalidArgumentError,
    NotFoundError,
    ParseError,
    ShapeError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from .proto import caffe_pb2  # noqa: F401  made when it is asked for

Image = npt.NDArray[np.float32]


def __getattr__(name: str) -> Any:
    if name == "caffe_pb2":  # which takes its time to be made
        from .proto import caffe_pb2

        return caffe_pb2
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# ---- images


@contextmanager
def opened_image(file: Any, name: str) -> Iterator[Any]:
    """Pillow's image of a file or a stream, closed behind it. What Pillow raises while it is open
    becomes FileError, or ParseError where the bytes are at fault; `name` is for them."""
    try:
        from PIL import Image as Pillow
        from PIL import UnidentifiedImageError
    except ImportError as failure:
        raise UnsupportedError("images are read with Pillow: pip install pillow") from failure
    try:
        with Pillow.open(file) as opened:
            yield opened
    except UnidentifiedImageError as failure:
        raise ParseError(f"{name}: not an image of a known format") from failure
    except OSError as failure:
        if failure.errno is None:
            raise ParseError(f"{name}: {failure}") from failure
        raise FileError(f"{name}: {failure.strerror}") from failure
    except (
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        Pillow.DecompressionBombError,
    ) as failure:
        raise ParseError(f"{name}: {failure}") from failure


def load_image(filename: FilePath, color: bool = True) -> Image:
    """An image file as H x W x 3 (RGB), or H x W x 1 with color=False: float32 from 0 to 1.

    A grey file in colour has three equal channels; transparency is dropped. FileError, ParseError.
    """
    path = as_path(filename)
    with opened_image(path, str(path)) as opened:
        opened.load()
        if opened.mode.startswith(("I", "F")):  # 16 bits
            pixels = np.asarray(opened, np.float32) / (65535 if opened.mode != "F" else 1)
        elif opened.mode in ("L", "LA", "1"):
            pixels = np.asarray(opened.convert("L"), np.float32) / 255
        else:
            pixels = np.asarray(opened.convert("RGB"), np.float32) / 255
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
        if color:
            pixels = np.repeat(pixels, 3, axis=2)
    elif not color:
        # The luma of ITU-R BT.709.
        pixels = (pixels @ np.array([0.2125, 0.7154, 0.0721], np.float32))[:, :, np.newaxis]
    return np.ascontiguousarray(pixels, np.float32)


def resize_image(im: npt.ArrayLike, new_dims: Sequence[int], interp_order: int = 1) -> Image:
    """An H x W x K image as new_dims[0] x new_dims[1] x K, float32.

    interp_order: 0 takes the nearest pixel, 1 is bilinear, 3 bicubic. Shrinking smooths first. At
    the edges an image of one or three channels fades a little to its smallest value; caffe._resize
    says how exactly.
    """
    image = np.asarray(im)
    if image.ndim != 3 or 0 in image.shape:
        raise ShapeError(f"resize_image: expected an image H x W x K, got {by(image.shape)}")
    if interp_order not in (0, 1, 3):
        raise InvalidArgumentError(f"resize_image: interp_order is 0, 1 or 3, got {interp_order}")
    height, width = (int(dim) for dim in new_dims[:2])
    if height < 1 or width < 1:
        raise ShapeError(f"resize_image: cannot make an image of {height} x {width}")
    return _resize.resize(image, height, width, interp_order)


def resize(
    image: npt.ArrayLike,
    output_shape: Sequence[int],
    order: int = 1,
    preserve_range: bool = False,
    **ignored: Any,
) -> Image:
    """What pycaffe had here of scikit-image: an image of output_shape[0] x output_shape[1], with as
    many channels as it has, float32. Integers become numbers from 0 to 1 unless preserve_range.

    resize_image() says how it is done; mode, cval, clip and anti_aliasing change nothing.
    """
    unknown = set(ignored) - {"mode", "cval", "clip", "anti_aliasing", "anti_aliasing_sigma"}
    if unknown:
        raise TypeError(f"resize: there is no argument {', '.join(sorted(unknown))}")
    pixels = np.asarray(image)
    if pixels.ndim not in (2, 3) or len(output_shape) not in (2, 3):
        raise ShapeError(
            f"resize: expected an image H x W or H x W x K and a shape of as many axes, got "
            f"{by(pixels.shape)} and {by(output_shape)}"
        )
    channels = pixels.shape[2:] or (1,)
    if len(output_shape) == 3 and (pixels.ndim == 2 or channels[0] != output_shape[2]):
        raise ShapeError(
            f"resize: an image of {by(pixels.shape)} cannot become {by(output_shape)}: the "
            f"number of channels stays"
        )
    if pixels.dtype.kind in "iu" and not preserve_range:
        pixels = pixels / np.iinfo(pixels.dtype).max
    resized = resize_image(pixels.reshape(*pixels.shape[:2], *channels), output_shape, order)
    return resized if pixels.ndim == 3 else resized[:, :, 0]


def oversample(images: Sequence[npt.ArrayLike], crop_dims: Sequence[int]) -> Image:
    """Ten crops of each H x W x K image: the four corners and the centre, then their mirror images.

    Returns 10 N x crop_dims[0] x crop_dims[1] x K, float32.
    """
    first = np.asarray(images[0])
    height, width = (int(dim) for dim in crop_dims[:2])
    free = first.shape[0] - height, first.shape[1] - width
    if min(free) < 0 or min(height, width) < 1:
        raise ShapeError(
            f"oversample: cannot crop {height} x {width} from images of "
            f"{first.shape[0]} x {first.shape[1]}"
        )
    corners = [(y, x) for y in (0, free[0]) for x in (0, free[1])]
    places = [*corners, (free[0] // 2, free[1] // 2)]
    crops = np.empty((10 * len(images), height, width, first.shape[-1]), np.float32)
    for i, one in enumerate(images):
        image = np.asarray(one)
        for j, (y, x) in enumerate(places):
            crop = image[y : y + height, x : x + width]
            crops[10 * i + j] = crop
            crops[10 * i + 5 + j] = crop[:, ::-1]
    return crops


class Transformer:
    """Makes a net's input out of an image, and an image out of an input.

    `inputs` gives the shape of each input's blob, `{"data": net.blobs["data"].shape}`. What is set
    for an input is done in this order: resize to the blob's H x W, transpose, swap channels,
    multiply by the raw scale, subtract the mean, multiply by the input scale.
    """

    def __init__(self, inputs: Mapping[str, Sequence[int]]) -> None:
        self.inputs = {name: tuple(shape) for name, shape in inputs.items()}
        self.transpose: dict[str, tuple[int, ...]] = {}
        self.channel_swap: dict[str, tuple[int, ...]] = {}
        self.raw_scale: dict[str, float] = {}
        self.mean: dict[str, npt.NDArray[Any]] = {}
        self.input_scale: dict[str, float] = {}

    def _check(self, name: str) -> tuple[int, ...]:
        if name not in self.inputs:
            raise NotFoundError(
                f"{name!r} is not an input; these are: {', '.join(self.inputs)}"
                f"{did_you_mean(name, self.inputs)}"
            )
        return self.inputs[name]

    def preprocess(self, in_: str, data: npt.ArrayLike) -> Image:
        """The input made of an image H x W x K: float32, by default as it is, with transpose (2, 0,
        1) K x H x W."""
        shape = self._check(in_)
        result = np.asarray(data).astype(np.float32)
        if in_ in self.transpose and result.ndim != len(self.transpose[in_]):
            raise ShapeError(
                f"preprocess for {in_!r}: expected one image H x W x K, got {by(result.shape)}; "
                f"the input is {by(shape)}"
            )
        if result.shape[:2] != shape[2:]:
            result = resize_image(result, shape[2:])
        if in_ in self.transpose:
            result = result.transpose(self.transpose[in_])
        if in_ in self.channel_swap:
            result = result[list(self.channel_swap[in_])]
        if in_ in self.raw_scale:
            result = result * np.float32(self.raw_scale[in_])
        if in_ in self.mean:
            try:
                result = result - self.mean[in_]
            except ValueError:
                raise ShapeError(
                    f"preprocess for {in_!r}: the mean is {by(self.mean[in_].shape)}, the image "
                    f"{by(result.shape)}{self._without_transpose(in_)}"
                ) from None
        if in_ in self.input_scale:
            result = result * np.float32(self.input_scale[in_])
        return np.asarray(result, np.float32)

    def _without_transpose(self, in_: str) -> str:
        return "" if in_ in self.transpose else "; set_transpose makes K x H x W of H x W x K"

    def deprocess(self, in_: str, data: npt.ArrayLike) -> Image:
        """The way back, without the resizing: an image from an input, or from one item of a
        batch."""
        self._check(in_)
        result = np.asarray(data, np.float32)
        axes = len(self.transpose.get(in_, ()))
        if result.ndim == axes + 1 and len(result) == 1:
            result = result[0]
        elif result.ndim != axes:
            result = result.squeeze()
        if in_ in self.input_scale:
            result = result / np.float32(self.input_scale[in_])
        if in_ in self.mean:
            result = result + self.mean[in_]
        if in_ in self.raw_scale:
            result = result / np.float32(self.raw_scale[in_])
        if in_ in self.channel_swap:
            result = result[np.argsort(self.channel_swap[in_])]
        if in_ in self.transpose:
            result = result.transpose(np.argsort(self.transpose[in_]))
        return np.array(result, np.float32)

    def set_transpose(self, in_: str, order: Sequence[int]) -> None:
        """The order of axes: (2, 0, 1) makes K x H x W of H x W x K."""
        axes = len(self._check(in_)) - 1
        if sorted(order) != list(range(axes)):
            raise ShapeError(
                f"transpose for {in_!r}: expected an order of {axes} axes, got {tuple(order)}"
            )
        self.transpose[in_] = tuple(order)

    def set_channel_swap(self, in_: str, order: Sequence[int]) -> None:
        """The order of channels: (2, 1, 0) makes BGR of RGB. It is done after the transpose, on
        axis 0."""
        channels = self._check(in_)[1]
        if sorted(order) != list(range(channels)):
            raise ShapeError(
                f"channel swap for {in_!r}: expected an order of {channels} channels, "
                f"got {tuple(order)}"
            )
        self.channel_swap[in_] = tuple(order)

    def set_raw_scale(self, in_: str, scale: float) -> None:
        """A factor before the mean: 255 for images from 0 to 1 and a mean from 0 to 255."""
        self._check(in_)
        self.raw_scale[in_] = scale

    def set_mean(self, in_: str, mean: npt.ArrayLike) -> None:
        """A mean to subtract: a number a channel, or an array K x H x W or 1 x K x H x W (as a
        binaryproto has it), resized to the blob's when it differs. Read it with read_mean()."""
        shape = self._check(in_)
        if isinstance(mean, (str, bytes)) or hasattr(mean, "__fspath__"):
            raise InvalidArgumentError(
                f"mean for {in_!r}: expected numbers, got the name of a file; "
                f"caffe.io.read_mean reads it"
            )
        value = np.array(mean, np.float32)
        if value.ndim == 4 and len(value) == 1:
            value = value[0]
        if value.ndim == 1:
            if value.shape[0] != shape[1]:
                raise ShapeError(
                    f"mean for {in_!r}: expected {shape[1]} numbers, one a channel of the input's "
                    f"{by(shape)}, got {value.shape[0]}"
                )
            value = value[:, np.newaxis, np.newaxis]
        else:
            if value.ndim == 2:
                value = value[np.newaxis]
            if value.ndim != 3 or value.shape[0] not in (1, shape[1]):
                raise ShapeError(
                    f"mean for {in_!r}: expected {shape[1]} values, or an array of "
                    f"{shape[1]} channels such as {by(shape[1:])}, got {by(np.shape(mean))}"
                )
            if value.shape[1:] != shape[2:]:
                value = resize_image(value.transpose(1, 2, 0), shape[2:]).transpose(2, 0, 1)
        self.mean[in_] = value

    def set_input_scale(self, in_: str, scale: float) -> None:
        """A factor at the end."""
        self._check(in_)
        self.input_scale[in_] = scale


# ---- blobs and datums


def read_mean(file: FilePath) -> Image:
    """The mean in a file as K x H x W, or K numbers, float32: a .binaryproto as compute_image_mean
    writes it, numpy's .npy, or MATLAB's .mat (mean_data or image_mean; needs scipy). FileError,
    ParseError, ShapeError, NotFoundError."""
    path = as_path(file)
    if path.suffix == ".npy":
        values = np.asarray(_real(read_npy(path), path), np.float32)
    elif path.suffix == ".mat":
        values = np.asarray(_real(_mat.read_mean(path), path), np.float32)
    else:
        values = Blob.load(path).data.copy()
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    if values.ndim not in (1, 3):
        raise ShapeError(f"{path}: expected a mean K x H x W, it is {by(values.shape)}")
    return values


def write_mean(file: FilePath, mean: npt.ArrayLike) -> None:
    """Write a mean K x H x W, 1 x K x H x W or of K numbers, as read_mean reads it. The name ends
    in .binaryproto, .npy or .mat. The file is there whole or not at all. FileError, ShapeError,
    InvalidArgumentError."""
    path = as_path(file)
    values = np.ascontiguousarray(mean, np.float32)
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    if values.ndim not in (1, 3) or values.size == 0:
        raise ShapeError(f"{path}: expected a mean K x H x W, got {by(np.shape(mean))}")
    image = values if values.ndim == 3 else values[:, np.newaxis, np.newaxis]
    if path.suffix == ".npy":
        held = BytesIO()
        np.save(held, values)
        write_whole(path, held.getvalue())
    elif path.suffix == ".mat":
        write_whole(path, _mat.mean_bytes(image))
    elif path.suffix == ".binaryproto":
        blob = Blob(1, *image.shape)
        blob.data[...] = image
        blob.save(path)
    else:
        raise InvalidArgumentError(
            f"{path}: the name of a mean ends in .binaryproto, .npy or .mat, got "
            f"{path.suffix or 'none of them'}"
        )


def _real(values: npt.NDArray[Any], path: Path) -> npt.NDArray[Any]:
    if not (np.issubdtype(values.dtype, np.floating) or np.issubdtype(values.dtype, np.integer)):
        raise ParseError(f"{path}: expected a mean of numbers, it holds {values.dtype}")
    return values


def read_npy(path: FilePath, mapped: bool = False) -> npt.NDArray[Any]:
    """The array in a file of numpy's; `mapped` leaves it there until it is read. FileError,
    ParseError."""
    name = os.fsdecode(path)
    try:
        array = np.load(name, mmap_mode="r" if mapped else None, allow_pickle=False)
    except OSError as failure:
        raise FileError(f"{name}: {failure.strerror or failure}") from failure
    except (ValueError, EOFError, BadZipFile) as failure:
        raise ParseError(f"{name}: not a .npy file: {failure}") from failure
    if not isinstance(array, np.ndarray):
        array.close()
        raise ParseError(f"{name}: holds several arrays, expected a .npy file")
    return array


def blobproto_to_array(blob: Any, return_diff: bool = False) -> npt.NDArray[Any]:
    """The data (or diff) of a BlobProto as an array of its shape: float32, or float64 when it holds
    doubles."""
    stem = "diff" if return_diff else "data"
    doubles, singles = getattr(blob, "double_" + stem), getattr(blob, stem)
    values = np.array(doubles, np.float64) if len(doubles) else np.array(singles, np.float32)
    legacy = any(blob.HasField(name) for name in ("num", "channels", "height", "width"))
    shape = (blob.num, blob.channels, blob.height, blob.width) if legacy else tuple(blob.shape.dim)
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ShapeError(f"BlobProto: its shape is {by(shape)}, but it holds {values.size} values")
    return values.reshape(shape)


def array_to_blobproto(arr: npt.ArrayLike, diff: npt.ArrayLike | None = None) -> Any:
    """A BlobProto of an array of any shape, with a diff of the same shape if one is given."""
    from .proto import caffe_pb2

    array = np.asarray(arr)
    blob = caffe_pb2.BlobProto()
    blob.shape.dim.extend(array.shape)
    blob.data.extend(array.astype(np.float32).flat)
    if diff is not None:
        gradient = np.asarray(diff)
        if gradient.shape != array.shape:
            raise ShapeError(
                f"array_to_blobproto: the data are {array.shape}, the diff {gradient.shape}"
            )
        blob.diff.extend(gradient.astype(np.float32).flat)
    return blob


def arraylist_to_blobprotovector_str(arraylist: Sequence[npt.ArrayLike]) -> bytes:
    """Arrays as the bytes of a BlobProtoVector."""
    from .proto import caffe_pb2

    vector = caffe_pb2.BlobProtoVector()
    vector.blobs.extend([array_to_blobproto(array) for array in arraylist])
    return bytes(vector.SerializeToString())


def blobprotovector_str_to_arraylist(str: bytes) -> list[npt.NDArray[Any]]:
    """The arrays of a BlobProtoVector's bytes."""
    from .proto import caffe_pb2

    vector = caffe_pb2.BlobProtoVector()
    vector.ParseFromString(str)
    return [blobproto_to_array(blob) for blob in vector.blobs]


def array_to_datum(arr: npt.ArrayLike, label: int | None = None) -> Any:
    """A Datum of an array K x H x W: bytes for uint8, floats for anything else."""
    from .proto import caffe_pb2

    array = np.asarray(arr)
    if array.ndim != 3:
        raise ShapeError(f"array_to_datum: expected K x H x W, got {by(array.shape)}")
    datum = caffe_pb2.Datum()
    datum.channels, datum.height, datum.width = array.shape
    if array.dtype == np.uint8:
        datum.data = array.tobytes()
    else:
        datum.float_data.extend(array.astype(np.float64).flat)
    if label is not None:
        datum.label = int(label)
    return datum


def datum_to_array(datum: Any) -> npt.NDArray[np.uint8] | npt.NDArray[np.float64]:
    """The array K x H x W of a Datum: uint8 from bytes, else float64. An encoded image is decoded,
    in BGR."""
    shape = (datum.channels, datum.height, datum.width)
    values: npt.NDArray[Any]
    if datum.encoded:
        return _decode(datum.data)
    if len(datum.data):
        values = np.frombuffer(datum.data, np.uint8).copy()
    else:
        values = np.array(datum.float_data, np.float64)
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ShapeError(f"Datum: its shape is {by(shape)}, but it holds {values.size} values")
    return values.reshape(shape)


def _decode(data: bytes) -> npt.NDArray[np.uint8]:
    with opened_image(BytesIO(data), "Datum") as opened:
        pixels = np.asarray(
            opened.convert("L" if opened.mode in ("1", "L", "LA") else "RGB"), np.uint8
        )
    if pixels.ndim == 2:
        return pixels[np.newaxis]
    return np.ascontiguousarray(pixels[:, :, ::-1].transpose(2, 0, 1))
