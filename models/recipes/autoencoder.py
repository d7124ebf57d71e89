"""An autoencoder of MNIST's digits: down to thirty numbers and back."""

from __future__ import annotations

from typing import Any

from blocks import PHASES, Builder, Fields, constant, database, files, gaussian, solver_in
from lenet import TEST_SET, TRAIN_SET

LEARN: Fields = {
    "param": [{"lr_mult": 1, "decay_mult": 1}, {"lr_mult": 1, "decay_mult": 0}],
    "weight_filler": {**gaussian(1), "sparse": 15},
    "bias_filler": constant(0),
}
ENCODED = (1000, 500, 250, 30)
PIXELS = 28 * 28
SCALE: Fields = {"scale": 0.0039215684}  # 1 / 255
ON_TRAIN, ON_TEST = "test-on-train", "test-on-test"


def encoded(n: Builder, x: Any) -> Any:
    """Thirty numbers."""
    for i, outputs in enumerate(ENCODED, 1):
        x = n.inner_product(f"encode{i}", x, outputs, **LEARN)
        if outputs != ENCODED[-1]:
            x = n.add("Sigmoid", f"encode{i}neuron", x)
    return x


def decoded(n: Builder, x: Any) -> Any:
    """Scores of the pixels, which a sigmoid makes into values from 0 to 1."""
    for i, outputs in zip((4, 3, 2, 1), (*reversed(ENCODED[:-1]), PIXELS)):
        x = n.inner_product(f"decode{i}", x, outputs, **LEARN)
        if i > 1:
            x = n.add("Sigmoid", f"decode{i}neuron", x)
    return x


def net(deploy: bool) -> Any:
    """The whole net; deployed, it puts out the image as it is decoded."""
    n = Builder(deploy)
    if deploy:
        x = n.input(1, 1, 28, 28)
    else:
        train, test = PHASES
        variants = (
            database(train, TRAIN_SET, 100, SCALE),
            database(test, TRAIN_SET, 100, SCALE, ON_TRAIN),
            database(test, TEST_SET, 100, SCALE, ON_TEST),
        )
        x = n.source("Data", *variants, tops=("data",))
        pixels = n.add("Flatten", "flatdata", x)
    scores = decoded(n, encoded(n, x))
    if not deploy:
        n.add(
            "SigmoidCrossEntropyLoss",
            "cross_entropy_loss",
            scores,
            pixels,
            name="loss",
            loss_weight=1,
        )
    image = n.add("Sigmoid", "decode1neuron", scores)
    if not deploy:
        n.add("EuclideanLoss", "l2_error", image, pixels, name="loss", loss_weight=0)
    return n.to_proto("MNISTAutoencoder")


COMMON: Fields = {
    "test_state": [{"stage": ON_TRAIN}, {"stage": ON_TEST}],
    "test_iter": [500, 100],
    "test_interval": 500,
    "test_compute_loss": True,
    "display": 100,
    "max_iter": 65000,
    "weight_decay": 0.0005,
    "snapshot": 10000,
}
STEPS: Fields = {"base_lr": 0.01, "lr_policy": "step", "gamma": 0.1, "stepsize": 10000}
SGD: Fields = {**STEPS, "momentum": 0.9}
NESTEROV: Fields = {**STEPS, "type": "Nesterov", "momentum": 0.95}
ADAGRAD: Fields = {"type": "AdaGrad", "base_lr": 0.01, "lr_policy": "fixed"}
ADADELTA: Fields = {
    "type": "AdaDelta",
    "base_lr": 1.0,
    "lr_policy": "fixed",
    "momentum": 0.95,
    "delta": 1e-8,
}


def solver_of_example(prefix: str, fields: Fields) -> Any:
    """One of four for the net of the example."""
    return solver_in("examples/mnist", prefix, net="mnist_autoencoder", **COMMON, **fields)


FILES = {
    **files(
        "models/mnist_autoencoder",
        deploy=net(True),
        train_val=net(False),
        solver=solver_in("models/mnist_autoencoder", "mnist_autoencoder", **COMMON, **SGD),
    ),
    **files(
        "examples/mnist",
        mnist_autoencoder=net(False),
        mnist_autoencoder_solver=solver_of_example("mnist_autoencoder", SGD),
        mnist_autoencoder_solver_nesterov=solver_of_example(
            "mnist_autoencoder_nesterov_train", NESTEROV
        ),
        mnist_autoencoder_solver_adagrad=solver_of_example(
            "mnist_autoencoder_adagrad_train", ADAGRAD
        ),
        mnist_autoencoder_solver_adadelta=solver_of_example(
            "mnist_autoencoder_adadelta_train", ADADELTA
        ),
    ),
}
