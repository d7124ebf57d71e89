"""Nets that tell two classes of vectors in HDF5 files: a linear one, and one with hidden units."""

from __future__ import annotations

from typing import Any

from blocks import PHASES, RATES, XAVIER, Builder, Fields, constant, files

FOLDER = "examples/hdf5_classification"
LEARN: Fields = {"param": RATES, "weight_filler": XAVIER, "bias_filler": constant(0)}


def listed(name: str) -> Fields:
    """A data layer for the files that a list has."""
    return {"hdf5_data_param": {"source": f"{FOLDER}/data/{name}.txt", "batch_size": 10}}


def net(hidden: int | None) -> Any:
    """For both phases."""
    n = Builder(deploy=False)
    phases = zip(PHASES, ("train", "test"))
    variants = [{"include": {"phase": phase}, **listed(name)} for phase, name in phases]
    x = n.source("HDF5Data", *variants)
    if hidden is not None:
        x = n.relu("relu1", n.inner_product("fc1", x, hidden, **LEARN))
    scores = n.inner_product("fc1" if hidden is None else "fc2", x, 2, **LEARN)
    n.loss("loss", scores)
    n.accuracy("accuracy", scores)
    return n.to_proto("LogisticRegressionNet")


def net_of_one_phase(name: str) -> Any:
    """As the example's Python code writes it."""
    n = Builder(deploy=False)
    x = n.source("HDF5Data", listed(name))
    x = n.relu("relu1", n.inner_product("ip1", x, 40, weight_filler=XAVIER))
    scores = n.inner_product("ip2", x, 2, weight_filler=XAVIER)
    n.accuracy("accuracy", scores, test_only=False)
    n.loss("loss", scores)
    return n.to_proto(None)


FILES = files(
    FOLDER,
    train_val=net(hidden=None),
    nonlinear_train_val=net(hidden=40),
    nonlinear_auto_train=net_of_one_phase("train"),
    nonlinear_auto_test=net_of_one_phase("test"),
)
