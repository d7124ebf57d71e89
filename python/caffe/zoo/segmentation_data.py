"""Images with a label for each pixel, one at a time, as fully convolutional nets are trained.

Long, Shelhamer, Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

import numpy as np
import numpy.typing as npt

from ..blob import Blob
from ..errors import FileError, InvalidArgumentError, NotFoundError, ParseError, UnsupportedError
from ..io import opened_image
from ._python_layers import Constant, parameters

Array = npt.NDArray[Any]
Loader = Callable[[str], Array]


class SegmentationData(Constant):
    """The base of layers that read one image and its labels at a time, in their own sizes.

    A subclass names the keys of its `param_str` in `required` and `optional`, and defines
    prepare(params), which returns the file that lists the images, and loaders(), what makes the
    layer's tops of an image's name. All have 'split', and optionally 'randomize' (True; never for
    a split without "train" in its name) and 'seed'.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def prepare(self, params: dict[str, Any]) -> Path:
        """Keeps what the loaders need; the file that lists the images."""
        raise NotImplementedError

    def loaders(self) -> list[Loader]:
        """What loads each top: C x H x W, from an image's name."""
        raise NotImplementedError

    def setup(self, bottom: Sequence[Blob], top: Sequence[Blob]) -> None:
        """Reads param_str and the list of images."""
        params = parameters(self, [*self.required, "split"], [*self.optional, "randomize", "seed"])
        self.split: str = params["split"]
        self.names = read_list(self.prepare(params))
        self.load = self.loaders()
        if len(top) != len(self.load) or bottom:
            raise InvalidArgumentError(
                f"layer {self.name!r} ({type(self).__name__}): it has {len(self.load)} tops and no "
                f"bottom, not {len(top)} and {len(bottom)}"
            )
        self.random = params.get("randomize", True) and "train" in self.split
        self.draw = np.random.RandomState(params.get("seed"))
        self.next = self.draw.randint(len(self.names)) if self.random else 0

    def reshape(self, bottom: Sequence[Blob], top: Sequence[Blob]) -> None:
        """Loads the image: the tops have its size."""
        self.loaded = [load(self.names[self.next]) for load in self.load]
        for blob, values in zip(top, self.loaded):
            blob.reshape(1, *values.shape)

    def forward(self, bottom: Sequence[Blob], top: Sequence[Blob]) -> None:
        """Serves it, and goes on to another."""
        for blob, values in zip(top, self.loaded):
            blob.data[0] = values
        count = len(self.names)
        self.next = self.draw.randint(count) if self.random else (self.next + 1) % count


def read_list(path: Path) -> list[str]:
    """The names of images that a file lists, one a line."""
    try:
        names = path.read_text().split()
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror}; it lists the images of a split") from failure
    if not names:
        raise ParseError(f"{path}: it lists no images")
    return names


def read_pixels(path: Path, mean: Sequence[float]) -> Array:
    """An image as 3 x H x W, blue, green, red, less their means."""
    with opened_image(path, str(path)) as opened:
        pixels = np.asarray(opened.convert("RGB"), np.float32)[..., ::-1]
    return (pixels - np.array(mean, np.float32)).transpose(2, 0, 1)


def read_indices(path: Path) -> Array:
    """An image whose pixels are classes (255: none), in a palette or in grey, as 1 x H x W."""
    with opened_image(path, str(path)) as opened:
        mode, values = opened.mode, np.array(opened)
    if mode not in ("P", "L", "I", "I;16"):
        raise ParseError(f"{path}: labels are an image with a palette or in grey, not {mode}")
    return values.astype(np.uint8)[np.newaxis]


def read_mat(path: Path, name: str) -> Any:
    """A variable of a MATLAB file."""
    try:
        from scipy.io import loadmat
    except ImportError as failure:
        raise UnsupportedError(
            "labels in MATLAB's files are read with scipy: pip install libcaffe[data], or pip "
            "install scipy"
        ) from failure
    try:
        variables = loadmat(str(path))
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror or failure}") from failure
    except (ValueError, TypeError, NotImplementedError) as failure:
        raise ParseError(f"{path}: it is no MATLAB file: {failure}") from failure
    if name not in variables:
        there = ", ".join(one for one in variables if not one.startswith("__"))
        raise NotFoundError(f"{path}: it has no variable {name!r}, but {there or 'none at all'}")
    return variables[name]


def from_one(labels: Array) -> Array:
    """Labels H x W that count classes from 1, and have 0 or less for none, as 1 x H x W from 0,
    with 255 for none."""
    return np.where(labels > 0, labels - 1.0, 255)[np.newaxis].astype(np.uint8)
