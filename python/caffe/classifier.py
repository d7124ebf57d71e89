"""`caffe.Classifier`: class probabilities of images, averaged over crops."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import io
from .errors import InvalidArgumentError, ShapeError
from .net import TEST, Net


def make_transformer(
    net: Net,
    mean: npt.ArrayLike | None,
    input_scale: float | None,
    raw_scale: float | None,
    channel_swap: Sequence[int] | None,
) -> io.Transformer:
    """The transformer for a net's one input, from H x W x K images."""
    if len(net.inputs) != 1:
        raise InvalidArgumentError(
            f"expected a net with one input, this one has {', '.join(net.inputs) or 'none'}"
        )
    name = net.inputs[0]
    transformer = io.Transformer({name: net.blobs[name].shape})
    transformer.set_transpose(name, (2, 0, 1))
    if mean is not None:
        transformer.set_mean(name, mean)
    if input_scale is not None:
        transformer.set_input_scale(name, input_scale)
    if raw_scale is not None:
        transformer.set_raw_scale(name, raw_scale)
    if channel_swap is not None:
        transformer.set_channel_swap(name, channel_swap)
    return transformer


class Classifier(Net):
    """A net from images to class probabilities.

    image_dims: the size H, W that images are resized to before they are cropped to the input's size
    (which is the default), read by predict(). mean, input_scale, raw_scale and channel_swap are
    those of caffe.io.Transformer.
    """

    def __init__(
        self,
        model_file: Any,
        pretrained_file: Any,
        image_dims: Sequence[int] | None = None,
        mean: npt.ArrayLike | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(model_file, phase=TEST, weights=pretrained_file, **options)
        self.transformer = make_transformer(self, mean, input_scale, raw_scale, channel_swap)
        self.crop_dims = np.array(self.blobs[self.inputs[0]].shape[2:])
        given = np.size(image_dims) > 0 if image_dims is not None else False
        self.image_dims = np.array(image_dims if given else self.crop_dims)

    def predict(
        self, inputs: Sequence[npt.ArrayLike], oversample: bool = True
    ) -> npt.NDArray[np.float32]:
        """Probabilities, N x classes, of N images H x W x K.

        With `oversample` they are averaged over ten crops (corners, centre, and their mirror
        images), else they are those of the centre.
        """
        if np.shape(self.image_dims) != (2,):
            raise InvalidArgumentError(
                f"image_dims: expected (height, width), got {np.asarray(self.image_dims).tolist()}; "
                f"it is Classifier's third argument, and the phase, always TEST, is none of them"
            )
        height, width = (int(dim) for dim in self.image_dims)
        if min(height - self.crop_dims[0], width - self.crop_dims[1]) < 0:
            raise ShapeError(
                f"image_dims: images of {height} x {width} are smaller than the net's input, "
                f"{self.crop_dims[0]} x {self.crop_dims[1]}"
            )
        if isinstance(inputs, np.ndarray) and inputs.ndim == 3:
            raise ShapeError(
                "predict: expected a list of images H x W x K, got one array of three axes; "
                "write predict([image])"
            )
        if isinstance(inputs, (str, os.PathLike)) or any(
            isinstance(one, (str, os.PathLike)) for one in inputs
        ):
            raise InvalidArgumentError(
                "predict: expected images H x W x K, got the name of a file; "
                "write predict([caffe.io.load_image(name)])"
            )
        images = [io.resize_image(one, (height, width)) for one in inputs]
        if not images:
            raise InvalidArgumentError("predict: there are no images")
        rows, columns = (int(dim) for dim in self.crop_dims)
        if oversample:
            crops: Any = io.oversample(images, (rows, columns))
        else:
            top, left = (height - rows) // 2, (width - columns) // 2
            crops = [one[top : top + rows, left : left + columns] for one in images]
        name = self.inputs[0]
        data = np.stack([self.transformer.preprocess(name, one) for one in crops])
        result = self.forward_all(**{name: data})[self.outputs[0]]
        result = result.reshape(len(result), -1)
        return result.reshape(len(images), 10, -1).mean(axis=1) if oversample else result
