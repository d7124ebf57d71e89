"""Whole images as inputs of nets that answer for each pixel, and the answers as the images are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgumentError, ShapeError
from ..net import Net
from .card import Input, ModelCard

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Array = npt.NDArray[Any]

# How an image meets a net's size: the net takes the image's; the image is made to fit and lies in
# the upper left corner, with zeros beside it; the image is stretched.
RESHAPE, PAD, STRETCH = "reshape", "pad", "stretch"
FITS = (RESHAPE, PAD, STRETCH)


@dataclass
class Placed:
    """Where an image lies in a net's input: in the upper left corner, `rows` x `columns`."""

    image: tuple[int, int]  # its own height and width
    rows: int
    columns: int

    def back(self, answers: Array) -> Array:
        """Answers ... x H x W for the input as those for the image: the nearest ones."""
        height, width = self.image
        cut = answers[..., : self.rows, : self.columns]
        if cut.shape[-2:] != (self.rows, self.columns):
            raise ShapeError(
                f"the net answers for {answers.shape[-2]} x {answers.shape[-1]} pixels of an image "
                f"that takes {self.rows} x {self.columns} in its input"
            )
        y = (np.arange(height) + 0.5) * self.rows / height
        x = (np.arange(width) + 0.5) * self.columns / width
        return np.asarray(cut[..., y.astype(np.intp)[:, np.newaxis], x.astype(np.intp)])


def usual_fit(net: Net, about: ModelCard | None) -> str:
    """How images meet a net: as its card says, else stretched where the net is of one size (its
    Upsample layers name theirs), else as they are."""
    inputs = about.inputs if about is not None else []
    if inputs and isinstance(inputs[0].resize, dict):
        return PAD
    return STRETCH if any(layer.type == "Upsample" for layer in net.layers) else RESHAPE


def place(
    net: Net,
    images: dict[str, Picture],
    means: dict[str, Sequence[float]],
    fit: str,
    orders: dict[str, str] | None = None,
) -> Placed:
    """Gives a net's inputs their images, all of one size, less their means; in all items of the
    input's batch. Channels are blue, green, red unless `orders` says RGB; an input of one channel
    gets the logarithm (of a depth)."""
    if fit not in FITS:
        raise InvalidArgumentError(f"an image can {', '.join(FITS)}, not {fit!r}")
    sizes = {image.size for image in images.values()}
    if len(sizes) != 1:
        raise ShapeError(f"the images are of several sizes, width and height: {sorted(sizes)}")
    ((width, height),) = sizes
    placed = Placed((height, width), height, width)
    for name, image in images.items():
        blob = net.blobs[name]
        count, channels, rows, columns = blob.shape
        if fit == RESHAPE:
            blob.reshape(count, channels, height, width)
            rows, columns = height, width
        scale = min(rows / height, columns / width) if fit == PAD else 0
        placed.rows = round(height * scale) if scale else rows
        placed.columns = round(width * scale) if scale else columns
        order = (orders or {}).get(name, "BGR")
        values = _values(image, (placed.columns, placed.rows), channels, order)
        mean = np.reshape(means.get(name, 0), (-1, 1, 1))
        blob.data[...] = 0
        blob.data[:, :, : placed.rows, : placed.columns] = values - mean
    return placed


def given_mean(described: Input | None) -> Sequence[float]:
    """The mean of an input that a card describes; none where it does not."""
    mean = described.mean if described is not None else None
    return (0.0,) if mean is None else [mean] if isinstance(mean, (int, float)) else mean


def _values(image: Picture, size: tuple[int, int], channels: int, order: str) -> Array:
    """channels x H x W."""
    from PIL.Image import Resampling

    if channels == 1:
        depth = image if image.size == size else image.resize(size, Resampling.NEAREST)
        return np.log(np.maximum(np.asarray(depth, np.float32), 1))[np.newaxis]
    rgb = image.convert("RGB")
    rgb = rgb if rgb.size == size else rgb.resize(size, Resampling.BILINEAR)
    pixels = np.asarray(rgb, np.float32)
    return (pixels[..., ::-1] if order == "BGR" else pixels).transpose(2, 0, 1)
