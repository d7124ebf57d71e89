"""MobileNet v2: bottlenecks that widen, convolve each channel, and narrow again without a ReLU."""

from __future__ import annotations

from typing import Any

from blocks import LEARNING, Builder, Fields, files, solver_in
from caffe import params as P
from mobilenet import SOLVER, classify, images, plain

BOTTLENECKS = {  # by how much it widens, outputs, stride
    "2_1": (1, 16, 1),
    "2_2": (6, 24, 2),
    "3_1": (6, 24, 1),
    "3_2": (6, 32, 2),
    "4_1": (6, 32, 1),
    "4_2": (6, 32, 1),
    "4_3": (6, 64, 1),
    "4_4": (6, 64, 1),
    "4_5": (6, 64, 1),
    "4_6": (6, 64, 1),
    "4_7": (6, 96, 2),
    "5_1": (6, 96, 1),
    "5_2": (6, 96, 1),
    "5_3": (6, 160, 2),
    "6_1": (6, 160, 1),
    "6_2": (6, 160, 1),
    "6_3": (6, 320, 1),
}


def convolution(
    n: Builder, at: str, x: Any, outputs: int, kernel: int, relu: bool = True, **more: Any
) -> Any:
    """A convolution, then BatchNorm, Scale and ReLU, which share a top."""
    x = plain(n, at, x, outputs, kernel, **more)
    statistics: Fields = {"use_global_stats": True} if n.deploy else {}
    fixed = [{"lr_mult": 0, "decay_mult": 0}] * 3
    x = n.add("BatchNorm", f"conv{at}/bn", x, eps=1e-5, param=fixed, **statistics)
    learned = [{"lr_mult": 1, "decay_mult": 0}] * 2
    x = n.add("Scale", f"conv{at}/scale", x, in_place=True, bias_term=True, param=learned)
    return n.relu(f"relu{at}", x) if relu else x


def bottleneck(n: Builder, at: str, x: Any, inputs: int) -> Any:
    """One of BOTTLENECKS; its input is added where the shapes allow."""
    widening, outputs, stride = BOTTLENECKS[at]
    width = widening * inputs
    y = convolution(n, f"{at}/expand", x, width, 1)
    depthwise: Fields = {"group": width, "engine": P.Convolution.CAFFE, "stride": stride}
    y = convolution(n, f"{at}/dwise", y, width, 3, **depthwise)
    y = convolution(n, f"{at}/linear", y, outputs, 1, relu=False)
    return n.add("Eltwise", f"block_{at}", x, y) if (inputs, 1) == (outputs, stride) else y


def net(deploy: bool) -> Any:
    """The whole net. Layers are named as in Shicai Yang's MobileNet-Caffe, for its weights."""
    n = Builder(deploy, keep=LEARNING)
    x = images(n)
    outputs = 32
    x = convolution(n, "1", x, outputs, 3, stride=2)
    for at in BOTTLENECKS:
        x = bottleneck(n, at, x, outputs)
        outputs = BOTTLENECKS[at][1]
    classify(n, convolution(n, "6_4", x, 1280, 1))
    return n.to_proto("MOBILENET_V2")


FOLDER = "models/mobilenet_v2"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(
        FOLDER,
        "mobilenet_v2_train",
        base_lr=0.05,
        max_iter=750000,
        weight_decay=0.00004,  # the paper's
        **SOLVER,
    ),
)
