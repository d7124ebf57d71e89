"""Datasets as LMDBs that a Data layer reads; means from one kind of file into another.

    python -m caffe.convert idx train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz train_lmdb
    python -m caffe.convert arrays images.npy labels.npy train_lmdb --shuffle
    python -m caffe.convert folders flowers train_lmdb val_lmdb --val-percent 10 --size 256 256
    python -m caffe.convert mean imagenet_mean.binaryproto imagenet_mean.npy

A record's key is its number, eight digits; its value a Datum. A database is written beside its
place and renamed when it is complete, so there is never half of one.
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import shutil
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _class_folders, io
from ._library import FilePath, as_path
from ._progress import steps
from ._shapes import by
from .errors import Error, FileError, InvalidArgumentError, ParseError, ShapeError, UnsupportedError
from .proto import caffe_pb2

_PAGE = 4096
_RECORDS_PER_TRANSACTION = 1000
_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def write_lmdb(
    path: FilePath,
    images: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    shuffle: bool = False,
    seed: int = 0,
    overwrite: bool = False,
    progress: bool | None = None,
) -> None:
    """Write images N x C x H x W, bytes or floats, and N integer labels as the LMDB `path`.

    Beside images of bytes, labels may also be floats N x K, K values to learn for each image: the
    Data layer's second top is then N x K x 1 x 1. Bytes are stored as bytes (0 to 255), floats as
    float32. shuffle takes them in an order that
    `seed` decides. A database that is there stays (FileError) unless overwrite=True. progress
    shows a bar; by default on a terminal.
    """
    pixels = np.asarray(images)
    if pixels.ndim != 4 or 0 in pixels.shape:
        raise ShapeError(f"expected images N x C x H x W, got {by(pixels.shape)}")
    if pixels.dtype != np.uint8 and not np.issubdtype(pixels.dtype, np.floating):
        raise InvalidArgumentError(f"expected images of uint8 or floats, got {pixels.dtype}")
    numbers = None if labels is None else _checked_labels(labels, pixels)
    order: npt.NDArray[np.int64] = np.arange(len(pixels))
    if shuffle:
        order = np.random.default_rng(seed).permutation(order)
    # Five bytes for each float.
    value = pixels[0].size * (1 if pixels.dtype == np.uint8 else 5)
    if numbers is not None and numbers.ndim == 2:
        value += numbers[0].size * 5
    with _database(as_path(path), overwrite) as place:
        _write(
            place,
            as_path(path).name,
            order,
            lambda which: _datum(pixels[which], None if numbers is None else numbers[which]),
            [value] * len(pixels),
            progress,
        )


def folders_to_lmdb(
    root: FilePath,
    path: FilePath,
    validation: FilePath | None = None,
    *,
    val_percent: int = 0,
    color: bool = True,
    size: tuple[int, int] | None = None,
    shuffle: bool = True,
    seed: int = 0,
    overwrite: bool = False,
    progress: bool | None = None,
) -> list[str]:
    """Write the images of class folders, root/cat/*.jpg, root/dog/*.png, as the LMDB `path`.

    A class's label is the place of its folder's name in alphabetical order (of bytes); the names
    are returned, and written as `labels.txt`, a line for each, beside the database. Images may lie
    anywhere below their class's folder; hidden files, and those whose names do not end as images'
    do, are passed over.

    val_percent: so many of each class, drawn by `seed`, go to the LMDB `validation` instead.
    color: three channels in the order blue, green, red, else one, grey. size: height and width that
    images are made, bilinearly; else they stay as they are. shuffle: in an order that `seed`
    decides.
    Images that cannot be read, JPEG files that are cut off among them, are left out, with one
    warning for all of them. FileError, ParseError, InvalidArgumentError; what is there stays unless
    overwrite=True.
    """
    if (validation is None) != (val_percent == 0) or not 0 <= val_percent <= 99:
        raise InvalidArgumentError(
            f"val_percent is {val_percent}, expected 1 to 99 with a database for validation, "
            "0 without one"
        )
    if size is not None and min(size) < 1:
        raise InvalidArgumentError(f"size is {size}, expected a height and a width of at least 1")
    place = as_path(path)
    found = _class_folders.find(as_path(root))
    parts = {place: found.images}
    if validation is not None:
        parts[place], chosen = _class_folders.split(found.images, val_percent, seed)
        if not chosen:
            raise InvalidArgumentError(
                f"{val_percent} percent of each class of {as_path(root)} is less than one image"
            )
        if as_path(validation).absolute() == place.absolute():
            raise InvalidArgumentError(f"the two databases have one name, {place}")
        parts[as_path(validation)] = chosen
    labels = _class_folders.LabelsFile(place, found.names, overwrite)
    for part in parts:
        _check_place(part, overwrite)
    random = np.random.default_rng(seed)

    def write(databases: list[Path]) -> None:
        """All of them are complete before the first is put in its place."""
        if not databases:
            return
        images = parts[databases[0]]
        order = np.arange(len(images))
        with _database(databases[0], overwrite) as place:
            _write(
                place,
                databases[0].name,
                random.permutation(order) if shuffle else order,
                _class_folders.Loader(images, color, size, _datum),
                [_class_folders.pixels_of(image.path, color, size) for image in images],
                progress,
            )
            write(databases[1:])

    write(list(parts))
    labels.write()
    return found.names


def idx_to_lmdb(images: FilePath, labels: FilePath, path: FilePath, **options: Any) -> int:
    """Write the images and labels of two IDX files (MNIST's; .gz too) as the LMDB `path`.

    Images are stored with one channel; options are write_lmdb's. Returns how many there are.
    """
    pixels, numbers = read_idx(images), read_idx(labels)
    if pixels.ndim != 3 or pixels.dtype != np.uint8:
        raise ShapeError(
            f"{as_path(images)}: expected images N x H x W of bytes, got {by(pixels.shape)} of {pixels.dtype}"
        )
    if numbers.shape != pixels.shape[:1]:
        raise ShapeError(
            f"{as_path(labels)}: expected {len(pixels)} labels, one for each image, got {by(numbers.shape)}"
        )
    write_lmdb(path, pixels[:, np.newaxis], numbers, **options)
    return len(pixels)


def read_idx(path: FilePath) -> npt.NDArray[Any]:
    """The array of an IDX file, gzipped or not. FileError, ParseError.

    Format: two zero bytes, a byte for the type, a byte for the number of axes, the extents as
    big-endian 32-bit numbers, the values. http://yann.lecun.com/exdb/mnist
    """
    path = as_path(path)
    try:
        data = path.read_bytes()
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror}") from failure
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as failure:
            raise ParseError(f"{path}: damaged gzip file: {failure}") from failure
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _IDX_TYPES:
        raise ParseError(f"{path}: not an IDX file")
    axes, dtype = data[3], np.dtype(_IDX_TYPES[data[2]])
    header = 4 + 4 * axes
    if len(data) < header:
        raise ParseError(f"{path}: ends in the middle of its header")
    shape = struct.unpack(f">{axes}I", data[4:header])
    wanted = header + math.prod(shape) * dtype.itemsize
    if len(data) != wanted:
        raise ParseError(f"{path}: has {len(data)} bytes, {by(shape)} values need {wanted}")
    return np.frombuffer(data, dtype, offset=header).reshape(shape)


def convert_mean(source: FilePath, target: FilePath, *, overwrite: bool = False) -> tuple[int, ...]:
    """Write the mean in `source` as `target`, and return its shape: K x H x W, or K numbers.

    The names say which kind of file each is: .binaryproto, .npy or .mat (io.read_mean,
    io.write_mean). A target that is there stays (FileError) unless overwrite=True.
    """
    _check_place(as_path(target), overwrite)
    values = io.read_mean(source)
    io.write_mean(target, values)
    return values.shape


# ---- writing


def _checked_labels(labels: npt.ArrayLike, images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """int32 N, or float32 N x K."""
    numbers = np.asarray(labels)
    count = len(images)
    if numbers.ndim == 2 and len(numbers) == count and np.issubdtype(numbers.dtype, np.floating):
        return _checked_vectors(numbers, images)
    if numbers.shape != (count,):
        raise ShapeError(f"expected {count} labels, one for each image, got {by(numbers.shape)}")
    if not np.issubdtype(numbers.dtype, np.integer):
        raise InvalidArgumentError(
            f"expected integer labels, or floats {count} x K, got {numbers.dtype}"
        )
    limits = np.iinfo(np.int32)
    if int(numbers.min()) < limits.min or int(numbers.max()) > limits.max:
        raise InvalidArgumentError("labels do not fit 32 bits")
    return numbers.astype(np.int32)


def _checked_vectors(
    vectors: npt.NDArray[Any], images: npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    if vectors.shape[1] == 0:
        raise ShapeError(f"expected labels of one value or more, got {by(vectors.shape)}")
    if images.dtype != np.uint8:
        raise InvalidArgumentError(
            "a record has floats for its image or for its label: "
            f"labels N x K want images of uint8, got {images.dtype}"
        )
    return vectors.astype(np.float32)


def _datum(image: npt.NDArray[Any], label: Any) -> bytes:
    """`label` None, an integer, or a vector of floats."""
    datum = caffe_pb2.Datum()
    datum.channels, datum.height, datum.width = image.shape
    if image.dtype == np.uint8:
        datum.data = image.tobytes()
    else:
        datum.float_data.extend(image.astype(np.float32).ravel().tolist())
    if label is not None and np.ndim(label):
        datum.float_data.extend(label.tolist())
    elif label is not None:
        datum.label = int(label)
    return bytes(datum.SerializeToString())


def _check_place(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise FileError(f"{path}: is there already; overwrite=True (--overwrite) replaces it")


@contextmanager
def _database(path: Path, overwrite: bool) -> Iterator[Path]:
    """A folder beside `path`, put in its place at the end; after an exception nothing is left."""
    _check_place(path, overwrite)
    new = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        yield new
        _replace(new, path)
    except Error:  # a FileError is an OSError, too
        raise
    except OSError as failure:
        raise FileError(f"{path}: cannot write: {failure.strerror}") from failure
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write(
    place: Path,
    name: str,
    order: npt.NDArray[np.int64],
    record: Callable[[int], bytes | None],
    sizes: Sequence[int],
    progress: bool | None,
) -> None:
    """The records in their order, those that are None left out; `sizes` are about their bytes."""
    try:
        import lmdb
    except ImportError as failure:
        raise UnsupportedError(
            "writing LMDBs needs the package lmdb: pip install lmdb"
        ) from failure
    # A value has pages of its own, a key a part of one.
    size = sum((value + 64) // _PAGE + 2 for value in sizes) * _PAGE * 2 + (16 << 20)
    try:
        with lmdb.open(str(place), map_size=size, lock=False, sync=False) as database:
            transaction = database.begin(write=True)
            for number in steps(len(order), name, progress):
                value = record(int(order[number]))
                if value is not None:
                    transaction.put(b"%08d" % number, value, append=True)
                if (number + 1) % _RECORDS_PER_TRANSACTION == 0:
                    transaction.commit()
                    transaction = database.begin(write=True)
            transaction.commit()
            database.sync(True)
    except lmdb.Error as failure:
        raise FileError(f"{place.with_name(name)}: cannot write: {failure}") from failure


def _replace(new: Path, path: Path) -> None:
    """Put the folder `new` in the place of `path`; a folder cannot be renamed over a full one."""
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    if old.is_dir():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


# ---- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m caffe.convert",
        description="Turn a dataset into an LMDB, or a mean into another kind of file.",
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind, what in (
        ("idx", "two IDX files, MNIST's, gzipped or not"),
        ("arrays", "two .npy files: images N x C x H x W and N labels"),
    ):
        command = kinds.add_parser(kind, help=what, description=f"The LMDB of {what}.")
        command.add_argument("images", type=Path)
        command.add_argument("labels", type=Path)
        command.add_argument("database", type=Path)
        command.add_argument("--shuffle", action="store_true", help="in a random order")
        command.set_defaults(convert=_convert_pair)
    what = "images in a folder for each class"
    command = kinds.add_parser("folders", help=what, description=f"The LMDB of {what}.")
    command.add_argument("root", type=Path)
    command.add_argument("database", type=Path)
    command.add_argument("validation", type=Path, nargs="?", help="the LMDB for --val-percent")
    command.add_argument("--val-percent", type=int, default=0, help="of each class, for validation")
    command.add_argument("--gray", action="store_true", help="one channel")
    command.add_argument("--size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"))
    command.add_argument(
        "--no-shuffle", dest="shuffle", action="store_false", help="class by class"
    )
    command.set_defaults(convert=_convert_folders)
    for command in kinds.choices.values():
        command.add_argument("--seed", type=int, default=0, help="which random order; default: 0")
    what = "a mean: .binaryproto, .npy or .mat"
    command = kinds.add_parser("mean", help=what, description=f"Another kind of file of {what}.")
    command.add_argument("mean", type=Path)
    command.add_argument("written", type=Path)
    command.set_defaults(convert=_convert_mean)
    for command in kinds.choices.values():
        command.add_argument("--overwrite", action="store_true", help="replace what is there")
    chosen = parser.parse_args(arguments)
    try:
        told = chosen.convert(chosen)
    except Error as failure:
        print(f"caffe.convert: {failure}", file=sys.stderr)
        return 1
    print(told)
    return 0


def _options(chosen: argparse.Namespace) -> dict[str, Any]:
    """What the commands that write databases have in common."""
    return {name: getattr(chosen, name) for name in ("shuffle", "seed", "overwrite")}


def _convert_mean(chosen: argparse.Namespace) -> str:
    shape = convert_mean(chosen.mean, chosen.written, overwrite=chosen.overwrite)
    return f"{chosen.written}: a mean of {by(shape)}"


def _convert_pair(chosen: argparse.Namespace) -> str:
    options, database = _options(chosen), chosen.database
    if chosen.kind == "idx":
        return (
            f"{database}: {idx_to_lmdb(chosen.images, chosen.labels, database, **options)} images"
        )
    images = io.read_npy(chosen.images, mapped=True)
    labels = io.read_npy(chosen.labels, mapped=True)
    write_lmdb(database, images, labels, **options)
    return f"{database}: {len(images)} images"


def _convert_folders(chosen: argparse.Namespace) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        names = folders_to_lmdb(
            chosen.root,
            chosen.database,
            chosen.validation,
            val_percent=chosen.val_percent,
            color=not chosen.gray,
            size=None if chosen.size is None else tuple(chosen.size),
            **_options(chosen),
        )
    for one in caught:
        print(f"caffe.convert: {one.message}", file=sys.stderr)
    return f"{chosen.database}: {len(names)} classes, their names in labels.txt beside it"


if __name__ == "__main__":
    sys.exit(main())
