"""Finds the edges that people would draw in an image: holistically-nested edge detection (HED).

    caffe zoo download hed
    edges.py photo.jpg --out edges.png

The picture shows the image, the edges that each of the net's side outputs finds, from fine to coarse,
and those of all of them fused. --fused writes the latter alone, white on black. With --random all runs
without weights, and means nothing.

Xie, Tu, "Holistically-Nested Edge Detection", ICCV 2015.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import nets, whole_images
from PIL import Image

MEAN = (104.00698793, 116.66876762, 122.67891434)


def edges(net: caffe.Net, image: Image.Image) -> dict[str, np.ndarray]:
    """How strong an edge is at each pixel, from 0 to 1, H x W, by each of the net's outputs: the side
    outputs in their order, the fused one last."""
    name = net.inputs[0]
    whole_images.place(net, {name: image}, {name: MEAN}, whole_images.RESHAPE)
    net.forward()
    found = {one: net.blobs[one].data[0, 0].copy() for one in net.outputs}
    for one, values in found.items():
        if values.shape != (image.height, image.width):
            raise caffe.ShapeError(
                f"{one}: answers for {values.shape[0]} x {values.shape[1]} pixels of an image of "
                f"{image.height} x {image.width}"
            )
    return dict(sorted(found.items(), key=lambda one: ("fuse" in one[0], one[0])))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, default="edges.png", help="the picture to draw")
    parser.add_argument("--fused", type=Path, help="an image of the fused edges alone")
    nets.add_arguments(parser, "hed")
    options = parser.parse_args()
    image = caffe.vis.picture(options.image)
    opened = nets.open_net(options)
    found = edges(opened.net, image)
    print("edges above 0.5  output")
    for name, strength in found.items():
        print(f"{(strength > 0.5).mean():15.1%}  {name}")
    pictures = [image, *(caffe.vis.edges(strength) for strength in found.values())]
    caffe.vis.beside(pictures, ["the image", *found], columns=4).save(options.out)
    if options.fused is not None:
        caffe.vis.picture(list(found.values())[-1]).save(options.fused)
    print(f"{options.out}: the image and its edges")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"edges.py: {error}")
