"""Says for each pixel of an image what it shows: FCN, SegNet, CRF-RNN, CCNN.

    caffe zoo download voc-fcn8s
    segment.py photo.jpg --out segmented.png --labels labels.png
    segment.py street.png --model segnet
    segment.py room.png --model nyud-fcn32s-color-hha --input hha=room_hha.png

The picture shows the classes in PASCAL VOC's colours over the image, and a legend; a table tells the
share of each; --labels writes an image whose pixels are the classes, with a palette, as PASCAL VOC's
own. A net with several answers is asked for one with --blob. Bayesian SegNet's samples, which are the
items of its batch, are averaged. With --random all runs without weights, and means nothing.

Long et al., "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import nets, whole_images
from caffe.zoo.detection import voc
from PIL import Image

# SegNet's colours for the classes of CamVid; its nets of 11 classes have none for the last.
CAMVID = {
    "sky": (128, 128, 128), "building": (128, 0, 0), "pole": (192, 192, 128),
    "road": (128, 64, 128), "pavement": (60, 40, 222), "tree": (128, 128, 0),
    "sign": (192, 128, 128), "fence": (64, 64, 128), "car": (64, 0, 128),
    "pedestrian": (64, 64, 0), "bicyclist": (0, 128, 192), "unlabelled": (0, 0, 0),
}  # fmt: skip
MEAN = (104.00699, 116.66877, 122.67892)  # of a net without a card


def classes_of(scores: np.ndarray) -> np.ndarray:
    """The class of each pixel, H x W: the best of the scores N x K x H x W, averaged over N; what
    has one channel are the classes."""
    mean = scores.mean(axis=0)
    return mean[0].round().astype(int) if len(mean) == 1 else mean.argmax(axis=0)


def answer_of(net: caffe.Net, blob: str | None) -> str:
    """The blob that has the answer: the one asked for, else the net's only one for pixels."""
    if blob is not None:
        if blob not in net.blobs:
            raise caffe.NotFoundError(f"--blob: the net has no blob {blob!r}")
        return blob
    found = [name for name in net.outputs if len(net.blobs[name].shape) == 4]
    if len(found) != 1:
        raise caffe.InvalidArgumentError(
            f"the net answers with {', '.join(net.outputs)}: say which with --blob"
        )
    return found[0]


def segment(
    opened: nets.Opened, images: dict[str, Image.Image], blob: str | None, fit: str | None
) -> np.ndarray:
    """The class of each pixel of the first image, H x W."""
    net, about = opened.net, opened.card
    described = {one.name: one for one in about.inputs} if about is not None else {}
    means = {name: whole_images.given_mean(described.get(name)) for name in images}
    if about is None:
        means[next(iter(images))] = MEAN
    orders = {name: one.order or "RGB" for name, one in list(described.items())[1:]}
    placed = whole_images.place(
        net, images, means, fit or whole_images.usual_fit(net, about), orders
    )
    net.forward()
    return placed.back(classes_of(net.blobs[answer_of(net, blob)].data))


def inputs_of(net: caffe.Net, image: Image.Image, more: list[str]) -> dict[str, Image.Image]:
    """An image for each of the net's inputs: the one given, where `more` (NAME=FILE) has no other."""
    files = dict(word.split("=", 1) for word in more if "=" in word)
    if len(files) != len(more):
        raise caffe.InvalidArgumentError("--input: expected NAME=FILE")
    for name in files:
        if name not in net.inputs:
            raise caffe.NotFoundError(
                f"--input: the net has no input {name!r}, but {', '.join(net.inputs)}"
            )
    found = {}
    for name in net.inputs:
        if name in files:
            with caffe.io.opened_image(files[name], files[name]) as opened:
                found[name] = opened.copy()
        elif name in ("hha", "depth"):
            raise caffe.InvalidArgumentError(f"the net wants --input {name}=FILE")
        else:
            found[name] = image
    return found


def look_of(opened: nets.Opened, classes: int) -> tuple[list[str], np.ndarray]:
    """The classes' names, as far as they are known, and colours."""
    colours = caffe.vis.palette()
    if classes in (len(CAMVID) - 1, len(CAMVID)):
        colours[: len(CAMVID)] = list(CAMVID.values())
        return list(CAMVID), colours
    if len(opened.labels) == classes or classes == 1:  # 1: the net tells classes, not scores
        return opened.labels, colours
    return list(voc.CLASSES) if classes == len(voc.CLASSES) else [], colours


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, default="segmented.png", help="the picture to draw")
    parser.add_argument("--labels", type=Path, help="an image of the classes themselves")
    parser.add_argument("--names", type=Path, help="the classes' names, one a line")
    parser.add_argument("--blob", help="of a net with several answers")
    parser.add_argument("--input", nargs="+", default=[], metavar="NAME=FILE")
    parser.add_argument("--fit", choices=whole_images.FITS, help="how image and net meet")
    parser.add_argument("--opacity", type=float, default=0.6)
    nets.add_arguments(parser, "voc-fcn8s")
    options = parser.parse_args()
    image = caffe.vis.picture(options.image)
    opened = nets.open_net(options)
    labels = segment(opened, inputs_of(opened.net, image, options.input), options.blob, options.fit)

    classes = opened.net.blobs[answer_of(opened.net, options.blob)].shape[1]
    names, colours = look_of(opened, classes)
    if options.names is not None:
        names = options.names.read_text().splitlines()
    print("share   class")
    for label, count in sorted(
        zip(*np.unique(labels, return_counts=True)), key=lambda one: -one[1]
    ):
        name = names[label] if label < len(names) else label
        print(f"{count / labels.size:6.1%}  {name}")
    drawn = caffe.vis.mask(image, labels, colours, options.opacity)
    caffe.vis.legend(drawn, labels, names, colours).save(options.out)
    if options.labels is not None:
        caffe.vis.indexed(labels, colours).save(options.labels)
    print(f"{options.out}: the image with its classes")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"segment.py: {error}")
