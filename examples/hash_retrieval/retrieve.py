"""Finds the images that look like another one, by binary codes.

    retrieve.py --gallery FOLDER --out neighbours.png QUERY [QUERY ...]
    retrieve.py --definition deploy.prototxt --weights w.caffemodel --gallery FOLDER QUERY [QUERY ...]

An image's code is which units of a blob are on, 48 bits in the nets of Lin et al., "Deep Learning of
Binary Hash Codes for Fast Image Retrieval" (2015), whose latent layer ends in a sigmoid: a bit is
on above 0.5. Images are near when few bits differ (the Hamming distance), which is counted for
millions of codes in a second. Of other nets any blob will do with --threshold median: a bit is then
on where the unit is above its median over the gallery.

`caffe zoo download cvprw15_hash48` gets the net of the paper.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import nets
from PIL import Image, ImageDraw

KINDS = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".ppm", ".webp"}
THUMBNAIL, BORDER, LINE = 112, 6, 16


@dataclass
class Found:
    """A query's nearest images, the nearest first, and how many bits of theirs differ."""

    query: Path
    images: list[Path]
    distances: list[int]


def images_below(folder: Path) -> list[Path]:
    """All image files of a folder and those in it."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
    if not paths:
        raise caffe.FileError(f"{folder}: there are no images in it")
    return paths


def packed(features: np.ndarray, threshold: np.ndarray | float) -> np.ndarray:
    """Codes, N x ceil(bits / 8) bytes, of N x bits units."""
    return np.packbits(features > threshold, axis=1)


def hamming(code: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """How many bits of each of N codes differ from those of one."""
    ones = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
    return ones[code ^ codes].sum(axis=1)


def nearest(
    queries: list[Path], query_codes: np.ndarray, gallery: list[Path], codes: np.ndarray, count: int
) -> list[Found]:
    """The `count` nearest images of each query; equally near ones in the gallery's order."""
    found = []
    for query, code in zip(queries, query_codes):
        distances = hamming(code, codes)
        order = np.argsort(distances, kind="stable")[:count]
        images = [gallery[i] for i in order]
        found.append(Found(query, images, [int(distances[i]) for i in order]))
    return found


def thumbnail(path: Path) -> Image.Image:
    """The middle of an image, square."""
    with Image.open(path) as image:
        side = min(image.size)
        left, upper = (image.width - side) // 2, (image.height - side) // 2
        square = image.convert("RGB").crop((left, upper, left + side, upper + side))
    return square.resize((THUMBNAIL, THUMBNAIL))


def draw(found: list[Found], bits: int) -> Image.Image:
    """A row for each query: itself, then its neighbours with their distances."""
    cell = THUMBNAIL + BORDER
    columns = 1 + max(len(one.images) for one in found)
    height = cell + LINE
    sheet = Image.new("RGB", (columns * cell + 3 * BORDER, len(found) * height + BORDER), "white")
    pen = ImageDraw.Draw(sheet)
    for row, one in enumerate(found):
        y = row * height + BORDER
        sheet.paste(thumbnail(one.query), (BORDER, y))
        frame = (BORDER - 3, y - 3, BORDER + THUMBNAIL + 2, y + THUMBNAIL + 2)
        pen.rectangle(frame, outline="#d35400", width=3)
        pen.text((BORDER, y + THUMBNAIL + 2), "query", fill="#d35400")
        for column, (path, distance) in enumerate(zip(one.images, one.distances), 1):
            x = column * cell + 3 * BORDER
            sheet.paste(thumbnail(path), (x, y))
            pen.text((x, y + THUMBNAIL + 2), f"{distance} of {bits} bits", fill="black")
    return sheet


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("queries", nargs="+", type=Path, metavar="QUERY")
    parser.add_argument("--gallery", type=Path, required=True, help="a folder of images")
    parser.add_argument("--blob", help="whose units are the bits (the net's output)")
    parser.add_argument("--threshold", choices=("half", "median"), default="half")
    parser.add_argument("--mean", type=float, nargs=3, default=(104, 117, 123), metavar="BGR")
    parser.add_argument("--count", type=int, default=8, help="neighbours a query")
    parser.add_argument("--out", type=Path, default=Path("neighbours.png"))
    nets.add_arguments(parser, "cvprw15_hash48")
    arguments = parser.parse_args()
    net = nets.open_net(arguments).net
    gallery = images_below(arguments.gallery)
    blob = arguments.blob or net.outputs[0]

    def units(paths: list[Path]) -> np.ndarray:
        return caffe.features(net, paths, blob, mean=arguments.mean).reshape(len(paths), -1)

    shown, asked = units(gallery), units(arguments.queries)
    threshold = np.median(shown, axis=0) if arguments.threshold == "median" else 0.5
    codes, query_codes = packed(shown, threshold), packed(asked, threshold)
    found = nearest(arguments.queries, query_codes, gallery, codes, arguments.count)
    for one in found:
        print(one.query)
        for path, distance in zip(one.images, one.distances):
            print(f"  {distance:4}  {path}")
    draw(found, shown.shape[1]).save(arguments.out)
    print(f"drawn in {arguments.out}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"retrieve.py: {error}")
