"""LeNet twice, with the same weights: digits become points, like ones near each other."""

from __future__ import annotations

from typing import Any

from blocks import PHASES, Builder, Fields, database, files, solver_in
from caffe import layers as L
from lenet import LEARN, SCALE, SOLVER, alike, scores


def in_common(name: str) -> Fields:
    """The weights and biases of both twins have one name."""
    of = zip(("w", "b"), LEARN["param"])
    return {**LEARN, "param": [{"name": f"{name}_{end}", **rate} for end, rate in of]}


def point(n: Builder, x: Any, suffix: str = "") -> Any:
    """Where an image lies in the plane."""
    learn = alike if n.deploy else in_common
    x = scores(n, x, learn, suffix)
    return n.inner_product("feat" + suffix, x, 2, **learn("feat"))


def deployed() -> Any:
    """One twin."""
    n = Builder(deploy=True, keep=("param",))
    point(n, n.input(10000, 1, 28, 28))
    return n.to_proto("mnist_siamese")


def trained() -> Any:
    """Both twins, each with a channel of pairs of images."""
    n = Builder(deploy=False)
    variants = [
        database(phase, f"{FOLDER}/mnist_siamese_{part}_leveldb", size, SCALE, backend=None)
        for phase, part, size in zip(PHASES, ("train", "test"), (64, 100))
    ]
    pairs = n.source("Data", *variants, tops=("pair_data", "sim"), name="pair_data")
    halves = L.Slice(pairs, name="slice_pair", ntop=2, slice_dim=1, slice_point=1)
    n.spec.data, n.spec.data_p = halves
    twins = (point(n, n.spec.data), point(n, n.spec.data_p, "_p"))
    n.add("ContrastiveLoss", "loss", *twins, n.spec.sim, margin=1)
    return n.to_proto("mnist_siamese_train_test")


FOLDER = "examples/siamese"
LONG: Fields = {**SOLVER, "weight_decay": 0.0, "max_iter": 50000}
FILES = {
    **files(
        "models/mnist_siamese",
        deploy=deployed(),
        train_val=trained(),
        solver=solver_in("models/mnist_siamese", "mnist_siamese", **LONG),
    ),
    **files(
        FOLDER,
        mnist_siamese=deployed(),
        mnist_siamese_train_test=trained(),
        mnist_siamese_solver=solver_in(
            FOLDER, "mnist_siamese", net="mnist_siamese_train_test", **LONG
        ),
    ),
}
