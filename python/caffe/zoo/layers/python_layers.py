"""The loss with which CCNN learns segmentations from labels of whole images.

Pathak, Kraehenbuehl, Darrell, "Constrained Convolutional Neural Networks for Weakly Supervised
Segmentation", ICCV 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import caffe

Array = npt.NDArray[np.float64]

# The least share of an image's pixels that a class of the image has, and what a smaller one costs;
# the least and the greatest share of the background.
OBJECT, SLACK = 0.05, 2.0
BACKGROUND = (0.3, 0.7)


def constrained(scores: Array, present: npt.NDArray[np.bool_]) -> Array:
    """The distribution over K classes of each of N pixels that is nearest to softmax(scores), N x K,
    among those that keep the constraints: no class that is not present, but for the background,
    and the shares above.

    Nearest is meant in Kullback-Leibler divergence, so that the answer is softmax(scores + A' x),
    with one multiplier x from 0 to its slack for each constraint. They maximise a concave function
    whose gradient is the constraints' deficit; it is climbed with Nesterov's method, in steps of
    one over the bound of its curvature.
    """
    classes = scores.shape[1]
    objects = [k for k in range(1, classes) if present[k]]
    one_of = np.eye(classes)
    constraints = np.stack([*one_of[objects], one_of[0], -one_of[0]])
    least = np.array([OBJECT] * len(objects) + [BACKGROUND[0], -BACKGROUND[1]])
    slack = np.array([SLACK] * len(objects) + [np.inf, np.inf])
    allowed = present.copy()
    allowed[0] = True
    logits = np.where(allowed, scores, -np.inf)
    if not objects:  # all is background: one class is left
        return softmax(logits)

    def distribution(multipliers: Array) -> Array:
        return softmax(logits + multipliers @ constraints)

    found = ahead = np.zeros(len(constraints))
    momentum = 1.0
    for _ in range(2000):
        deficit = least - constraints @ distribution(ahead).mean(axis=0)
        new = np.clip(ahead + deficit, 0, slack)
        if np.abs(new - ahead).max() < 1e-7:
            found = new
            break
        if (deficit * (new - found)).sum() < 0:  # it has overshot: begin anew
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = np.clip(new + (momentum - 1) / following * (new - found), 0, slack)
        found, momentum = new, following
    return distribution(found)


def softmax(scores: Array) -> Array:
    """Over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


class WeakLoss(caffe.Layer):
    """The divergence of what a net says of an image's pixels from the nearest distribution that the
    image's labels allow, the mean over its pixels, the sum over images.

    Bottoms: scores N x K x H x W; which classes each image has, N x K; further ones are not looked
    at. Top: the loss, 1 x 1 x 1 x 1.
    """

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        images, classes = bottom[0].shape[:2]
        if len(bottom) < 2 or bottom[1].count != images * classes:
            raise caffe.ShapeError(
                f"layer {self.name!r} (WeakLoss): scores of shape {bottom[0].shape} need "
                f"{images} x {classes} numbers that say which classes an image has"
            )
        top[0].reshape(1, 1, 1, 1)

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        images, classes = bottom[0].shape[:2]
        present = bottom[1].data.reshape(images, classes) > 0.5
        self.gradient = np.zeros(bottom[0].shape, np.float32)
        loss = 0.0
        for image, there, gradient in zip(bottom[0].data, present, self.gradient):
            scores = image.reshape(classes, -1).T.astype(np.float64)
            said, nearest = softmax(scores), constrained(scores, there)
            pixels = len(scores)
            loss += (nearest * (_log(nearest) - _log(said))).sum() / pixels
            gradient[...] = ((said - nearest).T / pixels).reshape(image.shape)
        top[0].data[...] = loss

    def backward(
        self,
        top: Sequence[caffe.Blob],
        propagate_down: Sequence[bool],
        bottom: Sequence[caffe.Blob],
    ) -> None:
        """The gradient with the nearest distribution held, as it is where that is nearest."""
        if propagate_down[0]:
            bottom[0].diff[...] = float(top[0].diff.ravel()[0]) * self.gradient
        for blob, wanted in zip(bottom[1:], propagate_down[1:]):
            if wanted:
                blob.diff[...] = 0


def _log(probabilities: Array) -> Any:
    return np.log(np.maximum(probabilities, 1e-10))
