"""The loss that the original's tutorial writes in Python."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import caffe


class EuclideanLossLayer(caffe.Layer):
    """Half the sum of the squared differences of two bottoms, for each item of a batch, as the
    layer EuclideanLoss computes it. Top: the loss, a scalar."""

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        if len(bottom) != 2 or bottom[0].count != bottom[1].count:
            raise caffe.ShapeError(
                f"layer {self.name!r} (EuclideanLossLayer): it compares two bottoms of equally "
                f"many values, found shapes {[blob.shape for blob in bottom]}"
            )
        top[0].reshape(1)

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        self.difference = bottom[0].data.ravel() - bottom[1].data.ravel()
        top[0].data[...] = np.square(self.difference).sum() / bottom[0].num / 2

    def backward(
        self,
        top: Sequence[caffe.Blob],
        propagate_down: Sequence[bool],
        bottom: Sequence[caffe.Blob],
    ) -> None:
        for blob, wanted, sign in zip(bottom, propagate_down, (1, -1)):
            if wanted:
                gradient = sign * float(top[0].diff[0]) / blob.num * self.difference
                blob.diff[...] = gradient.reshape(blob.shape)
