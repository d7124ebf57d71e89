"""Resizing images by interpolation, with numpy alone, as Caffe's Python tools have always resized.

Images of one or three channels: pixels are squares whose centres are mapped onto each other; what
lies beyond the edge counts as the image's smallest value; before an axis shrinks by a factor f it
is smoothed by a Gaussian of (f - 1) / 2 pixels. Any other number of channels: the centres of the
corner pixels are mapped onto each other, nothing is smoothed. Kernels have two taps (bilinear) or
four (bicubic, Keys 1981, a = -0.5).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[Any]


def _cubic(distance: FloatArray) -> FloatArray:
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))


def places(size: int, new_size: int, corners: bool) -> FloatArray:
    """Where in the source the centre of each new pixel falls."""
    if corners:
        return np.linspace(0, size - 1, new_size)
    return (np.arange(new_size) + 0.5) * (size / new_size) - 0.5


def interpolation(size: int, new_size: int, order: int, corners: bool) -> FloatArray:
    """The matrix, new_size x size, that resamples an axis. What it would take from beyond the edge
    is lost."""
    place = places(size, new_size, corners)[:, np.newaxis]
    source = np.arange(size)
    if order == 0:
        return np.asarray(source == np.floor(place + 0.5).clip(0, size - 1), np.float64)
    distance = np.abs(place - source)
    return np.maximum(0, 1 - distance) if order == 1 else _cubic(distance)


def smoothing(size: int, new_size: int) -> FloatArray:
    """The matrix, size x size, that smooths an axis before it shrinks."""
    sigma = max(0.0, (size / new_size - 1) / 2)
    if sigma == 0:
        return np.eye(size)
    reach = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    distance = np.arange(size)[:, np.newaxis] - np.arange(size)
    return np.where(np.abs(distance) <= reach, kernel[distance.clip(-reach, reach) + reach], 0.0)


def resize(
    image: npt.NDArray[Any], height: int, width: int, order: int = 1
) -> npt.NDArray[np.float32]:
    """An H x W x K array as height x width x K."""
    corners = image.shape[2] not in (1, 3)
    values = np.asarray(image, np.float64)
    lowest = values.min()
    values = values - lowest
    for axis, new_size in ((0, height), (1, width)):
        size = values.shape[axis]
        if size == new_size:
            continue
        matrix = interpolation(size, new_size, order, corners)
        if order and not corners:
            matrix = matrix @ smoothing(size, new_size)
        values = np.moveaxis(np.tensordot(matrix, values, (1, axis)), 0, axis)
    return np.asarray(values + lowest, np.float32)
