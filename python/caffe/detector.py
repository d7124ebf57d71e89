"""`caffe.Detector`: class probabilities of windows in images (R-CNN, Girshick et al., 2014)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import io
from .classifier import make_transformer
from .errors import InvalidArgumentError
from .net import TEST, Net


class Detector(Net):
    """A net from windows of images to class scores.

    context_pad: how many pixels around a window, measured in the net's input, are shown with it;
    where they lie outside the image the mean is shown. The rest as for caffe.Classifier.
    """

    def __init__(
        self,
        model_file: Any,
        pretrained_file: Any,
        mean: npt.ArrayLike | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
        context_pad: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(model_file, phase=TEST, weights=pretrained_file, **options)
        self.transformer = make_transformer(self, mean, input_scale, raw_scale, channel_swap)
        self.configure_crop(context_pad)

    def configure_crop(self, context_pad: int | None) -> None:
        """Sets how many pixels around a window are shown."""
        shape = self.blobs[self.inputs[0]].shape
        self.crop_dims = np.array(shape[2:])
        self.context_pad = int(context_pad or 0)
        if 2 * self.context_pad >= min(shape[2:]):
            raise InvalidArgumentError(
                f"context_pad: {self.context_pad} on each side leaves nothing of "
                f"{shape[2]} x {shape[3]}"
            )
        # What is shown outside the image, as an image.
        self.crop_mean = (
            self.transformer.deprocess(self.inputs[0], np.zeros(shape[1:], np.float32))
            if self.context_pad
            else np.zeros((shape[2], shape[3], shape[1]), np.float32)
        )

    def crop(self, im: npt.ArrayLike, window: Sequence[float]) -> npt.NDArray[np.float32]:
        """The window (ymin, xmin, ymax, xmax) of an H x W x K image, with its context, in the
        input's size."""
        image = np.asarray(im, np.float32)
        ymin, xmin, ymax, xmax = (float(one) for one in window)
        rows, columns = (int(dim) for dim in self.crop_dims)
        if not self.context_pad:
            return io.resize_image(
                image[int(ymin) : int(ymax), int(xmin) : int(xmax)], (rows, columns)
            )
        # The window grows so that it fills what the context leaves of the input.
        grow = np.array([rows, columns]) / (np.array([rows, columns]) - 2 * self.context_pad)
        middle = np.array([ymin + ymax, xmin + xmax]) / 2
        half = np.array([ymax - ymin, xmax - xmin]) / 2 * grow
        low, high = np.round(middle - half).astype(int), np.round(middle + half).astype(int)
        inside_low, inside_high = low.clip(0, image.shape[:2]), high.clip(0, image.shape[:2])
        extent = np.maximum(high - low, 1)
        scale = np.array([rows, columns]) / extent
        begin = np.round((inside_low - low) * scale).astype(int)
        end = np.round((inside_high - low) * scale).astype(int).clip(begin, [rows, columns])
        result = self.crop_mean.copy()
        if (end > begin).all():
            part = image[inside_low[0] : inside_high[0], inside_low[1] : inside_high[1]]
            result[begin[0] : end[0], begin[1] : end[1]] = io.resize_image(
                part, (int(end[0] - begin[0]), int(end[1] - begin[1]))
            )
        return result

    def detect_windows(
        self, images_windows: Iterable[tuple[Any, Iterable[Sequence[float]]]]
    ) -> list[dict[str, Any]]:
        """Scores of windows: for pairs of an image (array or file) and its windows (ymin, xmin,
        ymax, xmax).

        Returns for each window a dict of its "window", the "prediction" and the "filename" (or
        array).
        """
        found, crops = [], []
        name = self.inputs[0]
        for source, windows in images_windows:
            image = source if isinstance(source, np.ndarray) else io.load_image(source)
            for window in windows:
                crops.append(self.transformer.preprocess(name, self.crop(image, window)))
                found.append({"window": window, "filename": source})
        if not crops:
            return []
        scores = self.forward_all(**{name: np.stack(crops)})[self.outputs[0]]
        scores = scores.reshape(len(scores), -1)
        return [{**one, "prediction": score} for one, score in zip(found, scores)]

    def detect_selective_search(self, image_fnames: Sequence[Any]) -> list[dict[str, Any]]:
        """detect_windows() of the windows that selective search (Uijlings et al., 2013) proposes in
        image files.

        It needs MATLAB and the package selective_search_ijcv_with_python; ImportError says so.
        """
        try:
            import selective_search_ijcv_with_python as selective_search
        except ImportError as failure:
            raise ImportError(
                "detect_selective_search asks the package selective_search_ijcv_with_python for "
                "windows, which runs MATLAB; put it on Python's path, or give windows of your own "
                "to detect_windows()"
            ) from failure
        # MATLAB runs in a folder of its own.
        files = [os.path.abspath(os.fsdecode(one)) for one in image_fnames]
        windows = selective_search.get_windows(files, cmd="selective_search_rcnn")
        return self.detect_windows(zip(files, windows))
