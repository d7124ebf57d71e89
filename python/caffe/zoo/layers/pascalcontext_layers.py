"""PASCAL-Context: whole scenes of VOC2010, with 59 classes and the background, for FCN.

Mottaghi et al., "The Role of Context for Object Detection and Semantic Segmentation in the Wild",
CVPR 2014.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import caffe
from caffe.zoo.segmentation_data import (
    Array,
    Loader,
    SegmentationData,
    read_mat,
    read_pixels,
)

MEAN = (104.007, 116.669, 122.679)
# Names of the 59 classes that the list of all of them has otherwise.
OTHERWISE = {"diningtable": "table", "bedcloth": "bedclothes", "clothes": "cloth"}


class PASCALContextSegDataLayer(SegmentationData):
    """Tops: image 1 x 3 x H x W; 59 classes from 1, and 0 for the background, 1 x 1 x H x W.

    `param_str`: 'voc_dir', the folder of VOC2010; 'context_dir', a folder with trainval,
    labels.txt and 59_labels.txt (lines "2: aeroplane"); 'split', 'randomize', 'seed'.
    """

    required = ("voc_dir", "context_dir")

    def prepare(self, params: dict[str, Any]) -> Path:
        self.folder, self.context = Path(params["voc_dir"]) / "VOC2010", Path(params["context_dir"])
        numbers = dict(reversed(one) for one in _names(self.context / "labels.txt"))
        # From a number of all labels to one of the 59.
        self.classes = np.zeros(max(numbers.values()) + 1, np.uint8)
        for place, name in _names(self.context / "59_labels.txt"):
            name = OTHERWISE.get(name, name)
            if name not in numbers:
                raise caffe.NotFoundError(
                    f"{self.context}: labels.txt has no {name!r}, which 59_labels.txt has"
                )
            self.classes[numbers[name]] = place
        return self.folder / "ImageSets" / "Main" / f"{self.split}.txt"

    def loaders(self) -> list[Loader]:
        return [self.load_image, self.load_label]

    def load_image(self, idx: str) -> Array:
        """The image of that name."""
        return read_pixels(self.folder / "JPEGImages" / f"{idx}.jpg", MEAN)

    def load_label(self, idx: str) -> Array:
        """Its classes."""
        labels = read_mat(self.context / "trainval" / f"{idx}.mat", "LabelMap").astype(np.intp)
        labels[labels >= len(self.classes)] = 0
        found: Array = self.classes[labels]
        return found[np.newaxis]


def _names(path: Path) -> list[Any]:
    """Places, from 1, and names without spaces."""
    try:
        lines = [line for line in path.read_text().splitlines() if ":" in line]
    except OSError as failure:
        raise caffe.FileError(f"{path}: {failure.strerror}; it lists labels") from failure
    names = [line.split(":", 1)[1].replace(" ", "") for line in lines]
    return list(enumerate(names, 1))
