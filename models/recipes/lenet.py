"""LeNet, as Caffe's MNIST example has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from blocks import PHASES, XAVIER, Builder, Fields, constant, database, files, solver, solver_in

LEARN: Fields = {
    "param": [{"lr_mult": 1}, {"lr_mult": 2}],
    "weight_filler": XAVIER,
    "bias_filler": constant(),
}
SCALE: Fields = {"scale": 1 / 256}
TRAIN_SET = "examples/mnist/mnist_train_lmdb"
TEST_SET = "examples/mnist/mnist_test_lmdb"


def alike(name: str) -> Fields:
    """How the layers of a net learn that have no weights in common."""
    return LEARN


def scores(n: Builder, x: Any, learn: Callable[[str], Fields] = alike, suffix: str = "") -> Any:
    """Two convolutions, each with its pooling, and two inner products."""
    x = n.convolution("conv1" + suffix, x, 20, 5, stride=1, **learn("conv1"))
    x = n.max_pool("pool1" + suffix, x, 2, 2)
    x = n.convolution("conv2" + suffix, x, 50, 5, stride=1, **learn("conv2"))
    x = n.max_pool("pool2" + suffix, x, 2, 2)
    x = n.relu("relu1" + suffix, n.inner_product("ip1" + suffix, x, 500, **learn("ip1")))
    return n.inner_product("ip2" + suffix, x, 10, **learn("ip2"))


def net(deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy, keep=("param", "weight_filler", "bias_filler"))
    if deploy:
        x = n.input(64, 1, 28, 28)
    else:
        x = n.data((TRAIN_SET, TEST_SET), (64, 100), (SCALE, SCALE), name="mnist")
    n.ends("prob", scores(n, x))
    return n.to_proto("LeNet")


ON_TEST, ON_TRAIN = "test-on-test-set", "test-on-train-set"


def net_with_stages() -> Any:
    """To be tested on the images it learns from, too."""
    n = Builder(deploy=False)
    train, test = PHASES
    variants = (
        database(train, TRAIN_SET, 64, SCALE),
        database(test, TEST_SET, 100, SCALE, ON_TEST),
        database(test, TRAIN_SET, 100, SCALE, ON_TRAIN),
    )
    top = scores(n, n.source("Data", *variants, name="mnist"))
    n.accuracy("accuracy", top, test_only=False)
    n.loss("loss", top)
    return n.to_proto("LeNet")


# Tests see all 10,000 images, in batches of 100.
TESTS: Fields = {"test_iter": 100, "test_interval": 500}
RUN: Fields = {"display": 100, "max_iter": 10000, "snapshot": 5000}
INVERSE: Fields = {"lr_policy": "inv", "gamma": 0.0001, "power": 0.75}
FIXED: Fields = {"lr_policy": "fixed"}
MOMENTUM: Fields = {"base_lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005}
SOLVER: Fields = {**TESTS, **RUN, **INVERSE, **MOMENTUM}
MULTISTEP: Fields = {
    "lr_policy": "multistep",
    "gamma": 0.9,
    "stepvalue": [5000, 7000, 8000, 9000, 9500],
}
ADAM: Fields = {"type": "Adam", "base_lr": 0.001, "momentum": 0.9, "momentum2": 0.999}
ADADELTA: Fields = {"type": "AdaDelta", "base_lr": 1.0, "momentum": 0.95, "delta": 1e-6}
RMSPROP: Fields = {"type": "RMSProp", "rms_decay": 0.98, "momentum": 0.0}


def solver_of_example(prefix: str, **fields: Any) -> Any:
    """One of many for the net of the example."""
    return solver_in("examples/mnist", prefix, net="lenet_train_test", **fields)


FILES = {
    **files(
        "models/lenet",
        deploy=net(True),
        train_val=net(False),
        solver=solver_in("models/lenet", "lenet", **SOLVER),
    ),
    **files(
        "examples/mnist",
        lenet=net(True),
        lenet_train_test=net(False),
        lenet_solver=solver_of_example("lenet", **SOLVER),
        lenet_solver_adam=solver_of_example("lenet", **TESTS, **RUN, **FIXED, **ADAM),
        lenet_solver_rmsprop=solver_of_example("lenet_rmsprop", **{**SOLVER, **RMSPROP}),
        lenet_adadelta_solver=solver_of_example(
            "lenet_adadelta", **TESTS, **RUN, **FIXED, **ADADELTA, weight_decay=0.0005
        ),
        lenet_multistep_solver=solver_of_example(
            "lenet_multistep", **TESTS, **RUN, **MOMENTUM, **MULTISTEP
        ),
        # Its nets are for the reader to write, in Python.
        lenet_auto_solver=solver(
            train_net="mnist/lenet_auto_train.prototxt",
            test_net="mnist/lenet_auto_test.prototxt",
            snapshot_prefix="mnist/lenet",
            **SOLVER,
        ),
        lenet_consolidated_solver=solver(
            **{
                **SOLVER,
                "net_param": net_with_stages(),
                "test_state": [{"stage": ON_TEST}, {"stage": ON_TRAIN}],
                "test_iter": [100, 600],
                "random_seed": 1701,
                "snapshot_prefix": "examples/mnist/lenet",
            }
        ),
    ),
}
