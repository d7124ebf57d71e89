"""Trains a fully convolutional net from a classifier's weights.

    solve.py --solver models/voc-fcn32s/solver.prototxt --weights VGG_ILSVRC_16_layers.caffemodel \\
        --classifier VGG_ILSVRC_16_layers_deploy.prototxt --iterations 100000 --count 736

The classifier's fully connected layers become convolutions of the same weights (--classifier; weights
that are a net's of the same layers need none), deconvolutions begin as bilinear interpolation, and
every --test iterations the first test net is scored on --count images. The definitions' data layers
read the published folders; they come with the package where none of the user's own are on Python's
path.

Long et al., "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import caffe.zoo.layers
from caffe.zoo import segmentation
from caffe.zoo.layers import score


def begin(net: caffe.Net, weights: Path | None, classifier: Path | None) -> dict[str, str]:
    """Gives a net its first weights; what became of each layer of the classifier."""
    done = {}
    if weights is not None and classifier is not None:
        done = segmentation.transplant(net, caffe.Net(classifier, caffe.TEST, weights=weights))
    elif weights is not None:
        net.copy_from(weights)
    deconvolutions = [layer.name for layer in net.layers if layer.type == "Deconvolution"]
    segmentation.interpolate(net, deconvolutions)
    return done


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--solver", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="a caffemodel to begin with")
    parser.add_argument("--classifier", type=Path, help="its definition, where it classifies")
    parser.add_argument("--iterations", type=int, default=100000)
    parser.add_argument("--test", type=int, default=4000, help="iterations between two scores")
    parser.add_argument("--count", type=int, default=0, help="of images in a score; 0: none")
    parser.add_argument("--save", help="a folder for what is found, with {} for the iteration")
    parser.add_argument("--blob", default="score")
    options = parser.parse_args()
    caffe.zoo.layers.enable()
    solver = caffe.get_solver(options.solver)
    for name, what in begin(solver.net, options.weights, options.classifier).items():
        print(f"{name}: {what}")
    images = [f"{i:06d}" for i in range(options.count)]
    while solver.iter < options.iterations:
        solver.step(min(options.test, options.iterations - solver.iter))
        if images:
            score.seg_tests(solver, options.save, images, options.blob)
    solver.snapshot()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"solve.py: {error}")
