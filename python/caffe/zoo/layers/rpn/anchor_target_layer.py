"""What a region proposal network's anchors are to learn from an image's objects.

Ren et al., "Faster R-CNN", NIPS 2015, section 3.1.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import caffe
import numpy as np
from caffe.zoo._python_layers import Constant, parameters
from caffe.zoo.detection import anchors, boxes
from caffe.zoo.detection.config import cfg
from caffe.zoo.detection.targets import IGNORED, OBJECT, anchor_weights, label_anchors


class AnchorTargetLayer(Constant):
    """Labels (1 an object, 0 background, -1 neither) and offsets of the anchors of a feature map.

    Bottoms: the network's scores, whose H x W is the map's; the objects, N x 5 (box and class);
    the image, 1 x 3; its pixels, which are not looked at. Tops: labels 1 x 1 x AH x W, offsets,
    their inside and outside weights, 1 x 4A x H x W. `param_str`: 'feat_stride', 'scales',
    'ratios', and 'allowed_border', the pixels that an anchor may reach out of the image.
    """

    def setup(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        params = parameters(self, ["feat_stride"], ["scales", "ratios", "allowed_border"])
        self.stride = params["feat_stride"]
        self.border = params.get("allowed_border", 0)
        self.anchors = anchors.anchors(
            params.get("scales", (8, 16, 32)), params.get("ratios", (0.5, 1, 2))
        )
        self.random = np.random.RandomState(cfg.RNG_SEED)

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        if bottom[0].shape[0] != 1:
            raise caffe.ShapeError(
                f"layer {self.name!r} (AnchorTargetLayer): it takes one image, found "
                f"{bottom[0].shape[0]}"
            )
        count = len(self.anchors)
        height, width = bottom[0].shape[2:]
        top[0].reshape(1, 1, count * height, width)
        for blob in top[1:]:
            blob.reshape(1, 4 * count, height, width)

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        rows, columns = bottom[0].shape[2:]
        objects = bottom[1].data.reshape(-1, 5)
        height, width = bottom[2].data.ravel()[:2]
        numbers = cfg.TRAIN

        places = anchors.everywhere(self.anchors, rows, columns, self.stride)
        inside = np.flatnonzero(
            (places[:, :2] >= -self.border).all(axis=1)
            & (places[:, 2] < width + self.border)
            & (places[:, 3] < height + self.border)
        )
        overlap = boxes.overlaps(places[inside], objects[:, :4])
        labels = label_anchors(overlap, numbers, self.random)
        moves: boxes.Array = np.zeros((len(inside), 4))
        if len(objects) and len(inside):
            moves = boxes.offsets(places[inside], objects[overlap.argmax(axis=1), :4])
        inside_weights = np.outer(labels == OBJECT, numbers.RPN_BBOX_INSIDE_WEIGHTS)
        outside_weights = anchor_weights(labels, numbers)[:, np.newaxis].repeat(4, axis=1)

        def mapped(values: boxes.Array, otherwise: float) -> boxes.Array:
            """Of the anchors inside, as the map's channels."""
            everywhere = np.full((len(places), values.shape[1]), otherwise, np.float32)
            everywhere[inside] = values
            return everywhere.reshape(rows, columns, -1).transpose(2, 0, 1)

        top[0].data[...] = mapped(labels[:, np.newaxis], IGNORED).reshape(1, 1, -1, columns)
        for blob, values in zip(top[1:], (moves, inside_weights, outside_weights)):
            blob.data[0] = mapped(values, 0)
