"""A card's `expected`: an image, and what the net says to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import io
from ..errors import Error, UnsupportedError
from ..net import Net
from .card import Expected, Input, ModelCard

Array = npt.NDArray[Any]


def compare(card: ModelCard, folder: Path, net: Net) -> None:
    """Runs the net on the card's image; an Error says what is not as the card has it."""
    wanted = card.expected
    if wanted is None:
        return
    how = card.inputs[0] if card.inputs else Input(net.inputs[0])
    data = as_input(how, folder / wanted.image, net.blobs[how.name].shape[1:], folder)
    net.blobs[how.name].reshape(1, *data.shape)
    net.blobs[how.name].data[0] = data
    values = net.forward([wanted.output])[wanted.output]
    differences = _differences(wanted, values.ravel())
    if differences:
        raise Error(
            f"{wanted.image}: the card expects another {wanted.output!r}: {', '.join(differences)}"
        )


def _differences(wanted: Expected, values: Array) -> list[str]:
    found = []
    order = np.argsort(-values, kind="stable")
    for place, score in enumerate(wanted.top):
        index = int(order[place])
        if index != score.index and abs(values[index] - score.value) > wanted.tolerance:
            found.append(f"value {score.index} at place {place + 1}, it is {index}")
        elif abs(values[score.index] - score.value) > wanted.tolerance:
            found.append(f"value {score.index} is {values[score.index]:.4g}, not {score.value:.4g}")
    for i, value in enumerate(wanted.values):
        if abs(values[i] - value) > wanted.tolerance:
            found.append(f"value {i} is {values[i]:.4g}, not {value:.4g}")
    return found


def as_input(how: Input, image: Path, shape: Sequence[int], folder: Path) -> Array:
    """An image as a card says it becomes the input: C x H x W. `shape` is the blob's, which decides
    where the card says no size; a mean file lies in `folder`."""
    channels = (how.shape or [0, *shape])[1] or shape[0]
    order = how.order or ("gray" if channels == 1 else "BGR")
    if order not in ("BGR", "RGB", "gray"):
        raise UnsupportedError(f"{image}: an image as {order} is not made here")
    pixels = io.load_image(str(image), color=order != "gray") * 255
    size = _size(how, pixels.shape[:2], shape[1:])
    if pixels.shape[:2] != size:
        pixels = io.resize_image(pixels, size)
    if how.crop is not None:
        pixels = _middle(pixels, _pair(how.crop), axis=0)
    values = (pixels[..., ::-1] if order == "BGR" else pixels).transpose(2, 0, 1)
    if how.mean is not None:
        values = values - np.array(how.mean, np.float32).reshape(-1, 1, 1)
    elif how.mean_file is not None:
        mean = io.read_mean(folder / how.mean_file)
        values = values - _middle(mean, values.shape[1:], axis=1)
    return np.ascontiguousarray(values * (1 if how.scale is None else how.scale), np.float32)


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _size(how: Input, given: Sequence[int], blob: Sequence[int]) -> tuple[int, int]:
    """What height and width the image is made."""
    height, width = given
    if isinstance(how.resize, dict):
        scale = how.resize.get("shorter", max(given)) / min(given)
        if "shorter" not in how.resize:
            scale = how.resize["longer"] / max(given)
        scale = min(scale, how.resize.get("longer", np.inf) / max(given))
        return round(height * scale), round(width * scale)
    if how.resize is not None:
        return _pair(how.resize)
    if how.crop is not None:
        return _pair(how.crop)
    height_, width_ = (how.shape or [0, 0, *blob])[2:]
    return (height_ or height, width_ or width)


def _middle(values: Array, size: Sequence[int], axis: int) -> Array:
    """What lies in the middle of two axes."""
    for i, extent in enumerate(size):
        before = (values.shape[axis + i] - extent) // 2
        values = np.take(values, range(before, before + extent), axis + i)
    return values
