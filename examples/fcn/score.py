"""Scores segmentations: pixel accuracy, mean accuracy, mean IU, frequency weighted IU.

    score.py --truth VOC2012/SegmentationClass --found found --list VOC2012/ImageSets/Segmentation/val.txt
    score.py --definition val.prototxt --weights fcn8s.caffemodel --count 736

Either of images whose pixels are classes (segment.py --labels writes such ones), or of a net whose
data layer serves images and labels. Pixels of truth 255 do not count.

Long et al., "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import caffe.zoo.layers
import numpy as np
from caffe.zoo import segmentation
from caffe.zoo.detection.voc import CLASSES
from caffe.zoo.layers import score
from caffe.zoo.segmentation_data import read_indices


def of_images(truth: Path, found: Path, names: list[str], classes: int) -> np.ndarray:
    """The confusion matrix of images of the same names in two folders."""
    counts = np.zeros((classes, classes), np.int64)
    for name in names:
        pair = [read_indices(folder / f"{name}.png")[0] for folder in (truth, found)]
        try:
            counts += segmentation.confusion(*pair, classes)
        except caffe.Error as failure:
            raise caffe.InvalidArgumentError(f"{found / name}.png: {failure}") from failure
    return counts


def table(counts: np.ndarray, names: list[str]) -> str:
    """A line for each class, and the four numbers."""
    found = segmentation.scores(counts)
    lines = ["    IU  class"]
    for label, iu in enumerate(found.iu):
        name = names[label] if label < len(names) else str(label)
        lines.append(f"{'     -' if np.isnan(iu) else f'{iu:6.1%}'}  {name}")
    for name, value in (
        ("pixel accuracy", found.pixel_accuracy),
        ("mean accuracy", found.mean_accuracy),
        ("mean IU", found.mean_iu),
        ("frequency weighted IU", found.frequency_weighted_iu),
    ):
        lines.append(f"{value:6.1%}  {name}")
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--truth", type=Path, help="a folder of images whose pixels are classes")
    parser.add_argument("--found", type=Path, help="a folder of images of the same names")
    parser.add_argument("--list", type=Path, help="the names, one a line; without it, all found")
    parser.add_argument("--classes", type=int, default=21)
    parser.add_argument("--names", type=Path, help="the classes' names, one a line (PASCAL VOC's)")
    parser.add_argument("--definition", type=Path, help="of a net with a data layer")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--count", type=int, help="of images to score the net on")
    parser.add_argument("--blob", default="score")
    parser.add_argument("--label", default="label", help="the blob of the truth")
    options = parser.parse_args()
    names = options.names.read_text().splitlines() if options.names else list(CLASSES)
    if options.truth and options.found:
        listed = options.list.read_text().split() if options.list else None
        listed = listed or sorted(path.stem for path in options.found.glob("*.png"))
        counts = of_images(options.truth, options.found, listed, options.classes)
    elif options.definition and options.weights and options.count:
        caffe.zoo.layers.enable()
        net = caffe.Net(options.definition, caffe.TEST, weights=options.weights)
        images = [str(i) for i in range(options.count)]
        counts, loss = score.compute_hist(net, None, images, options.blob, options.label)
        print(f"{loss:6.3f}  loss")
    else:
        parser.error("expected --truth and --found, or --definition, --weights and --count")
    print(table(counts, names))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"score.py: {error}")
