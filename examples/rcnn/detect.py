"""Finds objects in an image with R-CNN: scores windows of it, keeps the best of each class.

    caffe zoo download bvlc_reference_rcnn_ilsvrc13
    detect.py photo.jpg --windows windows.csv --names det_classes.txt --out found.png
    detect.py photo.jpg --windows selective_search ...
    detect.py photo.jpg ...                      # windows all over the image

Windows come from a .csv file (filename,ymin,xmin,ymax,xmax; a file is known by its name), from selective
search where its package and MATLAB are installed, or are made everywhere, which finds less. A table says
what was found, and where; the picture shows it. --names lists the classes, one a line; --background says
which one is none of an object's. With --random all runs without weights, and means nothing.

Girshick et al., "Rich feature hierarchies for accurate object detection and semantic segmentation",
CVPR 2014. Uijlings et al., "Selective Search for Object Recognition", IJCV 2013.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import caffe
import numpy as np
from caffe.zoo import nets
from caffe.zoo.detection import boxes
from proposals import everywhere, read_windows

MEAN = (104, 117, 123)  # of ImageNet: blue, green, red


@dataclass
class Found:
    """An object: its class, its score, and its box (left, upper, right, lower)."""

    label: int
    score: float
    box: np.ndarray


class Scorer(caffe.Detector):
    """Detector, with random weights where there is no file of them."""

    def __init__(self, definition: Path, weights: Path | None, **options: Any) -> None:
        if weights is not None:
            super().__init__(str(definition), str(weights), **options)
            return
        net = caffe.Net(definition, caffe.TEST)
        nets.fill_at_random(net)
        super().__init__(str(definition), None, **options)
        self.share_with(net)


def best_of_classes(
    scores: np.ndarray,
    windows: np.ndarray,
    least: float,
    overlap: float = 0.3,
    background: int | None = None,
) -> list[Found]:
    """Of N windows with scores N x K those that score `least` in a class and do not overlap a
    better one of it by more than `overlap`, the best first."""
    found = []
    for label in range(scores.shape[1]):
        if label == background:
            continue
        likely = np.flatnonzero(scores[:, label] >= least)
        for i in boxes.suppressed(windows[likely], scores[likely, label], overlap):
            found.append(Found(label, float(scores[likely[i], label]), windows[likely[i]]))
    return sorted(found, key=lambda one: -one.score)


def windows_of(image: Path, source: str | None) -> np.ndarray:
    """The windows N x 4 (left, upper, right, lower) of an image, from where --windows says."""
    if source is None:
        with caffe.io.opened_image(image, str(image)) as opened:
            return everywhere(*opened.size)
    by_name = {Path(name).name: found for name, found in read_windows(Path(source)).items()}
    if image.name not in by_name:
        raise caffe.NotFoundError(
            f"{source}: it has no windows of {image.name}, but of {', '.join(sorted(by_name)[:5])}"
        )
    return by_name[image.name]


def scored(
    scorer: caffe.Detector, image: Path, source: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """The windows N x 4 of an image, and their scores N x K."""
    if source == "selective_search":
        found = scorer.detect_selective_search([image])
    else:
        # Detector's windows are ymin, xmin, ymax, xmax, and end behind their last pixel.
        given = windows_of(image, source)[:, [1, 0, 3, 2]] + [0, 0, 1, 1]
        found = scorer.detect_windows([(str(image), given)])
    windows = np.array([one["window"] for one in found], float)[:, [1, 0, 3, 2]]
    return windows - [0, 0, 1, 1], np.array([one["prediction"] for one in found])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--windows", help="a .csv file, or selective_search")
    parser.add_argument("--names", type=Path, help="the classes' names, one a line")
    parser.add_argument("--background", type=int, help="the class that is no object")
    parser.add_argument("--least", type=float, default=0.0, help="score of what is shown")
    parser.add_argument("--most", type=int, default=20, help="objects that are shown")
    parser.add_argument("--context-pad", type=int, default=16)
    parser.add_argument("--out", type=Path, default="found.png", help="the picture to draw")
    nets.add_arguments(parser, "bvlc_reference_rcnn_ilsvrc13")
    options = parser.parse_args()
    definition, weights, _ = nets.files(options)
    scorer = Scorer(
        definition,
        weights,
        mean=np.array(MEAN),
        raw_scale=255,
        channel_swap=(2, 1, 0),
        context_pad=options.context_pad,
    )
    names = options.names.read_text().splitlines() if options.names else []
    windows, scores = scored(scorer, options.image, options.windows)
    found = best_of_classes(scores, windows, options.least, background=options.background)
    found = found[: options.most]
    texts = [names[one.label] if one.label < len(names) else str(one.label) for one in found]
    print(" score  left  upper  right  lower  what")
    for one, text in zip(found, texts):
        left, upper, right, lower = one.box.round().astype(int)
        print(f"{one.score:6.3f}  {left:4}  {upper:5}  {right:5}  {lower:5}  {text}")
    caffe.vis.boxes(
        options.image,
        [one.box for one in found],
        [f"{text} {one.score:.2f}" for one, text in zip(found, texts)],
    ).save(options.out)
    print(f"{options.out}: {len(found)} found in {len(windows)} windows")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError, ImportError) as error:
        sys.exit(f"detect.py: {error}")
