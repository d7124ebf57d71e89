"""Nets with the layers of layers_for_tests, for the tests of layers written in Python."""

from __future__ import annotations

from pathlib import Path

import caffe


def layer(kind: str, param_str: str = "", more: str = "", bottom: str = "x", top: str = "y") -> str:
    """The prototxt of one layer of layers_for_tests."""
    bottoms = " ".join(f'bottom: "{name}"' for name in bottom.split())
    tops = " ".join(f'top: "{name}"' for name in top.split())
    quoted = param_str.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return (
        f'layer {{ name: "{kind}" type: "Python" {bottoms} {tops} python_param {{ '
        f'module: "layers_for_tests" layer: "{kind}" param_str: "{quoted}" }} {more} }}\n'
    )


def inputs(*names: str, shape: tuple[int, ...] = (4, 3)) -> str:
    dims = " ".join(f"dim: {dim}" for dim in shape)
    tops = " ".join(f'top: "{name}"' for name in names)
    return f'layer {{ name: "in" type: "Input" {tops} input_param {{ shape {{ {dims} }} }} }}\n'


def net_of(*parts: str, phase: int = caffe.TEST, **options: object) -> caffe.Net:
    return caffe.Net.from_text("force_backward: true\n" + "".join(parts), phase, **options)


def twice(**options: object) -> caffe.Net:
    return net_of(inputs("x"), layer("Twice"), **options)


def learner(tmp_path: Path, *more: str) -> str:
    """A solver whose net finds out that the label is the sum of the data; with further layers that
    make "y" of "ip"."""
    data = layer("Batches", '{"batch_size": 8, "seed": 3}', bottom="", top="data label")
    ip = """layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
      inner_product_param { num_output: 1 weight_filler { type: "xavier" } } }\n"""
    loss = layer(
        "EuclideanLoss", more="loss_weight: 1", bottom="y label" if more else "ip label", top="loss"
    )
    (tmp_path / "net.prototxt").write_text("".join([data, ip, *more, loss]))
    return (
        f'net: "{tmp_path}/net.prototxt" base_lr: 0.1 lr_policy: "fixed" display: 0 max_iter: 200 '
        f'snapshot_prefix: "{tmp_path}/s" test_iter: 2 test_interval: 50 random_seed: 3 '
    )
