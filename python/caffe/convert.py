"""Datasets as LMDBs that a Data layer reads.

    python -m caffe.convert idx train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz train_lmdb
    python -m caffe.convert arrays images.npy labels.npy train_lmdb --shuffle

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
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._library import StrPath
from .errors import Error, FileError, InvalidArgumentError, ParseError, ShapeError, UnsupportedError
from .proto import caffe_pb2

_PAGE = 4096
_RECORDS_PER_TRANSACTION = 1000
_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def write_lmdb(
    path: StrPath,
    images: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    shuffle: bool = False,
    seed: int = 0,
    overwrite: bool = False,
    progress: bool | None = None,
) -> None:
    """Write images N x C x H x W, bytes or floats, and N integer labels as the LMDB `path`.

    Bytes are stored as bytes (0 to 255), floats as float32. shuffle takes them in an order that
    `seed` decides. A database that is there stays (FileError) unless overwrite=True. progress
    shows a bar; by default on a terminal.
    """
    pixels = np.asarray(images)
    if pixels.ndim != 4 or 0 in pixels.shape:
        raise ShapeError(f"expected images N x C x H x W, got {_by(pixels.shape)}")
    if pixels.dtype != np.uint8 and not np.issubdtype(pixels.dtype, np.floating):
        raise InvalidArgumentError(f"expected images of uint8 or floats, got {pixels.dtype}")
    numbers = None if labels is None else _checked_labels(labels, len(pixels))
    order: npt.NDArray[np.int64] = np.arange(len(pixels))
    if shuffle:
        order = np.random.default_rng(seed).permutation(order)
    _write(Path(path), pixels, numbers, order, overwrite, progress)


def idx_to_lmdb(images: StrPath, labels: StrPath, path: StrPath, **options: Any) -> int:
    """Write the images and labels of two IDX files (MNIST's; .gz too) as the LMDB `path`.

    Images are stored with one channel; options are write_lmdb's. Returns how many there are.
    """
    pixels, numbers = read_idx(images), read_idx(labels)
    if pixels.ndim != 3 or pixels.dtype != np.uint8:
        raise ShapeError(
            f"{images}: expected images N x H x W of bytes, got {_by(pixels.shape)} of {pixels.dtype}"
        )
    if numbers.shape != pixels.shape[:1]:
        raise ShapeError(
            f"{labels}: expected {len(pixels)} labels, one for each image, got {_by(numbers.shape)}"
        )
    write_lmdb(path, pixels[:, np.newaxis], numbers, **options)
    return len(pixels)


def read_idx(path: StrPath) -> npt.NDArray[Any]:
    """The array of an IDX file, gzipped or not. FileError, ParseError.

    Format: two zero bytes, a byte for the type, a byte for the number of axes, the extents as
    big-endian 32-bit numbers, the values. http://yann.lecun.com/exdb/mnist
    """
    try:
        data = Path(path).read_bytes()
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
        raise ParseError(f"{path}: has {len(data)} bytes, {_by(shape)} values need {wanted}")
    return np.frombuffer(data, dtype, offset=header).reshape(shape)


# ---- writing


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "one value"


def _checked_labels(labels: npt.ArrayLike, count: int) -> npt.NDArray[np.int32]:
    numbers = np.asarray(labels)
    if numbers.shape != (count,):
        raise ShapeError(f"expected {count} labels, one for each image, got {_by(numbers.shape)}")
    if not np.issubdtype(numbers.dtype, np.integer):
        raise InvalidArgumentError(f"expected integer labels, got {numbers.dtype}")
    limits = np.iinfo(np.int32)
    if int(numbers.min()) < limits.min or int(numbers.max()) > limits.max:
        raise InvalidArgumentError("labels do not fit 32 bits")
    return numbers.astype(np.int32)


def _datum(image: npt.NDArray[Any], label: int | None) -> bytes:
    datum = caffe_pb2.Datum()
    datum.channels, datum.height, datum.width = image.shape
    if image.dtype == np.uint8:
        datum.data = image.tobytes()
    else:
        datum.float_data.extend(image.astype(np.float32).ravel().tolist())
    if label is not None:
        datum.label = label
    return bytes(datum.SerializeToString())


def _steps(count: int, name: str, progress: bool | None) -> Iterable[int]:
    """0 to count - 1, with a progress bar where there is someone to see it."""
    shown = sys.stderr.isatty() if progress is None else progress
    if not shown:
        return range(count)
    try:
        from tqdm import tqdm
    except ImportError as failure:
        if progress is None:
            return range(count)
        raise UnsupportedError("a progress bar needs tqdm: pip install tqdm") from failure
    bar: Iterable[int] = tqdm(range(count), desc=name, unit=" images")
    return bar


def _write(
    path: Path,
    pixels: npt.NDArray[Any],
    labels: npt.NDArray[np.int32] | None,
    order: npt.NDArray[np.int64],
    overwrite: bool,
    progress: bool | None,
) -> None:
    try:
        import lmdb
    except ImportError as failure:
        raise UnsupportedError(
            "writing LMDBs needs the package lmdb: pip install lmdb"
        ) from failure
    if path.exists() and not overwrite:
        raise FileError(f"{path}: is there already; overwrite=True (--overwrite) replaces it")
    # Five bytes for each float; a value has pages of its own, a key a part of one.
    value = pixels[0].size * (1 if pixels.dtype == np.uint8 else 5) + 64
    size = len(pixels) * (value // _PAGE + 2) * _PAGE * 2 + (16 << 20)
    new = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        with lmdb.open(str(new), map_size=size, lock=False, sync=False) as database:
            transaction = database.begin(write=True)
            for number in _steps(len(order), path.name, progress):
                which = int(order[number])
                label = None if labels is None else int(labels[which])
                transaction.put(b"%08d" % number, _datum(pixels[which], label), append=True)
                if (number + 1) % _RECORDS_PER_TRANSACTION == 0:
                    transaction.commit()
                    transaction = database.begin(write=True)
            transaction.commit()
            database.sync(True)
        _replace(new, path)
    except lmdb.Error as failure:
        raise FileError(f"{path}: cannot write: {failure}") from failure
    except OSError as failure:
        raise FileError(f"{path}: cannot write: {failure.strerror}") from failure
    finally:
        shutil.rmtree(new, ignore_errors=True)


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


def _load(path: StrPath) -> npt.NDArray[Any]:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror or failure}") from failure
    except ValueError as failure:
        raise ParseError(f"{path}: not a .npy file") from failure
    if not isinstance(array, np.ndarray):
        raise ParseError(f"{path}: holds several arrays, expected a .npy file")
    return array


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m caffe.convert", description="Turn a dataset into an LMDB."
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
        command.add_argument("--seed", type=int, default=0, help="which random order; default: 0")
        command.add_argument("--overwrite", action="store_true", help="replace what is there")
    chosen = parser.parse_args(arguments)
    options = {name: getattr(chosen, name) for name in ("shuffle", "seed", "overwrite")}
    try:
        if chosen.kind == "idx":
            count = idx_to_lmdb(chosen.images, chosen.labels, chosen.database, **options)
        else:
            images = _load(chosen.images)
            write_lmdb(chosen.database, images, _load(chosen.labels), **options)
            count = len(images)
    except Error as failure:
        print(f"caffe.convert: {failure}", file=sys.stderr)
        return 1
    print(f"{chosen.database}: {count} images")
    return 0


if __name__ == "__main__":
    sys.exit(main())
