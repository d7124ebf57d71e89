#!/usr/bin/env python3
"""Classifies an image, the images of a folder, or an array of images.

    python/classify.py examples/images/cat.jpg probabilities.npy

The probabilities, N x classes, are written as an .npy file. By default the net is CaffeNet, each
image is made 256 x 256, and ten crops of it are averaged.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import own_python  # noqa: F401

# isort: split
import caffe
import numpy as np
import reference_model


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("input_file", help="an image, a folder, or an .npy file N x H x W x K")
    parser.add_argument("output_file", help="the .npy file to write")
    reference_model.add_options(parser)
    parser.add_argument(
        "--center_only", action="store_true", help="only the crop at the centre, not ten"
    )
    parser.add_argument(
        "--images_dim",
        default="256,256",
        help="the height and width that images are made first (default: 256,256)",
    )
    parser.add_argument("--ext", default="jpg", help="how images of a folder end (default: jpg)")
    return parser.parse_args()


def load(source: Path, ending: str) -> Any:
    """Images H x W x K, with values from 0 to 1."""
    if source.suffix == ".npy":
        print(f"Loading file: {source}")
        images = caffe.io.read_npy(source)
        return [images] if images.ndim == 3 else images
    if not source.is_dir():
        print(f"Loading file: {source}")
        return [caffe.io.load_image(source)]
    print(f"Loading folder: {source}")
    found = sorted(source.glob(f"*.{ending.lstrip('.')}"))
    if not found:
        raise caffe.FileError(f"{source} has no image *.{ending}: --ext names another ending")
    return [caffe.io.load_image(path) for path in found]


def classify(chosen: argparse.Namespace) -> None:
    """From the arguments to the file."""
    reference_model.choose_device(chosen.gpu)
    classifier = caffe.Classifier(
        *reference_model.files(chosen),
        image_dims=reference_model.numbers(chosen.images_dim, "images_dim"),
        **reference_model.input_options(chosen),
    )
    images = load(Path(chosen.input_file).expanduser(), chosen.ext)
    print(f"Classifying {len(images)} inputs.")
    start = time.perf_counter()
    predictions = classifier.predict(images, not chosen.center_only)
    print(f"Done in {time.perf_counter() - start:.2f} s.")
    print(f"Saving results into {chosen.output_file}")
    np.save(chosen.output_file, predictions)


def main() -> int:
    try:
        classify(arguments())
    except (caffe.Error, OSError) as failure:
        print(f"classify.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
