"""Fetch MNIST, check it, and turn it into the LMDBs that lenet_train_test.prototxt reads.

    python examples/mnist/download.py            from the web
    python examples/mnist/download.py --from DIR from files that are already here, packed (.gz) or not
    caffe train -solver examples/mnist/lenet_solver.prototxt

The files lie in data/mnist, the LMDBs beside this program. The sums are those of the unpacked files, so
it does not matter who packed them.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import sys
import urllib.request
import zlib
from http.client import HTTPException
from pathlib import Path

import caffe
from caffe import convert

# Places that hold the four files under their names. --url or MNIST_URL names another.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def checked(name: str, data: bytes, source: str) -> bytes:
    """The unpacked file, if its sum is right."""
    try:
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as failure:
        raise ValueError(f"{source}: damaged: {failure}") from None
    found = hashlib.sha256(plain).hexdigest()
    if found != SHA256[name]:
        raise ValueError(f"{source}: its SHA-256 is {found}, not {SHA256[name]}")
    return plain


def from_folder(name: str, folder: Path) -> bytes:
    """A file from a folder."""
    for path in (folder / name, folder / (name + ".gz")):
        if path.exists():
            return checked(name, path.read_bytes(), str(path))
    raise ValueError(f"{folder}: holds neither {name} nor {name}.gz")


def from_web(name: str, places: list[str]) -> bytes:
    """A file from the first place that has it right."""
    failures = []
    for place in places:
        url = place.rstrip("/") + f"/{name}.gz"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return checked(name, answer.read(), url)
        except (OSError, ValueError, HTTPException) as failure:
            failures.append(f"  {url}: {failure}")
    raise ValueError(f"{name} could not be had:\n" + "\n".join(failures))


def fetch(name: str, folder: Path | None, places: list[str], out: Path) -> Path:
    """The file in `out`, where it stays for the next time."""
    path = out / name
    try:
        checked(name, path.read_bytes(), str(path))
        print(f"{path}: is there")
    except (OSError, ValueError):
        path.write_bytes(from_folder(name, folder) if folder else from_web(name, places))
        print(f"{path}: written, its sum is right")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch MNIST and turn it into LMDBs.")
    parser.add_argument("--from", dest="folder", type=Path, help="take the files from this folder")
    parser.add_argument("--url", action="append", help="fetch from here (may be repeated)")
    parser.add_argument("--out", type=Path, default=Path("data/mnist"), help="default: data/mnist")
    parser.add_argument(
        "--databases", type=Path, default=Path("examples/mnist"), help="default: examples/mnist"
    )
    options = parser.parse_args()
    named = os.environ.get("MNIST_URL")
    places = options.url or ([named] if named else list(MIRRORS))
    for folder in (options.out, options.databases):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        for part, stem in (("train", "train"), ("test", "t10k")):
            images, labels = (
                fetch(f"{stem}-{kind}", options.folder, places, options.out)
                for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
            )
            database = options.databases / f"mnist_{part}_lmdb"
            count = convert.idx_to_lmdb(images, labels, database, overwrite=True)
            print(f"{database}: {count} images")
    except (ValueError, OSError, caffe.Error) as failure:
        print(f"download.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
