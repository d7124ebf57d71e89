"""GoogLeNet: nine inception modules, and two more classifiers beside them in training."""

from __future__ import annotations

from typing import Any

from blocks import RATES, XAVIER, Builder, Fields, constant, files, solver_in

# 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5 and projection after pooling: how many outputs each has.
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
LEARN: Fields = {"param": RATES, "weight_filler": XAVIER, "bias_filler": constant(0.2)}
CLASSIFIER: Fields = {"param": RATES, "weight_filler": XAVIER, "bias_filler": constant(0)}


def convolution(
    n: Builder, name: str, bottom: Any, outputs: int, kernel: int, std: float, **more: Any
) -> Any:
    """A convolution `a/b` and its ReLU `a/relu_b`. The published deploy net gives fillers a
    deviation which they do not use, and so does this one."""
    folder, short = name.split("/")
    learn = {**LEARN, "weight_filler": {**XAVIER, "std": std} if n.deploy else XAVIER}
    top = n.convolution(name, bottom, outputs, kernel, **more, **learn)
    return n.relu(f"{folder}/relu_{short.removesuffix('_s2')}", top)


def inception(n: Builder, name: str, x: Any) -> Any:
    """Convolutions of three sizes and a pooling, side by side."""
    at = f"inception_{name}/"
    one, reduce3, three, reduce5, five, projected = INCEPTION[name]
    a = convolution(n, at + "1x1", x, one, 1, 0.03)
    b = convolution(n, at + "3x3_reduce", x, reduce3, 1, 0.09)
    b = convolution(n, at + "3x3", b, three, 3, 0.03, pad=1)
    c = convolution(n, at + "5x5_reduce", x, reduce5, 1, 0.2)
    c = convolution(n, at + "5x5", c, five, 5, 0.03, pad=2)
    d = n.max_pool(at + "pool", x, 3, 1, pad=1)
    d = convolution(n, at + "pool_proj", d, projected, 1, 0.1)
    return n.add("Concat", at + "output", a, b, c, d)


def scored(n: Builder, at: str, scores: Any, weight: float) -> None:
    """Loss and accuracies; the loss's top is `lossN/lossN`, unlike its name for the first two."""
    top = f"{at}/{at}"
    n.loss(top, scores, loss_weight=weight, **({} if at == "loss3" else {"name": f"{at}/loss"}))
    n.accuracy(f"{at}/top-1", scores)
    n.accuracy(f"{at}/top-5", scores, top_k=5)


def beside(n: Builder, at: str, x: Any) -> None:
    """A classifier that helps to train what is below it."""
    x = n.average_pool(f"{at}/ave_pool", x, 5, 3)
    x = n.relu(f"{at}/relu_conv", n.convolution(f"{at}/conv", x, 128, 1, **LEARN))
    x = n.relu(f"{at}/relu_fc", n.inner_product(f"{at}/fc", x, 1024, **LEARN))
    x = n.dropout(f"{at}/drop_fc", x, 0.7)
    scored(n, at, n.inner_product(f"{at}/classifier", x, 1000, **CLASSIFIER), 0.3)


def net(deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy, keep=("param", "weight_filler", "bias_filler"))
    if deploy:
        x = n.input(10, 3, 224, 224)
    else:
        crop: Fields = {"crop_size": 224, "mean_value": [104, 117, 123]}
        x = n.imagenet((32, 50), {"mirror": True, **crop}, {"mirror": False, **crop})
    x = convolution(n, "conv1/7x7_s2", x, 64, 7, 0.1, pad=3, stride=2)
    x = n.lrn("pool1/norm1", n.max_pool("pool1/3x3_s2", x, 3, 2))
    x = convolution(n, "conv2/3x3_reduce", x, 64, 1, 0.1)
    x = convolution(n, "conv2/3x3", x, 192, 3, 0.03, pad=1)
    x = n.max_pool("pool2/3x3_s2", n.lrn("conv2/norm2", x), 3, 2)
    for name in INCEPTION:
        x = inception(n, name, x)
        if name in ("3b", "4e"):
            x = n.max_pool(f"pool{int(name[0])}/3x3_s2", x, 3, 2)
        if name in ("4a", "4d") and not deploy:
            beside(n, "loss1" if name == "4a" else "loss2", x)
    x = n.average_pool("pool5/7x7_s1", x, 7, 1)
    x = n.dropout("pool5/drop_7x7_s1", x, 0.4)
    scores = n.inner_product("loss3/classifier", x, 1000, **CLASSIFIER)
    if deploy:
        n.softmax("prob", scores)
    else:
        scored(n, "loss3", scores, 1)
    return n.to_proto("GoogleNet")


COMMON: Fields = {
    "test_iter": 1000,
    "test_interval": 4000,
    "test_initialization": False,
    "display": 40,
    "average_loss": 40,
    "base_lr": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0002,
    "snapshot": 40000,
}
STEPS: Fields = {"lr_policy": "step", "stepsize": 320000, "gamma": 0.96, "max_iter": 10000000}
ROOT: Fields = {"lr_policy": "poly", "power": 0.5, "max_iter": 2400000}

FOLDER = "models/bvlc_googlenet"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(FOLDER, "bvlc_googlenet", **COMMON, **STEPS),
    quick_solver=solver_in(FOLDER, "bvlc_googlenet_quick", **COMMON, **ROOT),
)
