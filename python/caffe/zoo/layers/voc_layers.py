"""Segmentations of PASCAL VOC, and the extended ones of SBDD, for FCN.

Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge", IJCV 2010; Hariharan et al.,
"Semantic Contours from Inverse Detectors", ICCV 2011.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe.zoo.segmentation_data import (
    Array,
    Loader,
    SegmentationData,
    read_indices,
    read_mat,
    read_pixels,
)


class VOCSegDataLayer(SegmentationData):
    """Tops: image 1 x 3 x H x W, classes 1 x 1 x H x W (255: none).

    `param_str`: 'voc_dir', a folder with JPEGImages, SegmentationClass and
    ImageSets/Segmentation; 'split'; 'mean', of blue, green and red; 'randomize', 'seed'.
    """

    required = ("voc_dir", "mean")

    def prepare(self, params: dict[str, Any]) -> Path:
        self.folder, self.mean = Path(params["voc_dir"]), params["mean"]
        return self.folder / "ImageSets" / "Segmentation" / f"{self.split}.txt"

    def loaders(self) -> list[Loader]:
        return [self.load_image, self.load_label]

    def load_image(self, idx: str) -> Array:
        """The image of that name."""
        return read_pixels(self.folder / "JPEGImages" / f"{idx}.jpg", self.mean)

    def load_label(self, idx: str) -> Array:
        """Its classes."""
        return read_indices(self.folder / "SegmentationClass" / f"{idx}.png")


class SBDDSegDataLayer(SegmentationData):
    """Tops: image 1 x 3 x H x W, classes 1 x 1 x H x W (255: none).

    `param_str`: 'sbdd_dir', the folder `dataset` with img, cls and lists of names; 'split';
    'mean', of blue, green and red; 'randomize', 'seed'.
    """

    required = ("sbdd_dir", "mean")

    def prepare(self, params: dict[str, Any]) -> Path:
        self.folder, self.mean = Path(params["sbdd_dir"]), params["mean"]
        return self.folder / f"{self.split}.txt"

    def loaders(self) -> list[Loader]:
        return [self.load_image, self.load_label]

    def load_image(self, idx: str) -> Array:
        """The image of that name."""
        return read_pixels(self.folder / "img" / f"{idx}.jpg", self.mean)

    def load_label(self, idx: str) -> Array:
        """Its classes: GTcls.Segmentation."""
        truth = read_mat(self.folder / "cls" / f"{idx}.mat", "GTcls")
        labels: Array = truth[0]["Segmentation"][0]
        return labels[None].astype("uint8")
