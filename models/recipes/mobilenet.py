"""MobileNet v1: pairs of a depthwise 3x3 and a 1x1 convolution."""

from __future__ import annotations

from typing import Any

from blocks import LEARNING, MSRA, RATES, Builder, Fields, constant, files, solver_in
from caffe import params as P

PAIRS = {  # stride of the depthwise convolution, outputs of the 1x1
    "2_1": (1, 64),
    "2_2": (2, 128),
    "3_1": (1, 128),
    "3_2": (2, 256),
    "4_1": (1, 256),
    "4_2": (2, 512),
    "5_1": (1, 512),
    "5_2": (1, 512),
    "5_3": (1, 512),
    "5_4": (1, 512),
    "5_5": (1, 512),
    "5_6": (2, 1024),
    "6": (1, 1024),
}


def plain(n: Builder, at: str, x: Any, outputs: int, kernel: int, **more: Any) -> Any:
    """A convolution that keeps the extent, without a bias."""
    return n.convolution(
        f"conv{at}",
        x,
        outputs,
        kernel,
        pad=kernel // 2,
        bias_term=False,
        param=RATES[:1],
        weight_filler=MSRA,
        **more,
    )


def convolution(n: Builder, at: str, x: Any, outputs: int, kernel: int, **more: Any) -> Any:
    """A convolution with BatchNorm, Scale and ReLU, all in place."""
    x = plain(n, at, x, outputs, kernel, **more)
    statistics: Fields = {"eps": 1e-5}
    if n.deploy:
        statistics["use_global_stats"] = True
    fixed = [{"lr_mult": 0, "decay_mult": 0}] * 3
    x = n.add("BatchNorm", f"conv{at}/bn", x, in_place=True, param=fixed, **statistics)
    x = n.add(
        "Scale",
        f"conv{at}/scale",
        x,
        in_place=True,
        param=[{"lr_mult": 1, "decay_mult": 0}] * 2,
        filler={"value": 1},
        bias_term=True,
        bias_filler={"value": 0},
    )
    return n.relu(f"relu{at}", x)


def images(n: Builder) -> Any:
    """224 x 224, BGR, less the mean of each channel, and scaled."""
    if n.deploy:
        return n.input(1, 3, 224, 224, name="input")
    crop: Fields = {"scale": 0.017, "crop_size": 224, "mean_value": [103.94, 116.78, 123.68]}
    return n.imagenet((64, 50), {"mirror": True, **crop}, {"mirror": False, **crop})


def classify(n: Builder, x: Any) -> None:
    """The end of the net: the mean of each channel, and a score for each class."""
    x = n.global_pool("pool6", x)
    scores = n.convolution(
        "fc7", x, 1000, 1, param=RATES, weight_filler=MSRA, bias_filler=constant(0)
    )
    n.ends("prob", scores)


def net(deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy, keep=LEARNING)
    x = images(n)
    outputs = 32
    x = convolution(n, "1", x, outputs, 3, stride=2)
    for at, (stride, following) in PAIRS.items():
        depthwise: Fields = {"group": outputs, "engine": P.Convolution.CAFFE, "stride": stride}
        x = convolution(n, f"{at}/dw", x, outputs, 3, **depthwise)
        x = convolution(n, f"{at}/sep", x, following, 1, stride=1)
        outputs = following
    classify(n, x)
    return n.to_proto("MOBILENET")


SOLVER: Fields = {  # batches of 64: 256 images
    "test_iter": 1000,
    "test_interval": 5000,
    "test_initialization": False,
    "lr_policy": "poly",
    "power": 1,
    "display": 40,
    "average_loss": 40,
    "iter_size": 4,
    "momentum": 0.9,
    "snapshot": 10000,
}

FOLDER = "models/mobilenet_v1"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(
        FOLDER,
        "mobilenet_v1_train",
        base_lr=0.1,
        max_iter=500000,
        weight_decay=0.0001,
        **SOLVER,
    ),
)
