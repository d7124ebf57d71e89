"""Finds five points in each face of an image: eyes, nose, and the corners of the mouth.

    caffe zoo download mtcnn
    caffe zoo download facial_landmark_vanillacnn
    landmarks.py photo.jpg --out points.png

MTCNN finds the faces (examples/faces), VanillaCNN the points, in pictures of 40 x 40 pixels. It learned
from pictures less their mean, in units of their deviation; --mean and --std name the images of those that
its author publishes (trainMean.png, trainSTD.png), and without them each face's own are taken, which does
as well.

Wu, Hassner, et al., "Facial Landmark Detection with Tweaked Convolutional Neural Networks", 2015; trained
by Ishay Tubi.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import nets
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faces"))
from find_faces import FaceFinder, squared

NAMES = ("left eye", "right eye", "nose", "mouth's left", "mouth's right")
SIDE = 40
RED = (255, 60, 60)


def prepared(
    image: Image.Image, square: np.ndarray, statistics: tuple[np.ndarray, np.ndarray] | None = None
) -> np.ndarray:
    """A square of an RGB image as the net wants it, 3 x 40 x 40: blue, green, red, less the mean,
    divided by the deviation. What is beyond the image's edges is black."""
    crop = image.crop(tuple(square.round().astype(int).tolist()))
    small = crop.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    pixels = np.asarray(small, np.float32)[..., ::-1]
    mean, deviation = statistics or (pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1)))
    return ((pixels - mean) / (deviation + 1e-6)).transpose(2, 0, 1)


def find_points(
    net: caffe.Net,
    image: Image.Image,
    boxes: np.ndarray,
    statistics: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """The points N x 5 x 2 (x, y) of the faces in boxes N x 4 (left, upper, right, lower)."""
    if len(boxes) == 0:
        return np.zeros((0, len(NAMES), 2))
    squares = squared(boxes)
    data = np.stack([prepared(image, square, statistics) for square in squares])
    net.blobs[net.inputs[0]].reshape(*data.shape)
    (found,) = net.forward(**{net.inputs[0]: data}).values()
    # In parts of the square, from -1/2 to 1/2.
    sides = (squares[:, 2:] - squares[:, :2])[:, np.newaxis]
    return squares[:, np.newaxis, :2] + (found.reshape(-1, len(NAMES), 2) + 0.5) * sides


def read_statistics(mean: Path | None, deviation: Path | None) -> tuple[np.ndarray, ...] | None:
    """The images of means and deviations, 40 x 40 x 3, blue, green, red."""
    if mean is None and deviation is None:
        return None
    if mean is None or deviation is None:
        raise caffe.InvalidArgumentError("--mean and --std go together")
    found = []
    for path in (mean, deviation):
        image = caffe.vis.picture(path)
        if image.size != (SIDE, SIDE):
            raise caffe.ShapeError(
                f"{path}: is {image.width} x {image.height}, expected {SIDE} x {SIDE}"
            )
        found.append(np.asarray(image, np.float32)[..., ::-1])
    return found[0], found[1]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, default="points.png", help="the picture to draw")
    parser.add_argument("--faces", type=Path, help="MTCNN's folder; without it, the zoo's mtcnn")
    parser.add_argument("--mean", type=Path)
    parser.add_argument("--std", type=Path)
    nets.add_arguments(parser, "facial_landmark_vanillacnn")
    options = parser.parse_args()
    statistics = read_statistics(options.mean, options.std)
    image = caffe.vis.picture(options.image)
    net = nets.open_net(options).net
    faces = FaceFinder(options.faces).find(image)
    points = find_points(net, image, np.array([face.box for face in faces]), statistics)
    print("face  " + "  ".join(f"{name:>13}" for name in NAMES))
    for i, five in enumerate(points):
        print(f"{i + 1:4}  " + "  ".join(f"{f'{x:.0f} {y:.0f}':>13}" for x, y in five))
    boxes, numbers = [face.box for face in faces], [str(i + 1) for i in range(len(faces))]
    drawn = caffe.vis.boxes(image, boxes, numbers)
    caffe.vis.points(drawn, points.reshape(-1, 2), RED, 3).save(options.out)
    print(f"{options.out}: {len(faces)} faces")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"landmarks.py: {error}")
