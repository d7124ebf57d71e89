"""Images in a folder for each class, root/cat/1.jpg: what caffe.convert makes databases of."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import io
from ._files import write_whole
from .errors import FileError, InvalidArgumentError, ParseError

ENDINGS = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".png",
        ".bmp",
        ".dib",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".gif",
        ".tif",
        ".tiff",
        ".webp",
    ]
)
# The weights of red, green and blue in grey, of 2^14 in all, as OpenCV has them.
_GRAY = np.array([4899, 9617, 1868])

Pixels = npt.NDArray[np.uint8]


class ClassImage(NamedTuple):
    path: Path
    label: int


class ClassFolders(NamedTuple):
    names: list[str]  # a class's label is its place here
    images: list[ClassImage]


def find(root: Path) -> ClassFolders:
    """The folders in `root`, in the order of their names' bytes, and the images below them."""
    try:
        names = sorted(
            (entry.name for entry in root.iterdir() if entry.is_dir() and entry.name[0] != "."),
            key=os.fsencode,
        )
        images = [
            ClassImage(path, label)
            for label, name in enumerate(names)
            for path in _images_below(root / name)
        ]
    except OSError as failure:
        raise FileError(f"cannot look into {failure.filename}: {failure.strerror}") from failure
    if not names:
        raise InvalidArgumentError(f"{root}: has no folders, expected one for each class")
    if not images:
        raise InvalidArgumentError(f"{root}: there are no images in its {len(names)} folders")
    for name in names:
        if "\n" in name:
            raise InvalidArgumentError(
                f"{root}: the name of the folder {name!r} has a line break, and the list of labels a "
                "line for each"
            )
    return ClassFolders(names, images)


def _images_below(folder: Path) -> list[Path]:
    def fail(failure: OSError) -> None:
        raise failure

    found = []
    open_places: dict[str, set[str]] = {}  # of each folder: itself and those it is in, as they are
    for place, folders, files in os.walk(folder, onerror=fail, followlinks=True):
        around = open_places.get(os.path.dirname(place), set()) | {os.path.realpath(place)}
        open_places[place] = around
        # A link to a folder that it lies in leads round in circles.
        folders[:] = [
            name
            for name in folders
            if name[0] != "." and os.path.realpath(os.path.join(place, name)) not in around
        ]
        for name in files:
            path = Path(place, name)
            is_image = name[0] != "." and path.suffix.lower() in ENDINGS
            if is_image and _may_be_read(path):
                found.append(path)
    return sorted(found, key=os.fsencode)


def _may_be_read(path: Path) -> bool:
    """Files, and links that lead nowhere, which are an error when the images are read."""
    try:
        return path.is_file() or not path.exists()
    except OSError:
        return True


def split(
    images: list[ClassImage], percent: int, seed: int
) -> tuple[list[ClassImage], list[ClassImage]]:
    """The images without `percent` of each class, and these: as rounding gives, but never all."""
    random = np.random.default_rng(seed)
    chosen: set[int] = set()
    labels = np.array([image.label for image in images])
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        wanted = min((len(of_class) * percent + 50) // 100, len(of_class) - 1)
        chosen.update(random.permutation(of_class)[:wanted].tolist())
    rest = [image for i, image in enumerate(images) if i not in chosen]
    return rest, [image for i, image in enumerate(images) if i in chosen]


class LabelsFile:
    """The classes' names, a line each, beside a database."""

    def __init__(self, database: Path, names: Sequence[str], overwrite: bool) -> None:
        self._path = database.absolute().parent / "labels.txt"
        self._text = b"".join(os.fsencode(name) + b"\n" for name in names)
        try:
            other = self._path.exists() and self._path.read_bytes() != self._text
        except OSError as failure:
            raise FileError(f"{self._path}: {failure.strerror}") from failure
        if other and not overwrite:
            raise FileError(
                f"{self._path} is there already and names other classes; put the database into a "
                "folder of its own"
            )

    def write(self) -> None:
        write_whole(self._path, self._text)


class Loader:
    """The records of images by their number, None for those that cannot be read."""

    def __init__(
        self,
        images: Sequence[ClassImage],
        color: bool,
        size: tuple[int, int] | None,
        datum: Callable[[Pixels, int | None], bytes],
    ) -> None:
        self._images, self._color, self._size, self._datum = images, color, size, datum
        self._done = self._left_out = 0
        self._first = ""

    def __call__(self, number: int) -> bytes | None:
        path, label = self._images[number]
        self._done += 1
        record = None
        try:
            record = self._datum(load(path, self._color, self._size), label)
        except (FileError, ParseError) as failure:
            self._first = self._first or str(failure)
            self._left_out += 1
        if self._done == len(self._images) and self._left_out:
            self._tell()
        return record

    def _tell(self) -> None:
        if self._left_out == self._done:
            raise FileError(
                f"none of the {self._done} images can be read; the first: {self._first}"
            )
        warnings.warn(
            f"{self._left_out} of {self._done} images are left out; the first: {self._first}",
            stacklevel=2,
        )


def load(path: Path, color: bool, size: tuple[int, int] | None) -> Pixels:
    """The image as C x H x W bytes, blue first."""
    image = np.rint(io.load_image(path) * 255).astype(np.uint8)
    if not color:
        image = ((image @ _GRAY + (1 << 13)) >> 14).astype(np.uint8)[:, :, np.newaxis]
    if size is not None:
        image = _bilinear(image, *size)
    return np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1))


def _bilinear(image: Pixels, height: int, width: int) -> Pixels:
    """As convert_imageset does: between the nearest two pixels of each axis, nothing smoothed."""
    values: npt.NDArray[Any] = image.astype(np.float32)
    for axis, new in enumerate((height, width)):
        old = image.shape[axis]
        place = ((np.arange(new) + 0.5) * (old / new) - 0.5).clip(0, old - 1)
        before = np.floor(place).astype(int)
        part = (
            (place - before).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(3)])
        )
        after = np.minimum(before + 1, old - 1)
        values = values.take(before, axis) * (1 - part) + values.take(after, axis) * part
    resized: Pixels = np.rint(values).astype(np.uint8)
    return resized


def pixels_of(path: Path, color: bool, size: tuple[int, int] | None) -> int:
    """How many values the image has, by its header; 0 when it has none that can be read."""
    channels = 3 if color else 1
    if size is not None:
        return size[0] * size[1] * channels
    try:
        with io.opened_image(path, str(path)) as opened:
            width, height = opened.size
    except (FileError, ParseError):
        return 0
    return int(width * height) * channels
