"""DenseNet-121: in a block, each layer takes the outputs of all before it."""

from __future__ import annotations

from typing import Any

from blocks import MSRA, Builder, Fields, constant, files, solver_in
from caffe import params as P

GROWTH = 32  # outputs of a layer
BLOCKS = {2: 6, 3: 12, 4: 24, 5: 16}  # how many layers each has


def normalised(n: Builder, at: str, x: Any) -> Any:
    """BatchNorm, Scale and ReLU, which share a top."""
    x = n.add("BatchNorm", f"conv{at}/bn", x, eps=1e-5)
    x = n.add("Scale", f"conv{at}/scale", x, in_place=True, bias_term=True)
    return n.relu(f"relu{at}", x)


def convolution(n: Builder, at: str, x: Any, outputs: int, kernel: int, **more: Any) -> Any:
    """Without a bias, which the next BatchNorm would take away again."""
    return n.convolution(
        f"conv{at}", x, outputs, kernel, bias_term=False, weight_filler=MSRA, **more
    )


def layer(n: Builder, at: str, x: Any) -> Any:
    """Adds GROWTH channels to those there are."""
    y = convolution(n, f"{at}/x1", normalised(n, f"{at}/x1", x), 4 * GROWTH, 1)
    y = convolution(n, f"{at}/x2", normalised(n, f"{at}/x2", y), GROWTH, 3, pad=1)
    return n.add("Concat", f"concat_{at}", x, y)


def net(deploy: bool) -> Any:
    """The whole net. Layers are named as in Shicai Yang's DenseNet-Caffe, for its weights; `prob`,
    which it lacks, has none."""
    n = Builder(deploy)
    if deploy:
        x = n.input(1, 3, 224, 224, name="input")
    else:
        crop: Fields = {"scale": 0.017, "crop_size": 224, "mean_value": [103.94, 116.78, 123.68]}
        x = n.imagenet((32, 50), {"mirror": True, **crop}, {"mirror": False, **crop})
    outputs = 2 * GROWTH
    x = normalised(n, "1", convolution(n, "1", x, outputs, 7, pad=3, stride=2))
    x = n.max_pool("pool1", x, 3, 2, pad=1, round_mode=P.Pooling.FLOOR)
    for block, count in BLOCKS.items():
        for i in range(1, count + 1):
            x = layer(n, f"{block}_{i}", x)
        outputs += GROWTH * count
        x = normalised(n, f"{block}_blk", x)
        if block < max(BLOCKS):
            outputs //= 2
            x = n.average_pool(f"pool{block}", convolution(n, f"{block}_blk", x, outputs, 1), 2, 2)
    x = n.global_pool(f"pool{max(BLOCKS)}", x)
    n.ends("prob", n.convolution("fc6", x, 1000, 1, weight_filler=MSRA, bias_filler=constant(0)))
    return n.to_proto("DENSENET_121")


FOLDER = "models/densenet121"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(  # the paper's: 90 epochs
        FOLDER,
        "densenet121_train",
        test_iter=1000,
        test_interval=5000,
        test_initialization=False,
        type="Nesterov",
        base_lr=0.1,
        lr_policy="step",
        gamma=0.1,
        stepsize=150000,
        display=40,
        average_loss=40,
        max_iter=450000,
        iter_size=8,  # batches of 32: 256 images
        momentum=0.9,
        weight_decay=0.0001,
        snapshot=10000,
    ),
)
