"""Trains Faster R-CNN end to end on a folder of PASCAL VOC, or on coloured rectangles.

    train.py --solver solver.prototxt --voc VOCdevkit/VOC2007 --weights ZF.v2.caffemodel --out zf.caffemodel
    train.py --out out/rectangles.caffemodel       # a small net on generated images, two minutes

The solver's training definition begins with a RoIDataLayer, as models/faster_rcnn_zf/train.prototxt
does; its Python layers come with the package where none of the user's own are on Python's path. The
numbers of training are py-faster-rcnn's; --set changes some: --set TRAIN.SCALES "(480,)".

Ren et al., "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks", NIPS
2015. detect.py draws what the net then finds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import caffe
import caffe.zoo.layers
import numpy as np
from caffe.zoo.detection import config, roidb, voc

HERE = Path(__file__).resolve().parent
RECTANGLES = HERE / "rectangles_train.prototxt"


def make_solver(file: Path, definition: Path | None) -> caffe.Solver:
    """A solver by its file, whose paths begin at the working directory, with another training
    definition where one is given."""
    if definition is None:
        return caffe.get_solver(file)
    from caffe.proto import caffe_pb2
    from google.protobuf import text_format

    param = text_format.Parse(file.read_text(), caffe_pb2.SolverParameter())
    for field in ("net", "train_net"):
        param.ClearField(field)
    param.train_net = str(definition)
    return caffe.get_solver(param)


def save(net: caffe.Net, file: Path) -> None:
    """Writes the weights so that the offsets the net says are in pixels, as detect.py and
    py-faster-rcnn take them: the units in which they were learned go into bbox_pred."""
    numbers = config.cfg.TRAIN
    weights, bias = (blob.data for blob in net.params["bbox_pred"])
    kept = weights.copy(), bias.copy()
    if numbers.BBOX_NORMALIZE_TARGETS:
        classes = len(bias) // 4
        units = np.tile(numbers.BBOX_NORMALIZE_STDS, classes)
        weights *= units[:, np.newaxis]
        bias[...] = bias * units + np.tile(numbers.BBOX_NORMALIZE_MEANS, classes)
    file.parent.mkdir(parents=True, exist_ok=True)
    net.save(file)
    weights[...], bias[...] = kept


def train(solver: caffe.Solver, entries: list[voc.Entry], iterations: int, shown: int) -> None:
    """Steps, and a line of the mean losses every `shown` of them."""
    net = solver.net
    net.layers[0].set_roidb(roidb.prepared(entries, config.cfg.TRAIN))
    names = [name for name in net.outputs if net.blob_loss_weights[name]]
    print("iteration  " + "  ".join(f"{name:>13}" for name in names))
    for begin in range(0, iterations, shown):
        sums = np.zeros(len(names))
        steps = min(shown, iterations - begin)
        for _ in range(steps):
            solver.step(1)
            sums += [float(net.blobs[name].data) for name in names]
        print(f"{begin + steps:9}  " + "  ".join(f"{value / steps:13.4f}" for value in sums))
        sys.stdout.flush()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--solver", type=Path, help="without it, the small net's")
    parser.add_argument("--definition", type=Path, help="in place of the one the solver names")
    parser.add_argument("--weights", help="to begin with, of the layers that have the same names")
    parser.add_argument("--voc", type=Path, help="without it, generated rectangles")
    parser.add_argument("--split", default="trainval")
    parser.add_argument("--images", type=int, default=40, help="to be generated")
    parser.add_argument("--iterations", type=int, default=800)
    parser.add_argument("--shown", type=int, default=50, help="iterations between two lines")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME VALUE")
    parser.add_argument("--out", type=Path, required=True, help="the weights' file")
    options = parser.parse_args()

    caffe.zoo.layers.enable()
    config.merge(config.END_TO_END)
    if options.voc is None:
        config.merge({"TRAIN": {"SCALES": (120,), "BATCH_SIZE": 64, "RPN_POST_NMS_TOP_N": 100}})
    config.cfg_from_list(options.set)
    with tempfile.TemporaryDirectory() as folder:
        if options.voc is None:
            options.voc = voc.write_rectangles(folder, options.images)
        entries = voc.read_folder(options.voc, options.split)
        definition = options.definition
        if options.solver is None:
            options.solver = HERE / "rectangles_solver.prototxt"
            definition = definition or RECTANGLES
        solver = make_solver(options.solver, definition)
        if options.weights:
            solver.net.copy_from(options.weights)
        train(solver, entries, options.iterations, options.shown)
    save(solver.net, options.out)
    print(f"{options.out}: the weights")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"train.py: {error}")
