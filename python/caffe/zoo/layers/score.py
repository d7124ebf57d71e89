"""The names that scripts of FCN's authors call to score a net on labelled images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import caffe
from caffe.zoo import segmentation


def fast_hist(a: Any, b: Any, n: int) -> Any:
    """The confusion matrix of truth `a` and found classes `b`, n x n."""
    return segmentation.confusion(np.asarray(a), np.asarray(b), n)


def compute_hist(
    net: caffe.Net,
    save_dir: str | None,
    dataset: Sequence[str],
    layer: str = "score",
    gt: str = "label",
) -> tuple[Any, float]:
    """Runs a net once for each image, in whose order its data layer serves them: the confusion
    matrix and the mean of the blob "loss" (NaN where there is none). Found classes are written as
    images where `save_dir` names a folder."""
    classes = net.blobs[layer].shape[1]
    counts = np.zeros((classes, classes), np.int64)
    losses = []
    if save_dir:
        Path(save_dir).mkdir(parents=True, exist_ok=True)
    for name in dataset:
        net.forward()
        found = net.blobs[layer].data[0].argmax(axis=0)
        counts += segmentation.confusion(net.blobs[gt].data[0, 0], found, classes)
        if save_dir:
            Image.fromarray(found.astype(np.uint8)).save(Path(save_dir) / f"{name}.png")
        losses.append(float(net.blobs["loss"].data.ravel()[0]) if "loss" in net.blobs else np.nan)
    return counts, float(np.mean(losses))


def seg_tests(
    solver: caffe.Solver,
    save_format: str | None,
    dataset: Sequence[str],
    layer: str = "score",
    gt: str = "label",
) -> None:
    """Scores a solver's first test net with the weights that it has learned so far."""
    print(">>>", datetime.now(), "Begin seg tests")
    solver.test_nets[0].share_with(solver.net)
    do_seg_tests(solver.test_nets[0], solver.iter, save_format, dataset, layer, gt)


def do_seg_tests(
    net: caffe.Net,
    iter: int,
    save_format: str | None,
    dataset: Sequence[str],
    layer: str = "score",
    gt: str = "label",
) -> Any:
    """Prints a net's scores on images; the confusion matrix. `save_format` names a folder, with {}
    for the iteration."""
    counts, loss = compute_hist(
        net, save_format.format(iter) if save_format else None, dataset, layer, gt
    )
    found = segmentation.scores(counts)
    for name, value in (
        ("loss", loss),
        ("overall accuracy", found.pixel_accuracy),
        ("mean accuracy", found.mean_accuracy),
        ("mean IU", found.mean_iu),
        ("fwavacc", found.frequency_weighted_iu),
    ):
        print(">>>", datetime.now(), "Iteration", iter, name, value)
    return counts
