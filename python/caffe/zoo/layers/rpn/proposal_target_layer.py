"""Which of the proposed regions a batch learns from, and what.

Ren et al., "Faster R-CNN", NIPS 2015; Girshick, "Fast R-CNN", ICCV 2015, section 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import caffe
import numpy as np
from caffe.zoo._python_layers import Constant, parameters
from caffe.zoo.detection import boxes
from caffe.zoo.detection.config import cfg
from caffe.zoo.detection.targets import by_class, region_offsets, sample_regions


class ProposalTargetLayer(Constant):
    """A sample of the proposed regions and of the objects themselves.

    Bottoms: regions N x 5 (the image's number and the box), objects M x 5 (box and class). Tops:
    the regions of the sample R x 5, their labels R, offsets, inside and outside weights R x 4K.
    `param_str`: 'num_classes', K, the background counted.
    """

    def setup(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        self.classes = parameters(self, ["num_classes"], [])["num_classes"]
        self.random = np.random.RandomState(cfg.RNG_SEED)

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        _reshape(top, 1, self.classes)

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        numbers = cfg.TRAIN
        objects = bottom[1].data.reshape(-1, 5)
        if len(objects) == 0:
            raise caffe.InvalidArgumentError(
                f"layer {self.name!r} (ProposalTargetLayer): the image has no object"
            )
        if objects[:, 4].max() >= self.classes:
            raise caffe.InvalidArgumentError(
                f"layer {self.name!r} (ProposalTargetLayer): an object is of class "
                f"{int(objects[:, 4].max())}, but num_classes is {self.classes}"
            )
        regions = bottom[0].data.reshape(-1, 5)
        if (regions[:, 0] != 0).any():
            raise caffe.InvalidArgumentError(
                f"layer {self.name!r} (ProposalTargetLayer): it takes the regions of one image"
            )
        regions = np.concatenate([regions[:, 1:], objects[:, :4]])
        overlap = boxes.overlaps(regions, objects)
        whose = overlap.argmax(axis=1)
        sample = sample_regions(
            overlap.max(axis=1), objects[whose, 4], numbers.BATCH_SIZE, numbers, self.random
        )
        regions, whose = regions[sample.chosen], whose[sample.chosen]
        offsets, inside = by_class(
            region_offsets(regions, objects[whose, :4], numbers),
            sample.labels,
            self.classes,
            numbers.BBOX_INSIDE_WEIGHTS,
        )
        _reshape(top, len(regions), self.classes)
        top[0].data[:, 0] = 0
        top[0].data[:, 1:] = regions
        for blob, values in zip(top[1:], (sample.labels, offsets, inside, inside > 0)):
            blob.data[...] = values


def _reshape(top: Sequence[caffe.Blob], count: int, classes: int) -> None:
    top[0].reshape(count, 5)
    top[1].reshape(count)
    for blob in top[2:]:
        blob.reshape(count, 4 * classes)
