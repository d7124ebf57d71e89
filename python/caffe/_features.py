"""`caffe.features`: what a net makes of images, in one of its blobs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from . import io
from ._shapes import by
from .classifier import make_transformer
from .errors import InvalidArgumentError, ShapeError
from .net import Net


def _is_file(image: Any) -> bool:
    return isinstance(image, (str, bytes, os.PathLike))


def _prepared(
    images: Iterable[Any], name: str, transformer: io.Transformer, as_loaded: bool
) -> Iterator[Any]:
    """`as_loaded`: bytes become numbers from 0 to 1, as caffe.io.load_image gives them."""
    channels = transformer.inputs[name][1]
    for image in images:
        if _is_file(image):
            pixels: Any = io.load_image(image, color=channels != 1)
        else:
            pixels = np.asarray(image)
            if pixels.dtype.kind in "iu" and as_loaded:
                if pixels.dtype not in (np.uint8, np.uint16):
                    raise InvalidArgumentError(
                        f"features: expected images of uint8, uint16 or floats from 0 to 1, one is "
                        f"{pixels.dtype}"
                    )
                pixels = pixels / np.iinfo(pixels.dtype).max
            if pixels.ndim == 2:
                pixels = np.repeat(pixels[:, :, np.newaxis], channels, axis=2)
            if pixels.ndim != 3 or pixels.shape[2] != channels:
                raise ShapeError(
                    f"features: expected images H x W x {channels}, one is {by(pixels.shape)}"
                )
        yield transformer.preprocess(name, pixels)


def features(
    net: Net,
    images: Any,
    blob: str,
    mean: npt.ArrayLike | None = None,
    raw_scale: float = 255.0,
    input_scale: float | None = None,
    transformer: io.Transformer | None = None,
) -> npt.NDArray[np.float32]:
    """What a net makes of images, in the blob of that name: an array with an item for each.

    `images` are image files and arrays H x W x K as caffe.io.load_image gives them (RGB from 0 to
    1, or uint8 or uint16 up to their largest), or one such file. They are resized to the input's
    size and become BGR from 0 to 255 (`raw_scale`; with another one arrays are taken as they are);
    `mean` (a number a channel, or an array K x H x W) is subtracted, then multiplied by
    `input_scale`. A `transformer` for the net's input does it in its own way instead. An array N x
    K x H x W, or whatever else the input is made of, goes in as it is.

    The images are read and go through the net in batches of the size its input has. Raises
    ShapeError and NotFoundError, and InvalidArgumentError for a net of several inputs.
    """
    if len(net.inputs) != 1:
        raise InvalidArgumentError(
            f"features are those of a net with one input, this one has {', '.join(net.inputs) or 'none'}"
        )
    name = net.inputs[0]
    shape = net.blobs[name].shape
    if net.blobs[blob].shape[:1] != shape[:1]:  # which fails with the nearest name
        raise ShapeError(
            f"features: blob {blob!r} has no item for each image: it is "
            f"{by(net.blobs[blob].shape)}, the input {by(shape)}"
        )
    if isinstance(images, np.ndarray) and images.ndim == len(shape):
        items: Iterator[Any] = iter(images)
    else:
        if len(shape) != 4:
            raise ShapeError(
                f"features: the input {name!r} is {by(shape)}; images need N x K x H x W"
            )
        one_array = isinstance(images, np.ndarray) and images.ndim == 3
        images = [images] if _is_file(images) or one_array else images
        made = transformer
        if made is None:
            swap = (2, 1, 0) if shape[1] == 3 else None
            made = make_transformer(net, mean, input_scale, raw_scale, swap)
        items = _prepared(images, name, made, transformer is None and raw_scale == 255)
    found = []
    while batch := list(islice(items, shape[0])):
        wrong = next((one for one in batch if np.shape(one) != shape[1:]), None)
        if wrong is not None:
            raise ShapeError(
                f"features: expected items of {by(shape[1:])}, got {by(np.shape(wrong))}"
            )
        found.append(net.forward_all(blobs=[blob], **{name: np.stack(batch)})[blob])
    if not found:
        raise InvalidArgumentError("features: there are no images")
    result: npt.NDArray[np.float32] = np.concatenate(found)
    return result
