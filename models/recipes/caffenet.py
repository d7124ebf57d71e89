"""CaffeNet: AlexNet with pooling before normalisation."""

from __future__ import annotations

from typing import Any

from blocks import RATES, Builder, Fields, constant, files, gaussian, solver_in


def learn(std: float, bias: float) -> Fields:
    """Rates and fillers."""
    return {"param": RATES, "weight_filler": gaussian(std), "bias_filler": constant(bias)}


def net(deploy: bool) -> Any:
    """Five convolutions and three inner products."""
    n = Builder(deploy)
    if deploy:
        x = n.input(10, 3, 227, 227)
    else:
        mean: Fields = {"crop_size": 227, "mean_file": "data/ilsvrc12/imagenet_mean.binaryproto"}
        x = n.imagenet((256, 50), {"mirror": True, **mean}, {"mirror": False, **mean})
    x = n.relu("relu1", n.convolution("conv1", x, 96, 11, stride=4, **learn(0.01, 0)))
    x = n.lrn("norm1", n.max_pool("pool1", x, 3, 2))
    x = n.relu("relu2", n.convolution("conv2", x, 256, 5, pad=2, group=2, **learn(0.01, 1)))
    x = n.lrn("norm2", n.max_pool("pool2", x, 3, 2))
    x = n.relu("relu3", n.convolution("conv3", x, 384, 3, pad=1, **learn(0.01, 0)))
    x = n.relu("relu4", n.convolution("conv4", x, 384, 3, pad=1, group=2, **learn(0.01, 1)))
    x = n.relu("relu5", n.convolution("conv5", x, 256, 3, pad=1, group=2, **learn(0.01, 1)))
    x = n.max_pool("pool5", x, 3, 2)
    for i in (6, 7):
        x = n.relu(f"relu{i}", n.inner_product(f"fc{i}", x, 4096, **learn(0.005, 1)))
        x = n.dropout(f"drop{i}", x, 0.5)
    n.ends("prob", n.inner_product("fc8", x, 1000, **learn(0.01, 0)))
    return n.to_proto("CaffeNet")


FOLDER = "models/bvlc_reference_caffenet"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(
        FOLDER,
        "caffenet_train",
        test_iter=1000,
        test_interval=1000,
        base_lr=0.01,
        lr_policy="step",
        gamma=0.1,
        stepsize=100000,
        display=20,
        max_iter=450000,
        momentum=0.9,
        weight_decay=0.0005,
        snapshot=10000,
    ),
)
