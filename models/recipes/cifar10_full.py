"""The larger net of Caffe's CIFAR-10 example."""

from __future__ import annotations

from typing import Any

from blocks import Builder, Fields, constant, files, gaussian, solver_in
from caffe import params as P

RATES = [{"lr_mult": 1}, {"lr_mult": 2}]


def net(deploy: bool) -> Any:
    """Three convolutions, each with its pooling, and one inner product."""
    n = Builder(deploy, keep=("param",))

    def convolution(i: int, bottom: Any, num_output: int, std: float, **more: Any) -> Any:
        fillers: Fields = {"weight_filler": gaussian(std), "bias_filler": constant()}
        return n.convolution(f"conv{i}", bottom, num_output, 5, pad=2, stride=1, **fillers, **more)

    def norm(i: int, bottom: Any) -> Any:
        region = P.LRN.WITHIN_CHANNEL
        return n.add(
            "LRN", f"norm{i}", bottom, local_size=3, alpha=5e-5, beta=0.75, norm_region=region
        )

    if deploy:
        x = n.input(1, 3, 32, 32)
    else:
        mean = {"mean_file": "examples/cifar10/mean.binaryproto"}
        folder = "examples/cifar10/cifar10_"
        x = n.data(
            (folder + "train_lmdb", folder + "test_lmdb"), (100, 100), (mean, mean), name="cifar"
        )
    x = convolution(1, x, 32, 0.0001, param=RATES)
    x = n.max_pool("pool1", x, 3, 2)
    x = norm(1, n.relu("relu1", x))
    x = n.relu("relu2", convolution(2, x, 32, 0.01, param=RATES))
    x = norm(2, n.average_pool("pool2", x, 3, 2))
    x = n.relu("relu3", convolution(3, x, 64, 0.01))
    x = n.average_pool("pool3", x, 3, 2)
    scores = n.inner_product(
        "ip1",
        x,
        10,
        param=[{"lr_mult": 1, "decay_mult": 250}, {"lr_mult": 2, "decay_mult": 0}],
        weight_filler=gaussian(0.01),
        bias_filler=constant(),
    )
    n.ends("prob", scores)
    return n.to_proto("CIFAR10_full_deploy" if deploy else "CIFAR10_full")


FOLDER = "models/cifar10_full"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(
        FOLDER,
        "cifar10_full",
        test_iter=100,
        test_interval=1000,
        base_lr=0.001,
        momentum=0.9,
        weight_decay=0.004,
        lr_policy="fixed",
        display=200,
        max_iter=60000,
        snapshot=10000,
        snapshot_format="HDF5",
    ),
)
