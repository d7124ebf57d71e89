"""Finds objects of PASCAL VOC's 20 classes in an image: Faster R-CNN.

    caffe zoo download faster_rcnn_zf
    detect.py photo.jpg --out found.png
    detect.py photo.jpg --definition test.prototxt --weights own.caffemodel --out found.png

A table says what was found, and where; the picture shows it. The net's Python layers come with the
package where none of the user's own are on Python's path. With --random all runs without weights,
and what is found means nothing.

Ren et al., "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks", NIPS
2015.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import nets
from caffe.zoo.detection import boxes, config, images, voc
from PIL import Image


@dataclass
class Found:
    """An object: its class, how sure the net is, and its box (left, upper, right, lower)."""

    label: int
    score: float
    box: np.ndarray


def detect(
    net: caffe.Net, image: Image.Image, least: float = 0.8, numbers: config.Test | None = None
) -> list[Found]:
    """The objects of an RGB image that score `least` and do not overlap a better one of their class,
    the best first."""
    numbers = numbers or config.cfg.TEST
    pixels, scale = images.prepare(image, numbers.SCALES[0], numbers.MAX_SIZE)
    net.blobs["data"].reshape(1, *pixels.shape)
    net.blobs["data"].data[0] = pixels
    net.blobs["im_info"].data[...] = (*pixels.shape[1:], scale)
    out = net.forward()
    scores = out["cls_prob"].reshape(len(out["cls_prob"]), -1)
    regions = net.blobs["rois"].data[:, 1:] / scale
    places = np.tile(regions, (1, scores.shape[1]))
    if numbers.BBOX_REG:
        places = boxes.moved(regions, out["bbox_pred"].reshape(len(regions), -1))
    places = boxes.clipped(places, image.height, image.width).reshape(len(regions), -1, 4)
    found = []
    for label in range(1, scores.shape[1]):  # 0 is the background
        likely = np.flatnonzero(scores[:, label] >= least)
        mine, sure = places[likely, label], scores[likely, label]
        for i in boxes.suppressed(mine, sure, numbers.NMS):
            found.append(Found(label, float(sure[i]), mine[i]))
    return sorted(found, key=lambda one: -one.score)


def drawn(image: Image.Image, found: list[Found], names: list[str]) -> Image.Image:
    """The image with boxes, names and scores."""
    texts = [f"{names[one.label]} {one.score:.2f}" for one in found]
    return caffe.vis.boxes(image, [one.box for one in found], texts)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, default="found.png", help="the picture to draw")
    parser.add_argument("--least", type=float, default=0.8, help="score of what is shown")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME VALUE", help="TEST.NMS 0.4")
    nets.add_arguments(parser, "faster_rcnn_zf")
    options = parser.parse_args()
    config.cfg_from_list(options.set)
    opened = nets.open_net(options)
    names = opened.labels or list(voc.CLASSES)
    image = caffe.vis.picture(options.image)
    found = detect(opened.net, image, options.least)
    print("score  left  upper  right  lower  what")
    for one in found:
        left, upper, right, lower = one.box.round().astype(int)
        print(f"{one.score:5.3f}  {left:4}  {upper:5}  {right:5}  {lower:5}  {names[one.label]}")
    drawn(image, found, names).save(options.out)
    print(f"{options.out}: {len(found)} found")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"detect.py: {error}")
