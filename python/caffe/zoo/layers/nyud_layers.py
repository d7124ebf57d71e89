"""NYUDv2's rooms in colour and depth, with 40 classes, for FCN.

Silberman et al., "Indoor Segmentation and Support Inference from RGBD Images", ECCV 2012; Gupta et
al., "Learning Rich Features from RGB-D Images for Object Detection and Segmentation", ECCV 2014.
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
    from_one,
    read_mat,
    read_pixels,
)

MEAN_COLOR = (116.190, 97.203, 92.318)  # blue, green, red
MEAN_HHA = (132.431, 94.076, 118.477)
MEAN_LOG_DEPTH = 7.844


class NYUDSegDataLayer(SegmentationData):
    """Tops, as 'tops' lists them: 'color' 1 x 3 x H x W; 'hha' (horizontal disparity, height above
    ground, angle with gravity) 1 x 3 x H x W; 'depth', the logarithm of millimetres, 1 x 1 x H x W;
    'label', 40 classes, 1 x 1 x H x W (255: none).

    `param_str`: 'nyud_dir', a folder with data/images, data/hha, data/depth, segmentation and
    lists of numbers; 'tops', 'split', 'randomize', 'seed'.
    """

    required = ("nyud_dir", "tops")

    def prepare(self, params: dict[str, Any]) -> Path:
        self.folder, self.tops = Path(params["nyud_dir"]), params["tops"]
        return self.folder / f"{self.split}.txt"

    def loaders(self) -> list[Loader]:
        known: dict[str, Loader] = {
            "color": self.load_image,
            "hha": self.load_hha,
            "depth": self.load_depth,
            "label": self.load_label,
        }
        for name in self.tops:
            if name not in known:
                raise caffe.NotFoundError(
                    f"layer {self.name!r} (NYUDSegDataLayer): tops are {', '.join(known)}, not "
                    f"{name!r}"
                )
        return [known[name] for name in self.tops]

    def load_image(self, idx: str) -> Array:
        """The picture of that number."""
        return read_pixels(self._file("images", idx), MEAN_COLOR)

    def load_hha(self, idx: str) -> Array:
        """Its depth as three numbers."""
        # Read as blue, green and red, of which the file has the other order.
        return read_pixels(self._file("hha", idx), MEAN_HHA[::-1])[::-1]

    def load_depth(self, idx: str) -> Array:
        """Its depth; where the camera saw none, as if it were a millimetre."""
        path = self._file("depth", idx)
        with caffe.io.opened_image(path, str(path)) as opened:
            depth = np.array(opened, np.float32)
        return np.log(np.maximum(depth, 1))[np.newaxis] - np.float32(MEAN_LOG_DEPTH)

    def load_label(self, idx: str) -> Array:
        """Its classes."""
        return from_one(read_mat(self.folder / "segmentation" / f"img_{idx}.mat", "segmentation"))

    def _file(self, part: str, idx: str) -> Path:
        return self.folder / "data" / part / f"img_{idx}.png"
