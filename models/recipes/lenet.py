"""LeNet, as Caffe's MNIST example has it."""

from __future__ import annotations

from typing import Any

from blocks import XAVIER, Builder, Fields, constant, files, solver_in

LEARN: Fields = {
    "param": [{"lr_mult": 1}, {"lr_mult": 2}],
    "weight_filler": XAVIER,
    "bias_filler": constant(),
}


def net(deploy: bool) -> Any:
    """Two convolutions, each with its pooling, and two inner products."""
    n = Builder(deploy, keep=("param", "weight_filler", "bias_filler"))
    if deploy:
        x = n.input(64, 1, 28, 28)
    else:
        scale = {"scale": 1 / 256}
        sources = ("examples/mnist/mnist_train_lmdb", "examples/mnist/mnist_test_lmdb")
        x = n.data(sources, (64, 100), (scale, scale), name="mnist")
    x = n.convolution("conv1", x, 20, 5, stride=1, **LEARN)
    x = n.max_pool("pool1", x, 2, 2)
    x = n.convolution("conv2", x, 50, 5, stride=1, **LEARN)
    x = n.max_pool("pool2", x, 2, 2)
    x = n.inner_product("ip1", x, 500, **LEARN)
    x = n.relu("relu1", x)
    n.ends("prob", n.inner_product("ip2", x, 10, **LEARN))
    return n.to_proto("LeNet")


FOLDER = "models/lenet"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(
        FOLDER,
        "lenet",
        test_iter=100,
        test_interval=500,
        base_lr=0.01,
        momentum=0.9,
        weight_decay=0.0005,
        lr_policy="inv",
        gamma=0.0001,
        power=0.75,
        display=100,
        max_iter=10000,
        snapshot=5000,
    ),
)
