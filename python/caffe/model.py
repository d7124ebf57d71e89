"""`caffe.load`: a model of the zoo, ready to be asked.

    model = caffe.load("squeezenet_v1.1")       # a name, a folder, or a readme.md
    print(model.predict("cat.jpg"))

What an image goes through on its way into the net is the model's card's to say, and the library's to
do (caffe_model_open in caffe.h): it is the same from C, Python and MATLAB.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _class_folders, _options
from ._library import FilePath, StrPath, as_path, ask, check, ffi, lib, path_bytes, text
from ._progress import steps
from ._shapes import by
from ._table import html_table, text_table
from .errors import Error, InvalidArgumentError, ShapeError
from .net import Net

if TYPE_CHECKING:
    from .zoo.card import ModelCard

Image = Any  # a file, an array H x W x C, or one of Pillow's


@dataclass(frozen=True)
class Score:
    """One of the likeliest classes. Where the model has no labels `label` is the index."""

    label: str
    index: int
    probability: float


class Prediction:
    """What a model makes of one image: its likeliest classes, the first one first."""

    def __init__(self, image: str, scores: Iterable[Score]) -> None:
        self.image = image
        self.scores = tuple(scores)

    @property
    def label(self) -> str:
        """The likeliest one's."""
        return self.scores[0].label

    @property
    def index(self) -> int:
        """The likeliest one's."""
        return self.scores[0].index

    @property
    def probability(self) -> float:
        """The likeliest one's."""
        return self.scores[0].probability

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, place: int) -> Score:
        return self.scores[place]

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    def _rows(self) -> list[list[str]]:
        rows = [["probability", "index", "label"]]
        return rows + [[f"{one.probability:.4f}", str(one.index), one.label] for one in self.scores]

    def __repr__(self) -> str:
        return f"{self.image}\n{text_table(self._rows(), {0, 1})}"

    def _repr_html_(self) -> str:
        return html_table(self._rows(), {0, 1}, self.image)


class Predictions(list[Prediction]):
    """One prediction for each image; printed, the likeliest class of each."""

    def _rows(self) -> list[list[str]]:
        rows = [["image", "probability", "index", "label"]]
        for one in self:
            rows.append([one.image, f"{one.probability:.4f}", str(one.index), one.label])
        return rows

    def __repr__(self) -> str:
        return text_table(self._rows(), {1, 2})

    def _repr_html_(self) -> str:
        return html_table(self._rows(), {1, 2})


