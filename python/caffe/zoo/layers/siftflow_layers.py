"""SIFT Flow's scenes, with classes and geometry for each pixel, for FCN.

Liu, Yuen, Torralba, "Nonparametric Scene Parsing via Label Transfer", PAMI 2011; Tighe, Lazebnik,
"SuperParsing", ECCV 2010.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe.zoo.segmentation_data import (
    Array,
    Loader,
    SegmentationData,
    from_one,
    read_mat,
    read_pixels,
)

SET = "spatial_envelope_256x256_static_8outdoorcategories"
MEAN = (114.578, 115.294, 108.353)


class SIFTFlowSegDataLayer(SegmentationData):
    """Tops: image 1 x 3 x H x W; 33 classes and 3 geometric ones, 1 x 1 x H x W (255: none).

    `param_str`: 'siftflow_dir', a folder with Images, SemanticLabels, GeoLabels and lists of
    names; 'split', 'randomize', 'seed'.
    """

    required = ("siftflow_dir",)

    def prepare(self, params: dict[str, Any]) -> Path:
        self.folder = Path(params["siftflow_dir"])
        return self.folder / f"{self.split}.txt"

    def loaders(self) -> list[Loader]:
        return [
            self.load_image,
            lambda name: self.load_label(name, "semantic"),
            lambda name: self.load_label(name, "geometric"),
        ]

    def load_image(self, idx: str) -> Array:
        """The image of that name."""
        return read_pixels(self.folder / "Images" / SET / f"{idx}.jpg", MEAN)

    def load_label(self, idx: str, label_type: str) -> Array:
        """Its labels, "semantic" or "geometric"."""
        part = {"semantic": "SemanticLabels", "geometric": "GeoLabels"}[label_type]
        return from_one(read_mat(self.folder / part / SET / f"{idx}.mat", "S"))
