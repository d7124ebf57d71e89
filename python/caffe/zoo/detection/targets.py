"""What anchors and regions are to learn: which of them are of objects, which of the background,
and where the boxes shall move.

Ren et al., "Faster R-CNN", NIPS 2015, section 3.1; Girshick, "Fast R-CNN", ICCV 2015, section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import boxes
from .boxes import Array, Indices
from .config import Train

OBJECT, BACKGROUND, IGNORED = 1, 0, -1


def label_anchors(
    overlap: Array, numbers: Train, random: np.random.RandomState
) -> npt.NDArray[np.float32]:
    """OBJECT, BACKGROUND or IGNORED for each of N anchors, from their overlaps N x M with the M
    objects of the image; no more of the former two than a batch takes.

    An object's best anchors are its own however little they overlap, but not where none does.
    """
    labels = np.full(len(overlap), IGNORED, np.float32)
    if len(labels) == 0:
        return labels
    best = overlap.max(axis=1) if overlap.shape[1] else np.zeros(len(overlap))
    background = best < numbers.RPN_NEGATIVE_OVERLAP
    labels[background] = BACKGROUND
    labels[((overlap == overlap.max(axis=0)) & (overlap > 0)).any(axis=1)] = OBJECT
    labels[best >= numbers.RPN_POSITIVE_OVERLAP] = OBJECT
    if numbers.RPN_CLOBBER_POSITIVES:
        labels[background] = BACKGROUND
    most = int(numbers.RPN_FG_FRACTION * numbers.RPN_BATCHSIZE)
    _leave(labels, OBJECT, most, random)
    objects = int((labels == OBJECT).sum())
    _leave(labels, BACKGROUND, numbers.RPN_BATCHSIZE - objects, random)
    return labels


def anchor_weights(labels: Array, numbers: Train) -> npt.NDArray[np.float32]:
    """What each anchor's offsets weigh in the loss, N."""
    objects, background = labels == OBJECT, labels == BACKGROUND
    share = numbers.RPN_POSITIVE_WEIGHT
    weights = np.zeros(len(labels), np.float32)
    if share < 0:
        share_of_all = 1 / max(int(objects.sum() + background.sum()), 1)
        weights[objects | background] = share_of_all
    else:
        weights[objects] = share / max(int(objects.sum()), 1)
        weights[background] = (1 - share) / max(int(background.sum()), 1)
    return weights


@dataclass
class Regions:
    """Regions that a batch learns from: those of objects first."""

    chosen: Indices
    labels: npt.NDArray[np.float32]  # 0 is the background


def sample_regions(
    best: Array, labels: Array, count: int, numbers: Train, random: np.random.RandomState
) -> Regions:
    """Draws `count` of N regions, fewer where there are not as many, from each one's best overlap
    with an object and that object's label."""
    objects = np.flatnonzero(best >= numbers.FG_THRESH)
    background = np.flatnonzero((best < numbers.BG_THRESH_HI) & (best >= numbers.BG_THRESH_LO))
    objects = _drawn(objects, round(numbers.FG_FRACTION * count), random)
    background = _drawn(background, count - len(objects), random)
    chosen = np.concatenate([objects, background])
    of_classes = np.concatenate([labels[objects], np.zeros(len(background))])
    return Regions(chosen, of_classes.astype(np.float32))


def region_offsets(regions: Array, objects: Array, numbers: Train) -> Array:
    """The offsets from regions to their objects, N x 4, in the units that the net learns."""
    found = boxes.offsets(regions, objects)
    if numbers.BBOX_NORMALIZE_TARGETS:
        found = (found - numbers.BBOX_NORMALIZE_MEANS) / numbers.BBOX_NORMALIZE_STDS
    return found


def by_class(
    found: Array, labels: Array, classes: int, weights: tuple[float, ...]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Offsets N x 4 where the net has those of all classes, N x 4K, zero but at each region's
    class, and what they weigh there; nothing for the background."""
    spread = np.zeros((len(labels), classes, 4), np.float32)
    weight = np.zeros_like(spread)
    rows = np.flatnonzero(labels > 0)
    columns = labels[rows].astype(np.intp)
    spread[rows, columns] = found[rows]
    weight[rows, columns] = weights
    return spread.reshape(len(labels), -1), weight.reshape(len(labels), -1)


def _drawn(indices: Indices, count: int, random: np.random.RandomState) -> Indices:
    """So many of them, or all where there are not as many."""
    count = min(len(indices), count)
    return random.choice(indices, count, replace=False) if count > 0 else indices[:0]


def _leave(labels: Array, label: int, count: int, random: np.random.RandomState) -> None:
    """At most that many of a label; the others are IGNORED."""
    has = np.flatnonzero(labels == label)
    labels[_drawn(has, len(has) - count, random)] = IGNORED