class Model:
    """A net with its card: images in, labels out.

    `path` is the model's folder or readme.md; nothing is fetched, see caffe.load. trust: run the
    definition's layers of Python though the card does not name them. Further keywords are the net's
    options, as for caffe.Net.

    `net` is its net, in phase TEST; `name`, `task` and `labels` are the card's.
    """

    def __init__(self, path: FilePath, *, trust: bool = False, **net_options: Any) -> None:
        options = _options.prototxt({"trust": trust, "net": net_options or None})
        pointer = ask(lib.caffe_model_open, "caffe_model *", path_bytes(path), options)
        self._pointer = ffi.gc(pointer, lib.caffe_model_destroy)
        self.path: Path = as_path(path)

    @cached_property
    def net(self) -> Net:
        """The net."""
        return Net._borrow(ask(lib.caffe_model_net, "caffe_net *", self._pointer), self._pointer)

    @cached_property
    def card(self) -> ModelCard:
        """All that the readme.md says, as caffe.zoo.card reads it."""
        from .zoo import card

        return card.read(self.path)

    @property
    def name(self) -> str:
        """What people call it."""
        return text(ask(lib.caffe_model_name, "const char *", self._pointer))

    @property
    def task(self) -> str:
        """ "image classification" ...; empty where the card does not say."""
        return text(ask(lib.caffe_model_task, "const char *", self._pointer))

    @cached_property
    def labels(self) -> list[str]:
        """The names of the classes, by index; empty where the card has none."""
        count = ask(lib.caffe_model_label_count, "int64_t", self._pointer)
        return [
            text(ask(lib.caffe_model_label, "const char *", self._pointer, i)) for i in range(count)
        ]

    def __repr__(self) -> str:
        return f"<caffe.Model {self.name!r}{': ' if self.task else ''}{self.task}>"

    # ---- images

    def preprocess(self, image: Image, order: str = "RGB") -> npt.NDArray[np.float32]:
        """What would be fed for an image, C x H x W: resized, cropped, in the model's order of
        channels, less the mean, times the scale. `image` and `order` as for predict."""
        check(lib.caffe_model_set_batch(self._pointer, 1))
        self._set_image(image, order)
        item: npt.NDArray[np.float32] = self._input()[0]
        return item

    def predict(
        self,
        images: Any,
        top: int = 5,
        *,
        order: str = "RGB",
        batch_size: int = 16,
        progress: bool | None = None,
    ) -> Any:
        """The `top` likeliest classes of an image, a Prediction; of several images, Predictions.

        An image is the name of a file, one of Pillow's, or an array: H x W x 3, H x W x 4 with
        alpha, which is dropped, or H x W, grey; uint8, or floats from 0 to 255, or from 0 to 1, which
        are multiplied by 255. `order` is that of an array's channels, "RGB" or "BGR". Several are a
        list, an array N x H x W x C, or a folder, whose image files are taken in alphabetical order.

        They go through the net in batches; progress shows a bar, by default on a terminal.
        FileError, ParseError, ShapeError, InvalidArgumentError.
        """
        if batch_size < 1:
            raise InvalidArgumentError(f"batch_size is {batch_size}, expected 1 or more")
        several = _several(images)
        if several is None:
            return self._predictions([images], top, order, 1, False)[0]
        return self._predictions(several, top, order, batch_size, progress)

    def check(self) -> None:
        """Runs the example that the card brings along. ParseError when the answer is another,
        NotFoundError when there is none."""
        check(lib.caffe_model_check(self._pointer))

    def _predictions(
        self,
        images: Sequence[Image],
        top: int,
        order: str,
        batch_size: int,
        progress: bool | None,
    ) -> Predictions:
        found = Predictions()
        waiting: list[npt.NDArray[np.float32]] = []
        names = [_name(image, i) for i, image in enumerate(images)]

        def run() -> None:
            if waiting:
                self._run(np.stack(waiting))
                for item in range(len(waiting)):
                    found.append(Prediction(names[len(found)], self._top(item, top)))
                waiting.clear()

        # Long lists only: a bar for three images is noise.
        shown = False if progress is None and len(images) <= batch_size else progress
        for i in steps(len(images), self.name, shown):
            try:
                item = self.preprocess(images[i], order)
            except Error as failure:
                if isinstance(images[i], (str, bytes, os.PathLike)):
                    raise  # which names the file
                raise type(failure)(f"{names[i]}: {failure}") from failure
            if len(waiting) == batch_size or (waiting and waiting[0].shape != item.shape):
                run()
            waiting.append(item)
        run()
        return found

    def _run(self, batch: npt.NDArray[np.float32]) -> None:
        blob = ask(lib.caffe_model_input, "caffe_blob *", self._pointer)
        check(lib.caffe_blob_reshape(blob, batch.ndim, list(batch.shape)))
        check(lib.caffe_blob_set_data(blob, ffi.from_buffer("float[]", batch), batch.size))
        check(lib.caffe_net_forward(ffi.NULL, self.net._pointer))

    def _top(self, item: int, top: int) -> list[Score]:
        blob = ask(lib.caffe_model_output, "caffe_blob *", self._pointer, ffi.NULL)
        items = max(int(ask(lib.caffe_blob_dim, "int64_t", blob, 0)), 1)
        count = min(top, int(ask(lib.caffe_blob_count, "int64_t", blob)) // items)
        indices, values = ffi.new("int64_t[]", max(count, 1)), ffi.new("float[]", max(count, 1))
        check(lib.caffe_model_top(indices, values, self._pointer, ffi.NULL, item, count))
        return [
            Score(self._label(indices[i]), int(indices[i]), float(values[i])) for i in range(count)
        ]

    def _label(self, index: int) -> str:
        return self.labels[index] if index < len(self.labels) else str(index)

    def _input(self) -> npt.NDArray[np.float32]:
        blob = ask(lib.caffe_model_input, "caffe_blob *", self._pointer)
        shape = [int(ask(lib.caffe_blob_dim, "int64_t", blob, axis)) for axis in range(4)]
        values = np.empty(shape, np.float32)
        check(lib.caffe_blob_get_data(ffi.from_buffer("float[]", values), blob, values.size))
        return values

    def _set_image(self, image: Image, order: str) -> None:
        if isinstance(image, (str, bytes, os.PathLike)):
            check(lib.caffe_model_set_image(self._pointer, 0, path_bytes(image)))
            return
        pixels, named = _pixels(image, order)
        height, width = pixels.shape[:2]
        if pixels.dtype == np.uint8:
            function, kind = lib.caffe_model_set_pixels, "uint8_t[]"
        else:
            function, kind = lib.caffe_model_set_float_pixels, "float[]"
        values = ffi.from_buffer(kind, pixels)
        check(function(self._pointer, 0, values, height, width, named.encode()))


def load(
    model: StrPath,
    *,
    download: bool = True,
    trust: bool = False,
    **net_options: Any,
) -> Model:
    """A model of the zoo, ready to be asked: `caffe.load("bvlc_googlenet").predict("cat.jpg")`.

    model: a name, which is looked for as docs/model-card.md says, a folder, or a readme.md. What is
    not here yet is downloaded, unless download=False; then nothing is looked up in the network, and
    the library says what is missing. The first time a model is loaded its checksums are verified and
    the card's example, if it has one, is run; that is remembered in the user's cache.
    trust and net_options as for Model. NotFoundError, FileError, ParseError, UnsupportedError.
    """
    from .zoo.local import LocalModel

    found = LocalModel(model)
    if download:
        found.complete()
    made = Model(found.path, trust=trust, **net_options)
    if found.card.expected is not None and not found.has_been("checked"):
        made.check()
        found.remember("checked")
    return made


def _several(images: Any) -> Sequence[Image] | None:
    """The images one by one, or None where it is one image."""
    if isinstance(images, (str, bytes, os.PathLike)):
        path = as_path(images)
        return _files(path) if path.is_dir() else None
    if isinstance(images, np.ndarray):
        return list(images) if images.ndim == 4 else None
    if _is_pillow(images):
        return None
    if hasattr(images, "__array__"):  # those of other libraries
        return _several(np.asarray(images))
    if isinstance(images, Iterable):
        return list(images)
    raise InvalidArgumentError(
        f"predict: expected an image (a file, an array, Pillow's) or several, got "
        f"{type(images).__name__}"
    )


def _files(folder: Path) -> list[Path]:
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _class_folders.ENDINGS and not path.name.startswith(".")
    )
    if not files:
        raise InvalidArgumentError(f"{folder}: there are no images in this folder")
    return files


