"""Segmentation with fully convolutional nets: scores, and what nets start from.

Long, Shelhamer, Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgumentError, ShapeError
from ..net import Net

Counts = npt.NDArray[np.int64]
Labels = npt.NDArray[Any]


def confusion(truth: Labels, found: Labels, classes: int) -> Counts:
    """How many pixels of class i were taken for class j, K x K. Pixels whose truth is no class (255,
    void) do not count; a found label that is none is an error."""
    if truth.shape != found.shape:
        raise ShapeError(f"labels of shape {found.shape} for a truth of shape {truth.shape}")
    known = (truth >= 0) & (truth < classes)
    rows, columns = truth[known].astype(np.int64), found[known].astype(np.int64)
    if columns.size and not 0 <= columns.min() <= columns.max() < classes:
        raise InvalidArgumentError(
            f"found labels from {columns.min()} to {columns.max()}, where there are {classes} "
            "classes"
        )
    counts = np.bincount(classes * rows + columns, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


@dataclass
class Scores:
    """The four numbers that segmentations are compared by, from 0 to 1, and the IU of each class,
    which is NaN where a class is neither there nor found."""

    pixel_accuracy: float
    mean_accuracy: float
    mean_iu: float
    frequency_weighted_iu: float
    iu: npt.NDArray[np.float64]


def scores(counts: npt.ArrayLike) -> Scores:
    """The numbers of a confusion matrix. With n_ij pixels of class i taken for j and t_i of class
    i: sum n_ii / sum t_i; the mean of n_ii / t_i; of n_ii / (t_i + sum_j n_ji - n_ii); and that
    weighted by t_i. Means are of the classes that are there."""
    table = np.asarray(counts, np.float64)
    right, of_class, as_class = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    total = table.sum()
    if total == 0:
        raise InvalidArgumentError("there is nothing to score: no pixel has a class")
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = right / of_class
        iu = right / (of_class + as_class - right)
    there = of_class > 0
    return Scores(
        pixel_accuracy=float(right.sum() / total),
        mean_accuracy=float(np.nanmean(accuracy)),
        mean_iu=float(np.nanmean(iu)),
        frequency_weighted_iu=float((of_class[there] * iu[there]).sum() / total),
        iu=iu,
    )


def bilinear(size: int) -> npt.NDArray[np.float64]:
    """The kernel, size x size, with which a Deconvolution of half the stride interpolates."""
    factor = (size + 1) // 2
    center = factor - 1 if size % 2 else factor - 0.5
    ramp = 1 - np.abs(np.arange(size) - center) / factor
    return np.outer(ramp, ramp)


def interpolate(net: Net, layers: Iterable[str]) -> None:
    """Sets the weights of Deconvolution layers so that each channel is interpolated by itself.

    Raises InvalidArgumentError for kernels that are not square, or channels of other numbers.
    """
    for name in layers:
        weights = net.params[name][0]
        outputs, inputs, height, width = weights.shape
        if height != width:
            raise InvalidArgumentError(
                f"layer {name!r}: its kernels are {height} x {width}; only square ones interpolate"
            )
        if inputs not in (1, outputs):
            raise InvalidArgumentError(
                f"layer {name!r}: its weights are {weights.shape}; channels of equal number, or "
                "one of each group, interpolate"
            )
        places = np.arange(outputs)
        weights.data[...] = 0
        weights.data[places, places if inputs > 1 else 0] = bilinear(height)


def transplant(new: Net, old: Net, suffix: str = "") -> dict[str, str]:
    """Gives a net the weights of another's layers of the same names, `suffix` appended; those of
    an InnerProduct fill a Convolution that has as many. Returns what became of each layer: copied,
    reshaped, or left, with the reason."""
    done = {}
    for name, blobs in old.params.items():
        mine = new.params.get(name + suffix)
        if mine is None:
            done[name] = f"left: there is no layer {name + suffix!r}"
            continue
        shapes, counts = _shapes(blobs), [blob.count for blob in blobs]
        if [blob.count for blob in mine[: len(blobs)]] != counts[: len(mine)]:
            done[name] = f"left: its shapes are {shapes}, those of the new one {_shapes(mine)}"
            continue
        for target, blob in zip(mine, blobs):
            target.data[...] = blob.data.reshape(target.shape)
        done[name] = "copied" if _shapes(mine) == shapes else "reshaped"
    return done


def _shapes(blobs: Iterable[Any]) -> list[tuple[int, ...]]:
    return [blob.shape for blob in blobs]
