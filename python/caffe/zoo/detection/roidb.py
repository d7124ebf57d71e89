"""Lists of images with their objects and proposals (`roidb`), made ready to be learned from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image

from ...errors import InvalidArgumentError
from . import boxes
from .config import Train
from .targets import region_offsets
from .voc import Entry


def flipped(entry: Entry) -> Entry:
    """The same image seen in a mirror."""
    with Image.open(entry["image"]) as opened:
        width = opened.width
    mirrored = np.array(entry["boxes"], np.float32)
    mirrored[:, [0, 2]] = width - 1 - mirrored[:, [2, 0]]
    return {**entry, "boxes": mirrored, "flipped": not entry["flipped"]}


def with_proposals(entry: Entry, proposals: boxes.Array) -> Entry:
    """The entry with regions N x 4 behind its objects: what Fast R-CNN is trained on."""
    regions = np.concatenate([entry["boxes"], np.asarray(proposals, np.float32).reshape(-1, 4)])
    labels = np.concatenate(
        [entry["gt_classes"], np.zeros(len(regions) - len(entry["boxes"]), int)]
    )
    return {**entry, "boxes": regions, "gt_classes": labels}


def prepared(entries: Iterable[Entry], numbers: Train) -> list[Entry]:
    """Adds to each entry what regions learn: "max_overlaps", "max_classes" and "bbox_targets" (its
    class and four offsets); entries without an object are left out, mirrored ones come last.

    Raises InvalidArgumentError where nothing is left.
    """
    with_objects = [one for one in entries if np.any(np.asarray(one["gt_classes"]) > 0)]
    if not with_objects:
        raise InvalidArgumentError("none of the images has an object to learn from")
    if numbers.USE_FLIPPED:
        with_objects += [flipped(one) for one in with_objects]
    return [_prepared(one, numbers) for one in with_objects]


def _prepared(entry: Entry, numbers: Train) -> Entry:
    regions = np.asarray(entry["boxes"], np.float32)
    classes = np.asarray(entry["gt_classes"])
    objects = np.flatnonzero(classes > 0)
    overlap = boxes.overlaps(regions, regions[objects])
    whose = objects[overlap.argmax(axis=1)]
    best = overlap.max(axis=1)
    learned = np.zeros((len(regions), 5), np.float32)
    moves = best >= numbers.BBOX_THRESH
    learned[moves, 0] = classes[whose[moves]]
    learned[moves, 1:] = region_offsets(regions[moves], regions[whose[moves]], numbers)
    return {
        **entry,
        "max_overlaps": best,
        "max_classes": np.where(best > 0, classes[whose], 0),
        "bbox_targets": learned,
    }
