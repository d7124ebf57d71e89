"""Boxes: how much they overlap, how one becomes another, and which of many are kept.

Overlap and suppression: Girshick et al., "Rich feature hierarchies ...", CVPR 2014. Offsets:
appendix C of the same, as Girshick, "Fast R-CNN", ICCV 2015, uses them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.intp]


def sizes(boxes: Array) -> Array:
    """Widths and heights, N x 2."""
    return boxes[:, 2:4] - boxes[:, :2] + 1


def areas(boxes: Array) -> Array:
    """Numbers of pixels, N."""
    return np.asarray(sizes(boxes).prod(axis=1))


def overlaps(boxes: Array, others: Array) -> Array:
    """Intersection over union of each of N boxes with each of M others, N x M."""
    low = np.maximum(boxes[:, np.newaxis, :2], others[np.newaxis, :, :2])
    high = np.minimum(boxes[:, np.newaxis, 2:4], others[np.newaxis, :, 2:4])
    shared = np.maximum(high - low + 1, 0).prod(axis=2)
    union = areas(boxes)[:, np.newaxis] + areas(others)[np.newaxis] - shared
    return np.asarray(shared / union)


def offsets(boxes: Array, targets: Array) -> Array:
    """What takes boxes to their targets, N x 4: the move of the centre in parts of the box's sides,
    and the logarithms of the sides' growth."""
    size, target_size = sizes(boxes), sizes(targets)
    move = (targets[:, :2] + target_size / 2 - boxes[:, :2] - size / 2) / size
    return np.hstack([move, np.log(target_size / size)])


def moved(boxes: Array, by: Array) -> Array:
    """Boxes N x 4 moved by offsets N x 4K, K of them for each box: N x 4K.

    As the detectors were trained, a box moved by nothing ends one pixel further right and down.
    """
    if len(boxes) == 0:
        return np.zeros(by.shape, by.dtype)
    size = sizes(boxes)[:, np.newaxis]
    steps = by.reshape(len(boxes), -1, 4)
    center = boxes[:, np.newaxis, :2] + size / 2 + steps[..., :2] * size
    with np.errstate(over="ignore"):  # of a net that has not learned; clipping ends it
        half = np.exp(steps[..., 2:]) * size / 2
    return np.concatenate([center - half, center + half], axis=2).reshape(by.shape)


def clipped(boxes: Array, height: float, width: float) -> Array:
    """Boxes N x 4K within an image."""
    most = np.array([width - 1, height - 1] * 2, boxes.dtype)
    return np.clip(boxes.reshape(len(boxes), -1, 4), 0, most).reshape(boxes.shape)


def suppressed(boxes: Array, scores: Array, threshold: float, most: int = -1) -> Indices:
    """Greedy non-maximum suppression: which boxes do not overlap a better one by more than
    `threshold`, the best first, `most` of them at most (-1: all). Of equal scores the first box
    wins."""
    area = areas(boxes)
    order = np.argsort(-scores, kind="stable")
    kept: list[np.intp] = []
    while len(order) and len(kept) != most:
        best, rest = order[0], order[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:4], boxes[rest, 2:4])
        shared = np.maximum(high - low + 1, 0).prod(axis=1)
        order = rest[shared <= threshold * (area[best] + area[rest] - shared)]
    return np.array(kept, np.intp)
