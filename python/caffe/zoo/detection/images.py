"""Images as the inputs of detectors: blue, green, red, less a mean, scaled to a size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._library import FilePath
from ...io import opened_image
from .config import cfg

Pixels = npt.NDArray[np.float32]


def scale_for(shape: Sequence[int], target: int, most: int) -> float:
    """What an image H x W is scaled by: its shorter side becomes `target`, unless its longer one
    would become more than `most`."""
    short, long = sorted(shape[:2])
    return min(target / short, most / long)


def read(file: FilePath, target: int, most: int, flipped: bool = False) -> tuple[Pixels, float]:
    """An image file as 3 x H x W, scaled, and by how much."""
    with opened_image(file, str(file)) as opened:
        image = opened.convert("RGB")
    return prepare(image, target, most, flipped)


def prepare(image: Any, target: int, most: int, flipped: bool = False) -> tuple[Pixels, float]:
    """Pillow's RGB image as 3 x H x W, scaled, and by how much."""
    from PIL.Image import Resampling

    scale = scale_for((image.height, image.width), target, most)
    size = (round(image.width * scale), round(image.height * scale))
    if size != image.size:
        image = image.resize(size, Resampling.BILINEAR)
    pixels = np.asarray(image, np.float32)[:, :: -1 if flipped else 1, ::-1]
    pixels = pixels - np.array(cfg.PIXEL_MEANS, np.float32)
    return pixels.transpose(2, 0, 1).astype(np.float32), scale


def batch(images: Sequence[Pixels]) -> Pixels:
    """Images of several sizes as N x 3 x H x W, with zeros right of and below the smaller ones."""
    height, width = (max(one.shape[axis] for one in images) for axis in (1, 2))
    blob = np.zeros((len(images), 3, height, width), np.float32)
    for place, one in zip(blob, images):
        place[:, : one.shape[1], : one.shape[2]] = one
    return blob
