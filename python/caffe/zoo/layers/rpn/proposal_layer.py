"""Regions from what a region proposal network says of its anchors.

Ren et al., "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks", NIPS
2015.
"""

from __future__ import annotations

from collections.abc import Sequence

import caffe
import numpy as np
from caffe.zoo._python_layers import Constant, parameters
from caffe.zoo.detection import anchors, boxes
from caffe.zoo.detection.config import cfg


class ProposalLayer(Constant):
    """The anchors, moved as the network says, that score best and do not overlap a better one.

    Bottoms: probabilities 1 x 2A x H x W (those of the background first), offsets 1 x 4A x H x W,
    and the image, 1 x 3: height, width, and how much it was scaled. Tops: the regions, N x 5 (the
    image's number, 0, and the box), and, where there is a second top, their scores, N x 1.
    `param_str`: 'feat_stride', the image's pixels between places of the map; 'scales' and 'ratios'
    of the anchors. The numbers RPN_* of caffe.zoo.detection.config say how many.
    """

    def setup(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        params = parameters(self, ["feat_stride"], ["scales", "ratios"])
        self.stride = params["feat_stride"]
        self.anchors = anchors.anchors(
            params.get("scales", (8, 16, 32)), params.get("ratios", (0.5, 1, 2))
        )

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        count = len(self.anchors)
        height, width = bottom[0].shape[2:]
        wanted = [(1, 2 * count, height, width), (1, 4 * count, height, width)]
        found = [blob.shape for blob in bottom[:2]]
        if found != wanted:
            raise caffe.ShapeError(
                f"layer {self.name!r} (ProposalLayer): {count} anchors need probabilities and "
                f"offsets of shapes {wanted[0]} and {wanted[1]}, found {found[0]} and {found[1]}"
            )
        top[0].reshape(1, 5)
        for scores in top[1:]:
            scores.reshape(1, 1)

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        numbers = cfg["TRAIN" if self.phase == caffe.TRAIN else "TEST"]
        count = len(self.anchors)
        rows, columns = bottom[0].shape[2:]
        scores = bottom[0].data[0, count:].transpose(1, 2, 0).ravel()
        offsets = bottom[1].data[0].transpose(1, 2, 0).reshape(-1, 4)
        height, width, scale = bottom[2].data.ravel()[:3]

        places = anchors.everywhere(self.anchors, rows, columns, self.stride)
        regions = boxes.clipped(boxes.moved(places, offsets), height, width)
        # A score that is no number ranks nowhere.
        good = (boxes.sizes(regions) >= numbers.RPN_MIN_SIZE * scale).all(axis=1)
        candidates = np.flatnonzero(good & np.isfinite(scores) & np.isfinite(regions).all(axis=1))
        order = candidates[np.argsort(-scores[candidates], kind="stable")]
        if numbers.RPN_PRE_NMS_TOP_N > 0:
            order = order[: numbers.RPN_PRE_NMS_TOP_N]
        most = numbers.RPN_POST_NMS_TOP_N if numbers.RPN_POST_NMS_TOP_N > 0 else -1
        best = order[boxes.suppressed(regions[order], scores[order], numbers.RPN_NMS_THRESH, most)]
        # What follows needs one at least: where there is none, the whole image.
        top[0].reshape(max(len(best), 1), 5)
        top[0].data[...] = (0, 0, 0, width - 1, height - 1)
        top[0].data[: len(best), 1:] = regions[best]
        for blob in top[1:]:
            blob.reshape(max(len(best), 1), 1)
            blob.data[...] = 0
            blob.data[: len(best), 0] = scores[best]
