"""`caffe.features`: what a net makes of images, in one of its blobs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import io
from .classifier import make_transformer
from .errors import InvalidArgumentError, ShapeError
from .net import Net


def _is_file(image: Any) -> bool:
    return isinstance(image, (str, bytes, os.PathLike))


def _prepared(images: Sequence[Any], name: str, transformer: io.Transformer) -> Any:
    channels = transformer.inputs[name][1]
    for image in images:
        if _is_file(image):
            pixels: Any = io.load_image(image, color=channels != 1)
        else:
            pixels = np.asarray(image)
            if pixels.ndim == 2:
                pixels = np.repeat(pixels[:, :, np.newaxis], channels, axis=2)
            if pixels.ndim != 3 or pixels.shape[2] != channels:
                raise ShapeError(
                    f"features: expected images H x W x {channels}, one is "
                    f"{' x '.join(map(str, pixels.shape)) or 'a number'}"
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

    `images` is a list of image files and of arrays H x W x K as caffe.io.load_image gives them (RGB
    from 0 to 1), or one such file. They are resized to the input's size and become BGR from 0 to
    255; `mean` (a number a channel, or an array K x H x W) is subtracted, then multiplied by
    `input_scale`. A `transformer` for the net's input does it in its own way instead. An array
    N x K x H x W, or whatever else the input is made of, goes in as it is.

    The images go through the net in batches of the size its input has. Raises ShapeError and
    NotFoundError, and InvalidArgumentError for a net of several inputs.
    """
    if len(net.inputs) != 1:
        raise InvalidArgumentError(
            f"features are those of a net with one input, this one has {', '.join(net.inputs) or 'none'}"
        )
    name = net.inputs[0]
    net.blobs[blob]  # fails with the nearest name
    shape = net.blobs[name].shape
    ready = isinstance(images, np.ndarray) and images.ndim == len(shape)
    if not ready:
        if len(shape) != 4:
            raise ShapeError(
                f"features: the input {name!r} is {' x '.join(map(str, shape))}; images need "
                f"N x K x H x W"
            )
        one_array = isinstance(images, np.ndarray) and images.ndim == 3
        images = [images] if _is_file(images) or one_array else list(images)
        if transformer is None:
            swap = (2, 1, 0) if shape[1] == 3 else None
            transformer = make_transformer(net, mean, input_scale, raw_scale, swap)
        images = list(_prepared(images, name, transformer))
    if len(images) == 0:
        raise InvalidArgumentError("features: there are no images")
    if np.shape(images)[1:] != shape[1:]:
        raise ShapeError(
            f"features: expected items of {' x '.join(map(str, shape[1:]))}, got "
            f"{' x '.join(map(str, np.shape(images)[1:]))}"
        )
    result: npt.NDArray[np.float32] = net.forward_all(
        blobs=[blob], **{name: np.asarray(images, np.float32)}
    )[blob]
    return result
