"""Guesses the age and gender of each face in an image.

    caffe zoo download mtcnn
    caffe zoo download agegender_age
    caffe zoo download agegender_gender
    age_gender.py photo.jpg --out guesses.png

MTCNN finds the faces (examples/faces); two small nets see each with what is around it, as they were
trained on faces that are not closely cropped. With --random all runs without their weights, and means
nothing.

Levi, Hassner, "Age and Gender Classification Using Convolutional Neural Networks", AMFG at CVPR 2015.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import nets
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faces"))
from find_faces import FaceFinder, squared

KINDS = ("age", "gender")
AROUND = 1.6  # times the face's box
WHOLE, CROP = 256, 227
MEAN = (78.4263377603, 87.7689143744, 114.895847746)  # blue, green, red, of the authors' mean image


@dataclass
class Guess:
    """What a net says of a face: a label, and how sure it is."""

    label: str
    probability: float


def prepared(image: Image.Image, box: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A face and what is around it as the nets want it, 3 x 227 x 227: blue, green, red, less the
    mean (3 values, or 3 x 256 x 256). Beyond the image's edges its last pixels go on."""
    square = squared(box[np.newaxis])[0]
    center, half = (square[:2] + square[2:]) / 2, (square[2:] - square[:2]) / 2 * AROUND
    low, high = np.round(center - half).astype(int), np.round(center + half).astype(int)
    columns = np.arange(low[0], high[0]).clip(0, image.width - 1)
    rows = np.arange(low[1], high[1]).clip(0, image.height - 1)
    seen = Image.fromarray(np.asarray(image)[rows[:, np.newaxis], columns])
    pixels = np.asarray(seen.resize((WHOLE, WHOLE), Image.Resampling.BILINEAR), np.float32)
    whole = pixels[..., ::-1].transpose(2, 0, 1) - mean.reshape(3, *mean.shape[1:] or (1, 1))
    begin = (WHOLE - CROP) // 2
    return whole[:, begin : begin + CROP, begin : begin + CROP]


def guesses(opened: nets.Opened, data: np.ndarray) -> list[Guess]:
    """The likeliest label of each of N faces."""
    net = opened.net
    net.blobs[net.inputs[0]].reshape(*data.shape)
    (found,) = net.forward(**{net.inputs[0]: data}).values()
    labels = opened.labels
    return [
        Guess(labels[i] if i < len(labels) else str(i), float(row[i]))
        for row in found
        for i in [int(row.argmax())]
    ]


def mean_of(opened: nets.Opened, given: Path | None) -> np.ndarray:
    """The mean image that is given, or lies beside the weights; else its three means."""
    about = opened.card
    beside = about.folder / "mean.binaryproto" if about is not None and about.folder else None
    file = given or (beside if beside is not None and beside.is_file() else None)
    if file is None:
        return np.array(MEAN)
    mean = caffe.io.read_mean(file)
    if mean.shape != (3, WHOLE, WHOLE):
        raise caffe.ShapeError(f"{file}: is {mean.shape}, expected 3 x {WHOLE} x {WHOLE}")
    return mean


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, default="guesses.png", help="the picture to draw")
    parser.add_argument("--faces", type=Path, help="MTCNN's folder; without it, the zoo's mtcnn")
    parser.add_argument("--mean", type=Path, help="the nets' mean.binaryproto")
    for kind in KINDS:
        parser.add_argument(f"--{kind}-model", default=f"agegender_{kind}", help="of the zoo")
        parser.add_argument(f"--{kind}-definition", type=Path)
        parser.add_argument(f"--{kind}-weights", type=Path)
    parser.add_argument("--random", action="store_true", help="random weights for both nets")
    options = parser.parse_args()
    image = caffe.vis.picture(options.image)
    opened = [nets.open_net(options, kind) for kind in KINDS]
    faces = FaceFinder(options.faces).find(image)
    found = []
    if faces:
        for one in opened:
            mean = mean_of(one, options.mean)
            found.append(
                guesses(one, np.stack([prepared(image, face.box, mean) for face in faces]))
            )
    print("face  age          sure  gender  sure")
    texts = []
    for i, (age, gender) in enumerate(zip(*found)):
        print(
            f"{i + 1:4}  {age.label:11} {age.probability:5.1%}  {gender.label:6} "
            f"{gender.probability:5.1%}"
        )
        texts.append(f"{gender.label}, {age.label}")
    colours = [caffe.vis.COLOURS[i % len(caffe.vis.COLOURS)] for i in range(len(faces))]
    caffe.vis.boxes(image, [face.box for face in faces], texts, colours).save(options.out)
    print(f"{options.out}: {len(faces)} faces")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"age_gender.py: {error}")
