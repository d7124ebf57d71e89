"""Anchors: the boxes of fixed shapes that a region proposal network scores and moves.

Ren et al., "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks", NIPS
2015: three areas and three ratios of height to width, at each place of the feature map.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .boxes import Array

SIDE = 16  # of the box that scales multiply


def anchors(scales: Sequence[float] = (8, 16, 32), ratios: Sequence[float] = (0.5, 1, 2)) -> Array:
    """The anchors of the first place, all scales of a ratio after another: R S x 4, in whole
    pixels and halves."""
    widths = np.round(np.sqrt(SIDE * SIDE / np.asarray(ratios, float)))
    heights = np.round(widths * ratios)
    shapes = np.stack([widths, heights], axis=1)[:, np.newaxis] * np.reshape(scales, (1, -1, 1))
    reach = (shapes.reshape(-1, 2) - 1) / 2
    center = (SIDE - 1) / 2
    return np.hstack([center - reach, center + reach])


def everywhere(first: Array, height: int, width: int, stride: float) -> Array:
    """The anchors of all places of a feature map, row by row, all of a place together:
    H W A x 4."""
    y, x = np.mgrid[:height, :width].reshape(2, -1) * stride
    places = np.stack([x, y, x, y], axis=1)
    return np.asarray(places[:, np.newaxis] + first).reshape(-1, 4)
