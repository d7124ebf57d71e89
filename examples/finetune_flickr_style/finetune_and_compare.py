"""Fine-tunes SqueezeNet to tell styles, and trains it from scratch beside, on the same batches.

    finetune_and_compare.py --weights squeezenet_v1.1.caffemodel
    finetune_and_compare.py --weights ... --data data/flickr_style --classes 20

Without --data it makes images first (styled_images.py). Prints both losses as they go and the
accuracies at the end, and draws the losses into OUT/losses.png. The recipe is that of the Flickr
style example: the last layer gets a new name, so that it is learned anew, at ten times the rate of
the layers below.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import caffe
import styled_images
from caffe.proto import caffe_pb2
from google.protobuf import text_format

MODEL = Path(__file__).resolve().parents[2] / "models/squeezenet_v1.1/train_val.prototxt"
LAST = "conv10"
RATE = 0.001


@dataclass
class Run:
    """A training and what became of it."""

    name: str
    solver: caffe.Solver
    losses: list[float] = field(default_factory=list)
    accuracy: float = 0.0


def definition(data: Path, classes: int, batch: int) -> caffe_pb2.NetParameter:
    """SqueezeNet with another last layer, fed from the lists of a folder of images."""
    net = text_format.Parse(MODEL.read_text(), caffe_pb2.NetParameter())
    kept = [layer for layer in net.layer if layer.name != "accuracy_top5"]
    del net.layer[:]
    net.layer.extend(kept)
    for layer in net.layer:
        if layer.type == "Data":
            training = layer.include[0].phase == caffe_pb2.TRAIN
            source = data / ("train.txt" if training else "test.txt")
            layer.type = "ImageData"
            layer.ClearField("data_param")
            layer.transform_param.mirror = training
            layer.image_data_param.source = str(source)
            layer.image_data_param.batch_size = batch
            layer.image_data_param.new_height = layer.image_data_param.new_width = 256
            layer.image_data_param.shuffle = training
        elif layer.name == LAST:
            layer.name = f"{LAST}_style"
            layer.convolution_param.num_output = classes
            del layer.param[:]
            layer.param.add(lr_mult=10, decay_mult=1)
            layer.param.add(lr_mult=20, decay_mult=0)
    return net


def make_solver(net: caffe_pb2.NetParameter, iterations: int, tests: int) -> caffe.Solver:
    """A small learning rate that never falls: there is no time for it to."""
    message = caffe_pb2.SolverParameter(
        net_param=net,
        base_lr=RATE,
        lr_policy="fixed",
        momentum=0.9,
        weight_decay=0.0002,
        max_iter=iterations,
        random_seed=1701,
        test_interval=iterations + 1,  # when we ask
        test_initialization=False,
        snapshot_after_train=False,
    )
    message.test_iter.append(tests)
    return caffe.get_solver(message)


def train(runs: list[Run], iterations: int, every: int) -> None:
    """Steps all of them in turn, and prints their losses."""
    print("iteration " + "".join(f"{run.name:>14}" for run in runs))
    for i in range(iterations):
        for run in runs:
            run.solver.step(1)
            run.losses.append(float(run.solver.loss))
        if i % every == 0 or i == iterations - 1:
            print(f"{i:9} " + "".join(f"{run.losses[-1]:14.4f}" for run in runs), flush=True)
    for run in runs:
        run.accuracy = float(run.solver.test()[0]["accuracy"])
    print(" accuracy " + "".join(f"{run.accuracy:14.1%}" for run in runs))


def draw(runs: list[Run], path: Path) -> None:
    """The losses: each iteration pale, their mean over the last ten strong."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axis = figure.subplots()
    for run in runs:
        recent = [run.losses[max(0, i - 9) : i + 1] for i in range(len(run.losses))]
        means = [sum(last) / len(last) for last in recent]
        (line,) = axis.plot(means, label=f"{run.name} ({run.accuracy:.0%} right)", linewidth=2)
        axis.plot(run.losses, color=line.get_color(), alpha=0.25, linewidth=1)
    axis.set(xlabel="iteration", ylabel="loss", title="SqueezeNet learns styles", ylim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(path, dpi=120)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="of SqueezeNet v1.1")
    parser.add_argument("--data", type=Path, help="a folder with train.txt and test.txt")
    parser.add_argument("--classes", type=int, help="how many labels --data has")
    parser.add_argument("--images", type=int, default=480, help="how many to make without --data")
    parser.add_argument("--iterations", type=int, default=60, help="of each (default: 60)")
    parser.add_argument("--batch", type=int, default=16, help="images in one (default: 16)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/finetune_flickr_style"),
        help="a folder for the images and losses.png (default: out/finetune_flickr_style)",
    )
    arguments = parser.parse_args()
    if (arguments.data is None) != (arguments.classes is None):
        parser.error("--data and --classes go together")
    data, classes = arguments.data, arguments.classes
    if data is None:
        data, classes = arguments.out / "data", len(styled_images.NAMES)
        styled_images.write(data, arguments.images, seed=831486)
    net = definition(data, classes, arguments.batch)
    tests = -(-len((data / "test.txt").read_text().splitlines()) // arguments.batch)
    runs = [
        Run(name, make_solver(net, arguments.iterations, tests))
        for name in ("fine-tuned", "from scratch")
    ]
    runs[0].solver.net.copy_from(str(arguments.weights))
    train(runs, arguments.iterations, every=max(1, arguments.iterations // 20))
    draw(runs, arguments.out / "losses.png")
    print(f"the losses are drawn in {arguments.out / 'losses.png'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"finetune_and_compare.py: {error}")
