"""Caffe's nets for CIFAR-10: the quick one, the full one, and two like the latter with sigmoids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from blocks import Builder, Fields, constant, files, gaussian, solver_in
from caffe import params as P

BIAS: Fields = {"bias_filler": constant()}
LEARN: Fields = {"param": [{"lr_mult": 1}, {"lr_mult": 2}], **BIAS}


def images(n: Builder, batches: tuple[int, int] = (100, 100)) -> Any:
    """Less their mean image."""
    if n.deploy:
        return n.input(1, 3, 32, 32)
    mean = {"mean_file": "examples/cifar10/mean.binaryproto"}
    sources = ("examples/cifar10/cifar10_train_lmdb", "examples/cifar10/cifar10_test_lmdb")
    return n.data(sources, batches, (mean, mean), name="cifar")


def convolutions(
    n: Builder,
    x: Any,
    learn: Sequence[Fields],
    neurons: Callable[[int, Any], Any],
    norm: Callable[[int, Any], Any] = lambda i, x: x,
) -> Any:
    """Three, each with its pooling, which comes before the first one's neurons."""

    def convolution(i: int, x: Any, outputs: int, std: float) -> Any:
        weights = {"weight_filler": gaussian(std), **learn[i - 1]}
        return n.convolution(f"conv{i}", x, outputs, 5, pad=2, stride=1, **weights)

    x = neurons(1, n.max_pool("pool1", convolution(1, x, 32, 0.0001), 3, 2))
    x = neurons(2, convolution(2, norm(1, x), 32, 0.01))
    x = norm(2, n.average_pool("pool2", x, 3, 2))
    x = neurons(3, convolution(3, x, 64, 0.01))
    return n.average_pool("pool3", x, 3, 2)


def classes(n: Builder, x: Any, *rates: Fields) -> Any:
    """The scores."""
    return n.inner_product("ip1", x, 10, param=rates, weight_filler=gaussian(0.01), **BIAS)


def quick(deploy: bool) -> Any:
    """No normalisation, and one more inner product."""
    n = Builder(deploy, keep=("param",))
    x = convolutions(n, images(n), [LEARN] * 3, lambda i, x: n.relu(f"relu{i}", x))
    for i, outputs in ((1, 64), (2, 10)):
        x = n.inner_product(f"ip{i}", x, outputs, weight_filler=gaussian(0.1), **LEARN)
    n.ends("prob", x)
    return n.to_proto("CIFAR10_quick_test" if deploy else "CIFAR10_quick")


def full(deploy: bool) -> Any:
    """Normalised within channels."""
    n = Builder(deploy, keep=("param",))

    def norm(i: int, x: Any) -> Any:
        region = P.LRN.WITHIN_CHANNEL
        return n.add("LRN", f"norm{i}", x, local_size=3, alpha=5e-5, beta=0.75, norm_region=region)

    def relu(i: int, x: Any) -> Any:
        return n.relu(f"relu{i}", x)

    x = convolutions(n, images(n), (LEARN, LEARN, BIAS), relu, norm)
    n.ends(
        "prob", classes(n, x, {"lr_mult": 1, "decay_mult": 250}, {"lr_mult": 2, "decay_mult": 0})
    )
    return n.to_proto("CIFAR10_full_deploy" if deploy else "CIFAR10_full")


def with_sigmoids() -> Any:
    """What batch normalisation is to be compared with."""
    n = Builder(deploy=False)
    learn = (LEARN, LEARN, {"param": [{"lr_mult": 1}, {"lr_mult": 1}], **BIAS})
    x = images(n, (111, 1000))
    x = convolutions(n, x, learn, lambda i, x: n.add("Sigmoid", f"Sigmoid{i}", x))
    n.ends("prob", classes(n, x, {"lr_mult": 1, "decay_mult": 0}, {"lr_mult": 2, "decay_mult": 0}))
    return n.to_proto("CIFAR10_full")


def with_batch_norm() -> Any:
    """Sigmoids after batch normalisation, which does what the convolutions' biases did."""
    n = Builder(deploy=False)

    def neurons(i: int, x: Any) -> Any:
        x = n.add("BatchNorm", f"bn{i}", x, param=[{"lr_mult": 0}] * 3)
        return n.add("Sigmoid", f"Sigmoid{i}", x)

    unbiased: Fields = {"param": [{"lr_mult": 1}], "bias_term": False}
    x = convolutions(n, images(n, (100, 1000)), [unbiased] * 3, neurons)
    n.ends("prob", classes(n, x, {"lr_mult": 1, "decay_mult": 1}, {"lr_mult": 1, "decay_mult": 0}))
    return n.to_proto("CIFAR10_full")


SGD: Fields = {"momentum": 0.9, "weight_decay": 0.004, "lr_policy": "fixed", "test_iter": 100}
FULL: Fields = {**SGD, "test_interval": 1000, "display": 200, "snapshot_format": "HDF5"}
QUICK: Fields = {**SGD, "test_interval": 500, "display": 100}
# What a net learns at one rate, it goes on from at the next.
FULL_RATES: dict[str, Fields] = {
    "": {**FULL, "base_lr": 0.001, "max_iter": 60000, "snapshot": 10000},
    "_lr1": {**FULL, "base_lr": 0.0001, "max_iter": 65000, "snapshot": 5000},
    "_lr2": {**FULL, "base_lr": 0.00001, "max_iter": 70000, "snapshot": 5000},
}
QUICK_RATES: dict[str, Fields] = {
    "": {**QUICK, "base_lr": 0.001, "max_iter": 4000, "snapshot": 4000},
    "_lr1": {
        **QUICK,
        "base_lr": 0.0001,
        "max_iter": 5000,
        "snapshot": 5000,
        "snapshot_format": "HDF5",
    },
}
SIGMOIDS: Fields = {
    "test_iter": 10,
    "test_interval": 1000,
    "base_lr": 0.001,
    "momentum": 0.9,
    "lr_policy": "step",
    "gamma": 1,
    "stepsize": 5000,
    "display": 100,
    "max_iter": 60000,
    "snapshot": 10000,
}


def solvers(folder: str, prefix: str, net: str, name: str, rates: dict[str, Fields]) -> Fields:
    """One for each rate."""
    return {name + end: solver_in(folder, prefix, net, **fields) for end, fields in rates.items()}


def model(name: str, deploy: Any, train_val: Any, rates: dict[str, Fields]) -> Fields:
    """Its folder, and its files among the examples."""
    folder, example = f"models/{name}", "examples/cifar10"
    return {
        **files(
            folder,
            deploy=deploy,
            train_val=train_val,
            **solvers(folder, name, "train_val", "solver", rates),
        ),
        **files(
            example,
            **{name: deploy, f"{name}_train_test": train_val},
            **solvers(example, name, f"{name}_train_test", f"{name}_solver", rates),
        ),
    }


def sigmoid_solver(end: str) -> Any:
    """Its snapshots lie beside the folder, as it was published."""
    net = f"cifar10/cifar10_full_sigmoid_train_test{end}"
    return solver_in("examples", f"cifar10_full_sigmoid{end}", net, **SIGMOIDS)


FILES = {
    **model("cifar10_quick", quick(True), quick(False), QUICK_RATES),
    **model("cifar10_full", full(True), full(False), FULL_RATES),
    **files(
        "examples/cifar10",
        cifar10_full_sigmoid_train_test=with_sigmoids(),
        cifar10_full_sigmoid_solver=sigmoid_solver(""),
        cifar10_full_sigmoid_train_test_bn=with_batch_norm(),
        cifar10_full_sigmoid_solver_bn=sigmoid_solver("_bn"),
    ),
}