def _name(image: Image, number: int) -> str:
    if isinstance(image, (str, bytes, os.PathLike)):
        return os.fsdecode(image)
    return f"image {number}"


def _is_pillow(image: Any) -> bool:
    return hasattr(image, "convert") and hasattr(image, "mode")


def _pixels(image: Any, order: str) -> tuple[npt.NDArray[Any], str]:
    """An image as the library takes it: H x W x C, uint8 or float32, and the name of the order."""
    if order not in ("RGB", "BGR"):
        raise InvalidArgumentError(f"order is {order!r}, expected 'RGB' or 'BGR'")
    if _is_pillow(image):
        grey = image.mode in ("1", "L")
        pixels, order = np.asarray(image.convert("L" if grey else "RGB")), "RGB"
    else:
        pixels = np.asarray(image)
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.ndim not in (2, 3) or channels not in (1, 3, 4) or 0 in pixels.shape:
        raise ShapeError(
            f"expected an image H x W x 3, H x W x 4 or H x W, got {by(pixels.shape)}"
            f"{_turned(pixels.shape)}"
        )
    named = {1: "gray", 3: order, 4: order + "A"}[channels]
    return np.ascontiguousarray(_to_255(pixels)), named


def _turned(shape: tuple[int, ...]) -> str:
    if len(shape) == 3 and shape[0] in (1, 3):
        return "; the channels come first: image.transpose(1, 2, 0) puts them last"
    return ""


def _to_255(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """uint8, or float32 from 0 to 255."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind not in "iuf":
        raise InvalidArgumentError(f"expected an image of uint8 or floats, got {pixels.dtype}")
    if pixels.dtype.kind in "iu" and (pixels.min() < 0 or pixels.max() > 255):
        raise InvalidArgumentError(
            f"expected values from 0 to 255, the image of {pixels.dtype} has {pixels.min()} to "
            f"{pixels.max()}"
        )
    values = pixels.astype(np.float64)
    if pixels.dtype.kind == "f" and values.min() >= 0 and values.max() <= 1:
        values *= 255
        # Those that come of bytes are bytes again, so that the same image has the same answer.
        whole = np.rint(values)
        values = whole if np.abs(values - whole).max() < 1e-3 else values
    return values.astype(np.float32)
