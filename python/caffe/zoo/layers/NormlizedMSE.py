# ruff: noqa: N999
"""The loss of VanillaCNN, which finds five points in a face.

Wu, Hassner, et al., "Facial Landmark Detection with Tweaked Convolutional Neural Networks", 2015.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import caffe

LEFT_EYE, RIGHT_EYE = slice(0, 2), slice(2, 4)


class NormlizedMSE(caffe.Layer):
    """Half the squared error of points, in units of the distance between the eyes, for each item.

    Bottoms: found and true points, N x 10: x and y of the left eye, the right eye, nose, and the
    mouth's left and right corner. Top: the loss, a scalar. The name is its authors'.
    """

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        found, true = (blob.shape for blob in bottom)
        if found != true or len(true) != 2 or true[1] < RIGHT_EYE.stop:
            raise caffe.ShapeError(
                f"layer {self.name!r} (NormlizedMSE): it compares points of shape N x 10, found "
                f"{found} and {true}"
            )
        top[0].reshape(1)

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        true = bottom[1].data
        eyes = np.linalg.norm(true[:, LEFT_EYE] - true[:, RIGHT_EYE], axis=1, keepdims=True)
        self.unit = eyes + 1e-6
        self.error = (bottom[0].data - true) / self.unit
        top[0].data[...] = np.square(self.error).sum() / len(true) / 2

    def backward(
        self,
        top: Sequence[caffe.Blob],
        propagate_down: Sequence[bool],
        bottom: Sequence[caffe.Blob],
    ) -> None:
        """The exact gradient; its authors' lacks the division by the distance between the eyes. True
        points are constants."""
        if propagate_down[0]:
            share = float(top[0].diff[0]) / bottom[0].num
            bottom[0].diff[...] = share * self.error / self.unit
        if propagate_down[1]:
            bottom[1].diff[...] = 0
