#!/usr/bin/env python3
"""Downloads images of the Flickr Style dataset, and lists them for models/finetune_flickr_style.

    python examples/finetune_flickr_style/assemble_data.py --workers=-1 --images=2000 --seed 831486

The dataset is a list of addresses, flickr_style.csv.gz, with the columns image_url, label and _split;
it is fetched into this folder when it is not there; $CAFFE_FLICKR_STYLE_URL, an address or a path,
names another one.
Images go to data/flickr_style/images, the lists to train.txt and test.txt beside. A second call
downloads what is missing. Images that are gone, or that are none, are left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import re
import sys
import urllib.parse
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
import own_python  # noqa: F401

# isort: split
import caffe
import numpy as np
from caffe.zoo import checksums
from caffe.zoo.addresses import Patience, from_path
from caffe.zoo.transfer import fetch
from PIL import Image
from tqdm import tqdm

LIST = Path(__file__).resolve().parent / "flickr_style.csv.gz"
LIST_URL = (
    "https://github.com/BVLC/caffe/raw/master/examples/finetune_flickr_style/flickr_style.csv.gz"
)
DATA = ROOT / "data/flickr_style"
COLUMNS = ("image_url", "label", "_split")
SPLITS = ("train", "test")
# What Flickr gives in place of a photo that is gone.
UNAVAILABLE = {"sha1": "6a92790b1c2a301c6e7ddef645dca1f53ea97ac2"}
LARGEST = 64 << 20
PATIENCE = Patience(connect=15, read=30, retries=2)


@dataclass(frozen=True)
class Photo:
    """A row of the list, and the file it becomes."""

    url: str
    label: int
    split: str
    path: Path


def read_list(file: Path) -> list[Photo]:
    """The photos of a list, packed or not."""
    data = file.read_bytes()
    try:
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as failure:
        raise caffe.ParseError(f"{file}: cannot be read: {failure}") from failure
    rows = csv.DictReader(io.StringIO(text))
    lacking = set(COLUMNS) - set(rows.fieldnames or ())
    if lacking:
        raise caffe.ParseError(f"{file}: there is no column {', '.join(sorted(lacking))}")
    return [photo_of(file, rows.line_num, row) for row in rows]


def photo_of(file: Path, line: int, row: dict[str, str]) -> Photo:
    """One row, checked: the name of its file is the last part of its address."""
    url, label, split = (row[column] or "" for column in COLUMNS)
    name = urllib.parse.urlsplit(url).path.rpartition("/")[2]
    if not re.fullmatch(r"\w[\w.-]*", name, re.ASCII):
        raise caffe.ParseError(f"{file}:{line}: {url!r} does not end in the name of a file")
    if not label.isdecimal() or split not in SPLITS:
        raise caffe.ParseError(
            f"{file}:{line}: expected a label, and {' or '.join(SPLITS)}, got {label!r}, {split!r}"
        )
    return Photo(url, int(label), split, DATA / "images" / name)


def choose(photos: Sequence[Photo], seed: int, count: int, labels: int) -> list[Photo]:
    """As many as are wanted, in an order that the seed decides: the original's, so that a seed of
    its pages gives its images. Those of the first `labels` only, if that is not 0."""
    order = np.random.RandomState(seed).permutation(len(photos))
    mixed = [photos[i] for i in order if not labels or photos[i].label < labels]
    return mixed[:count] if count > 0 else mixed


def download(photo: Photo) -> str:
    """Brings one photo; why there is none, in a few words, if there is none."""
    try:
        fetch([photo.url], photo.path, limit=LARGEST, patience=PATIENCE, quiet=True)
    except caffe.StateError:
        return "not there, and this is offline"
    except caffe.Error:
        return "could not be downloaded"
    if reason := unusable(photo.path):
        photo.path.unlink(missing_ok=True)
    return reason


def unusable(path: Path) -> str:
    """Why what came is no photo, in a few words, if it is none."""
    if not checksums.difference(path, None, UNAVAILABLE):
        return "not available any more"
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return "not an image"
    return ""


def download_all(photos: Sequence[Photo], workers: int) -> tuple[list[Photo], Counter[str]]:
    """Those that could be had, in their order, and why the others could not."""
    pool = ThreadPoolExecutor(workers)
    try:
        jobs = {pool.submit(download, photo): photo for photo in photos}
        done = tqdm(
            as_completed(jobs), total=len(jobs), unit=" images", disable=not sys.stderr.isatty()
        )
        reasons = {jobs[job]: job.result() for job in done}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    failures = Counter(reason for reason in reasons.values() if reason)
    return [photo for photo in photos if not reasons[photo]], failures


def write_lists(photos: Iterable[Photo]) -> None:
    """The lists that ImageData reads."""
    lines: dict[str, list[str]] = {split: [] for split in SPLITS}
    for photo in photos:
        lines[photo.split].append(f"{photo.path} {photo.label}\n")
    for split, those in lines.items():
        (DATA / f"{split}.txt").write_text("".join(those))


def assemble(seed: int, images: int, workers: int, labels: int) -> None:
    """From the list to the files."""
    named = os.environ.get("CAFFE_FLICKR_STYLE_URL")
    urls = [from_path(named) if named else LIST_URL]
    fetch(urls, LIST, limit=LARGEST, local=urls if named else ())
    photos = choose(read_list(LIST), seed, images, labels)
    if workers <= 0:
        workers = max(1, (os.cpu_count() or 1) + workers)
    print(f"Downloading {len(photos)} images with {workers} workers...", flush=True)
    found, failures = download_all(photos, workers)
    for reason, count in failures.most_common():
        print(f"{count} of {len(photos)} images: {reason}", file=sys.stderr)
    if not found:
        raise caffe.FileError("no image could be had, and no list was written")
    write_lists(found)
    print(f"Writing train/val for {len(found)} successfully downloaded images.")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Download images of the Flickr Style dataset, and list them for training."
    )
    parser.add_argument("-s", "--seed", type=int, default=0, help="which images (default: 0)")
    parser.add_argument("-i", "--images", type=int, default=-1, help="how many; -1: all (default)")
    parser.add_argument(
        "-w",
        "--workers",
        type=int,
        default=-1,
        help="how many downloads at once; 0 or less: so many fewer than cores (default: -1)",
    )
    parser.add_argument(
        "-l", "--labels", type=int, default=0, help="only of the first so many styles; 0: of all"
    )
    chosen = parser.parse_args()
    try:
        assemble(chosen.seed, chosen.images, chosen.workers, chosen.labels)
    except (caffe.Error, OSError) as failure:
        print(f"assemble_data.py: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("assemble_data.py: interrupted; the same call goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
