"""Linear regression of noise on noise, with its loss in Python."""

from __future__ import annotations

from typing import Any

from blocks import XAVIER, Builder, files


def net() -> Any:
    """Inner products of both, so that there are weights to have gradients."""
    n = Builder(deploy=False)
    values = {"shape": {"dim": [10, 3, 2]}, "data_filler": {"type": "gaussian"}}
    both = [n.add("DummyData", name, dummy_data_param=values) for name in ("x", "y")]
    products = [
        n.inner_product(f"ip{name}", x, 10, weight_filler=XAVIER) for name, x in zip("xy", both)
    ]
    layer = {"module": "pyloss", "layer": "EuclideanLossLayer"}
    n.add("Python", "loss", *products, python_param=layer, loss_weight=1)
    return n.to_proto("LinearRegressionExample")


FILES = files("examples/pycaffe", linreg=net())
