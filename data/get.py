"""Fetches a dataset into its folder here, checks it and unpacks it: get.py mnist|cifar10|ilsvrc12.

Files that are there stay; what was interrupted goes on where it ended. The sums are those of
SHA256SUMS in the dataset's folder. $CAFFE_MNIST_URL, $CAFFE_CIFAR10_URL and $CAFFE_ILSVRC12_URL
name another place that has the packed files: an address, or a folder.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import caffe

try:
    from caffe.zoo import addresses, archive, checksums
    from caffe.zoo.transfer import fetch
except caffe.UnsupportedError as failure:  # a package that only the zoo needs is not installed
    sys.exit(f"get.py: {failure}")

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Dataset:
    """Files that are there at the end, and where they come from: all of them from one archive, or
    each as NAME.gz."""

    places: tuple[str, ...]
    files: tuple[str, ...]
    archive: str = ""


DATASETS = {
    # The host it was first published on, yann.lecun.com, lets nobody fetch it any more.
    "mnist": Dataset(
        places=(
            "https://ossci-datasets.s3.amazonaws.com/mnist",
            "https://storage.googleapis.com/cvdf-datasets/mnist",
        ),
        files=(
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        ),
    ),
    "cifar10": Dataset(
        places=(
            "https://www.cs.toronto.edu/~kriz",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10",
        ),
        files=(*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"),
        archive="cifar-10-binary.tar.gz",
    ),
    # Not the images: lists, names and the mean.
    "ilsvrc12": Dataset(
        places=(
            "http://dl.caffe.berkeleyvision.org",
            "https://download.openmmlab.com/mmclassification/datasets/imagenet/meta",
        ),
        files=("imagenet_mean.binaryproto", "synset_words.txt", "train.txt", "val.txt"),
        archive="caffe_ilsvrc12.tar.gz",
    ),
}


def read_sums(folder: Path) -> dict[str, str]:
    """The lines of SHA256SUMS by the names of files, as sha256sum -c reads them."""
    lines = (line.split() for line in (folder / "SHA256SUMS").read_text().splitlines())
    return {name: value for value, name in lines}


def unpack(packed: Path, folder: Path, sums: dict[str, str]) -> None:
    """A .gz, or the files of an archive without their folders. Those that are there stay; one whose
    sum is known and is another's does not come."""
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as scratch:
        if packed.name.endswith(".tar.gz"):
            made = archive.unpack(packed, scratch)
        else:
            made = [Path(scratch, packed.stem)]
            with gzip.open(packed) as stream, open(made[0], "wb") as target:
                shutil.copyfileobj(stream, target)
        for path in made:
            wanted = sums.get(path.name)
            if wanted and (wrong := checksums.difference(path, None, {"sha256": wanted})):
                raise caffe.FileError(f"{packed.name} is the wrong file: what is in it has {wrong}")
        for path in made:
            if not path.name.startswith(".") and not (folder / path.name).exists():
                path.replace(folder / path.name)


def get(name: str) -> None:
    """Brings what is missing of a dataset."""
    dataset, folder = DATASETS[name], HERE / name
    sums = read_sums(folder)
    named = os.environ.get(f"CAFFE_{name.upper()}_URL")
    places = [addresses.from_path(named)] if named else [*dataset.places]

    def check(file: str) -> bool:
        """Whether a file is there. It has to be the right one where its sum is known."""
        path = folder / file
        if not path.exists():
            return False
        if wrong := file in sums and checksums.difference(path, None, {"sha256": sums[file]}):
            raise caffe.FileError(f"{path} has {wrong}: move it away to get the right one")
        return True

    missing = [file for file in dataset.files if not check(file)]
    if missing and len(missing) < len(dataset.files):
        print(f"Missing: {', '.join(missing)}")
    for packed in dict.fromkeys(dataset.archive or f"{file}.gz" for file in missing):
        # Who packed it does not matter where the sum of what is in it is known: of a file that was
        # put here by hand, or that a place of one's own has.
        known = packed.removesuffix(".gz") in sums
        path = folder / packed
        put_here = known and path.is_file()
        if not put_here:
            print(f"Downloading {packed}...", flush=True)
            urls = [f"{place}/{packed}" for place in places]
            fetch(
                urls,
                path,
                sums={} if known and named else {"sha256": sums[packed]},
                overwrite=True,
                local=urls if named else (),
            )
        print(f"Unpacking {packed}...", flush=True)
        try:
            unpack(path, folder, sums)
        except (caffe.FileError, EOFError, zlib.error, gzip.BadGzipFile) as failure:
            if put_here:
                raise caffe.FileError(f"{path} is of no use, move it away: {failure}") from failure
            path.unlink()
            raise caffe.FileError(f"{packed} cannot be unpacked: {failure}") from failure
        path.unlink()
    for file in missing:
        if not check(file):
            raise caffe.FileError(f"{folder / file} was not in {dataset.archive}")
    print("Done.")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=DATASETS)
    name = parser.parse_args().name
    try:
        get(name)
    except (caffe.Error, OSError) as failure:
        print(f"get.py {name}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"get.py {name}: interrupted; the same call goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
